import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IngestOutcome } from '../../../../main/events/event-decision.ts';
import type { Envelope } from '../../../../shared/protocol/events/envelope.ts';
import { limits } from '../../../../shared/protocol/limits.ts';
import { author, inRoom, MemoryNode, ours } from '../../../support/memory-node.ts';
import { cast, now, roomId } from '../../../support/sim/member.ts';
import { place, Teller } from '../../../support/sim/told.ts';

interface Queued {
  readonly destination: string;
  readonly event_seq: number;
  readonly room_id: string;
  readonly also_sent_to: string;
  readonly enqueued_at: number;
}

const noReport = { reason: null, next_attempt_at: null };
const queued = (node: MemoryNode) => node.rows<Queued>('federation_outbound_queue');

test('the home passes an event on to the servers with members, but not to where it came from or was sent', () => {
  const node = new MemoryNode(cast.self);
  const teller = new Teller();
  const mine = (type: string, content: object, more: object = {}) => ({
    ...teller.event('home', type, content as never, more),
    origin_server: cast.self,
    sender: ours,
  });
  node.standings.set('other.test', 'allowed');
  for (const user of [ours, author, `@u0:other.test`])
    node.take({ ...mine('m.member.join', { user_id: '5', role: 'member' }), state_key: user }, null);
  const message = teller.message('1');
  const outcome = node.take(message, cast.peer, { sentTo: [] }) as IngestOutcome & { kind: 'inserted' };
  assert.deepEqual(outcome.destinations, ['other.test']);
  const sent = node.take(teller.message('2'), cast.peer, { sentTo: ['other.test'] });
  assert.deepEqual((sent as { destinations: unknown }).destinations, []);
  const { event_seq, room_id, destination, also_sent_to, enqueued_at } = queued(node).at(-1) ?? assert.fail();
  assert.deepEqual(
    [event_seq, room_id, destination, also_sent_to, enqueued_at],
    [outcome.seq, roomId, 'other.test', '', now],
  );
  const row = { destination: 'other.test', roomId, seq: outcome.seq, origin: cast.peer, at: now };
  assert.deepEqual(node.facts.at(-1), { fact: 'events-queued', rows: [{ ...row, alsoSentTo: [] }] });
});

test('a member sends its events to the home, says where else it sends them, and expects receipts for the rest', () => {
  const { node, teller } = inRoom();
  node.take(teller.join(`@u0:${cast.third}`), cast.home);
  const mine = {
    ...teller.message('1'),
    event_id: '$mine:self.test',
    origin_server: cast.self,
    sender: ours,
  };
  const { seq, destinations } = node.take(mine, null) as IngestOutcome & { kind: 'inserted' };
  assert.deepEqual(new Set(destinations), new Set([cast.home, cast.peer]));
  assert.deepEqual(
    new Map(queued(node).map(({ destination, also_sent_to }) => [destination, also_sent_to])),
    new Map([
      [cast.home, cast.peer],
      [cast.peer, ''],
    ]),
  );
  assert.deepEqual(node.rows('federation_receipts', 'event_seq = ?', seq), [
    { event_seq: seq, server_name: cast.third, via: cast.home, state: 'unknown', at: now, ...noReport },
  ]);
});

test('a server whose last member leaves is owed nothing more, and is named', () => {
  const { node, teller } = inRoom();
  const mine = {
    ...teller.message('1'),
    event_id: '$mine:self.test',
    origin_server: cast.self,
    sender: ours,
  };
  node.take(mine, null);
  const outcome = node.take(teller.leave(author), cast.home) as { withdrawn: readonly string[] };
  assert.deepEqual(outcome.withdrawn, [cast.peer]);
  assert.deepEqual(
    queued(node).map(({ destination }) => destination),
    [cast.home],
  );
});

test('a home doesn’t pass on a message that was deleted before it came', () => {
  const node = new MemoryNode(cast.self);
  const teller = new Teller();
  for (const user of [author, '@u0:other.test'])
    node.take({ ...teller.join(user), origin_server: cast.self, sender: ours }, null);
  const message = teller.message('1');
  const about = { ...place, target_event_id: message.event_id };
  node.take(teller.event('peer', 'm.message.delete', about), cast.peer);
  assert.deepEqual((node.take(message, cast.peer) as { destinations: unknown }).destinations, []);
});

test('a removal that a later join has overtaken withdraws nothing', () => {
  const { node, teller } = inRoom();
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
  node.take(back, cast.home);
  node.take(mine, null);
  const before = queued(node);
  const outcome = node.take(thrownOut, cast.home) as { withdrawn: readonly string[] };
  assert.deepEqual([outcome.withdrawn, queued(node)], [[], before]);
});

