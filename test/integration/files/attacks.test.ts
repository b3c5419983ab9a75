import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { uploadBytesPath } from '../../../shared/api/file-bytes.ts';
import { toPlain } from '../../../shared/protocol/coding/json.ts';
import { tablesAsText } from '../../support/database-text.ts';
import { startChildNode } from '../../support/nodes/child-node.ts';
import {
  filesOf,
  getFile,
  pictureBytes,
  postFile,
  putBytes,
  sha256,
  uploaded,
} from '../../support/nodes/files.ts';
import { type LocalNode, roomOfBoth, startLocalNode, twoFriends } from '../../support/nodes/local-node.ts';
import { joined, openEntrance } from '../../support/nodes/people.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { tempDir } from '../../support/temp.ts';
import { until } from '../../support/until.ts';

test('a server gets a file only while it has a member in a room where a message names it', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const raw = await new RawPeer('raw.test').listen(t);
  await a.api.addPeer({ endpoint: raw.url });
  const { room_id } = await a.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  const other = await a.api.createRoom({ name: 'Other', join_rule: 'peers' });
  const secret = await a.api.createRoom({ name: 'Secret', join_rule: 'invite' });
  const bytes = pictureBytes('shared');
  const hidden = pictureBytes('hidden');
  const event_id = await postFile(a, room_id, bytes);
  await postFile(a, secret.room_id, hidden);
  const user_id = '@user:raw.test';
  const member = (path: string, room: string) =>
    raw.call(a.url, 'POST', path, JSON.stringify({ origin_server: 'raw.test', room_id: room, user_id }));
  const ask = async (room: string, content_hash: string) =>
    (await raw.call(a.url, 'GET', `/file?${new URLSearchParams({ room_id: room, content_hash })}`)).status;

  assert.equal(await ask(room_id, sha256(bytes)), 403, 'not a member');
  await member('/join', room_id);
  await member('/join', other.room_id);
  assert.equal(await ask(room_id, sha256(bytes)), 200);
  assert.equal(await ask(other.room_id, sha256(bytes)), 404, 'a member of another room');
  assert.equal(await ask(room_id, sha256(hidden)), 404, 'a hash of a room that it isn’t in');
  assert.equal(await ask(secret.room_id, sha256(hidden)), 403);
  for (const guess of ['0'.repeat(64), '../../node.db', '', 'A'.repeat(64)])
    assert.equal(await ask(room_id, guess), 404, guess);
  await member('/leave', room_id);
  assert.equal(await ask(room_id, sha256(bytes)), 403, 'a former member');
  await member('/join', room_id);
  await a.api.deleteMessage({ room_id, event_id });
  assert.equal(await ask(room_id, sha256(bytes)), 404, 'deleted');
});

test('a server that knows only the hash of a file gets it by no message of its own, and neither do its friends', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const raw = await new RawPeer('raw.test').listen(t);
  await a.api.addPeer({ endpoint: raw.url });
  const { room_id } = await a.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  const secret = await a.api.createRoom({ name: 'Secret', join_rule: 'invite' });
  const hidden = pictureBytes('hidden');
  await postFile(a, secret.room_id, hidden);
  const user_id = '@user:raw.test';
  await raw.call(a.url, 'POST', '/join', JSON.stringify({ origin_server: 'raw.test', room_id, user_id }));
  const content_hash = sha256(hidden);
  const message = raw.message(room_id, 'look', {
    channel: (await a.api.room({ room_id })).channels[0]?.channel_id ?? '',
  });
  const attachments = [{ id: '1', filename: 'x.png', size: hidden.length, content_type: null, content_hash }];
  const named = raw.event({
    room: room_id,
    type: 'm.message',
    event_id: message.event_id,
    content: { ...(toPlain(message.content) as object), attachments },
  });
  assert.equal((await raw.post(a.url, named)).status, 202);
  const at = { room_id, event_id: named.event_id };
  const place = async () => (await a.api.timeline({ room_id })).items[0]?.files[0]?.place;
  const asked = new URLSearchParams({ room_id, content_hash });
  const ask = async () => (await raw.call(a.url, 'GET', `/file?${asked}`)).status;
  assert.equal(await ask(), 404);
  assert.equal(await place(), 'away');
  assert.equal((await getFile(a, at)).status, 503, 'its author hands over nothing');
  raw.handlers.set('/file', () => ({ status: 200, body: 'not these bytes' }));
  await until(
    [a],
    'another attempt',
    async () =>
      (await getFile(a, at)).status === 503 &&
      raw.requests.filter(({ path }) => path.endsWith('/file')).length > 1,
  );
  assert.equal(await ask(), 404);
  await postFile(a, room_id, hidden);
  assert.equal(await ask(), 200, 'somebody here sent it to this room, too');
});

