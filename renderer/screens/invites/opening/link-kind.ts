import { isAskLink, readAskLink } from '../../../../shared/protocol/invites/ask-link.ts';
import { isInviteLink, readInviteLink } from '../../../../shared/protocol/invites/invite-link.ts';

/** The kind of text that somebody pasted as an invite. `over`: it has expired. */
export type LinkKind = 'invite' | 'ask' | 'damaged' | 'over' | 'room' | 'login' | 'web' | 'none';

export function linkKindOf(text: string, now: number): LinkKind {
  if (isInviteLink(text)) return isWhole(text) ? 'invite' : 'damaged';
  if (isAskLink(text)) {
    const ask = readAskLink(text);
    return ask === null ? 'damaged' : ask.expires <= now ? 'over' : 'ask';
  }
  if (/paracord:\/\/room\//i.test(text)) return 'room';
  if (/#\/login\//.test(text)) return 'login';
  return /https?:\/\//i.test(text) ? 'web' : 'none';
}

function isWhole(text: string): boolean {
  try {
    return readInviteLink(text) !== null;
  } catch (error) {
    // A newer version's link is whole, and the node says what to do.
    return (error as { details?: { reason?: string } }).details?.reason === 'newer';
  }
}
