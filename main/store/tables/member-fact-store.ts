import {
  type CountedFact,
  laterOf,
  type MembershipEnds,
  type Position,
} from '../../../shared/protocol/room-state.ts';
import type { Db } from '../database.ts';

interface FactRow {
  readonly depth: number;
  readonly event_id: string;
  readonly change: CountedFact['change'];
  readonly role: CountedFact['role'];
  readonly origin_ts: number;
}

type OfUser = [string, string];
type AtPlace = [string, string, number, string];

const factOf = (row: FactRow | undefined): CountedFact | null =>
  row
    ? {
        depth: row.depth,
        eventId: row.event_id,
        change: row.change,
        role: row.role,
        originTs: row.origin_ts,
      }
    : null;

/**
 * What counts of what was said about each user's membership, in the room's order. Every question is answered by a few
 * steps in an index, however often a user came and went.
 */
export class MemberFactStore {
  readonly #statements;

  constructor(db: Db) {
    const facts = 'SELECT * FROM room_member_facts WHERE room_id = ? AND user_id = ?';
    const backwards = 'ORDER BY depth DESC, event_id DESC LIMIT 1';
    const forwards = 'ORDER BY depth, event_id LIMIT 1';
    const last = (change: string) =>
      db.prepare<OfUser, FactRow>(`${facts} AND change = '${change}' ${backwards}`);
    const before = (which: string) =>
      db.prepare<AtPlace, FactRow>(`${facts} ${which} AND (depth, event_id) < (?, ?) ${backwards}`);
    this.#statements = {
      add: db.prepare(
        `INSERT OR IGNORE INTO room_member_facts (room_id, user_id, depth, event_id, change, role, origin_ts)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      ),
      clear: db.prepare('DELETE FROM room_member_facts WHERE room_id = ?'),
      last: db.prepare<OfUser, FactRow>(`${facts} ${backwards}`),
      first: db.prepare<OfUser, FactRow>(`${facts} ${forwards}`),
      join: last('join'),
      leave: last('leave'),
      remove: last('remove'),
      before: before(''),
      leaveBefore: before("AND change = 'leave'"),
      removeBefore: before("AND change = 'remove'"),
      after: db.prepare<AtPlace, FactRow>(`${facts} AND (depth, event_id) > (?, ?) ${forwards}`),
      joinAfter: db.prepare<AtPlace, FactRow>(
        `${facts} AND change = 'join' AND (depth, event_id) > (?, ?) ${forwards}`,
      ),
    };
  }

  add(roomId: string, userId: string, fact: CountedFact): void {
    const { depth, eventId, change, role, originTs } = fact;
    this.#statements.add.run(roomId, userId, depth, eventId, change, role, originTs);
  }

  clear(roomId: string): void {
    this.#statements.clear.run(roomId);
  }

  last(roomId: string, userId: string): CountedFact | null {
    return factOf(this.#statements.last.get(roomId, userId));
  }

  /** The nearest one before a place in the order. */
  before(roomId: string, userId: string, { depth, eventId }: Position): CountedFact | null {
    return factOf(this.#statements.before.get(roomId, userId, depth, eventId));
  }

  /** The nearest one behind a place in the order. */
  after(roomId: string, userId: string, { depth, eventId }: Position): CountedFact | null {
    return factOf(this.#statements.after.get(roomId, userId, depth, eventId));
  }

  ends(roomId: string, userId: string): MembershipEnds {
    const { first, join, leave, remove } = this.#statements;
    const last = factOf(join.get(roomId, userId));
    return {
      first: factOf(first.get(roomId, userId)),
      join: last,
      leave: factOf(leave.get(roomId, userId)),
      remove: factOf(remove.get(roomId, userId)),
      cameIn: last && this.#cameIn(roomId, userId, last),
    };
  }

  /** The first of the joins that end with this one, with nothing else between them. */
  #cameIn(roomId: string, userId: string, { depth, eventId }: CountedFact): CountedFact | null {
    const { leaveBefore, removeBefore, joinAfter } = this.#statements;
    const [left, removed] = [leaveBefore, removeBefore].map((statement) =>
      factOf(statement.get(roomId, userId, depth, eventId)),
    );
    const border = laterOf(left ?? null, removed ?? null) ?? { depth: -1, eventId: '' };
    return factOf(joinAfter.get(roomId, userId, border.depth, border.eventId));
  }
}
