import type { MembershipState, Position, RoomRole } from '../../../../shared/protocol/room-state.ts';
import { emptiedRooms } from '../../check/slices.ts';
import { Queries } from '../../queries.ts';

export interface RoomRow {
  readonly room_id: string;
  /** server_name of the home. */
  readonly home: string;
  readonly name: string;
  readonly join_rule: 'invite' | 'peers';
  readonly topic: string;
  readonly description: string;
  /** JSON of the event IDs of pinned messages. */
  readonly pinned: string;
  readonly archived: 0 | 1;
  readonly writers: 'everybody' | 'moderators';
  readonly slow_seconds: number;
  readonly home_announces: 0 | 1;
  /** The users for whom a direct chat is, sorted, with a blank between them; null for other rooms. */
  readonly direct: string | null;
  readonly info_depth: number;
  readonly info_event_id: string;
  /** The depth at which the home last named it; only if `info_depth` is -1. */
  readonly named_depth: number;
  readonly named_event_id: string;
  readonly created_at: number;
  /** How much of it is kept here (retention-store.ts); null: no limit. */
  readonly keep_days: number | null;
  readonly keep_megabytes: number | null;
  /** The depth up to which events were dropped, so that one with a smaller depth may have been; -1 if none was. */
  readonly dropped_to: number;
}

export interface ChannelRow {
  readonly room_id: string;
  readonly channel_id: string;
  readonly name: string;
  readonly position: number;
  readonly depth: number;
  readonly event_id: string;
}

export interface MemberRow {
  readonly room_id: string;
  readonly user_id: string;
  /** server_name the user belongs to. */
  readonly server: string;
  readonly state: MembershipState;
  readonly role: RoomRole;
  readonly joined_at: number;
  readonly implicit: 0 | 1;
}

export interface InviteRow {
  readonly event_id: string;
  readonly room_id: string;
  readonly home: string;
  readonly room_name: string;
  readonly description: string;
  readonly inviter: string;
  readonly user_id: string;
  readonly created_at: number;
  readonly status: 'pending' | 'accepted' | 'declined' | 'revoked';
  /** 1 for an invite into a direct chat of the two. */
  readonly direct: 0 | 1;
}

/** The event IDs of the messages that are pinned in a room, the last one that was pinned first. */
export const pinnedIn = ({ pinned }: Pick<RoomRow, 'pinned'>): readonly string[] => JSON.parse(pinned);

/** Changes with the rules of the projection, so that rooms projected by older rules are rebuilt. */
export const projectionRules = 1;

/** Rooms, their channels and members, and how local users join them. */
export class RoomStore extends Queries {
  /** How many rooms each home has, since the last time that one was added or removed. */
  readonly #counts = new Map<string, { readonly here: number; readonly elsewhere: number }>();

