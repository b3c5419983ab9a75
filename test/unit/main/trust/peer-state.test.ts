import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askAgainMs, type Contact, noContact } from '../../../../main/trust/contact/contact-policy.ts';
import { type PeerFacts, peerState } from '../../../../main/trust/peer-state.ts';
import { quoted, said } from '../../../../shared/words/said.ts';
import { inEnglish } from '../../../support/words.ts';

const second = 1000;
const minute = 60 * second;
const now = Date.UTC(2026, 0, 10);
const ago = (ms: number) => now - ms;

const contact = (more: Partial<Contact> = {}): Contact => ({
  ...noContact(ago(60 * minute)),
  knowsUs: true,
  answeredAt: ago(second),
  ...more,
});
const facts = (more: Partial<PeerFacts> = {}): PeerFacts => ({
  now,
  paused: false,
  standing: 'allowed',
  reason: null,
  knownThrough: null,
  hasAddress: true,
  contact: contact(),
  addressTakenBy: null,
  heardAt: ago(second),
  reachedAt: null,
  misdatedMs: null,
  refused: null,
  addressedAs: 'chat.example',
  keyMayHaveEnded: false,
  link: { isParked: false, failures: 0, lastError: null },
  broken: null,
  expired: null,
  ...more,
});
const stateOf = (more: Partial<PeerFacts> = {}) => {
  const { state, text } = peerState(facts(more));
  return `${state}: ${inEnglish(text)}`;
};

test('a peer is connected for as long as contact with it is fresher than 13 minutes', () => {
  const quiet = (ms: number) =>
    stateOf({ heardAt: ago(ms), contact: contact({ answeredAt: null }), reachedAt: null });
  assert.equal(quiet(0), 'ok: Connected.');
  // It is asked, or asks, every 10 to 12 minutes, depending on the jitter.
  assert.equal(quiet(9 * minute), 'ok: Connected.');
  assert.equal(quiet(13 * minute - 1), 'ok: Connected.');
  assert.equal(
    quiet(13 * minute),
    'silent: Last contact 13 minutes ago. Your server tries to contact it every 5 minutes.',
  );
  assert.match(quiet(49 * 60 * minute), /^silent: Last contact 2 days ago/);
});

test('a peer whose requests are refused because of their time is not connected', () => {
  const hours = 3 * 60 * minute;
  assert.equal(
    stateOf({ misdatedMs: hours }),
    'refused: Your server refuses what it sends: its clock is 3 hours ahead of the clock of this computer.',
  );
  assert.match(stateOf({ misdatedMs: -hours, hasAddress: false }), /its clock is 3 hours behind the clock/);
  assert.match(stateOf({ misdatedMs: hours, standing: 'blocked' }), /^blocked/);
});

test('a peer whose certificate is refused is sent nothing, however it failed before, until a call is answered', () => {
  const error = said('network.other_key');
  const refused =
    'refused: Its certificate has a different key than the one pinned for it. Ask its owner whether the certificate was replaced. If so, choose “Look up again” under “Address” on its page, to pin the new key.';
  const other = contact({ failingSince: ago(second), error });
  assert.equal(stateOf({ contact: other }), refused);
  const link = { isParked: false, failures: 3, lastError: quoted('No answer.') };
  assert.equal(stateOf({ contact: other, link }), refused);
  assert.match(stateOf({ contact: other, standing: 'blocked' }), /^blocked/);
  assert.match(stateOf({ contact: contact() }), /^ok/);
});

test('a peer at whose address another trusted server is now isn’t asked about its certificate', () => {
  const other = contact({ failingSince: ago(second), error: said('network.other_key') });
  assert.equal(
    stateOf({ contact: other, addressTakenBy: 'ben-5gss.test' }),
    'refused: ben-5gss.test is at its address now. If it is the same person, who started over, forget this server.',
  );
});

test('an answer to any call of ours is contact as well', () => {
  const old = { heardAt: ago(60 * minute) };
  assert.match(stateOf({ ...old, contact: contact({ answeredAt: ago(5 * minute) }) }), /^ok/);
  assert.match(stateOf({ ...old, contact: contact({ answeredAt: null }), reachedAt: ago(minute) }), /^ok/);
});

test('a call that fails shortly after contact changes nothing; after two minutes without an answer it does', () => {
  const failing = (sinceMs: number, answeredMs: number, heardMs = answeredMs) =>
    stateOf({
      heardAt: ago(heardMs),
      contact: contact({
        answeredAt: ago(answeredMs),
        failingSince: ago(sinceMs),
        error: quoted('Nothing answers at its address: the connection was refused.'),
      }),
    });
  assert.equal(failing(30 * second, 100 * second), 'ok: Connected.');
  assert.equal(
    failing(7 * minute, 8 * minute),
    'unreachable: It hasn’t answered for 7 minutes. Last contact 8 minutes ago. Nothing answers at its address: the connection was refused. Your server tries to contact it every 15 seconds.',
  );
  assert.match(failing(3 * 60 * minute, 4 * 60 * minute), /tries to contact it every 5 minutes\.$/);
  // It keeps asking us, so only the way there is broken.
  assert.match(
    failing(7 * minute, 8 * minute, second),
    /^unreachable: It reaches your server, but your server can’t reach it\. Nothing answers at its address/,
  );
});

