import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import {
  faceBytes,
  getFile,
  pathIn,
  pictureBytes,
  postFile,
  putBytes,
  uploaded,
} from '../../support/nodes/files.ts';
import { type LocalNode, roomOfBoth, startLocalNode, twoFriends } from '../../support/nodes/local-node.ts';
import { threeServers } from '../../support/nodes/three-servers.ts';
import { until } from '../../support/until.ts';

const arrived = (node: LocalNode, room_id: string, event_id: string) =>
  until([node], 'the message', async () =>
    (await node.api.timeline({ room_id })).items.find((item) => item.event_id === event_id),
  );

test('a picture that one node sends is shown by the other, which fetches it when somebody looks', async (t) => {
  const { a, b } = await twoFriends(t);
  const room_id = await roomOfBoth(a, b);
  const bytes = pictureBytes('meow');
  const about = {
    content_type: 'image/png',
    width: 40,
    height: 30,
    thumbhash: '1QcSHQRnh493V4dIh4eXh1h4kJUI',
  };
  const event_id = await postFile(a, room_id, bytes, about);
  const { files, body } = await arrived(b, room_id, event_id);
  assert.deepEqual(files, [{ name: 'cat.png', size: bytes.length, ...about, place: 'away' }]);
  assert.equal(body, '');
  assert.equal(existsSync(pathIn(b, bytes)), false, 'nothing is fetched before somebody looks');

  const answer = await getFile(b, { room_id, event_id });
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), bytes);
  assert.equal(answer.headers.get('content-type'), 'image/png');
  assert.equal((await arrived(b, room_id, event_id)).files[0]?.place, 'here');
  const part = await getFile(b, { room_id, event_id }, { range: 'bytes=2-5' });
  assert.deepEqual([part.status, part.headers.get('content-range')], [206, `bytes 2-5/${bytes.length}`]);
  assert.deepEqual(Buffer.from(await part.arrayBuffer()), bytes.subarray(2, 6));
  const head = await getFile(b, { room_id, event_id }, {}, 'HEAD');
  assert.equal(head.headers.get('content-length'), String(bytes.length));
  assert.equal((await head.arrayBuffer()).byteLength, 0);
});

test('an empty file is fetched and shown like any other', async (t) => {
  const { a, b } = await twoFriends(t);
  const room_id = await roomOfBoth(a, b);
  const bytes = Buffer.alloc(0);
  const event_id = await postFile(a, room_id, bytes);
  await arrived(b, room_id, event_id);
  const answer = await getFile(b, { room_id, event_id });
  assert.deepEqual([answer.status, await answer.text()], [200, '']);
  assert.equal(existsSync(pathIn(b, bytes)), true);
});

test('a file up to the size that the owner chose comes with its message, and no larger one', async (t) => {
  const { a, b } = await twoFriends(t);
  const room_id = await roomOfBoth(a, b);
  const { files } = await b.api.settings({});
  assert.equal(files.fetched_mb, 0);
  const before = pictureBytes('before');
  await arrived(b, room_id, await postFile(a, room_id, before));
  await b.api.changeSettings({ files: { ...files, fetched_mb: 1 } });
  const [small, large] = [pictureBytes('small'), pictureBytes('large', 1_000_000)];
  const later = await postFile(a, room_id, large);
  await postFile(a, room_id, small);
  await until([b], 'the small one', async () => existsSync(pathIn(b, small)));
  await arrived(b, room_id, later);
  assert.deepEqual(
    [before, large].map((bytes) => existsSync(pathIn(b, bytes))),
    [false, false],
  );
});

