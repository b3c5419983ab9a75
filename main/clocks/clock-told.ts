import { limits } from '../../shared/protocol/limits.ts';
import { reasonIn } from '../../shared/protocol/reasons.ts';

/** The parts of an answer to a signed call that show the other clock. */
export interface CallAnswer {
  readonly status: number;
  readonly headers: { readonly date?: string | undefined; readonly age?: string | undefined };
  readonly body: string;
}

/** If an answer took longer, it says too little about when it was written. */
const roundTripMsMax = 4_000;
const refusalCharsMax = 10_000;

/**
 * The answering server's clock minus ours, or `null` if the answer doesn't show it. It is not signed, so it is worth
 * less than a timestamp signed by the peer.
 */
export function toldOffset(answer: CallAnswer, sentAt: number, receivedAt: number): number | null {
  const roundTrip = receivedAt - sentAt;
  // Negative if our own clock was set in the meantime.
  if (roundTrip < 0 || roundTrip > roundTripMsMax) return null;
  const time = clockRefusalIn(answer)?.time ?? dateOf(answer);
  return time === null ? null : Math.round(time - (sentAt + roundTrip / 2));
}

/** The last `Date`, because all answers of a second have the same. */
let last = { text: '', time: Number.NaN };

/**
 * `Date` is rounded down to whole seconds, so the actual time is half a second later on average. A cached answer shows
 * a time in the past.
 */
export function dateOf({ headers }: CallAnswer): number | null {
  const { date: text = '' } = headers;
  if (text !== last.text) last = { text, time: Date.parse(text) };
  const date = last.time;
  return Number.isNaN(date) || Number(headers.age ?? 0) > 0 ? null : date + 500;
}

interface ClockRefusal {
  /** The time on that server. */
  readonly time: number;
  /** The refusing server's clock minus that of the refused request. */
  readonly offsetMs: number;
}

/** Reads the answer of a Paracord Node that refuses a request because of its timestamp (`checkTimestamp`). */
export function clockRefusalIn({ status, body }: CallAnswer): ClockRefusal | null {
  if (status !== 401 || body.length > refusalCharsMax) return null;
  try {
    const { details } = JSON.parse(body) as { details?: Record<string, unknown> | null };
    const { our_time, difference_ms } = details ?? {};
    if (reasonIn(details) !== 'clock' || !isInteger(our_time) || !isInteger(difference_ms)) return null;
    // If the clocks don't differ, the clock is not the reason.
    if (Math.abs(difference_ms) <= limits.clockSkewMsMax) return null;
    return { time: our_time, offsetMs: -difference_ms };
  } catch {
    return null;
  }
}

const isInteger = (value: unknown): value is number => Number.isSafeInteger(value);
