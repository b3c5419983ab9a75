import { limits } from '../../shared/protocol/limits.ts';
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
  /** How far apart, and whose clock is wrong as far as that can be told. Starts in lower case. */
  readonly text: string;
  readonly fix: string;
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
  const side = offsetMs > 0 ? 'ahead of' : 'behind';
  const difference = `its clock is ${secondsText(offsetMs)} ${side} ours, and at most ${limits.clockSkewMsMax / 1000} s are accepted.`;
  const ours = 'Let the system set this computer’s clock by NTP (Linux: timedatectl set-ntp true).';
  if (othersMs === null)
    return {
      offsetMs,
      text: `${difference} No other peer has told its time, so either of the two may be wrong.`,
      fix: `${ours} If it is right, tell its owner.`,
    };
  if (othersMs === 'disagree')
    return {
      offsetMs,
      text: `${difference} Other peers disagree about the time, so either of the two may be wrong.`,
      fix: `${ours} If it is right, tell its owner.`,
    };
  if (Math.abs(othersMs) < clockWarnMs)
    return {
      offsetMs,
      text: `${difference} Other peers’ clocks agree with ours, so its clock seems to be wrong.`,
      fix: 'Tell its owner to let the system set its clock by NTP.',
    };
  if (Math.abs(othersMs - offsetMs) < clockWarnMs)
    return {
      offsetMs,
      text: `${difference} Other peers’ clocks agree with its clock, so this computer’s clock seems to be wrong.`,
      fix: ours,
    };
  return {
    offsetMs,
    text: `${difference} Other peers’ clocks agree with neither.`,
    fix: `${ours} Then compare again.`,
  };
}

/** `600 s (10 min)`: the number that programs and logs show, and one that people see. */
export function secondsText(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000);
  if (seconds < 120) return `${seconds} s`;
  const [amount, unit] = [
    [seconds / 60, 'min'],
    [seconds / 3600, 'h'],
    [seconds / 86_400, 'd'],
  ].findLast(([count]) => Number(count) >= 2) as [number, string];
  return `${seconds} s (${Math.round(amount)} ${unit})`;
}
