import { type Said, said } from '../../../shared/words/said.ts';
import { tuning } from '../../config.ts';
import type { Standing, Tell } from '../../facts.ts';
import type { Ports } from '../../kernel/ports.ts';
import { Alarm } from '../../kernel/timers.ts';
import { readable } from '../../store/disk-watch.ts';
import type { AttemptReport, OutboxRow, OutboxStore } from '../../store/outbox-port.ts';
import { Destination, type DestinationSnapshot } from './destination.ts';
import type { Sender, Surroundings } from './ports.ts';
import { Turns } from './turns.ts';

export interface DeliveryOptions {
  readonly ports: Ports;
  readonly store: OutboxStore;
  readonly send: Sender;
  /** Rows that could not be delivered for this long become dead letters; 30 days. */
  readonly maxAgeMs?: number;
  /** Requests to one destination at a time; 16. */
  readonly inFlightMax?: number;
  readonly tell: Tell;
}

export type { DestinationSnapshot };

const maxAgeMsDefault = 30 * 86_400_000;
const inFlightMaxDefault = 16;
const startSpreadMs = 2000;
const beatMs = 15_000;
/** A timer that is this late was delayed because the computer was asleep. */
const lateMsMax = 30_000;
/** After waking it takes a while until the network is back. */
const wakeGraceMs = 30_000;
const beatsPerSweep = 240;
const sweepRowsMax = 1024;
/** New rows that are read at once, for all destinations together. */
const handedOutMax = 2048;

/** Delivers the outbox: one actor per destination, so that a dead server delays no other. */
export class Delivery {
  readonly #ports: Ports;
  readonly #store: OutboxStore;
  readonly #env: Surroundings;
  readonly #destinations = new Map<string, Destination>();
  /** Servers to which nothing is sent, and why. */
  readonly #closed = new Map<string, Said>();
  /** Servers whose last attempt failed. */
  readonly #failing = new Set<string>();
  readonly #tell: Tell;
  #paused: Said | null = null;
  /** Lanes with new rows in the outbox. */
  readonly #kicked = new Map<Destination, Set<string>>();
  /** Rows up to this ID were handed to their lanes. */
  #handedTo = 0;
  readonly #turns: Turns;
  readonly #beat: Alarm;
  #maxAgeMs: number;
  #beatDueAt = Number.POSITIVE_INFINITY;
  #beatsToSweep = beatsPerSweep;
  #wokeAt = Number.NEGATIVE_INFINITY;
  #networkIsDown = false;
  #stopped = false;
  #leaving: Destination[] = [];
  #watchers: (() => void)[] = [];

