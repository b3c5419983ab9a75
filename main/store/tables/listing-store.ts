import type { Db } from '../database.ts';

interface ListedUser {
  readonly user_id: string;
  readonly display_name: string;
}

interface ListedRoom {
  readonly room_id: string;
  readonly name: string;
  readonly members: number;
}

/** The users and rooms that peers may find, and the users elsewhere whom users of this server already know. */
export class ListingStore {
  readonly #statements;

  constructor(db: Db) {
    this.#statements = {
      users: db.prepare<[number], ListedUser>(
        `SELECT u.user_id, u.display_name FROM listed_users l JOIN users u USING (user_id)
         ORDER BY u.user_id LIMIT ?`,
      ),
      rooms: db.prepare<[string, number], ListedRoom>(
        `SELECT r.room_id, r.name, (SELECT count(*) FROM room_members m
           WHERE m.room_id = r.room_id AND m.state = 'joined') AS members
         FROM listed_rooms l JOIN rooms r USING (room_id)
         WHERE r.home = ? AND r.join_rule = 'peers' ORDER BY r.room_id LIMIT ?`,
      ),
      user: db.prepare<[string]>('SELECT 1 FROM listed_users WHERE user_id = ?'),
      room: db.prepare<[string]>('SELECT 1 FROM listed_rooms WHERE room_id = ?'),
      addUser: db.prepare<[string]>('INSERT INTO listed_users (user_id) VALUES (?) ON CONFLICT DO NOTHING'),
      addRoom: db.prepare<[string]>('INSERT INTO listed_rooms (room_id) VALUES (?) ON CONFLICT DO NOTHING'),
      removeUser: db.prepare<[string]>('DELETE FROM listed_users WHERE user_id = ?'),
      removeRoom: db.prepare<[string]>('DELETE FROM listed_rooms WHERE room_id = ?'),
      met: db.prepare<[string, number], { readonly user_id: string }>(
        `SELECT DISTINCT user_id FROM room_members
         WHERE state = 'joined' AND instr(lower(user_id), ?) > 0 ORDER BY user_id LIMIT ?`,
      ),
      at: db.prepare<[string, number], { readonly user_id: string }>(
        `SELECT user_id FROM
           (SELECT DISTINCT user_id FROM room_members WHERE server = ? AND state = 'joined' LIMIT ?) known
         ORDER BY (SELECT min(joined_at) FROM room_members m
           WHERE m.user_id = known.user_id AND m.state = 'joined'), user_id`,
      ),
    };
  }

  /** Users that peers may find. */
  users(max: number): ListedUser[] {
    return this.#statements.users.all(max);
  }

  /** Rooms of this home that peers may find, if every peer may join them. */
  rooms(home: string, max: number): ListedRoom[] {
    return this.#statements.rooms.all(home, max);
  }

  isUserListed(userId: string): boolean {
    return this.#statements.user.get(userId) !== undefined;
  }

  isRoomListed(roomId: string): boolean {
    return this.#statements.room.get(roomId) !== undefined;
  }

  /** Inside a transaction. */
  setUser(userId: string, listed: boolean): void {
    (listed ? this.#statements.addUser : this.#statements.removeUser).run(userId);
  }

  /** Inside a transaction. */
  setRoom(roomId: string, listed: boolean): void {
    (listed ? this.#statements.addRoom : this.#statements.removeRoom).run(roomId);
  }

  /** Members of rooms known here whose user id contains this text (lower case). */
  met(part: string, max: number): string[] {
    return this.#statements.met.all(part, max).map(({ user_id }) => user_id);
  }

  /** At most `max` members of rooms known here who are on this server, in the order in which they came. */
  peopleAt(server: string, max: number): string[] {
    return this.#statements.at.all(server, max).map(({ user_id }) => user_id);
  }
}
