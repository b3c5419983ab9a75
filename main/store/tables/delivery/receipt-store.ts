import type { Receipt, ReceiptReason, ReceiptState } from '../../../../shared/protocol/receipts.ts';
import type { QueuedRow, Tell } from '../../../facts.ts';
import type { Db } from '../../database.ts';
import { isErasedSql } from '../../erased-body.ts';
import { manyRows } from '../../many-rows.ts';
import { stillHeld } from './attempt-store.ts';

/** What a room's home reports about one member server and one event of ours. */
export interface ReceiptRow {
  readonly event_seq: number;
  readonly server_name: string;
  /** The room's home. */
  readonly via: string;
  readonly state: 'unknown' | 'untold' | ReceiptState;
  readonly reason: ReceiptReason | null;
  readonly next_attempt_at: number | null;
  readonly at: number;
}

/** About one member server: what it lacks of our events, as reported by one home, or (`via` null) as we know. */
interface LackingRow {
  readonly server_name: string;
  readonly via: string | null;
  readonly state: Exclude<ReceiptRow['state'], 'untold' | 'has'>;
  readonly count: number;
}

/** What still has to be reported to an origin, with the current state of the outbox and its attempts. */
export interface OwedRow {
  readonly id: number;
  readonly event_seq: number;
  readonly event_id: string;
  readonly server_name: string;
  readonly marked_at: number;
  /** The state of the outbox row; `null` if nothing waits any more. */
  readonly queue_state: 'queued' | 'retrying' | 'parked' | 'dead' | null;
  readonly next_attempt_at: number | null;
  /** When and how it was delivered; `null` if it was not. */
  readonly taken_at: number | null;
  readonly taken_outcome: 'delivered' | 'held' | null;
  readonly last_at: number | null;
  readonly last_outcome: string | null;
  readonly last_status: number | null;
}

/** What a home reports about the event with this sequence number. */
interface Report {
  readonly seq: number;
  readonly receipt: Receipt;
}

const reportKey = (seq: number, server: string): string => `${seq} ${server}`;

interface WaitingRow {
  readonly id: number;
  readonly origin: string;
  readonly event_seq: number;
}

/** The condition of the index, and of the queries that are to use it. */
export const lackingReceipt = "state NOT IN ('has', 'untold')";
const lacking = lackingReceipt;

/**
 * Stores which member servers have which events: as their origin, what the homes of rooms reported; as a home, what we
 * still have to report to the origins of events we forward.
 */
export class ReceiptStore {
  readonly #statements;
  readonly #tell: Tell;

