import type { CountedFact, Position } from '../../../../shared/protocol/room-state.ts';
import type { Db } from '../../database.ts';

interface FactRow {
  readonly depth: number;
  readonly event_id: string;
  readonly change: CountedFact['change'];
  readonly role: CountedFact['role'];
  readonly origin_ts: number;
}

/** What a reader of the room needs of a fact. */
export interface UserFact extends Pick<FactRow, 'depth' | 'change'> {
  readonly user_id: string;
}

type AtPlace = [string, string, number, string];
type OfKind = [string, string, string, number, string];

/** A fact in the form that the rules use. */
const factOf = (row: FactRow): CountedFact => ({
  depth: row.depth,
  eventId: row.event_id,
  change: row.change,
  role: row.role,
  originTs: row.origin_ts,
});

/**
 * The counted facts about each user's membership, in the room's order. Every question needs only a few steps in an
 * index, however often a user joined and left.
 */
export class MemberFactStore {
  readonly #statements;

  constructor(db: Db) {
    const facts = 'SELECT * FROM room_member_facts WHERE room_id = ? AND user_id = ?';
    const before = '(depth, event_id) < (?, ?)';
    const after = '(depth, event_id) > (?, ?)';
    const backwards = 'ORDER BY depth DESC, event_id DESC LIMIT 1';
    const forwards = 'ORDER BY depth, event_id LIMIT 1';
    // Otherwise SQLite reads the user's facts until it finds one of that kind.
    const kinds =
      'SELECT * FROM room_member_facts INDEXED BY room_member_facts_by_change WHERE room_id = ? AND user_id = ?';
    this.#statements = {
      last: db.prepare<[string, string, number], FactRow>(
        `${facts} ORDER BY depth DESC, event_id DESC LIMIT ?`,
      ),
      before: db.prepare<AtPlace, FactRow>(`${facts} AND ${before} ${backwards}`),
      after: db.prepare<AtPlace, FactRow>(`${facts} AND ${after} ${forwards}`),
      ofServer: db.prepare<[string, string], UserFact>(
        `SELECT f.user_id, f.depth, f.change FROM room_members m INDEXED BY room_members_by_server
         CROSS JOIN room_member_facts f ON f.room_id = m.room_id AND f.user_id = m.user_id
         WHERE m.server = ? AND m.room_id = ? ORDER BY f.user_id, f.depth, f.event_id`,
      ),
      ofKindBefore: db.prepare<OfKind, FactRow>(`${kinds} AND change = ? AND ${before} ${backwards}`),
      ofKindAfter: db.prepare<OfKind, FactRow>(`${kinds} AND change = ? AND ${after} ${forwards}`),
    };
  }

  /** Those about the users of one server, by user and then in order. */
  ofServer(roomId: string, server: string): UserFact[] {
    return this.#statements.ofServer.all(server, roomId);
  }

  /** The last ones about a user, newest first. */
  last(roomId: string, userId: string, limit: number): CountedFact[] {
    return this.#statements.last.all(roomId, userId, limit).map(factOf);
  }

  /** The nearest one before a position in the order, of one kind or of any. */
  before(
    roomId: string,
    userId: string,
    { depth, eventId }: Position,
    change?: CountedFact['change'],
  ): CountedFact | null {
    const { before, ofKindBefore } = this.#statements;
    const row =
      change === undefined
        ? before.get(roomId, userId, depth, eventId)
        : ofKindBefore.get(roomId, userId, change, depth, eventId);
    return row ? factOf(row) : null;
  }

  /** The nearest one after a position in the order, of one kind or of any. */
  after(
    roomId: string,
    userId: string,
    { depth, eventId }: Position,
    change?: CountedFact['change'],
  ): CountedFact | null {
    const { after, ofKindAfter } = this.#statements;
    const row =
      change === undefined
        ? after.get(roomId, userId, depth, eventId)
        : ofKindAfter.get(roomId, userId, change, depth, eventId);
    return row ? factOf(row) : null;
  }
}
