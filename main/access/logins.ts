/**
 * Who may use the console: a browser that opened a login link, once, and holds the cookie it was given. The link's
 * code is behind the `#`, so it never travels in an address; of codes and cookies only hashes are kept.
 */

import { createHash } from 'node:crypto';
import type { ProtocolError } from '../../shared/protocol/errors.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import { BoundedMap } from '../kernel/bounded-map.ts';
import type { Clock, Random } from '../kernel/ports.ts';
import { RateLimiter } from '../trust/limits/rate-limiter.ts';

export const sessionMsMax = 30 * 86_400_000;
const codeMsMax = 15 * 60_000;
const codesMax = 32;
const secretBytes = 32;
/** How often a session's last use is written down, and its cookie renewed. */
const touchEveryMs = 86_400_000;
const attempts = { requests_per_minute: 10, burst: 10 };

/** Where sessions outlive the process; hashes only. */
export interface SessionKeeper {
  all(): readonly { readonly hash: string; readonly last_used_at: number }[];
  /** Adds one; those not used since `before` may go. */
  add(hash: string, now: number, before: number): Promise<void>;
  used(hash: string, now: number): Promise<void>;
  remove(hash: string): Promise<void>;
}

export class Logins {
  readonly #keeper: SessionKeeper;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #limiter: RateLimiter;
  /** Hash of a code, and until when it counts. */
  readonly #codes = new BoundedMap<string, number>(codesMax);
  /** Hash of a cookie, and when it was last used. Read when first asked for: a restored database has none left. */
  #known: Map<string, number> | undefined;
  /** By hash of a cookie: what its browser holds open. */
  readonly #onLoggedOut = new Map<string, Set<() => void>>();

  constructor(keeper: SessionKeeper, { clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#keeper = keeper;
    this.#clock = clock;
    this.#random = random;
    this.#limiter = new RateLimiter(clock);
  }

  /** A code for one login within 15 minutes. */
  makeCode(): { readonly code: string; readonly expiresAt: number } {
    const now = this.#clock.now();
    for (const [hash, expiresAt] of this.#codes) if (expiresAt <= now) this.#codes.delete(hash);
    const code = this.#secret();
    const expiresAt = now + codeMsMax;
    this.#codes.set(digest(code), expiresAt);
    return { code, expiresAt };
  }

  /**
   * Uses up a code and gives what the cookie holds. FORBIDDEN alike for a code that never was, is used or is too
   * old, and RATE_LIMITED after ten of those in a minute; nobody's guessing keeps a good one out.
   */
  async redeem(code: string): Promise<string> {
    const hash = digest(code);
    const expiresAt = this.#codes.get(hash);
    this.#codes.delete(hash);
    const now = this.#clock.now();
    if (expiresAt === undefined || expiresAt <= now) throw this.#refusal();
    const secret = this.#secret();
    await this.#keeper.add(digest(secret), now, now - sessionMsMax);
    this.#sessions.set(digest(secret), now);
    return secret;
  }

  /** `renew`: the session is good, and its cookie should be sent again. */
  check(secret: string): 'none' | 'ok' | 'renew' {
    const hash = digest(secret);
    const lastUsedAt = this.#sessions.get(hash);
    const now = this.#clock.now();
    if (lastUsedAt === undefined || now - lastUsedAt > sessionMsMax) return 'none';
    if (now - lastUsedAt < touchEveryMs) return 'ok';
    this.#sessions.set(hash, now);
    // Losing this write shortens the session, and nothing else.
    this.#keeper.used(hash, now).catch(() => {});
    return 'renew';
  }

  async logOut(secret: string): Promise<void> {
    this.#sessions.delete(digest(secret));
    for (const end of this.#onLoggedOut.get(digest(secret)) ?? []) end();
    await this.#keeper.remove(digest(secret));
  }

  get #sessions(): Map<string, number> {
    this.#known ??= new Map(this.#keeper.all().map(({ hash, last_used_at }) => [hash, last_used_at]));
    return this.#known;
  }

  #refusal(): ProtocolError {
    const verdict = this.#limiter.take('login', attempts);
    if (verdict.ok) return refusal('FORBIDDEN', said('login.spent'));
    const { retryAfterSeconds } = verdict;
    return refusal('RATE_LIMITED', said('login.too_many', { seconds: retryAfterSeconds }), {
      retryAfterSeconds,
    });
  }

  /** Calls back when this browser logs out; the returned function takes that back. */
  whenLoggedOut(secret: string, end: () => void): () => void {
    const hash = digest(secret);
    const ends = this.#onLoggedOut.get(hash) ?? new Set();
    ends.add(end);
    this.#onLoggedOut.set(hash, ends);
    return () => {
      ends.delete(end);
      if (ends.size === 0) this.#onLoggedOut.delete(hash);
    };
  }

  #secret(): string {
    return this.#random.bytes(secretBytes).toString('base64url');
  }
}

/** Secrets of 32 random bytes need no slow hash, and a lookup by hash reveals nothing by its timing. */
const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
