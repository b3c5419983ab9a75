import { KeysNotice, readBody, ServerKeys } from '../../../shared/protocol/bodies.ts';
import { normalizeServerName } from '../../../shared/protocol/identifiers.ts';
import { provenKeys } from '../../../shared/protocol/key-chain.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import { refusal } from '../../../shared/words/refusal.ts';
import { type Said, said, saidOf } from '../../../shared/words/said.ts';
import type { FederationClient } from '../../client/federation-client.ts';
import { tuning } from '../../config.ts';
import { verifySignature } from '../../crypto/ed25519.ts';
import { BoundedMap } from '../../kernel/bounded-map.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { KeyRow, PeerRow } from '../../store/tables/peer-store.ts';
import { allKeys, fetchKeys } from '../discovery/discovery.ts';
import type { PeerDirectory } from '../peer-directory.ts';
import { calleeOf } from '../peer-rows.ts';
import type { Warn } from '../warnings.ts';
import { acceptedUntil, currentKey } from './key-validity.ts';
import { homeOf, homeSource } from './known-keys.ts';

interface Deps {
  readonly directory: PeerDirectory;
  readonly client: FederationClient;
  readonly clock: Clock;
  readonly warn: Warn;
}

/** Short, because a home may learn the keys soon after it was asked. */
const deniedMs = 10_000;
const deniedMax = 1000;

/**
 * Answers that say nothing about the keys. A request that was in transit while this computer was asleep gets a 401,
 * because it was signed too long ago.
 */
const unjudged: ReadonlySet<number> = new Set([401, 408, 409, 425, 429]);

/** The time for which events of a third server are retried if nobody could be asked for its keys. */
const unansweredMsMax = 15 * 60_000;

/** The word of a room's home about a third server, before anything signed by that server has been verified. */
export interface Hearsay {
  readonly home: string;
  readonly serverName: string;
  readonly domain: string;
  readonly keys: ServerKeys['keys'];
}

/** The time for which a home's answer is reused. */
const toldMs = 10_000;
const toldMax = 100;

/** Fetches public keys of other servers, from them or from a room's home, and pins them at first sight. */
export class KeyPins {
  readonly #directory: PeerDirectory;
  readonly #client: FederationClient;
  readonly #clock: Clock;
  readonly #warn: Warn;
  readonly #running = new Map<string, Promise<void>>();
  /** When a peer's keys were last read because of an unknown one. */
  readonly #readAt = new Map<string, number>();
  /** The running requests, by home and third server, and when the home last said that it has no keys. */
  readonly #asking = new Map<string, Promise<Hearsay | null>>();
  readonly #told = new BoundedMap<string, { readonly hearsay: Hearsay; readonly at: number }>(toldMax);
  readonly #deniedAt = new BoundedMap<string, number>(deniedMax);
  /** Since when a room's home has not provided a third server's keys. */
  readonly #unansweredSince = new BoundedMap<string, number>(deniedMax);

  constructor(deps: Deps) {
    this.#directory = deps.directory;
    this.#client = deps.client;
    this.#clock = deps.clock;
    this.#warn = deps.warn;
  }

  /** A key that the server itself published. */
  get(serverName: string, keyId: string): KeyRow | undefined {
    return this.#directory.key(serverName, keyId);
  }

