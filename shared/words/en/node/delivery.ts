/** Says what happened to an event on its way to a server, and whose clock is wrong. “It” is the server. */
export const delivery = {
  delivery: {
    offline: 'This computer has no network connection. Delivery resumes when it is back.',
    asleep: 'This computer was asleep. Delivery has resumed.',
    /** Quotes the server’s own message. */
    says: '{text} It says: “{quote}”',
    server_error: 'It failed with a server error.',
    slow_down: 'It asks your server to send more slowly.',
    not_ready: 'It wasn’t ready for the request.',
    too_large: 'It rejected the event as too large.',
    web_page:
      'It answered with a web page instead of JSON. A proxy may be in the way, or the address may be wrong.',
    redirect: 'It redirects to another address. A proxy may be in the way, or the address may be wrong.',
    nothing_there:
      'There is no Paracord server at its address. A proxy may be in the way, or the address may be wrong.',
    odd_status:
      'It gave an answer that no Paracord server gives. A proxy may be in the way, or the address may be wrong.',
    invalid: 'It rejected the event as invalid.',
    signature: 'It rejected the signature of your server.',
    signature_clock: 'It rejected the signature of your server because the clocks disagree. {text} {fix}',
    held: 'It has quarantined your server. This waits for its owner’s approval.',
    event_refused: 'It rejected this event.',
    closed: 'It doesn’t accept events from your server.',
    refused_there:
      'It trusts your server and refuses this event: it doesn’t know the author’s server, the author isn’t in the room there, or the channel isn’t open to other servers. What comes after it is sent.',
    author_removed: 'It doesn’t let the author into the room any more: its admin has removed or banned them.',
    body_too_long: 'It takes at most {max, number} bytes of text, and this message has {bytes, number}.',
    id_too_long: 'It takes identifiers of at most {max, number} characters, and this event has a longer one.',
    other_guild: 'The event names another guild than that of its room, so it would refuse it.',
    too_old: 'It takes nothing that is older than a week.',
    ahead:
      'The clock of another server in this room is ahead, so it takes this event only after {at, date, long}, {at, time, ::jmmz}.',
    id_conflict: 'It already has a different event with the same ID.',
    replay: 'It rejected the request as a repeat of an earlier one.',
    conflict: 'It reported a conflict without saying what it conflicts with.',
    damaged: 'The stored event is damaged, so it can’t be sent until it has been fetched again.',
    gave_up: 'Gave up after {span}.',
    not_trusted: '{server} isn’t a trusted peer.',
    no_address:
      '{server} has no known address. It collects its messages from your server, which can take a few seconds.',
    not_called:
      '{server} can’t be reached from here. It collects its messages from your server, which can take a few seconds.',
    blocked: 'You have blocked it.',
    quarantined: 'You have quarantined it.',
    no_peer: 'It isn’t a trusted peer.',
    paused: 'Federation is paused.',
    restored:
      'This was waiting when the data folder was restored from a backup. The other server may have it already.',
    state_sending: 'Sending.',
    state_waiting: 'Waiting to retry.',
    state_parked: 'Refused for now. Your server retries from time to time.',
    state_closed: 'On hold.',
    state_idle: 'Nothing is being sent.',
  },
  clock: {
    doubted_title: 'The clock of this computer is wrong, so nothing can be written',
    doubted_by_peers:
      'Your peers agree that the right time is {span} {side, select, ahead {ahead of} other {behind}} the clock of this computer. Anything you write now would have the wrong date and stay hidden, so your server writes nothing until the clock is right.',
    doubted_by_past:
      'The clock of this computer is {span} behind the time at which your server last ran. Anything you write now would have the wrong date and be sorted into the past, so your server writes nothing until that is settled.',
    doubted_by_leap:
      'The clock of this computer jumped while your server was running, and the clock of your peer didn’t. The right time is probably {span} {side, select, ahead {ahead of} other {behind}} it. Anything you write now would have the wrong date, so your server writes nothing until the clock is right.',
    doubted_by_program:
      'The clock of this computer shows a time before this program was installed. It is at least {span} behind. Anything you write now would have the wrong date and be sorted into the past, so your server writes nothing until the clock is right.',
    doubted_fix:
      'Turn on “Set time automatically” on this computer. If the clock is right, confirm it here or run: paracord-node settings trust-clock',
    off: 'Its clock is {span} {side, select, ahead {ahead of} other {behind}} the clock of this computer. {limit} seconds are allowed.',
    either_unknown: 'No other peer has reported its time, so either clock may be wrong.',
    either_disagree: 'Other peers disagree about the time, so either clock may be wrong.',
    theirs:
      'The clocks of other peers agree with the clock of this computer, so the peer’s clock seems to be wrong.',
    ours: 'The clocks of other peers agree with its clock, so the clock of this computer seems to be wrong.',
    neither: 'The clocks of other peers agree with neither.',
    near: 'Its clock is within {n, plural, one {# second} other {# seconds}} of the clock of this computer.',
    tolerable:
      'Its clock is {span} {side, select, ahead {ahead of} other {behind}} the clock of this computer. That still works. Beyond {limit} seconds it doesn’t.',
    untold: 'Not tested: it doesn’t report its time.',

    fix_ours: 'Turn on “Set time automatically” on this computer.',
    fix_ours_or_theirs:
      'Turn on “Set time automatically” on this computer. If its clock is right, tell the peer’s owner.',
    fix_ours_compare: 'Turn on “Set time automatically” on this computer. Then compare again.',
    fix_theirs: 'Ask its owner to turn on “Set time automatically” there.',
    fix_ours_or_others:
      'Turn on “Set time automatically” on this computer. If its clock is right, tell the owners of the others.',
    fix_ours_or_named:
      'Turn on “Set time automatically” on this computer. If its clock is right, tell the owner of {name}.',

    title_disagree: 'Your peers disagree about the time',
    title_two: 'Two clocks disagree',
    title_ours: 'The clock of this computer is wrong',
    disagree:
      'Compared with this computer: {list}. That doesn’t show whose clock is wrong. Servers whose clocks differ by more than {limit} seconds reject each other’s requests.',
    two: 'The clock of {name} is {span} {side, select, ahead {ahead of} other {behind}} the clock of this computer. Beyond {limit} seconds, each server rejects the other’s requests. No other peer has reported its time, so either clock may be wrong.',
    ours_off:
      'The clocks of your peers are {span} {side, select, ahead {ahead of} other {behind}} the clock of this computer. Beyond {limit} seconds, they reject every request.',
    one_agrees: '{name} agrees',
    one_off: '{name} is {span} {side, select, ahead {ahead} other {behind}}',
    more: '{n, plural, one {# more peer} other {# more peers}}',
  },
} as const;
