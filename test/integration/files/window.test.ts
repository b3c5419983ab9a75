import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesPathOf, forwardBytes } from '../../../main/desktop/window/file-forward.ts';
import { fileBytesPath, pictureBytesPath, uploadBytesPath } from '../../../shared/api/file-bytes.ts';
import { faceBytes, pictureBytes, sha256 } from '../../support/nodes/files.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import { until } from '../../support/until.ts';

test('the window sends and reads files through the node’s own API, and asks for nothing else there', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const own = { control: node.control, token: node.node.token };
  const { room_id } = await node.api.createRoom({ name: 'Lobby', join_rule: 'invite' });
  const bytes = pictureBytes('window', 200_000);
  const { upload_id } = await node.api.startUpload({ room_id, name: 'cat.png', size: bytes.length });
  const ask = (path: string, init: RequestInit = {}) => {
    const request = new Request(`app://paracord${path}`, init);
    return { request, path: bytesPathOf(request) };
  };
  const put = ask(uploadBytesPath(room_id, upload_id, 0), { method: 'PUT', body: bytes });
  const sent = await forwardBytes(put.request, put.path ?? '', own);
  assert.deepEqual(await sent.json(), {
    upload_id,
    size: bytes.length,
    received: bytes.length,
    complete: true,
  });
  const { event_id } = await node.api.postMessage({ room_id, uploads: [upload_id] });
  const get = ask(fileBytesPath(room_id, event_id, 0), { headers: { range: 'bytes=1-3' } });
  const part = await forwardBytes(get.request, get.path ?? '', own);
  assert.deepEqual(
    [part.status, part.headers.get('content-type'), await part.text()],
    [206, 'image/png', 'PNG'],
  );
  assert.match(part.headers.get('content-security-policy') ?? '', /^sandbox/);
  const face = faceBytes('window');
  await node.api.changeProfile({ picture: face.toString('base64') });
  const look = ask(pictureBytesPath('@a:a.test', sha256(face)));
  const shown = await forwardBytes(look.request, look.path ?? '', own);
  assert.deepEqual(Buffer.from(await shown.arrayBuffer()), face);
  assert.match(shown.headers.get('cache-control') ?? '', /immutable/);
  for (const [path, method] of [
    ['/api/v1/people/x/pictures/y/bytes', 'GET'],
    ['/api/v1/status', 'GET'],
    ['/api/v1/rooms/x/messages/y/files/0/bytes', 'DELETE'],
    ['/api/v1/rooms/x/uploads/y/bytes', 'GET'],
    ['/api/v1/rooms/../../tokens/x/messages/y/files/0/bytes/..', 'GET'],
    ['/api/v1/rooms/x/messages/y/files/z/bytes', 'GET'],
    ['/api/v1x/rooms/x/messages/y/files/0/bytes', 'GET'],
  ] as const)
    assert.equal(bytesPathOf({ url: `app://paracord${path}`, method }), null, path);
});

test('an upload that the window cancels, or whose bytes can’t be read, ends alone', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const own = { control: node.control, token: node.node.token };
  const { room_id } = await node.api.createRoom({ name: 'Lobby', join_rule: 'invite' });
  const at = { room_id, upload_id: '' };
  at.upload_id = (await node.api.startUpload({ room_id, name: 'cat.png', size: 1_000_000 })).upload_id;
  const url = `app://paracord${uploadBytesPath(room_id, at.upload_id, 0)}`;
  for (const why of ['canceled', 'unreadable']) {
    const canceled = new AbortController();
    let broken: (error: Error) => void = () => {};
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.alloc(10_000));
        broken = (error) => controller.error(error);
      },
    });
    const init = { method: 'PUT', body, duplex: 'half', signal: canceled.signal } as const;
    const request = new Request(url, init);
    const { received: before } = await node.api.upload(at);
    const path = bytesPathOf({ url: url.replace('offset=0', `offset=${before}`), method: 'PUT' });
    const sending = assert.rejects(forwardBytes(request, path ?? '', own));
    await until([node], 'the first bytes', async () => (await node.api.upload(at)).received > before);
    if (why === 'canceled') canceled.abort();
    broken(new Error(why));
    await sending;
  }
});
