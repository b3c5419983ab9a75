import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemPorts } from '../../../../../main/kernel/ports.ts';
import { Store } from '../../../../../main/store/store.ts';
import { eventState } from '../../../../../main/store/tables/event-store.ts';
import { quoted } from '../../../../../shared/words/said.ts';
import { RawPeer } from '../../../../support/parties/raw-peer.ts';
import { tempDir } from '../../../../support/temp.ts';

const peer = new RawPeer('b.test', 'b.test', Buffer.alloc(32, 7));
const room = '!1:b.test';

/** Messages that are due, each on its way to one server. */
function dueMessages(t: TestContext, count: number) {
  const store = new Store(join(tempDir(t), 'node.db'), systemPorts);
  t.after(() => store.close());
  const seqs = Array.from({ length: count }, () => {
    const envelope = peer.message(room, 'x');
    const seq = store.events.insert({
      envelope,
      body: '{}',
      keyId: 'k',
      filesUnsigned: false,
      target: null,
      subject: null,
      state: eventState.applied,
      receivedFrom: null,
      receivedAt: 5,
    });
    store.outbox.enqueue('c.test', room, seq, 1, []);
    store.erasures.addDue(seq);
    return seq;
  });
  return { store, seqs, due: () => store.erasures.due(0, 100) };
}

test('a message whose first version is on its way is not looked at again until it was delivered', (t) => {
  const { store, seqs, due } = dueMessages(t, 3);
  assert.deepEqual(due(), seqs);
  for (const seq of seqs) store.erasures.waitUntilSent(seq);
  assert.deepEqual(due(), []);
  store.outbox.fetched('c.test', store.outbox.waiting('c.test', 0, 2).at(-1)?.id ?? 0, 2);
  assert.deepEqual(due(), seqs.slice(0, 2));
});

test('it is looked at again once it is a dead letter, or is not sent any more', (t) => {
  const ends: ((store: Store) => unknown)[] = [
    (store) => store.outbox.bury(quoted('restored')),
    (store) => store.outbox.clear('c.test'),
    (store) => store.outbox.withdraw('c.test', room),
  ];
  for (const end of ends) {
    const { store, seqs, due } = dueMessages(t, 2);
    for (const seq of seqs) store.erasures.waitUntilSent(seq);
    end(store);
    assert.deepEqual(due(), seqs);
  }
});

test('an edit that comes meanwhile does not have it looked at before that', (t) => {
  const { store, seqs, due } = dueMessages(t, 1);
  const [seq = 0] = seqs;
  store.erasures.waitUntilSent(seq);
  store.erasures.addDue(seq);
  assert.deepEqual(due(), []);
});
