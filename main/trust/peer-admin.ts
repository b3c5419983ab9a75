import type { PeerLimits, PeerMode } from '../../shared/api/views.ts';
import { normalizeServerName } from '../../shared/protocol/identifiers.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { quoted, type Said, said, saidOf, sentences } from '../../shared/words/said.ts';
import type { FederationClient } from '../client/federation-client.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Clock } from '../kernel/ports.ts';
import type { Store } from '../store/store.ts';
import type { PeerRow } from '../store/tables/peer-store.ts';
import { proveTypedAddress } from './address-proof.ts';
import { type Discovered, discover, fetchKeys } from './discovery.ts';
import { baseUrl } from './endpoint.ts';
import { calleeOf, type KeyResolver, newPeer } from './keys/key-resolver.ts';
import type { PeerDirectory } from './peer-directory.ts';

export interface PeerChange {
  readonly mode?: PeerMode | undefined;
  readonly reason?: string | null | undefined;
  readonly until?: number | null | undefined;
  readonly limits?: PeerLimits | null | undefined;
  readonly endpoint?: string | undefined;
}

/** What the owner does about other servers: add, trust, block, quarantine, forget. */
export class PeerAdmin {
  private readonly parts: {
    readonly store: Store;
    readonly directory: PeerDirectory;
    readonly keys: KeyResolver;
    readonly keyring: Keyring;
    readonly client: FederationClient;
    readonly clock: Clock;
    /** A server's standing may have changed: queued and running traffic follows at once. */
    readonly onStanding: (server: string) => void;
    /** The owner has decided how far a server is trusted; in force already, perhaps not yet on disk. */
    readonly onDecision: (server: string) => void;
  };
  private readonly expiries = new Map<string, () => void>();

  constructor(parts: PeerAdmin['parts']) {
    this.parts = parts;
  }

  start(): void {
    for (const peer of this.parts.directory.all()) this.watchExpiry(peer.server_name);
  }

  stop(): void {
    for (const cancel of this.expiries.values()) cancel();
  }

  /** Blocks that end by themselves end on time. */
  private watchExpiry(server: string): void {
    const { directory, clock, onStanding } = this.parts;
    this.expiries.get(server)?.();
    this.expiries.delete(server);
    const until = directory.get(server)?.until ?? null;
    if (until === null || until <= clock.now()) return;
    const cancel = clock.after(until - clock.now(), () => {
      onStanding(server);
      this.watchExpiry(server);
    });
    this.expiries.set(server, cancel);
  }

  /** Finds the server out, pins its keys, and trusts it as told. Adding a peer again refreshes it. */
  async add(wanted: {
    readonly endpoint?: string | undefined;
    readonly serverName?: string | undefined;
    readonly mode?: PeerMode | undefined;
  }): Promise<PeerRow> {
    const { directory, keyring, keys, clock, onStanding, onDecision } = this.parts;
    const ownName = keyring.serverName;
    const name = wanted.serverName === undefined ? null : normalizeServerName(wanted.serverName);
    const mode = wanted.mode ?? 'allow';
    if (name === ownName) throw refusal('BAD_REQUEST', said('peer.own_name', { server: ownName }));
    if (wanted.endpoint === undefined && name !== null && mode === 'block') return this.blockUnseen(name);
    const found = await this.find(name, wanted.endpoint);
    if (found.serverName === ownName) throw refusal('BAD_REQUEST', said('peer.own_address'));
    if (name !== null && name !== found.serverName && name !== found.domain)
      throw refusal('CONFLICT', said('peer.other_there', { found: found.serverName, name }));
    await this.refuseClaimed(found);
    const warnings = await keys.pin(found.serverName, found.keys, 'peer');
    const [first, ...more] = warnings;
    if (first) throw refusal('CONFLICT', sentences(first, ...more));
    if (found.keys.length === 0)
      throw refusal('SERVICE_UNAVAILABLE', said('peer.no_keys', { server: found.serverName }));
    const before = directory.get(found.serverName);
    const saved = directory.put({
      ...(before ?? newPeer(found.serverName, found.domain, clock.now())),
      domain: found.domain,
      endpoint: found.endpoint,
      endpoint_by_owner: found.endpointByOwner ? 1 : 0,
      tls_sha256: found.tlsSha256,
      known_through: null,
      extensions: found.extensions.join(' '),
      discovered_at: clock.now(),
      mode: wanted.mode ?? (before && before.mode !== 'known' ? before.mode : 'allow'),
    });
    onDecision(found.serverName);
    await saved;
    onStanding(found.serverName);
    return this.required(found.serverName);
  }

