import { limits } from '../../shared/protocol/limits.ts';
import { type Said, said, sentences, span } from '../../shared/words/said.ts';
import { clockRefusalIn, dateOf, type Told } from './clock-told.ts';

/** What is known of clocks where a peer refuses: theirs less ours, `null` where nothing is known. */
export interface Clocks {
  readonly peerMs: number | null;
  readonly othersMs: Consensus;
}

/** How far several clocks are from ours by most of them: `disagree` where there is no such thing as most. */
export type Consensus = number | 'disagree' | null;

/** From here on the owner is warned: half of what breaks signed requests, so that there is time to mend it. */
export const clockWarnMs = limits.clockSkewMsMax / 2;

/** A server that says nothing about why may be taken to mean the clock from here on; `Date` is that inexact. */
const silentRefusalMs = limits.clockSkewMsMax - 2_000;

export interface ClockDisagreement {
  /** The peer's clock less ours. */
  readonly offsetMs: number;
  /** How far apart, and whose clock is wrong as far as that is known. */
  readonly text: Said;
  readonly fix: Said;
}

/** Why a signed call was answered 401, where it was for its timestamp; `null` where it was not. */
export function clockRefusal(answer: Told, now: number, clocks: Clocks): ClockDisagreement | null {
  const named = clockRefusalIn(answer);
  if (named) return disagreement(named.offsetMs, clocks.othersMs);
  if (answer.status !== 401) return null;
  // The existing server names neither reason nor time: what is left is what its answer, or earlier ones, were dated.
  const date = dateOf(answer);
  const offsetMs = date === null ? clocks.peerMs : date - now;
  if (offsetMs === null || Math.abs(offsetMs) < silentRefusalMs) return null;
  return disagreement(offsetMs, clocks.othersMs);
}

/** Whose clock is wrong, judged by what all others say. */
export function disagreement(offsetMs: number, othersMs: Consensus): ClockDisagreement {
  const off = said('clock.off', { ...apart(offsetMs), limit: limits.clockSkewMsMax / 1000 });
  const judged = (whose: Said, fix: Said) => ({ offsetMs, text: sentences(off, whose), fix });
  if (othersMs === null) return judged(said('clock.either_unknown'), said('clock.fix_ours_or_theirs'));
  if (othersMs === 'disagree') return judged(said('clock.either_disagree'), said('clock.fix_ours_or_theirs'));
  if (Math.abs(othersMs) < clockWarnMs) return judged(said('clock.theirs'), said('clock.fix_theirs'));
  if (Math.abs(othersMs - offsetMs) < clockWarnMs) return judged(said('clock.ours'), said('clock.fix_ours'));
  return judged(said('clock.neither'), said('clock.fix_ours_compare'));
}

/** How far one clock is from another, and on which side, as messages take it. */
export const apart = (offsetMs: number): { readonly span: Said; readonly side: 'ahead' | 'behind' } => ({
  span: span(Math.abs(offsetMs)),
  side: offsetMs > 0 ? 'ahead' : 'behind',
});
