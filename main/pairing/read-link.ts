import { ProtocolError } from '../../shared/protocol/errors.ts';
import {
  type InviteLink,
  readInviteLink,
  readInviteOffer,
} from '../../shared/protocol/invites/invite-link.ts';
import { type PeerInvite, readPeerInvite } from '../../shared/protocol/invites/peer-invite.ts';
import { limits } from '../../shared/protocol/limits.ts';
import { reasonIn } from '../../shared/protocol/reasons.ts';
import { federationPrefix } from '../../shared/protocol/transport.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { type Said, said, saidOf } from '../../shared/words/said.ts';
import type { FederationClient } from '../client/federation-client.ts';
import { type HttpResult, reasonOfRefusal } from '../client/http.ts';
import { answerText } from '../client/say-network-error.ts';
import { verifySignature } from '../crypto/ed25519.ts';
import { BoundedMap } from '../kernel/bounded-map.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';

/** What a link says, together with what its inviter said about it. */
export interface Invite extends PeerInvite {
  readonly room?: { readonly room_id: string; readonly name: string } | undefined;
}

/** Short links and long ones; `offer` is what `fetchOffer` gave. BAD_REQUEST or CONFLICT says what is wrong with it. */
export function readLink(link: string, offer: string | null, now: number): Invite {
  let host = '';
  try {
    const short = readInviteLink(link);
    if (short === null || offer === null) return readPeerInvite(link, verifySignature, now);
    host = new URL(short.base).host;
    const { id: _, status: __, ...invite } = readInviteOffer(offer, short, verifySignature, now);
    return { ...invite, token: short.token };
  } catch (error) {
    throw retold(error, host);
  }
}

const offersMax = 20;

/** What inviters say about their short links. */
export class Offers {
  readonly #parts: Asking;
  /** By link. It is enough to accept an invite whose server has gone offline since. */
  readonly #seen = new BoundedMap<string, string>(offersMax);

  constructor(parts: Asking) {
    this.#parts = parts;
  }

  /** Null for a long link. Throws as `fetchOffer` does, unless the server only stopped answering. */
  async of(link: string): Promise<string | null> {
    try {
      const offer = await fetchOffer(this.#parts, link);
      if (offer !== null) this.#seen.set(link, offer);
      return offer;
    } catch (error) {
      const seen = this.#seen.get(link);
      if (seen === undefined || !(error instanceof ProtocolError) || error.code !== 'SERVICE_UNAVAILABLE')
        throw error;
      return seen;
    }
  }
}

interface Asking {
  readonly client: FederationClient;
  readonly directory: PeerDirectory;
}

/**
 * Asks a short link's server what it says about the invite; null for a long link. The token stays here: the server has
 * not proven anything yet, not even by its certificate, and what it answers counts only if the link's key signed it.
 */
async function fetchOffer(parts: Asking, link: string): Promise<string | null> {
  const short = shortLink(link);
  if (short === null) return null;
  const host = new URL(short.base).host;
  const answer = await readWithAnyCertificate(parts.client, short);
  if (answer.kind !== 'answer')
    throw refusal('SERVICE_UNAVAILABLE', said('pairing.link_unreachable', { host, why: answerText(answer) }));
  if (answer.status === 200) {
    refuseUsedByUs(parts.directory, answer.body, short);
    return answer.body;
  }
  if (answer.status === 429 || answer.status >= 500)
    throw refusal('SERVICE_UNAVAILABLE', said('pairing.link_busy', { host, status: answer.status }));
  const isOurs = reasonOfRefusal(answer.body) === 'unknown_invite';
  throw refusal('NOT_FOUND', said('pairing.link_unknown', { host }), {
    details: { reason: isOurs ? 'unknown_invite' : 'not_the_inviter' },
  });
}

function shortLink(link: string): InviteLink | null {
  try {
    return readInviteLink(link);
  } catch (error) {
    throw retold(error, '');
  }
}

/** The offer is signed, so a certificate that nobody vouches for is no harm. */
async function readWithAnyCertificate(client: FederationClient, link: InviteLink): Promise<HttpResult> {
  const url = `${link.base}${federationPrefix}/peers/invite/${link.id}`;
  const answer = await client.read(url, { byOwner: true, tlsSha256: null });
  const seen = client.seenCertificate(url);
  if (answer.kind !== 'network' || answer.code !== 'CERTIFICATE_REFUSED' || seen === null) return answer;
  return client.read(url, { byOwner: true, tlsSha256: seen });
}

/** Someone who opens their own used link again wants to know that all is well. */
function refuseUsedByUs(directory: PeerDirectory, offer: string, link: InviteLink): void {
  try {
    readInviteOffer(offer, link, verifySignature, 0);
  } catch (error) {
    const { reason, server_name: server } = (error instanceof ProtocolError && error.details) || {};
    if (reason === 'used' && typeof server === 'string' && directory.isAllowed(server))
      throw refusal('BAD_REQUEST', said('pairing.link_used_peer', { server }), {
        details: { reason, server_name: server },
      });
  }
}

/** What the receiver of a link reads about its faults; the others come from pairing itself. */
const faults: Readonly<Record<string, (server: string, host: string) => Said>> = {
  'link.long': () => said('pairing.link_foreign'),
  'link.foreign': () => said('pairing.link_foreign'),
  'link.cut': () => said('pairing.link_cut'),
  'link.newer': () => said('pairing.link_newer'),
  'link.altered': () => said('pairing.link_altered'),
  'link.damaged': () => said('pairing.link_damaged'),
  'link.not_the_inviter': (_, host) => said('pairing.link_not_the_inviter', { host }),
  'link.used': (server) => said('pairing.link_used', { server }),
  'link.revoked': (server) => said('pairing.link_revoked', { server }),
  'link.expired': (server) => said('pairing.link_expired', { server }),
  'link.endless': (server) =>
    said('pairing.link_endless', { server, days: limits.peerInviteAgeMsMax / 86_400_000 }),
  'link.address': (server) => said('pairing.link_address', { server }),
};

function retold(error: unknown, host: string): unknown {
  const why = faults[saidOf(error).code];
  const reason = reasonIn(error instanceof ProtocolError ? error.details : undefined);
  if (why === undefined || reason === null || !(error instanceof ProtocolError)) return error;
  const text = why(String(error.details?.server_name), host);
  return refusal('BAD_REQUEST', text, { details: { reason } });
}
