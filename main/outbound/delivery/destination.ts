import { quoted, type Said } from '../../../shared/words/said.ts';
import { Alarm } from '../../kernel/timers.ts';
import type { OutboxRow } from '../../store/outbox-port.ts';
import type { Lane } from './lane.ts';
import { Lanes } from './lanes.ts';
import { heardIntervalMs, Link, tooSoon } from './link.ts';
import type { SendResult, Surroundings } from './ports.ts';
import { type Flight, Settling } from './settling.ts';

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

/** Everything sent to one server: one lane per room, several at a time, and one state of the link. */
export class Destination {
  readonly name: string;
  readonly #env: Surroundings;
  readonly #lanes: Lanes;
  readonly #link: Link;
  readonly #settling: Settling;
  readonly #alarm: Alarm;
  #abort = new AbortController();
  #inFlight = 0;
  #probe: Flight | null = null;
  #closed: Said | null = null;
  #stopped = false;
  #heardAt = Number.NEGATIVE_INFINITY;

  constructor(name: string, env: Surroundings) {
    this.name = name;
    this.#env = env;
    this.#lanes = new Lanes(name, env.store);
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

  /** Sends everything that may be sent now. */
  pump(): void {
    if (this.#closed !== null || this.#stopped) return;
    const link = this.#link;
    while (
      link.wait === null &&
      (link.probing ? this.#probe === null : this.#inFlight < this.#env.inFlightMax)
    ) {
      const lane = this.#lanes.next(link.probing);
      if (lane === undefined) return;
      const row = lane.head(link.probing ? 1 : lanePageRows);
      if (row !== undefined) this.#launch(lane, row);
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
    this.pump();
  }

  /** Our network is back: someone was reached. */
  online(): void {
    if (this.#link.wait?.kind === 'offline') this.tryNow();
  }

  /** Ends every wait; a link in trouble is probed first. */
  tryNow(): void {
    this.#link.endWait();
    this.#lanes.release(() => true);
    this.pump();
  }

  /** We were asleep: open connections are dead by now, and waits may have ended long ago. */
  woke(): void {
    this.#abortFlights();
    this.tryNow();
  }

  /** Rows were added or removed by something else, so they are read again. */
  reread(): void {
    this.#lanes.rewind();
    this.pump();
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
      let row = lane.head(lanePageRows);
      while (row !== undefined && row.enqueuedAt < before && given < rowsMax) {
        this.#settling.giveUp(lane, row, this.#closed ?? lane.hold?.reason ?? this.#link.lastError);
        given++;
        row = lane.head(lanePageRows);
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

  #launch(lane: Lane, row: OutboxRow): void {
    const flight: Flight = {
      lane,
      row,
      epoch: this.#link.epoch,
      startedAt: this.#env.clock.now(),
      signal: this.#abort.signal,
    };
    lane.sending = true;
    this.#inFlight++;
    if (this.#link.probing) this.#probe = flight;
    this.#env.send(this.name, row, flight.signal).then(
      (result) => this.#landed(flight, result),
      (error: unknown) => this.#landed(flight, { kind: 'network', error: quoted(String(error)) }),
    );
  }

  #landed(flight: Flight, result: SendResult): void {
    const { lane } = flight;
    lane.sending = false;
    this.#inFlight--;
    if (this.#probe === flight) this.#probe = null;
    this.#settling.settle(flight, result);
    this.#lanes.lineUp(lane);
    this.#afterChange(lane);
    this.pump();
    this.#env.landed();
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
    this.pump();
  }
}
