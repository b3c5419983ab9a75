import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Acceptances } from '../../../../main/pairing/acceptances.ts';
import { ProtocolError } from '../../../../shared/protocol/errors.ts';
import { says, unreachable } from '../../../support/pairing/ground.ts';
import { busy, invited, minutes, takes } from '../../../support/pairing/invited.ts';
import { inEnglish } from '../../../support/words.ts';

const away = async (): Promise<void> => {
  throw new ProtocolError('SERVICE_UNAVAILABLE', 'away');
};

test('the room of an invite is joined once the servers are peers, and not before', async (t) => {
  const { acceptances, meet, roomLinkOf, joined, clock } = await invited(t);
  const anna = meet('anna.test');
  anna.accept = busy;
  const link = roomLinkOf(anna);
  assert.equal((await acceptances.accept(link)).state, 'waiting');
  assert.deepEqual(joined, []);
  anna.accept = takes(anna);
  await clock.advance(minutes);
  assert.deepEqual(joined, ['@owner:us.test !1:anna.test via anna.test']);
  assert.deepEqual(acceptances.waiting(), []);
});

test('if the room’s home has become unreachable, the room is joined later, and the peer stays a peer', async (t) => {
  const { acceptances, meet, roomLinkOf, memberships, notices, modeOf, onDisk, clock } = await invited(t);
  const anna = meet('anna.test');
  const join = t.mock.method(memberships, 'join', away);
  const answer = await acceptances.accept(roomLinkOf(anna));
  assert.deepEqual([answer.state, answer.isConnected], ['waiting', true]);
  assert.deepEqual(onDisk('anna.test'), { mode: 'allow', waits: 1 });
  const accepted = anna.asked.filter((path) => path.endsWith('/peers/accept')).length;
  join.mock.mockImplementation(async () => {});
  await clock.advance(minutes);
  assert.deepEqual([modeOf('anna.test'), acceptances.waiting()], ['allow', []]);
  assert.match(notices.join(), /You are now in “Kitchen” on anna\.test/);
  // The acceptance isn't repeated.
  assert.equal(anna.asked.filter((path) => path.endsWith('/peers/accept')).length, accepted);
});

test('after a restart between becoming peers and joining, the node joins the room', async (t) => {
  const ground = await invited(t);
  const { acceptances, meet, roomLinkOf, memberships, joined, clock } = ground;
  const anna = meet('anna.test');
  const join = t.mock.method(memberships, 'join', away);
  await acceptances.accept(roomLinkOf(anna));
  await acceptances.stop();
  join.mock.restore();
  // The inviter calls the link used by now, and is not asked.
  anna.offer = () => unreachable;
  const later = new Acceptances({ ...ground, contacts: { heardFrom: () => {} }, tell: () => {} });
  later.start();
  t.after(() => later.stop());
  await clock.advance(minutes);
  assert.deepEqual(joined, ['@owner:us.test !1:anna.test via anna.test']);
});

test('a room that does not let the user in is reported, and the servers stay peers', async (t) => {
  const { acceptances, meet, roomLinkOf, memberships, modeOf } = await invited(t);
  t.mock.method(memberships, 'join', async () => {
    throw new ProtocolError('FORBIDDEN', 'This room requires an invite.');
  });
  const { state, notJoined } = await acceptances.accept(roomLinkOf(meet('anna.test')));
  assert.equal(state, 'connected');
  assert.match(notJoined === null ? '' : inEnglish(notJoined), /requires an invite/);
  assert.deepEqual([modeOf('anna.test'), acceptances.waiting()], ['allow', []]);
});

test('an invite that expires while its room is away ends the wait, and takes no trust back', async (t) => {
  const { acceptances, meet, roomLinkOf, memberships, notices, modeOf, clock } = await invited(t);
  t.mock.method(memberships, 'join', away);
  await acceptances.accept(roomLinkOf(meet('anna.test')));
  await clock.advance(90 * minutes);
  assert.deepEqual([modeOf('anna.test'), acceptances.waiting()], ['allow', []]);
  assert.match(notices.join(), /You couldn’t join “Kitchen” on anna\.test/);
});

test('an inviter that answered once and is away when the owner decides is waited for', async (t) => {
  const { acceptances, meet, roomLinkOf, joined, clock } = await invited(t);
  const anna = meet('anna.test');
  const link = roomLinkOf(anna);
  const { offer, wellKnown } = anna;
  assert.equal((await acceptances.preview(link)).room?.name, 'Kitchen');
  anna.offer = () => unreachable;
  anna.wellKnown = () => unreachable;
  assert.equal((await acceptances.accept(link)).state, 'waiting');
  Object.assign(anna, { offer, wellKnown });
  await clock.advance(minutes);
  assert.equal(joined.length, 1);
});

test('an invite with an address of a home network says so where it can’t be reached', async (t) => {
  const { acceptances, meet, linkOf } = await invited(t);
  const anna = meet('anna.test');
  anna.offer = () => unreachable;
  for (const base of ['https://192.168.1.20:8448', 'https://[fd00::20]:8448'])
    await assert.rejects(
      acceptances.preview(linkOf(anna, {}, base)),
      /works only in your friend’s home network, and their server, at (192|\[fd00)/,
    );
});

test('an inviter that never answered, or gave an unusable answer, changes nothing', async (t) => {
  const { acceptances, meet, roomLinkOf, onDisk } = await invited(t);
  const anna = meet('anna.test');
  const link = roomLinkOf(anna);
  for (const [offer, says_] of [
    [() => unreachable, /can’t be reached right now/],
    [busy, /answered with status 503/],
    [() => says(404, {}), /doesn’t know this invite/],
    [() => says(200, {}), /isn’t the one that made this invite/],
  ] as const) {
    anna.offer = offer;
    await assert.rejects(acceptances.accept(link), says_);
  }
  assert.deepEqual(onDisk('anna.test'), { mode: undefined, waits: 0 });
});
