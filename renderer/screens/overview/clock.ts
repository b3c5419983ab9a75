import { limits } from '../../../shared/protocol/limits.ts';

/** Peers refuse what is further off than this. */
export const clockRefusedMs: number = limits.clockSkewMsMax;
const evenMs = 1_000;

export type ClockState = 'unknown' | 'even' | 'ahead' | 'behind';

/** `offsetMs` is how far the peers' clocks are ahead of ours. */
export function clockState(offsetMs: number | null): ClockState {
  if (offsetMs === null) return 'unknown';
  if (Math.abs(offsetMs) <= evenMs) return 'even';
  return offsetMs > 0 ? 'behind' : 'ahead';
}
