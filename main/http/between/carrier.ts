import type { IncomingMessage } from 'node:http';
import { said, saidOf } from '../../../shared/words/said.ts';
import { answerTooLarge, type Http, type HttpResult, notSent } from '../../client/http.ts';
import type { Clock } from '../../kernel/ports.ts';
import { passed } from '../../kernel/timers.ts';
import {
  type CarriedHead,
  type CarryHead,
  carriedBytesMax,
  carriedTarget,
  carryTarget,
  type PingHead,
} from './carriers.ts';
import { FrameReader, writeFrame } from './frames.ts';

/** After the leader didn't answer, or ended. */
const pauseMs = 1_000;
/** Answers that come within this time share a request, because it costs the leader more than what is in it. */
const togetherMs = 5;
/** Answers that share a request have at most this many bytes. A larger one travels alone. */
const sharedBytesMax = 1024 * 1024;
/** What is left for an answer that travels alone, beside a sign of life. */
const answerBytesMax = carriedBytesMax - 1024;

export interface CarrierParts {
  /** Sends a body to the leader. Rejects with SERVICE_UNAVAILABLE. */
  readonly ask: (target: string, body: Buffer) => Promise<IncomingMessage>;
  readonly http: Http;
  readonly clock: Clock;
}

/** A standby's side of carriers.ts: sends what the leader has signed, and returns what was answered. */
export class Carrier {
  readonly #parts: CarrierParts;
  readonly #ended = new AbortController();

  constructor(parts: CarrierParts) {
    this.#parts = parts;
  }

  /** Until `close`. */
  async run(): Promise<void> {
    const { ask, clock } = this.#parts;
    const { signal } = this.#ended;
    while (!signal.aborted) {
      try {
        const requests = await ask(carryTarget, Buffer.alloc(0));
        if (requests.statusCode === 200) await this.#carry(requests);
        else requests.resume();
      } catch {
        // The leader sends everything itself, and this node's findings say if it can't be reached.
      }
      await passed(clock, pauseMs, signal).catch(() => {});
    }
  }

  async #carry(requests: IncomingMessage): Promise<void> {
    const { clock } = this.#parts;
    const reader = new FrameReader();
    let ping: Buffer = Buffer.alloc(0);
    let answers: Buffer[] = [];
    const back = (frame: Buffer): void => {
      if (answers.push(frame) > 1) return;
      clock.after(togetherMs, () => {
        void this.#return(ping, answers);
        answers = [];
      });
    };
    for await (const chunk of requests)
      for (const { head, body } of reader.read(chunk as Buffer))
        if ('carrier' in (head as PingHead | CarryHead)) {
          ping = writeFrame(head, body);
          back(ping);
        } else void this.#send(head as CarryHead, body.toString()).then(back);
  }

  async #send({ id, ...request }: CarryHead, text: string): Promise<Buffer> {
    const { http } = this.#parts;
    const { signal } = this.#ended;
    const body = text === '' ? null : text;
    const result = await http
      .request({ ...request, body, signal })
      .catch((error: unknown): HttpResult => ({ kind: 'network', error: saidOf(error), code: notSent }));
    if (result.kind !== 'answer') return writeFrame({ id, result } satisfies CarriedHead, Buffer.alloc(0));
    const head: CarriedHead = { id, result: { ...result, body: '' } };
    const frame = writeFrame(head, Buffer.from(result.body));
    if (frame.length <= answerBytesMax) return frame;
    // The client's own limit counts what arrived. Bytes that aren't UTF-8 need three times as many afterwards.
    const error = said('network.too_large', { bytes: answerBytesMax });
    const refused: CarriedHead = { id, result: { kind: 'network', error, code: answerTooLarge } };
    return writeFrame(refused, Buffer.alloc(0));
  }

  /** With a sign of life before each part. If the leader doesn't get it, it stops waiting by itself. */
  async #return(ping: Buffer, answers: Buffer[]): Promise<void> {
    while (answers.length > 0 && !this.#ended.signal.aborted) {
      let count = 1;
      for (let bytes = answers[0]!.length; count < answers.length; count++) {
        bytes += answers[count]!.length;
        if (bytes > sharedBytesMax) break;
      }
      const body = Buffer.concat([ping, ...answers.splice(0, count)]);
      await this.#parts.ask(carriedTarget, body).then(
        (answer) => void answer.resume(),
        () => {},
      );
    }
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    this.#ended.abort();
    await this.#parts.http.close();
  }
}
