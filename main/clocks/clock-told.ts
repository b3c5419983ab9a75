import { limits } from '../../shared/protocol/limits.ts';
import { reasonIn } from '../../shared/protocol/reasons.ts';

/** What an answer to a signed call brought. */
export interface Told {
  readonly status: number;
  readonly headers: { readonly date?: string | undefined; readonly age?: string | undefined };
  readonly body: string;
}

/** An answer that took longer says too little about when it was written. */
const roundTripMsMax = 4_000;
const refusalCharsMax = 10_000;

/**
 * The answering server's clock less ours, or `null` where the answer does not tell. Nobody signed this: it is worth
 * less than a timestamp that the peer signed.
 */
export function toldOffset(answer: Told, sentAt: number, receivedAt: number): number | null {
  const roundTrip = receivedAt - sentAt;
  // Below zero: our own clock was set meanwhile.
  if (roundTrip < 0 || roundTrip > roundTripMsMax) return null;
  const time = clockRefusalIn(answer)?.time ?? dateOf(answer);
  return time === null ? null : Math.round(time - (sentAt + roundTrip / 2));
}

/** `Date` is cut to whole seconds, so it was half a second later on average. One out of a cache tells of the past. */
export function dateOf({ headers }: Told): number | null {
  const date = Date.parse(headers.date ?? '');
  return Number.isNaN(date) || Number(headers.age ?? 0) > 0 ? null : date + 500;
}

export interface ClockRefusal {
  /** What time it was there. */
  readonly time: number;
  /** Its clock less that of the refused request. */
  readonly offsetMs: number;
}

/** What a server of our kind says when it refuses a request for its timestamp (`checkTimestamp`). */
export function clockRefusalIn({ status, body }: Told): ClockRefusal | null {
  if (status !== 401 || body.length > refusalCharsMax) return null;
  try {
    const { details } = JSON.parse(body) as { details?: Record<string, unknown> | null };
    const { our_time, difference_ms } = details ?? {};
    if (reasonIn(details) !== 'clock' || !isInteger(our_time) || !isInteger(difference_ms)) return null;
    // Without a difference, the clock is not why it refuses.
    if (Math.abs(difference_ms) <= limits.clockSkewMsMax) return null;
    return { time: our_time, offsetMs: -difference_ms };
  } catch {
    return null;
  }
}

const isInteger = (value: unknown): value is number => Number.isSafeInteger(value);
