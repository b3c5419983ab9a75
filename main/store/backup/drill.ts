import { Worker } from 'node:worker_threads';
import { SaidError } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';

export interface DrillTask {
  /** The folder of the backup. */
  readonly backup: string;
  /** The database in use. */
  readonly live: string;
  /** A folder that is made for it and removed again. */
  readonly scratch: string;
  /** The name of this server. */
  readonly self: string;
}

/** What is in the database in use and not in the backup. */
export interface Missing {
  readonly events: number;
  /** Of them, those in rooms without another server: no peer could give them back. */
  readonly eventsOnlyHere: number;
  /** Names of rooms. */
  readonly rooms: readonly string[];
  /** Ids of users. */
  readonly users: readonly string[];
  /** Servers that are trusted differently now. */
  readonly decisions: readonly string[];
}

/** `problem`: why a node could not start on it, in the words of SQLite. `notCopied`: why that was not tried. */
export type DrillAnswer =
  | { readonly missing: Missing; readonly checked: number }
  | { readonly problem: string }
  | { readonly notCopied: string };

/** On a thread of its own: the backup may be large. */
export async function drillDatabase(task: DrillTask): Promise<DrillAnswer> {
  const worker = new Worker(new URL('./drill-worker.ts', import.meta.url), { workerData: task });
  const answer = await new Promise<DrillAnswer>((resolve, reject) => {
    worker.once('message', resolve).once('error', reject);
    worker.once('exit', () => reject(new SaidError(said('backup.why_thread'))));
  });
  await worker.terminate();
  return answer;
}
