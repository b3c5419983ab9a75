import type { Db } from '../../database.ts';

/** A file that a user here sent. */
interface OwnFile {
  readonly hash: string;
  readonly room_id: string;
  /** The file's message, and its place there. */
  readonly event_id: string;
  readonly nr: number;
}

/** Stores which files messages name. The files themselves are in a folder (store/file-folder.ts). */
export class FileStore {
  readonly #statements;

  constructor(db: Db) {
    const shown = 'm.shown = 1 AND m.deleted = 0';
    this.#statements = {
      isNamed: db.prepare<[string], { one: 1 }>('SELECT 1 AS one FROM message_files WHERE hash = ? LIMIT 1'),
      isGivenIn: db.prepare<{ hash: string; room: string }, { one: 1 }>(
        `SELECT 1 AS one FROM message_files f JOIN messages m ON m.seq = f.seq
         WHERE f.hash = $hash AND m.room_id = $room AND ${shown}
           AND (EXISTS (SELECT 1 FROM users u WHERE u.user_id = f.sender)
             OR EXISTS (SELECT 1 FROM files_fetched g WHERE g.hash = $hash AND g.room_id = $room)) LIMIT 1`,
      ),
      addFetched: db.prepare<[string, string]>(
        'INSERT OR IGNORE INTO files_fetched (hash, room_id) VALUES (?, ?)',
      ),
      forgetFetched: db.prepare<[string]>('DELETE FROM files_fetched WHERE hash = ?'),
      ownById: db.prepare<[string], OwnFile>(
        `SELECT f.hash, f.nr, m.room_id, m.event_id FROM message_files f JOIN messages m ON m.seq = f.seq
           JOIN users u ON u.user_id = f.sender
         WHERE f.id = ? AND ${shown} LIMIT 1`,
      ),
      isOwn: db.prepare<[string], { one: 1 }>(
        'SELECT 1 AS one FROM message_files f JOIN users u ON u.user_id = f.sender WHERE f.hash = ? LIMIT 1',
      ),
      bytesOf: db.prepare<[string], { bytes: number }>(
        'SELECT coalesce(sum(size), 0) AS bytes FROM message_files WHERE sender = ?',
      ),
      due: db.prepare<[string, number], { hash: string }>(
        'SELECT hash FROM files_due WHERE hash > ? ORDER BY hash LIMIT ?',
      ),
      addDue: db.prepare<[string]>('INSERT OR IGNORE INTO files_due (hash) VALUES (?)'),
      removeDue: db.prepare<[string]>('DELETE FROM files_due WHERE hash = ?'),
    };
  }

  /** Whether any message names a file with this hash. */
  isNamed(hash: string): boolean {
    return this.#statements.isNamed.get(hash) !== undefined;
  }

  /**
   * Whether a message that this room shows names the file, and the file came here for this room: a user here sent it, or
   * it was fetched for the room.
   */
  isGivenIn(hash: string, roomId: string): boolean {
    return this.#statements.isGivenIn.get({ hash, room: roomId }) !== undefined;
  }

  /** It was fetched from another server, for a message in this room. */
  addFetched(hash: string, roomId: string): void {
    this.#statements.addFetched.run(hash, roomId);
  }

  /** The file that a user of this server uploaded under this number, if a message that is shown names it. */
  ownById(id: string): OwnFile | undefined {
    return this.#statements.ownById.get(id);
  }

  /** Whether a user of this server sent it. */
  isOwn(hash: string): boolean {
    return this.#statements.isOwn.get(hash) !== undefined;
  }

  /** The bytes of all files in the messages of a user. */
  bytesOf(userId: string): number {
    return this.#statements.bytesOf.get(userId)?.bytes ?? 0;
  }

  /** Hashes of files that perhaps no message names, in their order. */
  due(after: string, limit: number): string[] {
    return this.#statements.due.all(after, limit).map(({ hash }) => hash);
  }

  addDue(hash: string): void {
    this.#statements.addDue.run(hash);
  }

  removeDue(hash: string): void {
    this.#statements.removeDue.run(hash);
    if (!this.isNamed(hash)) this.#statements.forgetFetched.run(hash);
  }
}
