import { readInviteLink } from '../../../../shared/protocol/invites/invite-link.ts';

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

  /** The text in the field of the first run, until it is used. */
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

/** The host in an invite, which nobody has verified yet; null if the link can't be read. */
export function inviterOf(link: string): string | null {
  try {
    const read = readInviteLink(link);
    return read && new URL(read.base).host;
  } catch {
    return null;
  }
}
