import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import SQLite from 'better-sqlite3';

/**
 * Overwrites every page of a table or index in the database of a node that may be running. Closing the file earlier than
 * at the end of the test would take away the locks of a node in this process.
 */
export function overwrite(t: Pick<TestContext, 'after'>, dataDir: string, ...names: string[]): void {
  const path = join(dataDir, 'node.db');
  const db = new SQLite(path);
  db.pragma('wal_checkpoint(TRUNCATE)');
  const size = Number(db.pragma('page_size', { simple: true }));
  const wanted = names.map(() => '?').join();
  const pages = db
    .prepare(`SELECT pageno FROM dbstat WHERE name IN (${wanted})`)
    .pluck()
    .all(...names);
  const file = openSync(path, 'r+');
  t.after(() => closeSync(file));
  for (const page of pages as number[]) writeSync(file, Buffer.alloc(size, 0xaa), 0, size, (page - 1) * size);
  // A commit of another connection makes the node's connection forget the pages it has in memory.
  db.pragma(`user_version = ${db.pragma('user_version', { simple: true })}`);
  db.close();
}
