import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { listen, requestProven } from '../../../../main/http/listen.ts';
import { systemPorts } from '../../../../main/kernel/ports.ts';
import { wireEvent } from '../../../../shared/protocol/events/envelope.ts';
import { invitePagePath } from '../../../../shared/protocol/invites/invite-link.ts';
import { federationPrefix, wellKnownPath } from '../../../../shared/protocol/transport.ts';
import { besiege } from '../../../support/attack/node.ts';
import { answersIn, type Line, open, serverOf, throwAt, written } from '../../../support/attack/socket.ts';
import { startLocalNode } from '../../../support/nodes/local-node.ts';
import { RawPeer } from '../../../support/parties/raw-peer.ts';

const request = 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n';
const begun = 'POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 9\r\n\r\n';

/** A listener for 4 connections, and lines to it. */
async function listenerFor(t: TestContext, handler: RequestListener) {
  const { clock } = systemPorts;
  const listening = await listen(handler, { host: '127.0.0.1', port: 0, clock, connectionsMax: 4 });
  t.after(() => listening.close(0));
  const lines: Socket[] = [];
  const line = async (): Promise<Socket> => {
    const one = connect(listening.port, '127.0.0.1').on('error', () => {});
    t.after(() => one.destroy());
    await once(one, 'connect');
    lines.push(one);
    return one;
  };
  return { line, lines };
}

test('over the limit, the connection that is longest without a proven request gives way, never one with such a request', async (t) => {
  const waiting: ServerResponse[] = [];
  let arrived = () => {};
  const { line, lines } = await listenerFor(t, (_, response) => {
    requestProven(response);
    waiting.push(response);
    arrived();
  });
  const asks = async (one: Socket): Promise<void> => {
    const reached = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    one.write(request);
    await reached;
  };
  const busy = await line();
  await asks(busy);
  const idle = await line();
  const [closed] = [once(idle, 'close')];
  for (let n = 0; n < 2; n++) await line();
  assert.equal(idle.destroyed, false, 'four are within the limit');
  const fifth = await line();
  idle.resume();
  await closed;
  await asks(fifth);
  for (const response of waiting) response.end('answered');
  for (const one of [busy, fifth]) {
    const [answer] = (await once(one, 'data')) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 200 /);
  }
  assert.deepEqual(
    lines.map((one) => one.destroyed),
    [false, true, false, false, false],
  );
});

test('requests that have only begun, or whose sender isn’t proven, give way to others', async (t) => {
  for (const what of [begun, `${begun}x`, request]) {
    let arrived = 0;
    const { line, lines } = await listenerFor(t, (asked, response) => {
      arrived++;
      if (asked.url === '/honest') response.end('answered');
    });
    for (let n = 0; n < 4; n++) (await line()).write(what);
    while (arrived < 4) await new Promise(setImmediate);
    const honest = await line();
    honest.write(request.replace('/', '/honest'));
    const [answer] = (await once(honest, 'data')) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 200 /, what);
    assert.equal(lines.slice(1).filter((one) => one.destroyed).length, 0, what);
  }
});

test('4000 requests that have begun, with one byte of body or none, lock no peer out', async (t) => {
  const { node, raw, room } = await besiege(t);
  const forger = new RawPeer('raw.test');
  const target = `${federationPrefix}/event`;
  const body = wireEvent(forger.message(room, 'never sent'));
  const headers = [
    ...Object.entries(forger.headers('POST', target, body)),
    ['Content-Length', String(body.length)] as const,
  ];
  const lines: Line[] = [];
  t.after(() => {
    for (const { socket } of lines) socket.destroy();
  });
  const server = await serverOf(t, node.url, wellKnownPath);
  let arrived = 0;
  server.on('request', () => arrived++);
  for (let n = 0; n < 4000; n += 200)
    await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        const line = await open(node.url);
        lines.push(line);
        line.socket.write(written('POST', target, headers, body.slice(0, i % 2)));
      }),
    );
  while (arrived < 4000) await new Promise(setImmediate);
  for (let n = 0; n < 20; n++)
    assert.equal((await raw.post(node.url, raw.message(room, `honest ${n}`))).status, 202);
  assert.equal((await fetch(node.url + wellKnownPath)).status, 200);
});

test('a connection that sends many requests before it has the answers is cut off after a few', async (t) => {
  const handled: ServerResponse[] = [];
  const { line } = await listenerFor(t, (_, response) => {
    handled.push(response);
  });
  const one = await line();
  const closed = new Promise((resolve) => one.once('close', resolve));
  one.write(request.repeat(2180));
  await closed;
  assert.equal(handled.length, 4);
  const other = await line();
  other.write(request);
  while (handled.length < 5) await new Promise(setImmediate);
  handled.at(-1)?.end('answered');
  await once(other, 'data');
});

test('2180 requests for the page of invites in one piece get no answers worth the name', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const page = `GET ${invitePagePath} HTTP/1.1\r\nHost: a.test\r\n\r\n`;
  const text = await throwAt(node.url, page.repeat(2180));
  assert.ok(answersIn(text) <= 4, `${answersIn(text)} answers`);
  const few = await throwAt(node.url, page.repeat(3), page.replace('Host', 'Connection: close\r\nHost'));
  assert.equal(answersIn(few), 4);
});
