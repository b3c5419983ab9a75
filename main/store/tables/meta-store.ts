import type { Db } from '../database.ts';

/** Small facts about this database: its epoch, the settings. */
export class MetaStore {
  readonly #statements;

  constructor(db: Db) {
    this.#statements = {
      get: db.prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?'),
      put: db.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)'),
    };
  }

  get(key: string): string | undefined {
    return this.#statements.get.get(key)?.value;
  }

  put(key: string, value: string): void {
    this.#statements.put.run(key, value);
  }
}