  constructor(db: Db, tell: Tell) {
    this.#tell = tell;
    const owe = 'INSERT OR REPLACE INTO federation_receipts_owed (origin, event_seq, server_name, at)';
    const oweQueue = `${owe} SELECT e.origin_server, q.event_seq, q.destination, ?
      FROM federation_outbound_queue q JOIN federation_events e ON e.seq = q.event_seq
      WHERE e.received_from IS NOT NULL AND`;
    this.#statements = {
      take: db.prepare<[string, string], Pick<ReceiptRow, 'event_seq' | 'server_name'>>(
        `UPDATE federation_receipts SET state = q.value ->> 2, reason = q.value ->> 3,
           next_attempt_at = q.value ->> 4, at = q.value ->> 5 FROM json_each(?) q
         WHERE event_seq = q.value ->> 0 AND server_name = q.value ->> 1 AND via = ? AND state <> 'has'
         RETURNING event_seq, server_name`,
      ),
      of: db.prepare<[string], ReceiptRow>(
        'SELECT * FROM federation_receipts WHERE event_seq IN (SELECT value FROM json_each(?))',
      ),
      latest: db.prepare<[string, string], ReceiptRow>(
        `SELECT * FROM federation_receipts WHERE server_name = ? AND via = ? AND state = 'waiting' AND ${lacking}
         ORDER BY next_attempt_at DESC LIMIT 1`,
      ),
      isOpen: db.prepare<[string]>(
        `SELECT 1 FROM federation_receipts
         WHERE via = ? AND state IN ('unknown', 'waiting') AND ${lacking} LIMIT 1`,
      ),
      lacking: db.prepare<[number, number], LackingRow>(
        `SELECT server_name, via, state, count(*) AS count FROM federation_receipts AS r
         WHERE ${lacking} AND CASE state
           WHEN 'waiting' THEN true
           WHEN 'unknown' THEN NOT EXISTS (SELECT 1 FROM federation_outbound_queue q
             WHERE q.event_seq = r.event_seq AND q.destination = r.via)
           ELSE at >= ? END
         GROUP BY server_name, via, state
         UNION ALL
         SELECT a.destination, NULL, 'held', count(DISTINCT a.event_seq)
         FROM federation_delivery_attempts a JOIN federation_events e ON e.seq = a.event_seq
         WHERE ${stillHeld} AND e.received_from IS NULL
           AND NOT ${isErasedSql('e.body')} GROUP BY a.destination`,
      ),
      expectNothing: db.prepare(
        `UPDATE federation_receipts SET state = 'untold'
         WHERE event_seq = ? AND via = ? AND state = 'unknown' AND ${lacking}`,
      ),
      giveUpHope: db.prepare(
        `UPDATE federation_receipts SET state = 'untold' WHERE state = 'unknown' AND ${lacking} AND at < ?`,
      ),
      owe: manyRows(db, `${owe} VALUES`, 4),
      oweRow: db.prepare<[number, number], { origin: string }>(`${oweQueue} q.id = ? RETURNING origin`),
      oweUpTo: db.prepare<[number, string, number], { origin: string }>(
        `${oweQueue} q.destination = ? AND q.id <= ? AND q.state <> 'dead' RETURNING origin`,
      ),
      oweAll: db.prepare<[number, string], { origin: string }>(
        `${oweQueue} q.destination = ? RETURNING origin`,
      ),
      waitingFor: db.prepare<[string, number], WaitingRow>(
        `SELECT q.id, e.origin_server AS origin, q.event_seq
         FROM federation_outbound_queue q JOIN federation_events e ON e.seq = q.event_seq
         WHERE q.destination = ? AND q.id > ? AND q.state <> 'dead' AND e.received_from IS NOT NULL`,
      ),
      firstWaiting: db.prepare<[string, string], { origin: string; seq: number | null }>(
        `SELECT o.value AS origin, (
           SELECT q.event_seq FROM federation_outbound_queue q JOIN federation_events e ON e.seq = q.event_seq
           WHERE q.destination = ? AND q.state <> 'dead' AND e.origin_server = o.value LIMIT 1) AS seq
         FROM json_each(?) o`,
      ),
      origins: db.prepare<[], { origin: string }>('SELECT DISTINCT origin FROM federation_receipts_owed'),
      owedTo: db.prepare<[string, number], OwedRow>(
        // The attempts of an event are read once for all its destinations, of which there may be hundreds.
        `WITH page AS MATERIALIZED (SELECT * FROM federation_receipts_owed WHERE origin = ? ORDER BY id LIMIT ?),
           seqs AS MATERIALIZED (SELECT DISTINCT event_seq FROM page),
           servers AS MATERIALIZED (SELECT DISTINCT server_name FROM page),
           queue AS MATERIALIZED (SELECT event_seq, destination, max(id), state, next_attempt_at
             FROM federation_outbound_queue WHERE event_seq IN seqs AND destination IN servers GROUP BY event_seq, destination),
           last AS MATERIALIZED (SELECT event_seq, destination, max(id), at, outcome, status
             FROM federation_delivery_attempts WHERE event_seq IN seqs AND destination IN servers GROUP BY event_seq, destination),
           taken AS MATERIALIZED (SELECT event_seq, destination, max(id), at, outcome
             FROM federation_delivery_attempts WHERE event_seq IN seqs AND destination IN servers AND outcome IN ('delivered', 'held')
             GROUP BY event_seq, destination)
         SELECT o.id, o.event_seq, e.event_id, o.server_name, o.at AS marked_at,
           q.state AS queue_state, q.next_attempt_at,
           taken.at AS taken_at, taken.outcome AS taken_outcome,
           last.at AS last_at, last.outcome AS last_outcome, last.status AS last_status
         FROM page o JOIN federation_events e ON e.seq = o.event_seq
         LEFT JOIN queue q ON q.event_seq = o.event_seq AND q.destination = o.server_name
         LEFT JOIN taken ON taken.event_seq = o.event_seq AND taken.destination = o.server_name
         LEFT JOIN last ON last.event_seq = o.event_seq AND last.destination = o.server_name
         ORDER BY o.id`,
      ),
      settle: db.prepare('DELETE FROM federation_receipts_owed WHERE id IN (SELECT value FROM json_each(?))'),
      settleTo: db.prepare('DELETE FROM federation_receipts_owed WHERE origin = ? AND id <= ?'),
      drop: db.prepare('DELETE FROM federation_receipts_owed WHERE origin = ?'),
      pruneOwed: db.prepare('DELETE FROM federation_receipts_owed WHERE at < ?'),
    };
  }

  /**
   * Inside a transaction: what a home reports, in order. Returns the reports that count. The others are not for the home
   * to make: it doesn't deliver this event to that server, or the server is known to have it.
   */
  take<T extends Report>(via: string, reports: readonly T[]): T[] {
    if (reports.length === 0) return [];
    /** A list may speak about one event and server more than once. Nothing counts after `has`. */
    const last = new Map<string, Report>();
    const counting = reports.filter((each) => {
      const key = reportKey(each.seq, each.receipt.server_name);
      if (last.get(key)?.receipt.state === 'has') return false;
      last.set(key, each);
      return true;
    });
    const rows = [...last.values()].map(({ seq, receipt }) => [
      ...[seq, receipt.server_name, receipt.state, receipt.reason, receipt.next_attempt_at, receipt.at],
    ]);
    const taken = this.#statements.take.all(JSON.stringify(rows), via);
    const keys = new Set(taken.map((row) => reportKey(row.event_seq, row.server_name)));
    return counting.filter(({ seq, receipt }) => keys.has(reportKey(seq, receipt.server_name)));
  }

  of(seqs: readonly number[]): ReceiptRow[] {
    return this.#statements.of.all(JSON.stringify(seqs));
  }

  /**
   * The one with the latest next attempt, of all events waiting for a server, because a home doesn't repeat it for
   * each.
   */
  latest(serverName: string, via: string): ReceiptRow | undefined {
    return this.#statements.latest.get(serverName, via);
  }

  /** Whether this home may still have something to report. */
  isOpen(via: string): boolean {
    return this.#statements.isOpen.get(via) !== undefined;
  }

  /**
   * Events that never arrive, or are held, count while they are newer than `since`. An event still queued for the home
   * counts as queued, not as missing on the servers that the home delivers to.
   */
  lacking(since: number): LackingRow[] {
    return this.#statements.lacking.all(since, since);
  }

  /** Inside a transaction: this event is no longer sent to the home, so the home won't report on it. */
  expectNothing(eventSeq: number, home: string): void {
    this.#statements.expectNothing.run(eventSeq, home);
  }

  /** Events of other servers that wait for a destination, in outbox rows after this one. */
  waitingFor(destination: string, afterId: number): WaitingRow[] {
    return this.#statements.waitingFor.all(destination, afterId);
  }

  /** Finds an event of each of these origins that waits for a destination; null if none does. */
  firstWaiting(destination: string, origins: readonly string[]) {
    return origins.length === 0
      ? []
      : this.#statements.firstWaiting.all(destination, JSON.stringify(origins));
  }

  /** Inside the transaction that changes what is reported to the origins. */
  owe(rows: readonly Pick<QueuedRow, 'origin' | 'seq' | 'destination' | 'at'>[]): void {
    this.#statements.owe(rows.map((row) => [row.origin, row.seq, row.destination, row.at]));
    this.#tellOf(rows);
  }

  /** Inside the transaction that removes this outbox row or puts it back. */
  oweRow(queueId: number, now: number): void {
    this.#tellOf(this.#statements.oweRow.all(now, queueId));
  }

  /** The same for all rows of a destination, up to an ID if one is given. */
  oweQueue(destination: string, now: number, upToId?: number): void {
    const { oweAll, oweUpTo } = this.#statements;
    this.#tellOf(upToId === undefined ? oweAll.all(now, destination) : oweUpTo.all(now, destination, upToId));
  }

  #tellOf(rows: readonly { readonly origin: string }[]): void {
    if (rows.length > 0)
      this.#tell({ fact: 'receipts-owed', origins: [...new Set(rows.map((row) => row.origin))] });
  }

  /** The origins that are owed a report. */
  origins(): string[] {
    return this.#statements.origins.all().map((row) => row.origin);
  }

  owedTo(origin: string, limit: number): OwedRow[] {
    return this.#statements.owedTo.all(origin, limit);
  }

  /** Inside a transaction: these were reported. A later change has another ID, and stays. */
  settle(ids: readonly number[]): void {
    this.#statements.settle.run(JSON.stringify(ids));
  }

  /** Inside a transaction: the origin has read everything up to this id. */
  settleTo(origin: string, upToId: number): void {
    this.#statements.settleTo.run(origin, upToId);
  }

  /** Inside a transaction: nothing is reported to this origin. */
  drop(origin: string): void {
    this.#statements.drop.run(origin);
  }

  /** A home that hasn't reported something in all that time won't do so any more, and nor do we. */
  prune(before: number): void {
    this.#statements.giveUpHope.run(before);
    this.#statements.pruneOwed.run(before);
  }
}
