import { AddressNotice, readBody, WellKnown } from '../../shared/protocol/bodies.ts';
import { badRequest, conflict } from '../../shared/protocol/errors.ts';
import { wellKnownPath } from '../../shared/protocol/transport.ts';
import { said } from '../../shared/words/said.ts';
import type { FederationClient } from '../client/federation-client.ts';
import type { CallPolicy } from '../client/http.ts';
import type { Log } from '../kernel/log.ts';
import type { Clock } from '../kernel/ports.ts';
import type { PeerRow } from '../store/tables/peer-store.ts';
import { proveKeys } from '../trust/discovery/address-proof.ts';
import { isSameServer, understand } from '../trust/discovery/discovery.ts';
import { resolveEndpoint } from '../trust/discovery/endpoint.ts';
import { RateLimiter } from '../trust/limits/rate-limiter.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import { addressScope, type OwnAddress } from './own-address.ts';

const rate = { requests_per_minute: 3, burst: 3 };

interface AddressNoticesDeps {
  readonly directory: PeerDirectory;
  readonly client: FederationClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly ownAddress: () => OwnAddress;
}

/** Handles notices of peers that their address has changed. */
export class AddressNotices {
  readonly #deps: AddressNoticesDeps;
  readonly #limiter: RateLimiter;

  constructor(deps: AddressNoticesDeps) {
    this.#deps = deps;
    this.#limiter = new RateLimiter(deps.clock);
  }

  /**
   * The notice is believed only if the server at the new address has the peer's name and a key we have pinned. The
   * results of the calls go only to our log: the peer chooses where they go, and must not learn what is there.
   */
  async take(peer: PeerRow, text: string): Promise<void> {
    const { directory, log } = this.#deps;
    const { endpoint, tls_sha256 } = readBody(AddressNotice, text);
    const tlsSha256 = tls_sha256 ?? null;
    if (endpoint === peer.endpoint && tlsSha256 === peer.tls_sha256) return;
    const byOwner = mayGoOn(this.#knownAddress(peer), endpoint);
    this.#limiter.spend(peer.server_name, rate, (seconds) => said('wire.rate_moved', { seconds }));
    try {
      await this.#prove(peer, endpoint, { byOwner, tlsSha256 });
    } catch (error) {
      log.info(
        { err: error, peer: peer.server_name, endpoint },
        'an address that a peer reported was not accepted',
      );
      throw conflict(said('wire.address_unproved'));
    }
    // The owner may have changed the peer's mode or address in the meantime.
    const now = directory.get(peer.server_name);
    if (now?.endpoint !== peer.endpoint || !directory.isAllowed(peer.server_name))
      throw conflict(said('wire.address_overtaken'));
    const endpoint_by_owner = byOwner ? 1 : 0;
    const change = { endpoint, endpoint_by_owner, tls_sha256: tlsSha256 } as const;
    await directory.change(peer.server_name, change, (tx) =>
      tx.afterCommit(() => directory.tellStanding(peer.server_name)),
    );
  }

  /**
   * A peer that has not named an address yet was given ours, and may be at the address it comes from (as when it
   * answers an invite).
   */
  #knownAddress(peer: PeerRow): Parameters<typeof mayGoOn>[0] {
    return peer.endpoint === null
      ? { endpoint: this.#deps.ownAddress().endpoint, endpoint_by_owner: 1 }
      : peer;
  }

  async #prove(peer: PeerRow, endpoint: string, policy: CallPolicy): Promise<void> {
    const { client } = this.#deps;
    const base = new URL(endpoint).origin;
    const url = base + wellKnownPath;
    const info = understand(WellKnown, await client.read(url, policy), url);
    if (!isSameServer(info.server_name, peer.server_name))
      throw conflict(said('wire.address_other', { base, found: info.server_name, server: peer.server_name }));
    if (resolveEndpoint(info.federation_endpoint, base) !== endpoint)
      throw badRequest(said('wire.address_declared', { base, endpoint }));
    await proveKeys(this.#deps, peer, endpoint, policy);
  }
}

/**
 * Whether the owner's approval of the peer's current address extends to the one it names now. A peer may point a DNS
 * name wherever it likes, so names are checked when they are called. An address in a private network, or plain http, is
 * accepted only from a peer that already has such an address. BAD_REQUEST for any other.
 */
export function mayGoOn(peer: Pick<PeerRow, 'endpoint' | 'endpoint_by_owner'>, endpoint: string): boolean {
  const named = new URL(endpoint);
  const known = peer.endpoint === null || peer.endpoint_by_owner === 0 ? null : new URL(peer.endpoint);
  const place = addressScope(named);
  const isPrivate = place === 'loopback' || place === 'private';
  if (isPrivate && (known === null || addressScope(known) !== place))
    throw badRequest(said('wire.address_private'));
  if (named.protocol === 'https:') return isPrivate;
  if (known?.protocol !== 'http:' || place === 'name') throw badRequest(said('wire.address_plain'));
  return true;
}
