import type { Position } from '../../../../shared/protocol/room-state.ts';
import { emptiedRooms } from '../../check/slices.ts';
import type { Db } from '../../database.ts';

export interface RoomRow {
  readonly room_id: string;
  /** server_name of the home. */
  readonly home: string;
  readonly name: string;
  readonly join_rule: 'invite' | 'peers';
  readonly home_announces: 0 | 1;
  readonly info_depth: number;
  readonly info_event_id: string;
  /** The depth at which the home last named it; only if `info_depth` is -1. */
  readonly named_depth: number;
  readonly named_event_id: string;
  readonly created_at: number;
  /** How much of it is kept here (retention-store.ts); null: no limit. */
  readonly keep_days: number | null;
  readonly keep_megabytes: number | null;
  /** Up to which depth events were dropped, so that one with a smaller depth may have been; -1 if none was. */
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
  readonly state: 'joined' | 'left' | 'removed';
  readonly role: 'owner' | 'member';
  readonly joined_at: number;
  readonly implicit: 0 | 1;
}

export interface InviteRow {
  readonly event_id: string;
  readonly room_id: string;
  readonly home: string;
  readonly room_name: string;
  readonly inviter: string;
  readonly user_id: string;
  readonly created_at: number;
  readonly status: 'pending' | 'accepted' | 'declined' | 'revoked';
}

/** Changes with the rules of the projection, so that rooms projected by older rules are rebuilt. */
export const projectionRules = 1;

/** Rooms, their channels and members, and how local users join them. */
export class RoomStore {
  readonly #statements;
  readonly #db: Db;
  /** How many rooms each home has, since the last time that one was added or removed. */
  readonly #counts = new Map<string, { readonly here: number; readonly elsewhere: number }>();

