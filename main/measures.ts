import { createRequire } from 'node:module';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Counter, Gauge } from 'prom-client';
import type { Group, Meter, Step } from './kernel/meter.ts';

type PromClient = typeof import('prom-client');

/** Loads parts of prom-client, because the whole package takes 16 MB more to measure a cluster of processes. */
const part = createRequire(import.meta.url);
const NewCounter = part('prom-client/lib/counter') as PromClient['Counter'];
const NewGauge = part('prom-client/lib/gauge') as PromClient['Gauge'];
const Histogram = part('prom-client/lib/histogram') as PromClient['Histogram'];
const Registry = part('prom-client/lib/registry') as PromClient['Registry'];

/** The numbers at the moment of the reading. */
export interface Snapshot {
  readonly version: string;
  /** Unix ms. */
  readonly startedAt: number;
  readonly eventsStored: number;
  readonly keyValidSeconds: number;
  readonly rooms: { readonly here: number; readonly elsewhere: number };
  /** Number of peers, by state. */
  readonly peers: Readonly<Record<string, number>>;
  /** Number of events in the outbox, by state. */
  readonly outbox: Readonly<Record<string, number>>;
  readonly queues: readonly {
    readonly destination: string;
    /** Queued, being retried or parked. */
    readonly waiting: number;
    /** Age of the oldest of them; 0 if none waits. */
    readonly oldestSeconds: number;
  }[];
  readonly clocks: readonly { readonly peer: string; readonly offsetSeconds: number }[];
}

/**
 * Range from a tenth of a millisecond to a minute: one signature takes 0.1 ms, a peer may take half a minute to answer.
 */
const secondsBuckets = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];
const sizeBuckets = [1, 2, 4, 8, 16, 32, 64, 128, 256];
const delayResolutionMs = 20;

/**
 * The numbers of `/metrics` (docs/monitoring.md). Names and units follow Prometheus: seconds, bytes, and `_total` for
 * what only grows.
 */
