/** When to renew, when to warn, when to retry. Pure functions of times in unix milliseconds. */

const dayMs = 86_400_000;
const minuteMs = 60_000;
const warnBeforeMs = 14 * dayMs;
const freshMsMax = 60 * minuteMs;

/**
 * When a certificate is renewed: after two thirds of its lifetime, even if that is short. The rest is for anything that
 * goes wrong.
 */
export const renewAt = (validFrom: number, validUntil: number): number =>
  validFrom + ((validUntil - validFrom) * 2) / 3;

/** Whether a certificate is good for now. One from the future was made while the clock was wrong. */
export const isFresh = (validFrom: number, validUntil: number, now: number): boolean =>
  validFrom <= now && now < renewAt(validFrom, validUntil);

/** Whether it expires within two weeks. Certificates that are valid for only a few days count as late in their last sixth. */
export const runsOutSoon = (validFrom: number, validUntil: number, now: number): boolean =>
  validUntil - now < Math.min(warnBeforeMs, (validUntil - validFrom) / 6);

/** The window in which the authority wants the renewal (RFC 9773, 4.2). */
export interface RenewalWindow {
  readonly start: number;
  readonly end: number;
}

/**
 * When to order the next one. The authority's window counts, at a point in it that `dice` in [0, 1) chooses, but at
 * least a tenth of the lifetime must be left. A new certificate is never renewed: a wrong authority or clock would make
 * that a loop.
 */
export function orderAt(
  validFrom: number,
  validUntil: number,
  obtainedAt: number,
  window: RenewalWindow | null,
  dice: number,
): number {
  const life = validUntil - validFrom;
  const wished =
    window && window.end > window.start
      ? Math.min(window.start + (window.end - window.start) * dice, validUntil - life / 10)
      : renewAt(validFrom, validUntil);
  return Math.max(wished, obtainedAt + Math.min(freshMsMax, life / 3));
}

const pausesMinutes = [1, 2, 5, 10, 20, 40, 60, 120, 240, 360];
/** Large authorities allow five failures an hour, if nothing can be tested at a staging directory first. */
const unrehearsedMinutesMin = 15;

/** How long to wait after this many failures in a row. `rehearsed`: the next try goes to a staging directory. */
export function pauseMs(failures: number, rehearsed: boolean): number {
  const minutes = pausesMinutes[Math.min(failures, pausesMinutes.length) - 1] ?? 1;
  return (rehearsed ? minutes : Math.max(minutes, unrehearsedMinutesMin)) * minuteMs;
}
