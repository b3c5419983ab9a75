import type { Db } from '../database.ts';

export interface RoomConsentRow {
  readonly user_id: string;
  readonly room_id: string;
  /** Null while the user asks to join. */
  readonly allowed_by: string | null;
  readonly via: string | null;
  readonly at: number;
}

export interface ContactRow {
  readonly user_id: string;
  readonly person: string;
  readonly allowed_by: string;
  readonly at: number;
}

interface UnconfirmedRow {
  readonly user_id: string;
  readonly room_id: string;
  readonly person: string;
  readonly wanted: 0 | 1;
  readonly wrote: 0 | 1;
}

/** Wishes of a child that wait for an answer: rooms to join, and people to invite. */
export const wishesMax = 50;

/** What a restricted user waits for in a room: consent to the room, or to somebody in it. */
export type Waiting = 'room' | 'people';

const owner = '(SELECT o.user_id FROM users o ORDER BY o.id LIMIT 1)';

/**
 * The household is the owner, who may have no account, and everybody else with an account, except guests. Users who can't
 * log in don't belong to it.
 */
const isHousehold = (person: string): string =>
  `(EXISTS (SELECT 1 FROM accounts h WHERE h.user_id = ${person} AND h.role <> 'guest')
    OR ${person} = ${owner})`;

const isUnconfirmed = (child: string, person: string): string =>
  `${person} <> ${child} AND NOT ${isHousehold(person)}
   AND NOT EXISTS (SELECT 1 FROM contacts c WHERE c.user_id = ${child} AND c.person = ${person})`;

const meeting = `ON CONFLICT DO UPDATE SET wanted = 0, wrote = max(wrote, excluded.wrote)
  WHERE wanted = 1 OR excluded.wrote > wrote`;

/**
 * Stores which rooms and people a guardian allowed a child, and which rooms a guest may be in. The caller's transaction
 * makes the changes.
 */
export class ConsentStore {
  readonly #statements;
  /** Rooms that closed to a child, or opened. */
  readonly #news = new Set<string>();