export class Measures implements Meter {
  readonly #registry = new Registry();
  readonly #steps: Record<Step, { observe(seconds: number): void }>;
  readonly #groups: Record<Group, { observe(events: number): void }>;
  readonly #events = this.#counter('events_total', 'Events stored since the start.', ['from']);
  readonly #held = this.#counter('events_held_total', 'Events held for the owner since the start.', []);
  readonly #attempts = new Histogram({
    name: 'paracord_delivery_attempt_seconds',
    help: 'Delivery attempts and how long they took.',
    labelNames: ['outcome'] as const,
    buckets: secondsBuckets,
    registers: [this.#registry],
  });
  readonly #requests = new Histogram({
    name: 'paracord_request_seconds',
    help: 'Requests of peers and how long they took.',
    labelNames: ['call', 'status'] as const,
    buckets: secondsBuckets,
    registers: [this.#registry],
  });
  readonly #gauges = {
    version: this.#gauge('info', 'The version of the program; always 1.', ['version']),
    started: this.#gauge('start_time_seconds', 'When this run began, in Unix time.', []),
    stored: this.#gauge('stored_events', 'Events in the database.', []),
    key: this.#gauge('key_valid_seconds', 'Seconds until the signing key expires.', []),
    rooms: this.#gauge('rooms', 'Rooms, by where their home is.', ['home']),
    peers: this.#gauge('peers', 'Peers, by state.', ['state']),
    outbox: this.#gauge('outbox_entries', 'Events in the outbox, by state.', ['state']),
    queue: this.#gauge('queue_entries', 'Events that wait for a peer.', ['peer']),
    oldest: this.#gauge('queue_oldest_seconds', 'Age of the oldest event that waits for a peer.', ['peer']),
    clocks: this.#gauge('clock_offset_seconds', 'The clock of a peer minus ours.', ['peer']),
    delay: this.#gauge('event_loop_delay_seconds', 'Event loop delay since the previous reading.', [
      'quantile',
    ]),
    memory: this.#gauge('memory_bytes', 'Memory of the process.', ['kind']),
  };
  readonly #cpu = this.#counter('cpu_seconds_total', 'Processor time of the process.', []);
  #cpuSeconds = 0;
  #delay: ReturnType<typeof monitorEventLoopDelay> | null = null;

  constructor() {
    const steps = new Histogram({
      name: 'paracord_ingest_seconds',
      help: 'Steps of an event on its way in.',
      labelNames: ['step'] as const,
      buckets: secondsBuckets,
      registers: [this.#registry],
    });
    const step = (name: Step) => steps.labels({ step: name });
    this.#steps = {
      authenticate: step('authenticate'),
      verify: step('verify'),
      decide: step('decide'),
      commit: step('commit'),
    };
    const groups = new Histogram({
      name: 'paracord_batch_events',
      help: 'Events handled at once.',
      labelNames: ['group'] as const,
      buckets: sizeBuckets,
      registers: [this.#registry],
    });
    const group = (name: Group) => groups.labels({ group: name });
    this.#groups = { commit: group('commit'), received: group('received'), sent: group('sent') };
    for (const from of ['here', 'peer']) this.#events.inc({ from }, 0);
  }

  begin(step: Step): () => void {
    const begun = performance.now();
    return () => this.#steps[step].observe((performance.now() - begun) / 1000);
  }

  together(group: Group, events: number): void {
    this.#groups[group].observe(events);
  }

  /** `call`: method and path as documented. Starts a timer; the returned function gets the status and stops it. */
  request(call: string): (status: number) => void {
    const begun = performance.now();
    return (status) => this.#requests.observe({ call, status }, (performance.now() - begun) / 1000);
  }

  stored(from: 'here' | 'peer'): void {
    this.#events.inc({ from });
  }

  heldOne(): void {
    this.#held.inc();
  }

  attempted(outcome: string, latencyMs: number): void {
    this.#attempts.observe({ outcome }, latencyMs / 1000);
  }

  /** Writes the measures in Prometheus's text format. Event loop delay is measured from the first reading on. */
  async text(now: Snapshot): Promise<string> {
    const { version, started, stored, key, rooms, peers, outbox, queue, oldest, clocks, delay, memory } =
      this.#gauges;
    for (const gauge of [peers, outbox, queue, oldest, clocks]) gauge.reset();
    version.set({ version: now.version }, 1);
    started.set(now.startedAt / 1000);
    stored.set(now.eventsStored);
    key.set(now.keyValidSeconds);
    rooms.set({ home: 'here' }, now.rooms.here);
    rooms.set({ home: 'elsewhere' }, now.rooms.elsewhere);
    for (const [state, count] of Object.entries(now.peers)) peers.set({ state }, count);
    for (const [state, count] of Object.entries(now.outbox)) outbox.set({ state }, count);
    for (const { destination: peer, waiting, oldestSeconds } of now.queues) {
      queue.set({ peer }, waiting);
      oldest.set({ peer }, oldestSeconds);
    }
    for (const { peer, offsetSeconds } of now.clocks) clocks.set({ peer }, offsetSeconds);
    this.#readDelay(delay);
    const { rss, heapUsed, external } = process.memoryUsage();
    memory.set({ kind: 'resident' }, rss);
    memory.set({ kind: 'heap' }, heapUsed);
    memory.set({ kind: 'external' }, external);
    const { user, system } = process.cpuUsage();
    this.#cpu.inc((user + system) / 1e6 - this.#cpuSeconds);
    this.#cpuSeconds = (user + system) / 1e6;
    return this.#registry.metrics();
  }

  stop(): void {
    this.#delay?.disable();
  }

  #readDelay(gauge: Gauge<'quantile'>): void {
    if (this.#delay === null) {
      // A timer of its own: only those who read the numbers pay for it.
      this.#delay = monitorEventLoopDelay({ resolution: delayResolutionMs });
      this.#delay.enable();
      return;
    }
    const seconds = (percentile: number): number =>
      Math.max((this.#delay?.percentile(percentile) ?? 0) / 1e9 - delayResolutionMs / 1000, 0);
    for (const quantile of [0.5, 0.99]) gauge.set({ quantile }, seconds(quantile * 100));
    this.#delay.reset();
  }

  #counter<L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> {
    return new NewCounter({ name: `paracord_${name}`, help, labelNames, registers: [this.#registry] });
  }

  #gauge<L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> {
    return new NewGauge({ name: `paracord_${name}`, help, labelNames, registers: [this.#registry] });
  }
}
