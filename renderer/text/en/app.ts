/** The frame around the screens, and what every screen shares. */
export const app = {
  product: 'Paracord Node',
  nav: {
    label: 'Screens',
    overview: 'Overview',
    rooms: 'Rooms',
    peers: 'Peers',
    deliveries: 'Deliveries',
    settings: 'Settings',
    skip: 'Skip to content',
    waiting: 'waiting',
  },
  connection: {
    noAnswer:
      'The node does not answer. It may be stopped, or this computer may be offline. What you typed is kept; try again when it is back.',
    lost: 'Lost the connection to the node. Trying again…',
    lostHint: 'What you see may be out of date. What you type is kept.',
    connecting: 'Connecting to the node…',
  },
  login: {
    title: 'Log in to the console',
    explain:
      'This console belongs to the owner of the node. Its login link works once, for one browser, within 15 minutes.',
    how: 'Make a link on the computer that the node runs on:',
    code: 'Login link or its code',
    hint: 'Paste the whole link, or what stands behind #/login/.',
    submit: 'Log in',
    busy: 'Logging in…',
    logOut: 'Log out',
  },
  failure: {
    title: 'That did not work',
    copyCode: 'Copy error code',
    unexpected: (what: string) => `Something unexpected happened: ${what}`,
    reading: 'This could not be read',
    retry: 'Try again',
  },
  common: {
    cancel: 'Cancel',
    close: 'Close',
    save: 'Save',
    saved: 'Saved.',
    copy: 'Copy',
    copied: 'Copied.',
    back: 'Back',
    more: 'More',
    loading: 'Reading…',
    never: 'never',
    optional: 'optional',
    you: 'you',
    showMore: 'Show more',
  },
  time: {
    now: 'just now',
    today: 'Today',
    yesterday: 'Yesterday',
  },
} as const;
