import type { Extension } from '../../shared/protocol/extensions.ts';
import type { Callee } from '../client/federation-client.ts';
import type { PeerRow } from '../store/tables/peer-store.ts';

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
