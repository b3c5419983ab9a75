/** What `backup`, `tokens`, `keys export`, `diagnostics` and `drill` print. */
export const cliAccess = {
  access: {
    backedUp: 'Saved a backup in {folder} ({size}) and verified it.',
    noBackups: 'No backups yet.',
    tokenMade:
      'This token acts as {user}. It is shown only now. To revoke it, run “paracord-node tokens revoke {id}”.',
    tokenRevoked: 'Revoked {id}.',
    noTokens: 'No tokens yet.',
    diagnostics: 'Saved {path}. Read it before you share it: it contains server names and addresses.',
    recoveryFile:
      'Saved {path}. Store it on another device, and the passphrase somewhere else. Anyone who has both can act as this server.',
    recovered:
      'This node is {server} again. Next, add its peers again. The node asks them for what it knew. “paracord-node recovery” shows what comes back.',
  },

  drill: {
    backup: 'Newest backup: {folder}, made {at}.',
    fine: 'A node can start with it. Its {n, plural, one {# event is} other {# events are}} intact.',
    lacks: 'If you restored it now, this would be missing:',
    nothing: 'nothing',
    names: {
      events: 'Events',
      rooms: 'Rooms',
      users: 'Users',
      keys: 'Signing keys',
      decisions: 'Trust in peers',
    },
    events:
      '{n, plural, one {# event} other {# events}}. {here, plural, =0 {Peers have all of them.} one {# of them is on no other server.} other {# of them are on no other server.}}',
    keys: '{n, plural, one {# key} other {# keys}}. A recovery file with the current keys (“keys export”) brings them back.',
  },
} as const;
