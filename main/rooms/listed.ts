import { listingText, type SignedListing } from '../../shared/protocol/answers/listing.ts';
import { parseUserId } from '../../shared/protocol/identifiers.ts';
import { limits } from '../../shared/protocol/limits.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import type { Tell } from '../facts.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Clock } from '../kernel/ports.ts';
import type { Tables } from '../store/ports.ts';
import { RateLimiter } from '../trust/limits/rate-limiter.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import type { Actors } from './actors.ts';

interface Deps {
  readonly store: Tables<'listings' | 'users' | 'writer'>;
  readonly keyring: Keyring;
  readonly directory: Pick<PeerDirectory, 'isAllowed' | 'serverOf'>;
  readonly actors: Pick<Actors, 'requireOwner'>;
  readonly clock: Clock;
  readonly tell: Tell;
}

/** The users and rooms of this server that may be found, and what peers can read about them. */
export class Listed {
  readonly #deps: Deps;
  readonly #pages: RateLimiter;
  readonly #users: RateLimiter;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#pages = new RateLimiter(deps.clock);
    this.#users = new RateLimiter(deps.clock);
  }

  /** NOT_FOUND for anyone but a user of this server; CONFLICT if too many are listed. */
  async listUser(userId: string, listed: boolean): Promise<void> {
    const { store, tell } = this.#deps;
    if (!store.users.byUserId(userId)) throw refusal('NOT_FOUND', said('room.no_user', { user: userId }));
    await store.writer.write((tx) => {
      store.listings.setUser(userId, listed);
      this.#checkCount(store.listings.users(limits.listedMax + 1).length);
      tx.afterCommit(() => tell({ fact: 'node-changed' }));
    });
  }

  /**
   * FORBIDDEN for a room of another home, and for users who don't moderate it; CONFLICT if it needs an invite, or too many
   * are listed.
   */
  async listRoom(roomId: string, listed: boolean, user: string): Promise<void> {
    const { store, actors, keyring, tell } = this.#deps;
    const { row } = actors.requireOwner(roomId, user);
    if (listed && row.join_rule !== 'peers')
      throw refusal('CONFLICT', said('room.listed_invite_only', { room: row.name }));
    await store.writer.write((tx) => {
      store.listings.setRoom(roomId, listed);
      this.#checkCount(store.listings.rooms(keyring.serverName, limits.listedMax + 1).length);
      tx.afterCommit(() => tell({ fact: 'room-changed', roomId }));
    });
  }

  #checkCount(count: number): void {
    if (count > limits.listedMax)
      throw refusal('CONFLICT', said('room.listed_too_many', { max: limits.listedMax }));
  }

  /** `GET directory`. RATE_LIMITED for a peer that asks too often. */
  answer(asker: string): SignedListing {
    const { store, keyring, clock } = this.#deps;
    this.#take(this.#pages, asker, limits.listingReads);
    const { keyId, signer, serverName } = keyring.active();
    const text = listingText(serverName, asker, clock.now(), {
      users: store.listings.users(limits.listedMax),
      rooms: store.listings.rooms(serverName, limits.listedMax),
    });
    return { text, key_id: keyId, signature: signer.sign(text) };
  }

  /** `GET directory/user`: whether somebody of this server can be invited, listed or not. RATE_LIMITED as above. */
  hasUser(asker: string, userId: string): boolean {
    const { store, directory, keyring } = this.#deps;
    this.#take(this.#users, asker, limits.userLookups);
    const isOurs = directory.serverOf(parseUserId(userId).server) === keyring.serverName;
    return isOurs && store.users.byUserId(userId) !== undefined && !store.users.isRemoved(userId);
  }

  #take(
    limiter: RateLimiter,
    asker: string,
    { perMinute, burst }: { perMinute: number; burst: number },
  ): void {
    const rate = { requests_per_minute: perMinute, burst };
    limiter.spend(asker, rate, (seconds) => said('wire.rate_directory', { seconds }));
  }
}
