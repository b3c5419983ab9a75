import type { Ports } from '../../../main/kernel/ports.ts';
import { Delivery, type DeliveryOptions } from '../../../main/outbound/delivery/delivery.ts';
import type { SendEvent, SendEvents, Sender, SendResult } from '../../../main/outbound/delivery/ports.ts';
import type { AttemptReport, LaneName, OutboxRow, OutboxStore } from '../../../main/store/outbox-port.ts';
import { quoted } from '../../../shared/words/said.ts';
import { refusalBody } from '../refusal.ts';
import { VirtualClock } from '../virtual-clock.ts';

/** Jitter is ×0.8…1.4. With this random number it is ×1, so delays aren't changed. */
export const evenDice = 1 / 3;

interface Stored {
  row: OutboxRow;
  dead: boolean;
}

/** An outbox in memory. With `commits` off, reports are accepted but not on disk yet, as before a group commit. */
export class MemoryOutbox implements OutboxStore {
  readonly reports: AttemptReport[] = [];
  loads = 0;
  commits = true;
  #rows = new Map<number, Stored>();
  #durable = new Map<number, Stored>();
  #lastId = 0;

  add(destination: string, roomId: string, enqueuedAt: number): OutboxRow {
    const id = ++this.#lastId;
    const row: OutboxRow = {
      id,
      destination,
      eventSeq: id,
      eventId: `$${id}:here.example`,
      roomId,
      eventType: 'm.message',
      origin: 'here.example',
      body: `{"event_id":"$${id}:here.example"}`,
      enqueuedAt,
      attempts: 0,
      alsoSentTo: [],
    };
    this.#put({ row, dead: false });
    return row;
  }

  destinations(): LaneName[] {
    const lanes = new Map<string, LaneName>();
    for (const { destination, roomId } of this.waiting()) {
      lanes.set(`${destination} ${roomId}`, { destination, roomId });
    }
    return [...lanes.values()];
  }

  load(destination: string, roomId: string, afterId: number, limit: number): OutboxRow[] {
    this.loads++;
    return this.waiting()
      .filter((row) => row.destination === destination && row.roomId === roomId && row.id > afterId)
      .slice(0, limit);
  }

  newest(): number {
    return this.#lastId;
  }

  loadNew(afterId: number, limit: number): OutboxRow[] {
    this.loads++;
    return this.waiting()
      .filter((row) => row.id > afterId)
      .slice(0, limit);
  }

  record(report: AttemptReport): void {
    this.reports.push(report);
    const stored = this.#rows.get(report.row.id);
    if (stored === undefined) return;
    if (report.next.state === 'done') {
      this.#rows.delete(report.row.id);
      if (this.commits) this.#durable.delete(report.row.id);
      return;
    }
    const attempts = stored.row.attempts + (report.outcome === 'expired' ? 0 : 1);
    this.#put({ row: { ...stored.row, attempts }, dead: report.next.state === 'dead' });
  }

