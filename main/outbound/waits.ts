/** How long a delivery waits before the next try (docs/protocol/delivery.md, "Waiting"). Pure. */
import { type BackOff, spreadBackOffMs } from '../kernel/back-off.ts';

export const delayMsMax = 3_600_000;
export const quickTries = 3;

const quick: BackOff = { firstMs: 250, maxMs: delayMsMax };
const slow: BackOff = { firstMs: 15_000, maxMs: delayMsMax };
const probe: BackOff = { firstMs: 60_000, maxMs: delayMsMax };

/**
 * Milliseconds to wait after `attempt` failed tries in a row (1 is the first failure): three quick ones, then 15 s,
 * doubling up to an hour. `random` is in [0, 1).
 */
export const nextDelayMs = (attempt: number, random: number): number =>
  attempt <= quickTries
    ? spreadBackOffMs(quick, attempt, random)
    : spreadBackOffMs(slow, attempt - quickTries, random);

/** Milliseconds until the next try of something parked, after `parkedCount` refusals in a row (1 is the first). */
export const probeDelayMs = (parkedCount: number, random: number): number =>
  spreadBackOffMs(probe, parkedCount, random);

/** Milliseconds until the next check whether our own network is back. Doesn't grow, because the check is cheap. */
export const offlineDelayMs = (random: number): number => spreadBackOffMs(slow, 1, random);

/** The wait a `Retry-After` header asks for, from 0 to one hour; undefined if it is absent or makes no sense. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, delayMsMax);
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*, .+ GMT$/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.min(Math.max(at - nowMs, 0), delayMsMax);
}
