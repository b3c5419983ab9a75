/** Everything the desktop app itself says: tray, menus, notifications, questions. */
export const desktop = {
  cancel: 'Cancel',
  ok: 'OK',
  nothingDone: 'Nothing was changed.',
  /** In the session’s list of programs that start at login. */
  autostartComment: 'Keeps your chat server connected to your friends',

  menu: {
    file: 'File',
    closeWindow: 'Close window',
    quit: 'Quit',
    edit: 'Edit',
    undo: 'Undo',
    redo: 'Redo',
    cut: 'Cut',
    copy: 'Copy',
    paste: 'Paste',
    delete: 'Delete',
    selectAll: 'Select all',
    copyLink: 'Copy link address',
    learn: 'Add to dictionary',
    view: 'View',
    actualSize: 'Actual size',
    zoomIn: 'Zoom in',
    zoomOut: 'Zoom out',
    fullScreen: 'Full screen',
    developerTools: 'Developer tools',
    window: 'Window',
    minimize: 'Minimize',
    zoom: 'Zoom',
    bringAllToFront: 'Bring all to front',
    about: 'About Paracord Node',
    settings: 'Settings…',
    help: 'Help',
    report: 'Report a problem…',
    showLog: 'Show the log file',
    services: 'Services',
    hide: 'Hide Paracord Node',
    hideOthers: 'Hide others',
    showAll: 'Show all',
    quitApp: 'Quit Paracord Node',
  },

  tray: {
    starting: 'Starting…',
    noPeers: 'Nobody invited yet',
    peers: '{ok, number} of {wanted, plural, one {# server} other {# servers}} connected',
    noneWaiting: 'Nothing waits',
    waiting: '{count, plural, one {# delivery waits} other {# deliveries wait}}',
    failed: '{waiting}, {dead, number} failed',
    work: '{title}: {percent, number} %',
    pause: 'Pause',
    pauseForAnHour: 'Pause for an hour',
    pausedUntil: 'Paused until {until, time, short}',
    resume: 'Resume',
    update: 'Version {version} is available…',
    copyInvite: 'Copy invite link',
    addSomeone: 'Add someone in your home…',
    unread: '{count, plural, one {# unread message} other {# unread messages}}',
    manyUnread: 'More than {count, number} unread messages',
    open: 'Open Paracord Node',
    quit: 'Quit Paracord Node',
  },

  invite: {
    copied: 'Invite link copied',
    copiedDetail:
      'It works once and expires in a week. Send it to one person only: the person who opens it connects to your server.',
    none: 'Couldn’t create an invite link',
    setAddress: 'Set a public address',
  },

  quit: {
    message: 'Quit Paracord Node?',
    detail: 'Nobody can reach you while it is closed. What waits is sent when you start it again.',
    button: 'Quit',
    dontAsk: 'Don’t ask again',
  },

  starting: {
    message: 'Your server is starting',
    detail:
      'The first start of a new version can take some minutes, because it brings the database up to date. A server on PostgreSQL waits while it runs on another computer. The window opens by itself.',
    rooms: '{done, number} of {total, plural, one {# room} other {# rooms}} brought up to date',
  },

  quitStarting: {
    message: 'Your server is still starting',
    detail:
      'Paracord Node quits as soon as it has started, after a minute at the latest. Quitting now loses nothing, but the start may have to begin again.',
    now: 'Quit now',
    wait: 'Wait',
  },

  pageFailed: {
    message: 'The window keeps crashing',
    detail: 'Your server is still running. For details, see desktop/node.log in the data folder.',
    button: 'Try again',
  },

  confirm: {
    forgetPeer: {
      message: 'Forget “{peer}”?',
      detail:
        'This deletes its keys, and what waits for it isn’t sent. If you add it again, you start from scratch.',
      button: 'Forget',
    },
    discardHeld: {
      some: '{count, plural, one {Discard # held event from “{peer}”?} other {Discard # held events from “{peer}”?}}',
      all: 'Discard all held events from “{peer}”?',
      detail: 'For its server, they are delivered. It won’t send them again.',
      button: 'Discard',
    },
    giveUpOutbox: {
      message: 'Discard this delivery to “{peer}”?',
      detail: 'The message isn’t sent to this server unless you send it again. Other servers still get it.',
      button: 'Discard',
    },
    rotateKeys: {
      message: 'Rotate the signing key?',
      detail:
        'Other servers learn about a new key, and then your server signs with it. You can’t go back to the old one.',
      button: 'Rotate key',
    },
    exportIdentity: {
      message: 'Save a recovery file?',
      detail:
        'It contains the whole identity of your server. Anyone who has the file and its passphrase can act as your server. Only continue if you just asked for it.',
      button: 'Save recovery file',
    },
    addToken: {
      message: 'Create the token “{name}” for “{user}”?',
      detail:
        'A program with this token can write as this user until you revoke it. The token is copied to the clipboard and never shown. Only continue if you just asked for it.',
      button: 'Create a token',
    },
    makeLoginLink: {
      message: 'Create a login link?',
      detail:
        'The first person who opens it gets full control of your server. It is copied to the clipboard. Only continue if you just asked for it.',
      button: 'Create link',
    },
    limitRoom: {
      message: 'Remove the old messages of this room?',
      detail:
        'Your server removes messages over the limit for good, now and in the future. Only continue if you just asked for it.',
      button: 'Remove messages',
    },
    becomeService: {
      message: 'Run your server as a service?',
      detail:
        'This app ends, and a service with the same data folder starts. It has no tray icon and no notifications. You open your server in a browser: the command paracord-node console prints a link. To undo this, start the app again.',
      button: 'Run as a service',
    },
    sealKeys: {
      message: 'Protect the keys with the key store?',
      detail:
        'After that, only this app can read them, and only with your account on this computer. You can no longer run this data folder without a window, and to move it to another computer you need the recovery file.',
      button: 'Protect',
    },
  },

  service: {
    sealed:
      'The keys of your server are protected by the key store, and only this app can open them. A service can’t.',
    noProgram:
      'The program for a server without a window is missing. Install the Debian package paracord-node, version {version}, and try again.',
    otherVersion:
      'The program for a server without a window has version {found}, this app has version {version}. Install the same version of both.',
    noSystemd:
      'This system runs no services for its users (systemd). Start paracord-node --headless yourself instead.',
    otherService:
      'The service of the Debian package runs a server of its own on this computer. Stop it first: sudo systemctl disable --now paracord-node',
    onlyLoggedIn: {
      message: 'Run it only while you are logged in?',
      detail:
        'The system doesn’t let the service run while you are logged out. An administrator can change that with loginctl enable-linger, followed by your user name.',
      button: 'Run as a service',
    },
    done: {
      message: 'Your server runs as a service now',
      detail:
        'To open it in your browser, run: paracord-node console. To run it in this app again, start the app.',
      button: 'OK',
    },
    failed: {
      message: 'The service didn’t start',
      detail: 'Nothing was changed, and this app runs your server again. The reason: {reason}',
      button: 'OK',
    },
    running: {
      message: 'Your server runs as a service',
      detail:
        'To open it in your browser, run: paracord-node console. Or run it in this app again: this stops and removes the service. Your server keeps its data.',
      back: 'Run it in this app',
      quit: 'Quit',
    },
  },

  notices: {
    withText: '{sender}: {body}',
    test: 'Test notification',
    testBody: 'This device rings.',
    invite: 'Room invite',
    invites: '{inviter} invites you to {room}.',
    wantsToWrite: '{name} wants to write with you.',
    warning: 'Paracord Node needs your attention',
    update: 'Version {version} of Paracord Node is available',
    updateReady: 'Restart the app in Settings to install it.',
    updateToDownload: 'Settings show where to download it.',
    hidden: {
      title: 'Your server keeps running',
      body: 'Start Paracord Node again to open its window.',
      bodyWithIcon: 'Click its icon to open the window. To stop your server, choose Quit in the icon’s menu.',
    },
  },

  locked: {
    message: 'The key store didn’t open the identity of your server',
    detail:
      'The identity is protected with the key store of this computer, which answered: “{reason}”. Your server can’t start without it. The key store may be locked, or it may not be the same one as before. Unlock it and try again. If it no longer has the key, use your recovery file: the server starts as new and asks for the file, and you keep your rooms and messages.',
    again: 'Try again',
    recover: 'Use the recovery file',
    waiting: {
      message: 'Waiting for the key store',
      detail:
        'The identity of your server is protected with the key store of this computer, which hasn’t answered yet. It may be locked: unlock it, and your server starts by itself. If it shows no window, log out and log in again. If you no longer use this key store, use your recovery file: the server starts as new and asks for the file, and you keep your rooms and messages.',
    },
  },

  secrets: {
    notSaved: 'The recovery file couldn’t be saved: {reason}. Save it again, in another folder.',
    tokenNotCopied:
      'The token couldn’t be copied to the clipboard: {reason}. It was revoked. Create another one.',
    linkNotCopied:
      'The login link couldn’t be copied to the clipboard: {reason}. It expires by itself. Create another one.',
  },

  unsandboxed: {
    message: 'Start without the sandbox?',
    detail:
      'This system doesn’t let the app put its window into a sandbox. The sandbox limits what a flaw in the window can do to your computer. To keep it, install the .deb package instead of the AppImage, or allow user namespaces for this app.',
    start: 'Start anyway',
    quit: 'Quit',
  },

  outside: {
    message: 'Move Paracord Node to the Applications folder?',
    detail:
      'From where it is now, it can’t start at login, open links or update itself. It moves itself and starts again.',
    move: 'Move',
    stay: 'Not now',
  },

  uncaught: {
    message: 'Something went wrong in Paracord Node',
    detail:
      'This is a bug. Your server may not work as it should any more, so restart the app. No data is lost. For details, see desktop/node.log in the data folder.',
    restart: 'Restart',
    keepRunning: 'Keep running',
  },

  nodeFailed: {
    message: 'Your server has stopped',
    detail:
      'It couldn’t start again after a restore, or after it changed places with another computer: {reason} Restart the app to try again.',
    restart: 'Restart',
    later: 'Not now',
  },

  updates: {
    fromSources: 'You run this app from its source code. Update that to update the app.',
    fromStore: 'The app store keeps this app up to date.',
    noPlace: 'This build doesn’t know where to find updates. Download newer versions where you got this one.',
    ready: 'Version {version} is ready to install.',
    unchecked: 'Not checked for updates yet.',
    checking: 'Checking for updates…',
    current: 'No newer version found.',
    downloading: 'Downloading version {version}…',
    failed: 'Couldn’t check for updates: {reason}',
    notReady: 'No update is ready to install. Check for updates first.',
    asInstalled:
      'Version {version} is available. Download the new package or archive and install it over this one. Your server keeps its data.',
    unsigned:
      'Version {version} is available. macOS doesn’t let this app install it, because the app isn’t signed. Download the new version and replace the app.',
    readOnly:
      'Version {version} is available. This app can’t install it, because it may not write to its own file or folder. Download the new version and replace the file.',
    notMoved:
      'Version {version} is available. This app can’t install it, because it isn’t in the Applications folder. Quit it, move it there and start it again.',
    notInstalled:
      'Version {version} couldn’t be installed: {reason}. Your server runs with the old version. Try again, or download the new version.',
  },

  shell: {
    noLoginItem: 'This app can’t change whether it starts at login. Use the settings of your system.',
    needsApproval:
      'macOS wants your approval first. Open System Settings, General, Login Items, and allow Paracord Node.',
    noKeyStore:
      'No key store protected the keys, and nothing was changed. It may be locked, or missing. Unlock it, or install one such as GNOME Keyring or KWallet. Then restart the app and try again.',
    keyStoreFailed:
      'The key store didn’t protect the keys: {reason}. Nothing was changed. Unlock the key store, restart the app and try again.',
    notBuilt: 'The screens haven’t been built. Run: npm run build',
    nothingHere: 'There is nothing at this address.',
    getOnly: 'Only GET requests are possible here.',
  },

  start: {
    button: 'Quit',
    failed: 'Paracord Node couldn’t start',
    unexpected: 'Unexpected error: {reason}',
    portInUse: 'The port of your server is in use',
    portInUseAdvice:
      'Your server may already be running without a window. Stop it there, then open Paracord Node again.',
    dataInUse: 'Your server is already running',
    dataInUseAdvice:
      'It runs without a window, as a service or in a terminal. Use its console in a browser, or stop it and open Paracord Node again.',
    databaseNewer: 'A newer version of Paracord Node created this data',
    databaseNewerAdvice: 'Nothing was changed.',
    databaseUnreleased: 'A development version of Paracord Node created this data',
    diskFull: 'The disk is full',
    dataFolder: 'The data folder can’t be used',
    databaseMissing: 'The database is missing',
    databaseUnreachable: 'The database can’t be reached',
    databaseDamaged: 'The database is damaged',
    databaseForeignSchema: 'The database was changed by another program',
    identity: 'The identity of your server can’t be opened',
    identityAdvice:
      'A protected identity opens only on the computer and for the user that protected it, while the key store is unlocked. If this is that computer and that user, log out and log in again. Otherwise, restore from the recovery file into an empty data folder.',
    conflict: 'The data belongs to another server',
    usage: 'Paracord Node was started with an invalid option',
    command:
      'This is the desktop app, which has no commands. The command line is a program of its own: the Debian package paracord-node contains it, and so does the source package (npm run paracord-node).',
    headless:
      'This app always has a window. To run the server without one, use the source package: npm start -- --headless.',
  },
} as const;
