import { type Said, storeSaid } from '../../../../shared/words/said.ts';
import type { Tell } from '../../../facts.ts';
import type { Clock } from '../../../kernel/ports.ts';
import type { Db } from '../../database.ts';
import type {
  AttemptReport,
  LaneName,
  OutboxStore as OutboxPort,
  OutboxRow,
  QueueState,
} from '../../outbox-port.ts';
import { Queries } from '../../queries.ts';
import type { Writer } from '../../writer.ts';
import { page } from '../rooms/event-store.ts';
import type { AttemptStore } from './attempt-store.ts';
import type { ReceiptStore } from './receipt-store.ts';

export interface QueueRow {
  readonly id: number;
  readonly destination: string;
  readonly room_id: string;
  readonly event_seq: number;
  readonly state: QueueState;
  readonly attempts: number;
  readonly enqueued_at: number;
  readonly next_attempt_at: number | null;
  readonly last_status: number | null;
  /** Stored by `storeSaid`, read by `readSaid`. */
  readonly last_error: string | null;
  readonly event_id: string;
  readonly event_type: string;
}

/** Stores for reports and attempts, which belong to the rows of the outbox. */
interface Beside {
  readonly receipts: ReceiptStore;
  readonly attempts: AttemptStore;
}

export interface DestinationCounts {
  readonly destination: string;
  readonly queued: number;
  readonly retrying: number;
  readonly parked: number;
  readonly dead: number;
}

type DeadRow = Pick<QueueRow, 'id' | 'event_seq' | 'event_id'>;

const alive = ['queued', 'retrying', 'parked'];

/** The beginning of a page of a destination's rows. */
interface Place {
  readonly destination: string;
  readonly after: number;
  readonly limit: number;
}

/** A destination's rows in these states, by ID, without sorting all of them: an index has those of each state in order. */
const inStates = (columns: string, states: readonly string[]): string => {
  const rows = `SELECT ${columns} FROM federation_outbound_queue WHERE destination = $destination AND id > $after`;
  return `${states.map((state) => `${rows} AND state = '${state}'`).join(' UNION ALL ')} ORDER BY id LIMIT $limit`;
};

type StoredRow = Omit<QueueRow, 'event_id' | 'event_type'> & { readonly also_sent_to: string };

/** The part of an event that is sent, and what is known of it without parsing. */
type EventSent = Pick<QueueRow, 'event_id' | 'event_type'> & {
  readonly origin_server: string;
  readonly body: string;
};

const outboxRow = (row: StoredRow, event: EventSent): OutboxRow => ({
  id: row.id,
  destination: row.destination,
  eventSeq: row.event_seq,
  eventId: event.event_id,
  roomId: row.room_id,
  eventType: event.event_type,
  origin: event.origin_server,
  body: event.body,
  enqueuedAt: row.enqueued_at,
  attempts: row.attempts,
  alsoSentTo: row.also_sent_to === '' ? [] : row.also_sent_to.split(' '),
});

/**
 * Reports are committed together, because each commit waits for the disk: soon if there are few, and less often if there
 * are many.
 */
const recordSoonMs = 20;
const recordEveryMs = 100;
const reportsPerCommitMax = 1024;

const isDone = ({ next }: AttemptReport): boolean => next.state === 'done';
const endsRow = (report: AttemptReport): boolean => isDone(report) || report.next.state === 'dead';

const entry = `SELECT q.*, e.event_id, e.event_type FROM federation_outbound_queue q
  JOIN federation_events e ON e.seq = q.event_seq`;

/** Stores the events that wait, and for which server. */
export class OutboxStore extends Queries implements OutboxPort {
  readonly #writer: Writer;
  readonly #clock: Clock;
  readonly #receipts: ReceiptStore;
  readonly #attempts: AttemptStore;
  #reports: AttemptReport[] = [];
  /** Settled but perhaps not on disk yet, so they must not be loaded again. */
  readonly #settled = new Set<number>();
  readonly #tell: Tell;
  /** The newest row before a transaction that is open beside the event loop. */
  #committedTo = Number.POSITIVE_INFINITY;
  #cancelFlush: (() => void) | null = null;
  #flushedAt = Number.NEGATIVE_INFINITY;

