import type { Connection, News } from './node-link.ts';

/** Reports from the page with the event stream. `at`: the id of its last change, '' before the first. */
export type FromHolder =
  | {
      readonly kind: 'holds';
      readonly connection: Connection;
      readonly isHidden: boolean;
      readonly at: string;
    }
  | { readonly kind: 'news'; readonly news: News; readonly at: string };
type Message = FromHolder | { readonly kind: 'who' };

export interface SharedStreamParts {
  /** Open the stream: this page holds it from now on. */
  readonly take: () => void;
  /** Close it: another page took it. */
  readonly give: () => void;
  readonly hear: (message: FromHolder) => void;
  readonly connection: () => Connection;
  readonly at: () => string;
  readonly page: {
    readonly visibilityState: string;
    addEventListener(type: 'visibilitychange', listener: () => void): void;
  };
}

const name = 'paracord-node stream';
/** A page that doesn't answer within this time is frozen by its browser. */
const answerMsMax = 1_000;

/**
 * One event stream for all pages of a browser, because a browser opens only six connections to a server: with a stream
 * each, the seventh page would wait forever. The page with the lock has the stream and passes on what it hears. A
 * visible page takes it from a hidden one, which a browser may freeze.
 */
export class SharedStream {
  readonly #parts: SharedStreamParts;
  readonly #channel = new BroadcastChannel(name);
  /** This page's place in the queue for the lock, while it has a login. */
  #place: AbortController | null = null;
  #release: (() => void) | null = null;
  #unanswered: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: SharedStreamParts) {
    this.#parts = parts;
    this.#channel.onmessage = ({ data }) => this.#receive(data as Message);
    parts.page.addEventListener('visibilitychange', () => {
      if (this.holds) this.report();
      else if (this.#place !== null) this.#ask();
    });
  }

  get holds(): boolean {
    return this.#release !== null;
  }

  /** Makes this page hear what changes: from the page that has the stream, or because it gets it. */
  join(): void {
    this.leave();
    this.#queue(false);
    this.#ask();
  }

  leave(): void {
    clearTimeout(this.#unanswered);
    this.#place?.abort();
    this.#place = null;
    this.#release?.();
    this.#release = null;
  }

  /** Ends the connections to the other pages. */
  close(): void {
    this.leave();
    this.#channel.close();
  }

  /** Gets the stream, whichever page has it. */
  takeOver(): void {
    clearTimeout(this.#unanswered);
    this.#place?.abort();
    this.#queue(true);
  }

  /** Tells the other pages how the stream is. */
  report(): void {
    const { connection, at } = this.#parts;
    if (this.holds)
      this.#post({ kind: 'holds', connection: connection(), isHidden: this.#isHidden, at: at() });
  }

  passOn(news: News): void {
    if (this.holds) this.#post({ kind: 'news', news, at: this.#parts.at() });
  }

  get #isHidden(): boolean {
    return this.#parts.page.visibilityState === 'hidden';
  }

  #queue(steal: boolean): void {
    const place = new AbortController();
    this.#place = place;
    const holding = () => {
      if (this.#place !== place) return;
      clearTimeout(this.#unanswered);
      const released = new Promise<void>((release) => {
        this.#release = release;
      });
      this.#parts.take();
      this.report();
      return released;
    };
    navigator.locks
      .request(name, steal ? { steal } : { signal: place.signal }, holding)
      // Another page took it, or this one has left the queue.
      .catch(() => {
        if (this.#place !== place) return;
        this.#release = null;
        this.#parts.give();
        this.#queue(false);
      });
  }

  #ask(): void {
    clearTimeout(this.#unanswered);
    if (this.#isHidden) return;
    this.#post({ kind: 'who' });
    this.#unanswered = setTimeout(() => this.takeOver(), answerMsMax);
  }

  #receive(message: Message): void {
    if (this.#place === null) return;
    if (message.kind === 'who') this.report();
    else if (!this.holds) this.#hear(message);
  }

  #hear(message: FromHolder): void {
    this.#parts.hear(message);
    if (message.kind !== 'holds') return;
    clearTimeout(this.#unanswered);
    if (message.isHidden && !this.#isHidden) this.takeOver();
  }

  #post(message: Message): void {
    this.#channel.postMessage(message);
  }
}
