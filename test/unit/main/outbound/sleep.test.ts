import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Delivery } from '../../../../main/outbound/delivery/delivery.ts';
import { Traffic } from '../../../../main/outbound/traffic.ts';

function traffic() {
  const did: string[] = [];
  const part = (name: string) => ({
    start: () => void did.push(`${name} starts`),
    stop: async () => void did.push(`${name} stops`),
  });
  const delivery = {
    setPaused: (why: unknown) => void did.push(why === null ? 'delivery goes on' : 'delivery pauses'),
    woke: () => void did.push('everything is tried at once'),
  };
  const made = new Traffic({
    delivery: delivery as unknown as Delivery,
    receipts: part('receipts'),
    catchUp: part('catch-up'),
    rediscovery: part('rediscovery'),
  });
  return { traffic: made, did };
}

test('after the machine slept everything goes on, and every destination is tried at once', async () => {
  const { traffic: made, did } = traffic();
  await made.setPaused(true);
  did.length = 0;
  await made.wake(false);
  assert.deepEqual(did, [
    'delivery goes on',
    'receipts starts',
    'catch-up starts',
    'rediscovery starts',
    'everything is tried at once',
  ]);
});

test('what the owner paused stays paused after the machine slept', async () => {
  const { traffic: made, did } = traffic();
  await made.wake(true);
  assert.ok(did.includes('delivery pauses'));
  assert.ok(!did.some((what) => what.endsWith('starts')));
});
