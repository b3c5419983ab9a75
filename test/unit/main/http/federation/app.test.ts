import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createFederationApp } from '../../../../../main/http/federation/app.ts';
import { listen } from '../../../../../main/http/listen.ts';
import { systemPorts } from '../../../../../main/kernel/ports.ts';

const { clock } = systemPorts;

/** A listener with two calls whose disk the test ends waiting for by hand. */
async function appFor(t: TestContext) {
  const sync = Promise.withResolvers<void>();
  const answered: string[] = [];
  const handle = async () => {
    answered.push('handled');
    return { status: 200, body: '{}', sent: () => void answered.push('sent') };
  };
  const app = createFederationApp({
    routes: [
      { method: 'GET', path: '/read', handle },
      { method: 'POST', path: '/write', handle },
    ],
    clock,
    disk: { answerTo: (error) => error },
    onDisk: () => sync.promise,
    measure: () => () => {},
    log: { error: () => {}, debug: () => {} },
  });
  const listening = await listen(app, { host: '127.0.0.1', port: 0, clock });
  t.after(() => listening.close(0));
  return { url: listening.url, sync, answered };
}

test('an answer leaves only when its content is on disk', async (t) => {
  const { url, sync, answered } = await appFor(t);
  const read = fetch(`${url}/read`).then(({ status }) => answered.push(String(status)));
  assert.equal(
    (await fetch(`${url}/write`, { method: 'POST' })).status,
    200,
    'a write waited for its own rows',
  );
  const handled = () => answered.filter((step) => step === 'handled').length;
  while (handled() < 2) await setImmediate();
  assert.equal(answered.includes('200'), false);
  sync.resolve();
  await read;
  assert.ok(answered.includes('200'));
});

test('content that could not be written to disk is not shown, and no longer counts as being sent', async (t) => {
  const { url, sync, answered } = await appFor(t);
  const read = fetch(`${url}/read`);
  sync.promise.catch(() => {});
  sync.reject(new Error('input/output error'));
  assert.equal((await read).status, 500);
  // The connection's first answer is over by the time of the next.
  await fetch(`${url}/write`, { method: 'POST' });
  assert.deepEqual(answered.slice(0, 2), ['handled', 'sent']);
});
