/** `paracord://` links from other programs, web pages and the command line. */
import { parseLink } from '../../../shared/api/links.ts';

export const linkScheme = 'paracord';
const isLink = (text: string): boolean => text.toLowerCase().startsWith(`${linkScheme}:`);

/** Splits a command line. The author of the link could have added the arguments after it, so they are dropped. */
export function splitCommandLine(args: readonly string[]): { flags: readonly string[]; link: string | null } {
  const at = args.findIndex(isLink);
  return at < 0 ? { flags: args, link: null } : { flags: args.slice(0, at), link: args[at] ?? null };
}

/** Holds the latest link until the page asks for it. A link only makes the page ask its owner something. */
export class LinkBox {
  #link: string | null = null;

  /** Returns false, and ignores the text, if it isn't a valid link. */
  put(text: unknown): boolean {
    if (typeof text !== 'string' || parseLink(text).kind === 'wrong') return false;
    this.#link = text;
    return true;
  }

  /** Returns the link once. */
  take(): string | null {
    const link = this.#link;
    this.#link = null;
    return link;
  }
}

/** The link that a second start of the app passed to the first one. Anybody can start the app with anything. */
export const linkOf = (data: unknown): unknown =>
  typeof data === 'object' && data !== null ? Object(data).link : null;

/** Handles opened links and further starts of the app, also those before there is a window. */
export class Calls {
  readonly links = new LinkBox();
  #wantsWindow: boolean;
  #app: CalledApp | null = null;

  /** `link`: from this app's own command line. */
  constructor(link: string | null) {
    this.#wantsWindow = link !== null;
    this.links.put(link);
  }

  /** The owner opened a link or started the app again. */
  get wantsWindow(): boolean {
    return this.#wantsWindow;
  }

  /** Brings the app to the front, with the link if it is valid. */
  take(link: unknown): void {
    this.#wantsWindow = true;
    if (this.links.put(link)) this.#app?.linkArrived();
    this.#app?.show();
  }

  /** Call it once the app is open. */
  answeredBy(app: CalledApp): void {
    this.#app = app;
  }
}

interface CalledApp {
  show(): void;
  /** A link is waiting for the page. */
  linkArrived(): void;
}
