import { Queries } from '../queries.ts';

export interface UserRow {
  readonly id: number;
  readonly user_id: string;
  readonly localpart: string;
  readonly display_name: string;
  /** A line of text about themselves; empty without one. */
  readonly about: string;
  readonly created_at: number;
}

/** The people of this server; the first is the owner. */
export class UserStore extends Queries {
  readonly #rename = this.run('UPDATE users SET user_id = ? WHERE id = ?');
  readonly #renamePicture = this.run(
    'UPDATE pictures SET user_id = ? WHERE user_id = (SELECT user_id FROM users WHERE id = ?)',
  );
  readonly #describe = this.run('UPDATE users SET display_name = ?, about = ? WHERE user_id = ?');

  readonly add = this.run<
    [user: Omit<UserRow, 'id' | 'about'>]
  >(`INSERT INTO users (user_id, localpart, display_name, created_at)
    VALUES ($user_id, $localpart, $display_name, $created_at)`);

  readonly users = this.rows<[], UserRow>('SELECT * FROM users ORDER BY id');

  /** Undefined before set-up. */
  readonly owner = this.row<[], UserRow>('SELECT * FROM users ORDER BY id LIMIT 1');

  readonly byUserId = this.row<[userId: string], UserRow>('SELECT * FROM users WHERE user_id = ?');

  /** Removed users stay in the list, so that nobody else gets their name. */
  readonly isRemoved = this.has<[userId: string]>(
    'SELECT 1 FROM accounts WHERE user_id = ? AND removed_at IS NOT NULL',
  );

  /** Changes a user ID, which is possible only while nothing but a picture names the user. */
  rename(id: number, userId: string): void {
    this.#renamePicture(userId, id);
    this.#rename(userId, id);
  }

  describe(userId: string, { display_name, about }: Pick<UserRow, 'display_name' | 'about'>): void {
    this.#describe(display_name, about, userId);
  }
}

/** The numbers by which other servers know users. */
export class RemoteUserStore extends Queries {
  readonly #put = this.run(
    'INSERT INTO remote_user_ids (room_id, remote_id, user_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  );
  readonly #atServer = this.value<[string, string], string>(`
    SELECT r.user_id FROM remote_user_ids r JOIN rooms USING (room_id)
    WHERE rooms.home = ? AND r.remote_id = ? LIMIT 1`);
  readonly #told = this.value<[string, string, string], string>(`SELECT sender FROM federation_events
    WHERE room_id = ? AND subject IS NOT NULL AND origin_server = ? AND subject = sender
      AND json_extract(body, '$.content.user_id') = ?
    ORDER BY depth DESC, event_id DESC LIMIT 1`);
  readonly #resubject = this.changed(`UPDATE federation_events SET subject = ?
    WHERE room_id = ? AND subject IS NOT NULL AND origin_server = ? AND event_type = 'm.member.leave'
      AND coalesce(json_extract(body, '$.state_key'), '') = ''
      AND json_extract(body, '$.content.user_id') = ? AND subject <> ?`);

  /** Our user that a room's home refers to by a number. */
  readonly userIn = this.value<[roomId: string, remoteId: string], string>(
    'SELECT user_id FROM remote_user_ids WHERE room_id = ? AND remote_id = ?',
  );

  /**
   * The home announced the number by which it knows a user of ours. Returns whether earlier events turn out to be about
   * that user. Inside a transaction.
   */
  put(room: { readonly room_id: string; readonly home: string }, remoteId: string, userId: string): boolean {
    this.#put(room.room_id, remoteId, userId);
    if (this.userIn(room.room_id, remoteId) !== userId) return false;
    return this.#resubject(userId, room.room_id, room.home, remoteId, userId);
  }

  /**
   * The user that a server refers to by a number in a room: a user of ours in one of its rooms, or a user of its own
   * that it announced.
   */
  userAt(server: string, roomId: string, remoteId: string): string | undefined {
    return this.#atServer(server, remoteId) ?? this.#told(roomId, server, remoteId);
  }
}
