import type { ActivityRow } from '../../activity.ts';
import { Queries } from '../queries.ts';

/** Traffic by the minute (main/activity.ts). */
export class ActivityStore extends Queries {
  readonly #save = this.run(`INSERT OR REPLACE INTO activity
      (minute, received, delivered, failed, answers, answer_ms_sum, answer_ms_max)
    VALUES (@minute, @received, @delivered, @failed, @answers, @answer_ms_sum, @answer_ms_max)`);
  readonly #prune = this.run('DELETE FROM activity WHERE minute < ?');

  readonly all = this.rows<[], ActivityRow>('SELECT * FROM activity ORDER BY minute');

  /** Replaces these minutes and deletes those before `firstMinute`. Call it in a transaction. */
  save(rows: readonly ActivityRow[], firstMinute: number): void {
    for (const row of rows) this.#save(row);
    this.#prune(firstMinute);
  }
}
