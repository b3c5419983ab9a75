import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemPorts } from '../../../../../../main/kernel/ports.ts';
import { Store } from '../../../../../../main/store/store.ts';
import { type EventState, eventState } from '../../../../../../main/store/tables/rooms/event-store.ts';
import { limits } from '../../../../../../shared/protocol/limits.ts';
import { orderEnd } from '../../../../../../shared/protocol/room-state.ts';
import { RawPeer } from '../../../../../support/parties/raw-peer.ts';
import { putEvent, type SomeEvent } from '../../../../../support/put-rows.ts';
import { tempDir } from '../../../../../support/temp.ts';

const peer = new RawPeer('b.test', 'b.test', Buffer.alloc(32, 7));
const room = '!1:b.test';

function eventsFor(t: TestContext) {
  const store = new Store(join(tempDir(t), 'node.db'), systemPorts);
  t.after(() => store.close());
  const add = (
    depth: number,
    more: Partial<SomeEvent> & { room?: string; id?: string; type?: string } = {},
    state: EventState = eventState.applied,
  ): number => {
    const { room: in_ = room, id, type = 'm.message', ...fields } = more;
    const named = id === undefined ? {} : { event_id: id };
    const envelope = { ...peer.message(in_, 'x', { depth, ...named }), event_type: type };
    return putEvent(store, { envelope, body: `body of ${envelope.event_id}`, state, ...fields });
  };
  return { store, events: store.events, rules: store.rules.events, add };
}

const from = (depth: number, eventId = orderEnd.eventId) => ({ depth, eventId });
const all = { oldest: 0, latest: Number.MAX_SAFE_INTEGER };
const seqs = (rows: readonly { readonly seq: number }[]): number[] => rows.map((row) => row.seq);

test('an id is stored once: a second event of the same id is refused by the table itself', (t) => {
  const { add } = eventsFor(t);
  add(1, { id: '$1:b.test' });
  assert.throws(() => add(2, { id: '$1:b.test' }), /UNIQUE/);
});

test('a room is read by depth then id, or by arrival, from a place on and no further than asked', (t) => {
  const { events, add } = eventsFor(t);
  const late = add(9);
  const b = add(3, { id: '$b:b.test' });
  const a = add(3, { id: '$a:b.test' });
  const elsewhere = add(4, { room: '!2:b.test' });
  assert.deepEqual(seqs(events.afterPlace(room, from(0), 10, all)), [a, b, late]);
  assert.deepEqual(seqs(events.afterPlace(room, from(3), 10, all)), [late]);
  assert.deepEqual(seqs(events.afterPlace(room, from(3, '$a:b.test'), 10, all)), [b, late]);
  assert.deepEqual(seqs(events.afterPlace(room, from(3, '$b:b.test'), 10, all)), [late]);
  assert.deepEqual(seqs(events.afterSeq(room, 0, 2)), [late, b]);
  assert.deepEqual(seqs(events.afterSeq('!2:b.test', 0, 10)), [elsewhere]);
});

test('the rows between two depths count whatever they hold, in one room', (t) => {
  const { events, add } = eventsFor(t);
  add(1);
  add(2, { type: 'm.poll' });
  add(3, { body: '{"erased":"deleted"}' });
  add(4);
  add(3, { room: '!2:b.test' });
  assert.deepEqual([events.rowsBetween(room, 1, 4), events.rowsBetween(room, 4, 9)], [3, 0]);
});

test('a page by depth is filled up where events ahead of our clock are left out', (t) => {
  const { events, add } = eventsFor(t);
  const now = Date.now();
  const latest = now + limits.aheadMsMax;
  add(1, { body: `{"content":{},"depth":${latest + 1},"state_key":null}` });
  add(1, { origin_ts: latest + 1 });
  add(latest + 1);
  const [first, second] = [add(2), add(3)];
  assert.deepEqual(seqs(events.afterPlace(room, from(0), 2, { oldest: 0, latest })), [first, second]);
});

test('a page by depth leaves out events older than the reader accepts, and begins behind them', (t) => {
  const { events, add } = eventsFor(t);
  add(99, { origin_ts: 99 });
  add(150, { origin_ts: 99 });
  const fresh = add(100, { origin_ts: 100 });
  const window = { oldest: 100, latest: 1000 };
  for (const depth of [-1, 0, 99])
    assert.deepEqual(seqs(events.afterPlace(room, from(depth), 9, window)), [fresh]);
});

test('ids that differ only beyond UTF-16 order are in the order of their bytes', (t) => {
  const { events, add } = eventsFor(t);
  const emoji = add(1, { id: '$\u{1f600}:b.test' });
  const privateUse = add(1, { id: '$\ue000:b.test' });
  assert.deepEqual(seqs(events.afterPlace(room, from(0), 10, all)), [privateUse, emoji]);
});

test('the highest depth ignores events ahead of our clock', (t) => {
  const { store, events, add } = eventsFor(t);
  assert.equal(events.highestDepth(room), -1);
  add(5, {}, eventState.pending);
  const ahead = add(1000, {}, eventState.ahead);
  assert.equal(events.highestDepth(room), 5);
  assert.deepEqual(seqs(events.aheadUpTo(999)), []);
  assert.deepEqual(seqs(events.aheadUpTo(1000)), [ahead]);
  store.rules.events.setState(ahead, eventState.applied);
  assert.equal(events.highestDepth(room), 1000);
  assert.deepEqual(seqs(events.aheadUpTo(1000)), []);
});

test("the last two of an author's edits in force are found by the name of the message", (t) => {
  const { rules, add } = eventsFor(t);
  const edit = (depth: number, target: string, state?: EventState) =>
    add(depth, { target, type: 'm.message.edit' }, state);
  edit(2, '$1:b.test');
  const before = edit(3, '$1:b.test');
  const last = edit(4, '$1:b.test');
  edit(5, '$1:b.test', eventState.pending);
  edit(6, '$2:b.test');
  const found = (in_: string, sender: string) =>
    seqs(rules.latestEdits(in_, { event_id: '$1:b.test', message_key: 'b.test/1', sender }));
  assert.deepEqual(found(room, '@user:b.test'), [last, before]);
  assert.deepEqual([found(room, '@other:b.test'), found('!2:b.test', '@user:b.test')], [[], []]);
});

test('events about a user are found within one room', (t) => {
  const { events, add } = eventsFor(t);
  const about = add(2, { subject: '@u:b.test' });
  add(2, { subject: '@u:b.test', room: '!2:b.test' });
  add(3, { subject: '@v:b.test' });
  assert.deepEqual(seqs(events.aboutUser(room, '@u:b.test')), [about]);
});

test('events that wait are counted by room and origin', (t) => {
  const { rules, add } = eventsFor(t);
  add(1, {}, eventState.pending);
  add(2, {}, eventState.pending);
  add(3);
  add(4, { room: '!2:b.test' }, eventState.pending);
  assert.deepEqual([rules.pendingCount(room, 'b.test'), rules.pendingCount(room, 'c.test')], [2, 0]);
});
