import type { TimelineItem } from '../../../../shared/api/views.ts';
import { comparePositions, type Position } from '../../../../shared/protocol/room-state.ts';

/** A message that is not known to be written yet. */
export interface Unsent {
  readonly key: string;
  readonly body: string;
  /** Who says it. */
  readonly as: string;
  /** The newest message when it was first sent: it can only stand after that one. `null`: anywhere. */
  readonly after: Position | null;
  /** It may be written although no answer came. */
  readonly tried: boolean;
}

/** What outlives the page. */
export interface Kept {
  readonly text: string;
  readonly unsent: readonly Unsent[];
  /** Messages that are known to be among the ones sent from here; a lookup does not take them for another. */
  readonly sent: readonly string[];
}

export interface OutgoingPorts {
  post(message: { body: string; as: string }): Promise<{ event_id: string }>;
  /** The messages after a place, in any order. */
  since(place: Position | null): Promise<readonly TimelineItem[]>;
  /** The place of the newest message; `null` where there is none. */
  newest(): Promise<Position | null>;
  /** Called after each change. */
  changed(): void;
}

const sentKept = 50;

/**
 * Messages on their way to the node, in the order they were written. The first one that fails stops the others. Where
 * no answer came, the next try first looks whether the message is there, so that none is written twice.
 */
export class Outgoing {
  unsent: readonly Unsent[];
  sent: readonly string[];
  busy = false;
  failure: unknown = null;
  readonly #ports: OutgoingPorts;
  #lastKey = 0;

  constructor(ports: OutgoingPorts, kept: Pick<Kept, 'unsent' | 'sent'>) {
    this.#ports = ports;
    this.unsent = kept.unsent.map((message) => ({ ...message, key: this.#key() }));
    this.sent = kept.sent;
  }

  add(body: string, as: string): Promise<void> {
    this.unsent = [...this.unsent, { key: this.#key(), body, as, after: null, tried: false }];
    this.#ports.changed();
    // After a failure somebody decides about the first one; the others wait behind it.
    return this.failure === null ? this.send() : Promise.resolve();
  }

  /** Takes a message out, unless it is being sent right now; gives its words. */
  discard(key: string): string | null {
    const message = this.unsent.find((each) => each.key === key);
    if (!message || (this.busy && message === this.unsent[0])) return null;
    if (message === this.unsent[0]) this.failure = null;
    this.#drop(key);
    return message.body;
  }

  /** Sends all that wait. */
  async send(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.failure = null;
    this.#ports.changed();
    try {
      for (let next = this.unsent[0]; next; next = this.unsent[0]) await this.#sendOne(next);
    } catch (error) {
      this.failure = error;
    }
    this.busy = false;
    this.#ports.changed();
  }

  async #sendOne(message: Unsent): Promise<void> {
    const found = message.tried ? await this.#find(message) : null;
    if (found !== null) return this.#done(message.key, found);
    const after = message.tried ? message.after : await this.#ports.newest();
    this.unsent = this.unsent.map((each) =>
      each.key === message.key ? { ...each, after, tried: true } : each,
    );
    this.#ports.changed();
    const { event_id } = await this.#ports.post({ body: message.body, as: message.as });
    this.#done(message.key, event_id);
  }

  async #find({ body, as, after }: Unsent): Promise<string | null> {
    const items = await this.#ports.since(after);
    const same = items
      .filter((item) => item.sender === as && item.body === body && !this.sent.includes(item.event_id))
      .filter((item) => after === null || isAfter(item, after));
    return same[0]?.event_id ?? null;
  }

  #done(key: string, eventId: string): void {
    this.sent = [...this.sent, eventId].slice(-sentKept);
    this.#drop(key);
  }

  #drop(key: string): void {
    this.unsent = this.unsent.filter((each) => each.key !== key);
    this.#ports.changed();
  }

  #key(): string {
    return String(++this.#lastKey);
  }
}

const isAfter = (item: TimelineItem, place: Position): boolean =>
  comparePositions({ depth: item.depth, eventId: item.event_id }, place) > 0;
