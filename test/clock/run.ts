/**
 * `npm run test:clock`: real nodes whose clock leaps a year ahead for a minute and is set right again, alone and with one
 * peer, and a clock that is set back. Everything that was written shows in the end, and a room made meanwhile has its
 * members. Takes two minutes, because nodes look at their clock twice a minute.
 *
 * The clock is faked by libfaketime (Debian: `apt install faketime`). Without it, the script says so and ends with 0.
 */
import assert from 'node:assert/strict';
import { globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type ChildNode, startChildNode } from '../support/nodes/child-node.ts';
import { tempDir } from '../support/temp.ts';

const [library] = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1');
if (library === undefined) {
  console.log('skipped: libfaketime is not installed (Debian, Ubuntu: apt install faketime)');
  process.exit(0);
}

const closers: (() => unknown)[] = [];
const t = { after: (close: () => unknown) => void closers.push(close) };
const startedAt = Date.now();
const say = (text: string) => console.log(`${Math.round((Date.now() - startedAt) / 1000)} s  ${text}`);

interface Leaper {
  readonly node: ChildNode;
  /** Adds this to the time: `+0`, `+1y`, `-1h`. */
  set(offset: string): void;
}

async function leaper(name: string): Promise<Leaper> {
  const folder = tempDir(t);
  const file = join(folder, 'clock');
  const set = (offset: string) => writeFileSync(file, `${offset}\n`);
  set('+0');
  const env = {
    LD_PRELOAD: library ?? '',
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    // Timers run on, and files keep the times they have.
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    NO_FAKE_STAT: '1',
  };
  return { set, node: await startChildNode({ name, dataDir: join(folder, 'node'), env }, t) };
}

/** Waits for as long as two looks at the clock, and what follows from them, can take. */
async function until(what: string, check: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 120_000; !(await check()); await sleep(2_000))
    if (Date.now() > end) throw new Error(`waited two minutes without success: ${what}`);
}

const shown = async ({ api }: ChildNode, room_id: string) =>
  (await api.timeline({ room_id, limit: 200 })).items
    .filter(({ deleted }) => !deleted)
    .map(({ body }) => body)
    .sort();

const refusal = ({ api }: ChildNode, room_id: string, body: string) =>
  api.postMessage({ room_id, body }).then(
    () => null,
    (error: Error) => error.message,
  );

async function alone(): Promise<void> {
  const { node, set } = await leaper('alone.test');
  const { room_id } = await node.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  await node.api.trustClock({});
  await node.api.postMessage({ room_id, body: '1 before' });
  set('+1y');
  await node.api.postMessage({ room_id, body: '2 in the leap' });
  const made = await node.api.createRoom({ name: 'Made in the leap', join_rule: 'peers' });
  await sleep(60_000);
  set('+0');
  await node.api.postMessage({ room_id, body: '3 after' });
  assert.ok((await shown(node, room_id)).includes('3 after'), 'what is written after the leap shows at once');
  await until('everything that was written shows', async () => (await shown(node, room_id)).length === 3);
  assert.deepEqual(await shown(node, room_id), ['1 before', '2 in the leap', '3 after']);
  await until('the room of the leap has its member', async () => {
    const { items } = await node.api.members({ room_id: made.room_id });
    return items.length === 1;
  });
  assert.equal(await node.stop(), 0);
  say('alone: a year ahead for a minute, and everything shows');
}

async function withOnePeer(): Promise<void> {
  const [{ node, set }, peer] = await Promise.all([
    leaper('leaps.test'),
    startChildNode({ name: 'peer.test', dataDir: join(tempDir(t), 'node') }, t),
  ]);
  await node.api.addPeer({ endpoint: peer.federation });
  await peer.api.addPeer({ endpoint: node.federation });
  const { room_id } = await node.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  await peer.api.joinRoom({ room_id });
  const written: string[] = [];
  /** Why the message was refused; `null` if it was not. */
  const write = async (body: string) => {
    const why = await refusal(node, room_id, body);
    if (why === null) written.push(body);
    return why;
  };
  assert.equal(await write('before'), null);
  // The node has looked at its clock once, and its peer's agreed.
  await sleep(35_000);
  set('+1y');
  assert.equal(await write('in the leap'), null);
  let tries = 0;
  await until('the node refuses to write', async () => {
    const why = await write(`still in the leap, ${++tries}`);
    return why !== null && /jumped while your server was running/.test(why);
  });
  say('one peer: the node noticed the leap and writes nothing');
  set('+0');
  await until('the node writes again', async () => (await write('after')) === null);
  for (const one of [node, peer])
    await until(`everything that was written shows once at ${one.name}`, async () =>
      isDeepStrictEqual(await shown(one, room_id), written.toSorted()),
    );
  assert.deepEqual([await node.stop(), await peer.stop()], [0, 0]);
  say('one peer: a year ahead for a minute, and everything shows on both');
}

async function setBack(): Promise<void> {
  const { node, set } = await leaper('back.test');
  const { room_id } = await node.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  await node.api.postMessage({ room_id, body: '1 before' });
  set('-1y');
  const message = await refusal(node, room_id, 'a year ago');
  assert.match(message ?? '', /before this program was installed/);
  set('-1h');
  await node.api.postMessage({ room_id, body: '2 set back' });
  const made = await node.api.createRoom({ name: 'Made when set back', join_rule: 'peers' });
  assert.equal((await node.api.members({ room_id: made.room_id })).items.length, 1);
  await node.api.postMessage({ room_id: made.room_id, body: 'here' });
  assert.deepEqual(await shown(node, made.room_id), ['here']);
  assert.ok((await shown(node, room_id)).includes('2 set back'), 'own posts show at once');
  set('+0');
  await node.api.postMessage({ room_id, body: '3 after' });
  assert.deepEqual(await shown(node, room_id), ['1 before', '2 set back', '3 after']);
  assert.equal(await node.stop(), 0);
  say('set back: own posts show, and a room made then has its member');
}

try {
  await Promise.all([alone(), withOnePeer(), setBack()]);
  console.log('passed');
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  for (const close of closers.reverse()) close();
}
