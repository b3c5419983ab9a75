import type { PeerMode } from '../../../../shared/api/views/peer-views.ts';

/** How long a block or a quarantine lasts. */
export type Span = 'hour' | 'day' | 'open';

const spanMs: Record<Span, number | null> = { hour: 3_600_000, day: 86_400_000, open: null };

export const reasonCharsMax = 500;

/** The call for a decision about a peer. Trusting it again drops the old reason. */
export function trustChange(
  mode: PeerMode,
  reason: string,
  span: Span,
  now: number,
): { mode: PeerMode; reason: string | null; until: number | null } {
  if (mode === 'allow') return { mode, reason: null, until: null };
  const ms = spanMs[span];
  return { mode, reason: reason.trim() || null, until: ms === null ? null : now + ms };
}
