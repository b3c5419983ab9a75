import type { CountedFact } from '../../../shared/protocol/room-state.ts';
import type { Db } from '../database.ts';
import { Queries } from '../queries.ts';
import {
  type ChannelRow,
  type InviteRow,
  type MemberRow,
  projectionRules,
  type RoomRow,
  type RoomStore,
} from '../tables/rooms/room-store.ts';

export type NewRoom = Pick<
  RoomRow,
  'room_id' | 'home' | 'name' | 'join_rule' | 'home_announces' | 'created_at'
>;

const pendingOf = `UPDATE room_invites SET status = ? WHERE status = 'pending' AND room_id = ? AND user_id = ?`;

/** Rooms, channels and memberships, for the rules (see event-table.ts). */
export class RoomTable extends Queries {
  readonly #rooms: Pick<RoomStore, 'forgetCounts'>;

  readonly #create = this.run(`
    INSERT INTO rooms (room_id, home, name, join_rule, home_announces, created_at, projected)
    VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`);
  readonly #member = this.row<[string, string], MemberRow>(
    'SELECT * FROM room_members WHERE room_id = ? AND user_id = ?',
  );
  readonly #anyMember = this.has<[string]>('SELECT 1 AS one FROM room_members WHERE room_id = ? LIMIT 1');
  readonly #addFact = this.run(`
    INSERT OR IGNORE INTO room_member_facts (room_id, user_id, depth, event_id, change, role, origin_ts)
    VALUES (?, ?, ?, ?, ?, ?, ?)`);
  readonly #clearMembers = this.run<[string]>('DELETE FROM room_members WHERE room_id = ?');
  readonly #clearFacts = this.run<[string]>('DELETE FROM room_member_facts WHERE room_id = ?');
  readonly #channel = this.row<[string, string], ChannelRow>(
    'SELECT * FROM channels WHERE room_id = ? AND channel_id = ?',
  );
  readonly #endRevoked = this.run<[string, string, string]>(`
    ${pendingOf} AND EXISTS (SELECT 1 FROM federation_events i
      JOIN federation_events r ON r.room_id = room_invites.room_id AND r.subject = room_invites.user_id
        AND r.event_type IN ('m.member.invite', 'm.member.uninvite')
        AND r.event_type = 'm.member.uninvite' AND (r.depth, r.event_id) > (i.depth, i.event_id)
      WHERE i.event_id = room_invites.event_id)`);
  readonly #endUsed = this.run<[string, string, string]>(`
    ${pendingOf} AND EXISTS (SELECT 1 FROM federation_events i
      JOIN room_member_facts f ON f.room_id = room_invites.room_id AND f.user_id = room_invites.user_id
        AND (f.depth, f.event_id) > (i.depth, i.event_id)
      WHERE i.event_id = room_invites.event_id)`);

  readonly update = this.run<[room: RoomRow]>(`
    UPDATE rooms SET name = $name, join_rule = $join_rule, topic = $topic, description = $description,
      pinned = $pinned, archived = $archived, writers = $writers, slow_seconds = $slow_seconds,
      home_announces = $home_announces, direct = $direct,
      info_depth = $info_depth, info_event_id = $info_event_id,
      named_depth = $named_depth, named_event_id = $named_event_id WHERE room_id = $room_id`);

  readonly putMember = this.run<[member: MemberRow]>(`
    INSERT INTO room_members (room_id, user_id, server, state, role, joined_at, implicit)
    VALUES ($room_id, $user_id, $server, $state, $role, $joined_at, $implicit)
    ON CONFLICT DO UPDATE SET state = excluded.state, role = excluded.role, joined_at = excluded.joined_at,
      implicit = excluded.implicit`);

  readonly addInvite = this.run<[invite: Omit<InviteRow, 'status'>]>(`
    INSERT OR IGNORE INTO room_invites
      (event_id, room_id, home, room_name, description, inviter, user_id, created_at, status, direct)
    VALUES ($event_id, $room_id, $home, $room_name, $description, $inviter, $user_id, $created_at, 'pending', $direct)`);

  /** Whether some user of the server is or was in the room. */
  readonly hasMemberOf = this.has<[roomId: string, server: string]>(
    'SELECT 1 AS one FROM room_members WHERE room_id = ? AND server = ? LIMIT 1',
  );

  /** How many users of the server are or were in the room. */
  readonly usersOf = this.number<[roomId: string, server: string]>(
    'SELECT count(*) AS n FROM room_members WHERE room_id = ? AND server = ?',
  );

  readonly removeMember = this.run<[roomId: string, userId: string]>(
    'DELETE FROM room_members WHERE room_id = ? AND user_id = ?',
  );

  readonly removeChannel = this.run<[roomId: string, channelId: string]>(
    'DELETE FROM channels WHERE room_id = ? AND channel_id = ?',
  );

  readonly clearChannels = this.run<[roomId: string]>('DELETE FROM channels WHERE room_id = ?');

  /** Whether a local user has asked to join. */
  readonly isJoining = this.has<[roomId: string]>(
    'SELECT 1 AS one FROM pending_joins WHERE room_id = ? LIMIT 1',
  );

  /** Whether the user is here and was not removed. */
  readonly isLocalUser = this.has<[userId: string]>(`
    SELECT 1 AS one FROM users u WHERE user_id = ? AND NOT EXISTS
      (SELECT 1 FROM accounts a WHERE a.user_id = u.user_id AND a.removed_at IS NOT NULL)`);

  readonly putMeta = this.run<[key: string, value: string]>(
    'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
  );

  constructor(db: Db, rooms: Pick<RoomStore, 'forgetCounts'>) {
    super(db);
    this.#rooms = rooms;
  }

  /** A new room of ours. */
  create(r: NewRoom): void {
    this.#create(r.room_id, r.home, r.name, r.join_rule, r.home_announces, r.created_at, projectionRules);
    this.#rooms.forgetCounts();
  }

  member(roomId: string, userId: string): MemberRow | null {
    return this.#member(roomId, userId) ?? null;
  }

  /** Whether nobody was ever in the room. */
  isNew(roomId: string): boolean {
    return !this.#anyMember(roomId);
  }

  addFact(roomId: string, userId: string, f: CountedFact): void {
    this.#addFact(roomId, userId, f.depth, f.eventId, f.change, f.role, f.originTs);
  }

  /** Before a rebuild: nothing is known about who is in the room. */
  clearMembers(roomId: string): void {
    this.#clearMembers(roomId);
    this.#clearFacts(roomId);
  }

  channel(roomId: string, channelId: string): ChannelRow | null {
    return this.#channel(roomId, channelId) ?? null;
  }

  /** Ends the user's unanswered invites that were revoked, or used by joining, later in the room's order. */
  endInvites(roomId: string, userId: string): void {
    this.#endRevoked('revoked', roomId, userId);
    this.#endUsed('accepted', roomId, userId);
  }
}
