import * as v from 'valibot';
import { recallLimits, writeRecall } from '../../shared/protocol/answers/recall.ts';
import { KeyChain } from '../../shared/protocol/key-chain.ts';
import { said } from '../../shared/words/said.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Clock } from '../kernel/ports.ts';
import { isErased } from '../store/erased-body.ts';
import type { Tables } from '../store/ports.ts';
import type { RoomRow } from '../store/tables/rooms/room-store.ts';
import { RateLimiter } from '../trust/limits/rate-limiter.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';

/** Enough for a few thousand rooms at once. */
const recallRate = { requests_per_minute: 30, burst: 60 };

/** Tells a peer that lost data what we know about it: only what it may read here anyway. */
export class RecallAnswers {
  readonly #store: Tables<'rooms' | 'events' | 'recovery'>;
  readonly #directory: PeerDirectory;
  readonly #keyring: Pick<Keyring, 'serverName'>;
  readonly #limiter: RateLimiter;

  constructor(deps: {
    readonly store: Tables<'rooms' | 'events' | 'recovery'>;
    readonly directory: PeerDirectory;
    readonly keyring: Pick<Keyring, 'serverName'>;
    readonly clock: Clock;
  }) {
    this.#store = deps.store;
    this.#directory = deps.directory;
    this.#keyring = deps.keyring;
    this.#limiter = new RateLimiter(deps.clock);
  }

  /** The page after the room `after`. RATE_LIMITED for a peer that asks too often. */
  answer(asker: string, after: string): string {
    this.#checkRate(asker);
    const rooms: { roomId: string; events: string[] }[] = [];
    const all = this.#roomsOf(asker).filter(({ room_id }) => room_id > after);
    let bytes = 0;
    for (const room of all.slice(0, recallLimits.roomsMax)) {
      const events = this.#proofs(room, asker);
      rooms.push({ roomId: room.room_id, events });
      bytes += events.reduce((sum, body) => sum + body.length, 0);
      if (bytes >= recallLimits.pageBytesMax) break;
    }
    const last = rooms.at(-1)?.roomId ?? null;
    return writeRecall({
      rooms,
      keys: after === '' ? this.#keysOf(asker) : [],
      next: rooms.length < all.length ? last : null,
    });
  }

  /**
   * The asker's invites to our users and ours to its users, or what revoked them. RATE_LIMITED for a peer that asks too
   * often.
   */
  invites(asker: string): string {
    this.#checkRate(asker);
    const { recovery } = this.#store;
    const domains = [asker, this.#directory.get(asker)?.domain ?? asker] as const;
    const all = [
      ...recovery.lastInvitesOf(asker, recallLimits.invitesMax),
      ...recovery.lastInvitesBy(this.#keyring.serverName, domains, recallLimits.invitesMax),
    ];
    const bodies: string[] = [];
    let bytes = 0;
    for (const body of all) {
      bytes += body.length;
      if (bytes > recallLimits.pageBytesMax) break;
      bodies.push(body);
    }
    return `{"events":[${bodies.join(',')}]}`;
  }

  #checkRate(asker: string): void {
    this.#limiter.spend(asker, recallRate, (seconds) => said('wire.rate_recall', { seconds }));
  }

  /** Rooms it is the home of, and those in which it has or had a member; by ID. */
  #roomsOf(asker: string): RoomRow[] {
    const joined = new Set(this.#store.rooms.roomsOf(asker));
    return this.#store.rooms
      .rooms()
      .filter((row) => row.home === asker || joined.has(row.room_id))
      .sort((a, b) => (a.room_id < b.room_id ? -1 : 1));
  }

  /** Events that the asker signed, and may read. */
  #proofs(room: RoomRow, asker: string): string[] {
    const { events, recovery } = this.#store;
    const info = room.home === asker ? events.byId(room.info_event_id) : undefined;
    const last = recovery.lastEventOf(room.room_id, asker);
    const bodies = [info && !isErased(info) ? info.body : undefined, last];
    return [...new Set(bodies.filter((body) => body !== undefined))];
  }

  #keysOf(asker: string) {
    return this.#directory
      .keysOf(asker)
      .filter((key) => key.source === 'peer')
      .sort((a, b) => b.first_seen_at - a.first_seen_at)
      .slice(0, recallLimits.keysMax)
      .map(({ key_id, public_key, valid_until, chain }) => ({
        key_id,
        public_key,
        valid_until,
        chain: chain === null ? null : v.parse(KeyChain, JSON.parse(chain)),
      }));
  }
}
