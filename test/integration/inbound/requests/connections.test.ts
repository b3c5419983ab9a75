import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { listen } from '../../../../main/http/listen.ts';
import { systemPorts } from '../../../../main/kernel/ports.ts';

const request = 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n';

test('over the limit, the connection that has been idle for longest gives way, never one with a request running', async (t) => {
  const waiting: ServerResponse[] = [];
  let arrived = () => {};
  const listening = await listen(
    (_, response) => {
      waiting.push(response);
      arrived();
    },
    { host: '127.0.0.1', port: 0, clock: systemPorts.clock, connectionsMax: 4 },
  );
  t.after(() => listening.close(0));
  const lines: Socket[] = [];
  const open = async (): Promise<Socket> => {
    const line = connect(listening.port, '127.0.0.1').on('error', () => {});
    t.after(() => line.destroy());
    await once(line, 'connect');
    lines.push(line);
    return line;
  };
  const asks = async (line: Socket): Promise<void> => {
    const reached = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    line.write(request);
    await reached;
  };
  const busy = await open();
  await asks(busy);
  const idle = await open();
  const [closed] = [once(idle, 'close')];
  for (let n = 0; n < 2; n++) await open();
  assert.equal(idle.destroyed, false, 'four are within the limit');
  const fifth = await open();
  idle.resume();
  await closed;
  await asks(fifth);
  for (const response of waiting) response.end('answered');
  for (const line of [busy, fifth]) {
    const [answer] = (await once(line, 'data')) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 200 /);
  }
  assert.deepEqual(
    lines.map((line) => line.destroyed),
    [false, true, false, false, false],
  );
});
