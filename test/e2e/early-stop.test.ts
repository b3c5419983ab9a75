import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { everyCase } from '../support/browser/every-case.ts';
import { binPath, startChildNode } from '../support/nodes/child-node.ts';
import { logIn } from '../support/nodes/log-in.ts';
import { RawPeer } from '../support/parties/raw-peer.ts';
import { tempDir } from '../support/temp.ts';
import { pause } from '../support/until.ts';

const name = 'a.test';
const messages = 40;
const endMsMax = 60_000;

interface FullOutbox {
  readonly dataDir: string;
  /** Starts the node once more. Fails if that finds a restored copy, or if anything of what was there is gone. */
  readonly finds: (what: string) => Promise<void>;
}

/** The data folder of a stopped node: its owner is logged in, and it has messages for a peer that never answers. */
async function fullOutbox(t: TestContext): Promise<FullOutbox> {
  const dataDir = join(tempDir(t), 'node');
  const raw = await new RawPeer('raw.test').listen(t);
  raw.handlers.set('/event', () => 'hang');
  const node = await startChildNode({ name, dataDir, onFile: true }, t);
  await node.api.addPeer({ endpoint: raw.url });
  const { room_id } = await node.api.createRoom({ name: 'Room', join_rule: 'peers' });
  const body = JSON.stringify({ origin_server: raw.name, room_id, user_id: `@user:${raw.name}` });
  assert.equal((await raw.call(node.federation, 'POST', '/join', body)).status, 200);
  for (let i = 0; i < messages; i++) await node.api.postMessage({ room_id, body: `message ${i}` });
  const headers = await logIn(node);
  // The cookie belongs to this port.
  const flags = ['--control', node.control.replace('http://', '')];
  const isLoggedIn = async (): Promise<boolean> =>
    (await fetch(`${node.control}/api/v1/status`, { headers })).status === 200;
  assert.ok(await isLoggedIn());
  assert.equal(await node.stop(), 0);
  return {
    dataDir,
    async finds(what) {
      const again = await startChildNode({ name, dataDir, flags, onFile: true }, t);
      assert.doesNotMatch(again.stderr(), /restored|copied/, what);
      assert.equal((await again.api.status({})).restored_at, null, what);
      assert.ok(await isLoggedIn(), `logged out ${what}`);
      const [queue] = (await again.api.outbox({})).items;
      assert.ok((queue?.queued ?? 0) >= messages, `sent ${what}: ${JSON.stringify(queue)}`);
      // A node that found a restored copy would write nothing yet.
      await again.api.postMessage({ room_id, body: what });
      assert.equal(await again.stop(), 0, what);
    },
  };
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** A start of that node; `act` gets the process. */
async function start(
  dataDir: string,
  act: (node: { readonly stdout: Readable; kill(signal: NodeJS.Signals): void }) => unknown,
): Promise<Ended> {
  const flags = ['--headless', '--tls', 'off', '--data-dir', dataDir, '--server-name', name];
  const free = ['--listen', '127.0.0.1:0', '--control', '127.0.0.1:0'];
  const child = spawn(process.execPath, [binPath, ...flags, ...free], {
    timeout: endMsMax,
    killSignal: 'SIGKILL',
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = new Promise<Ended>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal, stderr })),
  );
  await act({ stdout: child.stdout, kill: (signal) => child.kill(signal) });
  return await ended;
}

const untilReady = async (stdout: Readable): Promise<void> => {
  for await (const chunk of stdout) if (/^ready /m.test(String(chunk))) return;
};

test('a node that is stopped as soon as it is ready finishes, with a full outbox', async (t) => {
  const { dataDir, finds } = await fullOutbox(t);
  const ended = await start(dataDir, async ({ stdout, kill }) => {
    await untilReady(stdout);
    kill('SIGTERM');
  });
  assert.deepEqual([ended.code, ended.signal], [0, null], ended.stderr);
  assert.match(ended.stderr, /"stopped"/);
  await finds('after a stop at the ready line');
});

for (const seconds of everyCase ? [0, 0.1, 0.5, 1, 2, 3] : [0.5])
  test(`a start that is stopped after ${seconds} s leaves its folder in order`, async (t) => {
    const { dataDir, finds } = await fullOutbox(t);
    const ended = await start(dataDir, async ({ kill }) => {
      await pause(seconds * 1000);
      kill('SIGTERM');
    });
    // Before any of its code runs, a signal ends a process at once.
    if (ended.signal === null) assert.equal(ended.code, 0, ended.stderr);
    else assert.deepEqual([ended.signal, ended.stderr], ['SIGTERM', '']);
    assert.equal(/"stopped"/.test(ended.stderr), /"started"/.test(ended.stderr), ended.stderr);
    await finds(`after a stop after ${seconds} s`);
  });
