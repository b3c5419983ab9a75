/** Server: the list of what is below it. */
export const server = {
  title: 'Server',
  sectionsLabel: 'Below Server',
  sections: {
    status: 'Status',
    connections: 'Connections',
    deliveries: 'Deliveries',
    network: 'Network',
    keys: 'Keys and backup',
    settings: 'Settings',
  },
  back: {
    title: 'Your server is back',
    explain: {
      restored: 'A backup was restored. Three steps, and everything is as before.',
      recovered: 'The recovery file was opened. Three steps, and everything is as before.',
    },
    friends: {
      title: '1. Finding your friends again',
      none: 'There are no friends in it. Invite them, and they send you what they have of you.',
      looking: 'Not answering yet. Your server keeps trying.',
      found: '{n, plural, =0 {is here} one {# message} other {# messages}}',
      held: '{n, plural, one {One room is still being read. Until then, nothing can be written in it.} other {# rooms are still being read. Until then, nothing can be written in them.}}',
    },
    trust: {
      title: '2. Check whom you trust',
      explain: 'This list is from the day of the backup or file. Blocks from after that are gone.',
      confirm: 'This is right',
      done: 'Checked.',
    },
    end: {
      title: '3. What came back',
      nothing: 'Nothing of yours was missing.',
      counts: {
        messages: '{n, plural, one {# event of yours} other {# events of yours}}',
        rooms: '{n, plural, one {# room} other {# rooms}}',
        users: '{n, plural, one {# user} other {# users}}',
        keys: '{n, plural, one {# key} other {# keys}}',
      },
      missing: '{n, plural, one {# thing} other {# things}} that others know couldn’t be brought back.',
      show: 'Show',
      done: 'Done',
      hint: 'Friends who haven’t answered yet are found later, too.',
    },
    open: 'Your server is back.',
    go: 'Three steps are left',
  },
} as const;
