import type { NameFixedBy } from '../../shared/api/views/node-views.ts';
import type { Tables } from '../store/ports.ts';

/**
 * Why this server can no longer have another name: somebody knows the one it has, or something is signed with it.
 * `null` while it can still be changed.
 */
export function nameFixedBy(
  store: Tables<
    'peers' | 'acceptances' | 'events' | 'peerInvites' | 'accounts' | 'tokens' | 'peopleLinks' | 'place'
  >,
  now: number,
): NameFixedBy | null {
  if (!store.place.isFile) return 'database';
  if (store.peers.hasPeers || store.acceptances.all().length > 0) return 'peer';
  if (store.events.lastSeq() > 0) return 'room';
  const isOpen = (invite: { used_at: number | null; revoked_at: number | null; expires_at: number }) =>
    invite.used_at === null && invite.revoked_at === null && invite.expires_at > now;
  if (store.peerInvites.all().some(isOpen)) return 'invite';
  const hasPeople = store.accounts.all().length > 0 || store.tokens.all().length > 0;
  return hasPeople || store.peopleLinks.open(now).length > 0 ? 'people' : null;
}
