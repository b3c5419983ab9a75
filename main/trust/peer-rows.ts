import type { Callee } from '../client/federation-client.ts';
import type { PeerRow } from '../store/tables/peer-store.ts';

/** A server that we only know from others. */
export function newPeer(serverName: string, domain: string, now: number): PeerRow {
  return {
    server_name: serverName,
    domain,
    endpoint: null,
    endpoint_by_owner: 0,
    mode: 'known',
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
    added_at: now,
    extensions: null,
    discovered_at: null,
  };
}

/** How to call a peer; null if it can't be called. */
export function calleeOf(peer: PeerRow): (Callee & { readonly server: string }) | null {
  if (peer.endpoint === null) return null;
  return {
    endpoint: peer.endpoint,
    policy: { byOwner: peer.endpoint_by_owner === 1, tlsSha256: peer.tls_sha256 },
    server: peer.server_name,
  };
}
