import type { PeerMode, PeerView } from '../../../../shared/api/views/peer-views.ts';

/** `allow` ends a quarantine, `unblock` a block. */
export type Decision = PeerMode | 'unblock';

type Server = Pick<PeerView, 'mode' | 'keys'>;

/** A server that was added has a pinned key. Only that one can be trusted. */
const wasAdded = ({ mode, keys }: Server) => mode !== 'known' && keys.some(({ pinned }) => pinned);

/**
 * Lists the decisions that the owner can make about a server. One that was never added can be blocked; to trust it, add
 * it.
 */
export function decisionsFor(server: Server): Decision[] {
  const isBlocked = server.mode === 'block';
  if (!wasAdded(server)) return [isBlocked ? 'unblock' : 'block'];
  if (isBlocked) return ['unblock', 'quarantine'];
  return (['allow', 'quarantine', 'block'] as const).filter((one) => one !== server.mode);
}

/** Returns the decision that takes effect: an unblocked server that was added before is trusted again. */
export function effectOf(decision: Decision, server: Server): Decision {
  return decision === 'unblock' && wasAdded(server) ? 'allow' : decision;
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
