import { limits } from '../../../shared/protocol/limits.ts';
import type { Clock } from '../../kernel/ports.ts';
import { type Rate, RateLimiter, type RateVerdict } from './rate-limiter.ts';

const { perMinute, burst } = limits.peerBytes;
const bytesRate: Rate = { requests_per_minute: perMinute, burst };

/** The work that goes with a rate of requests. */
const workRate = (rate: Rate): Rate => ({
  requests_per_minute: rate.requests_per_minute * limits.workPerRequest,
  burst: rate.burst * limits.workPerRequest,
});

/**
 * What a peer may use of this server beside its number of requests: bytes in both directions, and work. What a request
 * takes is known when it is over. It is charged then, and the requests after it wait until that is made up for.
 */
export class PeerBudgets {
  readonly #bytes: RateLimiter;
  readonly #work: RateLimiter;

  constructor(clock: Clock) {
    this.#bytes = new RateLimiter(clock);
    this.#work = new RateLimiter(clock);
  }

  /** Whether there is something left of both. `rate`: the peer's rate of requests, which its work goes by. */
  check(server: string, rate: Rate): RateVerdict {
    const bytes = this.#bytes.look(server, bytesRate);
    return bytes.ok ? this.#work.look(server, workRate(rate)) : bytes;
  }

  chargeBytes(server: string, bytes: number): void {
    this.#bytes.charge(server, bytes);
  }

  /** In units of one plain event. */
  chargeWork(server: string, units: number): void {
    this.#work.charge(server, units);
  }
}
