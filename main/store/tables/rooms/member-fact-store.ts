import type { CountedFact, Position } from '../../../../shared/protocol/room-state.ts';
import { Queries } from '../../queries.ts';

interface FactRow {
  readonly depth: number;
  readonly event_id: string;
  readonly change: CountedFact['change'];
  readonly role: CountedFact['role'];
  readonly origin_ts: number;
}

/** A fact as a reader of the room needs it. */
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

const facts = 'SELECT * FROM room_member_facts WHERE room_id = ? AND user_id = ?';
const before = '(depth, event_id) < (?, ?)';
const after = '(depth, event_id) > (?, ?)';
const backwards = 'ORDER BY depth DESC, event_id DESC LIMIT 1';
const forwards = 'ORDER BY depth, event_id LIMIT 1';
// Otherwise SQLite reads the user's facts until it finds one of that kind.
const kinds =
  'SELECT * FROM room_member_facts INDEXED BY room_member_facts_by_change WHERE room_id = ? AND user_id = ?';

/**
 * The counted facts about each user's membership, in the room's order. Every question needs only a few steps in an
 * index, however often a user joined and left.
 */
export class MemberFactStore extends Queries {
  readonly #last = this.rows<[string, string, number], FactRow>(
    `${facts} ORDER BY depth DESC, event_id DESC LIMIT ?`,
  );
  readonly #before = this.row<AtPlace, FactRow>(`${facts} AND ${before} ${backwards}`);
  readonly #after = this.row<AtPlace, FactRow>(`${facts} AND ${after} ${forwards}`);
  readonly #ofServer = this.rows<[string, string], UserFact>(`
    SELECT f.user_id, f.depth, f.change FROM room_members m INDEXED BY room_members_by_server
    CROSS JOIN room_member_facts f ON f.room_id = m.room_id AND f.user_id = m.user_id
    WHERE m.server = ? AND m.room_id = ? ORDER BY f.user_id, f.depth, f.event_id`);
  readonly #ofKindBefore = this.row<OfKind, FactRow>(`${kinds} AND change = ? AND ${before} ${backwards}`);
  readonly #ofKindAfter = this.row<OfKind, FactRow>(`${kinds} AND change = ? AND ${after} ${forwards}`);

  /** Facts about the users of one server, by user and then in order. */
  ofServer(roomId: string, server: string): UserFact[] {
    return this.#ofServer(server, roomId);
  }

  /** The last ones about a user, newest first. */
  last(roomId: string, userId: string, limit: number): CountedFact[] {
    return this.#last(roomId, userId, limit).map(factOf);
  }

  /** The nearest one before a position in the order, of one kind or of any. */
  before(
    roomId: string,
    userId: string,
    { depth, eventId }: Position,
    change?: CountedFact['change'],
  ): CountedFact | null {
    const row =
      change === undefined
        ? this.#before(roomId, userId, depth, eventId)
        : this.#ofKindBefore(roomId, userId, change, depth, eventId);
    return row ? factOf(row) : null;
  }

  /** The nearest one after a position in the order, of one kind or of any. */
  after(
    roomId: string,
    userId: string,
    { depth, eventId }: Position,
    change?: CountedFact['change'],
  ): CountedFact | null {
    const row =
      change === undefined
        ? this.#after(roomId, userId, depth, eventId)
        : this.#ofKindAfter(roomId, userId, change, depth, eventId);
    return row ? factOf(row) : null;
  }
}
