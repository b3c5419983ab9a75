import { closeSync, fsyncSync, openSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import SQLite from 'better-sqlite3';

/** What a copy says of its life (identity/life.ts): no data folder agrees with it, so a restored one is noticed. */
const backupLife = 'backup';
const allPages = 0x7fff_ffff;

/** Copies the database while it is in use, and proves the copy: what it answers is `null` or what is wrong. */
async function copyAndProve(from: string, to: string): Promise<string | null> {
  const source = new SQLite(from, { readonly: true, fileMustExist: true });
  try {
    // In one go, which WAL makes one moment of the database: page by page, every write would restart it.
    await source.backup(to, { progress: () => allPages });
  } finally {
    source.close();
  }
  const copy = new SQLite(to, { fileMustExist: true });
  try {
    // One file, without a log beside it.
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
