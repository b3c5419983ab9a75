import { refusal } from '../../../shared/words/refusal.ts';
import type { Said } from '../../../shared/words/said.ts';
import { BoundedMap } from '../../kernel/bounded-map.ts';
import type { Clock } from '../../kernel/ports.ts';

export interface Rate {
  readonly requests_per_minute: number;
  readonly burst: number;
}

/** A peer's own limits, or those for everyone. */
export const rateOf = (
  peer: { readonly requests_per_minute: number | null; readonly burst: number | null } | undefined,
  defaults: Rate,
): Rate => ({
  requests_per_minute: peer?.requests_per_minute ?? defaults.requests_per_minute,
  burst: peer?.burst ?? defaults.burst,
});

export type RateVerdict = { readonly ok: true } | { readonly ok: false; readonly retryAfterSeconds: number };

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * A token bucket for each verified origin, or for each of the last `bucketsMax` others. Fails closed: a rate or clock
 * that is not a number lets nothing through.
 */
export class RateLimiter {
  readonly #buckets: Map<string, Bucket>;
  readonly #clock: Clock;

  constructor(clock: Clock, bucketsMax = Number.POSITIVE_INFINITY) {
    this.#clock = clock;
    this.#buckets = Number.isFinite(bucketsMax) ? new BoundedMap(bucketsMax) : new Map();
  }

  take(server: string, rate: Rate): RateVerdict {
    const verdict = this.look(server, rate);
    if (verdict.ok) this.charge(server, 1);
    return verdict;
  }

  /** Takes a token, or throws as `refuseEarly`. */
  spend(server: string, rate: Rate, why: (seconds: number) => Said): void {
    refuseEarly(this.take(server, rate), why);
  }

  /**
   * Takes as many tokens as something cost. The bucket may go negative, and lets nothing through until it has
   * recovered.
   */
  charge(server: string, cost: number): void {
    const bucket = this.#buckets.get(server);
    if (bucket) bucket.tokens -= cost;
  }

  /** Whether there is a token, without taking it. */
  look(server: string, rate: Rate): RateVerdict {
    const now = this.#clock.now();
    const perMs = rate.requests_per_minute / 60_000;
    const size = Math.max(rate.burst, 1);
    const bucket = this.#buckets.get(server) ?? { tokens: size, at: now };
    const refilled = Math.min(size, bucket.tokens + Math.max(0, now - bucket.at) * perMs);
    const open = rate.requests_per_minute > 0 && refilled >= 1;
    // A value that isn't a number is not stored, or the bucket would stay closed after the rate was corrected.
    if (Number.isFinite(refilled)) this.#buckets.set(server, { tokens: refilled, at: now });
    if (open) return { ok: true };
    const waitMs = perMs > 0 ? (1 - refilled) / perMs : 3_600_000;
    return {
      ok: false,
      retryAfterSeconds: Math.min(3600, Math.max(1, Math.ceil((waitMs || 60_000) / 1000))),
    };
  }
}

/** Throws RATE_LIMITED with this sentence, unless the verdict is good. */
export function refuseEarly(verdict: RateVerdict, why: (seconds: number) => Said): void {
  if (verdict.ok) return;
  const { retryAfterSeconds } = verdict;
  throw refusal('RATE_LIMITED', why(retryAfterSeconds), { retryAfterSeconds });
}
