import { performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { Clock } from '../kernel/ports.ts';

/** V8's heap: how much it takes, and how to make it smaller. */
interface Heap {
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

/** Returns the share of time in which the event loop was busy since the last call: 0 to 1. */
function ownBusyShare(): () => number {
  let since = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, since);
    since = now;
    return utilization;
  };
}

/** The heap of this thread; null without `--expose-gc`, because nothing else of V8 can be asked to collect. */
export function ownHeap(): Heap | null {
  const { gc } = globalThis;
  if (gc === undefined) return null;
  return {
    busy: ownBusyShare(),
    size: () => getHeapStatistics().total_physical_size,
    collect: () => void gc({ type: 'major', execution: 'sync', flavor: 'last-resort' }),
  };
}
