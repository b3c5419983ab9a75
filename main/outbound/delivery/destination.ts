import { limits } from '../../../shared/protocol/limits.ts';
import { quoted, type Said, said } from '../../../shared/words/said.ts';
import { Alarm } from '../../kernel/timers.ts';
import { diskTroubleOf } from '../../store/disk-watch.ts';
import type { OutboxRow } from '../../store/outbox-port.ts';
import type { Lane, LaneBatch } from './lane.ts';
import { Lanes } from './lanes.ts';
import { heardIntervalMs, Link, tooSoon } from './link.ts';
import type { SendResult, Surroundings } from './ports.ts';
import { type Load, SendWindow } from './send-window.ts';
import { Settling } from './settling.ts';

export interface DestinationSnapshot {
  readonly destination: string;
  readonly inFlight: number;
  readonly state: 'idle' | 'sending' | 'waiting' | 'parked' | 'closed_by_us';
  readonly nextAttemptAt: number | null;
  readonly lastError: Said | null;
  readonly lastStatus: number | null;
  readonly consecutiveFailures: number;
  readonly lastSuccessAt: number | null;
}

/** How many rows are read at once from a lane without trouble. A probe reads only the one it sends. */
const lanePageRows = 32;

/** When rows that can't be read are tried again. */
const unreadableMs = 60_000;

/** A running request. */
interface RunningRequest {
  readonly batches: readonly LaneBatch[];
  readonly load: Load;
  readonly epoch: number;
  readonly startedAt: number;
  readonly signal: AbortSignal;
}

/** The outcome of a request for one lane: a result for each row; one for all of them; or none. */
interface LaneAnswer {
  readonly request: RunningRequest;
  readonly results: readonly SendResult[];
}

/** Everything sent to one server: one lane per room, several at a time, and one state of the link. */
export class Destination {
  readonly name: string;
  readonly #env: Surroundings;
  readonly #lanes: Lanes;
  readonly #link: Link;
  readonly #settling: Settling;
  readonly #window = new SendWindow();
  readonly #alarm: Alarm;
  #abort = new AbortController();
  #inFlight = 0;
  #probe: RunningRequest | null = null;
  /** Answers that came before those of earlier requests of the same lane. */
  readonly #answers = new Map<LaneBatch, LaneAnswer>();
  #closed: Said | null = null;
  #stopped = false;
  #heardAt = Number.NEGATIVE_INFINITY;

  constructor(name: string, env: Surroundings) {
    this.name = name;
    this.#env = env;
    this.#lanes = new Lanes(name, env.store, () => env.send.keepsOrder(name));
    this.#link = new Link(env.random);
    this.#settling = new Settling(env, this.#lanes, this.#link);
    this.#alarm = new Alarm(env.clock, (dueBy) => this.#due(dueBy));
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Whether something is being sent, or would be right now without the jitter after a start. */
  get busy(): boolean {
    if (this.#inFlight > 0) return true;
    const { wait } = this.#link;
    const mayFlow = this.#closed === null && !this.#stopped && (wait === null || wait.kind === 'starting');
    return mayFlow && this.#lanes.anyInLine;
  }

  extend(roomId: string): void {
    const lane = this.#lanes.of(roomId);
    lane.extend();
    this.#lanes.lineUp(lane);
  }

  startAt(at: number): void {
    this.#link.startAt(at);
    this.#alarm.set(at);
  }

  /** A row that was just committed. Only a destination that is being sent to keeps it in memory. */
  offer(row: OutboxRow): void {
    const lane = this.#lanes.of(row.roomId);
    if (this.#mayFlow && lane.hold === null) lane.offer(row);
    else lane.extend();
    this.#lanes.lineUp(lane);
  }

  get #mayFlow(): boolean {
    return this.#closed === null && !this.#stopped && this.#link.wait === null;
  }

  /** Sends one request if one may be sent now. Returns whether it did, so another may follow. */
  takeTurn(): boolean {
    const isCrowded = this.#inFlight >= this.#env.inFlightMax || this.#window.isFull;
    const isFull = this.#link.probing ? this.#probe !== null : isCrowded;
    if (!this.#mayFlow || isFull) return false;
    const batches = this.#gather();
    if (batches.length === 0) return false;
    this.#send(batches);
    return true;
  }

  #pump(): void {
    this.#env.askForTurn(this);
  }

  /** Takes what is sent next: one event, or a batch of waiting events if the peer accepts batches. */
  #gather(): LaneBatch[] {
    const { probing } = this.#link;
    const takesMany = !probing && this.#env.send.takesMany(this.name);
    const batches: LaneBatch[] = [];
    let rowsLeft = takesMany ? limits.batchEventsMax : 1;
    let bytesLeft = this.#window.requestBytesMax;
    while (rowsLeft > 0) {
      const lane = this.#lanes.next(probing);
      if (lane === undefined) break;
      if (lane.sending) {
        const batch = probing ? null : this.#following(lane);
        if (batch === null) continue;
        if (batches.length === 0) return [batch];
        // The event travels alone, because the receiver waits for what is before it.
        this.#lanes.lineUp(lane);
        break;
      }
      const wanted = probing ? 1 : takesMany ? limits.batchEventsMax : lanePageRows;
      if (this.#head(lane, wanted) === undefined) continue;
      const { rows, bytes } = lane.nextRows(rowsLeft, bytesLeft, batches.length === 0);
      if (rows.length === 0) {
        this.#lanes.lineUp(lane);
        break;
      }
      batches.push({ lane, rows, after: null });
      rowsLeft -= rows.length;
      bytesLeft -= bytes;
    }
    return batches;
  }

  #head(lane: Lane, limit: number): OutboxRow | undefined {
    return this.#read(lane, () => lane.head(limit));
  }

  #following(lane: Lane): LaneBatch | null {
    return (
      this.#read(lane, () => lane.following(limits.batchEventsMax, this.#window.requestBytesMax)) ?? null
    );
  }

