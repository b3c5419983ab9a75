import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { toPlain } from '../../../shared/protocol/coding/json.ts';
import { filesOf, getFile, pictureBytes, sha256 } from '../../support/nodes/files.ts';
import { roomOfBoth, twoFriends } from '../../support/nodes/local-node.ts';
import { type RawHandler, RawPeer } from '../../support/parties/raw-peer.ts';
import { until } from '../../support/until.ts';

type Lie = (bytes: Buffer) => RawHandler;

const bytesMax = 300_000;
const ok = (bytes: Buffer, headers: Record<string, string> = {}) => ({
  status: 200,
  body: '',
  headers: { 'content-type': 'application/octet-stream', ...headers },
  bytes,
});
const writes =
  (write: (response: ServerResponse) => void): RawHandler =>
  () =>
    write;
const sends = ({ status, headers, bytes }: ReturnType<typeof ok>): RawHandler =>
  writes((response) => response.writeHead(status, headers).end(bytes));

/** Half of the file, and then the connection breaks; `rest` answers what asks for the other half. */
const broken =
  (rest: (response: ServerResponse, bytes: Buffer, from: number) => void): Lie =>
  (bytes) =>
  ({ headers: { range } }) =>
  (response) => {
    if (range !== undefined) return rest(response, bytes, Number(/\d+/.exec(range)));
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, bytesMax / 2), () => response.destroy());
  };

/** The server answers each of these instead of the file. `isOther`: we say that it sent something else. */
const lies: Readonly<Record<string, readonly [Lie, isOther: boolean]>> = {
  'other bytes': [(bytes) => sends(ok(Buffer.alloc(bytes.length, 'x'))), true],
  'one byte less': [(bytes) => sends(ok(bytes.subarray(1))), true],
  'one byte more': [(bytes) => sends(ok(Buffer.concat([bytes, Buffer.from('x')]))), true],
  nothing: [() => sends(ok(Buffer.alloc(0))), true],
  'bytes without end': [
    () =>
      writes((response) => {
        const more = () => {
          while (!response.destroyed && response.write(Buffer.alloc(65_536)));
        };
        response.on('drain', more);
        more();
      }),
    true,
  ],
  'a length that is too large': [
    (bytes) =>
      writes(({ socket }) => {
        socket?.write(head(`Content-Length: ${bytes.length + 1_000_000}`));
        socket?.end(bytes);
      }),
    false,
  ],
  'a length that isn’t one': [
    () => writes((response) => response.socket?.end(head('Content-Length: many'))),
    false,
  ],
  'another answer after the file': [
    (bytes) =>
      writes((response) => {
        response.socket?.write(head(`Content-Length: ${bytes.length - 1}`));
        response.socket?.end(Buffer.concat([bytes, Buffer.from('HTTP/1.1 200 OK\r\n\r\n')]));
      }),
    true,
  ],
  'a part for the whole': [
    (bytes) => sends({ ...ok(bytes, { 'content-range': `bytes 0-9/${bytes.length}` }), status: 206 }),
    false,
  ],
  'a part with other bytes than asked for': [
    broken((response, bytes, from) =>
      response
        .writeHead(206, { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` })
        .end(bytes.subarray(0, bytes.length - from)),
    ),
    true,
  ],
  'the whole for a part': [broken((response, bytes) => response.writeHead(200).end(bytes)), false],
  'a break at each byte': [broken((response) => response.destroy()), false],
  'a redirect to the file': [
    (bytes) => (request) => (response) => {
      if (request.query.has('redirected')) response.end(bytes);
      else response.writeHead(307, { location: `${request.path}?${request.query}&redirected=1` }).end();
    },
    false,
  ],
  'a compressed file': [(bytes) => sends(ok(bytes, { 'content-encoding': 'gzip' })), false],
  'no file': [() => () => ({ status: 404, body: { code: 'NOT_FOUND', message: 'gone' } }), false],
};

const head = (line: string): string => `HTTP/1.1 200 OK\r\n${line}\r\n\r\n`;

test('nothing is kept of an answer in place of a file, and the next server is asked', async (t) => {
  const { a, b } = await twoFriends(t);
  const room_id = await roomOfBoth(a, b);
  const raw = await new RawPeer('raw.test').listen(t);
  for (const node of [a, b]) await node.api.addPeer({ endpoint: raw.url });
  const user_id = '@user:raw.test';
  await raw.call(a.url, 'POST', '/join', JSON.stringify({ origin_server: 'raw.test', room_id, user_id }));
  const channel = (await a.api.room({ room_id })).channels[0]?.channel_id ?? '';
  const answers = new Map<string, RawHandler>();
  raw.handlers.set('/file', (request) => answers.get(hashIn(request))?.(request) ?? 'hang');
  const files: { what: string; lie: RawHandler; isOther: boolean; bytes: Buffer; event_id: string }[] = [];
  for (const [what, [lieOf, isOther]] of Object.entries(lies)) {
    const bytes = pictureBytes(what, bytesMax);
    const { content, event_id } = raw.message(room_id, what, { channel });
    const about = { id: '1', filename: 'x.png', size: bytes.length, content_type: null };
    const attachments = [{ ...about, content_hash: sha256(bytes) }];
    const event = raw.event({
      room: room_id,
      type: 'm.message',
      event_id,
      content: { ...(toPlain(content) as object), attachments },
    });
    assert.equal((await raw.post(a.url, event)).status, 202);
    files.push({ what, lie: lieOf(bytes), isOther, bytes, event_id });
  }
  const last = files.at(-1)?.event_id;
  await until([b], 'the messages', async () =>
    (await b.api.timeline({ room_id })).items.some(({ event_id }) => event_id === last),
  );

  for (const { lie, bytes } of files) answers.set(sha256(bytes), lie);
  const refusals = files.map(async ({ what, isOther, event_id }) => {
    const answer = await getFile(b, { room_id, event_id });
    assert.equal(answer.status, 503, what);
    const { message } = (await answer.json()) as { message: string };
    assert.match(message, /raw\.test/, what);
    assert.equal(message.startsWith('raw.test sent something else'), isOther, what);
  });
  await Promise.all(refusals);
  assert.deepEqual(filesOf(b), []);
  const asked = raw.requests.filter(({ path }) => path.endsWith('/file'));
  for (const { what, bytes } of files) {
    const times = asked.filter((request) => hashIn(request) === sha256(bytes)).length;
    assert.ok(times >= 1 && times <= 3, `${what}: asked ${times} times`);
  }
  assert.equal(
    asked.some(({ query }) => query.has('redirected')),
    false,
  );

  // The home gets the files, and then has them for others.
  for (const { bytes } of files) answers.set(sha256(bytes), sends(ok(bytes)));
  for (const { what, event_id } of files)
    assert.equal((await getFile(a, { room_id, event_id })).status, 200, what);
  for (const { lie, bytes } of files) answers.set(sha256(bytes), lie);
  for (const { what, bytes, event_id } of files)
    await until([b], `${what}: the file from the home`, async () => {
      const answer = await getFile(b, { room_id, event_id });
      return answer.status === 200 && Buffer.from(await answer.arrayBuffer()).equals(bytes);
    });
});

const hashIn = ({ query }: Parameters<RawHandler>[0]): string => query.get('content_hash') ?? '';
