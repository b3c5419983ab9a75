import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesPathOf, forwardBytes } from '../../../main/desktop/window/file-forward.ts';
import { fileBytesPath, uploadBytesPath } from '../../../shared/api/file-bytes.ts';
import { pictureBytes } from '../../support/nodes/files.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';

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
  for (const [path, method] of [
    ['/api/v1/status', 'GET'],
    ['/api/v1/rooms/x/messages/y/files/0/bytes', 'DELETE'],
    ['/api/v1/rooms/x/uploads/y/bytes', 'GET'],
    ['/api/v1/rooms/../../tokens/x/messages/y/files/0/bytes/..', 'GET'],
    ['/api/v1/rooms/x/messages/y/files/z/bytes', 'GET'],
    ['/api/v1x/rooms/x/messages/y/files/0/bytes', 'GET'],
  ] as const)
    assert.equal(bytesPathOf({ url: `app://paracord${path}`, method }), null, path);
});
