import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemPorts } from '../../../../main/kernel/ports.ts';
import { Store } from '../../../../main/store/store.ts';
import { tempDir } from '../../../support/temp.ts';

/** Adds, and removes, 24 MB. */
async function swell(store: Store): Promise<void> {
  const keys = Array.from({ length: 24 }, (_, n) => `key ${n}`);
  await store.writer.write(() => {
    for (const key of keys) store.meta.put(key, 'x'.repeat(1_000_000));
  });
  await store.writer.write(() => {
    for (const key of keys) store.meta.put(key, '');
  });
}

test('the space of removed rows is returned while the node runs, but for 4 MB', async (t) => {
  const path = join(tempDir(t), 'node.db');
  const store = new Store(path, systemPorts);
  t.after(() => store.close());
  await swell(store);
  assert.ok((await store.space.giveBack()) > 4_500);
  assert.equal(await store.space.giveBack(), 0);
  assert.ok(store.writer.emptyLog());
  assert.ok(statSync(path).size < 6_000_000, `${statSync(path).size}`);
});
