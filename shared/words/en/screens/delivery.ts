/** The delivery state of an event: the same on the screens and on the command line (shared/api/delivery-words.ts). */
export const delivery = {
  /** Why a member server lacks an event, as the server that hosts the room reports it. */
  reasons: {
    unreachable: '{home} can’t reach it.',
    failing: 'It answers {home} with an error.',
    busy: 'It asks {home} to send more slowly.',
    closed: 'It doesn’t accept deliveries from {home} for now.',
    wrong_place: 'A different server answers {home} at its address.',
    rejected: 'It rejected the event when {home} delivered it.',
    expired: '{home} stopped trying because it took too long.',
    dropped: '{home} no longer tries to deliver it.',
  },
  gaveUp: 'You discarded this delivery.',
  homeDoesNotTell: '{home} doesn’t report which servers have it.',
  homeHolds: '{home} holds it until its owner releases it.',
  homeLacksIt: 'It would get this from {home}, which doesn’t have it either.',
  nextTry: 'Next try {when}.',
  nextTryNow: 'Next try now.',
  destination: {
    delivered: 'Delivered.',
    notShown: 'Accepted, but not shown to its users.',
    held: 'Held there until its owner releases it.',
    handedOver: 'Delivered to {home}.',
    unknown: 'Not known yet whether {server} has it.',
    sending: 'Sending.',
    passedOn: 'Gets it from {home} as soon as {home} has it.',
    notYet: 'Not delivered yet.',
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
    held: 'Held by the other server until its owner releases it',
    none: 'Not delivered yet',
    failed: 'Not delivered',
  },
  lacking: {
    queued: '{home} still has to deliver {count, plural, one {# event} other {# events}} to {server}.',
    unknown:
      'Not known yet whether {count, plural, one {# event} other {# events}} reached {server} through {home}.',
    held: '{server} holds {count, plural, one {# event} other {# events}} until its owner releases {count, plural, one {it} other {them}}.',
    refused:
      '{home} couldn’t deliver {count, plural, one {# event} other {# events}} to {server} and no longer tries.',
  },
} as const;
