import type { Said } from '../../../shared/words/said.ts';
import type { OutboxRow, OutboxStore } from '../../store/outbox-port.ts';

/** Why a lane is on hold although its destination isn't. */
export interface Hold {
  readonly kind: 'waiting' | 'parked';
  readonly until: number;
  readonly reason: Said;
  /** Contact from the peer ends the hold, but not more often than this. */
  readonly heardGapMs: number;
}

/** A lane keeps at most this many of the rows handed to it. It reads the others when it needs them. */
const handedMax = 128;

/** How many requests of one lane may be under way, to a peer that keeps their order. */
const requestsMax = 4;

/** Rows of one lane, in order, that are sent in one request. */
export interface LaneBatch {
  readonly lane: Lane;
  readonly rows: readonly OutboxRow[];
  /** The row before them, if it is still under way. */
  readonly after: OutboxRow | null;
}

/** The queue for one destination in one room, in outbox order. Holds a window of the stored rows. */
export class Lane {
  readonly destination: string;
  readonly roomId: string;
  hold: Hold | null = null;
  /** Whether the lane is in its destination's queue of lanes that have something to send. */
  queued = false;
  /** How often in a row the first row was refused as a replay, or the lane was parked. */
  signAgains = 0;
  parkings = 0;
  heardWakeAt = Number.NEGATIVE_INFINITY;

  readonly #store: OutboxStore;
  #rows: OutboxRow[] = [];
  #at = 0;
  /** Rows from the first on that are under way. */
  #sent = 0;
  /** Batches in the order in which they were sent. */
  #underWay: LaneBatch[] = [];
  /** Rows are sent or read again. Nothing follows until everything under way is answered. */
  #isBroken = false;
  #isVoid = false;
  #loadedTo = 0;
  #more = true;
  #failedAt: number | null = null;
  #failuresAlone = 0;

  constructor(destination: string, roomId: string, store: OutboxStore) {
    this.destination = destination;
    this.roomId = roomId;
    this.#store = store;
  }

  get mayHaveRows(): boolean {
    return this.#more || this.#at + this.#sent < this.#rows.length;
  }

  /** Some of its rows are under way. */
  get sending(): boolean {
    return this.#underWay.length > 0;
  }

  /** Whether another request may follow those under way, if the peer keeps their order. */
  get mayFollow(): boolean {
    return this.sending && !this.#isBroken && this.#underWay.length < requestsMax;
  }

  get failing(): boolean {
    return this.#failedAt !== null;
  }

  /** New rows were committed after those in memory. */
  extend(): void {
    this.#more = true;
  }

  /** A row that was just committed. The lane keeps it if it has everything before it; otherwise it reads it later. */
  offer(row: OutboxRow): void {
    if (row.id <= this.#loadedTo) return;
    if (this.#more || this.#rows.length - this.#at >= handedMax) {
      this.#more = true;
      return;
    }
    this.#append([row]);
  }

  #append(rows: readonly OutboxRow[]): void {
    this.#rows = [...this.#rows.slice(this.#at), ...rows];
    this.#at = 0;
    this.#loadedTo = rows.at(-1)?.id ?? this.#loadedTo;
  }

  /** The first waiting row; reads up to `limit` rows if none is in memory. */
  head(limit: number): OutboxRow | undefined {
    if (this.#at >= this.#rows.length) {
      if (!this.#more) return undefined;
      this.#rows = this.#store.load(this.destination, this.roomId, this.#loadedTo, limit);
      this.#at = 0;
      this.#more = this.#rows.length >= limit;
      this.#loadedTo = this.#rows.at(-1)?.id ?? this.#loadedTo;
    }
    return this.#rows[this.#at];
  }

  /**
   * The rows in memory from the first on that isn't under way, up to `rowsMax` and `bytesMax`. With `always`, at least
   * the first.
   */
  nextRows(rowsMax: number, bytesMax: number, always: boolean): { rows: OutboxRow[]; bytes: number } {
    const rows: OutboxRow[] = [];
    let bytes = 0;
    for (let at = this.#at + this.#sent; rows.length < rowsMax; at++) {
      const row = this.#rows[at];
      if (row === undefined) break;
      const length = Buffer.byteLength(row.body);
      if (bytes + length > bytesMax && !(always && rows.length === 0)) break;
      bytes += length;
      rows.push(row);
    }
    return { rows, bytes };
  }

  /** A request that follows those under way. Null if waiting events don't fill one: then it waits for an answer. */
  following(rowsMax: number, bytesMax: number): LaneBatch | null {
    const missing = rowsMax - (this.#rows.length - this.#at - this.#sent);
    if (missing > 0 && this.#more) {
      const rows = this.#store.load(this.destination, this.roomId, this.#loadedTo, missing);
      this.#more = rows.length >= missing;
      this.#append(rows);
    }
    const { rows } = this.nextRows(rowsMax, bytesMax, true);
    const isFull = rows.length === rowsMax || this.#at + this.#sent + rows.length < this.#rows.length;
    return isFull ? { lane: this, rows, after: this.#underWay.at(-1)?.rows.at(-1) ?? null } : null;
  }

  noteSent(batch: LaneBatch): void {
    this.#underWay.push(batch);
    this.#sent += batch.rows.length;
  }

  /** The request that was sent first of those under way. Answers are used in that order. */
  get firstSent(): LaneBatch | undefined {
    return this.#underWay[0];
  }

  /** A row before those under way has to be sent again, and then they are too. So their answers don't matter. */
  get isVoid(): boolean {
    return this.#isVoid;
  }

  /** The request that was sent first is answered. `isComplete`: all its rows are finished. */
  firstAnswered(isComplete: boolean): void {
    this.#underWay.shift();
    if (!isComplete) this.#isVoid = this.#isBroken = true;
    if (this.sending) return;
    this.#sent = 0;
    this.#isVoid = this.#isBroken = false;
  }

  /** The row is finished, delivered or dead. */
  settle(row: OutboxRow): void {
    if (this.#rows[this.#at] === row) {
      this.#at++;
      if (this.#sent > 0) this.#sent--;
    } else if (this.#rows.length === 0 && this.#loadedTo === row.id - 1) this.#loadedTo = row.id;
  }

  /** Drops the rows in memory. The lane reads them again when it needs them. */
  shed(): void {
    const head = this.#rows[this.#at];
    if (head === undefined) return;
    this.#loadedTo = head.id - 1;
    this.#drop();
  }

  /** Reads from the start again, because rows with lower IDs came back or some were removed. */
  rewind(): void {
    this.#loadedTo = 0;
    this.#drop();
  }

  #drop(): void {
    this.#rows = [];
    this.#at = 0;
    this.#sent = 0;
    this.#more = true;
    this.#isBroken = this.sending;
  }

  /**
   * Records a failure and returns how many in a row were this lane's alone: others were answered between two of its
   * failures (`answers` counts them), so the problem is not the server but this lane's first row.
   */
  failed(answers: number): number {
    const othersWereAnswered = this.#failedAt !== null && answers > this.#failedAt;
    if (othersWereAnswered || this.#failuresAlone > 0) this.#failuresAlone++;
    this.#failedAt = answers;
    return this.#failuresAlone;
  }

  /** The peer accepted a row, or rejected it for good. */
  answered(): void {
    this.signAgains = 0;
    this.parkings = 0;
    this.#failedAt = null;
    this.#failuresAlone = 0;
  }
}
