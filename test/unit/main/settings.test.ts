import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChangeSettings } from '../../../main/change-settings.ts';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { Settings } from '../../../main/settings.ts';
import { Store } from '../../../main/store/store.ts';
import { tempDir } from '../../support/temp.ts';

const started = {
  listen: { host: '127.0.0.1', port: 0 },
  tls: { mode: 'self-signed' },
  publicUrl: null,
} as const;

/** Settings with a real store; records what the listener was asked to do. */
function open(dir: string) {
  const store = new Store(`${dir}/node.db`, systemPorts);
  const asked: unknown[] = [];
  const settings = new Settings(store, started);
  const changing = new ChangeSettings({
    settings,
    store,
    listeners: {
      change: async (change: unknown) => {
        asked.push(change);
        return async () => void asked.push('taken back');
      },
    },
    traffic: { setPaused: async () => {} },
    keyExtensions: { look: async () => {} },
    tell: () => {},
  });
  return { store, settings, asked, changing };
}

test('a setting that can’t be stored is rolled back with the reason; unchanged ones aren’t written', async (t) => {
  const { store, settings, asked, changing } = open(tempDir(t));
  t.after(() => store.close());
  store.writer.write = () => Promise.reject(new Error('the disk is full'));
  await assert.rejects(changing.change({ port: 9000 }), /the disk is full/);
  assert.deepEqual(asked, [{ port: 9000 }, 'taken back']);
  await assert.rejects(changing.change({ paused: true }), /the disk is full/);
  assert.equal(asked.length, 2);
  assert.deepEqual([settings.get().port, settings.get().paused], [0, false]);
});

test('settings in the shape of another version don’t keep the node from starting', async (t) => {
  const dir = tempDir(t);
  const first = open(dir);
  const kept = { port: 'ten', tls: { mode: 'quantum' }, paused: true, colour: 'red' };
  await first.store.writer.write(() => first.store.meta.put('settings', JSON.stringify(kept)));
  await first.store.close();
  const { store, settings } = open(dir);
  t.after(() => store.close());
  const { port, tls, paused } = settings.get();
  assert.deepEqual([port, tls, paused], [0, { mode: 'self-signed' }, true]);
  assert.ok(!('colour' in settings.get()));
});