  waiting(): OutboxRow[] {
    return [...this.#rows.values()]
      .filter(({ dead }) => !dead)
      .map(({ row }) => row)
      .sort((a, b) => a.id - b.id);
  }

  dead(): OutboxRow[] {
    return [...this.#rows.values()].filter(({ dead }) => dead).map(({ row }) => row);
  }

  replay(now: number): void {
    for (const row of this.dead()) this.#put({ row: { ...row, enqueuedAt: now }, dead: false });
  }

  take(eventId: string): void {
    for (const { row } of this.#rows.values()) if (row.eventId === eventId) this.#rows.delete(row.id);
  }

  /** Returns the outbox as the next process finds it after this one was killed. */
  afterCrash(): MemoryOutbox {
    const next = new MemoryOutbox();
    for (const stored of this.#durable.values()) next.#put(stored);
    next.#lastId = this.#lastId;
    return next;
  }

  #put(stored: Stored): void {
    this.#rows.set(stored.row.id, stored);
    if (this.commits) this.#durable.set(stored.row.id, stored);
  }
}

export interface Sent {
  readonly at: number;
  readonly destination: string;
  readonly roomId: string;
  readonly id: number;
}

export type Script = (row: OutboxRow, nth: number) => SendResult;

export const accepted: SendResult = {
  kind: 'answer',
  status: 202,
  headers: { contentType: 'application/json' },
  body: '{"event_id":"$x","inserted":true}',
};
export const refused: SendResult = {
  kind: 'network',
  error: quoted('connect ECONNREFUSED'),
  code: 'ECONNREFUSED',
};
export const offline: SendResult = {
  kind: 'network',
  error: quoted('ENETUNREACH'),
  code: 'ENETUNREACH',
  offline: true,
};

export function answer(status: number, body: Record<string, unknown> = {}, retryAfter?: string): SendResult {
  return {
    kind: 'answer',
    status,
    headers: { contentType: 'application/json', retryAfter },
    body: status < 400 ? JSON.stringify(body) : refusalBody(body),
  };
}

type HarnessOptions = Omit<Partial<DeliveryOptions>, 'send'> & {
  readonly send?: SendEvent;
  readonly many?: SendEvents;
};

/** Delivery in a world that the test controls: time, randomness, peers and disk. */
export class DeliveryHarness {
  readonly clock = new VirtualClock();
  readonly startedAt = this.clock.now();
  readonly scripts = new Map<string, Script>();
  readonly latencyMs = new Map<string, number>();
  readonly sent: Sent[] = [];
  /** All reports, including those before a restart. */
  get reports(): readonly AttemptReport[] {
    return this.store.reports;
  }
  /** Destinations that accept several events in one request, and the ids in each such request. */
  readonly takeMany = new Set<string>();
  readonly batches: number[][] = [];
  /** The row that each batch follows. */
  readonly afters: (number | null)[] = [];
  /** Destinations that keep the order of a room while several requests are in flight. */
  readonly keepOrder = new Set<string>();
  /** An answer to the whole batch instead. */
  batchAnswer: (() => SendResult | null) | null = null;
  readonly inFlight = new Map<string, number>();
  readonly inFlightMost = new Map<string, number>();
  store = new MemoryOutbox();
  delivery: Delivery;
  #options: HarnessOptions;
  readonly #tries = new Map<string, number>();

  constructor(options: HarnessOptions = {}) {
    this.#options = options;
    this.delivery = this.#newDelivery();
  }

  /** A second process on the same clock, which finds what the first one had committed. */
  async restart(): Promise<void> {
    await this.delivery.stop();
    this.store = this.store.afterCrash();
    this.delivery = this.#newDelivery();
    this.delivery.start();
  }

  /** Enqueues an event as a commit would, and starts delivery. */
  post(destination: string, roomId: string, count = 1): OutboxRow[] {
    const rows = Array.from({ length: count }, () => this.store.add(destination, roomId, this.clock.now()));
    this.delivery.kick(destination, [roomId]);
    return rows;
  }

  /** When something was sent to `destination`, in milliseconds after the start. */
  times(destination: string, roomId?: string): number[] {
    return this.sent
      .filter((one) => one.destination === destination && (roomId === undefined || one.roomId === roomId))
      .map((one) => one.at - this.startedAt);
  }

  snapshot(destination: string): ReturnType<Delivery['snapshot']>[number] {
    const found = this.delivery.snapshot().find((one) => one.destination === destination);
    if (found === undefined) throw new Error(`nothing known of ${destination}`);
    return found;
  }

  readonly send: SendEvent = (destination, row, signal) => {
    this.sent.push({ at: this.clock.now(), destination, roomId: row.roomId, id: row.id });
    const nth = (this.#tries.get(destination) ?? 0) + 1;
    this.#tries.set(destination, nth);
    const now = (this.inFlight.get(destination) ?? 0) + 1;
    this.inFlight.set(destination, now);
    this.inFlightMost.set(destination, Math.max(now, this.inFlightMost.get(destination) ?? 0));
    const { promise, resolve } = Promise.withResolvers<SendResult>();
    const settle = (result: SendResult): void => {
      signal.removeEventListener('abort', onAbort);
      this.inFlight.set(destination, (this.inFlight.get(destination) ?? 0) - 1);
      resolve(result);
    };
    const cancel = this.clock.after(this.latencyMs.get(destination) ?? 0, () =>
      settle(this.scripts.get(destination)?.(row, nth) ?? accepted),
    );
    const onAbort = (): void => {
      cancel();
      settle({ kind: 'aborted' });
    };
    signal.addEventListener('abort', onAbort);
    return promise;
  };

  readonly sendMany: SendEvents = async (destination, rows, signal, after) => {
    this.batches.push(rows.map(({ id }) => id));
    this.afters.push(after?.id ?? null);
    return this.batchAnswer
      ? this.batchAnswer()
      : Promise.all(rows.map((row) => this.send(destination, row, signal)));
  };

  #newDelivery(): Delivery {
    const ports: Ports = {
      clock: this.clock,
      random: { next: () => evenDice, bytes: (length) => Buffer.alloc(length) },
      defer: (job) => queueMicrotask(job),
    };
    const { tell, send = this.send, many = this.sendMany, ...others } = this.#options;
    const sender: Sender = {
      one: send,
      many,
      takesMany: (destination) => this.takeMany.has(destination),
      keepsOrder: (destination) => this.keepOrder.has(destination),
    };
    return new Delivery({
      ports,
      store: this.store,
      send: sender,
      ...others,
      tell: tell ?? (() => {}),
    });
  }
}

export function started(...options: ConstructorParameters<typeof DeliveryHarness>): DeliveryHarness {
  const harness = new DeliveryHarness(...options);
  harness.delivery.start();
  return harness;
}

export const ids = (rows: readonly { id: number }[]): number[] => rows.map((row) => row.id);

export const rooms = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `!${index}:here.example`);
