/** The frame around the screens, and what every screen shares. */
export const app = {
  product: 'Paracord Node',
  misleadingName: 'Possibly misleading name: why?',
  nav: {
    label: 'Main menu',
    chats: 'Chats',
    people: 'People',
    server: 'Server',
    skip: 'Skip to content',
    waiting: 'need your attention',
  },
  /** How something is doing: an icon, for people who can’t see it. */
  standing: { ok: 'Working', waiting: 'Waiting', needs: 'Needs you', broken: 'Broken' },
  notify: {
    title: 'Notifications',
    ask: 'Get a notification when someone writes to you?',
    turnOn: 'Turn on',
    later: 'Not now',
    one: 'New message from {sender}',
    some: '{count, plural, one {# new message} other {# new messages}}',
  },
  unread: {
    many: '99+',
    messages: '{count, plural, one {# unread message} other {# unread messages}}',
    mentions: '{count, plural, one {# mention of you} other {# mentions of you}}',
    invites: '{count, plural, one {# invite to a room} other {# invites to rooms}}',
  },
  notFound: {
    title: 'Page not found',
    what: 'There’s nothing at this address',
    hint: 'The link may be wrong, or the page it led to was removed.',
    chats: 'Go to your chats',
  },
  connection: {
    noAnswer:
      'The node isn’t responding. It may have stopped, or this computer may be offline. Your text is still here. Try again when the node is back.',
    lost: 'Lost the connection to the node. Reconnecting…',
    lostHint: 'What you see may be out of date. You won’t lose what you type.',
    connecting: 'Connecting to the node…',
    clock:
      '{direction, select, ahead {This device’s clock is {by} ahead of the node’s.} other {This device’s clock is {by} behind the node’s.}} Times that are shown as “5 minutes ago” follow the node’s clock. Correct the clock that is wrong.',
  },
  login: {
    title: 'Log in to the console',
    explain:
      'This console is for the owner of the node. A login link works once, in one browser, and expires after 15 minutes.',
    expired: 'Your session has expired. What you were writing will be there when you log in again.',
    how: 'To get a link, run this on the computer where the node is running:',
    code: 'Login link or code',
    hint: 'Paste the whole link, or the part after #/login/.',
    submit: 'Log in',
    busy: 'Logging in…',
    logOut: 'Log out',
  },
  failure: {
    title: 'That didn’t work',
    details: 'Details',
    copyCode: 'Copy error code',
    unexpected: 'Something unexpected happened: {what}',
    reading: 'Couldn’t load this',
    retry: 'Try again',
    loggedOut: 'Your session had expired, so nothing was changed. Log in, then try again.',
    stale: 'Couldn’t refresh this. It may be out of date.',
  },
  expected: {
    address: 'Enter an address such as https://chat.example:8448.',
    publicAddress:
      'Other servers can’t reach “{host}”. Enter a full address, such as https://chat.example:8448.',
    wholeNumber: 'Enter a whole number from {min, number} to {max, number}.',
    serverName:
      'Enter a server name such as chat.example: letters a-z, digits, dots and hyphens, without https:// and without a port.',
    userId: 'Enter a user ID such as @alice:chat.example.',
    userName:
      'Use 1 to 64 characters: lowercase letters a to z, digits, and . _ - (begin with a letter or digit).',
    name: 'Enter a name.',
    atMost: 'Use at most {max, number} characters.',
  },
  work: {
    label: 'In progress',
    cancel: 'Cancel: {title}',
    more: '{count, plural, one {# more} other {# more}}',
  },
  common: {
    cancel: 'Cancel',
    close: 'Close',
    save: 'Save',
    saved: 'Saved.',
    copy: 'Copy',
    copied: 'Copied.',
    chooseFile: 'Choose a file…',
    copyFingerprint: 'Copy fingerprint',
    notCopied: 'Couldn’t copy: this browser doesn’t allow it here. Select the text and copy it yourself.',
    back: 'Back',
    more: 'More',
    loading: 'Loading…',
    never: 'never',
    optional: 'optional',
    you: 'you',
    showMore: 'Show more',
  },
  steps: { ok: 'passed', failed: 'failed', skipped: 'not tested', running: 'testing' },
  time: {
    now: 'just now',
    today: 'Today',
    yesterday: 'Yesterday',
  },
} as const;
