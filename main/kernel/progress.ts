import { limits } from '../../shared/protocol/limits.ts';
import type { Clock } from './ports.ts';

const checkMsMin = 1_000;

/**
 * Calls `cut` once something has taken `graceMs` and the time that its `bytes` so far take on the slowest line that we
 * serve. So what arrives slowly may finish, and what stalls ends. Returns what stops watching.
 */
export function cutOffIfSlow(
  clock: Pick<Clock, 'after'>,
  graceMs: number,
  bytes: () => number,
  cut: () => void,
): () => void {
  let waitedMs = 0;
  let cancel = () => {};
  const check = () => {
    const leftMs = graceMs + slowestMs(bytes()) - waitedMs;
    if (leftMs <= 0) {
      cut();
      return;
    }
    const waitMs = Math.max(leftMs, checkMsMin);
    waitedMs += waitMs;
    cancel = clock.after(waitMs, check);
  };
  check();
  return () => cancel();
}

/** How long so many bytes take on the slowest line that we serve. */
export const slowestMs = (bytes: number): number => Math.ceil(bytes / limits.slowestBytesPerMs);
