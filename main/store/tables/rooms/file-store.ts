import type { PictureNote } from '../../../../shared/protocol/events/attachments.ts';
import { Queries } from '../../queries.ts';

/** A file that a user here sent. */
interface OwnFile {
  readonly hash: string;
  readonly room_id: string;
  /** The file's message, and its place there. */
  readonly event_id: string;
  readonly nr: number;
}

/** The picture by which somebody is shown in a room, or the room itself. */
export interface PictureRow extends PictureNote {
  readonly room_id: string;
  /** Empty for the picture of the room. */
  readonly user_id: string;
}

/** A member of a room that is homed here, and its picture. */
const ownRooms = `pictures p JOIN rooms r USING (room_id)
  JOIN room_members m ON m.room_id = r.room_id AND m.server = r.home
  JOIN users u ON u.user_id = m.user_id`;

const shown = 'm.shown = 1 AND m.deleted = 0';

/** Stores which files messages name. The files themselves are in a folder (store/file-folder.ts). */
export class FileStore extends Queries {
  readonly #isGivenIn = this.has<[{ hash: string; room: string }]>(`
    SELECT 1 AS one FROM (
      SELECT f.sender FROM message_files f JOIN messages m ON m.seq = f.seq
      WHERE f.hash = $hash AND m.room_id = $room AND ${shown}
      UNION ALL SELECT user_id FROM pictures WHERE hash = $hash AND room_id = $room) n
    WHERE EXISTS (SELECT 1 FROM users u WHERE u.user_id = n.sender)
      OR EXISTS (SELECT 1 FROM files_fetched g WHERE g.hash = $hash AND g.room_id = $room) LIMIT 1`);
  readonly #isNamed = this.has<[{ hash: string }]>(`
    SELECT 1 AS one FROM message_files WHERE hash = $hash
    UNION ALL SELECT 1 FROM pictures WHERE hash = $hash LIMIT 1`);
  readonly #isOwn = this.has<[{ hash: string }]>(`
    SELECT 1 AS one FROM message_files f JOIN users u ON u.user_id = f.sender WHERE f.hash = $hash
    UNION ALL SELECT 1 FROM pictures p JOIN users u USING (user_id) WHERE p.hash = $hash
    UNION ALL SELECT 1 FROM ${ownRooms} WHERE p.user_id = '' AND p.hash = $hash LIMIT 1`);
  readonly #bytesOf = this.number<[{ user: string }]>(`
    SELECT (SELECT coalesce(sum(size), 0) FROM message_files WHERE sender = $user)
      + (SELECT coalesce(sum(size), 0) FROM pictures WHERE user_id = $user AND room_id = '')
      + (SELECT coalesce(sum(p.size), 0) FROM ${ownRooms}
        WHERE p.user_id = '' AND m.user_id = $user AND m.role = 'owner') AS bytes`);
  readonly #put = this.run<[PictureRow]>(`
    INSERT INTO pictures (room_id, user_id, hash, size, type) VALUES ($room_id, $user_id, $hash, $size, $type)`);
  readonly #remove = this.run<[userId: string, roomId: string]>(
    'DELETE FROM pictures WHERE user_id = ? AND room_id = ?',
  );
  readonly #picture = this.row<[userId: string, roomId: string], PictureRow>(
    'SELECT * FROM pictures WHERE user_id = ? AND room_id = ?',
  );
  readonly #forgetFetched = this.run<[string]>('DELETE FROM files_fetched WHERE hash = ?');
  readonly #removeDue = this.run<[string]>('DELETE FROM files_due WHERE hash = ?');

  /** The pictures of a user, in each room and, with an empty room, as a user of this server chose it. */
  readonly picturesOf = this.rows<[userId: string], PictureRow>('SELECT * FROM pictures WHERE user_id = ?');

  /** Notes that a file came here for this room: from another server, or as the picture that its owner chose. */
  readonly addFetched = this.run<[hash: string, roomId: string]>(
    'INSERT OR IGNORE INTO files_fetched (hash, room_id) VALUES (?, ?)',
  );

  /** The file that a user of this server uploaded under this number, if a message that is shown names it. */
  readonly ownById = this.row<[id: string], OwnFile>(`
    SELECT f.hash, f.nr, m.room_id, m.event_id FROM message_files f JOIN messages m ON m.seq = f.seq
      JOIN users u ON u.user_id = f.sender
    WHERE f.id = ? AND ${shown} LIMIT 1`);

  /** Removes the pictures of people from a room. */
  readonly clearPictures = this.run<[roomId: string]>(
    "DELETE FROM pictures WHERE room_id = ? AND user_id <> ''",
  );

  /** Hashes of files that perhaps nothing names, in their order. */
  readonly due = this.values<[after: string, limit: number], string>(
    'SELECT hash FROM files_due WHERE hash > ? ORDER BY hash LIMIT ?',
  );

  readonly addDue = this.run<[hash: string]>('INSERT OR IGNORE INTO files_due (hash) VALUES (?)');

  /** Whether any message, profile or room names a file with this hash. */
  isNamed(hash: string): boolean {
    return this.#isNamed({ hash });
  }

  /** Whether a user of this server sent it, or it stands for one of them or for a room homed here. */
  isOwn(hash: string): boolean {
    return this.#isOwn({ hash });
  }

  /** The bytes of all files in the messages of a user, of their picture, and of those of their rooms. */
  bytesOf(userId: string): number {
    return this.#bytesOf({ user: userId });
  }

  /**
   * The picture of a user in a room, or, with an empty room, the one that a user of this server chose; with an empty user,
   * that of the room.
   */
  picture(userId: string, roomId: string): PictureRow | null {
    return this.#picture(userId, roomId) ?? null;
  }

  /** Puts a picture in the place of another, which is removed once nothing else names it. */
  putPicture(userId: string, roomId: string, picture: PictureNote | null): void {
    // Not an upsert: with its conflict clause, the trigger couldn't note a hash a second time.
    this.#remove(userId, roomId);
    if (picture !== null) this.#put({ room_id: roomId, user_id: userId, ...picture });
  }

  /**
   * Whether a message that this room shows, its picture, or that of somebody in it names the file, and the file came here for
   * this room: it is of a user here, or it was fetched for the room.
   */
  isGivenIn(hash: string, roomId: string): boolean {
    return this.#isGivenIn({ hash, room: roomId });
  }

  removeDue(hash: string): void {
    this.#removeDue(hash);
    if (!this.isNamed(hash)) this.#forgetFetched(hash);
  }
}
