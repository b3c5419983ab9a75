import { parsePeerOffer } from '../../../../shared/protocol/bodies.ts';
import { forbidden, notFound } from '../../../../shared/protocol/errors.ts';
import { invitePagePath } from '../../../../shared/protocol/invites/invite-link.ts';
import { said } from '../../../../shared/words/said.ts';
import type { AddressNotices } from '../../../addresses/address-notices.ts';
import type { DialBack } from '../../../addresses/dial-back.ts';
import { type OwnAddress, pageTrust } from '../../../addresses/own-address.ts';
import type { Keyring } from '../../../identity/keyring.ts';
import type { PeerInvites } from '../../../pairing/peer-invites.ts';
import type { KeyPins } from '../../../trust/keys/key-pins.ts';
import type { ReplayGuard } from '../../../trust/limits/replay-guard.ts';
import type { Authenticator } from '../authenticate.ts';
import type { Callers } from '../callers.ts';
import { invitePage } from '../invite-page.ts';
import {
  answer,
  call,
  checkOrigin,
  type FederationAnswer,
  type FederationRequest,
  type FederationRoute,
} from '../request.ts';

export interface PairingDeps {
  readonly keyring: Keyring;
  readonly authenticator: Authenticator;
  readonly replay: Pick<ReplayGuard, 'keep'>;
  readonly peerInvites: Pick<PeerInvites, 'checkToken' | 'take' | 'offer'>;
  readonly notices: Pick<AddressNotices, 'take'>;
  readonly pins: Pick<KeyPins, 'takeNotice'>;
  readonly dialBack: Pick<DialBack, 'answer'>;
  readonly ownAddress: () => OwnAddress;
}

/** How servers become peers and find each other: invites and addresses. */
export function pairingRoutes(deps: PairingDeps, callers: Callers): FederationRoute[] {
  const { peerInvites, notices, pins, dialBack } = deps;
  return [
    { method: 'GET', path: invitePagePath, handle: async (request) => page(deps, request) },
    // Shows an invite of ours to anyone who has its link (docs/protocol/pairing.md, "The offer").
    call('GET', '/peers/invite/:id', async (request) => ({
      status: 200,
      body: peerInvites.offer(request.params.id ?? '', request.from),
    })),
    call('POST', '/peers/accept', (request) => accept(deps, request)),
    // A peer has a new address (our extension).
    call('POST', '/peers/address', async (request) => {
      const { by, peer } = await callers.peer(request);
      await notices.take(peer, by.text);
      return answer(200, { accepted: true });
    }),
    // A peer that can't be asked has new keys (our extension).
    call('POST', '/peers/keys', async (request) => {
      const { by, peer } = await callers.peer(request);
      await pins.takeNotice(peer.server_name, by.text);
      return answer(200, { accepted: true });
    }),
    // “Can you reach me?” (our extension).
    call('POST', '/reach', async (request) => {
      const { peer } = await callers.peer(request);
      return answer(200, await dialBack.answer(peer));
    }),
  ];
}

/** The answer to an invite of ours, from a stranger (docs/protocol/pairing.md, "The acceptance"). */
async function accept(
  { authenticator, replay, peerInvites, keyring }: PairingDeps,
  request: FederationRequest,
): Promise<FederationAnswer> {
  const by = await authenticator.authenticateStranger(request, (text, claim) => {
    const offer = parsePeerOffer(text);
    checkOrigin(offer.server_name, claim.origin);
    const key = offer.keys.find((one) => one.key_id === claim.keyId);
    if (!key) throw forbidden(said('wire.key_not_offered', { key: claim.keyId }));
    peerInvites.checkToken(offer, key.public_key);
    return key.public_key;
  });
  await replay.keep(by.signature);
  await peerInvites.take(parsePeerOffer(by.text), by.publicKey);
  return answer(200, {
    accepted: true,
    server_name: keyring.serverName,
    key_id: keyring.active().keyId,
  });
}

/** The page for someone who opened an invite of ours in a browser. */
function page({ keyring, ownAddress }: PairingDeps, request: FederationRequest): FederationAnswer {
  if (!keyring.isSetUp) throw notFound(said('wire.nothing_at', { path: invitePagePath }));
  return invitePage(keyring.serverName, pageTrust(ownAddress()), request.header('accept-language')[0]);
}
