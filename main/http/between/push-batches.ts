import type { IncomingMessage } from 'node:http';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import { federationPrefix, transportHeaders } from '../../../shared/protocol/transport.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { FederationAnswer, FederationRequest, VerifiedBefore } from '../federation/request.ts';
import { FrameReader, writeFrame } from './frames.ts';

/** Where a standby hands pushed events over to the leader, those of several requests at once. */
export const pushesTarget = '/between-nodes/pushes';

/** What goes with each body. */
export interface PushHead {
  readonly target: string;
  /** Of those that a request is judged by; see `passedHeaders`. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly from: string;
  /** Null if the standby couldn't verify it. */
  readonly verified: VerifiedBefore | null;
}

/** What goes with the body of each answer. */
export interface AnswerHead {
  /** The position of the request in the batch. */
  readonly at: number;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Whether a target is that of pushed events: one (`POST event`), or many (`POST events`). */
export function pushedBy(target: string): 'one' | 'many' | null {
  const path = target.replace(/\?.*$/s, '');
  if (path === `${federationPrefix}/event`) return 'one';
  return path === `${federationPrefix}/events` ? 'many' : null;
}

/** The headers that decide about a peer's request. */
const passedHeaders = [...Object.values(transportHeaders), 'host', 'x-forwarded-proto'];

export const passedHeadersOf = ({ header }: Pick<FederationRequest, 'header'>): Record<string, string[]> =>
  Object.fromEntries(
    passedHeaders.map((name) => [name, [...header(name)]]).filter(([, values]) => values!.length > 0),
  );

export const pushHead = (request: FederationRequest, verified: VerifiedBefore | null): PushHead => ({
  target: request.target,
  headers: passedHeadersOf(request),
  from: request.from,
  verified,
});

/** A batch has at most this many requests, and is full once it has this many bytes. */
const requestsMax = 128;
const bytesMin = 1024 * 1024;
/** Batches without any answer yet. What arrives meanwhile shares the next one. */
const unansweredMax = 2;
/** After that, no batch holds up others: what is in it may wait for an event that comes in a later one. */
const holdUpMsMax = 50;

interface Waiting {
  readonly frame: Buffer;
  readonly answered: (answer: FederationAnswer) => void;
  readonly failed: (error: unknown) => void;
}

export interface PushBatchesParts {
  /** Sends a body to the leader. Rejects with SERVICE_UNAVAILABLE. */
  readonly ask: (target: string, body: Buffer) => Promise<IncomingMessage>;
  /** What to answer if the leader's answer doesn't arrive. */
  readonly notReached: (error: unknown) => ProtocolError;
  readonly clock: Clock;
}

/**
 * Hands pushed events over to the leader. A request between the nodes costs the leader more than what is in it, so requests
 * that wait at the same time share one. Each is answered as soon as the leader has its answer.
 */
export class PushBatches {
  readonly #parts: PushBatchesParts;
  #waiting: Waiting[] = [];
  #unanswered = 0;
  #isPlanned = false;

  constructor(parts: PushBatchesParts) {
    this.#parts = parts;
  }

  /** The leader's answer, which may be a refusal. Rejects with SERVICE_UNAVAILABLE if the leader doesn't answer. */
  send(head: PushHead, body: Buffer): Promise<FederationAnswer> {
    return new Promise((answered, failed) => {
      this.#waiting.push({ frame: writeFrame(head, body), answered, failed });
      this.#plan();
    });
  }

  /** What is verified in one turn of the event loop goes together. */
  #plan(): void {
    if (this.#isPlanned || this.#waiting.length === 0 || this.#unanswered >= unansweredMax) return;
    this.#isPlanned = true;
    setImmediate(() => {
      this.#isPlanned = false;
      void this.#sendBatch(this.#next());
      this.#plan();
    });
  }

  #next(): Waiting[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#waiting.length && count < requestsMax && bytes < bytesMin)
      bytes += this.#waiting[count++]!.frame.length;
    return this.#waiting.splice(0, count);
  }

  async #sendBatch(batch: readonly Waiting[]): Promise<void> {
    let isAnswered = false;
    const goOn = (): void => {
      if (isAnswered) return;
      isAnswered = true;
      cancel();
      this.#unanswered--;
      this.#plan();
    };
    const cancel = this.#parts.clock.after(holdUpMsMax, goOn);
    this.#unanswered++;
    try {
      const answer = await this.#parts.ask(pushesTarget, Buffer.concat(batch.map(({ frame }) => frame)));
      if (answer.statusCode !== 200) {
        answer.resume();
        throw new Error(`status ${answer.statusCode}`);
      }
      const reader = new FrameReader();
      for await (const chunk of answer)
        for (const { head, body } of reader.read(chunk as Buffer)) {
          const { at, status, headers } = head as AnswerHead;
          batch[at]?.answered({ status, headers, body: body.toString() });
          goOn();
        }
      throw new Error('the answer ended early');
    } catch (error) {
      // Those that have been answered ignore it.
      const why = error instanceof ProtocolError ? error : this.#parts.notReached(error);
      for (const { failed } of batch) failed(why);
    } finally {
      goOn();
    }
  }
}
