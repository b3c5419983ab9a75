import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tempDir } from '../support/temp.ts';

/** Two nodes that have talked to each other, in a process that does nothing else. */
const script = (support: string, folder: string) => `
  import { startLocalNode } from ${JSON.stringify(`${support}/nodes/local-node.ts`)};
  import { reachable } from ${JSON.stringify(`${support}/pairing/pairing.ts`)};
  const ends = [];
  const t = { after: (end) => ends.push(end) };
  const start = (name) => startLocalNode(t, { name, dataDir: ${JSON.stringify(folder)} + '/' + name, onFile: true });
  const one = await reachable(await start('one.test'));
  const two = await start('two.test');
  const { link } = await one.api.makePeerInvite({});
  await two.api.acceptPeerInvite({ link });
  const { room_id } = await one.api.createRoom({ name: 'Room', join_rule: 'peers' });
  await two.api.joinRoom({ room_id });
  await two.api.postMessage({ room_id, body: 'hello' });
  for (const end of ends) await end();
  console.log('stopped');
`;

test('a stopped node leaves nothing open that would keep its process running', (t) => {
  const support = fileURLToPath(new URL('../support', import.meta.url));
  const { stdout, stderr, status, signal } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', script(support, tempDir(t))],
    { encoding: 'utf8', timeout: 60_000, killSignal: 'SIGKILL' },
  );
  assert.deepEqual([stdout, status, signal], ['stopped\n', 0, null], stderr);
});
