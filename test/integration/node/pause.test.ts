import assert from 'node:assert/strict';
import { test } from 'node:test';
import { befriend, shareRoom, startLocalNode } from '../../support/nodes/local-node.ts';
import { until } from '../../support/until.ts';

const bodies = async (api: Awaited<ReturnType<typeof startLocalNode>>['api'], room_id: string) =>
  (await api.timeline({ room_id })).items.map((item) => item.body);

test('nothing is sent while paused; after resuming, everything written in the meantime is sent in order', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const b = await startLocalNode(t, { name: 'b.test' });
  await befriend(a, b);
  const room = await a.api.createRoom({ name: 'Kitchen', join_rule: 'peers' });
  await b.api.joinRoom({ room_id: room.room_id });
  await until([a, b], 'the join at b', async () => (await a.api.outbox({})).items.length === 0);

  await a.api.changeSettings({ paused: true });
  assert.equal((await a.api.status({})).health.cause, 'federation-paused');
  for (const body of ['one', 'two']) await a.api.postMessage({ room_id: room.room_id, body });
  const waiting = await a.api.outboxEntries({ destination: 'b.test' });
  assert.deepEqual(
    waiting.items.map(({ attempts, event_type }) => ({ attempts, event_type })),
    [
      { attempts: 0, event_type: 'm.message' },
      { attempts: 0, event_type: 'm.message' },
    ],
  );
  assert.deepEqual(await bodies(b.api, room.room_id), []);

  await a.api.changeSettings({ paused: false });
  await until([a, b], 'both messages at b', async () => (await bodies(b.api, room.room_id)).length === 2);
  assert.deepEqual(await bodies(b.api, room.room_id), ['two', 'one']);
});

test('a paused node asks a peer to retry, and the peer delivers its events afterwards', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const b = await startLocalNode(t, { name: 'b.test' });
  await befriend(a, b);
  const room = await a.api.createRoom({ name: 'Kitchen', join_rule: 'peers' });
  await b.api.joinRoom({ room_id: room.room_id });
  await a.api.changeSettings({ paused: true });
  await b.api.postMessage({ room_id: room.room_id, body: 'are you there?' });
  await until([a, b], 'the refusal at b', async () => {
    const [entry] = (await b.api.outboxEntries({ destination: 'a.test' })).items;
    return entry?.state === 'retrying' && entry.last_status === 503;
  });
  assert.deepEqual(await bodies(a.api, room.room_id), []);

  await a.api.changeSettings({ paused: false });
  await until([a, b], 'the message at a', async () => (await bodies(a.api, room.room_id)).length === 1);
});

test('paused stays paused over a restart', async (t) => {
  const first = await startLocalNode(t, { name: 'a.test' });
  await first.api.changeSettings({ paused: true });
  await first.stop();
  const second = await startLocalNode(t, { name: 'a.test', dataDir: first.dataDir });
  assert.equal((await second.api.status({})).health.cause, 'federation-paused');
});

test('the plots of the overview survive a restart', async (t) => {
  const [a, b] = await Promise.all(['a.test', 'b.test'].map((name) => startLocalNode(t, { name })));
  if (!a || !b) return assert.fail();
  const room_id = await shareRoom(a, b);
  await b.api.postMessage({ room_id, body: 'count me' });
  const received = async ({ api }: { api: typeof a.api }) =>
    (await api.activity({ span: 'day' })).points.reduce((sum, point) => sum + point.received, 0);
  const before = await until([a, b], 'something received', async () => (await received(a)) || null);
  await a.stop();
  const again = await startLocalNode(t, { name: 'a.test', dataDir: a.dataDir });
  assert.ok((await received(again)) >= before);
});

test('a paused node still serves its keys, because its events must stay verifiable', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  await a.api.changeSettings({ paused: true });
  const answer = await fetch(`${a.url}/_paracord/federation/v1/keys`);
  assert.equal(answer.status, 200);
});
