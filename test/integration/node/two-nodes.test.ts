import assert from 'node:assert/strict';
import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type LocalNode, shareRoom, startLocalNode } from '../../support/nodes/local-node.ts';
import { tempDir } from '../../support/temp.ts';
import { until } from '../../support/until.ts';

const alarms = async (node: LocalNode) =>
  (await node.api.doctor({})).findings.filter(({ code }) => code === 'key-used-elsewhere');

async function pair(t: TestContext, onFile = false) {
  const a = await startLocalNode(t, { name: 'a.test', onFile });
  const b = await startLocalNode(t, { name: 'b.test' });
  const room_id = await shareRoom(a, b, 'Lobby');
  return { a, b, room_id };
}

const has = async (node: LocalNode, room_id: string, body: string) =>
  (await node.api.timeline({ room_id })).items.some((item) => item.body === body);

test('an event with our signature that we never wrote is reported, with the peer that sent it', async (t) => {
  const { a, b, room_id } = await pair(t);
  // A copy of the folder runs as a second node, and writes.
  const { folder } = await a.api.backUp({});
  const dataDir = join(tempDir(t), 'twin');
  cpSync(folder, dataDir, { recursive: true });
  const twin = await startLocalNode(t, { name: 'a.test', dataDir, setUp: false });
  await until([twin, b], 'the copy may write', async () => (await twin.api.recovery({})).held_rooms === 0);
  await twin.api.postMessage({ room_id, body: 'by the copy' });
  await until([twin, b], 'b has it', () => has(b, room_id, 'by the copy'));
  await twin.stop();
  assert.deepEqual(await alarms(a), []);
  // b sends it the next time it is read, in whichever way.
  await a.api.startRecovery({});
  await until([a, b], 'it is here', () => has(a, room_id, 'by the copy'));
  const [alarm] = await until([a], 'the alarm', async () => {
    const found = await alarms(a);
    return found.length > 0 && found;
  });
  assert.equal(alarm?.severity, 'error');
  assert.match(alarm?.text ?? '', /^b’s server sent the event \$\d+:a\.test\./);
});

test('events that come back after a restore raise no alarm, nor do our own after an ordinary restart', async (t) => {
  const { a, b, room_id } = await pair(t);
  const { folder } = await a.api.backUp({});
  await a.api.postMessage({ room_id, body: 'lost' });
  await until([a, b], 'b has it', () => has(b, room_id, 'lost'));
  await a.stop();
  const dataDir = join(tempDir(t), 'restored');
  cpSync(folder, dataDir, { recursive: true });
  const port = Number(new URL(a.url).port);
  const restored = await startLocalNode(t, { name: 'a.test', dataDir, setUp: false, port });
  await until([restored, b], 'it is back', () => has(restored, room_id, 'lost'));
  await restored.stop();
  const again = await startLocalNode(t, { name: 'a.test', dataDir, setUp: false, port });
  await again.api.startRecovery({});
  await until([again, b], 'all was read', async () => {
    const view = await again.api.recovery({});
    return view.answered.includes('b.test') && view.held_rooms === 0;
  });
  assert.deepEqual(await alarms(again), []);
});

test('a database that was rolled back unnoticed is reported once peers send events that it lost', async (t) => {
  // A node on PostgreSQL has only a copy in the file.
  const { a, b, room_id } = await pair(t, true);
  await a.stop();
  const port = Number(new URL(a.url).port);
  const snapshot = join(tempDir(t), 'snapshot');
  cpSync(a.dataDir, snapshot, { recursive: true });
  const later = await startLocalNode(t, { name: 'a.test', dataDir: a.dataDir, setUp: false, port });
  await later.api.postMessage({ room_id, body: 'after the snapshot' });
  await until([later, b], 'b has it', () => has(b, room_id, 'after the snapshot'));
  await later.stop();
  // The whole disk is unchanged: the lock file keeps its age.
  for (const name of ['node.db', 'node.db-wal', 'node.db-shm', 'life.json']) {
    rmSync(join(a.dataDir, name), { force: true });
    if (existsSync(join(snapshot, name))) cpSync(join(snapshot, name), join(a.dataDir, name));
  }
  const back = await startLocalNode(t, { name: 'a.test', dataDir: a.dataDir, setUp: false, port });
  assert.equal((await back.api.recovery({})).why, null, 'the node could not notice by itself');
  await until([back, b], 'the alarm', async () => (await alarms(back)).length > 0);
  assert.ok(await has(back, room_id, 'after the snapshot'));
});
