import { type Said, said } from '../../../shared/words/said.ts';
import type { NotExtended } from './key-validity.ts';

const reasons: Readonly<Record<NotExtended, Said>> = {
  off: said('peer.key_off'),
  'no-address': said('peer.key_no_address'),
  'open-line': said('peer.key_open_line'),
  'no-answer': said('peer.key_no_answer'),
  'not-served': said('peer.key_not_served'),
};

/** What the owner reads about a peer none of whose keys is accepted any more. `why`: `null` while it is being asked. */
export const expiredText = (validUntil: number, why: NotExtended | null): Said =>
  said('peer.key_expired', {
    at: validUntil,
    next: why === null ? said('peer.key_checking') : reasons[why],
  });
