import type { Tell } from '../../../main/facts.ts';
import type { Clock } from '../../../main/kernel/ports.ts';
import type { AttemptReport, LaneName, OutboxRow, OutboxStore } from '../../../main/store/outbox-port.ts';
import type { OwedRow } from '../../../main/store/tables/delivery/receipt-store.ts';
import type { Counts } from './counts.ts';

/** As in the store: reports of deliveries are written in groups. */
const recordSoonMs = 20;
const recordEveryMs = 100;

type Tx = { afterCommit(job: () => void): void };

/** Does what a transaction does, without a disk. */
export const writer = {
  async write<T>(job: (tx: Tx) => T): Promise<T> {
    const after: (() => void)[] = [];
    const result = job({ afterCommit: (each) => after.push(each) });
    for (const each of after) each();
    return result;
  },
};

/** Keeps the rows that wait in memory, with the rules of the table of that name. */
export class Outbox implements OutboxStore {
  readonly #lanes = new Map<string, Map<string, OutboxRow[]>>();
  readonly #counts: Counts;
  readonly #clock: Clock;
  readonly #tell: Tell;
  #newest = 0;
  /** Rows that have not been handed to their lanes. */
  #fresh: OutboxRow[] = [];
  #reports: AttemptReport[] = [];
  readonly #settled = new Set<number>();
  #flushedAt = Number.NEGATIVE_INFINITY;
  /** The last attempt of events of other servers, by event and destination, until it has been reported. */
  readonly last = new Map<string, AttemptReport>();
  readonly #self: string;

  constructor(self: string, counts: Counts, clock: Clock, tell: Tell) {
    this.#self = self;
    this.#counts = counts;
    this.#clock = clock;
    this.#tell = tell;
  }

  add(row: Omit<OutboxRow, 'id' | 'attempts'>): void {
    const added = { ...row, id: ++this.#newest, attempts: 0 };
    this.#lane(row.destination, row.roomId).push(added);
    this.#fresh.push(added);
    this.#counts.rows++;
  }

  #lane(destination: string, roomId: string): OutboxRow[] {
    const lanes = this.#lanes.get(destination) ?? new Map<string, OutboxRow[]>();
    this.#lanes.set(destination, lanes);
    const lane = lanes.get(roomId) ?? [];
    lanes.set(roomId, lane);
    return lane;
  }

  destinations(): LaneName[] {
    return [...this.#lanes].flatMap(([destination, lanes]) =>
      [...lanes].flatMap(([roomId, rows]) => (rows.length > 0 ? [{ destination, roomId }] : [])),
    );
  }

  load(destination: string, roomId: string, afterId: number, limit: number): OutboxRow[] {
    const rows = this.#lane(destination, roomId).filter(({ id }) => id > afterId && !this.#settled.has(id));
    return rows.slice(0, limit);
  }

  newest(): number {
    return this.#newest;
  }

  loadNew(afterId: number, limit: number): OutboxRow[] {
    this.#fresh = this.#fresh.filter(({ id }) => id > afterId);
    return this.#fresh.slice(0, limit).filter(({ id }) => !this.#settled.has(id));
  }

