import type { Envelope } from '../../shared/protocol/events/envelope.ts';
import type { Meaning } from '../../shared/protocol/events/event-content.ts';
import { limits } from '../../shared/protocol/limits.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { type Said, said } from '../../shared/words/said.ts';
import { BoundedMap } from '../kernel/bounded-map.ts';
import type { Clock } from '../kernel/ports.ts';
import type { Tables } from '../store/ports.ts';
import { RateLimiter } from '../trust/limits/rate-limiter.ts';
import type { RoomShares } from '../trust/limits/room-shares.ts';
import type { Warn } from '../trust/warnings.ts';
import type { RoomRegistry } from './projection/room-registry.ts';
import type { VerifiedEvent } from './verify.ts';

/** Remembers the most recently changed messages and users only. */
const rememberedMax = 10_000;

/** The tables' answers about some events. */
export interface PaceFacts {
  /** Events that are stored already. */
  readonly stored: ReadonlyMap<string, unknown>;
  /** How long the author of a message should have waited after their last one, in ms. */
  readonly pauses: ReadonlyMap<VerifiedEvent, number>;
  /** How many invites of a server count against its limit. */
  readonly invites: ReadonlyMap<string, number>;
  /** Events beyond what their sender may have stored in the room. */
  readonly beyondShare: ReadonlySet<VerifiedEvent>;
}

interface PaceDeps {
  readonly store: Tables<'events' | 'messages' | 'rooms'>;
  readonly registry: Pick<RoomRegistry, 'get' | 'pauseBefore'>;
  readonly shares: Pick<RoomShares, 'isFull'>;
  readonly clock: Clock;
  readonly warn: Warn;
}

/**
 * How fast another server may change one message or one user's membership, or invite our users, and how much of a room
 * it may bring. Anything beyond is delayed but never lost: a sender keeps it in its outbox, and a reader reads it again.
 */
export class Pace {
  readonly #deps: PaceDeps;
  readonly #invites: RateLimiter;
  readonly #effects: RateLimiter;
  readonly #memberships: RateLimiter;
  readonly #newUsers: RateLimiter;
  readonly #moderations: RateLimiter;
  readonly #hasty: RateLimiter;
  /** The place of the last message of a user in a room with slow mode. */
  readonly #spoken = new BoundedMap<string, number>(rememberedMax);

  constructor(deps: PaceDeps) {
    this.#deps = deps;
    const { clock } = deps;
    this.#invites = new RateLimiter(clock);
    this.#effects = new RateLimiter(clock, rememberedMax);
    this.#memberships = new RateLimiter(clock, rememberedMax);
    this.#newUsers = new RateLimiter(clock, rememberedMax);
    this.#moderations = new RateLimiter(clock, rememberedMax);
    this.#hasty = new RateLimiter(clock, rememberedMax);
  }

  /**
   * Loads what `check` looks at for these events: one query for each kind of question, however many events there are.
   */
  load(events: readonly VerifiedEvent[]): PaceFacts {
    const { store, clock } = this.#deps;
    const changing = events.filter(({ meaning }) => changedBy(meaning) !== null);
    const inviting = changing.filter(({ meaning }) => meaning.kind === 'invite');
    const pauses = this.#pauses(events);
    return {
      stored: store.events.storedOf([...changing, ...pauses.keys()].map(({ envelope }) => envelope.event_id)),
      pauses,
      invites: store.rooms.countInvites(
        [...new Set(inviting.map(({ envelope }) => envelope.origin_server))],
        clock.now() - limits.revokedInviteMs,
      ),
      beyondShare: this.#beyondShare(events),
    };
  }

