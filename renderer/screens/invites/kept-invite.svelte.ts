import { isInviteLink as isShort, readInviteLink } from '../../../shared/protocol/invites/invite-link.ts';
import { peerInvitePrefix, readPeerInvite } from '../../../shared/protocol/invites/peer-invite.ts';

const key = 'kept invite';
const typedKey = 'typed invite';

const remember = (key: string, value: string): void =>
  value === '' ? sessionStorage.removeItem(key) : sessionStorage.setItem(key, value);

/**
 * An invite that was opened before it can be shown: the server has no name yet, or the screens are still loading. It
 * survives a reload, and so does what is in the field for it. A newer one replaces it.
 */
class KeptInvite {
  link = $state(sessionStorage.getItem(key) ?? '');
  #typed = $state(sessionStorage.getItem(typedKey) ?? '');

  /** What is in the field of the first run, until it is used. */
  get typed(): string {
    return this.#typed;
  }

  set typed(value: string) {
    this.#typed = value;
    remember(typedKey, value);
  }

  keep(link: string): void {
    this.link = link.trim();
    remember(key, this.link);
    this.typed = '';
  }

  drop(): void {
    this.link = '';
    remember(key, '');
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
