/** The settings, and what the wizard shows of them. */
export const settings = {
  sections: {
    general: 'General',
    setup: 'Set up',
    browsers: 'Browsers',
    delivery: 'Delivery and limits',
    tokens: 'Tokens',
    database: 'Database',
    diagnostics: 'Diagnostics',
    about: 'About',
  },
  setup: {
    name: 'Server name',
    nameFree: 'You can change it until another server knows it.',
    nameFixed:
      '{by, select, peer {It can’t be changed any more: other servers know it.} room {It can’t be changed any more: it is part of your rooms and messages.} invite {It is in an open invite. Revoke that under People to change the name.} people {It is part of the names of people or bots that log in here, so it can’t be changed.} other {The database is shared with another node, so it can’t be changed.}}',
    rename: 'Change…',
    renameTitle: 'Change the server’s name',
    renameAct: 'Change name',
    renamed: 'Name changed.',
    renameExactly: {
      gets: 'Your server gets the new name and a new key, and your user name ends in it.',
      old: 'Nobody has seen the old name.',
      recovery: 'If you saved a recovery file, save a new one.',
    },
    keys: 'Keys and recovery file',
    keysSaved: 'Your recovery file is saved.',
    keysUnsaved: 'You haven’t saved a recovery file yet.',
    openKeys: 'Open',
    invite: 'Invite a friend',
    inviteHint: 'A link makes your friend’s server and yours know each other.',
    inviteAct: 'Invite…',
    trust: 'Trust list',
    trustHint:
      'Take over who is trusted and who is blocked from a file. You see every change before it happens.',
    trustAct: 'Import…',
  },
  saved: 'Saved.',
  discard: 'Discard',

  general: {
    language: 'Language',
    languageHint: 'For this window, the console, the tray and notifications.',
    languageSystem: 'Same as the system',
    theme: 'Appearance',
    themeHint: 'For this browser or window only.',
    themes: { system: 'Same as the system', light: 'Light', dark: 'Dark' },
    federation: 'Federation',
    running: 'Send and receive',
    runningHint: 'When this is off, your server exchanges nothing with other servers.',
    history: 'Edited messages',
    keepHistory: 'Keep earlier versions of edited messages',
    keepHistoryHint:
      'If you turn this off, your server erases the text that an edit replaces. Turning it on again doesn’t bring anything back.',
    dropHistoryTitle: 'Erase earlier versions?',
    dropHistory: 'Erase earlier versions',
    dropHistoryWill: 'Your server erases all earlier versions of edited messages, and you can’t undo this.',
    dropHistoryExactly: {
      newest:
        'Each message keeps its newest text. After every later edit, the text before it is erased, too.',
      elsewhere: 'Other servers keep what they have, and earlier backups still contain it.',
      waiting: 'A version that still waits to be sent is erased once it is delivered.',
    },
    desktop: 'This app',
    startAtLogin: 'Start when I log in to this computer',
    startAtLoginHint: 'Friends can reach you as soon as the computer is on. No window opens.',
    startAtLoginNone:
      'This app can’t change this on your system. Add it to your system’s list of startup programs instead.',
    inMenu: 'Show in the applications menu',
    inMenuHint: 'Without an entry there, links to invites and rooms don’t open this app.',
    keepsAwake: 'Keep this computer awake',
    keepsAwakeHint:
      'While the app runs, the computer doesn’t go to sleep by itself, so that friends can reach you. The screen still turns off. A laptop still sleeps when you close its lid.',
    keepsRunning: 'Keep running when I close the window',
    keepsRunningHint: 'If this is off, closing the window quits the app and stops your server.',
    asksToQuit: 'Ask before quitting',
    checksSpelling: 'Check spelling',
    checksSpellingMac: 'With the spell checker of macOS. Takes effect when you restart the app.',
    checksSpellingHint:
      'In the language of your system. Chromium downloads a dictionary from Google for this. Takes effect when you restart the app.',
    notifications: 'Notifications',
    browserNotify: 'Notify me in this browser',
    browserNotifyHint: 'For messages in rooms you don’t have open, while this page is open in a tab.',
    browserNotifyDenied:
      'The browser blocks notifications from this page. Allow them in the browser’s settings for this site, then reload the page.',
    browserNotifyUnsupported: 'This browser can’t show notifications for this page.',
    quiet: 'Quiet hours',
    quietHint: 'No notifications during this time, in the app and in browsers. Messages are still counted.',
    quietFrom: 'From',
    quietTo: 'To',
    notificationsHint:
      'For messages in rooms you don’t have open. For invites and warnings while you use another window.',
    notificationsRefused:
      'Your system didn’t show a notification of the app. Allow them in its settings. macOS shows none for an app that isn’t signed.',
    sealed: 'The keys on this computer are protected by its key store.',
    unsealed:
      'The keys are in a file that only your account can read. The key store of this computer can protect them, too.',
    sealKeys: 'Protect the keys',
    service: 'Without a window',
    serviceHint:
      'A service runs your server even while nobody is logged in. It uses the same data folder, and you can come back to this app.',
    becomeService: 'Run it as a service instead',
    updates: 'Updates',
    checkUpdate: 'Check for updates',
    installUpdate: 'Restart and update',
    downloadPage: 'Open the download page',
  },
  users: {
    explain: 'You write as the owner. Bots and bridges write as the user their token belongs to.',
    add: 'Add a user for a bot',
    addButton: 'Add user',
    localpart: 'User name',
    localpartHint:
      'Small letters, digits, and . _ - in between. Becomes @name:{domain} and can’t be changed.',
    displayName: 'Display name',
    displayNameHint: 'The name others see. If empty, they see the user name.',
    added: 'Added {id}.',
  },

  keys: {
    title: 'Signing keys',
    explain:
      'Your server signs everything it sends with the active key, and other servers remember it. To verify it, compare these words on the phone.',
    fingerprint: 'Fingerprint',
    active: 'active',
    announced: 'announced',
    retired: 'retired',
    retiredHint: 'Only used to verify what it signed before.',
    announcedHint: 'Not used for signing yet.',
    expires: 'expires {date}',
    made: 'created',
    seenBy:
      '{count, plural, =0 {No peer has seen it yet} other {Seen by {count, number} of {all, plural, one {# peer} other {# peers}}}}',
    noPeers: 'You have no peers yet.',
    rotate: 'Rotate the key',
    rotateOpen: 'Rotate the key…',
    rotateExplain:
      'Creates a new key. Do this from time to time, or if someone else may have had access to this computer. Everything signed so far stays valid.',
    announce: 'Start using the new key',
    announceOptions: {
      day: {
        label: 'In a day',
        hint: 'Other servers have time to get the new key, even if they’re offline for a while.',
      },
      hour: { label: 'In an hour', hint: 'Enough for servers that are online now.' },
      now: {
        label: 'Right away',
        hint: 'If someone may have stolen the old key. Other servers get the new key with your next message.',
      },
    },
    rotateVerb: 'Rotate key',
    rotateTitle: 'Rotate the signing key?',
    rotateWill:
      'Your server starts signing with a new key {when, select, day {in one day} hour {in an hour} other {right away}}.',
    rotateExactly: {
      announced: 'Your peers learn of the new key now.',
      old: 'The old key stays valid for verification for 30 days.',
      recovery: 'Your recovery file doesn’t contain the new key, so save a new one afterwards.',
    },
    rotated: 'New key created. Save a new recovery file.',
  },
  recovery: {
    title: 'Recovery file',
    explain:
      'Your server’s identity and your list of friends in one file, encrypted with a passphrase. If you lose this computer, you need both to get your name back. There is no other way: no friend and no new installation can help.',
    savedAt: 'Saved',
    lacks:
      'It doesn’t know {n, plural, one {# friend who} other {# friends who}} came since. Save a new one.',
    savedKeep: 'Don’t keep it on this computer only: put it on a USB drive or in a password manager.',
    missing: 'You have no recovery file with all keys of your server.',
    passphrase: 'Passphrase',
    again: 'Repeat passphrase',
    againHint: 'So that a typo doesn’t lock you out.',
    differs: 'The passphrases don’t match yet.',
    hint: 'At least {min, number} characters. Four or five unrelated words are easy to remember and hard to guess.',
    short: '{missing, plural, one {# more character} other {# more characters}} needed.',
    strength: {
      weak: 'Weak. Add a few unrelated words.',
      fair: 'Good. One more word would make it strong.',
      strong: 'Strong.',
    },
    save: 'Save recovery file',
    saveAgain: 'Save a new one',
    saving: 'Encrypting the file…',
    done: '{name} was downloaded.',
  },

  delivery: {
    age: 'Keep trying for (days)',
    ageHint: 'How long your server retries before a delivery fails. 1 to 365 days.',
    ageTitle: 'Delivery',
    keysTitle: 'Expired keys of peers',
    extendKeys: 'Keep trusting expired keys that are still in use',
    extendKeysHint:
      'If a peer still uses an expired key, and its HTTPS certificate is verified or pinned, your server trusts that key for one more day at a time. Peers with the original Paracord server need this.',
    limitsTitle: 'Limits for peers',
    limitsExplain:
      'Apply to every peer without limits of its own. A peer that exceeds them has to retry later. No messages are lost.',
    rate: 'Requests per minute',
    rateHint: '0 to {max, number}. 0 refuses all requests.',
    burst: 'Short peaks',
    burstHint: 'How many requests may arrive at once before the limit per minute applies.',
    save: 'Save',
  },

  browsers: {
    title: 'Logged-in browsers',
    explain: 'Each of them can do everything here. Log out those you don’t use any more.',
    current: 'this browser',
    name: '{browser} on {system}',
    unknown: 'Unknown browser',
    since: 'logged in',
    lastUsed: 'last used',
    logOut: 'Log out',
    logOutOf: 'Log out {name}',
    loggedOut: '{name} logged out.',
    askTitle: 'Log out {name}?',
    askWill: 'It needs a new link to log in again.',
    askKept: 'What is being written there isn’t lost.',
    add: 'Add a browser',
    addHint: 'A link logs one browser in, once, within 15 minutes.',
    make: 'Create link',
    scan: 'Scan it with a phone, or open the link in the other browser.',
    onlyHere:
      'The link works in browsers on this computer. For a phone, put the console behind a proxy with HTTPS first.',
    code: 'The login link as a QR code',
    onClipboard: 'The link is on the clipboard. Paste it in the other browser.',
    waiting: 'Waiting for the other browser…',
    came: '{name} is logged in.',
  },

  tokens: {
    title: 'Access tokens',
    explain:
      'With a token, a bot or bridge writes as one of your users through the HTTP API. It can’t do anything else.',
    none: 'You have no tokens yet.',
    make: 'Create a token',
    name: 'Name',
    nameHint: 'What you use it for, such as “weather bot”.',
    user: 'Writes as',
    writesAs: 'writes as {user}',
    onClipboard:
      'The token is on the clipboard. Paste it now where you need it: you can’t copy it again, and your server doesn’t keep a copy.',
    shownOnce: 'Copy the token now. It won’t be shown again, and your server doesn’t keep a copy.',
    token: 'Token',
    copyToken: 'Copy token',
    stored: 'I’ve copied it',
    pasted: 'I’ve pasted it',
    lastUsed: 'last used',
    made: 'created',
    revoke: 'Revoke',
    revokeLabel: 'Revoke {name}',
    revokeTitle: 'Revoke {name}?',
    revokeWill: 'Anything that uses this token stops working right away, and you can’t undo this.',
    revoked: 'Revoked {name}.',
  },

  files: {
    title: 'Files',
    labels: {
      person_mb: 'For one person (MB)',
      all_mb: 'For everybody (MB)',
      spare_mb: 'Free space to leave (MB)',
      fetched_mb: 'Fetch by itself up to (MB)',
    },
    hints: {
      person_mb: 'How much the files in the messages of one person here may take.',
      all_mb:
        'How much all files may take, copies of others’ files included. Old copies make room for new ones.',
      spare_mb: 'Files never take this much of the disk.',
      fetched_mb:
        'Files of others up to this size come with their message. With 0, they come when somebody looks.',
    },
  },
  backup: {
    title: 'Backups',
    explain:
      'A complete copy: identity, keys, rooms, messages, and what waits to be sent. Your server keeps running meanwhile. A backup contains your keys, so keep it safe.',
    withFiles: 'With pictures and files',
    withFilesHint:
      'Without them, a backup is small. After a restore, your server fetches what others still have.',
    now: 'Back up now',
    making: 'Copying and checking…',
    made: 'Backup created and checked.',
    none: 'There are no backups in the data folder yet.',
    copyFolder: 'Copy folder path',
    restoreTitle: 'Restore a backup',
    restoreSteps: {
      stop: 'Stop your server.',
      start: 'Start Paracord Node with a new, empty data folder.',
      choose: 'Choose “Restore my server”, and enter the path of the backup folder.',
    },
    restoreAfter:
      'What was waiting then is sent again, and duplicates are ignored. Tokens that you revoked after the backup work again. Never run a server twice from copies of the same folder.',
  },

  database: {
    title: 'Where your data is',
    engines: {
      sqlite: 'Everything is in one file in the data folder (SQLite).',
      postgresql: 'Everything is in a PostgreSQL database. The data folder has a copy of it.',
    },
    works: {
      sqlite: 'Working.',
      postgresql: 'The connection works.',
    },
    move: { sqlite: 'Use PostgreSQL', postgresql: 'Go back to a file' },
    moveExplain: {
      sqlite:
        'At home you don’t need this: the file is fast and needs no care. With PostgreSQL, a second computer can take over. Stop your server, then run:',
      postgresql: 'A file needs no care. Stop your server on all computers, then run on this one:',
    },
  },

  recovered: {
    title: 'What your friends’ servers still have',
    explain:
      'Anything newer isn’t in the backup. After a restore, your server asks your friends’ servers, and gets back every message it can prove is yours.',
    why: {
      restored: 'A backup was restored',
      recovered: 'The identity was recovered',
      asked: 'You last asked',
    },
    held: '{n, plural, one {One room is still being read. Until then, nobody here can write in it.} other {# rooms are still being read. Until then, nobody here can write in them.}}',
    recovered: 'Recovered',
    elsewhere: 'Known elsewhere',
    lost: 'Lost',
    counts:
      '{events, plural, one {# event} other {# events}}, {rooms, plural, one {# room} other {# rooms}}, {users, plural, one {# user} other {# users}}, {keys, plural, one {# key} other {# keys}}',
    rooms: '{n, plural, =0 {nothing} one {# room} other {# rooms}}',
    things: '{n, plural, =0 {nothing} one {# room or key} other {# rooms and keys}}',
    unanswered: 'Not asked yet: {peers}. Your server asks them as soon as it reaches them.',
    details: 'What was found',
    ask: 'Ask again',
    asking: 'Asking…',
    modes: { allow: 'allowed', block: 'blocked', quarantine: 'quarantined', known: 'not a peer' },
  },

  diagnostics: {
    explain:
      'A report about your server for someone who helps you. It contains names of servers and addresses, but no keys, tokens, passphrases or messages. It isn’t sent anywhere: read it, then share it yourself.',
    show: 'Show report',
    again: 'Refresh',
    save: 'Save as a file',
    copy: 'Copy report',
    content: 'Diagnostic report',
  },

  about: {
    version: 'Version',
    licence: 'License',
    mit: 'MIT. You may use, change and share it.',
    server: 'Your server',
    telemetry: 'No telemetry. This program doesn’t report anything about you to anyone.',
    console: 'Console',
    consoleHint: 'This browser is logged in. After you log out, you need a new link to log in again.',
    logOut: 'Log out of the console',
  },
} as const;
