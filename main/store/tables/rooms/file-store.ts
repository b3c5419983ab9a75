import { Queries } from '../../queries.ts';

/** A file that a user here sent. */
interface OwnFile {
  readonly hash: string;
  readonly room_id: string;
  /** The file's message, and its place there. */
  readonly event_id: string;
  readonly nr: number;
}

const shown = 'm.shown = 1 AND m.deleted = 0';

/** Stores which files messages name. The files themselves are in a folder (store/file-folder.ts). */
export class FileStore extends Queries {
  readonly #isGivenIn = this.has<[{ hash: string; room: string }]>(`
    SELECT 1 AS one FROM message_files f JOIN messages m ON m.seq = f.seq
    WHERE f.hash = $hash AND m.room_id = $room AND ${shown}
      AND (EXISTS (SELECT 1 FROM users u WHERE u.user_id = f.sender)
        OR EXISTS (SELECT 1 FROM files_fetched g WHERE g.hash = $hash AND g.room_id = $room)) LIMIT 1`);
  readonly #forgetFetched = this.run<[string]>('DELETE FROM files_fetched WHERE hash = ?');
  readonly #removeDue = this.run<[string]>('DELETE FROM files_due WHERE hash = ?');

  /** Whether any message names a file with this hash. */
  readonly isNamed = this.has<[hash: string]>('SELECT 1 AS one FROM message_files WHERE hash = ? LIMIT 1');

  /** It was fetched from another server, for a message in this room. */
  readonly addFetched = this.run<[hash: string, roomId: string]>(
    'INSERT OR IGNORE INTO files_fetched (hash, room_id) VALUES (?, ?)',
  );

  /** The file that a user of this server uploaded under this number, if a message that is shown names it. */
  readonly ownById = this.row<[id: string], OwnFile>(`
    SELECT f.hash, f.nr, m.room_id, m.event_id FROM message_files f JOIN messages m ON m.seq = f.seq
      JOIN users u ON u.user_id = f.sender
    WHERE f.id = ? AND ${shown} LIMIT 1`);

  /** Whether a user of this server sent it. */
  readonly isOwn = this.has<[hash: string]>(
    'SELECT 1 AS one FROM message_files f JOIN users u ON u.user_id = f.sender WHERE f.hash = ? LIMIT 1',
  );

  /** The bytes of all files in the messages of a user. */
  readonly bytesOf = this.number<[userId: string]>(
    'SELECT coalesce(sum(size), 0) AS bytes FROM message_files WHERE sender = ?',
  );

  /** Hashes of files that perhaps no message names, in their order. */
  readonly due = this.values<[after: string, limit: number], string>(
    'SELECT hash FROM files_due WHERE hash > ? ORDER BY hash LIMIT ?',
  );

  readonly addDue = this.run<[hash: string]>('INSERT OR IGNORE INTO files_due (hash) VALUES (?)');

  /**
   * Whether a message that this room shows names the file, and the file came here for this room: a user here sent it, or
   * it was fetched for the room.
   */
  isGivenIn(hash: string, roomId: string): boolean {
    return this.#isGivenIn({ hash, room: roomId });
  }

  removeDue(hash: string): void {
    this.#removeDue(hash);
    if (!this.isNamed(hash)) this.#forgetFetched(hash);
  }
}
