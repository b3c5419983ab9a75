/** The delivery state of an event: the same on the screens and on the command line (shared/api/delivery-words.ts). */
export const delivery = {
  /** Why a member server lacks an event, as the server that hosts the room reports it. */
  reasons: {
    unreachable: 'The room’s server can’t reach it.',
    failing: 'It answers the room’s server with an error.',
    busy: 'It asks the room’s server to send more slowly.',
    closed: 'It refuses what the room’s server sends for now.',
    wrong_place: 'A different server answers at its address.',
    rejected: 'It refused this.',
    expired: 'The room’s server gave up because it took too long.',
    dropped: 'The room’s server gave up.',
  },
  gaveUp: 'You discarded this delivery.',
  homeDoesNotTell: '{home} doesn’t report which servers have it.',
  roomSilent: 'The room’s server doesn’t report which servers have it.',
  roomHolds: 'The room’s server waits for its owner’s approval.',
  roomLacksIt: 'It would get this from the room’s server, which doesn’t have it either.',
  nextTry: 'Next try {when}.',
  nextTryNow: 'Next try now.',
  destination: {
    delivered: 'Delivered.',
    notShown: 'Accepted, but not shown to its users.',
    held: 'Waiting for its owner’s approval.',
    handedOver: 'Delivered to {home}.',
    unknown: 'Not known yet whether {server} has it.',
    sending: 'Sending.',
    passedOn: 'Gets it from {home} as soon as {home} has it.',
    notYet: 'Not delivered yet.',
    waits: 'Waiting for {server}.',
    failed: 'Not delivered.',
    sendAgain: 'You can send it again.',
  },
  summary: {
    nowhere: 'Not sent to any other server',
    accepted: 'Accepted by {home}, which doesn’t show it to its users',
    all: '{total, plural, one {Delivered} =2 {Delivered to both other servers} other {Delivered to all # other servers}}',
    allNotShown:
      '{total, plural, one {Delivered} =2 {Delivered to both other servers} other {Delivered to all # other servers}}, but {home} doesn’t show it to its users',
    handedOver: 'Delivered to {homes}',
    some: 'Delivered to {delivered, number} of {total, plural, one {# other server} other {# other servers}}',
    held: 'Waiting for approval on the other server',
    none: 'Not delivered yet',
    failed: 'Not delivered',
  },
  lacking: {
    queued: '{home} still has to deliver {count, plural, one {# event} other {# events}} to {server}.',
    unknown:
      'Not known yet whether {count, plural, one {# event} other {# events}} reached {server} through {home}.',
    held: '{count, plural, one {# event waits} other {# events wait}} for the approval of {server}’s owner.',
    refused:
      '{home} couldn’t deliver {count, plural, one {# event} other {# events}} to {server} and no longer tries.',
  },
} as const;