  readonly #lanes = this.rows<[], { destination: string; room_id: string }>(
    "SELECT DISTINCT destination, room_id FROM federation_outbound_queue WHERE state <> 'dead'",
  );
  readonly #load = this.rows<[string, string, number, number], StoredRow & EventSent>(`
    SELECT q.*, e.event_id, e.event_type, e.origin_server, e.body FROM federation_outbound_queue q
    JOIN federation_events e ON e.seq = q.event_seq
    WHERE q.destination = ? AND q.room_id = ? AND q.id > ? AND q.state <> 'dead' ORDER BY q.id LIMIT ?`);
  readonly #newest = this.value<[], number>(
    "SELECT seq FROM sqlite_sequence WHERE name = 'federation_outbound_queue'",
  );
  readonly #loadNew = this.rows<[number, number], StoredRow>(
    "SELECT * FROM federation_outbound_queue WHERE id > ? AND state <> 'dead' ORDER BY id LIMIT ?",
  );
  readonly #event = this.row<[number], EventSent>(
    'SELECT event_id, event_type, origin_server, body FROM federation_events WHERE seq = ?',
  );
  readonly #waiting = this.each<[Place], { id: number; event_id: string; body: string }>(`
    SELECT q.id, e.event_id, e.body FROM (${inStates('id, event_seq', alive)}) q
    JOIN federation_events e ON e.seq = q.event_seq ORDER BY q.id`);
  readonly #toFetch = this.values<[string, number], string>(`
    SELECT e.event_id FROM federation_outbound_queue q JOIN federation_events e ON e.seq = q.event_seq
    WHERE q.destination = ? AND q.id <= ? AND q.state <> 'dead' ORDER BY q.id`);
  readonly #removeFetched = this.run(
    "DELETE FROM federation_outbound_queue WHERE destination = ? AND id <= ? AND state <> 'dead'",
  );
  readonly #deadAmong = this.rows<[string, string], DeadRow>(`
    SELECT q.id, q.event_seq, e.event_id FROM federation_outbound_queue q JOIN federation_events e ON e.seq = q.event_seq
    WHERE q.destination = ? AND q.state = 'dead' AND e.event_id IN (SELECT value FROM json_each(?))`);
  readonly #remove = this.run('DELETE FROM federation_outbound_queue WHERE id = ?');
  readonly #removeAll = this.run<[string]>(
    'DELETE FROM federation_outbound_queue WHERE id IN (SELECT value FROM json_each(?))',
  );
  readonly #update = this.run<[string]>(`
    UPDATE federation_outbound_queue SET state = r.value ->> 1, attempts = attempts + (r.value ->> 2),
      next_attempt_at = r.value ->> 3, last_status = r.value ->> 4, last_error = r.value ->> 5
    FROM json_each(?) r WHERE federation_outbound_queue.id = r.value ->> 0`);
  readonly #oldest = this.row<[Place], { enqueued_at: number }>(inStates('id, enqueued_at', alive));
  readonly #page = this.rows<[Place], QueueRow>(`
    SELECT q.*, e.event_id, e.event_type FROM (${inStates('*', [...alive, 'dead'])}) q
    JOIN federation_events e ON e.seq = q.event_seq ORDER BY q.id`);
  readonly #dead = this.rows<[string], QueueRow>(
    `${entry} WHERE q.destination = ? AND q.state = 'dead' ORDER BY q.id`,
  );
  readonly #copy = this.run(`
    INSERT INTO federation_outbound_queue (destination, room_id, event_seq, state, enqueued_at, also_sent_to)
    SELECT destination, room_id, event_seq, 'queued', ?, also_sent_to FROM federation_outbound_queue WHERE id = ?`);
  readonly #bury = this.run<[string]>(`
    UPDATE federation_outbound_queue SET state = 'dead', next_attempt_at = NULL, last_error = ?
    WHERE state <> 'dead'
      AND (SELECT event_type FROM federation_events WHERE seq = event_seq) = 'm.member.leave'
      AND destination NOT IN (SELECT server_name FROM federation_peer_trust_state WHERE extensions <> '')`);
  readonly #sendAgain = this.changes<[number]>(`
    UPDATE federation_outbound_queue SET state = 'queued', next_attempt_at = NULL, attempts = 0, enqueued_at = ?
    WHERE state <> 'dead'`);
  readonly #clear = this.run('DELETE FROM federation_outbound_queue WHERE destination = ?');

  readonly counts = this.rows<[], DestinationCounts>(`
    SELECT destination, sum(state = 'queued') AS queued, sum(state = 'retrying') AS retrying,
      sum(state = 'parked') AS parked, sum(state = 'dead') AS dead
    FROM federation_outbound_queue GROUP BY destination ORDER BY destination`);

  readonly entry = this.row<[destination: string, eventId: string], QueueRow>(
    `${entry} WHERE q.destination = ? AND e.event_id = ?`,
  );

  /** An event that was replaced by another isn't needed by anyone. */
  readonly withdrawEvent = this.run<[seq: number]>(
    'DELETE FROM federation_outbound_queue WHERE event_seq = ?',
  );

  constructor(db: Db, writer: Writer, clock: Clock, beside: Beside, tell: Tell) {
    super(db);
    this.#writer = writer;
    this.#tell = tell;
    this.#clock = clock;
    this.#receipts = beside.receipts;
    this.#attempts = beside.attempts;
  }

  destinations(): LaneName[] {
    return this.#lanes().map((row) => ({ destination: row.destination, roomId: row.room_id }));
  }

  load(destination: string, roomId: string, afterId: number, limit: number): OutboxRow[] {
    const rows: OutboxRow[] = [];
    let after = afterId;
    while (rows.length < limit) {
      const wanted = limit - rows.length;
      const page = this.#load(destination, roomId, after, wanted);
      for (const row of page) {
        after = row.id;
        if (this.#settled.has(row.id) || row.id > this.#committedTo) continue;
        rows.push(outboxRow(row, row));
      }
      if (page.length < wanted) break;
    }
    return rows;
  }

  newest(): number {
    return Math.min(this.#newest() ?? 0, this.#committedTo);
  }

  /** Holds back rows of another engine's transaction until it is over: it may be rolled back. */
  transaction(isOpen: boolean): void {
    this.#committedTo = isOpen ? this.newest() : Number.POSITIVE_INFINITY;
  }

  loadNew(afterId: number, limit: number): OutboxRow[] {
    const rows: OutboxRow[] = [];
    const events = new Map<number, EventSent | undefined>();
    let after = afterId;
    while (rows.length < limit) {
      const wanted = limit - rows.length;
      const page = this.#loadNew(after, wanted);
      for (const row of page) {
        const seq = row.event_seq;
        const event = events.get(seq) ?? this.#event(seq);
        events.set(seq, event);
        after = row.id;
        if (event && !this.#settled.has(row.id) && row.id <= this.#committedTo)
          rows.push(outboxRow(row, event));
      }
      if (page.length < wanted) break;
    }
    return rows;
  }

  /** A page of what waits for a destination in all rooms, by ID, for a destination that fetches it. */
  waiting(destination: string, afterId: number, limit: number) {
    return page(this.#waiting({ destination, after: afterId, limit }));
  }

  /** Inside a transaction: the destination has fetched everything up to this ID. Returns the IDs of these events. */
  fetched(destination: string, upToId: number, now: number): string[] {
    const eventIds = this.#toFetch(destination, upToId);
    this.#receipts.oweQueue(destination, now, upToId);
    this.#attempts.fetched(destination, upToId, now);
    this.#removeFetched(destination, upToId);
    return eventIds;
  }

  /** Dead letters for a destination, of these events. */
  deadAmong(destination: string, eventIds: readonly string[]): DeadRow[] {
    return this.#deadAmong(destination, JSON.stringify(eventIds));
  }

  /** Inside a transaction: the destination has got it some other way. */
  arrived({ id, event_seq }: DeadRow, destination: string, now: number): void {
    this.#receipts.oweRow(id, now);
    this.#attempts.arrived(event_seq, destination, now);
    this.#remove(id);
  }

  record(report: AttemptReport): void {
    if (endsRow(report)) this.#settled.add(report.row.id);
    this.#reports.push(report);
    if (this.#reports.length === 1) this.#flushLater();
    else if (this.#reports.length >= reportsPerCommitMax) this.flush();
  }

  #flushLater(): void {
    const now = this.#clock.now();
    // After the clock was set back, the last time lies in the future.
    const sinceLast = Math.max(now - this.#flushedAt, 0);
    const wait = Math.max(recordEveryMs - sinceLast, recordSoonMs);
    this.#cancelFlush = this.#clock.after(wait, () => this.flush());
  }

  /**
   * Writes the reports. Nobody waits for it: after a crash, events are sent again, and the peer answers "duplicate".
   */
  flush(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = null;
    const taken = this.#reports;
    if (taken.length === 0) return;
    this.#reports = [];
    this.#flushedAt = this.#clock.now();
    const done = () => {
      for (const each of taken) this.#settled.delete(each.row.id);
    };
    this.#writer
      .write((tx) => {
        this.#write(taken);
        tx.afterCommit(() => {
          done();
          this.#tell({
            fact: 'deliveries-recorded',
            deliveries: taken.map(({ row, outcome }) => ({
              destination: row.destination,
              eventId: row.eventId,
              outcome,
            })),
          });
        });
      }, true)
      // A full disk must not end the node. Rows that could not be saved are read and sent again, which is harmless.
      .catch(() => {
        done();
        for (const destination of new Set(taken.map((each) => each.row.destination)))
          this.#tell({ fact: 'deliveries-lost', destination });
      });
  }

  /** Writes reports that end a row together if they are next to each other: a failure looks at what still waits. */
  #write(reports: readonly AttemptReport[]): void {
    const ending: AttemptReport[] = [];
    for (const report of reports)
      if (endsRow(report)) ending.push(report);
      else for (const each of [ending.splice(0), [report]]) this.#writeTogether(each);
    this.#writeTogether(ending);
  }

  #writeTogether(attempts: readonly AttemptReport[]): void {
    if (attempts.length === 0) return;
    this.#tell({ fact: 'attempts-written', attempts });
    this.#attempts.write(attempts);
    const done = attempts.filter(isDone).map(({ row }) => row.id);
    if (done.length > 0) this.#removeAll(JSON.stringify(done));
    const left = attempts.flatMap(({ row, next, outcome, status, error }) => {
      const nextAt = 'nextAttemptAt' in next ? next.nextAttemptAt : null;
      const values = [outcome === 'expired' ? 0 : 1, nextAt, status, error && storeSaid(error)];
      return next.state === 'done' ? [] : [[row.id, next.state, ...values]];
    });
    if (left.length > 0) this.#update(JSON.stringify(left));
  }

  /** When the oldest event that waits for this server was queued, unix ms. */
  oldest(destination: string): number | undefined {
    return this.#oldest({ destination, after: 0, limit: 1 })?.enqueued_at;
  }

  page(destination: string, afterId: number, limit: number): QueueRow[] {
    return this.#page({ destination, after: afterId, limit });
  }

  /** Puts dead letters back at the end of the queue; null for `eventIds` means all. Returns their rooms. */
  replay(destination: string, eventIds: readonly string[] | null, now: number): string[] {
    const rows = this.#dead(destination);
    const chosen = eventIds === null ? rows : rows.filter((row) => eventIds.includes(row.event_id));
    for (const row of chosen) {
      this.#receipts.oweRow(row.id, now);
      this.#copy(now, row.id);
      this.#remove(row.id);
    }
    return chosen.map((row) => row.room_id);
  }

  /**
   * Sends again, in a restored database, what waits and may have been delivered since: a receiver that knows the ID
   * treats it as a repeat. The exception is a leave at a home of another kind, which would take a new request as the
   * user's wish; it becomes a dead letter. Returns how many are sent again.
   */
  askAgain(reason: Said): number {
    const now = this.#clock.now();
    this.#bury(storeSaid(reason));
    return this.#sendAgain(now);
  }

  /**
   * Removes a row that the owner gave up, which stays in the event's history. Have the destination read again after the
   * commit.
   */
  giveUp({ id, event_seq, destination }: Pick<QueueRow, 'id' | 'event_seq' | 'destination'>): void {
    const now = this.#clock.now();
    this.#receipts.oweRow(id, now);
    this.#receipts.expectNothing(event_seq, destination);
    this.#attempts.givenUp(id, now);
    this.#remove(id);
  }

  /** Gives up everything for a destination. */
  clear(destination: string): void {
    this.#receipts.oweQueue(destination, this.#clock.now());
    this.#clear(destination);
  }
}
