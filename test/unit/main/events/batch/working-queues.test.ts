import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorkingQueues } from '../../../../../main/events/batch/working-queues.ts';
import type { ExpectedReceipt, NewQueueRow } from '../../../../../main/store/batch/batch-port.ts';
import type { HeldRow } from '../../../../../main/store/tables/rooms/held-store.ts';
import { workingTables } from '../../../../support/batch/working-tables.ts';

const roomId = '!1:home.test';
const home = 'home.test';
/** Events up to this one are in the tables. */
const last = { 'lastSeq ': 10 };

const row = (seq: number, destination: string, change: Partial<NewQueueRow> = {}): NewQueueRow => ({
  ...{ roomId, origin: 'us.test', alsoSentTo: [], subjectServer: null, at: 1 },
  ...{ seq, destination },
  ...change,
});
const receipt = (seq: number, server: string, change: Partial<ExpectedReceipt> = {}): ExpectedReceipt => ({
  ...{ roomId, via: home, tells: true, at: 1 },
  ...{ seq, server },
  ...change,
});
const held = (event_id: string, change: Partial<HeldRow> = {}) =>
  ({ event_id, server_name: 'a.test', room_id: roomId, about: null, ...change }) as HeldRow;
const waits = (destination: string, state = 'waiting') => ({ destination, state });

function opened(answers: Readonly<Record<string, unknown>> = {}) {
  const { ask, asked } = workingTables({ ...last, ...answers });
  return { queues: new WorkingQueues(ask), asked };
}

test('an event is on its way while a server waits for it, and a dead letter is not', () => {
  const { queues, asked } = opened({
    'queuedFor 5': [waits('b.test', 'dead'), waits('c.test')],
    'queuedFor 6': [waits('b.test', 'dead')],
  });
  assert.deepEqual(
    [5, 6, 7, 10, 11].map((seq) => queues.isOnItsWay(seq)),
    [true, false, false, false, false],
  );
  assert.ok(asked.includes('queuedFor 10'), 'the last one in the tables');
  assert.ok(!asked.includes('queuedFor 11'), 'an event of this batch is in no table');
  queues.enqueue(row(11, 'b.test'));
  assert.deepEqual(
    [11, 12].map((seq) => queues.isOnItsWay(seq)),
    [true, false],
  );
});

test('an event that is withdrawn goes to nobody, and the servers it was for are named', () => {
  const { queues } = opened({ 'queuedFor 5': [waits('b.test'), waits('c.test', 'dead')] });
  for (const [seq, destination] of [
    [5, 'd.test'],
    [11, 'b.test'],
    [12, 'b.test'],
  ] as const)
    queues.enqueue(row(seq, destination));
  assert.deepEqual(queues.withdrawEvent(5), ['b.test', 'c.test', 'd.test']);
  assert.deepEqual(queues.withdrawEvent(5), [], 'once');
  assert.equal(queues.isOnItsWay(5), false);
  assert.deepEqual(queues.withdrawEvent(11), ['b.test']);
  const { queued, withdrawnEvents } = queues.effects();
  assert.deepEqual(
    queued.map(({ seq }) => seq),
    [12],
  );
  assert.deepEqual(withdrawnEvents, [5], 'events of this batch are in no queue yet');
});

test('a server that left is owed nothing of the room but what is about its own users', () => {
  const { queues } = opened();
  const kept = [
    row(11, 'b.test', { subjectServer: 'b.test' }),
    row(12, 'c.test'),
    row(13, 'b.test', { roomId: '!2:home.test' }),
  ];
  for (const each of [row(14, 'b.test', { subjectServer: 'c.test' }), ...kept, row(15, 'b.test')])
    queues.enqueue(each);
  const expected = [
    receipt(11, 'c.test'),
    receipt(12, 'b.test', { via: 'other.test' }),
    receipt(13, 'b.test', { tells: false }),
    receipt(14, 'b.test', { roomId: '!2:home.test' }),
  ];
  for (const each of [receipt(15, 'b.test'), ...expected]) queues.expect(each);
  queues.withdrawLane('b.test', roomId, home);
  const effects = queues.effects();
  assert.deepEqual(effects.queued, kept);
  assert.deepEqual(effects.expected, expected);
  assert.deepEqual(effects.withdrawnLanes, [{ destination: 'b.test', roomId, home }]);
});