test('a peer that was never heard from waits for its owner, and is asked again by itself', () => {
  const fresh = noContact(ago(minute));
  assert.equal(
    stateOf({ heardAt: null, contact: fresh }),
    'waiting: You added it, but your server hasn’t heard from it yet. Its owner must add your server too. Your server tries to contact it every 15 seconds.',
  );
  assert.match(
    stateOf({ heardAt: null, contact: { ...fresh, since: ago(11 * minute) } }),
    /^waiting: .*tries to contact it every 5 minutes\.$/,
  );
  assert.match(stateOf({ heardAt: null, contact: fresh, paused: true }), /Federation is paused/);
  const down = { ...fresh, failingSince: ago(second), error: quoted('No answer.') };
  assert.match(stateOf({ heardAt: null, contact: down }), /^unreachable: /);
});

test('a peer that answered that it doesn’t know us isn’t connected', () => {
  assert.match(stateOf({ contact: contact({ knowsUs: false }) }), /^closed: .*Its owner must allow it there/);
});

test('a peer without an address is silent when it has not asked for longer than it would', () => {
  const hidden = { hasAddress: false, contact: contact({ knowsUs: null, answeredAt: null }) };
  assert.equal(
    stateOf(hidden),
    'ok: Connected. It collects its messages from your server, which can take a few seconds.',
  );
  assert.match(stateOf({ ...hidden, heardAt: ago(2 * minute - 1) }), /^ok/);
  assert.match(stateOf({ ...hidden, heardAt: ago(2 * minute) }), /^silent/);
  assert.match(
    stateOf({ ...hidden, heardAt: ago(20 * minute) }),
    /^silent: Last contact 20 minutes ago\. .*What waits for it is kept until it collects it\.$/,
  );
});

test('the owner’s decision comes first, then results of deliveries and checks', () => {
  const link = { isParked: true, failures: 3, lastError: quoted('It refuses.') };
  assert.match(stateOf({ standing: 'blocked', reason: 'spam', link }), /^blocked: You blocked it \(spam\)/);
  assert.match(stateOf({ standing: 'quarantined', link }), /^quarantined: /);
  assert.equal(
    stateOf({ standing: 'known', knownThrough: 'c.test' }),
    'unknown: Not a peer. Your server knows it through c.test.',
  );
  assert.equal(stateOf({ standing: 'known' }), 'unknown: Not a peer. You haven’t allowed it.');
  assert.equal(stateOf({ link }), 'closed: It refuses.');
  assert.equal(stateOf({ link: { ...link, isParked: false } }), 'unreachable: It refuses.');
  const broken = { step: 'tcp', text: quoted('Port closed.') };
  assert.match(stateOf({ broken }), /^unreachable: It reaches your server, .* Port closed\.$/);
  assert.equal(stateOf({ broken, heardAt: null }), 'unreachable: Port closed.');
  assert.equal(stateOf({ broken, heardAt: ago(3 * minute) }), 'unreachable: Port closed.', 'asleep, perhaps');
  assert.equal(stateOf({ broken: { step: 'signed-read', text: quoted('No.') } }), 'closed: No.');
  assert.match(
    stateOf({ expired: { at: now, why: 'off' } }),
    /^waiting: Its key expired on January 10, 2026/,
  );
});

test('a peer whose owner has to act is called every 15 seconds for 10 minutes, then every 5 minutes', () => {
  const open = (sinceMs: number, askedMs: number) =>
    askAgainMs({ ...noContact(ago(sinceMs)), knowsUs: false, askedAt: ago(askedMs) }, now, null);
  assert.equal(open(minute, 0), 15 * second);
  assert.equal(open(minute, 15 * second), 0);
  assert.equal(open(10 * minute - 1, 20 * second), 0);
  assert.equal(open(10 * minute, 15 * second), 285 * second);
  assert.equal(open(60 * minute, 5 * minute), 0);
});

test('a peer that answers is called after five minutes of silence, and one that stopped answering soon again', () => {
  const known = contact({ askedAt: ago(20 * minute), answeredAt: ago(6 * minute) });
  assert.equal(askAgainMs(known, now, null), 0);
  assert.equal(askAgainMs(known, now, ago(minute)), 4 * minute);
  const failing = { ...known, failingSince: ago(minute), askedAt: ago(10 * second) };
  assert.equal(askAgainMs(failing, now, null), 5 * second);
  assert.equal(askAgainMs({ ...known, askedAt: now + 60 * minute }, now, null), 0, 'the clock was set back');
});

test('a refusal by an existing server says what its answers show', () => {
  const never = { heardAt: null, contact: contact({ knowsUs: false }) };
  assert.match(stateOf(never), /^waiting: You added it, but your server hasn’t heard from it yet\./);
  assert.match(stateOf({ ...never, refused: 'not_added' }), /^waiting: .* hasn’t added your server yet/);
  const addressed = stateOf({ ...never, refused: 'addressed_refused' });
  assert.match(addressed, /^waiting: It doesn’t know your server, .* another name than chat\.example\./);
  const once = { contact: contact({ knowsUs: false }) };
  assert.match(stateOf({ ...once, refused: 'not_added' }), /^closed: It no longer accepts your server\./);
  assert.match(stateOf({ ...once, refused: 'addressed_refused' }), /^closed: It doesn’t know your server/);
  const ended = { ...once, refused: 'addressed_refused', keyMayHaveEnded: true } as const;
  assert.match(stateOf(ended), /^closed: .* with “discover”, that lasted 30 days\./);
  const parked = { isParked: true, failures: 1, lastError: quoted('It says: “forbidden”') };
  assert.match(stateOf({ ...ended, link: parked }), /^closed: .* 30 days\./);
  assert.equal(stateOf({ ...once, link: parked }), 'closed: It says: “forbidden”');
});

test('an earlier refusal says nothing about a server that accepts us now', () => {
  assert.equal(stateOf({ refused: 'addressed_refused' }), 'ok: Connected.');
});
