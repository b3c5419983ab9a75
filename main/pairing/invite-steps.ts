import { PeerOfferAnswer, readBody, type ServerKeys, WellKnown } from '../../shared/protocol/bodies.ts';
import { extensions } from '../../shared/protocol/extensions.ts';
import { normalizeServerName } from '../../shared/protocol/identifiers.ts';
import { limits } from '../../shared/protocol/limits.ts';
import { wellKnownPath } from '../../shared/protocol/transport.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said, sentences } from '../../shared/words/said.ts';
import type { FindOwnAddress } from '../addresses/own-address.ts';
import type { FederationClient } from '../client/federation-client.ts';
import { type CallPolicy, type HttpResult, reasonOfRefusal } from '../client/http.ts';
import { answerText } from '../client/say-network-error.ts';
import { clockRefusal } from '../clocks/clock-refusal.ts';
import type { Keyring } from '../identity/keyring.ts';
import { fetchKeys, understand } from '../trust/discovery/discovery.ts';
import { resolveEndpoint } from '../trust/discovery/endpoint.ts';
import type { Invite } from './read-link.ts';

const policyOf = (invite: Invite): CallPolicy => ({
  byOwner: true,
  tlsSha256: invite.tls_sha256 ?? null,
});

/**
 * Returns the keys of the server at the address, and the extensions it lists. CONFLICT if it isn't the one that signed the
 * link; SERVICE_UNAVAILABLE if it doesn't answer.
 */
export async function lookBehind(
  client: FederationClient,
  invite: Invite,
): Promise<{ readonly keys: ServerKeys['keys']; readonly extensions: readonly string[] }> {
  const policy = policyOf(invite);
  const base = new URL(invite.endpoint).origin;
  const url = base + wellKnownPath;
  const info = understand(WellKnown, refuseOtherCertificate(await client.read(url, policy), invite), url);
  const name = normalizeServerName(info.server_name);
  if (name !== invite.server_name || normalizeServerName(info.domain) !== invite.domain)
    throw refusal('CONFLICT', said('pairing.other_there', { found: name, server: invite.server_name }));
  if (resolveEndpoint(info.federation_endpoint, base) !== invite.endpoint)
    throw refusal('CONFLICT', said('pairing.moved', { server: name }));
  const { keys } = await fetchKeys(client, { endpoint: invite.endpoint, policy }, name);
  const shown = keys.find((key) => key.key_id === invite.key_id);
  if (shown?.public_key !== invite.public_key)
    throw refusal('CONFLICT', said('pairing.key_differs', { server: name }), {
      details: { reason: 'key_differs' },
    });
  return { keys, extensions: info.extensions };
}

/**
 * Sends the server our acceptance: who we are, and which user of ours joins the invite's room. SERVICE_UNAVAILABLE if
 * it doesn't answer, is busy, or asks its owner whether we are the server they know; CONFLICT if it refuses.
 */
export async function answerInvite(
  deps: {
    readonly client: FederationClient;
    readonly keyring: Keyring;
    readonly ownAddress: FindOwnAddress;
  },
  invite: Invite,
  userId: string | null,
  now: number,
): Promise<'connected' | 'their_turn'> {
  const { client, keyring, ownAddress } = deps;
  const { endpoint, tlsSha256 } = ownAddress(invite.endpoint);
  const keys = keyring
    .keys()
    .filter((key) => key.validUntil > now)
    .slice(0, limits.keysInAnswerMax)
    .map((key) => ({
      key_id: key.keyId,
      algorithm: 'ed25519',
      public_key: key.publicKey,
      valid_until: key.validUntil,
    }));
  const body = JSON.stringify({
    token: invite.token,
    server_name: keyring.serverName,
    domain: keyring.domain,
    ...(endpoint === null ? {} : { endpoint }),
    ...(tlsSha256 === null ? {} : { tls_sha256: tlsSha256 }),
    keys,
    extensions,
    ...(userId === null ? {} : { user_id: userId }),
  });
  const answer = await client.call(
    { endpoint: invite.endpoint, policy: policyOf(invite), destination: invite.server_name },
    { method: 'POST', path: '/peers/accept', body },
  );
  return readAnswer(answer, invite, now);
}

/** A certificate other than the pinned one means someone in between, not an outage. */
function refuseOtherCertificate(answer: HttpResult, invite: Invite): HttpResult {
  if (answer.kind === 'network' && answer.code === 'CERTIFICATE_REFUSED')
    throw refusal('CONFLICT', said('pairing.certificate_differs', { server: invite.server_name }), {
      details: { reason: 'certificate_differs' },
    });
  return answer;
}

function readAnswer(answer: HttpResult, invite: Invite, now: number): 'connected' | 'their_turn' {
  const server = invite.server_name;
  // The owner there knows us under an earlier key, and is asked.
  if (answer.kind === 'answer' && answer.status === 409 && reasonOfRefusal(answer.body) === 'key_differs')
    throw refusal('SERVICE_UNAVAILABLE', said('pairing.state_asked', { server }), {
      details: { reason: 'key_differs' },
    });
  if (answer.kind !== 'answer')
    throw refusal('SERVICE_UNAVAILABLE', said('pairing.unreachable', { server, why: answerText(answer) }));
  if (answer.status === 200) {
    try {
      readBody(PeerOfferAnswer, answer.body);
      return 'connected';
    } catch {
      // A web page: it lists the call but doesn't know it.
      return 'their_turn';
    }
  }
  // An existing Paracord server has no such call.
  if (answer.status === 404 || answer.status === 405) return 'their_turn';
  if (answer.status === 429 || answer.status >= 500)
    throw refusal('SERVICE_UNAVAILABLE', said('pairing.busy', { server }));
  // Once the clock is right, it works.
  const clock = clockRefusal(answer, now, { peerMs: null, othersMs: null });
  if (clock !== null)
    throw refusal(
      'SERVICE_UNAVAILABLE',
      said('pairing.refuses', { server, why: sentences(clock.text, clock.fix) }),
    );
  throw refusal('CONFLICT', said('pairing.refuses', { server, why: answerText(answer) }));
}
