import type { ChangeFeed } from '../../main/changes.ts';

const patienceMsDefault = 20_000;

/**
 * Waits until `check` returns something, and tries again whenever one of the nodes reports a change. The time limit
 * only matters for a failing test. A check that has begun may take as long again: a page may never answer.
 */
export async function until<T>(
  nodes: readonly { readonly node: { readonly changes: ChangeFeed } }[],
  what: string,
  check: () => Promise<T | false | undefined | null> | T | false | undefined | null,
  patienceMs = patienceMsDefault,
): Promise<T> {
  const ended = Date.now() + patienceMs;
  for (;;) {
    const changed = nextChange(nodes);
    try {
      const value = await answered(check, what, patienceMs);
      if (value !== false && value !== undefined && value !== null) return value;
      if (Date.now() > ended) throw new Error(`waited ${patienceMs / 1000} s without success: ${what}`);
      await changed.promise;
    } finally {
      changed.cancel();
    }
  }
}

/** Fails if the answer takes longer than this. */
async function answered<T>(check: () => Promise<T> | T, what: string, patienceMs: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`waited ${patienceMs / 1000} s for an answer: ${what}`)),
    patienceMs,
  );
  try {
    return await Promise.race([check(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Some things change without a notification (a queue's timer), so it also checks from time to time. */
function nextChange(nodes: readonly { readonly node: { readonly changes: ChangeFeed } }[]): {
  promise: Promise<void>;
  cancel: () => void;
} {
  let cancel: () => void = () => {};
  const promise = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, 50);
    const stops = nodes.map(({ node }) => node.changes.subscribe(() => resolve()));
    cancel = () => {
      clearTimeout(timer);
      for (const stop of stops) stop();
      resolve();
    };
  });
  return { promise: promise.finally(cancel), cancel };
}

/** For scripts that harm real processes for a while, such as `npm run test:standby`. A test waits for something. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));
