import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { tuning } from '../../../../../main/config.ts';
import { systemPorts } from '../../../../../main/kernel/ports.ts';
import { Files } from '../../../../../main/rooms/files/files.ts';
import { FileFolder } from '../../../../../main/store/file-folder.ts';
import { Store } from '../../../../../main/store/store.ts';
import type { SettingsView } from '../../../../../shared/api/views/node-views.ts';
import { tempDir } from '../../../../support/temp.ts';

/** `held`: hashes of what somebody may still send. */
function filesIn(t: TestContext, held: Set<string>) {
  const dataDir = tempDir(t);
  const store = new Store(join(dataDir, 'node.db'), systemPorts);
  t.after(() => store.close());
  const folder = new FileFolder(dataDir);
  folder.begin();
  const uploads = {
    holds: (hash: string) => held.has(hash),
    expire: async () => {},
    offer: () => '',
    release: () => {},
  };
  const fetching = { holds: () => false, bring: async () => {}, isBusy: false };
  const settings = { get: () => ({ files: tuning.filesDefault }) as SettingsView };
  const { clock } = systemPorts;
  const actors = {
    room: () => {
      throw new Error('not read here');
    },
  };
  return { store, folder, files: new Files({ store, folder, uploads, fetching, actors, settings, clock }) };
}

async function keep(folder: FileFolder, text: string): Promise<string> {
  const incoming = await folder.create(text.length);
  await incoming.write(Buffer.from(text));
  return incoming.keep();
}

test('files that somebody may still send keep no others from being removed', async (t) => {
  const held = new Set<string>();
  const { store, folder, files } = filesIn(t, held);
  const hashes: string[] = [];
  for (let n = 0; n < 250; n++) hashes.push(await keep(folder, `file ${n}`));
  hashes.sort();
  for (const hash of hashes.slice(0, 120)) held.add(hash);
  await store.writer.write(() => {
    for (const hash of hashes) store.files.addDue(hash);
  });
  const left = () => hashes.filter((hash) => existsSync(folder.pathOf(hash))).length;
  await files.sweep();
  assert.equal(left(), 120);
  held.clear();
  await files.sweep();
  assert.equal(left(), 0);
});

test('a file that is uploaded again while others are removed stays', async (t) => {
  const held = new Set<string>();
  const { store, folder, files } = filesIn(t, held);
  const hashes = [await keep(folder, 'one'), await keep(folder, 'two')].sort();
  const [first = '', second = ''] = hashes;
  await store.writer.write(() => {
    for (const hash of hashes) store.files.addDue(hash);
  });
  const remove = folder.remove.bind(folder);
  t.mock.method(folder, 'remove', async (hash: string) => {
    held.add(second);
    await remove(hash);
  });
  await files.sweep();
  assert.deepEqual([existsSync(folder.pathOf(first)), existsSync(folder.pathOf(second))], [false, true]);
  held.clear();
  await files.sweep();
  assert.equal(existsSync(folder.pathOf(second)), false, 'it is still noted');
});

test('a file whose last use ends while a sweep waits to write is removed by the next sweep', async (t) => {
  const { store, folder, files } = filesIn(t, new Set());
  const hash = await keep(folder, 'a picture');
  const write = store.writer.write.bind(store.writer);
  await write(() => {
    store.files.putPicture('@a:a.test', '', { hash, size: 9, type: 'image/png' });
    store.files.addDue(hash);
  });
  const mocked = t.mock.method(store.writer, 'write', async (work: () => void) => {
    await write(() => store.files.putPicture('@a:a.test', '', null));
    return await write(work);
  });
  await files.sweep();
  mocked.mock.restore();
  await files.sweep();
  assert.equal(existsSync(folder.pathOf(hash)), false);
});
