import type { Db } from '../database.ts';

const logKey = 'log';

/** Small facts about this database: its epoch, the settings. */
export class MetaStore {
  /** The last run didn't close the database, and its log is missing, so what it wrote last is lost. */
  readonly isLogLost: boolean;
  readonly #statements;

  /** `hasLog`: there was a write-ahead log next to the file before it was opened. */
  constructor(db: Db, hasLog: boolean) {
    this.#statements = {
      get: db.prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?'),
      put: db.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)'),
    };
    this.isLogLost = !hasLog && this.get(logKey) === 'open';
  }

  /** From now on until it is closed, the database isn't complete without its log. */
  noteOpen(): void {
    this.put(logKey, 'open');
  }

  noteClosed(): void {
    if (this.get(logKey) === 'open') this.put(logKey, 'closed');
  }

  get(key: string): string | undefined {
    return this.#statements.get.get(key)?.value;
  }

  put(key: string, value: string): void {
    this.#statements.put.run(key, value);
  }
}
