import type { Api } from '../../../../shared/api/contract.ts';
import { failureOf } from '../../../node/failure.ts';
import { text } from '../../../text/text.ts';
import type { Planned, TrustEntry } from './trust-list.ts';

/** One server that doesn't answer shouldn't hold up the others. */
const atOnce = 4;

type Doing = Extract<Planned, { kind: 'added' | 'changed' }>;

export interface Step {
  readonly planned: Doing;
  readonly state: 'queued' | 'working' | 'done' | 'failed' | 'stopped';
  readonly problem: string | null;
}

/** Imports the selected entries of a trust list and keeps track of the progress. */
export class TrustImport {
  steps: readonly Step[] = $state.raw([]);
  running = $state(false);
  readonly #api: Pick<Api, 'addPeer' | 'changePeer'>;
  #stopped = false;

  constructor(api: Pick<Api, 'addPeer' | 'changePeer'>) {
    this.#api = api;
  }

  get finished(): number {
    return this.#count('done') + this.#count('failed');
  }
  get done(): number {
    return this.#count('done');
  }
  get failed(): number {
    return this.#count('failed');
  }
  get stopped(): number {
    return this.#count('stopped');
  }

  async run(chosen: readonly Doing[]): Promise<void> {
    if (this.running) return;
    this.running = true;
    this.#stopped = false;
    this.steps = chosen.map((planned) => ({ planned, state: 'queued', problem: null }));
    let next = 0;
    const work = async (): Promise<void> => {
      for (;;) {
        const at = next++;
        const step = this.steps[at];
        if (step === undefined) return;
        if (this.#stopped) this.#put(at, 'stopped');
        else await this.#carryOut(at, step.planned);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    this.running = false;
  }

  /** Finishes the entries in progress and starts no others. */
  stop(): void {
    this.#stopped = true;
  }

  clear(): void {
    if (!this.running) this.steps = [];
  }

  async #carryOut(at: number, planned: Doing): Promise<void> {
    this.#put(at, 'working');
    try {
      const problem = planned.kind === 'added' ? await this.#add(planned.entry) : await this.#change(planned);
      this.#put(at, problem === null ? 'done' : 'failed', problem);
    } catch (error) {
      this.#put(at, 'failed', failureOf(error).message);
    }
  }

  /** Returns what is missing if the server was added, but its settings were not saved. */
  async #add(entry: TrustEntry): Promise<string | null> {
    const { server_name, endpoint, mode, reason, until, limits } = entry;
    // Blocking a server needs no contact with it.
    const address = mode === 'block' || endpoint === null ? {} : { endpoint };
    await this.#api.addPeer({ server_name, mode, ...address });
    if (reason === null && until === null && limits === null) return null;
    try {
      await this.#api.changePeer({ server_name, reason, until, limits });
      return null;
    } catch (error) {
      return text.peers.trustList.halfAdded({ why: failureOf(error).message });
    }
  }

  async #change({ entry, changes }: Extract<Doing, { kind: 'changed' }>): Promise<null> {
    const { server_name, endpoint, mode, reason, until, limits } = entry;
    const has = (field: string): boolean => changes.some((change) => change.field === field);
    // Setting the mode clears the reason and the end, so these three go together.
    const trust = has('mode') || has('reason') || has('until') ? { mode, reason, until } : {};
    await this.#api.changePeer({
      server_name,
      ...trust,
      ...(has('limits') ? { limits } : {}),
      ...(has('endpoint') && endpoint !== null ? { endpoint } : {}),
    });
    return null;
  }

  #count(state: Step['state']): number {
    return this.steps.filter((step) => step.state === state).length;
  }

  #put(at: number, state: Step['state'], problem: string | null = null): void {
    this.steps = this.steps.map((step, index) => (index === at ? { ...step, state, problem } : step));
  }
}
