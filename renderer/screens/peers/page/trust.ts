import type { PeerMode, PeerView } from '../../../../shared/api/views/peer-views.ts';

/** `unblock`: what `allow` is for a server that has no pinned key, because it isn't trusted after that. */
export type Decision = PeerMode | 'unblock';

/** What the owner can decide about a server. One that was never added can be blocked; to trust it, add it. */
export function decisionsFor({ mode, keys }: Pick<PeerView, 'mode' | 'keys'>): Decision[] {
  if (keys.some(({ pinned }) => pinned) && mode !== 'known')
    return (['allow', 'quarantine', 'block'] as const).filter((one) => one !== mode);
  return mode === 'block' ? ['unblock'] : ['block'];
}

/** How long a block or a quarantine lasts. */
export type Span = 'hour' | 'day' | 'open';

const spanMs: Record<Span, number | null> = { hour: 3_600_000, day: 86_400_000, open: null };

export const reasonCharsMax = 500;

/** The call for a decision about a peer. Trusting it again drops the old reason. */
export function trustChange(
  decision: Decision,
  reason: string,
  span: Span,
  now: number,
): { mode: PeerMode; reason: string | null; until: number | null } {
  if (decision === 'allow' || decision === 'unblock') return { mode: 'allow', reason: null, until: null };
  const ms = spanMs[span];
  return { mode: decision, reason: reason.trim() || null, until: ms === null ? null : now + ms };
}
