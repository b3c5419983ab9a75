import type { Db } from './database.ts';

/** The tables of search. They belong to one file: they are neither copied nor sent anywhere, but made again. */
export const isOfSearch = (table: string): boolean => table.startsWith('search_');

/**
 * Removes every word. The node that next writes to this file makes the index again. A node that waits for another calls
 * this before each change: what it is told to erase must not stay in an index from the time when it led.
 */
export function emptySearch(db: Db): void {
  if (db.prepare('SELECT 1 FROM search_rows LIMIT 1').get() === undefined) return;
  db.exec(`
    INSERT INTO search_index (search_index) VALUES ('delete-all');
    DELETE FROM search_rows;
    DELETE FROM search_parts;`);
}
