import { refusal } from '../../../../shared/words/refusal.ts';
import { type Said, said } from '../../../../shared/words/said.ts';
import type { Clock } from '../../../kernel/ports.ts';
import { cancelable, canceled, type Work } from '../../../work.ts';
import { DatabaseAddress, DatabaseAddressError } from '../address.ts';
import type { Session } from '../connect.ts';
import type { SharedDatabase } from '../shared-database.ts';
import type { Ground, MoveResult, Watch } from './moving.ts';

/** What changes around the store when its data moves. */
export interface DataHome {
  /** Where the next start finds the data; null: in the file. */
  readonly remember: (address: DatabaseAddress | null) => void;
  /** Before a move to this database: prepares this node for leading there. */
  readonly join: (address: DatabaseAddress) => Promise<Joining>;
  /** This node has moved its data back to the file. While nothing is written. */
  readonly movedBack: () => void;
}

export interface Joining {
  /**
   * The data is in `database` from now on, and `lock` holds its lock. Returns whether this node takes part in the election,
   * as the leader. While nothing is written.
   */
  readonly lead: (database: SharedDatabase, lock: Session) => boolean;
  /** The data stays where it is. */
  readonly giveUp: () => void;
}

/** Of a node that doesn't take part in an election: its process ends after the move, or it is inside another program. */
export const nowhere: DataHome = {
  remember() {},
  join: async () => ({
    lead(_, lock) {
      void lock.close();
      return false;
    },
    giveUp() {},
  }),
  movedBack() {},
};

/** The store whose data moves. */
export interface MovableStore {
  readonly ground: Ground;
  /** Where the data is; null: in the file. */
  readonly database: SharedDatabase | null;
  use(database: SharedDatabase | null): void;
}

export interface MovedData extends MoveResult {
  readonly to: 'postgresql' | 'sqlite';
  readonly place: string;
  readonly kept: Said;
}

export interface MoveDataParts {
  readonly store: MovableStore;
  readonly keyring: { readonly isSetUp: boolean; readonly serverName: string };
  readonly home: DataHome;
  readonly clock: Clock;
  readonly work: Pick<Work, 'begin'>;
}

/** Where to move: null is the file. BAD_REQUEST for anything else than `sqlite` or an address; doesn't quote it. */
export function placeIn(to: string): DatabaseAddress | null {
  if (to === 'sqlite') return null;
  try {
    return new DatabaseAddress(to);
  } catch (error) {
    if (!(error instanceof DatabaseAddressError)) throw error;
    throw refusal('BAD_REQUEST', error.fault === 'scheme' ? said('move.where') : error.said);
  }
}

/** Moves the data of a node while it runs. */
export class MoveData {
  readonly #parts: MoveDataParts;
  #isRunning = false;

  constructor(parts: MoveDataParts) {
    this.#parts = parts;
  }

  /** Rejects with a sentence; then the data is where it was. CONFLICT with the reason `canceled` if the owner canceled. */
  async run(to: string): Promise<MovedData> {
    const { store, work } = this.#parts;
    const address = placeIn(to);
    if (this.#isRunning) throw refusal('CONFLICT', said('move.running'));
    const { place } = this;
    if (address === null ? store.database === null : String(address) === place)
      throw refusal('CONFLICT', said('move.here_already', { place }));
    if (address !== null && store.database !== null)
      throw refusal('CONFLICT', said('move.only_to_file', { place }));
    this.#isRunning = true;
    const target = address === null ? store.ground.path : String(address);
    const { job, signal } = cancelable(work, {
      ...{ kind: 'move', about: null, title: said('work.move', { place: target }) },
    });
    const watch: Watch = {
      signal,
      onProgress: (progress) => job.advance(progress),
      onSettled: () => job.settle(),
      clock: this.#parts.clock,
    };
    try {
      return address === null ? await this.#moveBack(watch) : await this.#moveTo(address, watch);
    } catch (error) {
      throw signal.aborted ? canceled(said('work.move_canceled')) : error;
    } finally {
      job.end();
      this.#isRunning = false;
    }
  }

  get place(): string {
    const { database, ground } = this.#parts.store;
    return database === null ? ground.path : String(database.address);
  }

  async #moveTo(address: DatabaseAddress, watch: Watch): Promise<MovedData> {
    const { store, keyring, home, clock } = this.#parts;
    const { ground } = store;
    // Most nodes never move.
    const { moveToDatabase } = await import('./moving.ts');
    const { SharedDatabase } = await import('../shared-database.ts');
    const server = keyring.isSetUp ? keyring.serverName : null;
    // Before the switch. Until then, a start uses the file all the same (opening.ts).
    const onSettled = () => {
      home.remember(address);
      watch.onSettled();
    };
    const joining = await home.join(address);
    try {
      const result = await moveToDatabase(ground, address, server, { ...watch, onSettled }, (use) => {
        const database = SharedDatabase.adopt({ address, path: ground.path, clock }, ground.db, use);
        store.use(database);
        return joining.lead(database, use.lock);
      });
      const kept = said('move.kept_file', { path: ground.path });
      return { ...result, to: 'postgresql', place: String(address), kept };
    } catch (error) {
      if (store.database === null) {
        home.remember(null);
        joining.giveUp();
      }
      throw error;
    }
  }

  async #moveBack(watch: Watch): Promise<MovedData> {
    const { store, home } = this.#parts;
    const { database, ground } = store;
    if (database === null) throw new Error('the data is in the file');
    const { moveToFile } = await import('./moving.ts');
    const result = await moveToFile(ground, database.toLeave, watch, () => {
      store.use(null);
      home.movedBack();
    });
    await database.release();
    home.remember(null);
    const kept = said('move.kept_database', { place: String(database.address) });
    return { ...result, to: 'sqlite', place: ground.path, kept };
  }
}
