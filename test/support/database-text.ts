import { existsSync, readFileSync } from 'node:fs';
import SQLite from 'better-sqlite3';

/** Every table of a database as one text, read while its node runs, to search it for something. */
export function tablesAsText(path: string): string {
  const db = new SQLite(path, { readonly: true });
  try {
    const tables = db
      .prepare<[], { name: string }>(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'",
      )
      .all();
    return tables.map(({ name }) => JSON.stringify(db.prepare(`SELECT * FROM "${name}"`).all())).join('\n');
  } finally {
    db.close();
  }
}

/** The index of words: each piece, with the places of the messages that have it. */
export function searchIndexOf(path: string): { readonly term: string; readonly doc: number }[] {
  const db = new SQLite(path, { readonly: true });
  try {
    db.exec("CREATE VIRTUAL TABLE temp.pieces USING fts5vocab(main, search_index, 'instance')");
    return db
      .prepare<[], { term: string; doc: number }>('SELECT term, doc FROM temp.pieces ORDER BY term, doc')
      .all();
  } finally {
    db.close();
  }
}

/** The bytes of the database and of SQLite's files next to it. */
export const filesAsText = (path: string): string =>
  ['', '-wal', '-shm', '-journal']
    .map((end) => path + end)
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, 'latin1'))
    .join('\n');
