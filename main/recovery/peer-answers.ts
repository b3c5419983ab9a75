import type { Log } from '../kernel/log.ts';
import type { Tables } from '../store/ports.ts';
import type { AdoptedRoom } from './adopting.ts';

/**
 * Remembers which peers have reported what they know about this server. An answer is saved once every room that it
 * named has been read, so a node that stops before that asks the peer again at its next start.
 */
export class PeerAnswers {
  readonly #store: Tables<'recovery' | 'writer'>;
  readonly #log: Log;
  /** Answers of this run: when they came, and what is still to be read because of them, as `server room`. */
  readonly #given = new Map<string, { readonly at: number; readonly unread: Set<string> }>();

  constructor({ store, log }: { readonly store: Tables<'recovery' | 'writer'>; readonly log: Log }) {
    this.#store = store;
    this.#log = log;
  }

  /** When each peer answered, unix ms. */
  all(): ReadonlyMap<string, number> {
    const given = [...this.#given].map(([server, { at }]) => [server, at] as const);
    return new Map([...this.#store.recovery.answers(), ...given]);
  }

  /** Inside a transaction. Call `given` after its commit. */
  saveWithin(server: string, at: number, toRead: readonly AdoptedRoom[]): void {
    if (toRead.length === 0) this.#store.recovery.noteAnswer(server, at);
  }

  given(server: string, at: number, toRead: readonly AdoptedRoom[]): void {
    this.#given.set(server, {
      at,
      unread: new Set(toRead.map(({ roomId, readAt }) => `${readAt} ${roomId}`)),
    });
  }

  /** A room was read to its end at a server. */
  read(server: string, roomId: string): void {
    for (const [answerer, { at, unread }] of this.#given) {
      if (!unread.delete(`${server} ${roomId}`) || unread.size > 0) continue;
      this.#store.writer
        .write(() => this.#store.recovery.noteAnswer(answerer, at))
        .catch((error) => this.#log.error({ peer: answerer, err: error }, 'could not save its answer'));
    }
  }

  forget(): void {
    this.#given.clear();
  }
}
