import { conflict } from '../../../shared/protocol/errors.ts';
import { said } from '../../../shared/words/said.ts';
import { tuning } from '../../config.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { Tables } from '../../store/ports.ts';
import type { ReplayRow } from '../../store/rules/queue-table.ts';

/** Makes sure that no signed request is accepted twice: in memory immediately, on disk together with its effects. */
export class ReplayGuard {
  readonly #store: Tables<'replay' | 'writer'>;
  readonly #clock: Clock;
  /** Shortened (`nonceOf`). Two generations: the older one is dropped as a whole. */
  #recent = new Set<string>();
  #older = new Set<string>();
  #turnedAt: number;

  constructor(store: Tables<'replay' | 'writer'>, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#turnedAt = clock.now();
    for (const row of store.replay.unexpired(clock.now()))
      this.#recent.add(nonceOf(row.signature.toString('hex')));
  }

  /** CONFLICT if this signature was seen before. `signature` is 128 hex digits. */
  claim(signature: string): void {
    this.#turn();
    const nonce = nonceOf(signature);
    if (this.#recent.has(nonce) || this.#older.has(nonce))
      throw conflict(said('wire.replayed'), {
        reason: 'replay',
      });
    this.#recent.add(nonce);
  }

  /** Remembers the signature of a request without effects. */
  async keep(signature: string): Promise<void> {
    await this.#store.writer.write(() => this.persist(signature));
  }

  /** Inside the transaction of the request's effects. */
  persist(signature: string): void {
    const row = this.rowOf(signature);
    this.#store.replay.add(row.signature, row.expiresAt);
  }

  /** The row that is stored about a signature. */
  rowOf(signature: string): ReplayRow {
    return {
      signature: Buffer.from(signature, 'hex'),
      expiresAt: this.#clock.now() + tuning.replayKeepMs,
    };
  }

  #turn(): void {
    const now = this.#clock.now();
    if (now - this.#turnedAt < tuning.replayKeepMs) return;
    this.#turnedAt = now;
    this.#older = this.#recent;
    this.#recent = new Set();
    this.#prune(now).catch(() => {});
  }

  async #prune(now: number): Promise<void> {
    const { writer, replay } = this.#store;
    while (await writer.write(() => replay.prune(now)));
  }
}

/**
 * 16 bytes of the signature's first half, which Ed25519 derives from the key and the text: only the signer itself could
 * use one twice. At full rate there are hundreds of thousands, so they are kept as short as possible.
 */
const nonceOf = (signature: string): string => Buffer.from(signature.slice(0, 32), 'hex').toString('latin1');
