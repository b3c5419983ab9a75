import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { ownHeap, returnMemoryWhenIdle } from '../../../../main/start/idle-memory.ts';
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

test('the memory of a start is collected once the node is idle', async () => {
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

test('collecting frees memory that nothing refers to any more', () => {
  const script = `
    import { ownHeap } from '${new URL('../../../../main/start/idle-memory.ts', import.meta.url)}';
    const freed = new WeakRef({});
    // A new reference lives until the end of its turn.
    await new Promise((turn) => setImmediate(turn));
    ownHeap().collect();
    console.log(freed.deref());`;
  const args = ['--expose-gc', '--input-type=module', '--eval', script];
  assert.equal(spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout, 'undefined\n');
});

test('nothing collects in a process that was not started for it', () => {
  assert.equal(ownHeap(), null);
});
