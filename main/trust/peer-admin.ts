import type { PeerLimits, PeerMode } from '../../shared/api/views/peer-views.ts';
import { normalizeServerName } from '../../shared/protocol/identifiers.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { quoted, type Said, said, saidOf, sentences } from '../../shared/words/said.ts';
import type { FederationClient } from '../client/federation-client.ts';
import type { Tell } from '../facts.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Clock } from '../kernel/ports.ts';
import type { Tables } from '../store/ports.ts';
import { newPeer, type PeerRow } from '../store/tables/peer-store.ts';
import { type Decision, decisionOf } from './decision.ts';
import { proveTypedAddress } from './discovery/address-proof.ts';
import { type Discovered, discover, fetchKeys } from './discovery/discovery.ts';
import { baseUrl } from './discovery/endpoint.ts';
import type { KeyPins } from './keys/key-pins.ts';
import type { PeerDirectory } from './peer-directory.ts';
import { calleeOf } from './peer-rows.ts';

interface PeerChange {
  readonly mode?: PeerMode | undefined;
  readonly reason?: string | null | undefined;
  readonly until?: number | null | undefined;
  readonly limits?: PeerLimits | null | undefined;
  readonly endpoint?: string | undefined;
}

interface PeerAdminDeps {
  readonly store: Tables<'outbox' | 'writer'>;
  readonly directory: PeerDirectory;
  readonly pins: KeyPins;
  readonly keyring: Keyring;
  readonly client: FederationClient;
  readonly clock: Clock;
  readonly tell: Tell;
}

type Key = Pick<Discovered['keys'][number], 'key_id' | 'public_key'>;

const isSameKey = (one: Key, other: Key): boolean =>
  one.key_id === other.key_id && one.public_key === other.public_key;

/** Carries out what the owner does about other servers: add, trust, block, quarantine, forget. */
export class PeerAdmin {
  readonly #deps: PeerAdminDeps;
  readonly #expiries = new Map<string, () => void>();

  constructor(deps: PeerAdminDeps) {
    this.#deps = deps;
  }

  /** Announces peers to which nothing is sent, and waits for decisions that expire. */
  start(): void {
    const { directory } = this.#deps;
    for (const { server_name, endpoint } of directory.all()) {
      if (!directory.isAllowed(server_name) || endpoint === null) directory.tellStanding(server_name);
      this.#watchExpiry(server_name);
    }
  }

  stop(): void {
    for (const cancel of this.#expiries.values()) cancel();
  }

  /** Temporary blocks end on time. */
  #watchExpiry(server: string): void {
    const { directory, clock } = this.#deps;
    this.#expiries.get(server)?.();
    this.#expiries.delete(server);
    const until = directory.get(server)?.until ?? null;
    if (until === null || until <= clock.now()) return;
    const cancel = clock.after(until - clock.now(), () => {
      directory.tellStanding(server);
      this.#watchExpiry(server);
    });
    this.#expiries.set(server, cancel);
  }