  /** For `GET queue`. */
  waiting(destination: string, afterId: number, limit: number): OutboxRow[] {
    const rows = [...(this.#lanes.get(destination)?.values() ?? [])].flat();
    return rows
      .filter(({ id }) => id > afterId)
      .sort((a, b) => a.id - b.id)
      .slice(0, limit);
  }

  rowOf(destination: string, eventSeq: number): OutboxRow | undefined {
    for (const lane of this.#lanes.get(destination)?.values() ?? []) {
      const row = lane.find((each) => each.eventSeq === eventSeq && !this.#settled.has(each.id));
      if (row) return row;
    }
    return undefined;
  }

  record(report: AttemptReport): void {
    if (report.next.state === 'done' || report.next.state === 'dead') this.#settled.add(report.row.id);
    if (this.#reports.push(report) > 1) return;
    const since = this.#clock.now() - this.#flushedAt;
    this.#clock.after(Math.max(recordEveryMs - since, recordSoonMs), () => this.#flush());
  }

  #flush(): void {
    const reports = this.#reports;
    this.#reports = [];
    this.#flushedAt = this.#clock.now();
    for (const report of reports) {
      const { row, next } = report;
      if (row.origin !== this.#self) this.last.set(`${row.eventSeq} ${row.destination}`, report);
      this.#tell({ fact: 'attempts-written', attempts: [report] });
      // The attempt, and the row that is removed or changed.
      this.#counts.rows += 2;
      const lane = this.#lane(row.destination, row.roomId);
      const at = lane.findIndex(({ id }) => id === row.id);
      if (next.state === 'done' || next.state === 'dead') lane.splice(at, 1);
      else lane[at] = { ...row, attempts: row.attempts + 1 };
      this.#settled.delete(row.id);
    }
  }
}

/** Keeps the reports that a home still owes to the origins of events, with the rules of the table of that name. */
export class Owed {
  readonly #byOrigin = new Map<string, Map<string, Omit<OwedRow, 'event_id'>>>();
  readonly #outbox: Outbox;
  readonly #counts: Counts;
  readonly #tell: Tell;
  readonly #eventIdOf: (seq: number) => string;
  readonly #self: string;
  #newest = 0;

  constructor(deps: {
    readonly outbox: Outbox;
    readonly counts: Counts;
    readonly tell: Tell;
    readonly eventIdOf: (seq: number) => string;
    readonly self: string;
  }) {
    this.#outbox = deps.outbox;
    this.#counts = deps.counts;
    this.#tell = deps.tell;
    this.#eventIdOf = deps.eventIdOf;
    this.#self = deps.self;
  }

  owe(rows: readonly { origin: string; seq: number; destination: string; at: number }[]): void {
    for (const { origin, seq, destination, at } of rows) {
      const owed = this.#byOrigin.get(origin) ?? new Map<string, Omit<OwedRow, 'event_id'>>();
      this.#byOrigin.set(origin, owed);
      const key = `${seq} ${destination}`;
      owed.delete(key);
      owed.set(key, {
        id: ++this.#newest,
        event_seq: seq,
        server_name: destination,
        marked_at: at,
        queue_state: null,
        next_attempt_at: null,
        taken_at: null,
        taken_outcome: null,
        last_at: null,
        last_outcome: null,
        last_status: null,
      });
      this.#counts.rows++;
    }
    if (rows.length > 0)
      this.#tell({ fact: 'receipts-owed', origins: [...new Set(rows.map(({ origin }) => origin))] });
  }

  owedTo(origin: string, limit: number): OwedRow[] {
    const rows: OwedRow[] = [];
    for (const [key, row] of this.#byOrigin.get(origin) ?? []) {
      if (rows.length >= limit) break;
      const last = this.#outbox.last.get(key);
      const isTaken = last?.outcome === 'delivered';
      const waits = isTaken ? undefined : this.#outbox.rowOf(row.server_name, row.event_seq);
      rows.push({
        ...row,
        event_id: this.#eventIdOf(row.event_seq),
        queue_state: waits === undefined ? null : waits.attempts > 0 ? 'retrying' : 'queued',
        taken_at: isTaken ? last.at : null,
        taken_outcome: isTaken ? 'delivered' : null,
        last_at: last?.at ?? null,
        last_outcome: last?.outcome ?? null,
        last_status: last?.status ?? null,
      });
    }
    return rows;
  }

  settle(ids: readonly number[]): void {
    const gone = new Set(ids);
    this.#counts.rows += ids.length;
    for (const owed of this.#byOrigin.values())
      for (const [key, { id }] of owed) {
        if (!gone.delete(id)) continue;
        owed.delete(key);
        this.#outbox.last.delete(key);
        if (gone.size === 0) return;
      }
  }

  drop(origin: string): void {
    this.#byOrigin.delete(origin);
  }

  origins(): string[] {
    return [...this.#byOrigin.keys()];
  }

  waitingFor(destination: string, afterId: number) {
    return this.#outbox
      .waiting(destination, afterId, Infinity)
      .filter(({ origin }) => origin !== this.#self)
      .map(({ id, origin, eventSeq }) => ({ id, origin, event_seq: eventSeq }));
  }

  firstWaiting(destination: string, origins: readonly string[]) {
    const rows = this.#outbox.waiting(destination, 0, Infinity);
    return origins.map((origin) => ({
      origin,
      seq: rows.find((row) => row.origin === origin)?.eventSeq ?? null,
    }));
  }
}
