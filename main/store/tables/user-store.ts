import type { Db } from '../database.ts';

export interface UserRow {
  readonly id: number;
  readonly user_id: string;
  readonly localpart: string;
  readonly display_name: string;
  readonly created_at: number;
}

/** The people of this server; the first is the owner. */
export class UserStore {
  readonly #statements;

  constructor(db: Db) {
    this.#statements = {
      add: db.prepare('INSERT INTO users (user_id, localpart, display_name, created_at) VALUES (?, ?, ?, ?)'),
      users: db.prepare<[], UserRow>('SELECT * FROM users ORDER BY id'),
      owner: db.prepare<[], UserRow>('SELECT * FROM users ORDER BY id LIMIT 1'),
      rename: db.prepare('UPDATE users SET user_id = ? WHERE id = ?'),
      call: db.prepare('UPDATE users SET display_name = ? WHERE user_id = ?'),
      byId: db.prepare<[string], UserRow>('SELECT * FROM users WHERE user_id = ?'),
      removed: db.prepare<[string]>('SELECT 1 FROM accounts WHERE user_id = ? AND removed_at IS NOT NULL'),
    };
  }

  add(user: Omit<UserRow, 'id'>): void {
    this.#statements.add.run(user.user_id, user.localpart, user.display_name, user.created_at);
  }

  /** Changes a user ID, which is possible only while nothing else names the user. */
  rename(id: number, userId: string): void {
    this.#statements.rename.run(userId, id);
  }

  users(): UserRow[] {
    return this.#statements.users.all();
  }

  /** Undefined before set-up. */
  owner(): UserRow | undefined {
    return this.#statements.owner.get();
  }

  setName(userId: string, displayName: string): void {
    this.#statements.call.run(displayName, userId);
  }

  byUserId(userId: string): UserRow | undefined {
    return this.#statements.byId.get(userId);
  }

  /** They stay in the list, so that nobody else gets their name. */
  isRemoved(userId: string): boolean {
    return this.#statements.removed.get(userId) !== undefined;
  }
}

/** The numbers by which other servers know users. */
export class RemoteUserStore {
  readonly #statements;

  constructor(db: Db) {
    this.#statements = {
      put: db.prepare(
        'INSERT INTO remote_user_ids (room_id, remote_id, user_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      ),
      inRoom: db.prepare<[string, string], { user_id: string }>(
        'SELECT user_id FROM remote_user_ids WHERE room_id = ? AND remote_id = ?',
      ),
      atServer: db.prepare<[string, string], { user_id: string }>(
        `SELECT r.user_id FROM remote_user_ids r JOIN rooms USING (room_id)
         WHERE rooms.home = ? AND r.remote_id = ? LIMIT 1`,
      ),
      told: db.prepare<[string, string, string], { sender: string }>(
        `SELECT sender FROM federation_events
         WHERE room_id = ? AND subject IS NOT NULL AND origin_server = ? AND subject = sender
           AND json_extract(body, '$.content.user_id') = ?
         ORDER BY depth DESC, event_id DESC LIMIT 1`,
      ),
      resubject: db.prepare(
        `UPDATE federation_events SET subject = ?
         WHERE room_id = ? AND subject IS NOT NULL AND origin_server = ? AND event_type = 'm.member.leave'
           AND coalesce(json_extract(body, '$.state_key'), '') = ''
           AND json_extract(body, '$.content.user_id') = ? AND subject <> ?`,
      ),
    };
  }

  /**
   * The home announced the number by which it knows a user of ours. Returns whether earlier events turn out to be about
   * that user. Inside a transaction.
   */
  put(room: { readonly room_id: string; readonly home: string }, remoteId: string, userId: string): boolean {
    this.#statements.put.run(room.room_id, remoteId, userId);
    if (this.userIn(room.room_id, remoteId) !== userId) return false;
    return this.#statements.resubject.run(userId, room.room_id, room.home, remoteId, userId).changes > 0;
  }

  /** Our user that a room's home refers to by a number. */
  userIn(roomId: string, remoteId: string): string | undefined {
    return this.#statements.inRoom.get(roomId, remoteId)?.user_id;
  }

  /**
   * The user that a server refers to by a number in a room: a user of ours in one of its rooms, or a user of its own
   * that it announced.
   */
  userAt(server: string, roomId: string, remoteId: string): string | undefined {
    return (
      this.#statements.atServer.get(server, remoteId)?.user_id ??
      this.#statements.told.get(roomId, server, remoteId)?.sender
    );
  }
}
