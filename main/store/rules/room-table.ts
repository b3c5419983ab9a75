import type { CountedFact } from '../../../shared/protocol/room-state.ts';
import type { Db } from '../database.ts';
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

/** Rooms, channels and memberships, for the rules (see event-table.ts). */
export class RoomTable {
  readonly #statements;
  readonly #rooms: Pick<RoomStore, 'forgetCounts'>;

  constructor(db: Db, rooms: Pick<RoomStore, 'forgetCounts'>) {
    this.#rooms = rooms;
    const one = <K extends unknown[]>(sql: string) => db.prepare<K, { one: number }>(sql);
    const pendingOf = `UPDATE room_invites SET status = ? WHERE status = 'pending' AND room_id = ? AND user_id = ?`;
    this.#statements = {
      create: db.prepare(
        `INSERT INTO rooms (room_id, home, name, join_rule, home_announces, created_at, projected)
         VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      ),
      update: db.prepare(
        `UPDATE rooms SET name = ?, join_rule = ?, home_announces = ?, info_depth = ?, info_event_id = ?,
           named_depth = ?, named_event_id = ? WHERE room_id = ?`,
      ),
      member: db.prepare<[string, string], MemberRow>(
        'SELECT * FROM room_members WHERE room_id = ? AND user_id = ?',
      ),
      hasMemberOf: one<[string, string]>(
        'SELECT 1 AS one FROM room_members WHERE room_id = ? AND server = ? LIMIT 1',
      ),
      usersOf: db.prepare<[string, string], { n: number }>(
        'SELECT count(*) AS n FROM room_members WHERE room_id = ? AND server = ?',
      ),
      anyMember: one<[string]>('SELECT 1 AS one FROM room_members WHERE room_id = ? LIMIT 1'),
      putMember: db.prepare(
        `INSERT INTO room_members (room_id, user_id, server, state, role, joined_at, implicit)
         VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET state = excluded.state,
           role = excluded.role, joined_at = excluded.joined_at, implicit = excluded.implicit`,
      ),
      removeMember: db.prepare<[string, string]>(
        'DELETE FROM room_members WHERE room_id = ? AND user_id = ?',
      ),
      addFact: db.prepare(
        `INSERT OR IGNORE INTO room_member_facts (room_id, user_id, depth, event_id, change, role, origin_ts)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      ),
      clearMembers: db.prepare<[string]>('DELETE FROM room_members WHERE room_id = ?'),
      clearFacts: db.prepare<[string]>('DELETE FROM room_member_facts WHERE room_id = ?'),
      channel: db.prepare<[string, string], ChannelRow>(
        'SELECT * FROM channels WHERE room_id = ? AND channel_id = ?',
      ),
      removeChannel: db.prepare<[string, string]>(
        'DELETE FROM channels WHERE room_id = ? AND channel_id = ?',
      ),
      clearChannels: db.prepare<[string]>('DELETE FROM channels WHERE room_id = ?'),
      isJoining: one<[string]>('SELECT 1 AS one FROM pending_joins WHERE room_id = ? LIMIT 1'),
      isLocalUser: one<[string]>(
        `SELECT 1 AS one FROM users u WHERE user_id = ? AND NOT EXISTS
           (SELECT 1 FROM accounts a WHERE a.user_id = u.user_id AND a.removed_at IS NOT NULL)`,
      ),
      putMeta: db.prepare<[string, string]>(
        'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
      ),
      addInvite: db.prepare(
        `INSERT OR IGNORE INTO room_invites (event_id, room_id, home, room_name, inviter, user_id, created_at, status)
         VALUES (?, ?, ?, ?, ?, ?, ?, 'pending')`,
      ),
      endRevoked: db.prepare<[string, string, string]>(
        `${pendingOf} AND EXISTS (SELECT 1 FROM federation_events i
           JOIN federation_events r ON r.room_id = room_invites.room_id AND r.subject = room_invites.user_id
             AND r.event_type IN ('m.member.invite', 'm.member.uninvite')
             AND r.event_type = 'm.member.uninvite' AND (r.depth, r.event_id) > (i.depth, i.event_id)
           WHERE i.event_id = room_invites.event_id)`,
      ),
      endUsed: db.prepare<[string, string, string]>(
        `${pendingOf} AND EXISTS (SELECT 1 FROM federation_events i
           JOIN room_member_facts f ON f.room_id = room_invites.room_id AND f.user_id = room_invites.user_id
             AND (f.depth, f.event_id) > (i.depth, i.event_id)
           WHERE i.event_id = room_invites.event_id)`,
      ),
    };
  }

  /** A new room of ours. */
  create(r: NewRoom): void {
    const { create } = this.#statements;
    create.run(r.room_id, r.home, r.name, r.join_rule, r.home_announces, r.created_at, projectionRules);
    this.#rooms.forgetCounts();
  }

  update(r: RoomRow): void {
    this.#statements.update.run(
      ...[r.name, r.join_rule, r.home_announces, r.info_depth, r.info_event_id],
      ...[r.named_depth, r.named_event_id, r.room_id],
    );
  }

  member(roomId: string, userId: string): MemberRow | null {
    return this.#statements.member.get(roomId, userId) ?? null;
  }

  /** Whether some user of the server is or was in the room. */
  hasMemberOf(roomId: string, server: string): boolean {
    return this.#statements.hasMemberOf.get(roomId, server) !== undefined;
  }

  /** How many users of the server are or were in the room. */
  usersOf(roomId: string, server: string): number {
    return this.#statements.usersOf.get(roomId, server)?.n ?? 0;
  }

  /** Whether nobody was ever in the room. */
  isNew(roomId: string): boolean {
    return this.#statements.anyMember.get(roomId) === undefined;
  }

  putMember(m: MemberRow): void {
    const { putMember } = this.#statements;
    putMember.run(m.room_id, m.user_id, m.server, m.state, m.role, m.joined_at, m.implicit);
  }

  removeMember(roomId: string, userId: string): void {
    this.#statements.removeMember.run(roomId, userId);
  }

  addFact(roomId: string, userId: string, f: CountedFact): void {
    this.#statements.addFact.run(roomId, userId, f.depth, f.eventId, f.change, f.role, f.originTs);
  }

  /** Before a rebuild: nothing is known about who is in the room. */
  clearMembers(roomId: string): void {
    this.#statements.clearMembers.run(roomId);
    this.#statements.clearFacts.run(roomId);
  }

  channel(roomId: string, channelId: string): ChannelRow | null {
    return this.#statements.channel.get(roomId, channelId) ?? null;
  }

  removeChannel(roomId: string, channelId: string): void {
    this.#statements.removeChannel.run(roomId, channelId);
  }

  clearChannels(roomId: string): void {
    this.#statements.clearChannels.run(roomId);
  }

  /** Whether a local user has asked to join. */
  isJoining(roomId: string): boolean {
    return this.#statements.isJoining.get(roomId) !== undefined;
  }

  /** Not one who was removed. */
  isLocalUser(userId: string): boolean {
    return this.#statements.isLocalUser.get(userId) !== undefined;
  }

  putMeta(key: string, value: string): void {
    this.#statements.putMeta.run(key, value);
  }

  addInvite(i: Omit<InviteRow, 'status'>): void {
    const { addInvite } = this.#statements;
    addInvite.run(i.event_id, i.room_id, i.home, i.room_name, i.inviter, i.user_id, i.created_at);
  }

  /** Ends the user's unanswered invites that were revoked, or used by joining, later in the room's order. */
  endInvites(roomId: string, userId: string): void {
    this.#statements.endRevoked.run('revoked', roomId, userId);
    this.#statements.endUsed.run('accepted', roomId, userId);
  }
}
