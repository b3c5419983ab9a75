import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { createLog } from '../../../../main/kernel/log.ts';
import { wireEvent } from '../../../../shared/protocol/events/envelope.ts';
import { federationPrefix, wellKnownPath } from '../../../../shared/protocol/transport.ts';
import { besiege, footprint } from '../../../support/attack/node.ts';
import { type Line, open, serverOf, written } from '../../../support/attack/socket.ts';

const target = `${federationPrefix}/event`;

function errorsSaid() {
  const said: unknown[] = [];
  const note = (...line: unknown[]) => said.push(line);
  return { log: Object.assign(createLog('silent'), { error: note, warn: note }), said };
}

test('slow heads and slow bodies are cut off, and leave nothing behind, not even an error in the log', async (t) => {
  const { log, said } = errorsSaid();
  const siege = await besiege(t, { parts: { log } });
  const { node, raw, room } = siege;
  const server = await serverOf(t, siege.node.url, wellKnownPath);
  assert.ok(server.headersTimeout > 0 && server.headersTimeout <= 20_000, 'heads');
  assert.ok(server.requestTimeout > 0 && server.requestTimeout <= 180_000, 'whole requests');
  assert.ok(server.keepAliveTimeout > 0 && server.keepAliveTimeout <= 120_000, 'idle connections');
  const before = await footprint(node, [raw]);
  const lines = await Promise.all(Array.from({ length: 4 }, () => open(node.url)));
  const [silent, slowHead, slowBody, slowChunks] = lines as [Line, Line, Line, Line];
  const body = wireEvent(raw.message(room, 'drop by drop'));
  const headers = Object.entries(raw.headers('POST', target, body));
  slowHead.socket.write(`POST ${target} HTTP/1.1\r\nHost: a.test\r\nX-Drop: `);
  slowBody.socket.write(
    written('POST', target, [...headers, ['Content-Length', String(body.length)]], body.slice(0, 9)),
  );
  slowChunks.socket.write(
    written('POST', target, [...headers, ['Transfer-Encoding', 'chunked']], '3\r\n{"e\r\n'),
  );
  server.headersTimeout = 50;
  server.requestTimeout = 50;
  for (const text of await Promise.all(lines.map(({ end }) => end)))
    assert.match(text, /^$|^HTTP\/1\.1 4\d\d /);
  assert.ok(silent.socket.destroyed);
  assert.deepEqual(await footprint(node, [raw]), before);
  assert.deepEqual(said, []);
});

test('a client that hangs up midway leaves nothing behind, not even an error in the log', async (t) => {
  const { log, said } = errorsSaid();
  const siege = await besiege(t, { parts: { log } });
  const { node, raw, room } = siege;
  const before = await footprint(node, [raw]);
  const server = await serverOf(t, siege.node.url, wellKnownPath);
  for (let i = 0; i < 20; i++) {
    const body = wireEvent(raw.message(room, 'never mind'));
    const line = await open(node.url);
    const headers = Object.entries(raw.headers('POST', target, body));
    const arrived = once(server, 'request');
    line.socket.write(
      written('POST', target, [...headers, ['Content-Length', String(body.length)]], body.slice(0, 99)),
    );
    const [, response] = await arrived;
    const closed = once(response, 'close');
    line.socket.resetAndDestroy();
    await closed;
  }
  assert.deepEqual(await footprint(node, [raw]), before);
  assert.deepEqual(said, []);
});
