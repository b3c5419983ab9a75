import { Queries } from '../queries.ts';

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

/** The consent that a restricted user waits for in a room: to the room, or to somebody in it. */
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
export class ConsentStore extends Queries {
  /** Rooms that closed to a child, or opened. */
  readonly #news = new Set<string>();

  readonly #isGuardian = this.has<[{ person: string }]>(`SELECT 1 AS one WHERE @person = ${owner}
      OR EXISTS (SELECT 1 FROM accounts h WHERE h.user_id = @person AND h.role IN ('admin', 'owner'))`);
  readonly #role = this.value<[string], string>('SELECT role FROM accounts WHERE user_id = ?');
  readonly #putRoom = this.run(`INSERT INTO room_consents VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET allowed_by = excluded.allowed_by, via = excluded.via, at = excluded.at`);
  readonly #dropRoom = this.run('DELETE FROM room_consents WHERE user_id = ? AND room_id = ?');
  readonly #addContact = this.run('INSERT OR IGNORE INTO contacts VALUES (?, ?, ?, ?)');
  readonly #dropContact = this.run('DELETE FROM contacts WHERE user_id = ? AND person = ?');
  readonly #isUnconfirmed = this.has<[{ child: string; person: string }]>(
    `SELECT 1 AS one WHERE ${isUnconfirmed('@child', '@person')}`,
  );
  readonly #closed = this.has<[string, string]>(
    'SELECT 1 AS one FROM unconfirmed WHERE user_id = ? AND room_id = ? AND wanted = 0 LIMIT 1',
  );
  // The few children first: most rooms have more members than a server has children.
  readonly #meet = this.changes<[{ room: string; person: string; wrote: 0 | 1 }]>(`
    INSERT INTO unconfirmed SELECT a.user_id, @room, @person, 0, @wrote
    FROM accounts a CROSS JOIN room_members m ON m.room_id = @room AND m.user_id = a.user_id
    WHERE a.role = 'child' AND m.state = 'joined' AND ${isUnconfirmed('a.user_id', '@person')} ${meeting}`);
  readonly #meetAll = this.changes<[{ room: string; child: string }]>(`
    INSERT INTO unconfirmed SELECT @child, @room, m.user_id, 0, 0 FROM room_members m
    WHERE m.room_id = @room AND m.state = 'joined' AND ${isUnconfirmed('@child', 'm.user_id')} ${meeting}`);
  readonly #strangers = this.values<[{ room: string; child: string }], string>(`
    SELECT m.user_id FROM room_members m
    WHERE m.room_id = @room AND m.state = 'joined' AND ${isUnconfirmed('@child', 'm.user_id')}`);
  readonly #meetAgain = this.run<[{ child: string; person: string }]>(`
    INSERT INTO unconfirmed SELECT @child, m.room_id, @person, 0, 1
    FROM room_members m JOIN room_members p ON p.room_id = m.room_id AND p.user_id = @person
    WHERE m.user_id = @child AND m.state = 'joined' AND p.state = 'joined'
      AND ${isUnconfirmed('@child', '@person')} ${meeting}`);
  // Without the index, SQLite looks through everybody whom the child doesn't know.
  readonly #known = this.run<[string, string]>(
    'DELETE FROM unconfirmed INDEXED BY unconfirmed_by_person WHERE user_id = ? AND person = ?',
  );
  readonly #roomsWith = this.values<[string, string], string>(
    'SELECT room_id FROM unconfirmed INDEXED BY unconfirmed_by_person WHERE user_id = ? AND person = ?',
  );
  readonly #closedBy = this.rows<[string], { room_id: string }>(
    'SELECT DISTINCT room_id FROM unconfirmed WHERE person = ? AND wanted = 0',
  );
  readonly #belongs = this.run('DELETE FROM unconfirmed WHERE person = ? AND wanted = 0');
  readonly #parted = this.changes<[{ room: string; person: string }]>(`
    DELETE FROM unconfirmed WHERE room_id = @room AND person = @person AND wanted = 0
      AND wrote = 0`);
  readonly #unread = this.changes<[string, string]>(
    "INSERT OR IGNORE INTO unconfirmed VALUES (?, ?, '', 0, 0)",
  );
  readonly #read = this.changes<[string]>("DELETE FROM unconfirmed WHERE person = '' AND room_id = ?");
  readonly #unconfirmed = this.rows<[string], UnconfirmedRow>(
    'SELECT * FROM unconfirmed WHERE user_id = ? ORDER BY room_id, person',
  );
  readonly #leftRoom = this.run('DELETE FROM unconfirmed WHERE user_id = ? AND room_id = ?');
  readonly #wishes = this.number<[string, string]>(`
    SELECT (SELECT count(*) FROM room_consents WHERE user_id = ? AND allowed_by IS NULL)
      + (SELECT count(*) FROM unconfirmed WHERE user_id = ? AND wanted = 1) AS n`);

  readonly room = this.row<[user: string, roomId: string], RoomConsentRow>(
    'SELECT * FROM room_consents WHERE user_id = ? AND room_id = ?',
  );

  /** Oldest first. */
  readonly rooms = this.rows<[user: string], RoomConsentRow>(
    'SELECT * FROM room_consents WHERE user_id = ? ORDER BY at, room_id',
  );

  /** Oldest first. */
  readonly contacts = this.rows<[user: string], ContactRow>(
    'SELECT * FROM contacts WHERE user_id = ? ORDER BY at, person',
  );

  readonly isUnread = this.has<[room: string]>(
    "SELECT 1 AS one FROM unconfirmed WHERE person = '' AND room_id = ? LIMIT 1",
  );

  /** A child wants to invite somebody. */
  readonly want = this.run<[child: string, roomId: string, person: string]>(
    'INSERT OR IGNORE INTO unconfirmed VALUES (?, ?, ?, 1, 0)',
  );

  readonly dropWishes = this.run<[child: string, roomId: string]>(
    'DELETE FROM unconfirmed WHERE user_id = ? AND room_id = ? AND wanted = 1',
  );

  /** Children who weren't removed, oldest first. */
  readonly children = this.values<[], string>(
    `SELECT user_id FROM accounts WHERE role = 'child' AND removed_at IS NULL ORDER BY created_at, user_id`,
  );

  /** Members of a room who don't belong to the household. */
  readonly membersOutside = this.values<[roomId: string], string>(`
    SELECT m.user_id AS person FROM room_members m
    WHERE m.room_id = ? AND m.state = 'joined' AND NOT ${isHousehold('m.user_id')}`);

  /** Whether the user may only be in rooms that were allowed: a child or a guest. */
  isRestricted(user: string): boolean {
    const role = this.#role(user);
    return role === 'child' || role === 'guest';
  }

  isChild(user: string): boolean {
    return this.#role(user) === 'child';
  }

  /** Whether somebody may decide for children: the owner, and admins. */
  isGuardian(user: string): boolean {
    return this.#isGuardian({ person: user });
  }

  isAllowed(user: string, roomId: string): boolean {
    return this.room(user, roomId)?.allowed_by != null;
  }

  /** Null for a room that is open to the user. */
  waiting(user: string, roomId: string): Waiting | null {
    if (!this.isRestricted(user)) return null;
    if (!this.isAllowed(user, roomId)) return 'room';
    return !this.#closed(user, roomId) ? null : 'people';
  }

  putRoom({ user_id, room_id, allowed_by, via, at }: RoomConsentRow): void {
    this.#putRoom(user_id, room_id, allowed_by, via, at);
  }

  /** The room and who in it waits for consent. */
  dropRoom(user: string, roomId: string): void {
    this.#dropRoom(user, roomId);
    this.#leftRoom(user, roomId);
  }

  addContact({ user_id, person, allowed_by, at }: ContactRow): void {
    this.#addContact(user_id, person, allowed_by, at);
    this.#noteRooms(user_id, person);
    this.#known(user_id, person);
  }

  /** Closes rooms with this person to the child. */
  dropContact(child: string, person: string): void {
    this.#dropContact(child, person);
    this.meetAgain(child, person);
  }

  /** Somebody is no longer known to a child, in the rooms in which both are. */
  meetAgain(child: string, person: string): void {
    this.#meetAgain({ child, person });
    this.#noteRooms(child, person);
  }

  /** Somebody belongs to the household now: opens the rooms that were closed because of them. */
  belongs(person: string): void {
    for (const { room_id } of this.#closedBy(person)) this.#news.add(room_id);
    this.#belongs(person);
  }

  isUnconfirmed(child: string, person: string): boolean {
    return this.#isUnconfirmed({ child, person });
  }

  /** Members of a room whom no guardian confirmed for the child. */
  strangers(room: string, child: string): string[] {
    return this.#strangers({ room, child });
  }

  /** Sorted by room. */
  unconfirmed(user: string): UnconfirmedRow[] {
    return this.#unconfirmed(user).filter(({ person }) => person !== '');
  }

  /** Somebody is or writes in a room: closes it to the children in it who don't know them. */
  meet(room: string, person: string, wrote = false): void {
    this.#note(room, this.#meet({ room, person, wrote: wrote ? 1 : 0 }));
  }

  /** A child is in a room, with everybody who is in it. */
  meetAll(room: string, child: string): void {
    this.#note(room, this.#meetAll({ room, child }));
  }

  /** Somebody left a room. Their messages there stay, and keep it closed. */
  parted(room: string, person: string): void {
    this.#note(room, this.#parted({ room, person }));
    // A room that the child is no longer in needs no decision.
    if (this.#closed(person, room)) this.#news.add(room);
  }

  /** A child comes into a room of another server, whose members aren't known until it was read: it stays closed so long. */
  unread(child: string, room: string): void {
    this.#note(room, this.#unread(child, room));
  }

  /** The members of a room are known now. */
  read(room: string): void {
    this.#note(room, this.#read(room));
  }

  #note(room: string, changes: number): void {
    if (changes > 0) this.#news.add(room);
  }

  #noteRooms(child: string, person: string): void {
    for (const room of this.#roomsWith(child, person)) this.#news.add(room);
  }

  /** The rooms that closed to a child, or opened, since the last call. */
  takeNews(): string[] {
    const rooms = [...this.#news];
    this.#news.clear();
    return rooms;
  }

  /** How much the child waits for that it asked for itself. */
  wishesOf(child: string): number {
    return this.#wishes(child, child);
  }
}
