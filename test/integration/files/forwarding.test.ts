import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { toPlain } from '../../../shared/protocol/coding/json.ts';
import { filesOf, getFile, pathIn, pictureBytes, postFile, sha256 } from '../../support/nodes/files.ts';
import { type LocalNode, roomOfBoth, startLocalNode, twoFriends } from '../../support/nodes/local-node.ts';
import { joined, openEntrance } from '../../support/nodes/people.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { until } from '../../support/until.ts';

const newest = async ({ api }: LocalNode, room_id: string) => (await api.timeline({ room_id })).items[0];
const refusedAs = (code: string) => (error: unknown) => (error as { code: string }).code === code;

test('a forwarded message has the text and the files, no author but the one who forwards it, and no quote', async (t) => {
  const { a, b } = await twoFriends(t);
  const [from, to] = [await roomOfBoth(a, b, 'From'), await roomOfBoth(a, b, 'To')];
  const bytes = pictureBytes('bread');
  const event_id = await postFile(b, from, bytes, { width: 30, height: 20 });
  await b.api.editMessage({ room_id: from, event_id, body: 'at **six**' });
  await until([a], 'the message', async () => (await newest(a, from))?.body === 'at **six**');

  const sent = await a.api.postMessage({ room_id: to, forwards: event_id });
  const arrived = await until([b], 'the forwarded message', async () => {
    const item = await newest(b, to);
    return item?.event_id === sent.event_id && item;
  });
  assert.deepEqual(
    [arrived.sender, arrived.body, arrived.forwarded, arrived.reply_to],
    ['@a:a.test', 'at **six**', true, null],
  );
  const [{ place, ...file } = assert.fail()] = arrived.files;
  const [{ place: _, ...original } = assert.fail()] = (await newest(b, from))?.files ?? [];
  assert.deepEqual(file, original);
  assert.equal((await newest(b, from))?.forwarded, false);
  assert.deepEqual((await b.api.room({ room_id: to })).last_message?.forwarded, true);
  assert.equal((await getFile(b, { room_id: to, event_id: sent.event_id })).status, 200);
  assert.equal(filesOf(a).length, 1, 'stored once');

  await b.api.deleteMessage({ room_id: from, event_id });
  await until([a], 'the delete', async () => (await newest(a, from))?.deleted);
  // A file goes with its message; one that goes later shows that both nodes have looked for what is to go.
  const last = await postFile(b, from, pictureBytes('last'));
  await until([a], 'the last message', async () => (await newest(a, from))?.event_id === last);
  assert.equal((await getFile(a, { room_id: from, event_id: last })).status, 200);
  await b.api.deleteMessage({ room_id: from, event_id: last });
  await until([a, b], 'the last file is gone', () =>
    [a, b].every((node) => !existsSync(pathIn(node, pictureBytes('last')))),
  );
  for (const node of [a, b]) assert.ok(existsSync(pathIn(node, bytes)), 'another message names it');
  await a.api.deleteMessage({ room_id: to, event_id: sent.event_id });
  await until([a, b], 'nothing is left of the file', () =>
    [a, b].every((node) => filesOf(node).length === 0),
  );
  assert.equal((await newest(a, to))?.forwarded, false);
});

test('a file that is away is fetched before its message is forwarded, for its own room', async (t) => {
  const { a, b } = await twoFriends(t);
  const from = await roomOfBoth(a, b, 'From');
  await b.api.changeSettings({ files: { ...(await b.api.settings({})).files, fetched_mb: 0 } });
  const event_id = await postFile(a, from, pictureBytes('away'));
  await until([b], 'the message', async () => (await newest(b, from))?.files[0]?.place === 'away');
  const { room_id } = await b.api.createRoom({ name: 'To', join_rule: 'invite' });
  await b.api.postMessage({ room_id, forwards: event_id });
  assert.equal((await newest(b, room_id))?.files[0]?.place, 'here');
  assert.equal((await newest(b, from))?.files[0]?.place, 'here');
});