  /** The messages that are subject to slow mode. Those that another server passes on were counted there. */
  #pauses(events: readonly VerifiedEvent[]): ReadonlyMap<VerifiedEvent, number> {
    const { registry } = this.#deps;
    const pauses = new Map<VerifiedEvent, number>();
    for (const event of events) {
      const { envelope, meaning, hop } = event;
      if (meaning.kind !== 'message' || hop !== envelope.origin_server) continue;
      const room = registry.get(envelope.room_id);
      const pauseMs = room ? registry.pauseBefore(room, envelope) : 0;
      if (pauseMs > 0) pauses.set(event, pauseMs);
    }
    return pauses;
  }

  /** A message that is shown can be deleted even then, once: that makes the room smaller. */
  #beyondShare(events: readonly VerifiedEvent[]): ReadonlySet<VerifiedEvent> {
    const full = new Map<string, boolean>();
    const beyond = events.filter(({ envelope: { room_id: room }, hop }) => {
      if (hop === null) return false;
      const key = `${hop} ${room}`;
      const isFull = full.get(key) ?? this.#deps.shares.isFull(hop, room);
      full.set(key, isFull);
      return isFull;
    });
    const deleted = beyond.flatMap(({ meaning }) => (meaning.kind === 'delete' ? [meaning.target] : []));
    const shown = new Set<string>();
    if (deleted.length > 0)
      for (const message of this.#deps.store.messages.named([...new Set(deleted)]))
        if (message.shown === 1 && message.deleted === 0) shown.add(message.name);
    const mayPass = ({ meaning }: VerifiedEvent) => meaning.kind === 'delete' && shown.delete(meaning.target);
    return new Set(beyond.filter((event) => !mayPass(event)));
  }

  /** Throws RATE_LIMITED if this one of the loaded events comes too soon. Repeats of stored events cost nothing. */
  check(event: VerifiedEvent, { stored, pauses, invites, beyondShare }: PaceFacts): void {
    const { envelope, meaning, hop } = event;
    if (beyondShare.has(event))
      throw refusal('RATE_LIMITED', said('event.room_full', { server: hop ?? '' }), {
        retryAfterSeconds: 3600,
        details: { scope: 'event' },
      });
    const { event_id, origin_server: server, room_id: room } = envelope;
    if (stored.has(event_id)) return;
    const pauseMs = pauses.get(event);
    if (pauseMs !== undefined) this.#slowDown(envelope, pauseMs);
    const changed = changedBy(meaning);
    if (changed === null) return;
    if (changed === 'invites')
      this.#invite(server, invites.get(server) ?? 0, meaning.kind === 'invite' && meaning.revoked);
    else if ('user' in changed) this.membership(server, room, changed.user);
    else
      this.#take(this.#effects, `${server} ${room} ${changed.message}`, limits.messageEffects, (seconds) =>
        said('event.message_pace', { server, seconds }),
      );
  }

  /**
   * The author's own server holds them to slow mode. A few messages that come faster are taken at once, because that server
   * may not have known of it, and the others one after another. Places are compared, not times of arrival, so all that was
   * written in a week without a connection is taken at once.
   */
  #slowDown({ room_id: room, sender, origin_server: server, depth }: Envelope, pauseMs: number): void {
    const key = `${room} ${sender}`;
    const before = this.#spoken.get(key) ?? Number.NEGATIVE_INFINITY;
    const { perMinute, burst } = limits.slowMode;
    const rate = { perMinute: Math.max(perMinute, 60_000 / pauseMs), burst };
    if (depth - before < pauseMs)
      this.#take(this.#hasty, key, rate, (seconds) =>
        said('event.slow_pace', { user: sender, server, seconds }),
      );
    this.#spoken.set(key, Math.max(before, depth));
  }

  /** Called when a server wants to change whether a user is in a room. Throws RATE_LIMITED. */
  membership(server: string, room: string, user: string): void {
    this.#take(this.#memberships, `${server} ${room} ${user}`, limits.memberChanges, (seconds) =>
      said('event.member_pace', { user, seconds }),
    );
  }

  /** Called when a user of a server wants to join a room for the first time. Throws RATE_LIMITED. */
  newUser(server: string, room: string): void {
    this.#take(this.#newUsers, `${server} ${room}`, limits.newUsers, (seconds) =>
      said('event.new_users', { server, seconds }),
    );
  }

  /** Called when a user of a server wants to decide something in a room as its moderator. Throws RATE_LIMITED. */
  moderation(server: string, room: string): void {
    this.#take(this.#moderations, `${server} ${room}`, limits.moderations, (seconds) =>
      said('event.moderation_pace', { server, seconds }),
    );
  }

  /**
   * The owner answers invites by hand, so each server can have only so many open. The others wait on their server. That
   * limit never refuses a revocation, but one frees a place only after a day: otherwise a server could invite someone
   * again and again.
   */
  #invite(server: string, count: number, revokes: boolean): void {
    const max = limits.roomInvitesMax;
    if (count >= max && !revokes) {
      this.#deps.warn(server)(said('peer.many_invites', { server, max }));
      throw refusal('RATE_LIMITED', said('event.many_invites', { server, max }), {
        retryAfterSeconds: 600,
        details: { scope: 'event' },
      });
    }
    this.#take(this.#invites, server, limits.roomInvites, (seconds) =>
      said('event.invite_pace', { server, seconds }),
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

/** After a delete nothing about the message can change, so a delete is never delayed. */
function changedBy(
  meaning: Meaning,
): { readonly message: string } | { readonly user: string } | 'invites' | null {
  if (meaning.kind === 'edit' || meaning.kind === 'reaction') return { message: meaning.target };
  if (meaning.kind === 'invite') return 'invites';
  if (meaning.kind === 'profile') return { user: meaning.user };
  return meaning.kind === 'membership' ? { user: meaning.subject } : null;
}