  /** The same; if it is new, an allowed peer's keys are read again first. */
  async find(serverName: string, keyId: string): Promise<KeyRow | undefined> {
    const known = this.get(serverName, keyId);
    if (known) return known;
    const peer = this.#directory.get(serverName);
    if (!peer || !this.#directory.isAllowed(serverName)) return undefined;
    await this.#refresh(peer);
    return this.get(serverName, keyId);
  }

  /**
   * Reads a peer's keys again: one reading however many callers wait for it, and none for a while after it, because
   * every made-up key ID asks for one, and a hostile peer has a new key for each.
   */
  #refresh(peer: PeerRow): Promise<void> {
    const name = peer.server_name;
    const running = this.#running.get(name);
    if (running) return running;
    const now = this.#clock.now();
    const before = this.#readAt.get(name) ?? Number.NEGATIVE_INFINITY;
    if (Math.abs(now - before) < tuning.keyReadGapMs) return Promise.resolve();
    this.#readAt.set(name, now);
    const fetch = this.#fetchAndPin(peer)
      .catch((error: Error) =>
        this.#warn(name)(said('peer.keys_unread', { server: name, why: saidOf(error) })),
      )
      .finally(() => this.#running.delete(name));
    this.#running.set(name, fetch);
    return fetch;
  }

  async #fetchAndPin(peer: PeerRow): Promise<void> {
    const callee = calleeOf(peer);
    if (!callee) return;
    const answer = await fetchKeys(this.#client, callee, peer.server_name);
    await this.pin(peer.server_name, answer.keys);
  }

  /**
   * Pins a server's own keys at first sight. The same key ID with another key is refused and the owner warned. Returns
   * the warnings.
   */
  async pin(serverName: string, keys: ServerKeys['keys']): Promise<Said[]> {
    const { rows, gone, warnings } = this.#judge(serverName, keys);
    if (rows.length > 0) await this.#directory.putKeys(rows, undefined, gone);
    return warnings;
  }

  /**
   * A peer reports its keys in a signed request. New ones count only if the chain proves them from a key that is accepted
   * now. Of those that are accepted, the one that expires last may be renewed. BAD_REQUEST for anything else than keys.
   */
  async takeNotice(serverName: string, text: string): Promise<void> {
    const { keys } = readBody(KeysNotice, text);
    const now = this.#clock.now();
    const held = this.#directory
      .keysOf(serverName)
      .filter((key) => key.source === 'peer' && acceptedUntil(key) >= now);
    const told = keys.map((key) => ({ ...key, chain: key.chain ?? null }));
    const publicKeys = new Map(held.map((key) => [key.key_id, key.public_key]));
    const proven = provenKeys(serverName, publicKeys, told, verifySignature);
    // Someone who stole an older key may not make it count for longer, nor end the one that replaced it.
    const renewed = proven.length === 0 ? currentKey(held)?.key_id : undefined;
    const known = told.flatMap((key) => {
      const before = held.find(({ key_id }) => key_id === key.key_id);
      if (before === undefined) return [];
      const pick = key.key_id === renewed ? Math.max : Math.min;
      return [{ ...key, valid_until: pick(key.valid_until, before.valid_until) }];
    });
    await this.pin(serverName, [...known, ...proven]);
  }

  /** The same for a server's own keys, inside an open transaction: all of them or, with a warning, none. */
  pinWithin(serverName: string, keys: ServerKeys['keys']): Said[] {
    const { rows, gone, warnings } = this.#judge(serverName, keys);
    if (warnings.length === 0) this.#directory.putKeysWithin(rows, gone);
    return warnings;
  }

  /**
   * Inside a transaction, for a server that the owner lets in again after it started over: its earlier keys verify only
   * what is older than now. None changes if one of them has the ID of another.
   */
  beginAgainWithin(serverName: string, keys: ServerKeys['keys']): Said[] {
    const { rows, gone, warnings } = this.#judge(serverName, keys);
    if (warnings.length > 0) return warnings;
    const now = this.#clock.now();
    const ended = this.#directory
      .keysOf(serverName)
      .filter((key) => !gone.includes(key) && !keys.some(({ key_id }) => key_id === key.key_id))
      .map((key) => ({ ...key, ended_at: key.ended_at ?? now }));
    this.#directory.putKeysWithin([...rows.map((row) => ({ ...row, ended_at: null })), ...ended], gone);
    this.#directory.readAnewWithin(serverName);
    return [];
  }

  #judge(
    serverName: string,
    keys: ServerKeys['keys'],
  ): { readonly rows: KeyRow[]; readonly gone: KeyRow[]; readonly warnings: Said[] } {
    const warnings: Said[] = [];
    const rows: KeyRow[] = [];
    for (const key of keys) {
      const before = this.#directory.key(serverName, key.key_id);
      if (before && before.public_key !== key.public_key) {
        warnings.push(said('peer.key_differs', { server: serverName, key: key.key_id }));
        continue;
      }
      rows.push({
        ...this.#rowOf(serverName, key, before),
        source: before?.source ?? 'peer',
        extended_at: before?.extended_at ?? null,
        extended_until: before?.extended_until ?? null,
        ended_at: before?.ended_at ?? null,
        chain: key.chain ? JSON.stringify(key.chain) : (before?.chain ?? null),
      });
      for (const told of this.#directory.toldKeys(serverName))
        if (told.key_id === key.key_id && told.public_key !== key.public_key)
          this.#warn(serverName)(
            said('peer.home_differs', { home: homeOf(told), server: serverName, key: key.key_id }),
          );
    }
    for (const warning of warnings) this.#warn(serverName)(warning);
    return { rows, gone: surplus(this.#directory.keysOf(serverName), keys), warnings };
  }

  #rowOf(serverName: string, key: ServerKeys['keys'][number], before: KeyRow | undefined): KeyRow {
    return {
      server_name: serverName,
      key_id: key.key_id,
      public_key: key.public_key,
      valid_until: key.valid_until,
      source: 'peer',
      first_seen_at: before?.first_seen_at ?? this.#clock.now(),
      extended_at: null,
      extended_until: null,
      ended_at: null,
      chain: null,
      domain: null,
    };
  }

  /**
   * Asks a room's home for a third server's keys (`GET keys?server_name=`, our extension). Nothing is stored: see
   * `adopt`. Null if the home doesn't know them either, SERVICE_UNAVAILABLE if it doesn't answer. Many events of that
   * server cause one request, and not another for a while.
   */
  askHome(home: PeerRow, serverName: string): Promise<Hearsay | null> {
    const question = `${home.server_name} ${serverName}`;
    const now = this.#clock.now();
    const since = now - (this.#deniedAt.get(question) ?? Number.NEGATIVE_INFINITY);
    if (since >= 0 && since < deniedMs) return Promise.resolve(null);
    const told = this.#told.get(question);
    if (told && now - told.at >= 0 && now - told.at < toldMs) return Promise.resolve(told.hearsay);
    const running = this.#asking.get(question);
    if (running) return running;
    const asking = this.#askHome(home, serverName)
      .then((learnt) => {
        if (learnt === null) this.#deniedAt.set(question, this.#clock.now());
        else this.#told.set(question, { hearsay: learnt, at: this.#clock.now() });
        return learnt;
      })
      .finally(() => this.#asking.delete(question));
    this.#asking.set(question, asking);
    return asking;
  }

  /**
   * Stores keys from a home, once something signed by the server has been verified with them. They count in that home's
   * rooms alone: no home has a say about what others tell. The owner is warned if two of them name different keys. False
   * if the name is taken.
   */
  async adopt({ home, serverName, domain, keys }: Hearsay): Promise<boolean> {
    const directory = this.#directory;
    if (directory.rivalOf(serverName, domain) !== null) return false;
    const known = directory.toldKeys(serverName);
    const source = homeSource(home);
    for (const { key_id: key, public_key } of keys)
      for (const other of known)
        if (other.key_id === key && other.public_key !== public_key)
          this.#warn(home)(
            other.source === source
              ? said('peer.home_changed', { home, server: serverName, key })
              : said('peer.homes_differ', { home, other: homeOf(other), server: serverName, key }),
          );
    const mine = known.filter((key) => key.source === source);
    const rows = keys.map((key) => {
      const before = mine.find(({ key_id }) => key_id === key.key_id);
      return { ...this.#rowOf(serverName, key, before), source, domain };
    });
    await directory.putTold(home, serverName, domain, rows, surplus(mine, keys));
    return true;
  }

  async #askHome(home: PeerRow, serverName: string): Promise<Hearsay | null> {
    const callee = calleeOf(home);
    const name = home.server_name;
    const isLooked = this.#directory.isOfOurKind(name) !== null;
    if (!callee || (isLooked && !this.#directory.answers(name, 'keys.of'))) return null;
    // Whether it can be asked is known once its discovery document has been read.
    if (!isLooked) return this.#waitFor(name, serverName);
    const path = `/keys?server_name=${encodeURIComponent(serverName)}`;
    const answer = await this.#client.call(callee, { method: 'GET', path });
    if (answer.kind !== 'answer' || unjudged.has(answer.status) || answer.status >= 500)
      return this.#waitFor(home.server_name, serverName);
    this.#unansweredSince.delete(serverName);
    if (answer.status !== 200) return null;
    let told: ServerKeys;
    let domain: string;
    try {
      told = await allKeys(readBody(ServerKeys, answer.body), async (after) => {
        const more = await this.#client.call(callee, {
          method: 'GET',
          path: `${path}&after=${encodeURIComponent(after)}`,
        });
        return more.kind === 'answer' && more.status === 200 ? readBody(ServerKeys, more.body) : null;
      });
      domain = normalizeServerName(told.domain ?? serverName);
    } catch {
      this.#directory.noteUnanswered(name, 'keys.of');
      return null;
    }
    // A server that doesn't know the question answers with its own keys.
    if (told.server_name !== serverName) this.#directory.noteUnanswered(name, 'keys.of');
    if (told.server_name !== serverName || told.keys.length === 0) return null;
    this.#directory.noteAnswered(name, 'keys.of');
    if (this.#directory.rivalOf(serverName, domain) !== null) return null;
    return { home: name, serverName, domain, keys: told.keys };
  }

  /** Being unreachable isn't a refusal: SERVICE_UNAVAILABLE, so that the event is sent again. But not forever. */
  #waitFor(home: string, serverName: string): null {
    const now = this.#clock.now();
    const before = this.#unansweredSince.get(serverName) ?? Number.NEGATIVE_INFINITY;
    const since = now - before > 2 * unansweredMsMax ? now : before;
    this.#unansweredSince.set(serverName, since);
    if (now - since > unansweredMsMax) return null;
    throw refusal('SERVICE_UNAVAILABLE', said('peer.keys_unavailable', { server: serverName, home }), {
      details: {
        reason: 'key_unknown',
        scope: 'event',
      },
    });
  }
}

/** Older keys that give way, so that a server that serves others each time has no more than some dozens. */
const surplus = (known: readonly KeyRow[], served: ServerKeys['keys']): KeyRow[] =>
  known
    .filter((key) => !served.some(({ key_id }) => key_id === key.key_id))
    .sort((a, b) => b.first_seen_at - a.first_seen_at)
    .slice(Math.max(0, limits.serverKeysMax - served.length));
