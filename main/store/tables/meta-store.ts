import type { Db } from '../database.ts';
import { Queries } from '../queries.ts';

const logKey = 'log';
/** The name of a note that exists while the log is being emptied on purpose. */
const emptying = 'emptying';

/** The log next to the database file before that was opened. An empty log contains as little as a missing one. */
export type LogFile = 'none' | 'empty' | 'filled';

/** Small facts about this database: its epoch, the settings. */
export class MetaStore extends Queries {
  /** The last run didn't close the database, and its log is missing, so its last writes are lost. */
  readonly isLogLost: boolean;
  /**
   * Whether this is an older state of the database on a server. Null without one: then a file next to the database
   * shows it (main/identity/life.ts).
   */
  readonly isRestored: boolean | null;

  readonly get = this.value<[key: string], string>('SELECT value FROM meta WHERE key = ?');

  readonly put = this.run<[key: string, value: string]>(
    'INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)',
  );

  constructor(db: Db, log: LogFile, isRestored: boolean | null) {
    super(db);
    this.isRestored = isRestored;
    const noted = this.get(logKey);
    this.isLogLost = (noted === 'open' && log !== 'filled') || (noted === emptying && log === 'none');
  }

  /** Notes that the database isn't complete without its log until it is closed. */
  noteOpen(): void {
    this.put(logKey, 'open');
  }

  /** The log may be empty until `noteEmptied`. */
  noteEmptying(): void {
    if (this.#isOpen) this.put(logKey, emptying);
  }

  /** The log was emptied, or could not be. */
  noteEmptied(): void {
    if (this.#isOpen) this.noteOpen();
  }

  noteClosed(): void {
    if (this.#isOpen) this.put(logKey, 'closed');
  }

  get #isOpen(): boolean {
    const noted = this.get(logKey);
    return noted === 'open' || noted === emptying;
  }
}
