import { ProtocolError } from '../../shared/protocol/errors.ts';
import {
  type InviteLink,
  readInviteLink,
  readInviteOffer,
  writeInviteLink,
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
import type { Keyring } from '../identity/keyring.ts';
import { BoundedMap } from '../kernel/bounded-map.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';

/** The content of a link, completed by the inviter's offer if the link is short. */
export interface Invite extends PeerInvite {
  readonly room?: { readonly room_id: string; readonly name: string } | undefined;
}

/** Reads short and long links; `offer` is the result of `fetchOffer`. BAD_REQUEST says what is wrong. */
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

/** A short link with zeros in place of its token. The signature of a long link covers its token, so that one stays. */
export function withoutToken(link: string): string {
  const short = shortLink(link);
  return short === null ? link : writeInviteLink({ ...short, token: '0'.repeat(short.token.length) }).web;
}

const offersMax = 20;

/** The offers for short links. */
export class Offers {
  readonly #parts: Asking;
  /** By link. With its offer, an invite can be accepted even if its server has gone offline since. */
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
  readonly keyring: Pick<Keyring, 'keys'>;
  readonly client: FederationClient;
  readonly directory: PeerDirectory;
}

/**
 * Asks a short link's server for the offer; null for a long link. The token isn't sent: the server hasn't proved
 * anything yet, not even by its certificate. Its answer counts only if the link's key signed it.
 */
async function fetchOffer(parts: Asking, link: string): Promise<string | null> {
  const short = shortLink(link);
  if (short === null) return null;
  if (parts.keyring.keys().some(({ publicKey }) => publicKey === short.public_key))
    throw refusal('BAD_REQUEST', said('pairing.own'), { details: { reason: 'own' } });
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

/** The offer is signed, so an untrusted certificate does no harm. */
async function readWithAnyCertificate(client: FederationClient, link: InviteLink): Promise<HttpResult> {
  const url = `${link.base}${federationPrefix}/peers/invite/${link.id}`;
  const answer = await client.read(url, { byOwner: true, tlsSha256: null });
  const seen = client.seenCertificate(url);
  if (answer.kind !== 'network' || answer.code !== 'CERTIFICATE_REFUSED' || seen === null) return answer;
  return client.read(url, { byOwner: true, tlsSha256: seen });
}

/** Someone who opens a link again that they used themselves wants to know that all is well. */
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

/** What the receiver of a link reads if it can't be used; other refusals come from pairing itself. */
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
