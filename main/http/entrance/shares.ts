/**
 * The entrance's own shares of the federation listener: connections, bytes and rates, so that neither people nor peers can
 * use up what the other needs.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { refusal } from '../../../shared/words/refusal.ts';
import { type Said, said } from '../../../shared/words/said.ts';
import type { Clock } from '../../kernel/ports.ts';
import { RateLimiter } from '../../trust/limits/rate-limiter.ts';
import { Connections, type Held } from '../connections.ts';
import { ByteShares } from '../federation/byte-shares.ts';

/** Out of 4000 of the listener. */
const connectionsMax = { total: 1_500, perAddress: 64 };
const bytesMax = { total: 32 * 1_048_576, each: 4 * 1_048_576 };
/** A request without a body still costs the memory of its answer. */
const requestBytesMin = 65_536;
/** Counted for a body whose length isn't declared. */
const bodyBytesMax = 2 * 1_048_576;
/** The bytes of a file go to the disk, or come from there, a piece at a time, and that may take long. */
const pieceBytes = 262_144;
/** A person may have this many on all their devices together. The pages of a browser share one. */
const streamsMax = 64;
const visitorRate = { requests_per_minute: 600, burst: 300 };
const personRate = { requests_per_minute: 1_200, burst: 400 };
const visitorsMax = 10_000;

export class EntranceShares {
  readonly #connections = new Connections(connectionsMax);
  readonly #held = new WeakMap<Socket, Held>();
  readonly #bytes = new ByteShares(bytesMax);
  readonly #streams = new Map<string, number>();
  readonly #visitors: RateLimiter;
  readonly #people: RateLimiter;

  constructor(clock: Clock) {
    this.#visitors = new RateLimiter(clock, visitorsMax);
    this.#people = new RateLimiter(clock, visitorsMax);
  }

  /** Counts the connection of a request among those of the entrance. */
  connect({ socket }: IncomingMessage): void {
    if (this.#held.has(socket)) return;
    const held = this.#connections.add(socket.remoteAddress ?? '', () => socket.destroy());
    this.#held.set(socket, held);
    socket.once('close', () => held.closed());
  }

  /** Somebody who is logged in sent it, so its connection gives way to no other until it is answered. */
  proven({ socket }: IncomingMessage, response: ServerResponse): void {
    const held = this.#held.get(socket);
    held?.proven();
    response.once('close', () => held?.over());
  }

  /** RATE_LIMITED. A visitor without an address shares with all others of that kind. */
  takeVisit(visitor: string | null): void {
    this.#visitors.spend(visitor ?? 'behind a proxy', visitorRate, tooFast);
  }

  takeRequest(person: string): void {
    this.#people.spend(person, personRate, tooFast);
  }

  /** Holds the bytes of a request until it is answered. RATE_LIMITED if there are too many. */
  hold(holder: string, request: IncomingMessage, response: ServerResponse, isFile = false): void {
    const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
    const declared = encoding === undefined ? Number(length ?? 0) : bodyBytesMax;
    const bytes = isFile ? pieceBytes : Math.max(Math.min(declared || 0, bodyBytesMax), requestBytesMin);
    if (!this.#bytes.admits(holder))
      throw refusal('RATE_LIMITED', said('people.full'), { retryAfterSeconds: 1 });
    this.#bytes.take(holder, bytes);
    response.once('close', () => this.#bytes.free(holder, bytes));
  }

  /** A stream keeps its connection as long as its reader likes. RATE_LIMITED if the person has too many. */
  holdStream(person: string, response: ServerResponse): void {
    const open = this.#streams.get(person) ?? 0;
    if (open >= streamsMax)
      throw refusal('RATE_LIMITED', said('control.streams', { max: streamsMax }), { retryAfterSeconds: 15 });
    this.#streams.set(person, open + 1);
    response.once('close', () => {
      const left = (this.#streams.get(person) ?? 1) - 1;
      if (left > 0) this.#streams.set(person, left);
      else this.#streams.delete(person);
    });
  }
}

const tooFast = (seconds: number): Said => said('people.too_fast', { seconds });
