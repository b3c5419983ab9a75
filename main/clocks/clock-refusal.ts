import { limits } from '../../shared/protocol/limits.ts';
import { type Said, said, sentences, span } from '../../shared/words/said.ts';
import { type CallAnswer, clockRefusalIn, dateOf } from './clock-told.ts';

/** The clocks as far as they are known when a peer refuses: their time minus ours, `null` if unknown. */
export interface Clocks {
  readonly peerMs: number | null;
  readonly othersMs: Consensus;
}

/** The offset that most clocks agree on; `disagree` if there is no majority. */
export type Consensus = number | 'disagree' | null;

/** The owner is warned from here on: at half of what breaks signed requests, so that there is time to fix it. */
export const clockWarnMs = limits.clockSkewMsMax / 2;

/** If a server gives no reason, an offset of this much or more is taken as the reason. `Date` is that imprecise. */
const silentRefusalMs = limits.clockSkewMsMax - 2_000;

interface ClockDisagreement {
  /** The peer's clock minus ours. */
  readonly offsetMs: number;
  /** How far the clocks are apart, and whose is wrong, if that is known. */
  readonly text: Said;
  readonly fix: Said;
}

/** Why a signed call was answered with 401, if its timestamp was the reason; otherwise `null`. */
export function clockRefusal(answer: CallAnswer, now: number, clocks: Clocks): ClockDisagreement | null {
  const named = clockRefusalIn(answer);
  if (named) return disagreement(named.offsetMs, clocks.othersMs);
  if (answer.status !== 401) return null;
  // The existing server gives neither a reason nor its time, so the `Date` of this answer or earlier ones has to do.
  const date = dateOf(answer);
  const offsetMs = date === null ? clocks.peerMs : date - now;
  if (offsetMs === null || Math.abs(offsetMs) < silentRefusalMs) return null;
  return disagreement(offsetMs, clocks.othersMs);
}

/** Judges by all other peers whose clock is wrong. */
export function disagreement(offsetMs: number, othersMs: Consensus): ClockDisagreement {
  const off = said('clock.off', { ...apart(offsetMs), limit: limits.clockSkewMsMax / 1000 });
  const judged = (whose: Said, fix: Said) => ({ offsetMs, text: sentences(off, whose), fix });
  if (othersMs === null) return judged(said('clock.either_unknown'), said('clock.fix_ours_or_theirs'));
  if (othersMs === 'disagree') return judged(said('clock.either_disagree'), said('clock.fix_ours_or_theirs'));
  if (Math.abs(othersMs) < clockWarnMs) return judged(said('clock.theirs'), said('clock.fix_theirs'));
  if (Math.abs(othersMs - offsetMs) < clockWarnMs) return judged(said('clock.ours'), said('clock.fix_ours'));
  return judged(said('clock.neither'), said('clock.fix_ours_compare'));
}

/** How far one clock is off another, and in which direction, as parameters of a message. */
export const apart = (offsetMs: number): { readonly span: Said; readonly side: 'ahead' | 'behind' } => ({
  span: span(Math.abs(offsetMs)),
  side: offsetMs > 0 ? 'ahead' : 'behind',
});