  constructor(db: Db) {
    this.#db = db;
    this.#statements = {
      insert: db.prepare(
        `INSERT INTO rooms (room_id, home, name, join_rule, created_at, projected) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT DO NOTHING`,
      ),
      room: db.prepare<[string], RoomRow>('SELECT * FROM rooms WHERE room_id = ?'),
      rooms: db.prepare<[], RoomRow>('SELECT * FROM rooms ORDER BY created_at, room_id'),
      page: db.prepare<[number, number, number], RoomRow>(
        'SELECT * FROM rooms WHERE created_at >= ? ORDER BY created_at, room_id LIMIT ? OFFSET ?',
      ),
      count: db.prepare<[string], { n: number }>('SELECT count(*) AS n FROM rooms WHERE home = ?'),
      countAll: db.prepare<[], { n: number }>('SELECT count(*) AS n FROM rooms'),
      shared: db.prepare<{ server: string }, { room_id: string }>(
        `SELECT room_id FROM rooms WHERE home = $server
         UNION SELECT room_id FROM room_members WHERE server = $server AND state = 'joined'`,
      ),
      nameAt: db.prepare(
        `UPDATE rooms SET name = ?, named_depth = ?, named_event_id = ?
         WHERE room_id = ? AND (named_depth, named_event_id) < (?, ?)`,
      ),
      setAnnounces: db.prepare('UPDATE rooms SET home_announces = ? WHERE room_id = ?'),
      removeRoom: db.prepare('DELETE FROM rooms WHERE room_id = ?'),
      forgetInfo: db.prepare("UPDATE rooms SET info_depth = -1, info_event_id = '' WHERE room_id = ?"),
      setProjected: db.prepare('UPDATE rooms SET projected = ? WHERE room_id = ?'),
      outdated: db.prepare<[number], { room_id: string }>('SELECT room_id FROM rooms WHERE projected <> ?'),
      channels: db.prepare<[string], ChannelRow>(
        'SELECT * FROM channels WHERE room_id = ? ORDER BY channel_id',
      ),
      putChannel: db.prepare(
        `INSERT INTO channels (room_id, channel_id, name, position, depth, event_id) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET name = excluded.name, position = excluded.position, depth = excluded.depth,
           event_id = excluded.event_id`,
      ),
      members: db.prepare<[string], MemberRow>(
        'SELECT * FROM room_members WHERE room_id = ? ORDER BY user_id',
      ),
      joinedByServer: db.prepare<[string], { server: string; n: number }>(
        "SELECT server, count(*) AS n FROM room_members WHERE room_id = ? AND state = 'joined' GROUP BY server",
      ),
      member: db.prepare<[string, string], MemberRow>(
        'SELECT * FROM room_members WHERE room_id = ? AND user_id = ?',
      ),
      ownerOf: db.prepare<[string, string], { user_id: string }>(
        `SELECT user_id FROM room_members INDEXED BY room_members_by_server
         WHERE server = ? AND room_id = ? AND state = 'joined' AND role = 'owner' ORDER BY user_id LIMIT 1`,
      ),
      moveMembers: db.prepare('UPDATE room_members SET server = ? WHERE server = ?'),
      moveMembersAt: db.prepare(
        `UPDATE room_members SET server = ? WHERE server = ?
         AND room_id IN (SELECT room_id FROM rooms WHERE home = ?)`,
      ),
      ofBoth: db.prepare<[string, string], { room_id: string }>(
        `SELECT room_id FROM room_members a JOIN room_members b USING (room_id)
         WHERE a.user_id = ? AND a.state = 'joined' AND b.user_id = ? AND b.state = 'joined'`,
      ),
      countJoined: db.prepare<[string, 0 | 1], { n: number }>(
        "SELECT count(*) AS n FROM room_members WHERE room_id = ? AND state = 'joined' AND implicit <= ?",
      ),
      joined: db.prepare<[string, string], { user_id: string }>(
        `SELECT user_id FROM room_members INDEXED BY room_members_by_server
         WHERE server = ? AND room_id = ? AND state = 'joined'`,
      ),
      withMember: db.prepare<[string], { room_id: string }>(
        "SELECT room_id FROM room_members WHERE user_id = ? AND state = 'joined'",
      ),
      roomsOf: db.prepare<[string], { room_id: string }>(
        'SELECT room_id FROM room_members WHERE server = ? GROUP BY room_id',
      ),
      addPending: db.prepare('INSERT OR IGNORE INTO pending_joins (room_id, user_id) VALUES (?, ?)'),
      dropPending: db.prepare('DELETE FROM pending_joins WHERE room_id = ? AND user_id = ?'),
      pending: db.prepare<[string], { user_id: string }>(
        'SELECT user_id FROM pending_joins WHERE room_id = ?',
      ),
      invite: db.prepare<[string], InviteRow>('SELECT * FROM room_invites WHERE event_id = ?'),
      invites: db.prepare<[], InviteRow>(
        `SELECT * FROM room_invites AS i WHERE status = 'pending' AND NOT EXISTS (
           SELECT 1 FROM room_invites AS l
           WHERE l.status = 'pending' AND l.room_id = i.room_id AND l.user_id = i.user_id
             AND (l.created_at, l.event_id) > (i.created_at, i.event_id))
         ORDER BY created_at, event_id`,
      ),
      countInvites: db.prepare<[string, number], { home: string; n: number }>(
        `SELECT home, count(*) AS n FROM room_invites
         WHERE home IN (SELECT value FROM json_each(?))
           AND (status = 'pending' OR (status = 'revoked' AND created_at > ?)) GROUP BY home`,
      ),
      answerInvites: db.prepare(
        "UPDATE room_invites SET status = ? WHERE room_id = ? AND user_id = ? AND status = 'pending'",
      ),
    };
  }

  insert(room: Pick<RoomRow, 'room_id' | 'home' | 'name' | 'join_rule' | 'created_at'>): void {
    const { room_id, home, name, join_rule, created_at } = room;
    this.#statements.insert.run(room_id, home, name, join_rule, created_at, projectionRules);
    this.forgetCounts();
  }

  room(roomId: string): RoomRow | undefined {
    return this.#statements.room.get(roomId);
  }

  /** All of them, oldest first. */
  rooms(): RoomRow[] {
    return this.#statements.rooms.all();
  }

  /** The first `limit` of those after this one in the order of `rooms`. */
  page(createdAt: number, skipped: number, limit: number): RoomRow[] {
    return this.#statements.page.all(createdAt, limit, skipped);
  }

  /** How many rooms have this home, and how many another one. */
  countByHome(home: string): { readonly here: number; readonly elsewhere: number } {
    const known = this.#counts.get(home);
    if (known) return known;
    const here = this.#statements.count.get(home)?.n ?? 0;
    const counted = { here, elsewhere: (this.#statements.countAll.get()?.n ?? 0) - here };
    this.#counts.set(home, counted);
    return counted;
  }

  /** There are other rooms than before. */
  forgetCounts(): void {
    this.#counts.clear();
  }

  /** Rooms whose home this server is, or in which it has a member. */
  sharedWith(server: string): string[] {
    return this.#statements.shared.all({ server }).map((row) => row.room_id);
  }

  /**
   * The home named the room at that point in its order; a later name takes precedence. Returns whether it is the
   * newest.
   */
  nameAt(roomId: string, name: string, at: Position): boolean {
    const { depth, eventId } = at;
    return this.#statements.nameAt.run(name, depth, eventId, roomId, depth, eventId).changes > 0;
  }

  setAnnounces(roomId: string, announces: boolean): void {
    this.#statements.setAnnounces.run(announces ? 1 : 0, roomId);
  }

  remove(roomId: string): void {
    this.#statements.removeRoom.run(roomId);
    this.#counts.clear();
  }

  /** Rooms whose projection was made by older rules. */
  outdated(): string[] {
    return this.#statements.outdated.all(projectionRules).map((row) => row.room_id);
  }

  /** Rooms that show nothing although they should. */
  emptied(): string[] {
    return emptiedRooms(this.#db);
  }

  /** Before a rebuild: the newest `m.room.info` that counts is looked up again. */
  forgetInfo(roomId: string): void {
    this.#statements.forgetInfo.run(roomId);
  }

  setProjected(roomId: string): void {
    this.#statements.setProjected.run(projectionRules, roomId);
  }

  /** Notes that the room's projection has to be rebuilt. */
  setOutdated(roomId: string): void {
    this.#statements.setProjected.run(projectionRules - 1, roomId);
  }

  /** In their order. A room has few, and everybody asks for them: sorted by SQLite, they cost four times as much. */
  channels(roomId: string): ChannelRow[] {
    return this.#statements.channels.all(roomId).sort((a, b) => a.position - b.position);
  }

  putChannel(channel: ChannelRow): void {
    const c = channel;
    this.#statements.putChannel.run(c.room_id, c.channel_id, c.name, c.position, c.depth, c.event_id);
  }

  members(roomId: string): MemberRow[] {
    return this.#statements.members.all(roomId);
  }

  /** How many are in a room; `implicit`: also those who are known only from their messages. */
  countJoined(roomId: string, implicit: boolean): number {
    return this.#statements.countJoined.get(roomId, implicit ? 1 : 0)?.n ?? 0;
  }

  /** Users of a server who are in a room. */
  joined(roomId: string, server: string): string[] {
    return this.#statements.joined.all(server, roomId).map((row) => row.user_id);
  }

  /** The number of joined members per server. */
  joinedByServer(roomId: string): Map<string, number> {
    const rows = this.#statements.joinedByServer.all(roomId);
    return new Map(rows.map(({ server, n }) => [server, n]));
  }

  member(roomId: string, userId: string): MemberRow | undefined {
    return this.#statements.member.get(roomId, userId);
  }

  /** The owner of the room among the users of its home. */
  ownerOf(roomId: string, home: string): string | undefined {
    return this.#statements.ownerOf.get(home, roomId)?.user_id;
  }

  /** Rooms that both users are in. */
  ofBoth(userId: string, other: string): string[] {
    return this.#statements.ofBoth.all(userId, other).map((row) => row.room_id);
  }

  /** Rooms that a user is in. */
  withMember(userId: string): string[] {
    return this.#statements.withMember.all(userId).map((row) => row.room_id);
  }

  /** Members stored under one server name belong to the server with another. */
  /** `home`: in its rooms only. */
  moveMembers(from: string, to: string, home?: string): void {
    if (home === undefined) this.#statements.moveMembers.run(to, from);
    else this.#statements.moveMembersAt.run(to, from, home);
  }

  /** Rooms in which some user of that server is or was. */
  roomsOf(server: string): string[] {
    return this.#statements.roomsOf.all(server).map((row) => row.room_id);
  }

  addPendingJoin(roomId: string, userId: string): void {
    this.#statements.addPending.run(roomId, userId);
  }

  dropPendingJoin(roomId: string, userId: string): void {
    this.#statements.dropPending.run(roomId, userId);
  }

  pendingJoins(roomId: string): string[] {
    return this.#statements.pending.all(roomId).map((row) => row.user_id);
  }

  invite(eventId: string): InviteRow | undefined {
    return this.#statements.invite.get(eventId);
  }

  /** Unanswered invites: for each user and room, the last that arrived. */
  pendingInvites(): InviteRow[] {
    return this.#statements.invites.all();
  }

  /**
   * Counts, for each home, unanswered invites, and those that came after this time and were revoked. Leaves out zeros.
   */
  countInvites(homes: readonly string[], revokedSince: number): Map<string, number> {
    if (homes.length === 0) return new Map();
    const rows = this.#statements.countInvites.all(JSON.stringify(homes), revokedSince);
    return new Map(rows.map(({ home, n }) => [home, n]));
  }

  /** A user has one answer for all invites to a room. */
  answerInvites(roomId: string, userId: string, status: 'accepted' | 'declined'): void {
    this.#statements.answerInvites.run(status, roomId, userId);
  }
}
