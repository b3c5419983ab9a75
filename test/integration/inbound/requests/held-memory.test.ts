import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { wireEvent } from '../../../../shared/protocol/events/envelope.ts';
import { limits } from '../../../../shared/protocol/limits.ts';
import { federationPrefix } from '../../../../shared/protocol/transport.ts';
import { addRaw } from '../../../support/attack/home.ts';
import { assertError, besiege, footprint, joins } from '../../../support/attack/node.ts';
import { type Line, open, written } from '../../../support/attack/socket.ts';
import { RawPeer } from '../../../support/parties/raw-peer.ts';
import { until } from '../../../support/until.ts';

const target = `${federationPrefix}/event`;
const large = 'x'.repeat(limits.contentBytesMax - 500);

test('bodies with forged signatures that never end hold a bounded amount, and keep no peer waiting', async (t) => {
  const siege = await besiege(t);
  const { node, raw, room } = siege;
  const forger = new RawPeer('raw.test');
  const body = wireEvent(forger.message(room, large));
  const before = await footprint(node, [raw]);
  const lines: Line[] = [];
  t.after(() => {
    for (const { socket } of lines) socket.destroy();
  });
  const count = 60;
  for (let i = 0; i < count; i++) {
    const line = await open(node.url);
    lines.push(line);
    const headers = [
      ...Object.entries(forger.headers('POST', target, body)),
      ['Content-Length', String(body.length)] as const,
    ];
    line.socket.write(written('POST', target, headers, body.slice(0, -1)));
  }
  const openMax = Math.ceil(limits.unverifiedBytes.perAddress / body.length) + 1;
  await until([node], 'most of them to be cut off', async () => {
    const cut = lines.filter(({ socket }) => socket.destroyed).length;
    return cut >= count - openMax;
  });
  assert.equal((await raw.post(node.url, raw.message(room, large))).status, 202);
  for (const { socket } of lines) socket.destroy();
  const now = await footprint(node, [raw]);
  assert.notDeepEqual(now, before, 'only what the peer itself sent has left a trace');
});

test('whole bodies behind the fetch of a dead peer’s key hold no memory, and keep no other peer waiting', async (t) => {
  const siege = await besiege(t);
  const { node, raw, room } = siege;
  const dead = await addRaw(t, node, 'dead.test');
  dead.handlers.set('/keys', () => 'hang');
  const forger = new RawPeer('dead.test');
  forger.keyId = 'made-up';
  const body = wireEvent(forger.message(room, large));
  const headers = [
    ...Object.entries(forger.headers('POST', target, body)),
    ['Content-Length', String(body.length)] as const,
  ];
  const count = Math.ceil((2 * limits.unverifiedBytes.total) / body.length);
  const lines: Line[] = [];
  t.after(() => {
    for (const { socket } of lines) socket.destroy();
  });
  for (let i = 0; i < count; i++) {
    const line = await open(node.url);
    lines.push(line);
    line.socket.write(written('POST', target, headers, body));
  }
  // Bodies for which there is no place are refused.
  const waitingMax = limits.keyWaitBytes.perOrigin / limits.keyWaitBytes.each;
  await until([node], 'only some to wait', async () => openOf(lines) <= waitingMax);
  for (let n = 0; n < 5; n++)
    assert.equal((await raw.post(node.url, raw.message(room, `${n} ${large}`))).status, 202);
  assert.ok(openOf(lines) > 0, 'some still wait');
});

const openOf = (lines: readonly Line[]): number => lines.filter(({ socket }) => !socket.destroyed).length;

test('pages that nobody reads hold a bounded amount, cost other peers nothing, and are cut off', {
  timeout: 90_000,
}, async (t) => {
  const siege = await besiege(t);
  const { node, raw, room } = siege;
  const other = await addRaw(t, node, 'other.test');
  assert.equal((await joins({ ...siege, raw: other }, '@user:other.test')).status, 200);
  for (let i = 0; i < 6; i++) assert.equal((await raw.post(node.url, raw.message(room, large))).status, 202);
  const path = `${federationPrefix}/events?room_id=${room}&limit=1000`;
  const read = (by: RawPeer) => by.call(node.url, 'GET', `/events?room_id=${room}&limit=1000`);
  const { hostname, port } = new URL(node.url);
  for (let i = 0; i < 40; i++) {
    const socket = connect({ host: hostname, port: Number(port) });
    t.after(() => socket.destroy());
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.pause();
    const headers = Object.entries(raw.headers('GET', path, ''));
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    socket.write(`GET ${path} HTTP/1.1\r\nHost: a.test\r\n${lines}\r\n`);
  }
  const answer = await until([node], 'a refusal', async () => {
    const answer = await read(raw);
    return answer.status === 200 ? undefined : answer;
  });
  assertError(answer, { status: 429, code: 'RATE_LIMITED' });
  assert.equal(answer.headers.get('retry-after'), '1');
  assert.equal((await read(other)).status, 200, 'another peer');
  await until([node], 'room for another page', async () => (await read(raw)).status === 200);
});

test('a sender that is refused while it is still writing can read why', async (t) => {
  const { node, raw } = await besiege(t);
  const refused = async () => {
    const { socket, end } = await open(node.url);
    const headers = Object.entries(raw.headers('POST', target, ''));
    socket.write(written('POST', target, [...headers, ['Transfer-Encoding', 'chunked']]));
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    for (let n = 0; n < 40; n++) socket.write(chunk);
    assert.match(await end, /^HTTP\/1\.1 413 [\s\S]*larger than/);
  };
  await Promise.all(Array.from({ length: 20 }, refused));
});

test('the body of a refused sender isn’t read forever', { timeout: 30_000 }, async (t) => {
  const { node, raw } = await besiege(t);
  const { socket, end } = await open(node.url);
  const headers = Object.entries(raw.headers('POST', target, ''));
  socket.write(written('POST', target, [...headers, ['Transfer-Encoding', 'chunked']]));
  const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
  let sent = 0;
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk)) sent += chunk.length;
  };
  socket.on('drain', more);
  more();
  await end;
  assert.ok(sent < 64 * limits.bodyBytesMax, `${sent} bytes`);
});
