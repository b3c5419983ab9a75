import type { Receipt, ReceiptReason, ReceiptState } from '../../../../shared/protocol/receipts.ts';
import type { QueuedRow, Tell } from '../../../facts.ts';
import type { Db } from '../../database.ts';
import { isErasedSql } from '../../erased-body.ts';
import { manyRows } from '../../many-rows.ts';
import { Queries } from '../../queries.ts';
import { stillHeld } from './attempt-store.ts';

/** A report by a room's home about one member server and one event of ours. */
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

/** A report that we still owe to an origin, with the current state of the outbox and its attempts. */
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

/** A report by a home about the event with this sequence number. */
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

const owe = 'INSERT OR REPLACE INTO federation_receipts_owed (origin, event_seq, server_name, at)';
const oweQueue = `${owe} SELECT e.origin_server, q.event_seq, q.destination, ?
  FROM federation_outbound_queue q JOIN federation_events e ON e.seq = q.event_seq
  WHERE e.received_from IS NOT NULL AND`;

/**
 * Stores which member servers have which events: as their origin, what the homes of rooms reported; as a home, what we
 * still have to report to the origins of events we forward.
 */
export class ReceiptStore extends Queries {
  readonly #tell: Tell;

  readonly #take = this.rows<[string, string], Pick<ReceiptRow, 'event_seq' | 'server_name'>>(`
    UPDATE federation_receipts SET state = q.value ->> 2, reason = q.value ->> 3,
      next_attempt_at = q.value ->> 4, at = q.value ->> 5 FROM json_each(?) q
    WHERE event_seq = q.value ->> 0 AND server_name = q.value ->> 1 AND via = ? AND state <> 'has'
    RETURNING event_seq, server_name`);
  readonly #of = this.rows<[string], ReceiptRow>(
    'SELECT * FROM federation_receipts WHERE event_seq IN (SELECT value FROM json_each(?))',
  );
  readonly #lacking = this.rows<[number, number], LackingRow>(`
    SELECT server_name, via, state, count(*) AS count FROM federation_receipts AS r
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
      AND NOT ${isErasedSql('e.body')} GROUP BY a.destination`);
  readonly #giveUpHope = this.run(
    `UPDATE federation_receipts SET state = 'untold' WHERE state = 'unknown' AND ${lacking} AND at < ?`,
  );
  readonly #owe = manyRows(this.db, `${owe} VALUES`, 4);
  readonly #oweRow = this.rows<[number, number], { origin: string }>(`${oweQueue} q.id = ? RETURNING origin`);
  readonly #oweUpTo = this.rows<[number, string, number], { origin: string }>(
    `${oweQueue} q.destination = ? AND q.id <= ? AND q.state <> 'dead' RETURNING origin`,
  );
  readonly #oweAll = this.rows<[number, string], { origin: string }>(
    `${oweQueue} q.destination = ? RETURNING origin`,
  );
  readonly #firstWaiting = this.rows<[string, string], { origin: string; seq: number | null }>(`
    SELECT o.value AS origin, (
      SELECT q.event_seq FROM federation_outbound_queue q JOIN federation_events e ON e.seq = q.event_seq
      WHERE q.destination = ? AND q.state <> 'dead' AND e.origin_server = o.value LIMIT 1) AS seq
    FROM json_each(?) o`);
  readonly #settle = this.run(
    'DELETE FROM federation_receipts_owed WHERE id IN (SELECT value FROM json_each(?))',
  );
  readonly #pruneOwed = this.run('DELETE FROM federation_receipts_owed WHERE at < ?');

  /**
   * The one with the latest next attempt, of all events waiting for a server, because a home doesn't repeat it for
   * each.
   */
  readonly latest = this.row<[serverName: string, via: string], ReceiptRow>(`
    SELECT * FROM federation_receipts WHERE server_name = ? AND via = ? AND state = 'waiting' AND ${lacking}
    ORDER BY next_attempt_at DESC LIMIT 1`);

  /** Whether this home may still have something to report. */
  readonly isOpen = this.has<[via: string]>(`SELECT 1 FROM federation_receipts
    WHERE via = ? AND state IN ('unknown', 'waiting') AND ${lacking} LIMIT 1`);

  /** Inside a transaction: this event is no longer sent to the home, so the home won't report on it. */
  readonly expectNothing = this.run<[eventSeq: number, home: string]>(`
    UPDATE federation_receipts SET state = 'untold'
    WHERE event_seq = ? AND via = ? AND state = 'unknown' AND ${lacking}`);

  /** Events of other servers that wait for a destination, in outbox rows after this one. */
  readonly waitingFor = this.rows<[destination: string, afterId: number], WaitingRow>(`
    SELECT q.id, e.origin_server AS origin, q.event_seq
    FROM federation_outbound_queue q JOIN federation_events e ON e.seq = q.event_seq
    WHERE q.destination = ? AND q.id > ? AND q.state <> 'dead' AND e.received_from IS NOT NULL`);

  /** The origins that are owed a report. */
  readonly origins = this.values<[], string>('SELECT DISTINCT origin FROM federation_receipts_owed');

  readonly owedTo = this.rows<[origin: string, limit: number], OwedRow>(
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
  );

  /** Inside a transaction: the origin has read everything up to this id. */
  readonly settleTo = this.run<[origin: string, upToId: number]>(
    'DELETE FROM federation_receipts_owed WHERE origin = ? AND id <= ?',
  );

  /** Inside a transaction: nothing is reported to this origin. */
  readonly drop = this.run<[origin: string]>('DELETE FROM federation_receipts_owed WHERE origin = ?');

  constructor(db: Db, tell: Tell) {
    super(db);
    this.#tell = tell;
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
    const taken = this.#take(JSON.stringify(rows), via);
    const keys = new Set(taken.map((row) => reportKey(row.event_seq, row.server_name)));
    return counting.filter(({ seq, receipt }) => keys.has(reportKey(seq, receipt.server_name)));
  }

  of(seqs: readonly number[]): ReceiptRow[] {
    return this.#of(JSON.stringify(seqs));
  }

  /**
   * Events that never arrive, or are held, count while they are newer than `since`. An event still queued for the home
   * counts as queued, not as missing on the servers that the home delivers to.
   */
  lacking(since: number): LackingRow[] {
    return this.#lacking(since, since);
  }

  /** Finds an event of each of these origins that waits for a destination; null if none does. */
  firstWaiting(destination: string, origins: readonly string[]) {
    return origins.length === 0 ? [] : this.#firstWaiting(destination, JSON.stringify(origins));
  }

  /** Inside the transaction that changes what is reported to the origins. */
  owe(rows: readonly Pick<QueuedRow, 'origin' | 'seq' | 'destination' | 'at'>[]): void {
    this.#owe(rows.map((row) => [row.origin, row.seq, row.destination, row.at]));
    this.#tellOf(rows);
  }

  /** Inside the transaction that removes this outbox row or puts it back. */
  oweRow(queueId: number, now: number): void {
    this.#tellOf(this.#oweRow(now, queueId));
  }

  /** The same for all rows of a destination, up to an ID if one is given. */
  oweQueue(destination: string, now: number, upToId?: number): void {
    this.#tellOf(
      upToId === undefined ? this.#oweAll(now, destination) : this.#oweUpTo(now, destination, upToId),
    );
  }

  #tellOf(rows: readonly { readonly origin: string }[]): void {
    if (rows.length > 0)
      this.#tell({ fact: 'receipts-owed', origins: [...new Set(rows.map((row) => row.origin))] });
  }

  /** Inside a transaction: these were reported. A later change has another ID, and stays. */
  settle(ids: readonly number[]): void {
    this.#settle(JSON.stringify(ids));
  }

  /** A home that hasn't reported something in all that time won't do so any more, and nor do we. */
  prune(before: number): void {
    this.#giveUpHope(before);
    this.#pruneOwed(before);
  }
}