  /** Two servers of one name could speak for each other's users. What we only heard of gives way to a real one. */
  private async refuseClaimed({ serverName, domain }: Discovered): Promise<void> {
    const { directory } = this.parts;
    for (;;) {
      const other = directory.claimantOf(serverName, domain);
      if (other === null) return;
      if (directory.get(other)?.mode !== 'known')
        throw refusal('CONFLICT', said('peer.name_taken', { server: serverName, domain, other }));
      await directory.forget(other);
    }
  }

  /** A server can be blocked before it was ever met. */
  private async blockUnseen(typed: string): Promise<PeerRow> {
    const { directory, clock, onStanding, onDecision } = this.parts;
    const name = directory.serverOf(typed);
    const saved = directory.put({
      ...(directory.get(name) ?? newPeer(name, name, clock.now())),
      mode: 'block',
    });
    onDecision(name);
    await saved;
    onStanding(name);
    return this.required(name);
  }

  private async find(name: string | null, endpoint: string | undefined): Promise<Discovered> {
    const { client } = this.parts;
    if (endpoint !== undefined) return discover(client, baseUrl(endpoint), true);
    if (name === null) throw refusal('BAD_REQUEST', said('peer.address_needed'));
    const bases = [`https://${name}`, `https://${name}:8448`];
    const failures: Said[] = [];
    for (const base of bases) {
      try {
        return await discover(client, base, true);
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

  /** An address is looked at before it is saved. What is refused changes nothing. */
  async change(serverName: string, change: PeerChange): Promise<PeerRow> {
    const { directory, onStanding, onDecision, clock } = this.parts;
    const peer = this.required(serverName);
    if (
      peer.endpoint === null &&
      change.mode !== undefined &&
      change.mode !== 'block' &&
      change.endpoint === undefined
    )
      throw refusal('BAD_REQUEST', said('peer.add_first', { server: serverName }));
    if (change.until != null && change.until <= clock.now()) throw refusal('BAD_REQUEST', said('peer.past'));
    const next: Partial<Record<keyof PeerRow, unknown>> = {};
    if (change.mode !== undefined) {
      next.mode = change.mode;
      next.until = null;
      next.reason = null;
    }
    if (change.reason !== undefined) next.reason = change.reason;
    if (change.until !== undefined) next.until = change.until;
    if (change.limits !== undefined) {
      next.requests_per_minute = change.limits?.requests_per_minute ?? null;
      next.burst = change.limits?.burst ?? null;
    }
    if (change.endpoint !== undefined) {
      const proven = await proveTypedAddress(this.parts, peer, baseUrl(change.endpoint));
      next.endpoint = proven.endpoint;
      next.tls_sha256 = proven.tlsSha256;
      next.endpoint_by_owner = 1;
      // It may have been forgotten while the address was looked at.
      this.required(peer.server_name);
    }
    const saved = directory.change(peer.server_name, next as Partial<PeerRow>);
    // In force before it is on disk, so delivery hears of it before anything else is sent.
    this.watchExpiry(peer.server_name);
    if (change.mode !== undefined) onDecision(peer.server_name);
    onStanding(peer.server_name);
    await saved;
    return this.required(peer.server_name);
  }

  async forget(serverName: string): Promise<void> {
    const { directory, store, onStanding, onDecision } = this.parts;
    const peer = this.required(serverName);
    const forgotten = directory.forget(peer.server_name);
    onDecision(peer.server_name);
    await forgotten;
    await store.writer.write(() => store.outbox.clear(peer.server_name));
    this.watchExpiry(peer.server_name);
    onStanding(peer.server_name);
  }

  /** Accepts keys past their validity, for good: only those the peer itself still publishes. */
  async extendKeys(serverName: string): Promise<PeerRow> {
    const { directory, keys, clock, client } = this.parts;
    const peer = this.required(serverName);
    const callee = calleeOf(peer);
    if (!callee) throw refusal('SERVICE_UNAVAILABLE', said('peer.keys_where', { server: peer.server_name }));
    const { keys: published } = await fetchKeys(client, callee, peer.server_name);
    await keys.pin(peer.server_name, published, 'peer');
    const now = clock.now();
    const expired = directory.keysOf(peer.server_name).filter((key) => key.valid_until < now);
    const extended = expired.filter((key) =>
      published.some((each) => each.key_id === key.key_id && each.public_key === key.public_key),
    );
    if (expired.length > 0 && extended.length === 0)
      throw refusal('CONFLICT', said('peer.keys_gone', { server: peer.server_name }));
    await directory.putKeys(extended.map((key) => ({ ...key, extended_at: now, extended_until: null })));
    return peer;
  }

  /** NOT_FOUND for a server that is no peer. */
  required(serverName: string): PeerRow {
    const peer = this.parts.directory.get(this.parts.directory.serverOf(normalizeServerName(serverName)));
    if (!peer) throw refusal('NOT_FOUND', said('peer.unknown', { server: serverName }));
    return peer;
  }
}
