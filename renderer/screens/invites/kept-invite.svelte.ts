import { isInviteLink as isShort, readInviteLink } from '../../../shared/protocol/invites/invite-link.ts';
import { peerInvitePrefix, readPeerInvite } from '../../../shared/protocol/invites/peer-invite.ts';

const key = 'kept invite';

/**
 * An invite that was opened before it can be shown: the server has no name yet, or the screens are still loading. It
 * survives a reload. A newer one replaces it.
 */
class KeptInvite {
  link = $state(sessionStorage.getItem(key) ?? '');

  keep(link: string): void {
    this.link = link.trim();
    sessionStorage.setItem(key, this.link);
  }

  drop(): void {
    this.link = '';
    sessionStorage.removeItem(key);
  }
}

export const keptInvite = new KeptInvite();

/**
 * The server that a link claims to be from: its name, or the host of a short link. Nobody has verified it yet. Throws
 * if this isn't an invite.
 */
export function inviterOf(link: string): string {
  const short = readInviteLink(link);
  return short ? new URL(short.base).host : readPeerInvite(link, () => true, Date.now()).server_name;
}

/** Looks like an invite. The node decides whether it is valid. */
export const isInviteLink = (value: string): boolean =>
  isShort(value) || value.trim().toLowerCase().startsWith(peerInvitePrefix);
