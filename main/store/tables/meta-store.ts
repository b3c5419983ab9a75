import type { Db } from '../database.ts';

const logKey = 'log';
/** While the log is being emptied on purpose. */
const emptying = 'emptying';

/** The log next to the database file before that was opened. An empty log contains as little as a missing one. */
export type LogFile = 'none' | 'empty' | 'filled';

/** Small facts about this database: its epoch, the settings. */
export class MetaStore {
  /** The last run didn't close the database, and its log is missing, so what it wrote last is lost. */
  readonly isLogLost: boolean;
  /**
   * Whether this is an older state of the database on a server. Null without one: then a file next to the database
   * shows it (main/identity/life.ts).
   */
  readonly isRestored: boolean | null;
  readonly #statements;

  constructor(db: Db, log: LogFile, isRestored: boolean | null) {
    this.isRestored = isRestored;
    this.#statements = {
      get: db.prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?'),
      put: db.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)'),
    };
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

  get(key: string): string | undefined {
    return this.#statements.get.get(key)?.value;
  }

  put(key: string, value: string): void {
    this.#statements.put.run(key, value);
  }
}
