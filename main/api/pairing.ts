import type { PeerInviteView } from '../../shared/api/pairing-views.ts';
import { readSaid, type Said, said } from '../../shared/words/said.ts';
import { fingerprint } from '../identity/fingerprint.ts';
import type { Acceptance } from '../pairing/acceptances.ts';
import type { MadeInvite } from '../pairing/peer-invites.ts';
import type { ApiParts } from './parts.ts';
import { peerViews } from './peers.ts';
import type { SaidApi } from './said-api.ts';

type PairingApi = Pick<
  SaidApi,
  | 'makePeerInvite'
  | 'peerInvites'
  | 'revokePeerInvite'
  | 'previewPeerInvite'
  | 'acceptPeerInvite'
  | 'waitingAcceptances'
  | 'giveUpAcceptance'
>;

export function pairingApi(parts: ApiParts): PairingApi {
  const { peerInvites, acceptances, directory, changes, ports } = parts;
  const view = (invite: MadeInvite): PeerInviteView => ({
    id: invite.id,
    link: statusOf(invite, ports.clock.now()) === 'pending' ? invite.link : null,
    status: statusOf(invite, ports.clock.now()),
    made_at: invite.made_at,
    expires_at: invite.expires_at,
    used_by: invite.used_by,
    used_at: invite.used_at,
  });
  return {
    async makePeerInvite(input) {
      const seconds = input.expires_in_seconds;
      const invite = await peerInvites.make(seconds === undefined ? undefined : seconds * 1000);
      changes.publish({ topic: 'peer-invites' });
      return view(invite);
    },
    async peerInvites() {
      return { items: peerInvites.list().map(view), next: null };
    },
    async revokePeerInvite(input) {
      const invite = await peerInvites.revoke(input.id);
      changes.publish({ topic: 'peer-invites' });
      return view(invite);
    },
    async previewPeerInvite(input) {
      const invite = acceptances.preview(input.link);
      return {
        server_name: invite.server_name,
        domain: invite.domain,
        endpoint: invite.endpoint,
        key_id: invite.key_id,
        fingerprint: fingerprint(invite.public_key),
        tls_sha256: invite.tls_sha256 ?? null,
        expires_at: invite.expires_at,
        is_peer: directory.isAllowed(invite.server_name),
      };
    },
    async acceptPeerInvite(input) {
      const { invite, state } = await acceptances.accept(input.link);
      const peer = directory.get(invite.server_name);
      return {
        server_name: invite.server_name,
        state,
        text: acceptanceText(state, invite.server_name),
        peer: peer ? peerViews(parts)(peer) : null,
      };
    },
    async waitingAcceptances() {
      const items = acceptances.waiting().map(({ server_name, accepted_at, expires_at, last_error }) => ({
        server_name,
        accepted_at,
        expires_at,
        last_error: last_error === null ? null : readSaid(last_error),
      }));
      return { items, next: null };
    },
    async giveUpAcceptance(input) {
      await acceptances.giveUp(input.server_name);
      return { done: true };
    },
  };
}

function statusOf(invite: MadeInvite, now: number): PeerInviteView['status'] {
  if (invite.used_at !== null) return 'used';
  if (invite.revoked_at !== null) return 'revoked';
  return invite.expires_at <= now ? 'expired' : 'pending';
}

function acceptanceText(state: Acceptance, server: string): Said {
  switch (state) {
    case 'connected':
      return said('pairing.state_connected', { server });
    case 'waiting':
      return said('pairing.state_waiting', { server });
    case 'their_turn':
      return said('pairing.state_their_turn', { server });
  }
}