  readonly #insert = this.run(`
    INSERT INTO rooms (room_id, home, name, join_rule, created_at, projected) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING`);
  readonly #page = this.rows<[number, number, number], RoomRow>(
    'SELECT * FROM rooms WHERE created_at >= ? ORDER BY created_at, room_id LIMIT ? OFFSET ?',
  );
  readonly #count = this.number<[string]>('SELECT count(*) AS n FROM rooms WHERE home = ?');
  readonly #countAll = this.number<[]>('SELECT count(*) AS n FROM rooms');
  readonly #shared = this.values<[{ server: string }], string>(`SELECT room_id FROM rooms WHERE home = $server
    UNION SELECT room_id FROM room_members WHERE server = $server AND state = 'joined'`);
  readonly #nameAt = this.changed(`UPDATE rooms SET name = ?, named_depth = ?, named_event_id = ?
    WHERE room_id = ? AND (named_depth, named_event_id) < (?, ?)`);
  readonly #setAnnounces = this.run('UPDATE rooms SET home_announces = ? WHERE room_id = ?');
  readonly #removeRoom = this.run('DELETE FROM rooms WHERE room_id = ?');
  readonly #setProjected = this.run('UPDATE rooms SET projected = ? WHERE room_id = ?');
  readonly #outdated = this.values<[number], string>('SELECT room_id FROM rooms WHERE projected <> ?');
  readonly #putChannel = this.run(`
    INSERT INTO channels (room_id, channel_id, name, position, depth, event_id) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET name = excluded.name, position = excluded.position, depth = excluded.depth,
      event_id = excluded.event_id`);
  readonly #channels = this.rows<[string], ChannelRow>(
    'SELECT * FROM channels WHERE room_id = ? ORDER BY channel_id',
  );
  readonly #joinedByServer = this.rows<[string], { server: string; n: number }>(
    "SELECT server, count(*) AS n FROM room_members WHERE room_id = ? AND state = 'joined' GROUP BY server",
  );
  readonly #ownerOf = this.value<[string, string], string>(`
    SELECT user_id FROM room_members INDEXED BY room_members_by_server
    WHERE server = ? AND room_id = ? AND state = 'joined' AND role = 'owner' ORDER BY user_id LIMIT 1`);
  readonly #moveMembers = this.run('UPDATE room_members SET server = ? WHERE server = ?');
  readonly #moveMembersAt = this.run(`UPDATE room_members SET server = ? WHERE server = ?
    AND room_id IN (SELECT room_id FROM rooms WHERE home = ?)`);
  readonly #countJoined = this.number<[string, 0 | 1]>(
    "SELECT count(*) AS n FROM room_members WHERE room_id = ? AND state = 'joined' AND implicit <= ?",
  );
  readonly #joined = this.values<[string, string], string>(`
    SELECT user_id FROM room_members INDEXED BY room_members_by_server
    WHERE server = ? AND room_id = ? AND state = 'joined'`);
  readonly #countInvites = this.rows<[string, number], { home: string; n: number }>(`
    SELECT home, count(*) AS n FROM room_invites
    WHERE home IN (SELECT value FROM json_each(?))
      AND (status = 'pending' OR (status = 'revoked' AND created_at > ?)) GROUP BY home`);
  readonly #answerInvites = this.run(
    "UPDATE room_invites SET status = ? WHERE room_id = ? AND user_id = ? AND status = 'pending'",
  );

  readonly room = this.row<[roomId: string], RoomRow>('SELECT * FROM rooms WHERE room_id = ?');

  /** All of them, oldest first. */
  readonly rooms = this.rows<[], RoomRow>('SELECT * FROM rooms ORDER BY created_at, room_id');

  /** All direct chats of a pair that are known here. */
  readonly directOf = this.rows<[pair: string], RoomRow>('SELECT * FROM rooms WHERE direct = ?');

  /** Before a rebuild: the newest `m.room.info` that counts is looked up again. */
  readonly forgetInfo = this.run<[roomId: string]>(
    `UPDATE rooms SET info_depth = -1, info_event_id = '', archived = 0, writers = 'everybody', slow_seconds = 0
      WHERE room_id = ?`,
  );

  readonly members = this.rows<[roomId: string], MemberRow>(
    'SELECT * FROM room_members WHERE room_id = ? ORDER BY user_id',
  );

  /** Members who were removed or banned. */
  readonly membersOut = this.rows<[roomId: string], MemberRow>(
    "SELECT * FROM room_members WHERE room_id = ? AND state IN ('removed', 'banned') ORDER BY user_id",
  );

  readonly member = this.row<[roomId: string, userId: string], MemberRow>(
    'SELECT * FROM room_members WHERE room_id = ? AND user_id = ?',
  );

  /** Rooms that both users are in. */
  readonly ofBoth = this.values<[userId: string, other: string], string>(`
    SELECT room_id FROM room_members a JOIN room_members b USING (room_id)
    WHERE a.user_id = ? AND a.state = 'joined' AND b.user_id = ? AND b.state = 'joined'`);

  readonly #peopleIn = this.values<[rooms: string, limit: number], string>(
    'SELECT DISTINCT user_id FROM room_members WHERE room_id IN (SELECT value FROM json_each(?)) LIMIT ?',
  );

  /** Rooms that a user is in. */
  readonly withMember = this.values<[userId: string], string>(
    "SELECT room_id FROM room_members WHERE user_id = ? AND state = 'joined'",
  );

  /** Rooms in which some user of that server is or was. */
  readonly roomsOf = this.values<[server: string], string>(
    'SELECT room_id FROM room_members WHERE server = ? GROUP BY room_id',
  );

  readonly addPendingJoin = this.run<[roomId: string, userId: string]>(
    'INSERT OR IGNORE INTO pending_joins (room_id, user_id) VALUES (?, ?)',
  );

  readonly dropPendingJoin = this.run<[roomId: string, userId: string]>(
    'DELETE FROM pending_joins WHERE room_id = ? AND user_id = ?',
  );

  readonly pendingJoins = this.values<[roomId: string], string>(
    'SELECT user_id FROM pending_joins WHERE room_id = ?',
  );

  readonly invite = this.row<[eventId: string], InviteRow>('SELECT * FROM room_invites WHERE event_id = ?');

  /** Unanswered invites: for each user and room, the last that arrived. */
  readonly pendingInvites = this.rows<[], InviteRow>(`
    SELECT * FROM room_invites AS i WHERE status = 'pending' AND NOT EXISTS (
      SELECT 1 FROM room_invites AS l
      WHERE l.status = 'pending' AND l.room_id = i.room_id AND l.user_id = i.user_id
        AND (l.created_at, l.event_id) > (i.created_at, i.event_id))
    ORDER BY created_at, event_id`);

  /** Invites into direct chats that nobody used or revoked. The last one is first. */
  readonly directInvites = this.rows<[], InviteRow>(`
    SELECT * FROM room_invites WHERE direct = 1 AND status IN ('pending', 'declined')
    ORDER BY created_at DESC, event_id DESC`);

  /** Whether a user joined by such an invite of somebody, at this home. */
  readonly hasUsedDirectInvite = this.has<[userId: string, inviter: string, home: string]>(`
    SELECT 1 AS one FROM room_invites
    WHERE direct = 1 AND status = 'accepted' AND user_id = ? AND inviter = ? AND home = ? LIMIT 1`);

  insert(room: Pick<RoomRow, 'room_id' | 'home' | 'name' | 'join_rule' | 'created_at'>): void {
    const { room_id, home, name, join_rule, created_at } = room;
    this.#insert(room_id, home, name, join_rule, created_at, projectionRules);
    this.forgetCounts();
  }

  /** The first `limit` of those after this one in the order of `rooms`. */
  page(createdAt: number, skipped: number, limit: number): RoomRow[] {
    return this.#page(createdAt, limit, skipped);
  }

  /** How many rooms have this home, and how many another one. */
  countByHome(home: string): { readonly here: number; readonly elsewhere: number } {
    const known = this.#counts.get(home);
    if (known) return known;
    const here = this.#count(home);
    const counted = { here, elsewhere: this.#countAll() - here };
    this.#counts.set(home, counted);
    return counted;
  }

  /** There are other rooms than before. */
  forgetCounts(): void {
    this.#counts.clear();
  }

  /** Rooms whose home this server is, or in which it has a member. */
  sharedWith(server: string): string[] {
    return this.#shared({ server });
  }

  /**
   * The home named the room at that point in its order; a later name takes precedence. Returns whether it is the
   * newest.
   */
  nameAt(roomId: string, name: string, at: Position): boolean {
    const { depth, eventId } = at;
    return this.#nameAt(name, depth, eventId, roomId, depth, eventId);
  }

  setAnnounces(roomId: string, announces: boolean): void {
    this.#setAnnounces(announces ? 1 : 0, roomId);
  }

  remove(roomId: string): void {
    this.#removeRoom(roomId);
    this.#counts.clear();
  }

  /** Rooms whose projection was made by older rules. */
  outdated(): string[] {
    return this.#outdated(projectionRules);
  }

  /** Rooms that show nothing although they should. */
  emptied(): string[] {
    return emptiedRooms(this.db);
  }

  setProjected(roomId: string): void {
    this.#setProjected(projectionRules, roomId);
  }

  /** Notes that the room's projection has to be rebuilt. */
  setOutdated(roomId: string): void {
    this.#setProjected(projectionRules - 1, roomId);
  }

  /** Channels in order. A room has few, and everybody asks for them: sorted by SQLite, they cost four times more. */
  channels(roomId: string): ChannelRow[] {
    return this.#channels(roomId).sort((a, b) => a.position - b.position);
  }

  putChannel(channel: ChannelRow): void {
    const c = channel;
    this.#putChannel(c.room_id, c.channel_id, c.name, c.position, c.depth, c.event_id);
  }

  /** Some people who are or were in these rooms. */
  peopleIn(rooms: readonly string[], limit: number): string[] {
    return this.#peopleIn(JSON.stringify(rooms), limit);
  }

  /** How many are in a room; `implicit`: also those who are known only from their messages. */
  countJoined(roomId: string, implicit: boolean): number {
    return this.#countJoined(roomId, implicit ? 1 : 0);
  }

  /** Users of a server who are in a room. */
  joined(roomId: string, server: string): string[] {
    return this.#joined(server, roomId);
  }

  /** The number of joined members per server. */
  joinedByServer(roomId: string): Map<string, number> {
    const rows = this.#joinedByServer(roomId);
    return new Map(rows.map(({ server, n }) => [server, n]));
  }

  /** The owner of the room among the users of its home. */
  ownerOf(roomId: string, home: string): string | undefined {
    return this.#ownerOf(home, roomId);
  }

  /** Members stored under one server name belong to the server with another. */
  /** `home`: in its rooms only. */
  moveMembers(from: string, to: string, home?: string): void {
    if (home === undefined) this.#moveMembers(to, from);
    else this.#moveMembersAt(to, from, home);
  }

  /**
   * Counts, for each home, unanswered invites, and those that came after this time and were revoked. Leaves out zeros.
   */
  countInvites(homes: readonly string[], revokedSince: number): Map<string, number> {
    if (homes.length === 0) return new Map();
    const rows = this.#countInvites(JSON.stringify(homes), revokedSince);
    return new Map(rows.map(({ home, n }) => [home, n]));
  }

  /** A user has one answer for all invites to a room. */
  answerInvites(roomId: string, userId: string, status: 'accepted' | 'declined'): void {
    this.#answerInvites(status, roomId, userId);
  }
}
