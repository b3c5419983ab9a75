import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import dns from 'node:dns';
import { once } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { openSocket } from '../../../../main/client/probe.ts';
import { UndiciHttp } from '../../../../main/client/undici-http.ts';

const skip = process.platform === 'linux' ? false : 'needs the way Linux answers when a queue is full';
const policy = { byOwner: true, tlsSha256: null };
const name = 'slow.test';
const program = `require('node:http').createServer((_, answer) => answer.end('late'))
  .listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () { console.log(this.address().port); })`;

/**
 * A server whose queue of connections is full, so that the next handshake takes a second: its first packet is lost. The
 * name has a second address, where nobody listens.
 */
async function slowServer(t: TestContext): Promise<{ readonly url: URL; readonly goOn: () => void }> {
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const [line] = await once(child.stdout, 'data');
  const url = new URL(`http://${name}:${Number(String(line))}/`);
  child.kill('SIGSTOP');
  const filling = [1, 2].map(() => connect(Number(url.port), '127.0.0.1'));
  t.after(() => filling.forEach((socket) => void socket.destroy()));
  for (const socket of filling) socket.on('error', () => {});
  await Promise.all(filling.map((socket) => once(socket, 'connect')));
  t.mock.method(dns, 'lookup', (_: string, __: object, done: (error: null, found: object[]) => void) =>
    done(null, [
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]),
  );
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  return { url, goOn: () => child.kill('SIGCONT') };
}

test('a call reaches a name with two addresses although the handshake takes a second', {
  skip,
}, async (t) => {
  const { url, goOn } = await slowServer(t);
  const http = new UndiciHttp();
  t.after(() => http.close());
  const plain = { method: 'GET', url: url.href, headers: {}, body: null } as const;
  const calling = http.request({ ...plain, policy, timeoutMs: 15_000, answerBytesMax: 100 });
  setImmediate(goOn);
  const answer = await calling;
  assert.equal(answer.kind === 'answer' ? answer.body : JSON.stringify(answer), 'late');
});

test('a check finds the port of such a name open', { skip }, async (t) => {
  const { url, goOn } = await slowServer(t);
  const opening = openSocket(url, policy);
  setImmediate(goOn);
  assert.equal((await opening).code, 'network.port_open');
});
