/**
 * Every word that the app itself says: tray, menus, notifications, questions. What is done has one name, and it is the
 * screens' (renderer/text/en).
 */
import { appName } from './electron.ts';

export const text = {
  cancel: 'Cancel',
  ok: 'OK',
  noMoreThan: (count: number) => `More than ${count}`,

  menu: { file: 'File', view: 'View' },

  tray: {
    starting: 'Starting…',
    noPeers: 'No peers yet',
    peers: (ok: number, wanted: number) => `${ok} of ${wanted} ${wanted === 1 ? 'peer' : 'peers'} connected`,
    nothingWaits: 'Nothing waits',
    waits: (count: number) => `${count} ${count === 1 ? 'delivery waits' : 'deliveries wait'}`,
    failed: (waits: string, dead: number) => `${waits}, ${dead} failed`,
    pause: 'Pause federation',
    resume: 'Resume federation',
    copyInvite: 'Copy invite link',
    open: `Open ${appName}`,
    quit: `Quit ${appName}`,
  },

  invite: {
    copied: 'The invite link is copied',
    copiedDetail:
      'It counts once, for a week. Whoever holds it can become your peer: send it to one person, not to a room.',
    none: 'No invite link could be made',
    setAddress: 'Set the public address',
  },

  quit: {
    message: `Quit ${appName}?`,
    detail:
      'Other servers cannot reach yours while it is closed. What still waits to be sent goes out at the next start.',
    button: 'Quit',
  },

  pageFell: {
    message: 'The window keeps failing',
    detail: 'Your server goes on running. Its log in the data folder, desktop/node.log, says more.',
    button: 'Try again',
  },

  confirm: {
    forgetPeer: {
      message: (peer: string) => `Forget “${peer}”?`,
      detail: 'Its keys are forgotten, and what still waits for it is given up. Adding it again starts anew.',
      button: 'Forget',
    },
    discardHeld: {
      some: (count: number, peer: string) =>
        `Discard ${count} held event${count === 1 ? '' : 's'} of “${peer}”?`,
      all: (peer: string) => `Discard all held events of “${peer}”?`,
      detail: 'Its server counts them as handed over and will not send them again.',
      button: 'Discard',
    },
    giveUpOutbox: {
      message: (peer: string) => `Give up this delivery to “${peer}”?`,
      detail: 'It will not be sent there again by itself. Others still get it.',
      button: 'Give up',
    },
    rotateKeys: {
      message: 'Rotate the signing keys?',
      detail:
        'A new key is announced to your peers and signs from then on. The old one cannot be taken back into use.',
      button: 'Rotate keys',
    },
    exportIdentity: {
      message: 'Save a recovery file?',
      detail:
        'It holds the whole identity of this server. Whoever has it and its passphrase can be your server. Go on only if you asked for it just now.',
      button: 'Save recovery file',
    },
    addToken: {
      message: (name: string, user: string) => `Make the token “${name}” for “${user}”?`,
      detail:
        'A program that holds it can act as this user, until you revoke it. Go on only if you asked for it just now.',
      button: 'Make a token',
    },
    makeLoginLink: {
      message: 'Make a login link?',
      detail: 'Whoever opens it first controls this server. Go on only if you asked for it just now.',
      button: 'Make the link',
    },
    sealKeys: {
      message: 'Protect the keys with the key store?',
      detail:
        'From then on only this app opens them, for your account on this computer. A server without a window cannot use this data folder any more, and moving elsewhere takes the recovery file.',
      button: 'Protect',
    },
  },

  notices: {
    oneMessage: (sender: string) => `New message from ${sender}`,
    messages: (count: string) => `${count} new messages`,
    invite: 'Invite to a room',
    invites: (inviter: string, room: string) => `${inviter} invites you to ${room}.`,
    warning: `${appName} needs your attention`,
  },

  updates: {
    fromSources: 'Runs from its sources; updates come with them.',
    fromStore: 'The store you got it from keeps it up to date.',
    asInstalled: 'It is renewed the way it was installed: by your package manager, or by a newer archive.',
    noPlace: 'This build does not know where newer versions are; get them where you got this one.',
    ready: (version: string) => `Version ${version} is ready to be installed.`,
    checking: 'Looking for a newer version…',
    current: 'This is the newest version known here.',
    downloading: (version: string) => `Fetching version ${version}…`,
    failed: (why: string) => `Could not look for a newer version: ${why}`,
  },

  start: {
    button: 'Quit',
    failed: `${appName} could not start`,
    unexpected: (why: string) => `Something unexpected failed: ${why}`,
    /** What happened, and what to do where the error's own words speak to somebody at a terminal. */
    codes: {
      PORT_IN_USE: [
        'The port of this server is taken',
        `Perhaps a server without a window already runs here: stop that one, then open ${appName} again.`,
      ],
      DATA_IN_USE: [
        'This server is already running',
        `It runs without a window, as a service or in a terminal. Use its console in a browser, or stop it and open ${appName} again.`,
      ],
      DATABASE_NEWER: [`The data is of a newer ${appName}`, 'Nothing was changed.'],
      DATABASE_DAMAGED: ['The database is damaged', 'Nothing was changed. Restore it from a backup.'],
      IDENTITY: [
        'The identity of this server cannot be opened',
        'Nothing was overwritten. A sealed identity opens only for the user and on the machine that sealed it, with its key store unlocked; log out and in again if that is where you are, or restore from the recovery file into an empty data folder.',
      ],
      CONFLICT: ['The data belongs to another server', ''],
      USAGE: [`${appName} was started in a way that does not work`, ''],
    } as Readonly<Record<string, readonly [message: string, advice: string]>>,
  },
};
