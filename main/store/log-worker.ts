import { parentPort, workerData } from 'node:worker_threads';
import { openSqlite } from './open-file.ts';

/** Moves the write-ahead log into the database whenever it is asked to, as far as no reader needs it. */
const db = openSqlite(String(workerData), { fileMustExist: true });
db.pragma('synchronous = NORMAL');
parentPort?.on('message', () => {
  try {
    db.pragma('wal_checkpoint(PASSIVE)');
  } catch {
    // The main connection meets the same trouble in its next commit, and reports it.
  }
  parentPort?.postMessage('moved');
});
