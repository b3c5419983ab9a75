import type { Extension } from '../../shared/protocol/extensions.ts';
import type { Callee } from '../client/federation-client.ts';
import type { PeerRow } from '../store/tables/peer-store.ts';

/** A server that we only know from others. */
export function newPeer(serverName: string, domain: string): PeerRow {
  return {
    server_name: serverName,
    domain,
    endpoint: null,
    endpoint_by_owner: 0,
    mode: 'known',
    mode_after: null,
    reason: null,
    until: null,
    requests_per_minute: null,
    burst: null,
    tls_sha256: null,
    known_through: null,
    last_seen_at: null,
    pushed_at: null,
    pull_only: 0,
    keys_read_at: null,
    extensions: null,
    discovered_at: null,
    form: null,
    destination: null,
    form_before: null,
    form_since: null,
    addresses_us: 0,
    proved_key: null,
    proved_at: null,
  };
}

/** How to call a peer; null if it can't be called. */
export function calleeOf(peer: PeerRow): (Callee & { readonly server: string }) | null {
  if (peer.endpoint === null) return null;
  return {
    endpoint: peer.endpoint,
    policy: { byOwner: peer.endpoint_by_owner === 1, tlsSha256: peer.tls_sha256 },
    server: peer.server_name,
    ...(isAlwaysAddressed(peer)
      ? { destination: peer.server_name }
      : {
          // A form counts after it was proved: a request in the bare form doesn't say for whom it is.
          ...(peer.form === null ? {} : { destination: peer.destination }),
          learns: true,
          keyId: peer.proved_key,
        }),
  };
}

/** A server that speaks only the addressed form: a Paracord Node. */
export const isAlwaysAddressed = ({ extensions }: Pick<PeerRow, 'extensions'>): boolean =>
  extensions?.split(' ').includes('destination' satisfies Extension) ?? false;
