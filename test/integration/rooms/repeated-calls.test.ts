/** A client that lost an answer repeats the call with the same `client_key`. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { Store } from '../../../main/store/store.ts';
import { ApiError, createClient } from '../../../shared/api/client.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import { until } from '../../support/until.ts';

const refused = (code: string, words: RegExp) => (error: unknown) => {
  const { code: got, message } = error as { code: string; message: string };
  assert.equal(got, code);
  assert.match(message, words);
  return true;
};

test('a repeated post returns what the first one did, and the message exists once', async (t) => {
  const { api } = await startLocalNode(t, { name: 'a.test' });
  const { room_id } = await api.createRoom({ name: 'Lobby', join_rule: 'invite' });
  const first = await api.postMessage({ room_id, body: 'once', client_key: 'k1' });
  assert.deepEqual(await api.postMessage({ room_id, body: 'once', client_key: 'k1' }), first);
  assert.equal((await api.timeline({ room_id })).items.length, 1);
  const second = await api.postMessage({ room_id, body: 'once', client_key: 'k2' });
  assert.notEqual(second.event_id, first.event_id);
});

test('a repeated edit, delete and reaction write no second event', async (t) => {
  const { api } = await startLocalNode(t, { name: 'a.test' });
  const { room_id } = await api.createRoom({ name: 'Lobby', join_rule: 'invite' });
  const { event_id } = await api.postMessage({ room_id, body: 'words' });
  const about = { room_id, event_id };
  const edit = await api.editMessage({ ...about, body: 'better words', client_key: 'e' });
  assert.deepEqual(await api.editMessage({ ...about, body: 'better words', client_key: 'e' }), edit);
  const add = await api.react({ ...about, emoji: '👍', client_key: 'r' });
  const remove = await api.unreact({ ...about, emoji: '👍', client_key: 'u' });
  assert.deepEqual(await api.react({ ...about, emoji: '👍', client_key: 'r' }), add);
  assert.deepEqual(await api.unreact({ ...about, emoji: '👍', client_key: 'u' }), remove);
  assert.deepEqual(
    (await api.timeline({ room_id })).items[0]?.reactions,
    [],
    'the late repeat added nothing',
  );
  const gone = await api.deleteMessage({ ...about, client_key: 'd' });
  assert.deepEqual(await api.deleteMessage({ ...about, client_key: 'd' }), gone);
  await assert.rejects(api.deleteMessage({ ...about, client_key: 'd2' }), refused('CONFLICT', /deleted/));
});

test('calls with one key that arrive together write one message', async (t) => {
  const { api } = await startLocalNode(t, { name: 'a.test' });
  const { room_id } = await api.createRoom({ name: 'Lobby', join_rule: 'invite' });
  const calls = Array.from({ length: 20 }, () => api.postMessage({ room_id, body: 'hi', client_key: 'k' }));
  const ids = new Set((await Promise.all(calls)).map(({ event_id }) => event_id));
  assert.equal(ids.size, 1);
  assert.equal((await api.timeline({ room_id })).items.length, 1);
});

test('a key that was used for another call is refused, and nothing is written', async (t) => {
  const { api } = await startLocalNode(t, { name: 'a.test' });
  const { room_id } = await api.createRoom({ name: 'Lobby', join_rule: 'invite' });
  const other = await api.createRoom({ name: 'Other', join_rule: 'invite' });
  const { event_id } = await api.postMessage({ room_id, body: 'one', client_key: 'k' });
  const isRefused = refused('CONFLICT', /client_key/);
  await assert.rejects(api.postMessage({ room_id: other.room_id, body: 'one', client_key: 'k' }), isRefused);
  await assert.rejects(api.deleteMessage({ room_id, event_id, client_key: 'k' }), isRefused);
  assert.equal((await api.timeline({ room_id: other.room_id })).items.length, 0);
  assert.equal((await api.timeline({ room_id })).items[0]?.deleted, false);
});

test('a key belongs to one user, and a failed call doesn’t consume it', async (t) => {
  const { api } = await startLocalNode(t, { name: 'a.test' });
  await api.addUser({ localpart: 'bob' });
  const { room_id } = await api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  const post = { room_id, body: 'hi', client_key: 'k' };
  const ours = await api.postMessage(post);
  await assert.rejects(api.postMessage({ ...post, as: '@bob:a.test' }), refused('FORBIDDEN', /bob/));
  await api.joinRoom({ room_id, as: '@bob:a.test' });
  const his = await api.postMessage({ ...post, as: '@bob:a.test' });
  assert.notEqual(his.event_id, ours.event_id);
});

test('a client that hung up before the answer repeats the call over HTTP', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const { room_id } = await node.api.createRoom({ name: 'Lobby', join_rule: 'invite' });
  const { hostname, port } = new URL(node.control);
  const body = JSON.stringify({ body: 'lost answer', client_key: 'k' });
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  socket.write(
    `POST /api/v1/rooms/${encodeURIComponent(room_id)}/messages HTTP/1.1\r\nhost: ${hostname}:${port}\r\n` +
      `authorization: Bearer ${node.node.token}\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => socket.destroy(),
  );
  const client = createClient({ baseUrl: node.control, token: node.node.token, fetch });
  await until([node], 'the message, whose sender is gone', async () => {
    const { items } = await client.timeline({ room_id });
    return items.length === 1;
  });
  const { event_id } = await client.postMessage({ room_id, body: 'lost answer', client_key: 'k' });
  const { items } = await client.timeline({ room_id });
  assert.deepEqual(
    items.map((item) => item.event_id),
    [event_id],
  );
  await assert.rejects(
    client.postMessage({ room_id, body: 'x', client_key: 'with space' }),
    (error: unknown) => error instanceof ApiError && error.code === 'BAD_REQUEST',
  );
});

test('a repeat after a restart returns what the first call did, and no text is stored with the key', async (t) => {
  const first = await startLocalNode(t, { name: 'a.test', onFile: true });
  const { room_id } = await first.api.createRoom({ name: 'Lobby', join_rule: 'invite' });
  const post = { room_id, body: 'a secret', client_key: 'k' };
  const written = await first.api.postMessage(post);
  await first.stop();
  const again = await startLocalNode(t, { name: 'a.test', dataDir: first.dataDir, setUp: false });
  assert.deepEqual(await again.api.postMessage(post), written);
  await again.stop();

  const store = new Store(join(first.dataDir, 'node.db'), systemPorts);
  t.after(() => store.close());
  const row = store.clientKeys.find('@a:a.test', 'k');
  assert.equal(row?.event_id, written.event_id);
  assert.doesNotMatch(JSON.stringify(row), /secret/);
  await store.writer.write(() => store.clientKeys.prune((row?.at ?? 0) + 1));
  assert.equal(store.clientKeys.find('@a:a.test', 'k'), undefined, 'an old key is forgotten');
});
