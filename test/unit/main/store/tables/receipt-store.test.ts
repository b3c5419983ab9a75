import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemPorts } from '../../../../../main/kernel/ports.ts';
import { Store } from '../../../../../main/store/store.ts';
import type { Receipt } from '../../../../../shared/protocol/receipts.ts';
import { RawPeer } from '../../../../support/parties/raw-peer.ts';
import { tempDir } from '../../../../support/temp.ts';

function newStore(t: TestContext): Store {
  const store = new Store(join(tempDir(t), 'node.db'), systemPorts);
  t.after(() => store.close());
  return store;
}

const has: Receipt = {
  ...{ event_id: '$1:a.test', server_name: 'c.test', state: 'has', reason: null },
  ...{ next_attempt_at: null, at: 5 },
};

test('a receipt is valid for a server that the home delivers to, from that home', async (t) => {
  const { receipts, writer } = newStore(t);
  await writer.write(() => {
    receipts.expect(1, 'c.test', 'b.test', true, 1);
    assert.equal(receipts.take(1, 'x.test', has), false, 'another home');
    assert.equal(receipts.take(2, 'b.test', has), false, 'another event');
    assert.equal(receipts.take(1, 'b.test', { ...has, server_name: 'd.test' }), false, 'another server');
    assert.equal(receipts.take(1, 'b.test', has), true);
    assert.equal(receipts.take(1, 'b.test', { ...has, state: 'waiting' }), false, 'it has it already');
  });
  assert.deepEqual(
    receipts.of([1]).map(({ state, at }) => [state, at]),
    [['has', 5]],
  );
});

test('reports overdue for long aren’t waited for, and what is known is kept', async (t) => {
  const { receipts, writer } = newStore(t);
  await writer.write(() => {
    receipts.expect(1, 'c.test', 'b.test', true, 1);
    receipts.expect(2, 'c.test', 'b.test', true, 1);
    receipts.expect(3, 'c.test', 'b.test', true, 100);
    receipts.take(2, 'b.test', has);
    receipts.owe('a.test', 9, 'c.test', 1);
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

test('what changes while a report is sent stays owed', async (t) => {
  const { receipts, writer } = newStore(t);
  await writer.write(() => receipts.owe('a.test', 1, 'c.test', 1));
  await writer.write(() => {
    receipts.owe('a.test', 1, 'c.test', 2);
    receipts.settle([1]);
  });
  assert.deepEqual(receipts.origins(), ['a.test']);
  await writer.write(() => receipts.settleTo('a.test', 2));
  assert.deepEqual(receipts.origins(), []);
});

test('an event that is still queued for its home is not counted as missing behind it', async (t) => {
  const { events, outbox, receipts, writer } = newStore(t);
  const here = new RawPeer('a.test', 'a.test', Buffer.alloc(32, 7));
  const room = '!1:b.test';
  await writer.write(() => {
    const seq = events.insert({
      ...{ envelope: here.message(room, 'hi'), body: '{}', keyId: 'k', filesUnsigned: false, target: null },
      ...{ subject: null, state: 1, receivedFrom: null, receivedAt: 1 },
    });
    outbox.enqueue('b.test', room, seq, 1, []);
    receipts.expect(seq, 'c.test', 'b.test', true, 1);
  });
  assert.deepEqual(receipts.lacking(0), []);
  const [row] = outbox.page('b.test', 0, 10);
  await writer.write(() => outbox.fetched('b.test', row!.id, 2));
  assert.deepEqual(receipts.lacking(0), [
    { server_name: 'c.test', via: 'b.test', state: 'unknown', count: 1 },
  ]);
});
