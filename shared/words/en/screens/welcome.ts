/** The first run: from nothing to a server with a friend. */
export const welcome = {
  title: 'Welcome',
  lead: 'Set up your server',
  leadHint: 'Five short steps. You can leave at any time. Each step is saved when you finish it.',
  stepsLabel: 'Steps',
  stepOf: 'Step {number, number} of {all, number}',
  steps: {
    name: 'Name',
    keys: 'Keys',
    reachability: 'Address',
    peer: 'First peer',
    done: 'Done',
  },
  stepDone: 'done',
  next: 'Continue',
  back: 'Back',

  name: {
    title: 'Name your server',
    explain:
      'Other servers know you by this name, as in an email address. It’s part of every message you send, so you can’t change it later.',
    question: 'Do you have a domain?',
    options: {
      own: {
        label: 'I have a domain',
        hint: 'The best choice: friends find you by name, wherever your server is.',
      },
      none: { label: 'I don’t have a domain', hint: 'That works too. Here’s what you can use instead.' },
    },
    label: 'Server name',
    hintOwn: 'Your domain or a subdomain, such as chat.example. Without https:// and without a port.',
    hintNone:
      'One of the three options above. Letters a-z, digits, dots and hyphens. Without https:// and without a port.',
    truth:
      'Your server needs two things: a name that no other server your friends connect to is using, and an address where your friends’ servers can reach it. The name doesn’t have to point to the address.',
    kinds: {
      dynamic: {
        title: 'A dynamic DNS name',
        text: 'Free from a dynamic DNS provider. It follows your home’s changing IP address. The best of the three. Keep the account: whoever takes over the domain takes over your name.',
        example: 'anna.dyndns.example',
      },
      fixed: {
        title: 'A static IPv4 address',
        text: 'Only if your provider guarantees that it won’t change. If it does, you’re stuck with a name that no longer matches your address.',
        example: '198.51.100.7',
      },
      local: {
        title: 'A name in your local network',
        text: 'Computers in your home network or VPN know it from the router or their hosts files. Servers outside can’t find you by it, so give them an address when they add you.',
        example: 'anna.home.arpa',
      },
    },
    owner: 'Your user name',
    ownerHint: 'Your name on this server: a-z, 0-9, and . _ - in the middle. You can add more users later.',
    preview: 'This is what others will see',
    previewName: 'you',
    previewServer: 'chat.example',
    advanced: 'Use a different domain in user names',
    domain: 'Domain in user names',
    domainHint:
      'For example, if the server is chat.example but its users are @you:example. You must own this domain. If in doubt, leave this empty.',
    forever:
      'You can’t change the name later. For a different name, you would have to start over in a new data folder.',
    submit: 'Create this server',
    creating: 'Creating your keys…',
    haveFile: 'I have a recovery file',
    named: 'Your server has a name',
    namedHint: 'It can’t be changed. Your keys have been created too.',
    advice: {
      domain: 'Good choice.',
      ipv4: 'A static IP address. Make sure your provider lets you keep it.',
      privateIpv4:
        'An address in a local network. Only computers in that network can reach it, and other networks use the same addresses.',
      loopback:
        'Every computer uses this name for itself, so only servers on this computer can reach you. Good for trying things out.',
      local: 'A name in a local network. Friends outside need an address to add you.',
      single: 'A single word works in a local network. Friends outside need an address to add you.',
    },
  },

  recover: {
    title: 'Restore from a recovery file',
    explain:
      'The file and its passphrase bring back your server’s name and keys. They don’t contain rooms or messages. Your peers resend what they still have.',
    warning:
      'If your old computer is still running, stop its node first. Two nodes with the same identity interfere with each other.',
    file: 'Recovery file',
    fileHint: 'The file you saved, named NAME-recovery-DATE.json.',
    chosen: '{name} is ready.',
    missing: 'Choose the file first.',
    passphrase: 'Passphrase',
    passphraseHint: 'The passphrase you chose when you saved the file.',
    owner: 'Your user name',
    ownerHint: 'The name you had before the “:”.',
    submit: 'Recover this server',
    opening: 'Opening the file…',
    instead: 'Create a new server instead',
  },

  invite: {
    waits: 'You have an invite.',
    waitsOf: 'You have an invite from {name}.',
    nameFirst: 'Name your server first. You can accept the invite in the step “First peer”.',
    laterStep: 'You can accept it in the step “First peer”.',
    drop: 'Discard',
    have: 'A friend invited me',
    link: 'Invite link',
    hint: 'It starts with paracord://peer/. It’s kept until your server has a name.',
    keep: 'Keep this invite',
  },

  keys: {
    title: 'Your keys',
    explain:
      'Your server signs everything it sends with a key that was created here and never leaves this computer. To be sure they are talking to you, friends can compare these six words with you over the phone:',
    copyHint: 'You can find them later under Settings, Keys.',
    later: 'Not now',
    laterHint: 'The overview reminds you until the file is saved.',
  },

  reachability: {
    title: 'Can others reach you?',
    explain: 'Your friends’ servers connect to yours at an address. Here’s what works so far:',
    found: 'Current state',
    router: 'Router',
    certificate: 'Use a different certificate',
    test: 'Check it now, step by step',
    tryLater: 'Decide later',
  },

  peer: {
    title: 'Your first peer',
    explain:
      'A peer is a friend’s server that you trust: each of you accepts what the other’s server signs. With an invite link, you become peers of each other in one step.',
    label: 'Or add it by its address',
    hint: 'Ask your friend for it: https://chat.example:8448, or just the name. Your friend then has to add your server too.',
    submit: 'Add this peer',
    adding: 'Connecting…',
    yours: 'Your friend adds you with this address',
    noAddress:
      'Your friend can’t add you yet because your server has no public address. Go back one step to set one.',
    list: 'Your peers',
    added: '{name} is now a peer.',
    skip: 'Skip this step',
  },

  done: {
    title: '{name} is ready',
    explain: 'Your server is running, and keeps running when you close this window. Three things to do next:',
    next: {
      room: { title: 'Create your first room', hint: 'Name it, invite a friend and write something.' },
      recovery: {
        title: 'Save your recovery file',
        hint: 'You haven’t saved it yet, and it’s the only way to get a lost name back.',
      },
      compare: {
        title: 'Compare the six words',
        hint: 'Call your friend and check that their server shows the same words for yours.',
      },
      peer: {
        title: 'Add a peer',
        hint: 'To talk to others, you need a peer. Ask a friend for the address of their server.',
      },
      overview: {
        title: 'See how your server is doing',
        hint: 'Health, traffic, and what’s left to set up.',
      },
    },
    finish: 'Go to the overview',
  },
} as const;
