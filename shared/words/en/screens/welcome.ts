/** The first run: from nothing to a server with a name. What is left to do then is on the overview. */
export const welcome = {
  title: 'Welcome',
  next: 'Continue',
  back: 'Back',

  start: {
    title: 'Welcome',
    explain: 'Your own chat server, on this computer. How do you want to begin?',
    inFile: 'Everything is stored in one file on this computer.',
    inPostgres: 'Everything is stored in the PostgreSQL database {place}.',
    ways: {
      name: { title: 'Set up a new server', hint: 'Choose a name, then invite your friends.' },
      invited: { title: 'I was invited', hint: 'Open the link or QR code that a friend sent you.' },
      restore: { title: 'Restore my server', hint: 'From a backup folder or a recovery file.' },
    },
  },

  name: {
    title: 'Name your server',
    explain: 'Friends know you by this name, as in an email address. It can’t be changed later.',
    label: 'Server name',
    hint: 'A domain you own, such as anna.example, or a name made up from a single word.',
    you: 'You’ll be',
    ownerMissing: 'you',
    more: 'Change your user name',
    owner: 'Your user name',
    ownerHint: 'a-z, 0-9, and . _ - in the middle. You can add more users later.',
    domain: 'Domain in user names',
    domainHint:
      'For example, if the server is chat.example but its users are @you:example. You must own this domain. If in doubt, leave this empty.',
    noDomain: 'I don’t have a domain',
    noDomainText: {
      link: 'That’s fine: friends who open your invite link don’t look up the name. It only has to be one that nobody else uses. Type a single word, and you get a unique name from it.',
      dynamic:
        'A free dynamic DNS name works as well, and others can find you by it. Keep that account: whoever takes over the domain takes over your name.',
    },
    use: 'Use {name}',
    letters: 'Server names are made of a-z, 0-9, dots and hyphens. Written like that, this is {name}.',
    refused: {
      never: '{name} ends in .invalid, and such names never work anywhere. Choose another one.',
      theirs: '{name} is the server that invited you. Choose a name of your own.',
    },
    questions: {
      like: '{name} looks almost like {other}, the server that invited you. Your friends could mix them up.',
      encoded:
        '{name} stands for letters other than a-z. Friends see it as it is written here, and it may look like another name where it’s decoded.',
      loopback:
        'Every computer calls itself {name}, so a server on another computer can have the same name. Fine for trying things out.',
      reserved:
        '{name} is reserved for examples and tests. Nobody can own it, so anyone may use the same name. Fine for trying things out.',
      mdns: '{name} ends in .local. Such names belong to the devices in a local network, and other networks use the same ones.',
      local: '{name} is a name for local networks. Nobody owns it, so another server may have the same one.',
      single: 'A single word isn’t unique: a friend of your friends may use “{name}”, too.',
      privateIpv4: '{name} is an address in a local network. Other networks use the same addresses.',
      ipv4: '{name} is an IP address. If your provider gives you another one, you’re stuck with a name that isn’t yours.',
    },
    invited: 'You have an invite.',
    invitedBy: '{name} invited you',
    dropInvite: 'Discard',
    confirm: {
      title: 'Is this name right?',
      explain: 'It’s part of every message you send. For another name, you would have to start over.',
      change: 'Change it',
      submit: 'Create {server}',
      anyway: 'Create {server} anyway',
      creating: 'Creating your keys…',
    },
  },

  invite: {
    title: 'Open your invite',
    explain: 'Paste the link you were sent, or read its QR code.',
    link: 'Invite link',
    hint: 'The whole link, as your friend sent it.',
  },

  recover: {
    title: 'Restore my server',
    explain:
      'If your old computer is still running, stop its node first. Two nodes with the same identity interfere with each other.',
    question: 'What do you have?',
    options: {
      backup: {
        label: 'A backup folder',
        hint: 'Brings back everything: your name, keys, rooms and messages.',
      },
      file: {
        label: 'A recovery file',
        hint: 'Brings back your name and keys. Your peers resend what they still have.',
      },
    },
    folder: 'Backup folder',
    folderHint:
      'Its full path on the computer where this node runs, such as /home/anna/backups/anna.example-2026-11-22. It is copied and not changed.',
    restore: 'Restore this backup',
    checking: 'Copying and checking…',
    starting:
      '{server} is back, with {rooms, plural, one {# room} other {# rooms}} and {events, plural, one {# event} other {# events}}. The node is starting with it…',
    fileExplain:
      'A recovery file brings back your server’s name and keys, and finds your friends again. They send back what they still have of your rooms and messages.',
    file: 'Recovery file',
    fileHint: 'The file you saved, named NAME-recovery-DATE.json.',
    passphrase: 'Passphrase',
    passphraseHint: 'The passphrase you chose when you saved the file.',
    owner: 'Your user name',
    ownerHint: 'The part of your name between @ and :.',
    submit: 'Restore from this file',
    opening: 'Opening the file…',
  },
} as const;
