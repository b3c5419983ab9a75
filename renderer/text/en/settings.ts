/** The settings, and what the wizard shows of them. */
export const settings = {
  title: 'Settings',
  sectionsLabel: 'Sections of the settings',
  sections: {
    general: 'General',
    network: 'Network and TLS',
    keys: 'Keys and rotation',
    delivery: 'Delivery and limits',
    tokens: 'Tokens',
    backup: 'Backup',
    diagnostics: 'Diagnostics',
    about: 'About',
  },
  sectionHints: {
    general: 'Federation, users of this server',
    network: 'Listener, certificate, public address',
    keys: 'Signing keys, recovery file',
    delivery: 'How long to try, how much to take',
    tokens: 'Access for bots and bridges',
    backup: 'Copies of everything, and restoring',
    diagnostics: 'A text for whoever helps you',
    about: 'Version, licence, console login',
  },
  saved: 'Saved.',
  discard: 'Discard',

  general: {
    federation: 'Federation',
    running: 'Federation is running',
    runningHint: 'Switched off, nothing is sent and no peer is answered until you switch it on again.',
    desktop: 'This app',
    startAtLogin: 'Start when I log in to this computer',
    startAtLoginHint: 'Peers reach you as soon as the computer is on, without a window.',
    startAtLoginNone: 'This system has no such setting; use its own list of programs that start at login.',
    notifications: 'Notifications',
    notificationsHint:
      'Messages in rooms that you are not looking at; invites and warnings while another window is in front.',
    sealed: 'The keys on this computer are protected by its key store.',
    unsealed:
      'The keys lie in a file that only your account can read. They are older than the key store that could protect them.',
    sealKeys: 'Protect the keys',
    noKeyStore: 'This computer offers no key store: the keys lie in a file that only your account can read.',
    updates: 'Updates',
    checkUpdate: 'Check for updates',
    installUpdate: 'Restart and update',
  },
  users: {
    title: 'Users of this server',
    explain:
      'Each can be a member of rooms. You act as the owner; bots and bridges act as the user of their token.',
    owner: 'owner',
    add: 'Add a user',
    localpart: 'User name',
    localpartHint: (domain: string) => `a-z, 0-9 and . _ - inside; becomes @name:${domain}, for good.`,
    displayName: 'Display name',
    displayNameHint: 'How others see them. The user name, if left empty.',
    added: (id: string) => `${id} was added.`,
    since: 'since',
  },

  keys: {
    title: 'Signing keys',
    explain:
      'Everything this server says is signed with the active key. Peers remember it; the words are for comparing it over the phone.',
    fingerprint: 'Fingerprint',
    active: 'active',
    announced: 'announced',
    retired: 'retired',
    retiredHint: 'Only verifies what it signed.',
    announcedHint: 'Signs once its announcement is over.',
    validUntil: 'valid until',
    made: 'made',
    seenBy: (count: number, all: number) =>
      all === 0 ? 'There are no peers yet that could know it.' : `Known to ${count} of ${all} peers`,
    rotate: 'Rotate keys',
    rotateExplain:
      'Makes a new key. Do it when somebody may have had access to this machine, or once in a while. Everything signed so far stays valid.',
    announce: 'Sign with the new key',
    announceOptions: [
      {
        value: '86400',
        label: 'In a day',
        hint: 'Peers learn it in time, also those that are offline tonight.',
      },
      { value: '3600', label: 'In an hour', hint: 'For peers that are online now.' },
      {
        value: '0',
        label: 'At once',
        hint: 'If the old key may be in wrong hands. Peers fetch the new one with the next event.',
      },
    ],
    rotateVerb: 'Rotate keys',
    rotateTitle: 'Rotate the signing keys?',
    rotateWhat: (when: string) =>
      `A new key is made and shown to peers now; this server signs with it ${when}. The old key verifies for 30 more days. Your recovery file does not hold the new key: save a new one afterwards.`,
    when: { '86400': 'in a day', '3600': 'in an hour', '0': 'at once' } as Record<string, string>,
    rotated: 'A new key was made. Save a new recovery file: the old one does not hold it.',
  },
  recovery: {
    title: 'Recovery file',
    explain:
      'Your whole identity in one file, locked by a passphrase. If this machine is lost, the file and the passphrase make you yourself again. Nothing else can: not a friend, not a new installation.',
    savedAt: 'Saved',
    savedKeep: 'Keep it away from this machine: on a USB stick, in a password manager.',
    missing: 'There is no recovery file that holds every key of this server.',
    passphrase: 'Passphrase',
    again: 'Passphrase once more',
    againHint: 'The same again, so that a slip does not lock you out.',
    differs: 'Not the same as above yet.',
    hint: (min: number) =>
      `At least ${min} characters. Four or five unrelated words are easy to remember and hard to guess.`,
    short: (missing: number) => `${missing} more ${missing === 1 ? 'character' : 'characters'} to go.`,
    strength: {
      weak: 'Easy to guess for a patient program. Add unrelated words.',
      fair: 'Good. One more word would make it strong.',
      strong: 'Strong: nobody will guess this.',
    },
    save: 'Save recovery file',
    saveAgain: 'Save a new one',
    saving: 'Locking the file…',
    done: (name: string) => `${name} was handed to your downloads.`,
  },

  delivery: {
    age: 'Give up after (days)',
    ageHint: 'How long this node tries to deliver an event before it asks you. 1 to 365.',
    ageTitle: 'Delivery',
    keysTitle: 'Expired keys of peers',
    extendKeys: 'Extend them while they are in use',
    extendKeysHint:
      'If a peer still serves the same key after its end, over https with a certificate that is verified or pinned, this server accepts that key for one more day, again and again. The existing Paracord server needs this.',
    limitsTitle: 'What one peer may send',
    limitsExplain:
      'For every peer that has no limits of its own. Beyond them a peer is asked to wait, and loses nothing.',
    rate: 'Requests a minute',
    rateHint: '0 to 10 000 000; 0 lets nothing in.',
    burst: 'At once',
    burstHint: 'How many may come in one go before the rate counts.',
    save: 'Save',
  },

  tokens: {
    title: 'Access tokens',
    explain:
      'A bot or bridge with a token acts as one local user through the HTTP API, and can do nothing else.',
    none: 'There are no tokens yet.',
    make: 'Make a token',
    name: 'Name',
    nameHint: 'What it is for, such as “weather bot”.',
    user: 'Acts as',
    shownOnce: 'Copy it now: it is shown this once. The node keeps no copy.',
    token: 'Token',
    copyToken: 'Copy token',
    stored: 'I have stored it',
    lastUsed: 'last used',
    made: 'made',
    revoke: 'Revoke',
    revokeLabel: (name: string) => `Revoke ${name}`,
    revokeTitle: (name: string) => `Revoke ${name}?`,
    revokeWhat: 'Whatever uses this token stops working at once, and cannot come back with it.',
    revoked: (name: string) => `${name} was revoked.`,
  },

  backup: {
    title: 'Backups',
    explain:
      'A copy of everything: identity, keys, rooms, messages, queue. Made while the node works, and proved to be readable. It holds your keys: keep it as safe as the machine.',
    now: 'Back up now',
    making: 'Copying and checking…',
    made: 'The backup is made and proved.',
    none: 'There are no backups in the data folder yet.',
    copyFolder: 'Copy folder',
    restoreTitle: 'Restore a backup',
    restoreSteps: [
      'Stop this node.',
      'Copy the files of the backup’s folder into a new, empty folder.',
      'Start the node with that folder as its data folder:',
    ],
    restoreCommand: 'npm start -- --headless --data-dir FOLDER',
    restoreAfter:
      'What waited to be sent in the copy becomes dead letters, for it may have arrived long ago; tokens that were revoked since count again. Never run two nodes from copies of one folder.',
    restoredAt: 'This database was restored from a backup, or copied:',
  },

  diagnostics: {
    explain:
      'How this node is, in one text for whoever helps you. It names servers and addresses; it holds no keys, tokens, passphrases or messages. Read it before you pass it on: it leaves this machine only by your hand.',
    show: 'Show diagnostics',
    again: 'Read again',
    save: 'Save as a file',
    copy: 'Copy all of it',
    content: 'Diagnostics',
  },

  about: {
    version: 'Version',
    licence: 'Licence',
    mit: 'MIT: use it, change it, pass it on.',
    server: 'This server',
    telemetry: 'No telemetry: this program reports nothing about you to anybody.',
    console: 'Console',
    consoleHint: 'This browser is logged in. After you log out here, the next login needs a new link.',
    logOut: 'Log out of the console',
  },
} as const;
