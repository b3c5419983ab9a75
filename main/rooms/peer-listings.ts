import * as v from 'valibot';
import { type Listing, readListing, readSignedListing } from '../../shared/protocol/answers/listing.ts';
import { readBody } from '../../shared/protocol/bodies.ts';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import type { FederationClient } from '../client/federation-client.ts';
import type { Verifier } from '../crypto/verifier.ts';
import type { Tell } from '../facts.ts';
import type { Keyring } from '../identity/keyring.ts';
import { BoundedMap } from '../kernel/bounded-map.ts';
import type { Log } from '../kernel/log.ts';
import type { Clock } from '../kernel/ports.ts';
import type { KeyResolver } from '../trust/keys/key-resolver.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import { calleeOf } from '../trust/peer-rows.ts';

/** A listing that was read this recently isn't read again. */
const freshMs = 60_000;
/** Limits how many peers are asked at once when someone looks for people. */
const askedAtOnce = 8;
const keptMax = 500;
const answerBytesMax = 512 * 1024;
const readMs = 10_000;
/** How long someone who sends an invite has to wait at most. */
const lookupMs = 3_000;

interface KnownListing extends Listing {
  /** Unix ms. */
  readonly readAt: number;
}

interface Deps {
  readonly directory: PeerDirectory;
  readonly client: Pick<FederationClient, 'call'>;
  readonly keys: Pick<KeyResolver, 'transportKey'>;
  readonly verifier: Pick<Verifier, 'verify'>;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly log: Log;
  readonly tell: Tell;
}

/**
 * Lists of trusted peers, if they run Paracord Node. Kept only in memory, so a change at the peer shows within a
 * minute.
 */
export class PeerListings {
  readonly #deps: Deps;
  readonly #known = new BoundedMap<string, KnownListing>(keptMax);
  readonly #triedAt = new BoundedMap<string, number>(keptMax);
  readonly #running = new Map<string, Promise<KnownListing>>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Whether this peer can be asked. */
  canAsk(server: string): boolean {
    const { directory } = this.#deps;
    const peer = directory.get(server);
    return peer?.endpoint != null && directory.isAllowed(server) && directory.answers(server, 'directory');
  }

  /**
   * Reads the peer's list, now unless it was read a moment ago. SERVICE_UNAVAILABLE if it doesn't answer, FORBIDDEN or
   * BAD_REQUEST if its answer isn't signed by it or can't be read.
   */
  read(server: string): Promise<KnownListing> {
    const known = this.of(server);
    if (known && this.#deps.clock.now() - known.readAt < freshMs) return Promise.resolve(known);
    const running = this.#running.get(server);
    if (running) return running;
    const reading = this.#read(server).finally(() => this.#running.delete(server));
    this.#running.set(server, reading);
    return reading;
  }

  /** The last listing of a peer; none if it isn't trusted. */
  of(server: string): KnownListing | null {
    return this.#deps.directory.isAllowed(server) ? (this.#known.get(server) ?? null) : null;
  }

  /** All known listings. Starts reading missing and old ones, a few at a time; `listing-read` follows for each. */
  all(): { readonly server: string; readonly listing: KnownListing }[] {
    const { directory, clock, log } = this.#deps;
    const now = clock.now();
    const servers = directory.all().map((peer) => peer.server_name);
    const isDue = (server: string) => now - (this.#triedAt.get(server) ?? -Infinity) >= freshMs;
    const due = servers.filter((server) => isDue(server) && this.canAsk(server));
    for (const server of due.slice(0, Math.max(0, askedAtOnce - this.#running.size)))
      this.read(server).catch((error) => log.debug({ err: error, peer: server }, 'could not read a listing'));
    return servers.flatMap((server) => {
      const listing = this.of(server);
      return listing ? [{ server, listing }] : [];
    });
  }

  /** Whether a user exists; `null` if their server can't say now. */
  async hasUser(server: string, userId: string): Promise<boolean | null> {
    if (!this.canAsk(server)) return null;
    const answer = await this.#ask(server, `/directory/user?user_id=${encodeURIComponent(userId)}`, lookupMs);
    try {
      return answer === null ? null : readBody(UserAnswer, answer).exists;
    } catch {
      return null;
    }
  }

  async #read(server: string): Promise<KnownListing> {
    const { directory, keys, verifier, keyring, clock, tell } = this.#deps;
    this.#triedAt.set(server, clock.now());
    const body = this.canAsk(server) ? await this.#ask(server, '/directory') : null;
    if (body === null) throw refusal('SERVICE_UNAVAILABLE', said('peer.listing_unread', { server }));
    try {
      const { text, key_id, signature } = readSignedListing(body);
      if (!(await verifier.verify(text, signature, await keys.transportKey(server, key_id))))
        throw refusal('FORBIDDEN', said('wire.listing_wrong', { server }));
      const now = clock.now();
      const listing = readListing(text, {
        server,
        asker: keyring.serverName,
        now,
        isOf: (domain) => directory.serverOf(domain) === server,
      });
      const known = { ...listing, readAt: now };
      this.#known.set(server, known);
      directory.noteAnswered(server, 'directory');
      tell({ fact: 'listing-read', server });
      return known;
    } catch (error) {
      if (error instanceof ProtocolError) directory.noteUnanswered(server, 'directory');
      throw error;
    }
  }

  /** The text of an answer, or null. */
  async #ask(server: string, path: string, timeoutMs = readMs): Promise<string | null> {
    const { directory, client } = this.#deps;
    const peer = directory.get(server);
    const callee = peer ? calleeOf(peer) : null;
    if (!callee) return null;
    const answer = await client.call(callee, { method: 'GET', path, timeoutMs, answerBytesMax });
    if (answer.kind !== 'answer') return null;
    if (answer.status === 404 || answer.status === 405) directory.noteUnanswered(server, 'directory');
    return answer.status === 200 ? answer.body : null;
  }
}

const UserAnswer = v.object({ exists: v.boolean() });
