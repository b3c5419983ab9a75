/** Turns the owner's decision about a server into its row. Pure. It never depends on an address. */

import type { PeerMode } from '../../shared/api/views/peer-views.ts';
import type { Standing } from '../facts.ts';
import type { PeerRow } from '../store/tables/peer-store.ts';

/** A decision without an end or a note yet, and what was true before it. */
export type Decision = Pick<PeerRow, 'mode' | 'until' | 'reason' | 'mode_after'>;

interface Before {
  readonly standing: Standing;
  /** The state in which a running restriction ends. */
  readonly after: PeerRow['mode_after'];
  /** Whether a key that the server itself published is pinned. */
  readonly hasKey: boolean;
}

/**
 * Null if there is nothing to decide: a server without a pinned key can't be trusted. If one was restricted, `allow`
 * ends that, and it is merely known again. The same restriction again keeps what was true before the first.
 */
export function decisionOf(mode: PeerMode, { standing, after, hasKey }: Before): Decision | null {
  const before = restrictions[standing];
  const open = { until: null, reason: null };
  if (mode === 'allow') {
    if (hasKey) return { ...open, mode, mode_after: null };
    return before === null ? null : { ...open, mode: 'known', mode_after: null };
  }
  const unrestricted = standing === 'allowed' ? 'allow' : 'known';
  return { ...open, mode, mode_after: before === mode ? after : (before ?? unrestricted) };
}

const restrictions: Readonly<Record<Standing, 'block' | 'quarantine' | null>> = {
  blocked: 'block',
  quarantined: 'quarantine',
  allowed: null,
  known: null,
  unknown: null,
};
