import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import { tempDir } from '../../support/temp.ts';

/**
 * Electron frees what its process has opened before it ends, and so does a thread; a process of Node.js alone doesn't.
 * Then SQLite closes the database, and removes the log.
 */
const program = (root: string, dataDir: string): string => `
  (async () => {
    const { runNode } = await import(${JSON.stringify(join(root, 'main/start/run-node.ts'))});
    const { readStartFlags } = await import(${JSON.stringify(join(root, 'main/start/flags.ts'))});
    const { createLog } = await import(${JSON.stringify(join(root, 'main/kernel/log.ts'))});
    const given = { serverName: 'a.test', tls: 'off', listen: '127.0.0.1:0', control: '127.0.0.1:0', headless: true };
    const flags = readStartFlags({ ...given, dataDir: ${JSON.stringify(dataDir)} }, '');
    const { node } = await runNode(flags, { log: createLog('silent') });
    await node.api.createRoom({ name: 'Room', join_rule: 'peers' });
    process.exit(0);
  })();
`;

test('a node that is abandoned because it doesn’t stop in time leaves a folder that doesn’t look like a copy', async (t) => {
  const dataDir = join(tempDir(t), 'node');
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const thread = new Worker(program(root, dataDir), { eval: true });
  assert.deepEqual(await once(thread, 'exit'), [0]);
  const again = await startLocalNode(t, { name: 'a.test', dataDir, setUp: false, onFile: true });
  const { server_name, restored_at } = await again.api.status({});
  assert.deepEqual([server_name, restored_at], ['a.test', null]);
});