test('a person reads files of rooms that they are in, and continues only their own uploads', async (t) => {
  const node = await openEntrance(t);
  const { room_id } = await node.api.createRoom({ name: 'Family', join_rule: 'invite' });
  const secret = await node.api.createRoom({ name: 'Secret', join_rule: 'invite' });
  const ben = await joined(node, 'ben', { rooms: [room_id] });
  const shown = await postFile(node, room_id, pictureBytes('shown'));
  const hidden = await postFile(node, secret.room_id, pictureBytes('hidden'));
  const path = (room: string, event: string) =>
    `/api/v1/rooms/${encodeURIComponent(room)}/messages/${encodeURIComponent(event)}/files/0/bytes`;
  assert.equal((await ben.send('GET', path(room_id, shown))).status, 200);
  assert.equal((await ben.send('GET', path(secret.room_id, hidden))).status, 403);
  assert.equal((await ben.send('GET', path(room_id, hidden))).status, 404, 'by a room that they are in');
  const { upload_id } = await node.api.startUpload({ room_id, name: 'mine.txt', size: 3 });
  const foreign = uploadBytesPath(room_id, upload_id, 0);
  assert.equal((await ben.send('PUT', foreign, 'abc')).status, 404);
  await assert.rejects(ben.api.cancelUpload({ room_id, upload_id }), /There is no upload/);
  await assert.rejects(ben.api.postMessage({ room_id, uploads: [upload_id] }), /There is no upload/);
  const client_key = 'said-once';
  await ben.api.postMessage({ room_id, body: 'hello', client_key });
  await ben.api.postMessage({ room_id, body: 'hello', uploads: [upload_id], client_key });
  assert.equal((await node.api.upload({ room_id, upload_id })).received, 0, 'it is still there');
  const own = await ben.api.startUpload({ room_id, name: 'hers.txt', size: 3 });
  assert.equal((await ben.send('PUT', uploadBytesPath(room_id, own.upload_id, 0), 'abc')).status, 200);
  await node.api.removeMember({ room_id, user_id: '@ben:a.test' });
  assert.equal((await ben.send('GET', path(room_id, shown))).status, 403, 'a former member');
  assert.equal((await ben.send('PUT', uploadBytesPath(room_id, own.upload_id, 0), 'abc')).status, 403);
});

test('a file that is too large is refused with a sentence before any of it is sent', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const { room_id } = await a.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  const start = (size: number) => a.api.startUpload({ room_id, name: 'film.mkv', size });
  await assert.rejects(start(2 ** 31), /at most 525 MB/);
  for (let n = 0; n < 9; n++) await start(520_000_000);
  await assert.rejects(start(520_000_000), /each person here has 5,000 MB/);
  assert.equal(filesOf(a).length, 9, 'only what was announced');
});

test('a file beyond the owner’s limit is refused before any of it is sent', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const { room_id } = await a.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  const start = (size: number) => a.api.startUpload({ room_id, name: 'film.mkv', size });
  const { files } = await a.api.settings({});
  const limit = (changed: Partial<typeof files>) => a.api.changeSettings({ files: { ...files, ...changed } });
  await limit({ person_mb: 10 });
  await start(10_000_000);
  await assert.rejects(start(1), /would take 11 MB, and each person here has 10 MB/);
  await limit({ all_mb: 10 });
  await assert.rejects(start(1), /would take more than 10 MB/);
  await limit({ spare_mb: 1_000_000_000 });
  await assert.rejects(start(1), /nearly full/);
  for (const all_mb of [-1, 0.5, 1e12, null]) {
    const answer = await fetch(`${a.control}/api/v1/settings`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${a.node.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ files: { ...files, all_mb } }),
    });
    assert.equal(answer.status, 400, String(all_mb));
  }
  await limit({});
  await start(1);
});

test('more bytes than announced end an upload, and a broken or endless one keeps nothing but those', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const { room_id } = await a.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  const { upload_id } = await a.api.startUpload({ room_id, name: 'x', size: 1_000 });
  const at = { room_id, upload_id };
  assert.equal((await putBytes(a, at, Buffer.alloc(1_001))).status, 413);
  const endless = request(a.control + uploadBytesPath(room_id, upload_id, 0), {
    method: 'PUT',
    headers: { authorization: `Bearer ${a.node.token}`, 'transfer-encoding': 'chunked' },
  });
  endless.on('error', () => {});
  const answered = once(endless, 'response');
  for (let n = 0; n < 40; n++) endless.write(Buffer.alloc(65_536));
  const [answer] = await answered;
  assert.equal(answer.statusCode, 413);
  endless.destroy();
  const { received } = await a.api.upload(at);
  assert.equal(received, 0);
  for (const offset of ['-1', 'x', '9'.repeat(20)])
    assert.equal(
      (
        await fetch(
          `${a.control}${uploadBytesPath(room_id, upload_id, 0).replace('offset=0', `offset=${offset}`)}`,
          {
            method: 'PUT',
            headers: { authorization: `Bearer ${a.node.token}` },
            body: 'x',
          },
        )
      ).status,
      400,
      offset,
    );
});