test('copies of others’ files make room for an upload, and the older picture of an own room doesn’t', async (t) => {
  const { a, b } = await twoFriends(t);
  const room_id = await roomOfBoth(a, b);
  const { room_id: mine } = await b.api.createRoom({ name: 'Mine', join_rule: 'invite' });
  const face = faceBytes('mine');
  await b.api.describeRoom({ room_id: mine, picture: face.toString('base64') });
  const copy = pictureBytes('copy', 1_500_000);
  const event_id = await postFile(a, room_id, copy);
  await arrived(b, room_id, event_id);
  await b.api.fetchFile({ room_id, event_id, number: 0 });
  const { files } = await b.api.settings({});
  await b.api.changeSettings({ files: { ...files, all_mb: 2 } });
  const own = pictureBytes('own', 1_500_000);
  await postFile(b, room_id, own);
  assert.deepEqual(
    [copy, own, face].map((bytes) => existsSync(pathIn(b, bytes))),
    [false, true, true],
  );
  await assert.rejects(postFile(b, room_id, pictureBytes('other', 1_500_000)), /would take more than 2 MB/);
});

test('a picture is there while the server of its author sleeps, if another member server has it', async (t) => {
  const { a, b, c, room } = await threeServers(t, ['a.test', 'b.test', 'c.test']);
  const bytes = pictureBytes('purr');
  const event_id = await postFile(a, room, bytes);
  await arrived(b, room, event_id);
  await arrived(c, room, event_id);
  const refused = await getFile(c, { room_id: room, event_id });
  assert.equal(refused.status, 503, 'the home has not fetched it, and the author’s server isn’t a peer');
  assert.equal((await getFile(b, { room_id: room, event_id })).status, 200);
  await a.stop();
  await until([c], 'the picture from the home', async () => {
    const answer = await getFile(c, { room_id: room, event_id });
    return answer.status === 200 && Buffer.from(await answer.arrayBuffer()).equals(bytes);
  });
});

test('deleting a message removes its file from both nodes, unless another message names it', async (t) => {
  const { a, b } = await twoFriends(t);
  const room_id = await roomOfBoth(a, b);
  const [once, twice] = [pictureBytes('once'), pictureBytes('twice')];
  const first = await postFile(a, room_id, once);
  const second = await postFile(a, room_id, twice);
  const again = await postFile(a, room_id, twice);
  for (const event_id of [first, second, again]) {
    await arrived(b, room_id, event_id);
    assert.equal((await getFile(b, { room_id, event_id })).status, 200);
  }
  await a.api.deleteMessage({ room_id, event_id: first });
  await a.api.deleteMessage({ room_id, event_id: second });
  const isGone = (node: LocalNode) =>
    until([node], 'the file of the deleted message is gone', async () => !existsSync(pathIn(node, once)));
  await Promise.all([a, b].map(isGone));
  for (const node of [a, b]) assert.equal(existsSync(pathIn(node, twice)), true);
  assert.equal((await getFile(b, { room_id, event_id: first })).status, 410);
  assert.equal((await getFile(b, { room_id, event_id: again })).status, 200);
});

test('an upload goes on after a break where it stopped', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const { room_id } = await a.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  const bytes = pictureBytes('long', 300_000);
  const { upload_id } = await a.api.startUpload({ room_id, name: 'long.png', size: bytes.length });
  const at = { room_id, upload_id };
  assert.equal((await putBytes(a, at, bytes.subarray(0, 100_000))).status, 200);
  assert.equal((await putBytes(a, at, bytes.subarray(50_000), 50_000)).status, 409);
  await assert.rejects(a.api.postMessage({ room_id, uploads: [upload_id] }), /isn’t completely uploaded/);
  const { received, complete } = await a.api.upload(at);
  assert.deepEqual([received, complete], [100_000, false]);
  assert.equal((await putBytes(a, at, bytes.subarray(received), received)).status, 200);
  const { event_id } = await a.api.postMessage({ room_id, body: 'look', uploads: [upload_id] });
  const answer = await getFile(a, { room_id, event_id });
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), bytes);
  await assert.rejects(a.api.postMessage({ room_id, uploads: [upload_id] }), /There is no upload/);
});

test('a canceled upload leaves nothing', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const { room_id } = await a.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  const bytes = pictureBytes('never sent');
  const upload_id = await uploaded(a, room_id, bytes);
  assert.equal(existsSync(pathIn(a, bytes)), true);
  await a.api.cancelUpload({ room_id, upload_id });
  await until([a], 'the file is gone', async () => !existsSync(pathIn(a, bytes)));
});
