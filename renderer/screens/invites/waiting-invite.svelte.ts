import { readPeerInvite } from '../../../shared/protocol/peer-invite.ts';

const key = 'waiting invite';

/**
 * An invite that was opened where it cannot be looked at yet: this server has no name, or its screens are still being
 * read. It stays through a reload; the one that came last counts.
 */
class WaitingInvite {
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

export const waitingInvite = new WaitingInvite();

/** Whom a link names, before anybody has checked that it is theirs. Throws, in a sentence, for one that is no invite. */
export const inviterOf = (link: string): string => readPeerInvite(link, () => true, Date.now()).server_name;
