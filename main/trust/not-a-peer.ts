/** Answers owners who need something from a server that can't be asked, with the next step. */

import { type Said, said } from '../../shared/words/said.ts';
import type { Standing } from '../facts.ts';
import type { PeerRow } from '../store/tables/peer-store.ts';

/** `null` for an allowed peer. */
export function whyNotAllowed(server: string, standing: Standing): Said | null {
  switch (standing) {
    case 'blocked':
    case 'quarantined':
      return said('peer.refused_allow_first', { server });
    case 'known':
    case 'unknown':
      return said('peer.refused_add_first', { server });
    case 'allowed':
      return null;
  }
}

/** `null` for an allowed peer that can be called. */
export function whyNotCalled(
  server: string,
  standing: Standing,
  peer: Pick<PeerRow, 'endpoint'> | undefined,
): Said | null {
  const why = whyNotAllowed(server, standing);
  if (why !== null || peer?.endpoint != null) return why;
  return said('peer.refused_no_address', { server });
}

/** The next step about a peer that could not be called, by error code. */
export const nextStepFor = (code: string | undefined): Said =>
  code === 'CERTIFICATE_REFUSED' ? said('peer.fix_certificate') : said('peer.fix_retry');
