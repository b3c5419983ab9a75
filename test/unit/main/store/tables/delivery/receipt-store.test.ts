import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemPorts } from '../../../../../../main/kernel/ports.ts';
import type { AttemptReport } from '../../../../../../main/store/outbox-port.ts';
import { Store } from '../../../../../../main/store/store.ts';
import type { Receipt } from '../../../../../../shared/protocol/receipts.ts';
import { RawPeer } from '../../../../../support/parties/raw-peer.ts';
import { putEvent, putExpected, putQueued } from '../../../../../support/put-rows.ts';
import { tempDir } from '../../../../../support/temp.ts';

function newStore(t: TestContext): Store {
  const store = new Store(join(tempDir(t), 'node.db'), systemPorts);
  t.after(() => store.close());
  return store;
}

const has: Receipt = {
  event_id: '$1:a.test',
  server_name: 'c.test',
  state: 'has',
  reason: null,
  next_attempt_at: null,
  at: 5,
};

test('a receipt is valid for a server that the home delivers to, from that home', async (t) => {
  const store = newStore(t);
  const { receipts, writer } = store;
  await writer.write(() => {
    putExpected(store, { seq: 1, server: 'c.test', via: 'b.test', at: 1 });
    const counts = (seq: number, via: string, receipt: Receipt) =>
      receipts.take(via, [{ seq, receipt }]).length === 1;
    assert.equal(counts(1, 'x.test', has), false, 'another home');
    assert.equal(counts(2, 'b.test', has), false, 'another event');
    assert.equal(counts(1, 'b.test', { ...has, server_name: 'd.test' }), false, 'another server');
    assert.equal(counts(1, 'b.test', has), true);
    assert.equal(counts(1, 'b.test', { ...has, state: 'waiting' }), false, 'it has it already');
  });
  assert.deepEqual(
    receipts.of([1]).map(({ state, at }) => [state, at]),
    [['has', 5]],
  );
});

test('reports overdue for long aren’t waited for, and known ones are kept', async (t) => {
  const store = newStore(t);
  const { receipts, writer } = store;
  await writer.write(() => {
    putExpected(store, { seq: 1, server: 'c.test', via: 'b.test', at: 1 });
    putExpected(store, { seq: 2, server: 'c.test', via: 'b.test', at: 1 });
    putExpected(store, { seq: 3, server: 'c.test', via: 'b.test', at: 100 });
    receipts.take('b.test', [{ seq: 2, receipt: has }]);
    receipts.owe([{ origin: 'a.test', seq: 9, destination: 'c.test', at: 1 }]);
    receipts.prune(50);
  });
  assert.deepEqual(
    receipts.of([1, 2, 3]).map(({ state }) => state),
    ['untold', 'has', 'unknown'],
  );
  assert.deepEqual(receipts.origins(), []);
  assert.deepEqual(receipts.lacking(0), [
    { server_name: 'c.test', via: 'b.test', state: 'unknown', count: 1 },
  ]);
});

test('changes during a report stay owed', async (t) => {
  const store = newStore(t);
  const { receipts, writer } = store;
  await writer.write(() => receipts.owe([{ origin: 'a.test', seq: 1, destination: 'c.test', at: 1 }]));
  await writer.write(() => {
    receipts.owe([{ origin: 'a.test', seq: 1, destination: 'c.test', at: 2 }]);
    receipts.settle([1]);
  });
  assert.deepEqual(receipts.origins(), ['a.test']);
  await writer.write(() => receipts.settleTo('a.test', 2));
  assert.deepEqual(receipts.origins(), []);
});

test('owed reports say for each event and server what waits, and how the last attempts went', async (t) => {
  const store = newStore(t);
  const { outbox, receipts, writer } = store;
  const raw = new RawPeer('x.test');
  const [room, servers] = ['!1:b.test', ['c.test', 'd.test', 'e.test']];
  await writer.write(() => {
    for (const n of [1, 2]) {
      const seq = putEvent(store, { envelope: raw.message(room, `${n}`), received_from: 'x.test' });
      for (const destination of servers)
        putQueued(store, { destination, roomId: room, seq, origin: 'x.test' });
    }
  });
  const report = (
    destination: string,
    at: number,
    done: boolean,
    row = outbox.load(destination, room, 0, 1)[0],
  ) => {
    assert.ok(row);
    outbox.record({
      row,
      at,
      status: done ? 202 : 500,
      outcome: done ? 'delivered' : 'unavailable',
      error: null,
      latencyMs: 1,
      next: done ? { state: 'done' } : { state: 'retrying', nextAttemptAt: at + 10 },
    } as AttemptReport);
    outbox.flush();
  };
  report('c.test', 1, false);
  await writer.write(() => {});
  report('c.test', 2, true);
  report('d.test', 3, false);
  await writer.write(() => {});
  await writer.write(() => {
    for (const seq of [1, 2])
      for (const server of servers) receipts.owe([{ origin: 'x.test', seq, destination: server, at: 9 }]);
  });
  const seen = receipts
    .owedTo('x.test', 5)
    .map((row) => [
      ...[row.event_seq, row.server_name, row.queue_state, row.next_attempt_at],
      ...[row.taken_at, row.taken_outcome, row.last_at, row.last_status],
    ]);
  assert.deepEqual(seen, [
    [1, 'c.test', null, null, 2, 'delivered', 2, 202],
    [1, 'd.test', 'retrying', 13, null, null, 3, 500],
    [1, 'e.test', 'queued', null, null, null, null, null],
    [2, 'c.test', 'queued', null, null, null, null, null],
    [2, 'd.test', 'queued', null, null, null, null, null],
  ]);
});

test('an event still queued for its home doesn’t count as missing on the servers the home delivers to', async (t) => {
  const store = newStore(t);
  const { outbox, receipts, writer } = store;
  const here = new RawPeer('a.test', 'a.test', Buffer.alloc(32, 7));
  const room = '!1:b.test';
  await writer.write(() => {
    const seq = putEvent(store, { envelope: here.message(room, 'hi') });
    putQueued(store, { destination: 'b.test', roomId: room, seq });
    putExpected(store, { seq, server: 'c.test', via: 'b.test', at: 1 });
  });
  assert.deepEqual(receipts.lacking(0), []);
  const [row] = outbox.page('b.test', 0, 10);
  await writer.write(() => outbox.fetched('b.test', row!.id, 2));
  assert.deepEqual(receipts.lacking(0), [
    { server_name: 'c.test', via: 'b.test', state: 'unknown', count: 1 },
  ]);
});
