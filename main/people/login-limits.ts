import { type Said, said } from '../../shared/words/said.ts';
import { BoundedMap } from '../kernel/bounded-map.ts';
import { networkOf } from '../kernel/ip.ts';
import type { Clock } from '../kernel/ports.ts';
import { RateLimiter } from '../trust/limits/rate-limiter.ts';

const attempts = { requests_per_minute: 10, burst: 10 };
/** Others are forgotten, the oldest first. */
const keysMax = 10_000;

export const tooMany = (seconds: number): Said => said('login.too_many', { seconds });

/**
 * Slows guessing down: ten wrong passwords a minute from each network, and for each account. An account still opens from
 * a network where it was open lately, so nobody is locked out at home by somebody who guesses elsewhere. The address is
 * null if a proxy hides it.
 */
export class LoginLimits {
  readonly #limiter: RateLimiter;
  readonly #open = new BoundedMap<string, true>(keysMax);

  constructor(clock: Clock) {
    this.#limiter = new RateLimiter(clock, keysMax);
  }

  /** Counts an attempt as a wrong one, until `succeeded`. RATE_LIMITED if there were too many. */
  attempt(userId: string, address: string | null): void {
    for (const key of this.#keys(userId, address)) this.#limiter.spend(key, attempts, tooMany);
  }

  succeeded(userId: string, address: string | null): void {
    for (const key of this.#keys(userId, address)) this.#limiter.charge(key, -1);
    this.seen(userId, address);
  }

  /** The account is in use at this address. */
  seen(userId: string, address: string | null): void {
    if (address === null) return;
    this.#open.set(`${userId} ${networkOf(address)}`, true);
  }

  #keys(userId: string, address: string | null): string[] {
    if (address === null) return [`to ${userId}`];
    const network = networkOf(address);
    const isKnown = this.#open.has(`${userId} ${network}`);
    return [`from ${network}`, ...(isKnown ? [] : [`to ${userId}`])];
  }
}
