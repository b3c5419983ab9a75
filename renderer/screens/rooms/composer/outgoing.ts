/** A message that the node has not confirmed yet. */
export interface Unsent {
  /** Names the message to the node, which writes it once however often it is sent. */
  readonly key: string;
  readonly body: string;
  readonly files: readonly SentFile[];
  readonly answers: Answered | null;
  /** The author. */
  readonly as: string;
}

/** A message that somebody replies to. Its text is read from the timeline, so that nothing of it is kept here. */
export interface Answered {
  readonly event_id: string;
  readonly sender: string;
}

/** A file that the node has, and that no message names yet. */
export interface SentFile {
  readonly upload_id: string;
  readonly name: string;
  readonly size: number;
}

export interface OutgoingPorts {
  /** Writes the message, or finds that an earlier call with this key did. */
  post(message: {
    body?: string;
    uploads?: string[];
    reply_to?: string;
    as: string;
    client_key: string;
  }): Promise<unknown>;
  /** A key that no other message ever had. */
  newKey(): string;
  /** Called after each change. */
  changed(): void;
}

/**
 * Messages on their way to the node, in the order they were written. The first one that fails stops the others. One
 * whose answer was lost is sent again with the same key, so that none is written twice.
 */
export class Outgoing {
  unsent: readonly Unsent[] = [];
  busy = false;
  failure: unknown = null;
  readonly #ports: OutgoingPorts;

  constructor(ports: OutgoingPorts) {
    this.#ports = ports;
  }

  /** Puts messages of an earlier page before those of this one. */
  restore(unsent: readonly Unsent[]): void {
    this.unsent = [...unsent, ...this.unsent];
    this.#ports.changed();
  }

  add(
    body: string,
    as: string,
    files: readonly SentFile[] = [],
    answers: Answered | null = null,
  ): Promise<void> {
    this.unsent = [...this.unsent, { key: this.#ports.newKey(), body, files, answers, as }];
    this.#ports.changed();
    // After a failure the user decides about the first message. The others stay behind it.
    return this.failure === null ? this.send() : Promise.resolve();
  }

  /** Removes a message, unless it is being sent right now, and returns it. */
  discard(key: string): Unsent | null {
    const message = this.unsent.find((each) => each.key === key);
    if (!message || (this.busy && message === this.unsent[0])) return null;
    if (message === this.unsent[0]) this.failure = null;
    this.#drop(key);
    return message;
  }

  /** Sends all unsent messages. */
  async send(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.failure = null;
    this.#ports.changed();
    try {
      for (let next = this.unsent[0]; next; next = this.unsent[0]) {
        const { body, files, answers, as, key: client_key } = next;
        await this.#ports.post({
          ...(body === '' ? {} : { body }),
          ...(files.length === 0 ? {} : { uploads: files.map(({ upload_id }) => upload_id) }),
          ...(answers === null ? {} : { reply_to: answers.event_id }),
          as,
          client_key,
        });
        this.#drop(next.key);
      }
    } catch (error) {
      this.failure = error;
    }
    this.busy = false;
    this.#ports.changed();
  }

  #drop(key: string): void {
    this.unsent = this.unsent.filter((each) => each.key !== key);
    this.#ports.changed();
  }
}
