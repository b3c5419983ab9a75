import type { AcceptanceView, PeerInviteView } from '../../shared/api/views/pairing-views.ts';
import { plainText } from '../../shared/protocol/coding/plain-text.ts';
import type { Sayable } from '../../shared/words/in-words.ts';
import { readSaid, type Said, said } from '../../shared/words/said.ts';
import { pageTrust } from '../addresses/own-address.ts';
import { fingerprint } from '../identity/fingerprint.ts';
import { nameOf } from '../pairing/acceptance-book.ts';
import { type Acceptances, type Accepted, type Kept, keptDays } from '../pairing/acceptances.ts';
import { isUnderAnotherKey } from '../pairing/invite-trust.ts';
import type { MadeInvite, PeerInvites } from '../pairing/peer-invites.ts';
import type { Tables } from '../store/ports.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import type { SaidApi } from './answer.ts';
import { type PeerViewDeps, peerView } from './peers.ts';
import { calledIn } from './people-names.ts';

export interface PairingDeps extends PeerViewDeps {
  readonly peerInvites: Pick<PeerInvites, 'make' | 'list' | 'revoke' | 'letIn'>;
  readonly acceptances: Pick<Acceptances, 'preview' | 'accept' | 'acceptOrKeep' | 'waiting' | 'giveUp'>;
  readonly directory: PeerDirectory;
  readonly store: Tables<'events' | 'users'>;
}

export function pairingApi(deps: PairingDeps) {
  const { peerInvites, acceptances, directory, store } = deps;
  const view = (invite: MadeInvite): PeerInviteView => ({
    id: invite.id,
    link: invite.status === 'pending' ? (invite.link?.web ?? null) : null,
    app_link: invite.status === 'pending' ? (invite.link?.app ?? null) : null,
    where: invite.at_home === 1 ? 'home' : 'elsewhere',
    page: pageTrust(invite.address),
    room: invite.room_id === null ? null : { room_id: invite.room_id, name: invite.room_name },
    status: invite.status,
    made_at: invite.made_at,
    expires_at: invite.expires_at,
    used_by: invite.used_by,
    used_name:
      invite.used_user === null ? null : plainText(calledIn(store, invite.used_user, invite.room_id), 100),
    used_at: invite.used_at,
    claim: invite.status === 'pending' ? claimOf(invite) : null,
  });
  return {
    async makePeerInvite({ expires_in_seconds: seconds, room_id, where, as }) {
      const ageMs = seconds === undefined ? undefined : seconds * 1000;
      const room = room_id === undefined ? undefined : { id: room_id, as };
      return view(await peerInvites.make(ageMs, room, where));
    },
    async peerInvites() {
      return { items: peerInvites.list().map(view), next: null };
    },
    async revokePeerInvite(input) {
      return view(await peerInvites.revoke(input.id));
    },
    async letInAgain(input) {
      return view(await peerInvites.letIn(input.id));
    },
    async previewPeerInvite(input) {
      const invite = await acceptances.preview(input.link);
      return {
        server_name: invite.server_name,
        domain: invite.domain,
        endpoint: invite.endpoint,
        key_id: invite.key_id,
        fingerprint: fingerprint(invite.public_key),
        tls_sha256: invite.tls_sha256 ?? null,
        expires_at: invite.expires_at,
        inviter: invite.inviter ?? null,
        is_peer: directory.isAllowed(invite.server_name),
        started_over: isUnderAnotherKey(directory, invite.server_name, invite.public_key),
        room: invite.room ?? null,
      };
    },
    async acceptPeerInvite(input) {
      const how = { as: input.as, startedOver: input.started_over };
      const accepted = await (input.wait === true
        ? acceptances.acceptOrKeep(input.link, how)
        : acceptances.accept(input.link, how));
      if ('host' in accepted) return keptView(accepted);
      const { invite, state } = accepted;
      const peer = directory.get(invite.server_name);
      return {
        server_name: invite.server_name,
        state,
        text: acceptanceText(accepted),
        peer: peer ? peerView(deps, peer) : null,
        room: invite.room
          ? { ...invite.room, joined: state === 'connected' && accepted.notJoined === null }
          : null,
      };
    },
    async waitingAcceptances() {
      const items = acceptances.waiting().map((row) => ({
        server_name: nameOf(row),
        accepted_at: row.accepted_at,
        expires_at: row.expires_at,
        last_error: row.last_error === null ? null : readSaid(row.last_error),
      }));
      return { items, next: null };
    },
    async giveUpAcceptance(input) {
      await acceptances.giveUp(input.server_name);
      return { done: true };
    },
  } satisfies Partial<SaidApi>;
}

function claimOf({ claimed_by, claimed_key, claimed_at, let_in_at }: MadeInvite): PeerInviteView['claim'] {
  if (claimed_by === null || claimed_key === null) return null;
  return {
    server_name: claimed_by,
    fingerprint: fingerprint(claimed_key),
    at: claimed_at ?? 0,
    let_in: let_in_at !== null,
  };
}

const keptView = ({ host, fingerprint }: Kept): Sayable<AcceptanceView> => ({
  server_name: host,
  state: 'waiting',
  text: said('pairing.state_kept', { host, days: keptDays, fingerprint }),
  peer: null,
  room: null,
});

function acceptanceText({ invite, state, notJoined, isConnected, asksOwner }: Accepted): Said {
  const server = invite.server_name;
  const room = invite.room?.name;
  switch (state) {
    case 'connected':
      if (room === undefined) return said('pairing.state_connected', { server });
      return notJoined === null
        ? said('pairing.state_joined', { server, room })
        : said('pairing.state_not_joined', { server, room, why: notJoined });
    case 'waiting':
      if (asksOwner) return said('pairing.state_asked', { server });
      return isConnected
        ? said('pairing.state_joining', { server, room: room ?? '' })
        : said('pairing.state_waiting', { server });
    case 'their_turn':
      return said('pairing.state_their_turn', { server });
  }
}
