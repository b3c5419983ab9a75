import { asciiFromBase64url } from '../../../shared/protocol/coding/base64url.ts';
import { readInviteLink } from '../../../shared/protocol/invites/invite-link.ts';
import { peerInvitePrefix } from '../../../shared/protocol/invites/peer-invite.ts';
import { federationPrefix } from '../../../shared/protocol/transport.ts';
import type { LocalNode } from '../nodes/local-node.ts';
import type { RawPeer } from '../parties/raw-peer.ts';

/** A node whose peers can reach it at the address where it listens. */
export async function reachable(node: LocalNode): Promise<LocalNode> {
  await node.api.changeSettings({ public_url: node.url });
  return node;
}

/** The content of a link, short or long. */
export function fieldsOf(link: string): { readonly token: string } & Readonly<Record<string, string>> {
  const short = readInviteLink(link);
  if (short !== null) return { ...short };
  return JSON.parse(asciiFromBase64url(link.slice(peerInvitePrefix.length)) ?? '');
}

/** The acceptance that a Paracord Node would send for a link; a test may change any part. */
export function offerOf(peer: RawPeer, link: string, change: Record<string, unknown> = {}): string {
  return JSON.stringify({
    token: fieldsOf(link).token,
    server_name: peer.name,
    domain: peer.domain,
    endpoint: peer.url + federationPrefix,
    keys: [
      {
        key_id: peer.keyId,
        algorithm: 'ed25519',
        public_key: peer.signer.publicKey,
        valid_until: peer.validUntil,
      },
    ],
    ...change,
  });
}
