import type { ActivityRow } from '../../activity.ts';
import type { Db } from '../database.ts';

/** Traffic by the minute (main/activity.ts). */
export class ActivityStore {
  readonly #statements;

  constructor(db: Db) {
    this.#statements = {
      all: db.prepare<[], ActivityRow>('SELECT * FROM activity ORDER BY minute'),
      save: db.prepare(
        `INSERT OR REPLACE INTO activity
           (minute, received, delivered, failed, answers, answer_ms_sum, answer_ms_max)
         VALUES (@minute, @received, @delivered, @failed, @answers, @answer_ms_sum, @answer_ms_max)`,
      ),
      prune: db.prepare('DELETE FROM activity WHERE minute < ?'),
    };
  }

  all(): ActivityRow[] {
    return this.#statements.all.all();
  }

  /** Replaces these minutes and deletes those before `firstMinute`. Call it in a transaction. */
  save(rows: readonly ActivityRow[], firstMinute: number): void {
    for (const row of rows) this.#statements.save.run(row);
    this.#statements.prune.run(firstMinute);
  }
}
