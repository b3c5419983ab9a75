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

/** The most rows that a lane keeps of those handed to it. The others are read when it is their turn. */
const handedMax = 128;

/** What waits for one destination in one room, in outbox order. Holds a window of the stored rows. */
export class Lane {
  readonly destination: string;
  readonly roomId: string;
  hold: Hold | null = null;
  /** It is in its destination's queue of lanes that have something to send. */
  queued = false;
  /** Its first row is being sent; the next one follows when that is answered. */
  sending = false;
  /** How often in a row its first row was refused as a replay, or put on hold. */
  signAgains = 0;
  parkings = 0;
  heardWakeAt = Number.NEGATIVE_INFINITY;

  readonly #store: OutboxStore;
  #rows: OutboxRow[] = [];
  #at = 0;
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
    return this.#more || this.#at < this.#rows.length;
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
    this.#rows = this.#rows.slice(this.#at);
    this.#at = 0;
    this.#rows.push(row);
    this.#loadedTo = row.id;
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

  /** The rows in memory from the first on, up to `rowsMax` and `bytesMax`. With `always`, at least the first. */
  run(rowsMax: number, bytesMax: number, always: boolean): { rows: OutboxRow[]; bytes: number } {
    const rows: OutboxRow[] = [];
    let bytes = 0;
    for (let at = this.#at; rows.length < rowsMax; at++) {
      const row = this.#rows[at];
      if (row === undefined) break;
      const length = Buffer.byteLength(row.body);
      if (bytes + length > bytesMax && !(always && rows.length === 0)) break;
      bytes += length;
      rows.push(row);
    }
    return { rows, bytes };
  }

  /** The row is finished, delivered or dead. */
  settle(row: OutboxRow): void {
    if (this.#rows[this.#at] === row) this.#at++;
    else if (this.#rows.length === 0 && this.#loadedTo === row.id - 1) this.#loadedTo = row.id;
  }

  /** Drops the rows in memory. They are read again when it is their turn. */
  shed(): void {
    const head = this.#rows[this.#at];
    if (head === undefined) return;
    this.#loadedTo = head.id - 1;
    this.#rows = [];
    this.#at = 0;
    this.#more = true;
  }

  /** Reads from the start again, because rows with lower IDs came back or some were removed. */
  rewind(): void {
    this.#rows = [];
    this.#at = 0;
    this.#loadedTo = 0;
    this.#more = true;
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
