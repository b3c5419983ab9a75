import assert from 'node:assert/strict';
import {
  type InviteOffer,
  readInviteLink,
  writeInviteLink,
  writeInviteOffer,
} from '../../../shared/protocol/invites/invite-link.ts';
import { federationPrefix } from '../../../shared/protocol/transport.ts';
import type { LocalNode } from '../nodes/local-node.ts';
import type { RawPeer } from '../parties/raw-peer.ts';

/** A node whose peers can reach it at the address where it listens. */
export async function reachable(node: LocalNode): Promise<LocalNode> {
  await node.api.changeSettings({ public_url: node.url });
  return node;
}

/** A link as this peer would make it, and its offer, changed before it is signed, at the server that listens there. */
export function linkOf(peer: RawPeer, change: Partial<InviteOffer> = {}, at = peer): string {
  const id = '0a'.repeat(8);
  const offer: InviteOffer = {
    id,
    status: 'pending',
    server_name: peer.name,
    domain: peer.domain,
    endpoint: at.url + federationPrefix,
    key_id: peer.keyId,
    public_key: peer.signer.publicKey,
    expires_at: Date.now() + 60_000,
    ...change,
  };
  const body = writeInviteOffer(offer, (text) => peer.signer.sign(text));
  at.handlers.set(`/peers/invite/${id}`, () => ({ status: 200, body }));
  return writeInviteLink({ base: at.url, id, token: '01'.repeat(16), public_key: peer.signer.publicKey }).web;
}

export const tokenOf = (link: string): string =>
  readInviteLink(link)?.token ?? assert.fail(`no link: ${link}`);

/** The acceptance that a Paracord Node would send for a link; a test may change any part. */
export function offerOf(peer: RawPeer, link: string, change: Record<string, unknown> = {}): string {
  return JSON.stringify({
    token: tokenOf(link),
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