  /** Looks up the server, pins its keys, and trusts it as requested. Adding a peer again updates it, and lifts no restriction. */
  async add(wanted: {
    readonly endpoint?: string | undefined;
    readonly serverName?: string | undefined;
    readonly mode?: PeerMode | undefined;
    /** The only key to pin. */
    readonly key?: { readonly key_id: string; readonly public_key: string } | undefined;
  }): Promise<PeerRow> {
    const { directory, keyring, pins, clock, store, tell } = this.#deps;
    const ownName = keyring.serverName;
    const name = wanted.serverName === undefined ? null : normalizeServerName(wanted.serverName);
    const mode = wanted.mode ?? 'allow';
    if (name === ownName) throw refusal('BAD_REQUEST', said('peer.own_name', { server: ownName }));
    if (wanted.endpoint === undefined && name !== null && mode === 'block') return this.#blockUnseen(name);
    const found = await this.#find(name, wanted.endpoint);
    if (found.serverName === ownName) throw refusal('BAD_REQUEST', said('peer.own_address'));
    if (name !== null && name !== found.serverName && name !== found.domain)
      throw refusal('CONFLICT', said('peer.other_there', { found: found.serverName, name }));
    if (found.keys.length === 0)
      throw refusal('SERVICE_UNAVAILABLE', said('peer.no_keys', { server: found.serverName }));
    const { key } = wanted;
    const keys = key === undefined ? found.keys : found.keys.filter((one) => isSameKey(one, key));
    if (keys.length === 0)
      throw refusal('CONFLICT', said('peer.key_not_there', { server: found.serverName }));
    await store.writer.write((tx) => {
      this.#makeRoomFor(found);
      const warnings = pins.pinWithin(found.serverName, keys);
      const [first, ...more] = warnings;
      if (first) throw refusal('CONFLICT', sentences(first, ...more));
      const before = directory.get(found.serverName);
      directory.putWithin({
        ...(before ?? newPeer(found.serverName, found.domain)),
        domain: found.domain,
        endpoint: found.endpoint,
        endpoint_by_owner: found.endpointByOwner ? 1 : 0,
        tls_sha256: found.tlsSha256,
        known_through: null,
        extensions: found.extensions.join(' '),
        discovered_at: clock.now(),
        ...(wanted.mode === undefined && this.#restriction(found.serverName) !== null
          ? {}
          : this.#decision(found.serverName, mode)),
      });
      tx.afterCommit(() => {
        tell({ fact: 'owner-decided', server: found.serverName });
        directory.tellStanding(found.serverName);
      });
    });
    return this.required(found.serverName);
  }

  /**
   * Two servers with the same name could speak for each other's users. A server that we only know from others gives way
   * to a real one; CONFLICT if the other is real as well. Inside a transaction.
   */
  #makeRoomFor({ serverName, domain }: Discovered): void {
    const { directory } = this.#deps;
    const other = directory.rivalOf(serverName, domain);
    if (other !== null)
      throw refusal('CONFLICT', said('peer.name_taken', { server: serverName, domain, other }));
    directory.makeRoomWithin(serverName, domain);
  }