  constructor(options: DeliveryOptions) {
    const { ports, store, send, tell } = options;
    this.#tell = tell;
    this.#ports = ports;
    this.#store = store;
    this.#maxAgeMs = options.maxAgeMs ?? maxAgeMsDefault;
    this.#beat = new Alarm(ports.clock, () => this.#beatNow());
    this.#turns = new Turns(
      ports.defer,
      () => this.#handOut(),
      () => this.#env.answered(),
    );
    this.#env = {
      clock: ports.clock,
      random: () => ports.random.next(),
      store,
      send: {
        ...send,
        one: (destination, row, signal) => send.one(destination, this.#relayed(row), signal),
        many: (destination, rows, signal, after) =>
          send.many(
            destination,
            rows.map((row) => this.#relayed(row)),
            signal,
            after,
          ),
      },
      inFlightMax: options.inFlightMax ?? inFlightMaxDefault,
      maxAgeMs: () => this.#maxAgeMs,
      askForTurn: (destination) => this.#turns.ask(destination),
      report: (report) => {
        store.record(report);
        this.#settled(report);
      },
      answered: () => {
        for (const watcher of this.#watchers) watcher();
      },
      networkIs: (up) => this.#networkIs(up),
      noticeSleep: () => this.#noticeSleep(),
      sleptSince: (startedAt) => startedAt < this.#wokeAt + wakeGraceMs,
    };
  }

  /** After a start, tries everything that waits once, regardless of what was known before, spread over two seconds. */
  start(): void {
    const { clock, random } = this.#ports;
    this.#scheduleBeat();
    const begun = new Set<Destination>();
    this.#handedTo = this.#store.newest();
    for (const { destination, roomId } of this.#store.destinations()) {
      const actor = this.#of(destination);
      if (!begun.has(actor)) actor.startAt(clock.now() + Math.round(random.next() * startSpreadMs));
      begun.add(actor);
      actor.extend(roomId);
    }
  }

  /** New rows for these rooms of a destination were committed. Delivery starts after the caller's own work. */
  kick(destination: string, roomIds: Iterable<string>): void {
    if (this.#stopped) return;
    const actor = this.#of(destination);
    const rooms = this.#kicked.get(actor) ?? new Set();
    for (const roomId of roomIds) rooms.add(roomId);
    this.#kicked.set(actor, rooms);
    this.#turns.schedule();
  }

  /** A valid signed request came from this server, so it is reachable: wakes its queue, but not too often. */
  heardFrom(serverName: string): void {
    this.#destinations.get(serverName)?.heard(this.#ports.clock.now());
  }

  /** Something changed for this server, such as dead letters put back: reads the store again and ends every wait. */
  retryNow(serverName: string): void {
    if (this.#stopped) return;
    const actor = this.#of(serverName);
    actor.reread();
    actor.tryNow();
  }

  /** Something else added or removed rows of this server in the outbox: reads them again. */
  reread(serverName: string): void {
    if (this.#stopped) return;
    this.#destinations.get(serverName)?.reread();
  }

  /** The peer is forgotten: aborts requests to it and forgets everything about it. */
  forget(serverName: string): void {
    const actor = this.#destinations.get(serverName);
    if (actor === undefined) return;
    actor.stop();
    this.#closed.delete(serverName);
    this.#destinations.delete(serverName);
    this.#leaving = this.#leaving.filter((other) => other.inFlight > 0);
    this.#leaving.push(actor);
  }

  /** Applies the owner's decision about a server immediately. `isCallable`: it has an address. */
  follow(server: string, standing: Standing, isCallable: boolean): void {
    if (standing === 'unknown') this.forget(server);
    else if (standing !== 'allowed') this.setSending(server, 'closed', closedBy(standing));
    else if (isCallable) this.setSending(server, 'open');
    else this.setSending(server, 'closed', said('delivery.not_called', { server }));
  }

  /** The results of deliveries to this server could not be saved, so its rows are read and sent again. */
  recordingFailed(server: string): void {
    this.#ports.clock.after(tuning.recordRetryMs, () => this.reread(server));
  }

  /** Whether the last delivery attempt to this server failed. */
  isFailing(server: string): boolean {
    return this.#failing.has(server);
  }

  /** Servers that refuse what is sent to them. */
  refusing(): ReadonlySet<string> {
    const parked = this.snapshot().filter(({ state }) => state === 'parked');
    return new Set(parked.map(({ destination }) => destination));
  }

  /**
   * Closed: nothing is sent to this server (it is blocked, or not trusted yet), and running requests are aborted before
   * this returns; its rows wait and age. Open: everything is tried immediately.
   */
  setSending(serverName: string, sending: 'open' | 'closed', reason: Said = said('delivery.no_peer')): void {
    if (sending === 'closed') {
      this.#closed.set(serverName, reason);
      this.#of(serverName).close(reason);
    } else {
      this.#closed.delete(serverName);
      if (this.#paused === null) this.#destinations.get(serverName)?.open();
    }
  }

  /** Closes every destination, including future ones, or (`null`) opens all that were not closed individually. */
  setPaused(reason: Said | null): void {
    this.#paused = reason;
    for (const [name, actor] of this.#destinations) {
      const why = this.#closed.get(name) ?? reason;
      if (why === null) actor.open();
      else actor.close(why);
    }
  }

  /** Takes effect immediately, also for what waits already. */
  setMaxAgeMs(maxAgeMs: number): void {
    this.#maxAgeMs = maxAgeMs;
    this.#sweep();
  }

  /** Undefined for a server that delivery has had nothing to do with in this run. */
  snapshotOf(serverName: string): DestinationSnapshot | undefined {
    return this.#destinations.get(serverName)?.snapshot();
  }

  snapshot(): DestinationSnapshot[] {
    return Array.from(this.#destinations.values(), (actor) => actor.snapshot());
  }

  /** Aborts running requests, sends nothing more, and resolves when every request is over and reported. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#beat.clear();
    const actors = [...this.#destinations.values(), ...this.#leaving];
    for (const actor of actors) actor.stop();
    await this.#when(() => actors.every((actor) => actor.inFlight === 0));
  }

  /**
   * Resolves when nothing more can be sent right now (true), or after `ms` (false). Events for a peer that is away
   * don't count.
   */
  async drain(ms: number): Promise<boolean> {
    let timeIsUp = false;
    const quiet = (): boolean =>
      this.#kicked.size === 0 && this.#destinations.values().every((actor) => !actor.busy);
    const cancel = this.#ports.clock.after(ms, () => {
      timeIsUp = true;
      this.#env.answered();
    });
    await this.#when(() => timeIsUp || quiet());
    cancel();
    return quiet();
  }

  #when(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const watcher = (): void => {
      if (!condition()) return;
      this.#watchers = this.#watchers.filter((other) => other !== watcher);
      resolve();
    };
    this.#watchers.push(watcher);
    return promise;
  }

  /**
   * Servers in trouble are left out of the list of servers it was also sent to, so that the room's home forwards to
   * them.
   */
  #relayed(row: OutboxRow): OutboxRow {
    if (!row.alsoSentTo.some((server) => this.#failing.has(server))) return row;
    return { ...row, alsoSentTo: row.alsoSentTo.filter((server) => !this.#failing.has(server)) };
  }

  #settled({ row: { destination }, outcome, latencyMs, status }: AttemptReport): void {
    const isThrough = outcome === 'delivered' || outcome === 'held';
    const isBack = isThrough && this.#failing.delete(destination);
    if (!isThrough) this.#failing.add(destination);
    const isAnswered = status !== null;
    this.#tell({ fact: 'delivery-settled', destination, outcome, latencyMs, isAnswered, isBack });
  }

  #of(name: string): Destination {
    let actor = this.#destinations.get(name);
    if (actor === undefined) {
      actor = new Destination(name, this.#env);
      if (this.#paused !== null) actor.close(this.#paused);
      this.#destinations.set(name, actor);
    }
    return actor;
  }

  /** Reads new rows once for all destinations. Other rows are read lane by lane. */
  #handOut(): void {
    if (this.#stopped || this.#kicked.size === 0) return;
    const rows = readable(() => this.#store.loadNew(this.#handedTo, handedOutMax), []);
    const isAll = rows.length < handedOutMax;
    this.#handedTo = (isAll ? rows.at(-1)?.id : this.#store.newest()) ?? this.#handedTo;
    for (const row of rows) {
      const actor = this.#of(row.destination);
      actor.offer(row);
      if (isAll) this.#kicked.get(actor)?.delete(row.roomId);
    }
    for (const [actor, rooms] of this.#kicked) {
      for (const roomId of rooms) actor.extend(roomId);
      this.#turns.ask(actor);
    }
    this.#kicked.clear();
  }

  #networkIs(up: boolean): void {
    if (!up) {
      this.#networkIsDown = true;
    } else if (this.#networkIsDown) {
      this.#networkIsDown = false;
      for (const actor of this.#destinations.values()) actor.online();
    }
  }

  #scheduleBeat(): void {
    this.#beatDueAt = this.#ports.clock.now() + beatMs;
    this.#beat.clear();
    this.#beat.set(this.#beatDueAt);
  }

  #beatNow(): void {
    this.#noticeSleep();
    this.#scheduleBeat();
    if (--this.#beatsToSweep <= 0) this.#sweep();
  }

  #noticeSleep(): void {
    const now = this.#ports.clock.now();
    if (!this.#stopped && now - this.#beatDueAt > lateMsMax) this.woke();
  }

  /** The computer was asleep until now: tries every destination immediately, regardless of what was known before. */
  woke(): void {
    if (this.#stopped) return;
    this.#wokeAt = this.#ports.clock.now();
    this.#scheduleBeat();
    // An event that is too old by now deserves one try before it is given up.
    this.#beatsToSweep = beatsPerSweep;
    for (const actor of this.#destinations.values()) actor.woke();
  }

  #sweep(): void {
    const before = this.#ports.clock.now() - this.#maxAgeMs;
    let left = sweepRowsMax;
    this.#beatsToSweep = 0;
    for (const actor of this.#destinations.values()) {
      left -= actor.expire(before, left);
      // A long queue is processed in portions, one per tick.
      if (left <= 0) return;
    }
    this.#beatsToSweep = beatsPerSweep;
  }
}

/** Why nothing is sent to a server, by the owner's decision. */
function closedBy(standing: Standing): Said {
  if (standing === 'blocked') return said('delivery.blocked');
  return standing === 'quarantined' ? said('delivery.quarantined') : said('delivery.no_peer');
}
