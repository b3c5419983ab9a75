/** The first run: from nothing to a server with a friend. */
export const welcome = {
  title: 'Welcome',
  lead: 'Set up your server',
  leadHint: 'Five short steps. You can leave at any time: each step is kept as soon as it is done.',
  stepsLabel: 'Steps',
  stepOf: (number: number, all: number) => `Step ${number} of ${all}`,
  steps: {
    name: 'Name',
    keys: 'Keys',
    reachability: 'Reachability',
    peer: 'First peer',
    done: 'Done',
  },
  stepDone: 'done',
  next: 'Continue',
  back: 'Back',

  name: {
    title: 'Name your server',
    explain:
      'The name is who you are to other servers, as in an e-mail address. It stands in every message you send, so it can never be changed later.',
    question: 'Do you have a domain?',
    options: {
      own: {
        label: 'I have a domain',
        hint: 'Best: friends find you by the name, wherever your server stands.',
      },
      none: { label: 'I have no domain', hint: 'That works too. Here is what to take instead.' },
    },
    label: 'Server name',
    hintOwn: 'Your domain or a name below it, such as chat.example. No https://, no port.',
    hintNone: 'One of the three above. Letters a-z, digits, dots and hyphens; no https://, no port.',
    truth:
      'Federation needs two things: a name that no other server your friends meet goes by, and an address that they can reach. The name is only a name and does not have to lead to the address.',
    kinds: [
      {
        title: 'A dynamic-DNS name',
        text: 'Free from a dynamic-DNS provider, and it follows your home’s changing address. The best of the three; keep the account, for who has it later has your name.',
        example: 'anna.dyndns.example',
      },
      {
        title: 'A fixed IPv4 address',
        text: 'Only if your provider promises that it stays: when the address goes, the name stays with you and fits no more.',
        example: '198.51.100.7',
      },
      {
        title: 'A name in your local network',
        text: 'Known to the machines of one house or VPN, by its router or their hosts files. Servers outside cannot find you by it; give them an address when they add you.',
        example: 'anna.home.arpa',
      },
    ],
    owner: 'Your user name',
    ownerHint: 'Yours on this server: a-z, 0-9 and . _ - inside. More users can be added later.',
    preview: 'This is what others will see',
    previewName: 'you',
    previewServer: 'chat.example',
    advanced: 'Domain different from the server name',
    domain: 'Domain in user names',
    domainHint:
      'For a server at chat.example whose users are @you:example. Its owner must be you; leave it empty if in doubt.',
    forever: 'The name cannot be changed later. Another name means starting anew in another data folder.',
    submit: 'Create this server',
    creating: 'Making your keys…',
    haveFile: 'I have a recovery file',
    named: 'Your server has its name',
    namedHint: 'It stays what it is. Your keys were made at the same time.',
    advice: {
      domain: 'A good name.',
      ipv4: 'A fixed address: make sure that your provider lets you keep it.',
      privateIpv4:
        'An address in a local network: only machines in that network reach it, and other networks have the same one.',
      loopback:
        'Every computer calls itself that: only servers on this computer can reach it. Good for a try.',
      local: 'A name in a local network: friends outside need an address to add you by.',
      single: 'One word: it works in a local network. Outside, friends need an address to add you by.',
    },
  },

  recover: {
    title: 'Come back with a recovery file',
    explain:
      'The file and its passphrase give this server the name and keys you had. Rooms and messages are not in it: peers hand on what they still have.',
    warning:
      'If the old machine still runs, stop its node first: two nodes with one identity speak over each other.',
    file: 'Recovery file',
    fileHint: 'The file you saved, NAME-recovery-DATE.json.',
    chosen: (name: string) => `${name} is ready.`,
    missing: 'Choose the file first.',
    passphrase: 'Passphrase',
    passphraseHint: 'The one you locked the file with.',
    owner: 'Your user name',
    ownerHint: 'The name you had before the “:”.',
    submit: 'Recover this server',
    opening: 'Opening the file…',
    instead: 'Name a new server instead',
  },

  invite: {
    waits: 'An invite waits.',
    waitsOf: (name: string) => `Invite of ${name} waits.`,
    nameFirst: 'First name your server; the step “First peer” then asks about it.',
    laterStep: 'The step “First peer” asks about it.',
    drop: 'Drop it',
    have: 'I was invited by a friend',
    link: 'Invite link',
    hint: 'It begins with paracord://peer/. It is kept until your server has a name.',
    keep: 'Keep this invite',
  },

  keys: {
    title: 'Your keys',
    explain:
      'Your server signs everything it says with a key that was made here and never leaves. Friends can be sure it is you by comparing these six words with you over the phone:',
    copyHint: 'You find them again under Settings, Keys and rotation.',
    later: 'Not now',
    laterHint: 'A reminder stays on the Overview until it is saved.',
  },

  reachability: {
    title: 'Can others reach you?',
    explain: 'Friends’ servers call yours at an address. This is what is there so far:',
    found: 'What is there',
    router: 'About the router',
    certificate: 'Another certificate',
    test: 'Test it now, step by step',
    tryLater: 'Decide later',
  },

  peer: {
    title: 'Your first peer',
    explain:
      'A peer is a friend’s server that you trust: you take what it signs, and it takes what you sign. An invite link makes both of you peers at once.',
    label: 'Or add it by its address',
    hint: 'As your friend tells you: https://chat.example:8448, or the bare name. Your friend then adds yours.',
    submit: 'Add this peer',
    adding: 'Asking for its keys…',
    yours: 'Your friend adds you by',
    noAddress: 'Without a public address your friend cannot add you yet. Go one step back to set one.',
    list: 'Your peers',
    added: (name: string) => `${name} is a peer now.`,
    skip: 'Skip this',
  },

  done: {
    title: (name: string) => `${name} is ready`,
    explain: 'Your server runs and federates, also while this window is closed. Three things to do next:',
    next: {
      room: { title: 'Create your first room', hint: 'Name it, invite a friend, write something.' },
      recovery: {
        title: 'Save your recovery file',
        hint: 'You have not yet, and nothing else brings a lost name back.',
      },
      compare: {
        title: 'Compare the six words',
        hint: 'Call your friend: what their server shows for yours must be the same.',
      },
      peer: {
        title: 'Add a peer',
        hint: 'A server federates with somebody: ask a friend for the address of theirs.',
      },
      overview: { title: 'See how it is doing', hint: 'Health, traffic and what is still to be set up.' },
    },
    finish: 'Go to the overview',
  },
} as const;