  /** The server's standing if the owner has restricted it, and that has not ended. */
  #restriction(server: string): 'block' | 'quarantine' | null {
    const standing = this.#deps.directory.standing(server);
    if (standing === 'blocked') return 'block';
    return standing === 'quarantined' ? 'quarantine' : null;
  }

  #decision(server: string, mode: PeerMode): Decision | null {
    const { directory } = this.#deps;
    return decisionOf(mode, {
      standing: directory.standing(server),
      after: directory.get(server)?.mode_after ?? null,
      hasKey: directory.keysOf(server).some(({ domain }) => domain === null),
    });
  }

  /** A server can be blocked before there was any contact. */
  async #blockUnseen(typed: string): Promise<PeerRow> {
    const { directory, tell } = this.#deps;
    const name = directory.serverOf(typed);
    const peer = directory.get(name) ?? newPeer(name, name);
    const saved = directory.put({ ...peer, ...this.#decision(name, 'block') }, (tx) =>
      tx.afterCommit(() => directory.tellStanding(name)),
    );
    tell({ fact: 'owner-decided', server: name });
    await saved;
    return this.required(name);
  }

  async #find(name: string | null, endpoint: string | undefined): Promise<Discovered> {
    const { client } = this.#deps;
    if (endpoint !== undefined) return discover(client, baseUrl(endpoint), name);
    if (name === null) throw refusal('BAD_REQUEST', said('peer.address_needed'));
    const bases = [`https://${name}`, `https://${name}:8448`];
    const failures: Said[] = [];
    for (const base of bases) {
      try {
        return await discover(client, base, name);
      } catch (error) {
        failures.push(saidOf(error));
      }
    }
    const [first = quoted(''), ...more] = failures;
    throw refusal(
      'SERVICE_UNAVAILABLE',
      said('peer.not_found', { server: name, why: sentences(first, ...more) }),
    );
  }

  /** An address is checked before it is saved. If it is refused, nothing changes. */
  async change(serverName: string, change: PeerChange): Promise<PeerRow> {
    const { directory, clock, tell } = this.#deps;
    const peer = this.required(serverName);
    const decision = change.mode === undefined ? {} : this.#decision(peer.server_name, change.mode);
    if (decision === null)
      throw refusal('BAD_REQUEST', said('peer.refused_add_first', { server: serverName }));
    if (change.until != null && change.until <= clock.now()) throw refusal('BAD_REQUEST', said('peer.past'));
    const next: Partial<Record<keyof PeerRow, unknown>> = { ...decision };
    if (change.reason !== undefined) next.reason = change.reason;
    if (change.until !== undefined) next.until = change.until;
    if (change.limits !== undefined) {
      next.requests_per_minute = change.limits?.requests_per_minute ?? null;
      next.burst = change.limits?.burst ?? null;
    }
    if (change.endpoint !== undefined) {
      const proven = await proveTypedAddress(this.#deps, peer, baseUrl(change.endpoint));
      next.endpoint = proven.endpoint;
      next.tls_sha256 = proven.tlsSha256;
      next.endpoint_by_owner = 1;
      // The owner may have forgotten the peer while the address was looked at.
      this.required(peer.server_name);
    }
    const saved = directory.change(peer.server_name, next as Partial<PeerRow>);
    // Takes effect before it is on disk, so delivery knows before anything else is sent.
    this.#watchExpiry(peer.server_name);
    if (change.mode !== undefined) tell({ fact: 'owner-decided', server: peer.server_name });
    directory.tellStanding(peer.server_name);
    await saved;
    return this.required(peer.server_name);
  }

  /** Forgets everything about a server, including events that wait for it. */
  async forget(serverName: string): Promise<void> {
    const { directory, store, tell } = this.#deps;
    const { server_name } = this.required(serverName);
    const forgotten = directory.forget(server_name, (tx) => {
      store.outbox.clear(server_name);
      tx.afterCommit(() => {
        this.#watchExpiry(server_name);
        directory.tellStanding(server_name);
      });
    });
    tell({ fact: 'owner-decided', server: server_name });
    await forgotten;
  }

  /** Accepts expired keys forever: only those that the peer itself still publishes. */
  async extendKeys(serverName: string): Promise<PeerRow> {
    const { directory, pins, clock, client, tell } = this.#deps;
    const peer = this.required(serverName);
    const callee = calleeOf(peer);
    if (!callee) throw refusal('SERVICE_UNAVAILABLE', said('peer.keys_where', { server: peer.server_name }));
    const { keys: published } = await fetchKeys(client, callee, peer.server_name);
    await pins.pin(peer.server_name, published);
    const now = clock.now();
    const expired = directory
      .keysOf(peer.server_name)
      .filter((key) => key.valid_until < now && key.ended_at === null);
    const extended = expired.filter((key) =>
      published.some((each) => each.key_id === key.key_id && each.public_key === key.public_key),
    );
    if (expired.length > 0 && extended.length === 0)
      throw refusal('CONFLICT', said('peer.keys_gone', { server: peer.server_name }));
    const rows = extended.map((key) => ({ ...key, extended_at: now, extended_until: null }));
    await directory.putKeys(rows, (tx) =>
      // Events that were refused in the meantime, for lack of a valid key, can still be read.
      tx.afterCommit(() => tell({ fact: 'key-extended', server: peer.server_name, missed: true })),
    );
    return peer;
  }

  /** NOT_FOUND for a server that is not a peer. */
  required(serverName: string): PeerRow {
    const peer = this.#deps.directory.get(this.#deps.directory.serverOf(normalizeServerName(serverName)));
    if (!peer) throw refusal('NOT_FOUND', said('peer.unknown', { server: serverName }));
    return peer;
  }
}