  /** A lane whose rows can't be read waits, and the others go on. */
  #read<T>(lane: Lane, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      const trouble = diskTroubleOf(error);
      if (trouble === null) throw error;
      const until = this.#env.clock.now() + unreadableMs;
      this.#lanes.hold(lane, {
        kind: 'waiting',
        until,
        reason: said(`disk.${trouble}`),
        heardGapMs: unreadableMs,
      });
      if (!this.#stopped) this.#alarm.set(until);
      return undefined;
    }
  }

  /** A valid signed request came from there. Cheap if nothing waits or it is too soon. */
  heard(now: number): void {
    if (this.#link.wait === null && this.#lanes.held.size === 0) return;
    if (tooSoon(now, this.#heardAt, heardIntervalMs)) return;
    this.#heardAt = now;
    this.#link.heard(now);
    this.#lanes.release((hold, lane) => {
      if (tooSoon(now, lane.heardWakeAt, hold.heardGapMs)) return false;
      lane.heardWakeAt = now;
      return true;
    });
    this.#pump();
  }

  /** Our network is back: someone was reached. */
  online(): void {
    if (this.#link.wait?.kind === 'offline') this.tryNow();
  }

  /** Ends every wait; a link in trouble is probed first. */
  tryNow(): void {
    this.#link.endWait();
    this.#lanes.release(() => true);
    this.#pump();
  }

  /** We were asleep: open connections are dead by now, and waits may have ended long ago. */
  woke(): void {
    this.#abortFlights();
    this.tryNow();
  }

  /** Rows were added or removed by something else, so they are read again. */
  reread(): void {
    this.#lanes.rewind();
    this.#pump();
  }

  /** Aborts running requests and sends nothing more until `open`. */
  close(reason: Said): void {
    this.#closed = reason;
    this.#alarm.clear();
    this.#lanes.shed();
    this.#abortFlights();
  }

  open(): void {
    if (this.#closed === null) return;
    this.#closed = null;
    this.tryNow();
  }

  stop(): void {
    this.#stopped = true;
    this.#alarm.clear();
    this.#abort.abort();
  }

  /**
   * Gives up at most `rowsMax` rows enqueued before `before` if nothing gets through; returns how many. What still
   * flows is left alone, however old, because it is about to be delivered.
   */
  expire(before: number, rowsMax: number): number {
    if (this.#link.wait?.kind === 'offline') return 0;
    const stuck = this.#closed !== null || this.#link.failing;
    let given = 0;
    for (const lane of stuck ? this.#lanes.all() : this.#lanes.held) {
      if (lane.sending) continue;
      let row = this.#head(lane, lanePageRows);
      while (row !== undefined && row.enqueuedAt < before && given < rowsMax) {
        this.#settling.giveUp(lane, row, this.#closed ?? lane.hold?.reason ?? this.#link.lastError);
        given++;
        row = this.#head(lane, lanePageRows);
      }
      lane.shed();
    }
    return given;
  }

  snapshot(): DestinationSnapshot {
    const { wait, lastError, lastStatus, lastSuccessAt, consecutiveFailures } = this.#link;
    const hold = this.#lanes.firstHold();
    const closed = this.#closed;
    const waits = (wait ?? hold)?.kind;
    const waitState = waits === undefined ? 'idle' : waits === 'parked' ? 'parked' : 'waiting';
    const state = wait === null && this.#inFlight > 0 ? 'sending' : waitState;
    return {
      destination: this.name,
      inFlight: this.#inFlight,
      state: closed === null ? state : 'closed_by_us',
      nextAttemptAt: closed === null ? ((wait ?? hold)?.until ?? null) : null,
      lastError: closed ?? lastError ?? hold?.reason ?? null,
      lastStatus,
      consecutiveFailures,
      lastSuccessAt,
    };
  }

  #abortFlights(): void {
    this.#link.newEpoch();
    const abort = this.#abort;
    this.#abort = new AbortController();
    abort.abort();
  }

  #send(batches: readonly LaneBatch[]): void {
    const { signal } = this.#abort;
    const rows = batches.flatMap((batch) => batch.rows);
    const bytes = rows.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);
    const startedAt = this.#env.clock.now();
    const load = this.#window.sent(bytes, startedAt);
    const request: RunningRequest = { batches, load, epoch: this.#link.epoch, startedAt, signal };
    this.#inFlight++;
    if (this.#link.probing) this.#probe = request;
    const [row] = rows;
    const after = batches[0]?.after ?? null;
    for (const batch of batches) {
      batch.lane.noteSent(batch);
      this.#lanes.lineUp(batch.lane);
    }
    const sent =
      rows.length === 1 && row && after === null
        ? this.#env.send.one(this.name, row, signal)
        : this.#env.send.many(this.name, rows, signal, after);
    sent.then(
      (result) => this.#answered(request, result),
      (error: unknown) => this.#answered(request, { kind: 'network', error: quoted(String(error)) }),
    );
  }

  #answered(request: RunningRequest, results: readonly SendResult[] | SendResult | null): void {
    this.#inFlight--;
    this.#window.answered(request.load, this.#env.clock.now());
    if (this.#probe === request) this.#probe = null;
    const { batches } = request;
    let at = 0;
    for (const batch of batches) {
      const count = batch.rows.length;
      const each = isEach(results) ? results.slice(at, at + count) : results === null ? [] : [results];
      at += count;
      this.#answers.set(batch, { request, results: each });
    }
    for (const { lane } of batches) this.#settleLane(lane);
    for (const { lane } of batches) {
      this.#lanes.lineUp(lane);
      this.#afterChange(lane);
    }
    this.#pump();
    this.#env.answered();
  }

  /** Uses the answers of a lane in the order in which its requests were sent. */
  #settleLane(lane: Lane): void {
    for (let batch = lane.firstSent; batch !== undefined; batch = lane.firstSent) {
      const answer = this.#answers.get(batch);
      if (answer === undefined) return;
      this.#answers.delete(batch);
      lane.firstAnswered(!lane.isVoid && this.#settleBatch(batch, answer));
    }
  }

  /** Whether all rows are finished. Rows after one that has to wait are sent again after it. */
  #settleBatch({ lane, rows }: LaneBatch, { request, results }: LaneAnswer): boolean {
    const { epoch, startedAt, signal } = request;
    return rows.every((row, index) => {
      const result = results[index];
      return result !== undefined && this.#settling.settle({ epoch, startedAt, signal, lane, row }, result);
    });
  }

  #afterChange(lane: Lane): void {
    if (this.#stopped) return;
    const { wait } = this.#link;
    if (wait !== null) {
      this.#lanes.shed();
      this.#alarm.set(wait.until);
    }
    if (lane.hold !== null) this.#alarm.set(lane.hold.until);
  }

  #due(dueBy: number): void {
    this.#env.noticeSleep();
    const { wait } = this.#link;
    if (wait !== null && wait.until <= dueBy) this.#link.endWait();
    this.#lanes.release((hold) => hold.until <= dueBy);
    const next = [this.#link.wait?.until, this.#lanes.firstHold()?.until];
    for (const at of next) if (at !== undefined) this.#alarm.set(at);
    this.#pump();
  }
}

const isEach = (results: readonly SendResult[] | SendResult | null): results is readonly SendResult[] =>
  Array.isArray(results);
