/**
 * The long link with which one owner lets another's server in (docs/protocol/pairing.md, "Long links"). It can still be
 * read, but is no longer made. Pure: the caller passes the functions that sign and verify.
 */
import * as v from 'valibot';

import { said, saidOf } from '../../words/said.ts';
import { key, publicKey } from '../bodies.ts';

import { asciiFromBase64url, base64urlFromAscii } from '../coding/base64url.ts';
import { canonicalJson } from '../coding/canonical-json.ts';
import { isObject, JsonNumber, type JsonValue, parseJson, toPlain } from '../coding/json.ts';
import { normalizeEndpoint } from '../endpoint.ts';
import { badRequest, type ProtocolError } from '../errors.ts';
import { normalizeServerName } from '../identifiers.ts';
import { limits } from '../limits.ts';
import type { InviteFault } from '../reasons.ts';

export const peerInvitePrefix = 'paracord://peer/';
const version = 1;

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(limits.serverNameCharsMax));
const PeerInviteFields = v.strictObject({
  v: v.literal(version),
  server_name: name,
  domain: name,
  /** Absolute, including the federation prefix. */
  endpoint: v.pipe(v.string(), v.maxLength(limits.endpointCharsMax)),
  key_id: v.pipe(v.string(), v.minLength(1), v.maxLength(limits.keyIdCharsMax)),
  public_key: publicKey,
  /** SHA-256 of the certificate's public key, if the certificate is self-signed. */
  tls_sha256: v.optional(key),
  /** 32 random bytes, hex; single use. */
  token: key,
  /** Unix ms. */
  expires_at: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});
const SignedPeerInvite = v.strictObject({
  ...PeerInviteFields.entries,
  signature: v.pipe(v.string(), v.regex(/^[0-9a-f]{128}$/)),
});

export type PeerInvite = Omit<v.InferOutput<typeof PeerInviteFields>, 'v'>;
/** Text, signature (hex), public key (hex). */
export type VerifyText = (text: string, signature: string, publicKey: string) => boolean;

/** `sign` gives the hex signature over the text, by the key that the invite names. */
export function writePeerInvite(invite: PeerInvite, sign: (text: string) => string): string {
  const fields = fieldsOf(invite);
  const signature = sign(canonicalJson(fields));
  return peerInvitePrefix + base64urlFromAscii(canonicalJson(new Map([...fields, ['signature', signature]])));
}

function fieldsOf(invite: PeerInvite): Map<string, JsonValue> {
  const fields = Object.entries({ v: version, ...invite }).filter(([, value]) => value !== undefined);
  return new Map(
    fields.map(([field, value]) => [
      field,
      typeof value === 'number' ? new JsonNumber(String(value)) : (value as string),
    ]),
  );
}

/**
 * Reads a link. BAD_REQUEST, with `details.reason`, for one that is foreign, cut, of a newer version, altered anywhere,
 * without a usable address, expired at `now` (unix ms), or valid for longer than allowed. If the link could be read
 * that far, `details.server_name` names its server. The endpoint is returned in its one form.
 */
export function readPeerInvite(link: string, verify: VerifyText, now: number): PeerInvite {
  const trimmed = link.trim();
  if (trimmed.length > limits.peerInviteCharsMax)
    throw fault('foreign', said('link.long', { max: limits.peerInviteCharsMax }));
  if (trimmed.slice(0, peerInvitePrefix.length).toLowerCase() !== peerInvitePrefix)
    throw fault('foreign', said('link.foreign', { prefix: peerInvitePrefix }));
  const payload = trimmed.slice(peerInvitePrefix.length).replace(/\/$/, '');
  const text = asciiFromBase64url(payload);
  const fields = text === null ? undefined : objectIn(text);
  if (text === null || fields === undefined) {
    // A link that still has the end of an invite isn't cut, so something in it was changed.
    const whole = payload.slice(0, payload.length - (payload.length % 4));
    if (text === null ? asciiFromBase64url(whole) === null : text.endsWith('}')) throw altered();
    throw fault('cut', said('link.cut'));
  }
  const stated = fields.get('v');
  if (stated instanceof JsonNumber && Number(stated.lexeme) > version)
    throw fault('newer', said('link.newer'));
  const read = v.safeParse(SignedPeerInvite, toPlain(fields));
  if (!read.success || canonicalJson(fields) !== text) throw altered();
  const { v: _, signature, ...invite } = read.output;
  if (!verify(canonicalJson(fieldsOf(invite)), signature, invite.public_key)) throw altered();
  if (!isNormal(invite.server_name) || !isNormal(invite.domain)) throw altered();
  requireDue(invite, now);
  return { ...invite, endpoint: endpointOf(invite) };
}

/** BAD_REQUEST for an invite that has expired at `now` (unix ms), or that is valid for longer than allowed. */
export function requireDue(
  { expires_at, server_name: server }: Omit<PeerInvite, 'token'>,
  now: number,
): void {
  if (expires_at <= now) throw fault('expired', said('link.expired', { server }), server);
  if (expires_at > now + limits.peerInviteAgeMsMax + limits.peerInviteClockMsMax)
    throw fault(
      'endless',
      said('link.endless', { server, days: limits.peerInviteAgeMsMax / 86_400_000 }),
      server,
    );
}

/** In its canonical form. */
export function endpointOf({ endpoint, server_name }: Omit<PeerInvite, 'token'>): string {
  try {
    return normalizeEndpoint(endpoint);
  } catch (error) {
    throw fault('address', said('link.address', { server: server_name, why: saidOf(error) }), server_name);
  }
}

function objectIn(text: string): ReadonlyMap<string, JsonValue> | undefined {
  try {
    const value = parseJson(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isNormal(serverName: string): boolean {
  try {
    return normalizeServerName(serverName) === serverName;
  } catch {
    return false;
  }
}

const altered = (): ProtocolError => fault('altered', said('link.altered'));

export const fault = (
  reason: InviteFault,
  message: Parameters<typeof badRequest>[0],
  server_name?: string,
): ProtocolError => badRequest(message, { reason, ...(server_name === undefined ? {} : { server_name }) });
