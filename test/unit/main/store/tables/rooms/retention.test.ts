import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { passEveryMs, Retention, toDrop, together } from '../../../../../../main/events/retention.ts';
import type { Fact } from '../../../../../../main/facts.ts';
import { systemPorts } from '../../../../../../main/kernel/ports.ts';
import { writeErased } from '../../../../../../main/store/erased-body.ts';
import { Store } from '../../../../../../main/store/store.ts';
import type { OldEvent } from '../../../../../../main/store/tables/rooms/retention-store.ts';
import { besideTextBytes } from '../../../../../../main/store/tables/rooms/share-store.ts';
import { RawPeer } from '../../../../../support/parties/raw-peer.ts';
import { putEvent, putQueued, type SomeEvent } from '../../../../../support/put-rows.ts';
import { quickFolder } from '../../../../../support/sim/world.ts';

const day = 86_400_000;
const now = 1_000 * day;
const [a, b] = ['a.test', 'b.test'].map((name) => new RawPeer(name, name, Buffer.alloc(32, 7)));
const room = '!1:a.test';

function world(t: TestContext) {
  const store = new Store(join(quickFolder(t), 'node.db'), systemPorts);
  t.after(() => store.close());
  store.rooms.insert({ room_id: room, home: 'a.test', name: 'Hall', join_rule: 'invite', created_at: 1 });
  const facts: Fact[] = [];
  const clock = { now: () => now, after: () => () => {} } as unknown as typeof systemPorts.clock;
  let at = now;
  const retention = new Retention({
    store,
    registry: { forget: () => {} },
    pause: async () => {},
    tell: (fact) => void facts.push(fact),
    clock: { ...clock, now: () => at },
  });
  /** An event that is so many days old. */
  const add = (
    daysAgo: number,
    { by = a, type = 'm.message', ...more }: Partial<SomeEvent> & { by?: RawPeer; type?: string } = {},
  ): number => {
    const depth = now - daysAgo * day;
    const envelope = { ...(by as RawPeer).message(room, 'x', { depth }), origin_ts: depth, event_type: type };
    const seq = putEvent(store, { envelope, body: 'x'.repeat(1_000_000 - besideTextBytes), ...more });
    const message_key = `${envelope.origin_server}/${seq}`;
    const { event_id, sender } = envelope;
    const shown = { text_seq: seq, edited_at: null, deleted: 0 as const, shown: 1 as const };
    if (type === 'm.message')
      store.rules.messages.add({
        seq,
        room_id: room,
        channel_id: '1',
        event_id,
        message_key,
        sender,
        depth,
        ...shown,
      });
    return seq;
  };
  const left = (): number[] => store.recovery.after(0, 1_000).map(({ seq }) => seq);
  const id = (seq: number) => store.events.bySeq(seq)?.event_id ?? '';
  return { store, retention, facts, add, left, id, later: (ms: number) => (at += ms) };
}

test('without limits nothing is dropped, however old', async (t) => {
  const { retention, add, left } = world(t);
  const all = [add(900), add(400), add(0)];
  await retention.run();
  assert.deepEqual(left(), all);
});

test('messages, edits and reactions past the limit are dropped; events that prove, name or are awaited stay', async (t) => {
  const { store, retention, facts, add, left, id } = world(t);
  const [first, awaited, naming] = [add(300), add(299), add(298)];
  const reaction = add(297, { type: 'm.reaction.add', target: id(first) });
  const kept = [
    add(297, { type: 'm.reaction.add', target: id(awaited) }),
    add(297, { type: 'm.message.delete', target: id(first) }),
    add(297, { type: 'm.member.join', subject: '@a:a.test' }),
    add(297, { type: 'm.room.info' }),
    add(297, { type: 'm.unknown' }),
    add(296, { by: b as RawPeer }),
  ];
  const [young, future] = [add(89), add(-1)];
  putQueued(store, { destination: 'b.test', roomId: room, seq: awaited });
  store.rooms.putChannel({
    room_id: room,
    channel_id: '1',
    name: 'general',
    position: 0,
    depth: now - 298 * day,
    event_id: id(naming),
  });
  const ids = [first, reaction].map(id);
  await retention.set(room, { days: 90, megabytes: null });
  facts.length = 0;
  await retention.run();
  assert.deepEqual(left(), [awaited, naming, ...kept, young, future]);
  assert.deepEqual(facts, [{ fact: 'room-changed', roomId: room }]);
  assert.equal(store.rooms.room(room)?.dropped_to, now - 297 * day);
  assert.equal(store.rules.messages.bySeq(first), undefined);
  assert.deepEqual(
    ids.map((each) => store.events.byId(each)),
    [undefined, undefined],
  );
});

