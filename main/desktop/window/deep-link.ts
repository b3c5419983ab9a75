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

/** The link that a second start of the app passed to the first one; anybody can start it with anything. */
export const linkOf = (data: unknown): unknown =>
  typeof data === 'object' && data !== null ? Object(data).link : null;

/** Further starts of the app and opened links, also those that come before there is a window to show them in. */
export class Calls {
  readonly links = new LinkBox();
  #wantsWindow: boolean;
  #app: CalledApp | null = null;

  /** `link`: the one that this start was given. */
  constructor(link: string | null) {
    this.#wantsWindow = link !== null;
    this.links.put(link);
  }

  /** The app was called by something that its owner did. */
  get wantsWindow(): boolean {
    return this.#wantsWindow;
  }

  /** Brings the app to the front, with the link if it is one. */
  take(link: unknown): void {
    this.#wantsWindow = true;
    if (this.links.put(link)) this.#app?.linkCame();
    this.#app?.show();
  }

  /** The app is open. */
  answeredBy(app: CalledApp): void {
    this.#app = app;
  }
}

interface CalledApp {
  show(): void;
  /** A link is in the box. */
  linkCame(): void;
}
