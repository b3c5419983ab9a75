import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Order } from '../../../../../main/http/federation/order.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

const peer = 'b.test';

function orderIn(...stored: string[]) {
  const clock = new VirtualClock();
  return { clock, order: new Order(clock, (id) => stored.includes(id)) };
}

test('an event that is stored, or was refused for good, holds up nothing', async () => {
  const { order } = orderIn('$stored');
  assert.equal(await order.isOver(peer, '$stored'), true);
  order.note(peer, '$refused', 'refused');
  assert.equal(await order.isOver(peer, '$refused'), true);
});

test('an event waits for the one before it, until that is stored, refused or has failed', async () => {
  for (const [ending, isOver] of [
    ['stored', true],
    ['refused', true],
    ['failed', false],
  ] as const) {
    const { order } = orderIn();
    const waiting = [order.isOver(peer, '$1'), order.isOver(peer, '$1')];
    order.note(peer, '$2', 'stored');
    order.note('other.test', '$1', 'stored');
    assert.equal(await Promise.race([...waiting, Promise.resolve('waits')]), 'waits');
    order.note(peer, '$1', ending);
    assert.deepEqual(await Promise.all(waiting), [isOver, isOver], ending);
  }
});

test('a refusal to another peer lets nothing of this peer pass', async () => {
  const { clock, order } = orderIn();
  order.note('other.test', '$1', 'refused');
  const waiting = order.isOver(peer, '$1');
  await clock.advance(5_000);
  assert.equal(await waiting, false);
});

test('an event does not wait longer than five seconds', async () => {
  const { clock, order } = orderIn();
  let answer: boolean | null = null;
  void order.isOver(peer, '$never').then((isOver) => {
    answer = isOver;
  });
  await clock.advance(4_999);
  assert.equal(answer, null);
  await clock.advance(1);
  assert.equal(answer, false);
});

test('a peer can make at most sixteen requests wait, and delays no other peer', async () => {
  const { clock, order } = orderIn();
  const waiting = Array.from({ length: 16 }, (_, i) => order.isOver(peer, `$${i}`));
  assert.equal(await order.isOver(peer, '$more'), false);
  const other = order.isOver('other.test', '$1');
  order.note('other.test', '$1', 'stored');
  assert.equal(await other, true);
  await clock.advance(5_000);
  assert.deepEqual(new Set(await Promise.all(waiting)), new Set([false]));
  const again = order.isOver(peer, '$more');
  order.note(peer, '$more', 'stored');
  assert.equal(await again, true, 'those that gave up make room');
});
