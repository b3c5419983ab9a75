import assert from 'node:assert/strict';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type LocalNode, shareRoom, startLocalNode } from '../../support/nodes/local-node.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { tempDir } from '../../support/temp.ts';
import { until } from '../../support/until.ts';

const takes = () => ({ status: 202, body: { inserted: true } });

/** A node whose peer is a member of its room and takes nothing for now: one message waits. */
async function withWaiting(t: TestContext) {
  const node = await startLocalNode(t, { name: 'a.test' });
  const raw = await new RawPeer('raw.test').listen(t);
  await node.api.addPeer({ endpoint: raw.url });
  const { room_id } = await node.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  await raw.call(
    node.url,
    'POST',
    '/join',
    JSON.stringify({ origin_server: 'raw.test', room_id, user_id: '@user:raw.test' }),
  );
  raw.handlers.set('/event', () => ({
    status: 503,
    body: { code: 'SERVICE_UNAVAILABLE', message: 'later' },
  }));
  const { event_id } = await node.api.postMessage({ room_id, body: 'written before the backup' });
  await until([node], 'the peer was tried, and the message waits', async () => {
    const { items } = await node.api.outboxEntries({ destination: 'raw.test' });
    return items.some((entry) => entry.attempts > 0) && items.some((entry) => entry.event_id === event_id);
  });
  return { node, raw, room_id, event_id };
}

/** Everything the backup holds, in an empty folder; its own node on it. */
async function restore(t: TestContext, folder: string): Promise<LocalNode> {
  const dataDir = join(tempDir(t), 'restored');
  mkdirSync(dataDir);
  cpSync(folder, dataDir, { recursive: true });
  return startLocalNode(t, { name: 'a.test', dataDir, setUp: false });
}

/** The peers have been asked what came after the backup. */
const mayWrite = (node: LocalNode) =>
  until([node], 'the rooms are open', async () => (await node.api.recovery({})).held_rooms === 0);

const eventsAt = (raw: RawPeer): string[] =>
  raw.requests.filter((request) => request.path.endsWith('/event')).map((request) => request.body);

test('a restored backup sends its queue again: a receiver that knows an event counts it as a repeat, another gets it', async (t) => {
  const { node, raw, room_id, event_id } = await withWaiting(t);
  const { folder, verified } = await node.api.backUp({});
  assert.equal(verified, true);
  assert.deepEqual(
    (await node.api.backups({})).items.map((one) => one.folder),
    [folder],
  );
  assert.equal((await node.api.status({})).restored_at, null);
  await node.stop();

  raw.requests.length = 0;
  raw.handlers.set('/event', ({ body }) => ({
    status: 202,
    body: { event_id: 'x', inserted: !body.includes(event_id) },
  }));
  const restored = await restore(t, folder);
  const status = await restored.api.status({});
  assert.ok(status.restored_at !== null);
  const feed = restored.node.changes;
  const told = feed.since(feed.epoch, 0);
  assert.ok(told !== 'resync' && told.some(({ change }) => change.topic === 'notice'));

  await mayWrite(restored);
  const fresh = await restored.api.postMessage({ room_id, body: 'written after the restore' });
  await until([restored], 'all are delivered, and none is a dead letter', async () => {
    const { items } = await restored.api.outboxEntries({ destination: 'raw.test' });
    return items.length === 0;
  });
  for (const id of [event_id, fresh.event_id])
    assert.ok(
      eventsAt(raw).some((body) => body.includes(id)),
      'was sent',
    );
});

test('after life.json was lost, nothing that waits becomes a dead letter', async (t) => {
  const { node, raw, event_id } = await withWaiting(t);
  await node.stop();
  rmSync(join(node.dataDir, 'life.json'));
  raw.requests.length = 0;
  raw.handlers.set('/event', takes);
  const again = await startLocalNode(t, { name: 'a.test', dataDir: node.dataDir, setUp: false });
  await until([again], 'what waited is delivered', () =>
    eventsAt(raw).some((body) => body.includes(event_id)),
  );
});

test('an ordinary restart keeps its queue and sends it', async (t) => {
  const { node, raw, event_id } = await withWaiting(t);
  await node.stop();
  raw.requests.length = 0;
  raw.handlers.set('/event', takes);
  const again = await startLocalNode(t, { name: 'a.test', dataDir: node.dataDir, setUp: false });
  await until([again], 'what waited is delivered', () =>
    eventsAt(raw).some((body) => body.includes(event_id)),
  );
  assert.equal((await again.api.status({})).restored_at, null);
});

test('peers that had read past the backup miss nothing of what is written after the restore', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const b = await startLocalNode(t, { name: 'b.test' });
  const room_id = await shareRoom(a, b, 'Lobby');
  const { folder } = await a.api.backUp({});
  for (let at = 0; at < 5; at++) await a.api.postMessage({ room_id, body: `lost ${at}` });
  const bodies = async (node: LocalNode) =>
    (await node.api.timeline({ room_id })).items.map((item) => item.body);
  await until([a, b], 'b has read it all', async () => (await bodies(b)).length === 5);
  const port = Number(new URL(a.url).port);
  await a.stop();

  const dataDir = join(tempDir(t), 'restored');
  cpSync(folder, dataDir, { recursive: true });
  const restored = await startLocalNode(t, { name: 'a.test', dataDir, setUp: false, port });
  await mayWrite(restored);
  await restored.api.postMessage({ room_id, body: 'after' });
  await until([restored, b], 'b has the new message', async () => (await bodies(b)).includes('after'));
  await until([restored, b], 'and the restored node what it had written itself', async () => {
    const all = await bodies(restored);
    return all.filter((body) => body?.startsWith('lost')).length === 5;
  });
});
