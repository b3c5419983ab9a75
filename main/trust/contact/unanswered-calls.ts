import type { Extension } from '../../../shared/protocol/extensions.ts';
import { type BackOff, backOffMs } from '../../kernel/back-off.ts';
import type { Clock } from '../../kernel/ports.ts';

/** The time for which an extension is skipped that a server lists but did not answer, by failures in a row. */
export const leftOut: BackOff = { firstMs: 60_000, maxMs: 60 * 60_000 };

/**
 * Extensions that a server lists but does not answer. Kept in memory only, and briefly, because a proxy's error page
 * looks the same as a server that does not know the call.
 */
export class UnansweredCalls {
  readonly #clock: Clock;
  readonly #calls = new Map<string, Map<Extension, { readonly times: number; readonly until: number }>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(server: string, extension: Extension): void {
    const calls = this.#calls.get(server) ?? new Map();
    const times = (calls.get(extension)?.times ?? 0) + 1;
    this.#calls.set(
      server,
      calls.set(extension, { times, until: this.#clock.now() + backOffMs(leftOut, times) }),
    );
  }

  clear(server: string, extension: Extension): void {
    this.#calls.get(server)?.delete(extension);
  }

  isLeftOut(server: string, extension: Extension): boolean {
    return this.#clock.now() < (this.#calls.get(server)?.get(extension)?.until ?? 0);
  }

  forget(server: string): void {
    this.#calls.delete(server);
  }
}
