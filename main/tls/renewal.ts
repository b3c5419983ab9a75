/** When to renew, when to worry, when to try again: pure functions of times in unix milliseconds. */

const dayMs = 86_400_000;
const minuteMs = 60_000;
const warnBeforeMs = 14 * dayMs;
const freshMsMax = 60 * minuteMs;

/** Two thirds into its life: the rest is for whatever goes wrong. Short-lived certificates too. */
export const renewAt = (validFrom: number, validUntil: number): number =>
  validFrom + ((validUntil - validFrom) * 2) / 3;

/** Two weeks before the end; certificates that live for days only are not called late before their last sixth. */
export const runsOutSoon = (validFrom: number, validUntil: number, now: number): boolean =>
  validUntil - now < Math.min(warnBeforeMs, (validUntil - validFrom) / 6);

/** A window in which the authority wants the renewal (RFC 9773, 4.2). */
export interface RenewalWindow {
  readonly start: number;
  readonly end: number;
}

/**
 * When to order the next one. A window of the authority counts, at a place in it that `dice` in [0, 1) picks, but never so
 * late that less than a tenth of the life is left. A certificate is never renewed while it is fresh: an authority or
 * a clock that is wrong would make that a loop.
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
/** Five failures an hour are what large authorities allow where nothing can be tried elsewhere first. */
const unrehearsedMinutesMin = 15;

/** How long to wait after so many failures in a row. `rehearsed`: the next try goes to a staging directory. */
export function pauseMs(failures: number, rehearsed: boolean): number {
  const minutes = pausesMinutes[Math.min(failures, pausesMinutes.length) - 1] ?? 1;
  return (rehearsed ? minutes : Math.max(minutes, unrehearsedMinutesMin)) * minuteMs;
}