  constructor(db: Db) {
    const one = <K extends unknown[]>(sql: string) => db.prepare<K, { one: number }>(sql);
    this.#statements = {
      isGuardian: one<[{ person: string }]>(
        `SELECT 1 AS one WHERE @person = ${owner}
           OR EXISTS (SELECT 1 FROM accounts h WHERE h.user_id = @person AND h.role IN ('admin', 'owner'))`,
      ),
      role: db.prepare<[string], { role: string }>('SELECT role FROM accounts WHERE user_id = ?'),
      room: db.prepare<[string, string], RoomConsentRow>(
        'SELECT * FROM room_consents WHERE user_id = ? AND room_id = ?',
      ),
      rooms: db.prepare<[string], RoomConsentRow>(
        'SELECT * FROM room_consents WHERE user_id = ? ORDER BY at, room_id',
      ),
      putRoom: db.prepare(
        `INSERT INTO room_consents VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET allowed_by = excluded.allowed_by, via = excluded.via, at = excluded.at`,
      ),
      dropRoom: db.prepare('DELETE FROM room_consents WHERE user_id = ? AND room_id = ?'),
      contacts: db.prepare<[string], ContactRow>(
        'SELECT * FROM contacts WHERE user_id = ? ORDER BY at, person',
      ),
      addContact: db.prepare('INSERT OR IGNORE INTO contacts VALUES (?, ?, ?, ?)'),
      dropContact: db.prepare('DELETE FROM contacts WHERE user_id = ? AND person = ?'),
      isUnconfirmed: one<[{ child: string; person: string }]>(
        `SELECT 1 AS one WHERE ${isUnconfirmed('@child', '@person')}`,
      ),
      closed: one<[string, string]>(
        'SELECT 1 AS one FROM unconfirmed WHERE user_id = ? AND room_id = ? AND wanted = 0 LIMIT 1',
      ),
      unconfirmed: db.prepare<[string], UnconfirmedRow>(
        'SELECT * FROM unconfirmed WHERE user_id = ? ORDER BY room_id, person',
      ),
      // The few children first: most rooms have more members than a server has children.
      meet: db.prepare<[{ room: string; person: string; wrote: 0 | 1 }]>(
        `INSERT INTO unconfirmed SELECT a.user_id, @room, @person, 0, @wrote
         FROM accounts a CROSS JOIN room_members m ON m.room_id = @room AND m.user_id = a.user_id
         WHERE a.role = 'child' AND m.state = 'joined' AND ${isUnconfirmed('a.user_id', '@person')} ${meeting}`,
      ),
      meetAll: db.prepare<[{ room: string; child: string }]>(
        `INSERT INTO unconfirmed SELECT @child, @room, m.user_id, 0, 0 FROM room_members m
         WHERE m.room_id = @room AND m.state = 'joined' AND ${isUnconfirmed('@child', 'm.user_id')} ${meeting}`,
      ),
      meetAgain: db.prepare<[{ child: string; person: string }]>(
        `INSERT INTO unconfirmed SELECT @child, m.room_id, @person, 0, 1
         FROM room_members m JOIN room_members p ON p.room_id = m.room_id AND p.user_id = @person
         WHERE m.user_id = @child AND m.state = 'joined' AND p.state = 'joined'
           AND ${isUnconfirmed('@child', '@person')} ${meeting}`,
      ),
      want: db.prepare('INSERT OR IGNORE INTO unconfirmed VALUES (?, ?, ?, 1, 0)'),
      known: db.prepare('DELETE FROM unconfirmed WHERE user_id = ? AND person = ?'),
      closedBy: db.prepare<[string], { room_id: string }>(
        'SELECT DISTINCT room_id FROM unconfirmed WHERE person = ? AND wanted = 0',
      ),
      belongs: db.prepare('DELETE FROM unconfirmed WHERE person = ? AND wanted = 0'),
      parted: db.prepare<[{ room: string; person: string }]>(
        `DELETE FROM unconfirmed WHERE room_id = @room AND person = @person AND wanted = 0
           AND wrote = 0`,
      ),
      unread: db.prepare("INSERT OR IGNORE INTO unconfirmed VALUES (?, ?, '', 0, 0)"),
      isUnread: one<[string]>("SELECT 1 AS one FROM unconfirmed WHERE person = '' AND room_id = ? LIMIT 1"),
      read: db.prepare("DELETE FROM unconfirmed WHERE person = '' AND room_id = ?"),
      dropWishes: db.prepare('DELETE FROM unconfirmed WHERE user_id = ? AND room_id = ? AND wanted = 1'),
      leftRoom: db.prepare('DELETE FROM unconfirmed WHERE user_id = ? AND room_id = ?'),
      wishes: db.prepare<[string, string], { n: number }>(
        `SELECT (SELECT count(*) FROM room_consents WHERE user_id = ? AND allowed_by IS NULL)
           + (SELECT count(*) FROM unconfirmed WHERE user_id = ? AND wanted = 1) AS n`,
      ),
      children: db.prepare<[], { user_id: string }>(
        `SELECT user_id FROM accounts WHERE role = 'child' AND removed_at IS NULL ORDER BY created_at, user_id`,
      ),
      membersOutside: db.prepare<[string], { person: string }>(
        `SELECT m.user_id AS person FROM room_members m
         WHERE m.room_id = ? AND m.state = 'joined' AND NOT ${isHousehold('m.user_id')}`,
      ),
    };
  }

  /** Whether the user may only be in rooms that were allowed: a child or a guest. */
  isRestricted(user: string): boolean {
    const role = this.#statements.role.get(user)?.role;
    return role === 'child' || role === 'guest';
  }

  isChild(user: string): boolean {
    return this.#statements.role.get(user)?.role === 'child';
  }

  /** Whether somebody may decide for children: the owner, and admins. */
  isGuardian(user: string): boolean {
    return this.#statements.isGuardian.get({ person: user }) !== undefined;
  }

  isAllowed(user: string, roomId: string): boolean {
    return this.room(user, roomId)?.allowed_by != null;
  }

  /** Null for a room that is open to the user. */
  waiting(user: string, roomId: string): Waiting | null {
    if (!this.isRestricted(user)) return null;
    if (!this.isAllowed(user, roomId)) return 'room';
    return this.#statements.closed.get(user, roomId) === undefined ? null : 'people';
  }

  room(user: string, roomId: string): RoomConsentRow | undefined {
    return this.#statements.room.get(user, roomId);
  }

  /** Oldest first. */
  rooms(user: string): RoomConsentRow[] {
    return this.#statements.rooms.all(user);
  }

  putRoom({ user_id, room_id, allowed_by, via, at }: RoomConsentRow): void {
    this.#statements.putRoom.run(user_id, room_id, allowed_by, via, at);
  }

  /** The room and who in it waits for consent. */
  dropRoom(user: string, roomId: string): void {
    this.#statements.dropRoom.run(user, roomId);
    this.#statements.leftRoom.run(user, roomId);
  }

  /** Oldest first. */
  contacts(user: string): ContactRow[] {
    return this.#statements.contacts.all(user);
  }

  addContact({ user_id, person, allowed_by, at }: ContactRow): void {
    this.#statements.addContact.run(user_id, person, allowed_by, at);
    this.#noteRooms(user_id, person);
    this.#statements.known.run(user_id, person);
  }

  /** Where both are, the room is closed to the child. */
  dropContact(child: string, person: string): void {
    this.#statements.dropContact.run(child, person);
    this.meetAgain(child, person);
  }

  /** Somebody is no longer known to a child, in the rooms in which both are. */
  meetAgain(child: string, person: string): void {
    this.#statements.meetAgain.run({ child, person });
    this.#noteRooms(child, person);
  }

  /** Somebody belongs to the household now: opens the rooms that were closed because of them. */
  belongs(person: string): void {
    for (const { room_id } of this.#statements.closedBy.all(person)) this.#news.add(room_id);
    this.#statements.belongs.run(person);
  }

  isUnconfirmed(child: string, person: string): boolean {
    return this.#statements.isUnconfirmed.get({ child, person }) !== undefined;
  }

  /** Sorted by room. */
  unconfirmed(user: string): UnconfirmedRow[] {
    return this.#statements.unconfirmed.all(user).filter(({ person }) => person !== '');
  }

  /** Somebody is or writes in a room: closes it to the children in it who don't know them. */
  meet(room: string, person: string, wrote = false): void {
    this.#note(room, this.#statements.meet.run({ room, person, wrote: wrote ? 1 : 0 }).changes);
  }

  /** A child is in a room, with everybody who is in it. */
  meetAll(room: string, child: string): void {
    this.#note(room, this.#statements.meetAll.run({ room, child }).changes);
  }

  /** Somebody left a room. What they wrote there stays, and keeps it closed. */
  parted(room: string, person: string): void {
    this.#note(room, this.#statements.parted.run({ room, person }).changes);
    // A room that the child is no longer in needs no decision.
    if (this.#statements.closed.get(person, room) !== undefined) this.#news.add(room);
  }

  /** A child comes into a room of another server, whose members aren't known until it was read: it stays closed so long. */
  unread(child: string, room: string): void {
    this.#note(room, this.#statements.unread.run(child, room).changes);
  }

  isUnread(room: string): boolean {
    return this.#statements.isUnread.get(room) !== undefined;
  }

  /** The members of a room are known now. */
  read(room: string): void {
    this.#note(room, this.#statements.read.run(room).changes);
  }

  #note(room: string, changes: number): void {
    if (changes > 0) this.#news.add(room);
  }

  #noteRooms(child: string, person: string): void {
    for (const row of this.unconfirmed(child)) if (row.person === person) this.#news.add(row.room_id);
  }

  /** The rooms that closed to a child, or opened, since the last call. */
  takeNews(): string[] {
    const rooms = [...this.#news];
    this.#news.clear();
    return rooms;
  }

  /** A child wants to invite somebody. */
  want(child: string, roomId: string, person: string): void {
    this.#statements.want.run(child, roomId, person);
  }

  /** How much the child waits for that it asked for itself. */
  wishesOf(child: string): number {
    return this.#statements.wishes.get(child, child)?.n ?? 0;
  }

  dropWishes(child: string, roomId: string): void {
    this.#statements.dropWishes.run(child, roomId);
  }

  /** Those who weren't removed, oldest first. */
  children(): string[] {
    return this.#statements.children.all().map(({ user_id }) => user_id);
  }

  /** Members of a room who don't belong to the household. */
  membersOutside(roomId: string): string[] {
    return this.#statements.membersOutside.all(roomId).map(({ person }) => person);
  }
}
