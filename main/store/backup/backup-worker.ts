import { closeSync, fsyncSync, openSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { openSqlite } from '../open-file.ts';
import { answerFromThread, progressFromThread } from '../thread.ts';

/** The ID that a copy gets (identity/life.ts): no data folder has it, so a restored backup is noticed. */
const backupLife = 'backup';
/** A step copies 4 MiB. */
const pagesPerStep = 1024;

/** Copies the database while it is in use, and checks the copy. Answers `null`, or what is wrong. */
async function copyAndProve(from: string, to: string): Promise<string | null> {
  const source = openSqlite(from, { readonly: true, fileMustExist: true });
  try {
    // A transaction holds the snapshot of one moment. Without it, every write in between would restart the copy.
    source.exec('BEGIN');
    source.prepare('SELECT count(*) FROM sqlite_master').get();
    const pageBytes = Number(source.pragma('page_size', { simple: true }));
    await source.backup(to, {
      progress: ({ totalPages, remainingPages }) => {
        progressFromThread({
          done: (totalPages - remainingPages) * pageBytes,
          total: totalPages * pageBytes,
        });
        return pagesPerStep;
      },
    });
  } finally {
    source.close();
  }
  progressFromThread('checking');
  const copy = openSqlite(to, { fileMustExist: true });
  try {
    // A single file, without a log.
    copy.pragma('journal_mode = DELETE');
    copy.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('life', ?)").run(backupLife);
    const verdict = String(copy.pragma('integrity_check(1)', { simple: true }));
    if (verdict !== 'ok') return verdict;
    // Restored, it is a database of its own, also if this was the copy of one.
    copy.exec('DELETE FROM copy_state');
  } finally {
    copy.close();
  }
  const file = openSync(to, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return null;
}

const { from, to } = workerData as { from: string; to: string };
copyAndProve(from, to).then(
  (damage) => answerFromThread({ damage }),
  (error: NodeJS.ErrnoException) =>
    answerFromThread({ failure: { code: error.code ?? '', message: error.message } }),
);
