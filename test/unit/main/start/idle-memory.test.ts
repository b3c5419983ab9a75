import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  growLittle,
  optimize,
  optimizeOnceBusy,
  ownHeap,
  returnMemoryWhenIdle,
} from '../../../../main/start/idle-memory.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const megabyte = 1024 * 1024;

function idle() {
  const clock = new VirtualClock();
  const heap = { share: 0, bytes: 30 * megabyte, collected: 0 };
  const end = returnMemoryWhenIdle(clock, {
    busy: () => heap.share,
    size: () => heap.bytes,
    collect: () => {
      heap.collected += 1;
      heap.bytes = 20 * megabyte;
    },
  });
  return { clock, heap, end };
}

test('what a start left behind is collected once the node is idle', async () => {
  const { clock, heap } = idle();
  await clock.advance(9_000);
  assert.equal(heap.collected, 0);
  await clock.advance(2_000);
  assert.equal(heap.collected, 1);
});

test('nothing is collected while the node is busy', async () => {
  const { clock, heap } = idle();
  heap.share = 0.06;
  await clock.advance(60_000);
  assert.equal(heap.collected, 0);
  heap.share = 0.05;
  await clock.advance(10_000);
  assert.equal(heap.collected, 1);
});

test('an idle node collects again only after it grew by 8 MB', async () => {
  const { clock, heap } = idle();
  await clock.advance(10_000);
  heap.bytes = 28 * megabyte - 1;
  await clock.advance(600_000);
  assert.equal(heap.collected, 1);
  heap.bytes = 28 * megabyte;
  await clock.advance(10_000);
  assert.equal(heap.collected, 2);
});

test('nothing is collected after the end', async () => {
  const { clock, heap, end } = idle();
  end();
  await clock.advance(60_000);
  assert.equal(heap.collected, 0);
});

test('collecting frees what nothing refers to any more', async () => {
  const freed = new WeakRef({});
  // A new reference lives until the end of its turn.
  await new Promise((turn) => setImmediate(turn));
  ownHeap().collect();
  assert.equal(freed.deref(), undefined);
});

function starting() {
  const clock = new VirtualClock();
  const node = { share: 0, optimized: 0, looks: 0 };
  const busy = () => {
    node.looks += 1;
    return node.share;
  };
  const end = optimizeOnceBusy(clock, busy, () => {
    node.optimized += 1;
  });
  return { clock, node, end };
}

test('a node whose event loop is busy all the time gets optimized code within two seconds, once', async () => {
  const { clock, node } = starting();
  node.share = 1;
  await clock.advance(1_000);
  assert.equal(node.optimized, 0);
  await clock.advance(1_000);
  assert.equal(node.optimized, 1);
  await clock.advance(60_000);
  assert.deepEqual([node.optimized, node.looks], [1, 2]);
});

test('a node with more than a little work gets optimized code after a while', async () => {
  const { clock, node } = starting();
  node.share = 0.35;
  await clock.advance(9_000);
  assert.equal(node.optimized, 0);
  await clock.advance(3_000);
  assert.equal(node.optimized, 1);
});

test('a node with a little work needs no optimized code, although it is busy for a second now and then', async () => {
  const { clock, node } = starting();
  for (let time = 0; time < 600; time++) {
    node.share = time % 10 === 0 ? 0.7 : 0.15;
    await clock.advance(1_000);
  }
  assert.equal(node.optimized, 0);
});

test('a node that stopped is no longer looked at', async () => {
  const { clock, node, end } = starting();
  end();
  node.share = 1;
  await clock.advance(10_000);
  assert.deepEqual([node.optimized, node.looks], [0, 0]);
});

/** Whether V8 has optimized a function after it was called very often. */
function getsOptimized(): boolean {
  setFlagsFromString('--allow-natives-syntax');
  const [add, status] = runInNewContext(
    '(() => { const add = (n) => n + 1; return [add, () => %GetOptimizationStatus(add)]; })()',
  ) as [(n: number) => number, () => number];
  // V8 parses a function when it is first called.
  status();
  setFlagsFromString('--no-allow-natives-syntax');
  // V8's src/runtime/runtime.h: OptimizationStatus.
  const isOptimized = () => (status() & 0b1_0000) !== 0;
  for (let calls = 0; calls < 10_000_000 && !isOptimized(); )
    for (let more = 0; more < 10_000; more++) calls = add(calls);
  return isOptimized();
}

test('V8 optimizes nothing until it is told to', (t) => {
  t.after(optimize);
  growLittle();
  assert.equal(getsOptimized(), false);
  optimize();
  assert.equal(getsOptimized(), true);
});
