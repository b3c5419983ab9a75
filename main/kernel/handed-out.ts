import { badRequest } from '../../shared/protocol/errors.ts';
import { said } from '../../shared/words/said.ts';

/**
 * How far each asker has been handed something that it confirms afterwards. Nobody can be led to confirm, and so have
 * deleted, what they never got. Kept in memory: after a restart an asker begins again.
 */
export class HandedOut {
  readonly #upTo = new Map<string, number>();

  note(asker: string, next: number): void {
    this.#upTo.set(asker, Math.max(next, this.#upTo.get(asker) ?? 0));
  }

  /** Throws BAD_REQUEST for a confirmation beyond what this asker was handed. */
  check(asker: string, after: number): void {
    if (after > (this.#upTo.get(asker) ?? 0)) throw badRequest(said('wire.not_handed_out'));
  }
}
