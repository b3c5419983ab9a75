import { workerData } from 'node:worker_threads';
import { openDatabase } from '../database.ts';
import { answerFromThread, copyInSteps, notCopied, progressFromThread } from '../thread.ts';
import { ownKeysIn, problemOf } from './copied.ts';
import type { CopiedDatabase, RestoreTask } from './restore.ts';

/** Copies a backup's database, opens it as a start would, and checks all of it. */
function copyAndCheck({ from, to }: RestoreTask): CopiedDatabase {
  try {
    copyInSteps(from, to);
  } catch (error) {
    return { notCopied: notCopied(error) };
  }
  progressFromThread('checking');
  const db = openDatabase(to, true);
  try {
    const verdict = String(db.pragma('integrity_check(1)', { simple: true }));
    if (verdict !== 'ok') return { problem: verdict };
    const count = (table: string): number =>
      (db.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { n: number }).n;
    const own = ownKeysIn(db);
    // A single file, without a log.
    db.pragma('journal_mode = DELETE');
    return { own, events: count('federation_events'), rooms: count('rooms') };
  } finally {
    db.close();
  }
}

try {
  answerFromThread(copyAndCheck(workerData as RestoreTask));
} catch (error) {
  answerFromThread(problemOf(error) satisfies CopiedDatabase);
}
