import { ApiError } from '../../shared/api/client.ts';
import { type Api, contract, type ProcedureName } from '../../shared/api/contract.ts';
import type { StatusView } from '../../shared/api/views/node-views.ts';
import { reasonIn } from '../../shared/protocol/reasons.ts';
import type { Switching } from './node-link.ts';

const againMs = 500;
/** Far longer than a takeover (docs/scale.md, "How the takeover is tested"). */
const patienceMs = 15_000;

type Input = Readonly<Record<string, unknown>>;

/**
 * While the nodes of a server change places, its calls are repeated for a while instead of failing: those that were
 * certainly not executed, and those that do the same when they are executed twice.
 */
export class Switches implements Switching {
  /** Calls that are being repeated. */
  #repeated = $state(0);
  /** At its last status, the node stood by, so it may take over at any time. Its listeners then close for a moment. */
  #standsBy = false;

  get isUnderWay(): boolean {
    return this.#repeated > 0;
  }

  over(api: Api): Api {
    const names = Object.keys(contract) as ProcedureName[];
    return Object.freeze(
      Object.fromEntries(
        names.map((name) => [
          name,
          (input: Input = {}) => this.#call(name, input, api[name] as (input: Input) => Promise<unknown>),
        ]),
      ),
    ) as unknown as Api;
  }

  async #call(name: ProcedureName, input: Input, call: (input: Input) => Promise<unknown>): Promise<unknown> {
    const until = performance.now() + patienceMs;
    let isRepeated = false;
    try {
      for (;;) {
        try {
          const answer = await call(input);
          if (name === 'status') this.#standsBy = (answer as StatusView).stands_by !== null;
          return answer;
        } catch (error) {
          const isSafe = contract[name].method === 'GET' || input.client_key !== undefined;
          if (!this.#mayRepeat(error, isSafe) || performance.now() >= until) throw error;
        }
        if (!isRepeated) this.#repeated++;
        isRepeated = true;
        await new Promise<void>((resolve) => setTimeout(resolve, againMs));
      }
    } finally {
      if (isRepeated) this.#repeated--;
    }
  }

  #mayRepeat(error: unknown, isSafe: boolean): boolean {
    // An error of `fetch`: nobody listens there.
    if (error instanceof TypeError) return isSafe && this.#standsBy;
    if (!(error instanceof ApiError)) return false;
    const reason = reasonIn(error.details);
    return reason === 'no_leader' || (reason === 'leader_unsure' && isSafe);
  }
}
