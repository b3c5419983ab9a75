/** How long to wait before the next try. Pure: chance and time are given (docs/protocol/delivery.md, "Waiting"). */

export const delayMsMax = 3_600_000;
export const quickTries = 3;

const quickFirstMs = 250;
const slowFirstMs = 15_000;
const probeFirstMs = 60_000;
const exponentMax = 30;

const jittered = (ms: number, random: number): number =>
  Math.min(Math.round(ms * (0.8 + 0.6 * random)), delayMsMax);
const doubled = (ms: number, times: number): number => ms * 2 ** Math.min(Math.max(times, 0), exponentMax);

/**
 * Milliseconds to wait after `attempt` failed tries in a row (1 is the first failure): three quick ones, then 15 s
 * doubling, at most an hour. `random` is in [0, 1).
 */
export function nextDelayMs(attempt: number, random: number): number {
  return attempt <= quickTries
    ? jittered(doubled(quickFirstMs, attempt - 1), random)
    : jittered(doubled(slowFirstMs, attempt - quickTries - 1), random);
}

/** Milliseconds until something parked is tried again, after `parkedCount` refusals in a row (1 is the first). */
export function probeDelayMs(parkedCount: number, random: number): number {
  return jittered(doubled(probeFirstMs, parkedCount - 1), random);
}

/** Milliseconds until the next check whether our own network is back. Does not grow: the look costs nobody much. */
export function offlineDelayMs(random: number): number {
  return jittered(slowFirstMs, random);
}

/** The wait a `Retry-After` header asks for, in 0 to one hour; undefined where it is absent or makes no sense. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, delayMsMax);
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*, .+ GMT$/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.min(Math.max(at - nowMs, 0), delayMsMax);
}
