/** People: friends and their servers, and who uses this server. */
export const people = {
  title: 'People',
  list: 'Your friends',
  empty: {
    title: 'Nobody here yet',
    hint: 'Send a friend an invite link, or open one that you got.',
  },
  held: '{count, plural, one {# to review} other {# to review}}',
  queued: '{count, plural, one {# waiting} other {# waiting}}',
  unknown: 'You don’t know anyone there',
  unknownHint: 'Send someone there an invite, or open one of theirs.',
  back: 'All people',
  menu: 'More about {name}',
  server: 'on {server}',
  details: 'Connection details',
  block: 'Block…',
  unblock: 'Unblock…',
  review: 'Review',
  fix: 'See what to do',
  rooms: 'Chats you share',
  there: 'People there',
} as const;
