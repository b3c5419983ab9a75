import type { Clock } from '../../kernel/ports.ts';
import { unlessAborted } from '../../kernel/timers.ts';

/**
 * Sends once at the start and again after each wait but the last, until an answer comes; `null` if none does. Rejects
 * only when `signal` is aborted.
 */
export async function resendUntil<T>(
  clock: Clock,
  { heard, waitsMs, send }: { heard: Promise<T>; waitsMs: readonly number[]; send: () => void },
  signal: AbortSignal,
): Promise<T | null> {
  signal.throwIfAborted();
  const over = Promise.withResolvers<null>();
  let cancel = (): void => {};
  const go = (time: number): void => {
    const wait = waitsMs[time];
    if (wait === undefined) {
      over.resolve(null);
      return;
    }
    send();
    cancel = clock.after(wait, () => go(time + 1));
  };
  go(0);
  return await unlessAborted(Promise.race([heard, over.promise]), signal).finally(() => cancel());
}