test('the last event of a server stays, and also the last one whose text it can still show', async (t) => {
  const { store, retention, add, left } = world(t);
  const [early, last, erased] = [
    add(300, { by: b as RawPeer }),
    add(299, { by: b as RawPeer }),
    add(298, { by: b as RawPeer }),
  ];
  const own = add(0);
  const row = store.events.bySeq(erased);
  assert.ok(row && b);
  const body = writeErased(b.message(room, 'x', {}), { why: 'deleted', at: 1, hash: 'h' }, 1_000);
  store.rules.events.erase(row.seq, body);
  await retention.set(room, { days: 30, megabytes: null });
  await retention.run();
  assert.deepEqual(left(), [last, erased, own]);
  const placed = store.events.placed(room, -1, now, { eventsMax: 100, bytesMax: 1e9 });
  assert.equal(placed.rows.length, 3, 'digests count what was dropped, and still leave out what was erased');
  assert.ok(early < last);
});

test('a size drops the oldest messages first, but not those of the last 24 hours', async (t) => {
  const { retention, add, left, later } = world(t);
  const seqs = Array.from({ length: 10 }, (_, n) => add(10 - n));
  await retention.set(room, { days: null, megabytes: 4 });
  await retention.run();
  assert.deepEqual(left(), seqs.slice(-4), 'each takes a megabyte');
  await retention.set(room, { days: null, megabytes: 1 });
  const today = [add(0.5), add(0.4), add(0.3)];
  await retention.run();
  assert.deepEqual(left(), today);
  later(day / 2 + 0.05 * day);
  await retention.run();
  assert.deepEqual(left(), today.slice(1), 'until they are older');
});

test('a pass comes every hour, or when the limits change', async (t) => {
  const { retention, add, left, later } = world(t);
  await retention.set(room, { days: 30, megabytes: null });
  await retention.run();
  const [old, last] = [add(300), add(0)];
  await retention.run();
  assert.deepEqual(left(), [old, last]);
  later(passEveryMs);
  await retention.run();
  assert.deepEqual(left(), [last]);
});

test('a transaction takes fewer events if they are large or lie far apart', () => {
  const events = (gap: number, bytes: number) =>
    Array.from({ length: 100 }, (_, n) => ({ seq: 1_000 + n * gap, bytes }) as OldEvent);
  const count = (gap: number, bytes: number) => together(events(gap, bytes)).length;
  assert.deepEqual([count(1, 700), count(40, 700), count(5_000, 700)], [100, 17, 10]);
  assert.deepEqual([count(1, 100_000), count(1, 2_000_000)], [10, 1]);
});

test('an edit or reaction goes with its message or after it, and stays while its message stays', () => {
  const event = (seq: number, more: Partial<OldEvent> = {}): OldEvent => ({
    seq,
    event_id: `$${seq}`,
    depth: seq,
    bytes: 1,
    about: null,
    is_awaited: 0,
    is_last: 0,
    names: 0,
    ...more,
  });
  const gone = (...old: OldEvent[]) => toDrop(old).map(({ seq }) => seq);
  assert.deepEqual(gone(event(1), event(2, { about: 1 }), event(3, { about: 9 }), event(4)), [1, 2, 4]);
  for (const reason of ['is_awaited', 'is_last', 'names'] as const)
    assert.deepEqual(gone(event(1, { [reason]: 1 }), event(2, { about: 1 }), event(3)), [3], reason);
});

test('a size first drops events that nobody is shown, and those that can’t be dropped push out nothing', async (t) => {
  const { store, add, left, retention, id } = world(t);
  const kept = [add(9), add(8), add(7)];
  for (const type of ['m.message.delete', 'm.member.leave', 'm.room.info', 'm.channel.delete'])
    kept.push(add(3, { type }), add(2, { type }));
  const spare = [
    ...[add(3, { type: 'm.of.tomorrow' }), add(2, { type: 'm.of.tomorrow' })],
    ...[add(-400, { state: 2 }), add(-401, { state: 2 })],
    add(-402, { state: 2, type: 'm.reaction.add', target: id(kept[0] ?? 0) }),
  ];
  // Events that arrived in the last 24 hours stay, whatever place they name.
  const fresh = add(20, { type: 'm.of.tomorrow', received_at: now - day / 2 });
  const last = add(0);
  await retention.set(room, { days: null, megabytes: 6 });
  await retention.run();
  assert.deepEqual(
    left(),
    [...kept, ...spare.slice(-2), fresh, last],
    'as many as the rest leaves space for',
  );
  assert.equal(store.rooms.room(room)?.dropped_to, 0, 'no message is missing');
  await retention.set(room, { days: null, megabytes: 3 });
  await retention.run();
  assert.deepEqual(left(), [...kept.slice(1), fresh, last], 'and none once the rest is too large itself');
});

test('hidden events that a member fills a room with are limited with the room', async (t) => {
  const { add, left, retention } = world(t);
  const messages = [add(9), add(8)];
  for (let n = 0; n < 40; n++) add(-n, { type: n % 2 === 0 ? 'm.of.tomorrow' : 'm.message', state: 2 });
  const last = add(0);
  await retention.set(room, { days: null, megabytes: 10 });
  await retention.run();
  assert.equal(left().length, 10);
  for (const seq of [...messages, last]) assert.ok(left().includes(seq));
});
