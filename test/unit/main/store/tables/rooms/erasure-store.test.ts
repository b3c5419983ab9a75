import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemPorts } from '../../../../../../main/kernel/ports.ts';
import { Store } from '../../../../../../main/store/store.ts';
import { quoted } from '../../../../../../shared/words/said.ts';
import { RawPeer } from '../../../../../support/parties/raw-peer.ts';
import { putEvent, putQueued } from '../../../../../support/put-rows.ts';
import { tempDir } from '../../../../../support/temp.ts';

const peer = new RawPeer('b.test', 'b.test', Buffer.alloc(32, 7));
const room = '!1:b.test';

/** Messages that are due, each still being delivered to one server. */
function dueMessages(t: TestContext, count: number) {
  const store = new Store(join(tempDir(t), 'node.db'), systemPorts);
  t.after(() => store.close());
  const seqs = Array.from({ length: count }, () => {
    const seq = putEvent(store, { envelope: peer.message(room, 'x') });
    putQueued(store, { destination: 'c.test', roomId: room, seq });
    store.rules.queues.addDue(seq);
    return seq;
  });
  return { store, seqs, due: () => store.erasures.due(0, 100) };
}

test('a message whose first version is in transit isn’t checked again until that is delivered', (t) => {
  const { store, seqs, due } = dueMessages(t, 3);
  assert.deepEqual(due(), seqs);
  for (const seq of seqs) store.rules.queues.waitUntilSent(seq);
  assert.deepEqual(due(), []);
  store.outbox.fetched('c.test', store.outbox.waiting('c.test', 0, 2).at(-1)?.id ?? 0, 2);
  assert.deepEqual(due(), seqs.slice(0, 2));
});

test('a message is checked again once its first version is a dead letter, or is not sent any more', async (t) => {
  const ends: ((store: Store) => unknown)[] = [
    (store) => {
      for (const row of store.outbox.load('c.test', room, 0, 10))
        store.outbox.record({
          row,
          at: 1,
          latencyMs: 1,
          status: 400,
          outcome: 'rejected',
          error: quoted('no'),
          next: { state: 'dead' },
        });
      store.outbox.flush();
      return store.writer.idle();
    },
    (store) => store.outbox.clear('c.test'),
    (store) => store.rules.queues.withdrawLane('c.test', room, 'b.test'),
  ];
  for (const end of ends) {
    const { store, seqs, due } = dueMessages(t, 2);
    for (const seq of seqs) store.rules.queues.waitUntilSent(seq);
    await end(store);
    assert.deepEqual(due(), seqs);
  }
});

test('an edit in the meantime doesn’t cause an earlier check', (t) => {
  const { store, seqs, due } = dueMessages(t, 1);
  const [seq = 0] = seqs;
  store.rules.queues.waitUntilSent(seq);
  store.rules.queues.addDue(seq);
  assert.deepEqual(due(), []);
});
