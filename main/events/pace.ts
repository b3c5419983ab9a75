import type { Meaning } from '../../shared/protocol/events/event-content.ts';
import { limits } from '../../shared/protocol/limits.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { type Said, said } from '../../shared/words/said.ts';
import type { Clock } from '../kernel/ports.ts';
import type { Tables } from '../store/ports.ts';
import { RateLimiter } from '../trust/rate-limiter.ts';
import type { VerifiedEvent } from './verify.ts';

/** Of messages, and of users, the ones that were changed last are remembered. */
const rememberedMax = 10_000;

/**
 * How fast another server may change one message or one user's membership. What comes faster is delayed and never lost:
 * a sender keeps it in its outbox, a reader reads it again.
 */
export class Pace {
  readonly #store: Tables<'events'>;
  readonly #effects: RateLimiter;
  readonly #memberships: RateLimiter;

  constructor(store: Tables<'events'>, clock: Clock) {
    this.#store = store;
    this.#effects = new RateLimiter(clock, rememberedMax);
    this.#memberships = new RateLimiter(clock, rememberedMax);
  }

  /** Throws RATE_LIMITED, for this one event. Repeats of what is stored cost nothing. */
  check({ envelope, meaning }: VerifiedEvent): void {
    const { event_id, origin_server: server, room_id: room } = envelope;
    const changed = changedBy(meaning);
    if (changed === null || this.#store.events.has(event_id)) return;
    if ('user' in changed) this.membership(server, room, changed.user);
    else
      this.#take(this.#effects, `${server} ${room} ${changed.message}`, limits.messageEffects, (seconds) =>
        said('event.message_pace', { server, seconds }),
      );
  }

  /** A server wants to change whether a user is in a room. Throws RATE_LIMITED. */
  membership(server: string, room: string, user: string): void {
    this.#take(this.#memberships, `${server} ${room} ${user}`, limits.memberChanges, (seconds) =>
      said('event.member_pace', { user, seconds }),
    );
  }

  #take(
    limiter: RateLimiter,
    key: string,
    { perMinute, burst }: { readonly perMinute: number; readonly burst: number },
    why: (seconds: number) => Said,
  ): void {
    const verdict = limiter.take(key, { requests_per_minute: perMinute, burst });
    if (verdict.ok) return;
    const { retryAfterSeconds } = verdict;
    throw refusal('RATE_LIMITED', why(retryAfterSeconds), { retryAfterSeconds, details: { scope: 'event' } });
  }
}

/** A delete ends what can be changed about a message, so it is never delayed. */
function changedBy(meaning: Meaning): { readonly message: string } | { readonly user: string } | null {
  if (meaning.kind === 'edit' || meaning.kind === 'reaction') return { message: meaning.target };
  return meaning.kind === 'membership' ? { user: meaning.subject } : null;
}