test('what a removed user wrote is withdrawn from its room, in the tables and in the batch', () => {
  const { queues } = opened({
    [`queuedBy ${roomId} @a:us.test`]: [
      { id: 3, event_seq: 5, destination: 'b.test' },
      { id: 4, event_seq: 6, destination: 'b.test' },
    ],
  });
  const kept = [row(12, 'd.test'), row(11, 'd.test', { roomId: '!2:home.test' })];
  for (const each of [row(11, 'b.test'), row(11, 'c.test'), ...kept]) queues.enqueue(each);
  assert.deepEqual(
    queues.withdrawBy(roomId, '@a:us.test', (seq) => seq === 11),
    ['b.test', 'c.test'],
  );
  assert.deepEqual(queues.effects().queued, kept);
  assert.deepEqual(queues.effects().withdrawnRows, [3, 4]);
});

test('no receipt is expected for an edit that a newer one replaced, and nobody reports what was erased', () => {
  const { queues } = opened();
  const untold = receipt(11, 'c.test', { tells: false });
  for (const each of [receipt(11, 'b.test'), untold, receipt(12, 'b.test')]) queues.expect(each);
  queues.passOver(11);
  assert.deepEqual(queues.effects().expected, [untold, receipt(12, 'b.test')]);
  assert.deepEqual(queues.effects().passedOver, [], 'the tables have nothing of an event of this batch');
  queues.forget(12);
  assert.deepEqual(queues.effects().expected, [untold]);
  queues.passOver(5);
  queues.forget(6);
  queues.passOver(6);
  assert.deepEqual(queues.effects().passedOver, [
    { seq: 5, owed: false },
    { seq: 6, owed: true },
  ]);
});

test('held events count per server, those of the batch with those of the tables, and each is held once', () => {
  const { queues } = opened({ 'heldCount a.test': 4, 'isHeld $1:a.test': true });
  queues.hold(held('$1:a.test'));
  queues.hold(held('$2:a.test'));
  queues.hold(held('$2:a.test', { about: 'second' }));
  for (const id of ['$3:b.test', '$4:b.test']) queues.hold(held(id, { server_name: 'b.test' }));
  assert.equal(queues.heldCount('a.test'), 5);
  assert.equal(queues.heldCount('b.test'), 2);
  assert.deepEqual(
    ['$1:a.test', '$2:a.test', '$5:a.test'].map((id) => queues.isHeld(id)),
    [true, true, false],
  );
  assert.deepEqual(
    queues.effects().held.map(({ event_id, about }) => [event_id, about]),
    [
      ['$2:a.test', null],
      ['$3:b.test', null],
      ['$4:b.test', null],
    ],
  );
});

test('a held event that is dropped is gone, whether it came before the batch or with it', () => {
  const stored = [held('$1:a.test'), held('$2:a.test')];
  const { queues } = opened({ 'isHeld $1:a.test': true, [`heldAbout ${roomId} a.test/7`]: stored });
  const about = { about: 'a.test/7' };
  queues.hold(held('$3:a.test', about));
  queues.hold(held('$4:a.test', { ...about, room_id: '!2:home.test' }));
  queues.hold(held('a.test/7'));
  queues.hold(held('$5:a.test', { about: 'a.test/8' }));
  const ids = () => queues.heldAbout(roomId, 'a.test/7').map(({ event_id }) => event_id);
  assert.deepEqual(ids(), ['$1:a.test', '$2:a.test', '$3:a.test', 'a.test/7']);
  queues.dropHeld('$1:a.test');
  queues.dropHeld('$3:a.test');
  assert.deepEqual(ids(), ['$2:a.test', 'a.test/7']);
  assert.equal(queues.isHeld('$1:a.test'), false);
  const { goneHeld } = queues.effects();
  assert.deepEqual(goneHeld, ['$1:a.test'], 'the other one was never stored');
});

test('texts that wait to be erased are noted, and no longer once they are erased', () => {
  const { queues } = opened();
  queues.addDue(5);
  queues.addDue(6);
  queues.removeDue(5);
  queues.waitUntilSent(7);
  const replay = { signature: Buffer.from('s'), expiresAt: 9 };
  queues.replay(replay);
  const { due, doneDue, waitingDue, replays } = queues.effects();
  assert.deepEqual(
    { due, doneDue, waitingDue, replays },
    { due: [6], doneDue: [5], waitingDue: [7], replays: [replay] },
  );
});

test('a batch that touches no queue changes none', () => {
  const { queues, asked } = opened();
  assert.deepEqual([...new Set(Object.values(queues.effects()).map((each) => each.length))], [0]);
  assert.deepEqual(asked, []);
});