test('our user’s events are withdrawn once the home has removed that user, except leaves and deletes', () => {
  const { node, teller, about } = inRoom();
  const mine = (event: Envelope) => ({
    ...event,
    event_id: `${event.event_id}:mine`,
    origin_server: cast.self,
    sender: ours,
  });
  const message = mine(teller.message('1'));
  node.take(message, null);
  node.take(mine(teller.event('peer', 'm.message.delete', about(message))), null);
  node.take(mine(teller.message('2')), null);
  const second = `@u1:${cast.self}`;
  node.take(teller.join(second), cast.home);
  node.take({ ...mine(teller.message('3')), sender: second }, null);
  node.take({ ...mine(teller.event('peer', 'm.member.leave', {})), state_key: ours }, null);
  const thrownOut = teller.event(
    'home',
    'm.member.leave',
    { user_id: '1', removed: true },
    { state_key: null },
  );
  const outcome = node.take(thrownOut, cast.home) as { withdrawn: readonly string[] };
  assert.ok(outcome.withdrawn.includes(cast.home));
  const kept = queued(node).map(({ event_seq }) => node.tables.events.bySeq(event_seq));
  assert.deepEqual(
    new Set(kept.map((row) => `${row?.sender} ${row?.event_type}`)),
    new Set([`${ours} m.message.delete`, `${ours} m.member.leave`, `${second} m.message`]),
  );
});

test('an edit that a newer one replaced goes to nobody where the owner keeps no history', () => {
  for (const keepsHistory of [true, false]) {
    const node = new MemoryNode(cast.self);
    node.keepsHistory = keepsHistory;
    const teller = new Teller();
    for (const user of [author, '@u0:other.test'])
      node.take({ ...teller.join(user), origin_server: cast.self, sender: ours }, null);
    const message = teller.message('1');
    const edit = (body: string) =>
      teller.event('peer', 'm.message.edit', { ...place, target_event_id: message.event_id, body });
    const [early, late] = [edit('early'), edit('late')];
    node.take(message, cast.peer);
    node.take(late, cast.peer);
    const { destinations } = node.take(early, cast.peer) as IngestOutcome & { kind: 'inserted' };
    assert.deepEqual(destinations, keepsHistory ? ['other.test'] : []);
    assert.equal(node.picture().erased.includes(early.event_id), !keepsHistory);
  }
});

test('our depth follows an event, unless it is ahead of our clock', () => {
  const { node, teller, take } = inRoom();
  const room = node.tables.rooms.get(roomId) ?? assert.fail('no room');
  take({ ...teller.message('1'), depth: now });
  assert.equal(room.highestDepth, now);
  take({ ...teller.message('2'), depth: 5 });
  assert.equal(room.highestDepth, now);
  const ahead = { ...teller.message('3'), depth: now + limits.aheadMsMax + 1 };
  take(ahead);
  assert.equal(room.highestDepth, now);
  assert.equal(node.tables.events.byId(ahead.event_id)?.state, 2);
});

test('only invites to users of ours are noted, with the room’s name', () => {
  const { node, teller, take } = inRoom();
  const invite = (user: string, content: object) =>
    teller.event('home', 'm.member.invite', content as never, { state_key: user });
  const named = invite(ours, { guild_name: 'Named there' });
  take(named);
  take(invite(ours, {}));
  take(invite(`@nobody:${cast.self}`, {}));
  take(invite(author, {}));
  const invites = node.rows('room_invites');
  assert.deepEqual(
    invites.map(({ room_name, user_id }) => [room_name, user_id]),
    [
      ['Named there', ours],
      ['Before anything is known', ours],
    ],
  );
  const { event_id, sender } = named;
  assert.deepEqual(invites[0], {
    event_id,
    room_id: roomId,
    home: cast.home,
    room_name: 'Named there',
    description: '',
    direct: 0,
    inviter: sender,
    user_id: ours,
    created_at: now,
    status: 'pending',
  });
});

test('an invite to a room that is not known here is stored, and goes to nobody', () => {
  const { node, teller } = inRoom();
  const room_id = '!99:home.test';
  const invite = teller.event('home', 'm.member.invite', {}, { state_key: ours, room_id });
  assert.deepEqual(node.take(invite, cast.home), { kind: 'inserted', seq: 3, destinations: [] });
  assert.equal(node.rows('room_invites')[0]?.room_name, room_id);
});
