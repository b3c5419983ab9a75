import { ProtocolError } from '../../shared/protocol/errors.ts';
import { isAskLink } from '../../shared/protocol/invites/ask-link.ts';
import {
  type InviteLink,
  type InviteOffer,
  readInviteLink,
  readInviteOffer,
  writeInviteLink,
} from '../../shared/protocol/invites/invite-link.ts';
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
import { addressKind, bare } from '../kernel/ip.ts';
import type { Clock } from '../kernel/ports.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';

/** The inviter's offer, and the token of the link. */
export interface Invite extends Omit<InviteOffer, 'id' | 'status'> {
  readonly token: string;
}

/** Reads a link; BAD_REQUEST says what is wrong with it. */
export function readLink(text: string): InviteLink {
  try {
    const link = readInviteLink(text);
    if (link !== null) return link;
  } catch (error) {
    throw retold(error, '');
  }
  const what = said(isAskLink(text) ? 'pairing.link_asks' : 'pairing.link_foreign');
  throw refusal('BAD_REQUEST', what, { details: { reason: 'foreign' } });
}

/** Reads a link with its inviter's offer, the result of `fetchOffer`. BAD_REQUEST says what is wrong. */
export function readInvite(text: string, offer: string, now: number): Invite {
  const link = readLink(text);
  try {
    const { id: _, status: __, ...invite } = readInviteOffer(offer, link, verifySignature, now);
    return { ...invite, token: link.token };
  } catch (error) {
    throw retold(error, new URL(link.base).host);
  }
}

/** The one form of a link: for a browser, without what mail programs add to it. */
export const linkText = (text: string): string => writeInviteLink(readLink(text)).web;

/** The link with zeros in place of its token. */
export function withoutToken(text: string): string {
  const link = readLink(text);
  return writeInviteLink({ ...link, token: '0'.repeat(link.token.length) }).web;
}

function isValid(link: string, offer: string, now: number): boolean {
  try {
    readInvite(link, offer, now);
    return true;
  } catch {
    return false;
  }
}

const offersMax = 20;

/** The offers that inviters make with their links. */
export class Offers {
  readonly #deps: Asking & { readonly clock: Clock };
  /**
   * The offer that a link's key signed, by link. With it, an invite can be accepted even if its server has gone offline
   * since. An answer of someone else at the address isn't kept.
   */
  readonly #seen = new BoundedMap<string, string>(offersMax);

  constructor(deps: Asking & { readonly clock: Clock }) {
    this.#deps = deps;
  }

  /** Throws as `fetchOffer` does, unless the server only stopped answering. */
  async of(link: string): Promise<string> {
    try {
      const offer = await fetchOffer(this.#deps, link);
      if (isValid(link, offer, this.#deps.clock.now())) this.#seen.set(link, offer);
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
 * Asks a link's server for the offer. The token isn't sent: the server hasn't proved anything yet, not even by its
 * certificate. Its answer counts only if the link's key signed it.
 */
async function fetchOffer(deps: Asking, text: string): Promise<string> {
  const link = readLink(text);
  if (deps.keyring.keys().some(({ publicKey }) => publicKey === link.public_key))
    throw refusal('BAD_REQUEST', said('pairing.own'), { details: { reason: 'own' } });
  const { host, hostname } = new URL(link.base);
  const answer = await readWithAnyCertificate(deps.client, link);
  if (answer.kind !== 'answer') {
    const isOfHome = addressKind(bare(hostname)) === 'private';
    const code = isOfHome ? 'pairing.link_unreachable_home' : 'pairing.link_unreachable';
    throw refusal('SERVICE_UNAVAILABLE', said(code, { host, why: answerText(answer) }));
  }
  if (answer.status === 200) {
    refuseUsedByUs(deps.directory, answer.body, link);
    return answer.body;
  }
  if (answer.status === 429 || answer.status >= 500)
    throw refusal('SERVICE_UNAVAILABLE', said('pairing.link_busy', { host, status: answer.status }));
  const isOurs = reasonOfRefusal(answer.body) === 'unknown_invite';
  throw refusal('NOT_FOUND', said('pairing.link_unknown', { host }), {
    details: { reason: isOurs ? 'unknown_invite' : 'not_the_inviter' },
  });
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

/** Explains to the receiver of a link why it can't be used; other refusals come from pairing itself. */
const faults: Readonly<Record<string, (server: string, host: string) => Said>> = {
  'link.cut': () => said('pairing.link_cut'),
  'link.newer': () => said('pairing.link_newer'),
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
