import { closeSync, fsyncSync, openSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import SQLite from 'better-sqlite3';

/** The ID that a copy gets (identity/life.ts): no data folder has it, so a restored backup is noticed. */
const backupLife = 'backup';
const allPages = 0x7fff_ffff;

/** Copies the database while it is in use, and checks the copy. Answers `null`, or what is wrong. */
async function copyAndProve(from: string, to: string): Promise<string | null> {
  const source = new SQLite(from, { readonly: true, fileMustExist: true });
  try {
    // In one step, so that WAL makes it a snapshot of one moment. Page by page, every write would restart it.
    await source.backup(to, { progress: () => allPages });
  } finally {
    source.close();
  }
  const copy = new SQLite(to, { fileMustExist: true });
  try {
    // A single file, without a log.
    copy.pragma('journal_mode = DELETE');
    copy.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('life', ?)").run(backupLife);
    const verdict = String(copy.pragma('integrity_check(1)', { simple: true }));
    if (verdict !== 'ok') return verdict;
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
  (damage) => parentPort?.postMessage({ damage }),
  (error: NodeJS.ErrnoException) =>
    parentPort?.postMessage({ failure: { code: error.code ?? '', message: error.message } }),
);
