import type { Db } from './database.ts';

/** Whether a table is part of the index of words. Each file has its own: it is neither copied nor sent, but made again. */
export const isOfSearch = (table: string): boolean => table.startsWith('search_');

/**
 * Removes every word. The node that next writes to this file makes the index again. A node that waits for another empties it
 * before each change that it copies: otherwise, an index from the time when it led would keep words that are erased now.
 */
export function emptySearch(db: Db): void {
  if (db.prepare('SELECT 1 FROM search_rows LIMIT 1').get() === undefined) return;
  db.exec(`
    INSERT INTO search_index (search_index) VALUES ('delete-all');
    DELETE FROM search_rows;
    DELETE FROM search_parts;`);
}
