/**
 * Decides who may use the console: a browser that opened a login link (which works once) and has the cookie it got.
 * The code is behind the `#` of the link, so it never travels in a request line. Only hashes of codes and cookies are
 * stored.
 */

import { createHash } from 'node:crypto';
import type { ProtocolError } from '../../shared/protocol/errors.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import { BoundedMap } from '../kernel/bounded-map.ts';
import type { Clock, Random } from '../kernel/ports.ts';
import type { SessionRow } from '../store/tables/access-store.ts';
import { RateLimiter } from '../trust/limits/rate-limiter.ts';
import { Endings } from './callers.ts';
import { readUserAgent } from './user-agent.ts';

export const sessionMsMax = 30 * 86_400_000;
const codeMsMax = 15 * 60_000;
const codesMax = 32;
const secretBytes = 32;
/** How often the last use of a session is saved and its cookie renewed. */
const touchEveryMs = 86_400_000;
const attempts = { requests_per_minute: 10, burst: 10 };

/** Keeps sessions across restarts, by their hashes. */
interface SessionKeeper {
  all(): readonly SessionRow[];
  /** Adds a session. Sessions not used since `before` may be deleted. */
  add(session: SessionRow, before: number): Promise<void>;
  used(hash: string, now: number): Promise<void>;
  remove(hash: string): Promise<void>;
}

interface Code {
  readonly expiresAt: number;
  readonly forOwnUser: boolean;
}

export class Logins {
  readonly #keeper: SessionKeeper;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #changed: () => void;
  readonly #limiter: RateLimiter;
  /** The codes, by their hash. */
  readonly #codes = new BoundedMap<string, Code>(codesMax);
  /**
   * Sessions by the hash of their cookie. Read on first use: a start after a restore adds sessions before that.
   */
  #known: Map<string, SessionRow> | undefined;
  /** Connections that end with a session, by the hash of its cookie. */
  readonly #endings = new Endings();

  /** `changed`: a browser was logged in or out. */
  constructor(
    keeper: SessionKeeper,
    { clock, random }: { readonly clock: Clock; readonly random: Random },
    changed: () => void = () => {},
  ) {
    this.#keeper = keeper;
    this.#changed = changed;
    this.#clock = clock;
    this.#random = random;
    this.#limiter = new RateLimiter(clock);
  }

  /**
   * A code for one login, valid for 15 minutes. `forOwnUser`: others can see it, so only a program of this user of the
   * computer can use it.
   */
  makeCode(forOwnUser = false): { readonly code: string; readonly expiresAt: number } {
    const now = this.#clock.now();
    for (const [hash, { expiresAt }] of this.#codes) if (expiresAt <= now) this.#codes.delete(hash);
    const code = this.#secret();
    const expiresAt = now + codeMsMax;
    this.#codes.set(digest(code), { expiresAt, forOwnUser });
    return { code, expiresAt };
  }

  /**
   * Uses up a code and returns the value of the cookie. FORBIDDEN for a code that never existed, was used or has
   * expired, without saying which; RATE_LIMITED after ten of those in a minute. A valid code still works then, so
   * nobody can lock the owner out by guessing. `isOwnUser`: whether this user of the computer sends it; a code that is
   * only for that user stays valid if someone else tries it. `userAgent`: how the browser names itself.
   */
  async redeem(code: string, isOwnUser = async () => false, userAgent = ''): Promise<string> {
    const hash = digest(code);
    if (this.#codes.get(hash)?.forOwnUser && !(await isOwnUser())) throw this.#refusal();
    const found = this.#codes.get(hash);
    this.#codes.delete(hash);
    const now = this.#clock.now();
    if (found === undefined || found.expiresAt <= now) throw this.#refusal();
    const secret = this.#secret();
    const session = {
      ...readUserAgent(userAgent),
      hash: digest(secret),
      created_at: now,
      last_used_at: now,
    };
    await this.#keeper.add(session, now - sessionMsMax);
    this.#sessions.set(session.hash, session);
    this.#changed();
    return secret;
  }

  /** `renew`: the session is valid, and its cookie should be sent again. */
  check(secret: string): 'none' | 'ok' | 'renew' {
    const hash = digest(secret);
    const session = this.#sessions.get(hash);
    const now = this.#clock.now();
    if (session === undefined || now - session.last_used_at > sessionMsMax) return 'none';
    if (now - session.last_used_at < touchEveryMs) return 'ok';
    this.#sessions.set(hash, { ...session, last_used_at: now });
    // If this write is lost, the session ends earlier. Nothing else depends on it.
    this.#keeper.used(hash, now).catch(() => {});
    return 'renew';
  }

  /** The browsers that are logged in, the one that was used last first. */
  list(): SessionRow[] {
    const now = this.#clock.now();
    return [...this.#sessions.values()]
      .filter(({ last_used_at }) => now - last_used_at <= sessionMsMax)
      .sort((a, b) => b.last_used_at - a.last_used_at || b.created_at - a.created_at);
  }

  /** Logs the browser with this ID out. False if the ID is unknown. */
  async end(id: string): Promise<boolean> {
    const session = this.list().find(({ hash }) => sessionId(hash) === id);
    if (session === undefined) return false;
    await this.#end(session.hash);
    return true;
  }

  /** The ID of the browser that has this cookie. */
  idOf(secret: string): string {
    return sessionId(digest(secret));
  }

  /** Rejects if the session can't be ended here. It then stays as it was, as its cookie does. */
  logOut(secret: string): Promise<void> {
    return this.#end(digest(secret));
  }

  async #end(hash: string): Promise<void> {
    await this.#keeper.remove(hash);
    this.#sessions.delete(hash);
    this.#changed();
    this.#endings.end(hash);
  }

  get #sessions(): Map<string, SessionRow> {
    this.#known ??= new Map(this.#keeper.all().map((session) => [session.hash, session]));
    return this.#known;
  }

  #refusal(): ProtocolError {
    this.#limiter.spend('login', attempts, (seconds) => said('login.too_many', { seconds }));
    return refusal('FORBIDDEN', said('login.spent'));
  }

  /** Calls back when this browser logs out. Call the returned function to unsubscribe. */
  whenLoggedOut(secret: string, end: () => void): () => void {
    return this.#endings.when(digest(secret), end);
  }

  #secret(): string {
    return this.#random.bytes(secretBytes).toString('base64url');
  }
}

/** Names a browser without saying what its cookie holds, not even as a hash. */
export const sessionId = (hash: string): string => digest(hash).slice(0, 16);

/** Secrets of 32 random bytes need no slow hash, and looking up a hash leaks nothing through its timing. */
const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
