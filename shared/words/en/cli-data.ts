/** The output of commands that back up and restore this node’s data and keys. */
export const cliData = {
  people: {
    link: 'Single use, unless you said otherwise. Expires {until}. Anyone who has the link can use it, so send it to one person. It is shown only now.',
    roleChanged: 'Changed the role of {user}. All devices of {user} are logged out.',
    removed: 'Removed {user}. All devices of {user} are logged out.',
    deviceLoggedOut: 'The device {device} is logged out.',
    loggedOut: 'All devices of {user} are logged out.',
    noAccount: 'can’t log in',
    renamed: '{user} is called {name} now.',
    picture: 'Picture: {hash}',
    noPicture: 'No picture.',
    wasRemoved: 'removed',
    none: 'Nobody can log in yet.',
    allowed: '{user} may be in {room}.',
    refused: '{user} may not be in {room}.',
    withdrawn: 'Withdrew the consent to {other} for {user}.',
    noAsks: 'No child waits for an answer.',
    noneAllowed: 'Nothing was allowed yet.',
    noDevices: 'No device is logged in.',
  },

  access: {
    backedUp: 'Saved a backup in {folder} ({size}) and verified it.',
    restored:
      'Checked the backup of {server}, with {events, plural, one {# event} other {# events}} in {rooms, plural, one {# room} other {# rooms}}. Your server now starts again as {server}.',
    noBackups: 'No backups yet.',
    moved:
      'The data is now in {place}: {tables, plural, one {# table} other {# tables}} with {rows, plural, one {# row} other {# rows}}, compared on both sides. {kept}',
    tokenMade:
      'This token writes as {user}. It is shown only now. To revoke it, run “paracord-node tokens revoke {id}”.',
    tokenRevoked: 'Revoked {id}.',
    noTokens: 'No tokens yet.',
    diagnostics: 'Saved {path}. Read it before you share it: it contains server names and addresses.',
    recoveryFile:
      'Saved {path}. Store it on another device, and the passphrase somewhere else. Anyone who has both can act as your server.',
    recovered:
      '{server} is back, and asks its peers for the data it lost. “paracord-node recovery” shows what comes back.',
  },

  drill: {
    backup: 'Newest backup: {folder}, made {at}.',
    fine: 'Your server can start with it. Its {n, plural, one {# event is} other {# events are}} intact.',
    lacks: 'If you restored it now, this would be missing:',
    nothing: 'nothing',
    names: {
      events: 'Events',
      rooms: 'Rooms',
      users: 'Users',
      keys: 'Signing keys',
      files: 'Files of messages',
      decisions: 'Trust in peers',
    },
    events:
      '{n, plural, one {# event} other {# events}}. {here, plural, =0 {Peers have all of them.} one {# of them is on no other server.} other {# of them are on no other server.}}',
    keys: '{n, plural, one {# key} other {# keys}}. A recovery file with the current keys (“keys export”) brings them back.',
    files: '{n, plural, one {# file} other {# files}} of messages. Others in the room may have them.',
  },

  recovery: {
    none: 'As far as your server knows, it has lost nothing. “paracord-node recovery start” asks all peers what they know about it.',
    names: {
      since: 'Since',
      state: 'Rooms',
      recovered: 'Recovered',
      elsewhere: 'Known elsewhere',
      lost: 'Lost',
      answered: 'Peers that answered',
      unanswered: 'Not asked yet',
    },
    since:
      '{at} {why, select, restored {(a backup was restored)} recovered {(the identity was recovered)} other {(you asked for it)}}',
    done: 'open for writing',
    held: '{n, plural, one {# room is still being read. You can’t write in it until then, or until {until}.} other {# rooms are still being read. You can’t write in them until then, or until {until}.}}',
    recovered:
      '{events, plural, one {# event} other {# events}}, {rooms, plural, one {# room} other {# rooms}}, {users, plural, one {# user} other {# users}}, {keys, plural, one {# key} other {# keys}}',
    elsewhere:
      '{n, plural, =0 {nothing} one {# room that a peer knows your users from. To get it back, join it again.} other {# rooms that peers know your users from. To get them back, join them again.}}',
    lost: '{n, plural, =0 {nothing} one {# room or key of your server that no key here can prove} other {# rooms and keys of your server that no key here can prove}}',
    kinds: { room: 'room', user: 'user', key: 'key' },
    outcomes: { recovered: 'recovered', elsewhere: 'known elsewhere', lost: 'lost' },
    unconfirmed:
      'Your list of trusted peers is from the backup or recovery file, and what you decided since is gone. Change what is wrong, then run “paracord-node recovery confirm”:',
  },
} as const;
