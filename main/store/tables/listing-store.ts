import { Queries } from '../queries.ts';

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
export class ListingStore extends Queries {
  readonly #addUser = this.run<[string]>(
    'INSERT INTO listed_users (user_id) VALUES (?) ON CONFLICT DO NOTHING',
  );
  readonly #addRoom = this.run<[string]>(
    'INSERT INTO listed_rooms (room_id) VALUES (?) ON CONFLICT DO NOTHING',
  );
  readonly #removeUser = this.run<[string]>('DELETE FROM listed_users WHERE user_id = ?');
  readonly #removeRoom = this.run<[string]>('DELETE FROM listed_rooms WHERE room_id = ?');

  /** Users that peers may find. */
  readonly users = this.rows<[max: number], ListedUser>(`
    SELECT u.user_id, u.display_name FROM listed_users l JOIN users u USING (user_id)
    ORDER BY u.user_id LIMIT ?`);

  /** Rooms of this home that peers may find, if every peer may join them. */
  readonly rooms = this.rows<[home: string, max: number], ListedRoom>(`
    SELECT r.room_id, r.name, (SELECT count(*) FROM room_members m
      WHERE m.room_id = r.room_id AND m.state = 'joined') AS members
    FROM listed_rooms l JOIN rooms r USING (room_id)
    WHERE r.home = ? AND r.join_rule = 'peers' ORDER BY r.room_id LIMIT ?`);

  readonly isUserListed = this.has<[userId: string]>('SELECT 1 FROM listed_users WHERE user_id = ?');

  readonly isRoomListed = this.has<[roomId: string]>('SELECT 1 FROM listed_rooms WHERE room_id = ?');

  /** Members of rooms known here whose user id contains this text (lower case). */
  readonly met = this.values<[part: string, max: number], string>(`SELECT DISTINCT user_id FROM room_members
    WHERE state = 'joined' AND instr(lower(user_id), ?) > 0 ORDER BY user_id LIMIT ?`);

  /** At most `max` members of rooms known here who are on this server, in the order in which they came. */
  readonly peopleAt = this.values<[server: string, max: number], string>(`SELECT user_id FROM
      (SELECT DISTINCT user_id FROM room_members WHERE server = ? AND state = 'joined' LIMIT ?) known
    ORDER BY (SELECT min(joined_at) FROM room_members m
      WHERE m.user_id = known.user_id AND m.state = 'joined'), user_id`);

  /** Inside a transaction. */
  setUser(userId: string, listed: boolean): void {
    (listed ? this.#addUser : this.#removeUser)(userId);
  }

  /** Inside a transaction. */
  setRoom(roomId: string, listed: boolean): void {
    (listed ? this.#addRoom : this.#removeRoom)(roomId);
  }
}
