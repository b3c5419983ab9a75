import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IngestOutcome } from '../../../../main/events/event-decision.ts';
import type { Envelope } from '../../../../shared/protocol/events/envelope.ts';
import { limits } from '../../../../shared/protocol/limits.ts';
import { author, inRoom, OneBatch, ours, queues } from '../../../support/batch/one-batch.ts';
import { cast, now, roomId } from '../../../support/sim/member.ts';
import { place, Teller } from '../../../support/sim/told.ts';

test('the home passes an event on to the servers with members, but not to where it came from or was sent', () => {
  const batch = new OneBatch({}, cast.self);
  const teller = new Teller();
  const mine = (type: string, content: object, more: object = {}) => ({
    ...teller.event('home', type, content as never, more),
    ...{ origin_server: cast.self, sender: ours },
  });
  batch.standings.set('other.test', 'allowed');
  for (const user of [ours, author, `@u0:other.test`])
    batch.take({ ...mine('m.member.join', { user_id: '5', role: 'member' }), state_key: user }, null);
  const message = teller.message('1');
  const outcome = batch.take(message, cast.peer, { sentTo: [] }) as IngestOutcome & { kind: 'inserted' };
  assert.deepEqual(outcome.destinations, ['other.test']);
  const sent = batch.take(teller.message('2'), cast.peer, { sentTo: ['other.test'] });
  assert.deepEqual((sent as { destinations: unknown }).destinations, []);
  assert.deepEqual(queues(batch)?.queued.at(-1), {
    ...{ roomId, seq: outcome.seq, origin: cast.peer, subjectServer: null, at: now },
    ...{ destination: 'other.test', alsoSentTo: [] },
  });
});

test('a member sends its events to the home, says where else it sends them, and expects receipts for the rest', () => {
  const { batch, teller } = inRoom();
  batch.take(teller.join(`@u0:${cast.third}`), cast.home);
  const mine = {
    ...teller.message('1'),
    event_id: '$mine:self.test',
    origin_server: cast.self,
    sender: ours,
  };
  const { seq, destinations } = batch.take(mine, null) as IngestOutcome & { kind: 'inserted' };
  assert.deepEqual(new Set(destinations), new Set([cast.home, cast.peer]));
  const { queued = [], expected } = queues(batch) ?? {};
  assert.deepEqual(
    new Map(queued.map(({ destination, alsoSentTo }) => [destination, alsoSentTo])),
    new Map([
      [cast.home, [cast.peer]],
      [cast.peer, []],
    ]),
  );
  assert.deepEqual(expected, [{ roomId, seq, server: cast.third, via: cast.home, tells: true, at: now }]);
});

test('a server whose last member leaves is owed nothing more, and is named', () => {
  const { batch, teller } = inRoom();
  const mine = {
    ...teller.message('1'),
    event_id: '$mine:self.test',
    origin_server: cast.self,
    sender: ours,
  };
  batch.take(mine, null);
  const outcome = batch.take(teller.leave(author), cast.home) as { withdrawn: readonly string[] };
  assert.deepEqual(outcome.withdrawn, [cast.peer]);
  assert.deepEqual(queues(batch)?.withdrawnLanes, [{ destination: cast.peer, roomId, home: cast.home }]);
});

test('a home doesn’t pass on a message that was deleted before it came', () => {
  const batch = new OneBatch({}, cast.self);
  const teller = new Teller();
  for (const user of [author, '@u0:other.test'])
    batch.take({ ...teller.join(user), origin_server: cast.self, sender: ours }, null);
  const joined = queues(batch)?.queued.map(({ subjectServer }) => subjectServer);
  assert.deepEqual(joined, [cast.peer, 'other.test', 'other.test'], 'whom a membership is about is noted');
  const message = teller.message('1');
  const about = { ...place, target_event_id: message.event_id };
  batch.take(teller.event('peer', 'm.message.delete', about), cast.peer);
  assert.deepEqual((batch.take(message, cast.peer) as { destinations: unknown }).destinations, []);
});

test('a removal that a later join has overtaken withdraws nothing', () => {
  const { batch, teller } = inRoom();
  const thrownOut = teller.event(
    'home',
    'm.member.leave',
    { user_id: '1', removed: true },
    { state_key: null },
  );
  const back = teller.join(ours);
  const mine = {
    ...teller.message('1'),
    event_id: '$mine:self.test',
    origin_server: cast.self,
    sender: ours,
  };
  batch.take(back, cast.home);
  batch.take(mine, null);
  const before = queues(batch)?.queued;
  const outcome = batch.take(thrownOut, cast.home) as { withdrawn: readonly string[] };
  assert.deepEqual([outcome.withdrawn, queues(batch)?.queued], [[], before]);
});