test('only pictures, videos and sound by their first bytes are shown; everything else is saved, and nothing runs', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const { room_id } = await a.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  const files = {
    'page.png': ['<!doctype html><script>alert(1)</script>', null],
    'drawing.svg': ['<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', null],
    'paper.pdf': ['%PDF-1.7', null],
    'bomb.zip': ['PK\x03\x04', null],
    'nothing.png': ['', null],
    'both.html': ['GIF89a/*<script>alert(1)</script>*/', 'image/gif'],
    'photo.jpg': ['\xff\xd8\xff\xe0', 'image/jpeg'],
  } as const;
  for (const [name, [text, shown]] of Object.entries(files)) {
    const bytes = Buffer.from(text, 'latin1');
    const event_id = await postFile(a, room_id, bytes, { name, content_type: 'text/html' });
    const { headers, status } = await getFile(a, { room_id, event_id });
    assert.equal(status, 200, name);
    assert.equal(headers.get('content-type'), shown ?? 'application/octet-stream', name);
    assert.equal(
      headers.get('content-disposition')?.split(';')[0],
      shown === null ? 'attachment' : 'inline',
      name,
    );
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.match(headers.get('content-security-policy') ?? '', /^sandbox;/);
  }
});

test('the name of a file leads nowhere', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const { room_id } = await a.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  const name = '../../../etc/pass"wd\r\nset-cookie: x=1';
  const event_id = await postFile(a, room_id, pictureBytes('x'), { name });
  const { headers } = await getFile(a, { room_id, event_id });
  assert.equal(
    headers.get('content-disposition'),
    "inline; filename*=UTF-8''.._.._.._etc_pass%22wd%20set-cookie%3A%20x%3D1",
  );
  assert.equal(headers.get('set-cookie'), null);
  const [path = ''] = filesOf(a);
  assert.match(path.slice(join(a.dataDir, 'files').length), /^\/[0-9a-f]{2}\/[0-9a-f]{62}$/);
});

test('nothing of a deleted message’s file is left in the data folder', async (t) => {
  const { a, b } = await twoFriends(t);
  const room_id = await roomOfBoth(a, b);
  const bytes = pictureBytes('Unmistakable content');
  const about = { name: 'Unmistakable name.png', thumbhash: 'Unmistakable' };
  const event_id = await postFile(a, room_id, bytes, about);
  await until([b], 'the file at B', async () => (await getFile(b, { room_id, event_id })).status === 200);
  await a.api.deleteMessage({ room_id, event_id });
  const left = ({ dataDir }: LocalNode): string[] =>
    readdirSync(dataDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => {
        const text = readFileSync(path, 'latin1');
        return text.includes('Unmistakable') || text.includes(sha256(bytes));
      });
  for (const node of [a, b]) await until([node], 'nothing left', async () => left(node).length === 0, 70_000);
  for (const { dataDir } of [a, b])
    assert.equal(tablesAsText(join(dataDir, 'node.db')).includes('Unmistakable'), false);
});

test('kill -9 leaves nothing of an unfinished upload, nor of one that no message names yet', async (t) => {
  const child = await startChildNode({ name: 'a.test', dataDir: tempDir(t) }, t);
  const { room_id } = await child.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  const event_id = await postFile(child, room_id, pictureBytes('kept'));
  await uploaded(child, room_id, pictureBytes('never sent'));
  const { upload_id } = await child.api.startUpload({ room_id, name: 'half.png', size: 5_000_000 });
  assert.equal((await putBytes(child, { room_id, upload_id }, Buffer.alloc(2_000_000))).status, 200);
  assert.equal(filesOf(child).length, 3);
  await child.kill();

  const again = await startLocalNode(t, { name: 'a.test', dataDir: child.dataDir, setUp: false });
  assert.equal(filesOf(again).length, 2, 'the unfinished one is gone at once');
  const canceled = await again.api.startUpload({ room_id, name: 'x', size: 1 });
  await again.api.cancelUpload({ room_id, upload_id: canceled.upload_id });
  assert.equal(filesOf(again).length, 1, 'the other one with the next files that are removed');
  assert.equal((await getFile(again, { room_id, event_id })).status, 200);
});
