/** How long to wait after failures. Pure: randomness and time are parameters. */

export interface BackOff {
  /** The wait after the first failure; each further failure in a row doubles it. */
  readonly firstMs: number;
  readonly maxMs: number;
}

/** Doubling more often would leave the range in which milliseconds are exact. */
const doublingsMax = 30;

const doubled = ({ firstMs }: BackOff, failures: number): number =>
  firstMs * 2 ** Math.min(Math.max(failures - 1, 0), doublingsMax);

/** Milliseconds to wait after `failures` in a row; 1 is the first. */
export const backOffMs = (schedule: BackOff, failures: number): number =>
  Math.min(doubled(schedule, failures), schedule.maxMs);

/**
 * The same, spread from 0.8 to 1.4 times its length, so that what failed at the same time isn't retried at the same
 * time; never more than `maxMs`. `random` is in [0, 1).
 */
export const spreadBackOffMs = (schedule: BackOff, failures: number, random: number): number =>
  Math.min(Math.round(doubled(schedule, failures) * (0.8 + 0.6 * random)), schedule.maxMs);
