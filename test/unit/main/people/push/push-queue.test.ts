import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpResult } from '../../../../../main/client/http.ts';
import { newPushSender } from '../../../../../main/crypto/web-push.ts';
import { systemPorts } from '../../../../../main/kernel/ports.ts';
import { type Push, PushQueue } from '../../../../../main/people/push/push-queue.ts';
import type { Subscription } from '../../../../../main/people/push/push-state.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

test('a message that is found twice while it waits is sent once', async (t) => {
  const clock = new VirtualClock();
  const to = { endpoint: 'https://push.test/1', p256dh: newPushSender().publicKey, auth: 'A'.repeat(22) };
  let status = 503;
  const queue = new PushQueue({
    http: {
      request: async () => ({ kind: 'answer', status, body: '', headers: {} }) as HttpResult,
    },
    clock,
    random: systemPorts.random,
    sender: newPushSender,
    contact: () => 'https://a.test',
    subscription: () => to as unknown as Subscription,
    user: () => '@ben:a.test',
    settled: () => {},
    log: { error: (details) => assert.fail(JSON.stringify(details)) },
  });
  t.after(() => queue.stop());
  const told: (readonly string[])[] = [];
  const push = (...events: string[]): Push => ({
    topic: 'room',
    events,
    until: clock.now() + 3_600_000,
    test: null,
    text: async (now) => {
      told.push(now);
      return 'news';
    },
  });
  queue.add('phone', push('$1', '$2'));
  await clock.settle();
  queue.add('phone', push('$2', '$3'));
  status = 201;
  await clock.advance(60_000);
  assert.deepEqual(told, [
    ['$1', '$2'],
    ['$1', '$2', '$3'],
  ]);
});
