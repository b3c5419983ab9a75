/** The first run: from nothing to a server with a name. The overview lists the remaining steps. */
export const welcome = {
  title: 'Welcome',
  next: 'Continue',
  back: 'Back',

  start: {
    title: 'What’s your name?',
    explain: 'Your friends see it beside your messages.',
    label: 'Your name',
    user: 'Your user name is @{name}.',
    hint: 'What your friends call you.',
    hasInvite: 'You have an invite.',
    invitedBy: '{name} invited you',
    dropInvite: 'Discard',
    start: 'Start a chat',
    invited: 'I was invited',
    restore: 'Restore my server',
    open: 'Open the invite',
    missing: 'Enter a name.',
    inPostgres: 'Everything is stored in the PostgreSQL database {place}.',
  },

  where: {
    title: 'Where are your friends?',
    explain: 'Start with one friend. You can invite others later.',
    home: { title: 'At home', hint: 'In the same network as this computer.' },
    elsewhere: { title: 'Elsewhere', hint: 'They reach you over the internet.' },
    add: {
      title: 'Add someone in your home',
      hint: 'They use your server with a phone or a browser, without one of their own.',
    },
    server: 'Your server: {name}',
    change: 'Change',
    creating: 'Making your key…',
  },

  send: {
    title: 'Invite a friend',
    answer: 'Answer {name}',
    keyTitle: 'Your key is ready',
    keyHint: 'Save a copy, in case this computer breaks.',
    keySave: 'Save…',
    keySaved: 'Saved',
    keyMissing: 'not saved',
    later: 'Later',
    elsewhere: 'My friend is elsewhere',
    home: 'My friend is at home',
  },

  name: {
    title: 'Name your server',
    explain: 'Other servers know yours by this name. You can change it until the first one does.',
    label: 'Server name',
    hint: 'A domain you own, such as anna.example, or a word that we turn into a unique name.',
    you: 'You’ll be',
    more: 'Change your user name',
    owner: 'Your user name',
    ownerHint: 'Small letters, digits, and . _ - in between. You can add more users later.',
    domain: 'Domain in user names',
    domainHint:
      'Only if the server is chat.example but its users are @you:example. You must own this domain. If in doubt, leave this empty.',
    noDomain: 'I don’t have a domain',
    noDomainText: {
      link: 'That’s fine: your friends open a link and never type the name. It only has to be one that nobody else uses. Type a word, and we’ll make it unique.',
      dynamic:
        'A free dynamic DNS name works, too, and others can find you by it. Keep that account: whoever takes over the domain takes over your name.',
    },
    use: 'Use {name}',
    letters: 'Server names use a-z, 0-9, dots and hyphens. It will be {name}.',
    refused: {
      never: '{name} ends in .invalid, and such names don’t work anywhere. Choose another one.',
    },
    questions: {
      encoded:
        '{name} stands for letters other than a-z. Some programs show those letters, and then it may look like another name.',
      loopback:
        'Every computer calls itself {name}, so another server can have the same name. Fine for trying things out.',
      reserved:
        '{name} is reserved for examples, so anyone may use the same name. Fine for trying things out.',
      mdns: '{name} ends in .local. Devices in every network use such names, so another server may have the same one.',
      local: '{name} is a name for local networks. Nobody owns it, so another server may have the same one.',
      single: 'A single word isn’t unique: a friend of a friend may use “{name}”, too.',
      privateIpv4: '{name} is an address in a local network. Other networks use the same addresses.',
      ipv4: '{name} is an IP address. If your provider gives you another one, you’re stuck with a name that isn’t yours.',
    },
    save: 'Use this name',
  },

  invite: {
    title: 'Open your invite',
    explain: 'Paste the message from your friend.',
    missing: 'Paste your invite first.',
    busy: 'Connecting…',
  },

  recover: {
    title: 'Restore my server',
    explain:
      'If your old computer is still running, stop Paracord Node there first. One server must never run twice.',
    question: 'What do you have?',
    options: {
      backup: {
        label: 'A backup folder',
        hint: 'Brings back everything: your name, keys, rooms and messages.',
      },
      file: {
        label: 'A recovery file',
        hint: 'Brings back your name and keys. Your friends’ servers send what they still have.',
      },
    },
    folder: 'Backup folder',
    folderHint:
      'Its full path on the server’s computer, such as /home/anna/backups/anna.example-2026-11-22. It is copied and not changed.',
    restore: 'Restore this backup',
    checking: 'Copying and checking…',
    starting: '{server} is back, with {rooms, plural, one {# room} other {# rooms}}. It is starting…',
    file: 'Recovery file',
    fileHint: 'The file you saved, named NAME-recovery-DATE.json.',
    passphrase: 'Passphrase',
    passphraseHint: 'The one you chose when you saved the file.',
    submit: 'Restore from this file',
    opening: 'Opening the file…',
  },
} as const;
