import { limits } from '../../../shared/protocol/limits.ts';
import type { Clock } from '../../kernel/ports.ts';
import { type Rate, RateLimiter, type RateVerdict } from './rate-limiter.ts';

const { perMinute, burst } = limits.peerBytes;
const bytesRate: Rate = { requests_per_minute: perMinute, burst };

/** The work of an event that makes us look at others, in units of a simple one. */
export const changeWork = 5;

/** How much work a rate of requests allows. */
const workRate = (rate: Rate): Rate => ({
  requests_per_minute: rate.requests_per_minute * limits.workPerRequest,
  burst: rate.burst * limits.workPerRequest,
});

/**
 * Limits a peer besides its number of requests: bytes in both directions, and work. The cost of a request is
 * known only afterwards. It is charged then, and later requests wait until it has been made up for.
 */
export class PeerBudgets {
  readonly #bytes: RateLimiter;
  readonly #work: RateLimiter;

  constructor(clock: Clock) {
    this.#bytes = new RateLimiter(clock);
    this.#work = new RateLimiter(clock);
  }

  /** Whether both have something left. `rate`: the peer's rate of requests, which determines its work. */
  check(server: string, rate: Rate): RateVerdict {
    const bytes = this.#bytes.look(server, bytesRate);
    return bytes.ok ? this.#work.look(server, workRate(rate)) : bytes;
  }

  chargeBytes(server: string, bytes: number): void {
    this.#bytes.charge(server, bytes);
  }

  /** Charges work, in units of one simple event. */
  chargeWork(server: string, units: number): void {
    this.#work.charge(server, units);
  }
}
