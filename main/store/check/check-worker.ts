import { parentPort, workerData } from 'node:worker_threads';
import { openSqlite } from '../open-file.ts';
import { divergingRooms, type Slice, type SliceAnswer } from './slices.ts';

/** Checks one slice of the database over its own connection, which can't write. */
function look({ path, slice }: { readonly path: string; readonly slice: Slice }): SliceAnswer {
  const db = openSqlite(path, { readonly: true, fileMustExist: true });
  // 2 MB instead of 16: memory for many small blocks is rarely returned, and each page is read once or twice.
  db.pragma('cache_size = -2000');
  try {
    if (slice.kind === 'list') {
      const tables = db
        .prepare<[], { name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        .all();
      return { tables: tables.map(({ name }) => name) };
    }
    if (slice.kind === 'rooms') return { rooms: divergingRooms(db) };
    const name = `"${slice.table.replaceAll('"', '""')}"`;
    const verdict = String(db.pragma(`integrity_check(${name})`, { simple: true }));
    return { damage: verdict === 'ok' ? null : verdict };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // A page that can't be read makes the check itself fail.
    if (/^SQLITE_(CORRUPT|NOTADB|IOERR)/.test(code ?? '')) return { damage: message };
    throw error;
  } finally {
    db.close();
  }
}

parentPort?.postMessage(look(workerData as { path: string; slice: Slice }));
