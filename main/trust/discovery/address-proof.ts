import { WellKnown } from '../../../shared/protocol/bodies.ts';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import { federationPrefix, wellKnownPath } from '../../../shared/protocol/transport.ts';
import { refusal } from '../../../shared/words/refusal.ts';
import { type Said, said, saidOf } from '../../../shared/words/said.ts';
import type { FederationClient } from '../../client/federation-client.ts';
import type { CallPolicy, HttpResult } from '../../client/http.ts';
import type { PeerRow } from '../../store/tables/peer-store.ts';
import type { PeerDirectory } from '../peer-directory.ts';
import { fetchKeys, isSameServer, mayHidePage, understand, whyNotOf } from './discovery.ts';

interface Deps {
  readonly client: FederationClient;
  readonly directory: PeerDirectory;
}

/** The endpoint serves a key that is pinned for this peer. CONFLICT if it does not. */
export async function proveKeys(
  { client, directory }: Deps,
  peer: PeerRow,
  endpoint: string,
  policy: CallPolicy,
): Promise<void> {
  const { keys } = await fetchKeys(client, { endpoint, policy }, peer.server_name);
  const pinned = directory.keysOf(peer.server_name);
  const isPinned = ({ key_id, public_key }: (typeof keys)[number]) =>
    pinned.some((one) => one.key_id === key_id && one.public_key === public_key);
  if (!keys.some(isPinned))
    throw refusal(
      'CONFLICT',
      said('peer.none_pinned', { url: new URL(endpoint).origin, server: peer.server_name }),
    );
}

interface ProvenAddress {
  readonly endpoint: string;
  /** The pinned key of its certificate; `null` for one that the system trusts, and for plain http. */
  readonly tlsSha256: string | null;
}

/**
 * Checks who answers at an address that the owner typed for a peer: it must return the peer's name and serve a pinned
 * key. A self-signed certificate must have the key pinned for the peer; if none is pinned, it is pinned at first sight,
 * as when a peer is added. Every refusal names the next step, and then nothing has changed.
 */
export async function proveTypedAddress(deps: Deps, peer: PeerRow, base: string): Promise<ProvenAddress> {
  const name = peer.server_name;
  const url = base + wellKnownPath;
  const { answer, policy } = await readTyped(deps.client, peer, url);
  // The keys, which follow, name their server, too.
  if (!mayHidePage(peer, answer)) {
    const info = await orNextStep(
      () => understand(WellKnown, answer, url),
      (why) => said('peer.prove_reach_fix', { why }),
    );
    if (!isSameServer(info.server_name, name))
      throw refusal(
        'CONFLICT',
        said('peer.prove_other', { url: base, found: info.server_name, server: name }),
      );
    const why = whyNotOf(info, peer);
    if (why !== null) throw refusal('CONFLICT', why);
  }
  const endpoint = base + federationPrefix;
  await orNextStep(
    () => proveKeys(deps, peer, endpoint, policy),
    (why) => said('peer.prove_key_fix', { why, server: name }),
  );
  return { endpoint, tlsSha256: policy.tlsSha256 };
}

async function readTyped(
  client: FederationClient,
  peer: PeerRow,
  url: string,
): Promise<{ readonly answer: HttpResult; readonly policy: CallPolicy }> {
  const trusted: CallPolicy = { byOwner: true, tlsSha256: null };
  const answer = await client.read(url, trusted);
  if (answer.kind !== 'network' || answer.code !== 'CERTIFICATE_REFUSED') return { answer, policy: trusted };
  const seen = client.seenCertificate(url);
  if (seen === null) return { answer, policy: trusted };
  if (peer.tls_sha256 !== null && peer.tls_sha256 !== seen)
    throw refusal(
      'CONFLICT',
      said('peer.prove_certificate', { url: new URL(url).origin, server: peer.server_name }),
    );
  const pinned: CallPolicy = { byOwner: true, tlsSha256: seen };
  return { answer: await client.read(url, pinned), policy: pinned };
}

/** Says what went wrong, that nothing was changed, and what to do next. */
async function orNextStep<T>(attempt: () => T | Promise<T>, withNext: (why: Said) => Said): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const details = error.details ? { details: error.details } : {};
    throw refusal(error.code, withNext(saidOf(error)), details);
  }
}