/** A message of a peer that names a file in a room of ours, by its hash. */
async function namedByPeer(t: TestContext, bytes: Buffer) {
  const a = await startLocalNode(t, { name: 'a.test' });
  const raw = await new RawPeer('raw.test').listen(t);
  await a.api.addPeer({ endpoint: raw.url });
  const { room_id } = await a.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  const user_id = '@user:raw.test';
  await raw.call(a.url, 'POST', '/join', JSON.stringify({ origin_server: 'raw.test', room_id, user_id }));
  const content_hash = sha256(bytes);
  const channel = (await a.api.room({ room_id })).channels[0]?.channel_id ?? '';
  const message = raw.message(room_id, 'look', { channel });
  const attachments = [{ id: '1', filename: 'x.png', size: bytes.length, content_type: null, content_hash }];
  const named = raw.event({
    room: room_id,
    type: 'm.message',
    event_id: message.event_id,
    content: { ...(toPlain(message.content) as object), attachments },
  });
  return { a, raw, room_id, named, content_hash };
}

test('a server gets no file by a message with a guessed hash, also if somebody here forwards it', async (t) => {
  const hidden = pictureBytes('hidden');
  const { a, raw, room_id, named, content_hash } = await namedByPeer(t, hidden);
  const secret = await a.api.createRoom({ name: 'Secret', join_rule: 'invite' });
  await postFile(a, secret.room_id, hidden);
  assert.equal((await raw.post(a.url, named)).status, 202);
  const asked = new URLSearchParams({ room_id, content_hash });
  const ask = async () => (await raw.call(a.url, 'GET', `/file?${asked}`)).status;

  const forward = () => a.api.postMessage({ room_id, forwards: named.event_id });
  await assert.rejects(forward(), refusedAs('SERVICE_UNAVAILABLE'), 'its author hands over nothing');
  assert.equal(await ask(), 404);
  assert.equal((await newest(a, room_id))?.event_id, named.event_id, 'nothing was sent');
});

test('somebody who is banned while a file is fetched can’t forward it', async (t) => {
  const bytes = pictureBytes('slow');
  const { a, raw, room_id: from, named } = await namedByPeer(t, bytes);
  const { room_id } = await a.api.createRoom({ name: 'To', join_rule: 'peers' });
  const { user_id } = await a.api.addUser({ localpart: 'carla' });
  for (const room of [from, room_id]) await a.api.joinRoom({ room_id: room, as: user_id });
  raw.handlers.set('/file', () => (response) => {
    const send = () => response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
    void a.api.banUser({ room_id, user_id }).then(send, send);
  });
  await a.api.changeSettings({ files: { ...(await a.api.settings({})).files, fetched_mb: 0 } });
  assert.equal((await raw.post(a.url, named)).status, 202);
  const forward = a.api.postMessage({ room_id, forwards: named.event_id, as: user_id });
  await assert.rejects(forward, refusedAs('FORBIDDEN'));
  assert.equal(await newest(a, room_id), undefined);
});

test('a person forwards only from rooms that they are in, into rooms that they are in', async (t) => {
  const node = await openEntrance(t);
  const [family, other, secret] = await Promise.all(
    ['Family', 'Other', 'Secret'].map((name) => node.api.createRoom({ name, join_rule: 'invite' })),
  );
  assert.ok(family && other && secret);
  const ben = await joined(node, 'ben', { rooms: [family.room_id, other.room_id] });
  const hidden = await postFile(node, secret.room_id, pictureBytes('hidden'));
  const shown = await postFile(node, family.room_id, pictureBytes('shown'));
  const post = async (room: string, forwards: string) =>
    (await ben.send('POST', `/api/v1/rooms/${encodeURIComponent(room)}/messages`, { forwards })).status;
  assert.equal(await post(other.room_id, hidden), 403);
  assert.equal(await post(secret.room_id, shown), 403);
  assert.equal(await post(other.room_id, '$1:a.test'), 403, 'as for one that doesn’t exist');
  assert.equal(await post(other.room_id, shown), 200);
  await node.api.deleteMessage({ room_id: family.room_id, event_id: shown });
  assert.equal(await post(other.room_id, shown), 409);
});

test('forwarding is refused with a text, a file or a reply of one’s own, and beyond what a person may keep', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const { api } = node;
  const { room_id } = await api.createRoom({ name: 'Lobby', join_rule: 'invite' });
  const forwards = await postFile(node, room_id, pictureBytes('big', 1_500_000));
  await assert.rejects(api.postMessage({ room_id, forwards, body: 'look' }), refusedAs('BAD_REQUEST'));
  await assert.rejects(api.postMessage({ room_id, forwards, reply_to: forwards }), refusedAs('BAD_REQUEST'));
  await api.changeSettings({ files: { ...(await api.settings({})).files, person_mb: 2 } });
  await assert.rejects(api.postMessage({ room_id, forwards }), /2 MB/);
});
