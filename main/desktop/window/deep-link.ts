/** `paracord://` links from other programs, web pages and the command line. */
import { parseLink } from '../../../shared/api/links.ts';

export const linkScheme = 'paracord';
const isLink = (text: string): boolean => text.toLowerCase().startsWith(`${linkScheme}:`);

/** A command line, parted: whatever is behind a link may have been smuggled in with it, and is dropped. */
export function splitCommandLine(args: readonly string[]): { flags: readonly string[]; link: string | null } {
  const at = args.findIndex(isLink);
  return at < 0 ? { flags: args, link: null } : { flags: args.slice(0, at), link: args[at] ?? null };
}

/** Holds the one link the page has not asked for yet. A link never does more than make the page ask its owner. */
export class LinkBox {
  #link: string | null = null;

  /** False for what is no such link, which is forgotten at once. */
  put(text: unknown): boolean {
    if (typeof text !== 'string' || parseLink(text).kind === 'wrong') return false;
    this.#link = text;
    return true;
  }

  /** Hands it out once. */
  take(): string | null {
    const link = this.#link;
    this.#link = null;
    return link;
  }
}