test('what a user of ours wrote is withdrawn once the home has removed that user, except leaves and deletes', () => {
  const { batch, teller, about } = inRoom();
  const mine = (event: Envelope) => ({
    ...event,
    event_id: `${event.event_id}:mine`,
    origin_server: cast.self,
    sender: ours,
  });
  const message = mine(teller.message('1'));
  batch.take(message, null);
  batch.take(mine(teller.event('peer', 'm.message.delete', about(message))), null);
  batch.take(mine(teller.message('2')), null);
  const second = `@u1:${cast.self}`;
  batch.take(teller.join(second), cast.home);
  batch.take({ ...mine(teller.message('3')), sender: second }, null);
  batch.take({ ...mine(teller.event('peer', 'm.member.leave', {})), state_key: ours }, null);
  const thrownOut = teller.event(
    'home',
    'm.member.leave',
    { user_id: '1', removed: true },
    { state_key: null },
  );
  const outcome = batch.take(thrownOut, cast.home) as { withdrawn: readonly string[] };
  assert.ok(outcome.withdrawn.includes(cast.home));
  const kept = queues(batch)?.queued.map(({ seq }) => batch.set.events.bySeq(seq)) ?? [];
  assert.deepEqual(
    new Set(kept.map((row) => `${row?.sender} ${row?.event_type}`)),
    new Set([`${ours} m.message.delete`, `${ours} m.member.leave`, `${second} m.message`]),
  );
});

test('an edit that a newer one replaced goes to nobody where the owner keeps no history', () => {
  for (const keepsHistory of [true, false]) {
    const batch = new OneBatch({}, cast.self);
    batch.keepsHistory = keepsHistory;
    const teller = new Teller();
    for (const user of [author, '@u0:other.test'])
      batch.take({ ...teller.join(user), origin_server: cast.self, sender: ours }, null);
    const message = teller.message('1');
    const edit = (body: string) =>
      teller.event('peer', 'm.message.edit', { ...place, target_event_id: message.event_id, body });
    const [early, late] = [edit('early'), edit('late')];
    batch.take(message, cast.peer);
    batch.take(late, cast.peer);
    const { destinations } = batch.take(early, cast.peer) as IngestOutcome & { kind: 'inserted' };
    assert.deepEqual(destinations, keepsHistory ? ['other.test'] : []);
    assert.equal(batch.picture().erased.includes(early.event_id), !keepsHistory);
  }
});

test('our depth follows an event, unless it is ahead of our clock', () => {
  const { batch, teller, take } = inRoom();
  const room = batch.set.rooms.get(roomId) ?? assert.fail('no room');
  take({ ...teller.message('1'), depth: now });
  assert.equal(room.highestDepth, now);
  take({ ...teller.message('2'), depth: 5 });
  assert.equal(room.highestDepth, now);
  const ahead = { ...teller.message('3'), depth: now + limits.aheadMsMax + 1 };
  take(ahead);
  assert.equal(room.highestDepth, now);
  assert.equal(batch.set.events.byId(ahead.event_id)?.state, 2);
});

test('an invite to a user of ours is noted with the room’s name, and nobody else’s is', () => {
  const { batch, teller, take } = inRoom();
  const invite = (user: string, content: object) =>
    teller.event('home', 'm.member.invite', content as never, { state_key: user });
  const named = invite(ours, { guild_name: 'Named there' });
  take(named);
  take(invite(ours, {}));
  take(invite(`@nobody:${cast.self}`, {}));
  take(invite(author, {}));
  const { invites } = batch.set.effects().rooms;
  assert.deepEqual(
    invites.map(({ room_name, user_id }) => [room_name, user_id]),
    [
      ['Named there', ours],
      ['Before anything is known', ours],
    ],
  );
  const { event_id, sender } = named;
  assert.deepEqual(invites[0], {
    ...{ event_id, room_id: roomId, home: cast.home, room_name: 'Named there', inviter: sender },
    ...{ user_id: ours, created_at: now },
  });
});

test('an invite is checked against its revocation and against what the user did, which are not noted', () => {
  const { batch, teller, take } = inRoom();
  take(teller.event('home', 'm.member.invite', {}, { state_key: ours }));
  take(teller.event('home', 'm.member.uninvite', {}, { state_key: ours }));
  const { invites, inviteesChecked } = batch.set.effects().rooms;
  assert.equal(invites.length, 1);
  // The user had joined before.
  assert.deepEqual(inviteesChecked, Array(3).fill({ room_id: roomId, user_id: ours }));
});

test('an invite to a room that is not known here is stored, and goes to nobody', () => {
  const { batch, teller } = inRoom();
  const room_id = '!99:home.test';
  const invite = teller.event('home', 'm.member.invite', {}, { state_key: ours, room_id });
  assert.deepEqual(batch.take(invite, cast.home), { kind: 'inserted', seq: 3, destinations: [] });
  assert.equal(batch.set.effects().rooms.invites[0]?.room_name, room_id);
});
