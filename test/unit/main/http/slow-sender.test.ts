import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { listen } from '../../../../main/http/listen.ts';
import { until } from '../../../support/until.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const length = 900_000;

/** A listener that reads a body of 900 kB, and a client that has sent the head of it. */
async function receiving(t: TestContext) {
  const clock = new VirtualClock();
  let arrived = 0;
  const listening = await listen(
    (request, response) => {
      request.on('data', (chunk: Buffer) => {
        arrived += chunk.length;
      });
      request.on('end', () => response.end('whole'));
      request.on('error', () => {});
    },
    { host: '127.0.0.1', port: 0, clock },
  );
  t.after(() => listening.close(0));
  const socket: Socket = connect(listening.port, '127.0.0.1');
  t.after(() => socket.destroy());
  socket.on('error', () => {});
  socket.write(`POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${length}\r\n\r\n`);
  const sends = async (bytes: number) => {
    const before = arrived;
    socket.write(Buffer.alloc(bytes, 'x'));
    await until([], 'the bytes', () => arrived === before + bytes);
  };
  return { clock, socket, sends };
}

test('a body of 900 kB that takes 38 seconds is received', async (t) => {
  const { clock, socket, sends } = await receiving(t);
  for (let left = length; left > 0; left -= 24_000) {
    await sends(Math.min(left, 24_000));
    await clock.advance(1_000);
  }
  const [answer] = await once(socket, 'data');
  assert.match(String(answer), /^HTTP\/1\.1 200 .*whole/s);
});

test('a body that stops coming, or comes byte by byte, is cut off after 30 seconds', async (t) => {
  for (const bytes of [0, 1]) {
    const { clock, socket, sends } = await receiving(t);
    const closed = once(socket, 'close');
    await sends(100);
    for (let second = 0; second < 29; second++) {
      if (bytes > 0) await sends(bytes);
      await clock.advance(1_000);
    }
    assert.equal(socket.destroyed, false);
    await clock.advance(3_000);
    await closed;
  }
});
