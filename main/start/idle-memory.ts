import { performance } from 'node:perf_hooks';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Clock } from '../kernel/ports.ts';

/** What is looked at, and what is done about it. */
export interface Heap {
  /** The share of time in which the event loop was busy since the last call: 0 to 1. */
  busy(): number;
  /** Bytes of memory that V8 occupies. */
  size(): number;
  /** Collects all garbage and returns free memory to the system. Blocks for 50 ms with a heap of 25 MB. */
  collect(): void;
}

const lookEveryMs = 10_000;
const busyMax = 0.05;
const grownMin = 8 * 1024 * 1024;

/**
 * V8 keeps the memory that a start or a busy hour needed, because it only collects while something allocates. So when
 * the node has nothing to do and V8 has grown by 8 MB, we collect. Returns a function that ends this.
 */
export function returnMemoryWhenIdle(clock: Clock, heap: Heap): () => void {
  let sizeAfter = 0;
  let cancel = () => {};
  const look = () => {
    if (heap.busy() <= busyMax && heap.size() - sizeAfter >= grownMin) {
      heap.collect();
      sizeAfter = heap.size();
    }
    cancel = clock.after(lookEveryMs, look);
  };
  cancel = clock.after(lookEveryMs, look);
  return () => cancel();
}

const restEveryMs = 1_000;
/** Up to about 250 events per second, memory is worth more than processor time. */
const restMax = 0.25;
/** Busy milliseconds beyond that: with full load, two seconds. */
const busyBeyondMs = 1_000;

/**
 * A node starts without the optimizing compilers of V8, because they take up to 40 MB while they work, and 7 MB for their
 * own code. This calls `optimize` once the node has much work. `busy` is as in `Heap`. Returns a function that ends this.
 */
export function optimizeOnceBusy(clock: Clock, busy: () => number, optimize: () => void): () => void {
  let beyond = 0;
  let cancel = () => {};
  const look = () => {
    beyond = Math.max(0, beyond + (busy() - restMax) * restEveryMs);
    if (beyond > busyBeyondMs) optimize();
    else cancel = clock.after(restEveryMs, look);
  };
  cancel = clock.after(restEveryMs, look);
  return () => cancel();
}

/**
 * V8 optimizes nothing, and collects old objects when there are 1.3 times as many as after the last time. By itself, it
 * would wait for up to four times as many. The launcher has turned the compilers off already (main/cli/bin.mjs); the
 * desktop app has no launcher.
 */
export function growLittle(): void {
  for (const flag of ['--no-maglev', '--no-opt', '--heap-growing-percent=30']) setFlagsFromString(flag);
}

/** With much work: the compilers, and fewer collections. */
export function optimize(): void {
  setFlagsFromString('--maglev');
  setFlagsFromString('--opt');
  setFlagsFromString('--heap-growing-percent=70');
}

/** Returns the share of time in which the event loop was busy since the last call: 0 to 1. */
export function ownBusyShare(): () => number {
  let since = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, since);
    since = now;
    return utilization;
  };
}

/** The heap of this thread. */
export function ownHeap(): Heap {
  return {
    busy: ownBusyShare(),
    size: () => getHeapStatistics().total_physical_size,
    collect() {
      // Without the flag there is no `gc`, and nothing else of V8 can be asked for this.
      setFlagsFromString('--expose-gc');
      const gc: unknown = runInNewContext('globalThis.gc');
      setFlagsFromString('--no-expose-gc');
      if (typeof gc === 'function') gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    },
  };
}
