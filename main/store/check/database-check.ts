import * as v from 'valibot';
import type { Log } from '../../kernel/log.ts';
import type { Clock } from '../../kernel/ports.ts';
import { every } from '../../kernel/timers.ts';
import type { Tables } from '../ports.ts';
import type { LookAt } from './slices.ts';

const stepMs = 30_000;
const passEveryMs = 7 * 86_400_000;
const metaKey = 'database_check';
const roomsStep = 'rooms of the projection';

const State = v.object({
  left: v.array(v.string()),
  finishedAt: v.nullable(v.number()),
  /** The last result for each damaged table. */
  damaged: v.record(v.string(), v.string()),
});
type State = v.InferOutput<typeof State>;

interface DatabaseCheckDeps {
  readonly store: Tables<'meta' | 'writer' | 'disk'>;
  readonly look: LookAt;
  /** Rebuilds a room's projection from its events. */
  readonly rebuild: (roomId: string) => Promise<void>;
  readonly clock: Clock;
  readonly log: Pick<Log, 'error' | 'warn'>;
}

/**
 * Checks the whole database while the node runs: a table every 30 seconds, all of it once a week. The progress is
 * saved, so that a node that restarts daily gets to the end too. It asks for nothing and takes half an hour, so it isn't
 * listed as work.
 */
export class DatabaseCheck {
  readonly #deps: DatabaseCheckDeps;
  #cancel: () => void = () => {};
  /** The store closes, so a step in progress keeps nothing. The next run looks there again. */
  #isStopped = false;
  /** How often damage had been met when this pass began; `null` if it began in an earlier run. */
  #metBefore: number | null = null;

  constructor(deps: DatabaseCheckDeps) {
    this.#deps = deps;
  }

  start(): void {
    const { clock, log } = this.#deps;
    if (Object.keys(this.#state().damaged).length > 0) this.#damage();
    const begin = (): void => {
      this.#cancel = every(
        clock,
        stepMs,
        () => this.step(),
        (error) => log.error({ err: error }, 'checking the database failed'),
      );
    };
    // The check keeps apart from what is done each minute, which may need a thread, too: each takes 7 MB.
    this.#cancel = clock.after(stepMs / 2, begin);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  async step(): Promise<void> {
    const { look, clock, store } = this.#deps;
    const state = this.#state();
    const [next, ...left] = state.left;
    if (next === undefined) {
      const { finishedAt } = state;
      const rests =
        finishedAt !== null && clock.now() >= finishedAt && clock.now() - finishedAt < passEveryMs;
      if (rests && !this.#isDamageElsewhere(state)) return;
      const { tables = [] } = await look({ kind: 'list' });
      if (this.#isStopped) return;
      this.#metBefore = store.disk.damages;
      await this.#keep({ ...state, left: [...tables, roomsStep] });
      return;
    }
    const damaged = next === roomsStep ? await this.#checkRooms(state) : await this.#checkTable(next, state);
    if (this.#isStopped) return;
    const isLast = left.length === 0;
    await this.#keep({ left, damaged, finishedAt: isLast ? clock.now() : state.finishedAt });
    const isWell = Object.keys(damaged).length === 0 && this.#metBefore === store.disk.damages;
    if (isLast && isWell) store.disk.mended();
  }

  /** A statement met damage that no check has found, because it came later or was repaired since. */
  #isDamageElsewhere({ damaged }: State): boolean {
    return this.#deps.store.disk.trouble === 'damaged' && Object.keys(damaged).length === 0;
  }

  async #checkTable(table: string, { damaged }: State): Promise<State['damaged']> {
    const { look, log } = this.#deps;
    const { damage = null } = await look({ kind: 'table', table });
    const { [table]: _, ...others } = damaged;
    if (damage === null) return others;
    log.error({ table, damage }, 'the database is damaged');
    this.#damage();
    return { ...others, [table]: damage };
  }

  async #checkRooms({ damaged }: State): Promise<State['damaged']> {
    const { look, rebuild, log } = this.#deps;
    for (const roomId of (await look({ kind: 'rooms' })).rooms ?? []) {
      if (this.#isStopped) return damaged;
      log.warn({ room: roomId }, 'room did not match its events and was rebuilt');
      await rebuild(roomId);
    }
    return damaged;
  }

  #damage(): void {
    this.#deps.store.disk.note({ code: 'SQLITE_CORRUPT' });
  }

  #state(): State {
    const kept = this.#deps.store.meta.get(metaKey);
    const result = v.safeParse(State, kept === undefined ? null : JSON.parse(kept));
    return result.success ? result.output : { left: [], finishedAt: null, damaged: {} };
  }

  async #keep(state: State): Promise<void> {
    const { store } = this.#deps;
    await store.writer.write(() => store.meta.put(metaKey, JSON.stringify(state)));
  }
}
