import type { Clock } from '../../kernel/ports.ts';

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
  const { promise, resolve, reject } = Promise.withResolvers<T | null>();
  heard.then(resolve, reject);
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  let cancel = (): void => {};
  const go = (time: number): void => {
    const wait = waitsMs[time];
    if (wait === undefined) {
      resolve(null);
      return;
    }
    send();
    cancel = clock.after(wait, () => go(time + 1));
  };
  go(0);
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', abort);
    cancel();
  }
}

/** Waits until `signal` aborts at most; what is waited for continues. Rejects with the signal's reason. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
