/**
 * The link of a peer invite, and its inviter's offer (docs/protocol/pairing.md, "The link"). Pure: the caller
 * passes the functions that sign and verify.
 */
import * as v from 'valibot';
import { said, saidOf } from '../../words/said.ts';
import { key, name, publicKey } from '../bodies.ts';
import { base64urlFromBytes, bytesFromBase64url } from '../coding/base64url.ts';
import { canonicalJson } from '../coding/canonical-json.ts';
import { isObject, JsonNumber, type JsonValue, parseJson, toPlain } from '../coding/json.ts';
import { normalizeEndpoint } from '../endpoint.ts';
import { badRequest, type ProtocolError } from '../errors.ts';
import { normalizeServerName, parseRoomId } from '../identifiers.ts';
import { limits } from '../limits.ts';
import type { InviteFault } from '../reasons.ts';

const version = 2;
/** The page that explains an invite to someone without a node. */
export const invitePagePath = '/join';
const appPrefix = 'paracord://join';
const idBytes = 8;
const inviteIdPattern = /^[0-9a-f]{16}$/;
const tokenBytes = 16;
const keyBytes = 32;
const checkBytes = 2;
const payloadChars = Math.ceil(((1 + idBytes + tokenBytes + keyBytes + checkBytes) * 8) / 6);

export interface InviteLink {
  /** Scheme, host and port of the inviter: `https://chat.example:8448`. */
  readonly base: string;
  /** The id of the invite, 16 hex digits. It is enough to read the offer, and for nothing else. */
  readonly id: string;
  /**
   * The secret that accepts the invite, 32 hex digits. It is only ever sent to a server that has proven it has the key.
   */
  readonly token: string;
  /** The inviter's signing key, hex. */
  readonly public_key: string;
}

const Offer = v.object({
  v: v.literal(version),
  id: v.pipe(v.string(), v.regex(inviteIdPattern)),
  status: v.picklist(['pending', 'used', 'revoked', 'expired']),
  server_name: v.pipe(name, v.maxLength(limits.serverNameCharsMax)),
  domain: v.pipe(name, v.maxLength(limits.serverNameCharsMax)),
  /** Absolute, including the federation prefix. */
  endpoint: v.pipe(v.string(), v.maxLength(limits.endpointCharsMax)),
  key_id: v.pipe(name, v.maxLength(limits.keyIdCharsMax)),
  public_key: publicKey,
  /** SHA-256 of the certificate's public key, if the certificate is self-signed. */
  tls_sha256: v.optional(key),
  /** Unix ms. */
  expires_at: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  /** The name of the user who made the invite. */
  inviter: v.optional(v.string()),
  /** The room that the invite includes, homed at the inviter. */
  room: v.optional(v.object({ room_id: name, name: v.string() })),
  signature: v.pipe(v.string(), v.regex(/^[0-9a-f]{128}$/)),
});

/** The inviter says this about an invite, signed by the key in the link. */
export type InviteOffer = Omit<v.InferOutput<typeof Offer>, 'v' | 'signature'>;
/** Text, signature (hex), public key (hex). */
type VerifyText = (text: string, signature: string, publicKey: string) => boolean;

/** `web` opens as a page in a browser; `app` opens Paracord Node. Both have the same content. */
export function writeInviteLink(link: InviteLink): { readonly web: string; readonly app: string } {
  const bytes = [version, ...bytesOfHex(link.id), ...bytesOfHex(link.token), ...bytesOfHex(link.public_key)];
  const check = checksum(link.base, bytes);
  const payload = base64urlFromBytes([...bytes, check >> 8, check & 0xff]);
  const [scheme, host] = link.base.split('://');
  return {
    web: `${link.base}${invitePagePath}#${payload}`,
    app: `${appPrefix}${scheme === 'http' ? '-http' : ''}/${host}/${payload}`,
  };
}

/** Whether a text contains something that looks like a link, valid or not. */
export const isInviteLink = (text: string): boolean => linksIn(text).length > 0;

/**
 * Reads the first complete link in a text, in either form. Null without one. BAD_REQUEST, with
 * `details.reason`, if it was cut or altered, is of a newer version, or has no usable address.
 */
export function readInviteLink(text: string): InviteLink | null {
  let problem: unknown = null;
  for (const parts of linksIn(text)) {
    try {
      return readParts(parts);
    } catch (error) {
      problem ??= error;
    }
  }
  if (problem !== null) throw problem;
  return null;
}

function readParts(parts: Parts): InviteLink {
  const base = baseOf(parts);
  const bytes = bytesFromBase64url(parts.payload);
  if (parts.payload.length < payloadChars) throw fault('cut', said('link.cut'));
  if ((bytes?.[0] ?? 0) > version) throw fault('newer', said('link.newer'));
  if (parts.payload.length > payloadChars) throw fault('cut', said('link.cut'));
  if (bytes?.[0] !== version) throw fault('altered', said('link.damaged'));
  const body = bytes.slice(0, -checkBytes);
  const [high = 0, low = 0] = bytes.slice(-checkBytes);
  if (checksum(base, body) !== high * 256 + low) throw fault('altered', said('link.damaged'));
  const hexAt = (from: number, length: number) => hexOfBytes(body.slice(from, from + length));
  return {
    base,
    id: hexAt(1, idBytes),
    token: hexAt(1 + idBytes, tokenBytes),
    public_key: hexAt(1 + idBytes + tokenBytes, keyBytes),
  };
}

interface Parts {
  readonly scheme: string;
  readonly host: string;
  readonly payload: string;
}

// Lookaheads, because a link can begin inside another address. The last group is what a mail program wrapped.
const rest = '(?<payload>[\\w-]*)(?<wrapped>(?:=?[ \\t]*\\r?\\n[ \\t>]*[\\w-]+)*)';
const webLinks = new RegExp(
  `(?=(?<scheme>https?)://(?<host>[^\\s/?#"'<>]+)/join/?(?:\\?[^\\s#]*)?#${rest})`,
  'gi',
);
const appLinks = new RegExp(`(?=paracord://join(?<plain>-http)?/(?<host>[^\\s/?#"'<>]+)(?:/${rest})?)`, 'gi');
/** A redirector may lead to another one, and each encodes the address that it leads to. */
const redirectsMax = 3;

/** Finds what looks like a link, first as it is written, then as it is in the parameters of other addresses. */
function linksIn(text: string): Parts[] {
  if (text.length > limits.peerInviteCharsMax) return [];
  const links: Parts[] = [];
  let plain = text.replace(/\p{Default_Ignorable_Code_Point}/gu, '');
  for (let redirects = 0; redirects <= redirectsMax; redirects++) {
    links.push(...linksWrittenIn(plain));
    const decoded = plain.replace(/(?:%[\da-f]{2})+/gi, decodedIfPossible);
    if (decoded === plain) break;
    plain = decoded;
  }
  return links;
}

function linksWrittenIn(text: string): Parts[] {
  return [...text.matchAll(webLinks), ...text.matchAll(appLinks)].flatMap(({ groups = {} }) => {
    const { host = '', payload = '', wrapped = '', plain } = groups;
    const scheme = groups.scheme ?? (plain ? 'http' : 'https');
    // Markup such as _link_ adds characters that a payload can also contain.
    const added = payload.slice(payloadChars).replace(/^[_-]+$/, '');
    const parts = { scheme, host, payload: payload.slice(0, payloadChars) + added };
    const unwrapped = payload + wrapped.replace(/[^\w-]+/g, '');
    const isWrapped = payload.length < payloadChars && unwrapped.length >= payloadChars;
    return isWrapped ? [parts, { scheme, host, payload: unwrapped.slice(0, payloadChars) }] : [parts];
  });
}

function decodedIfPossible(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

function baseOf({ scheme, host }: Parts): string {
  try {
    return normalizeEndpoint(`${scheme}://${host}`);
  } catch {
    throw fault('address', said('link.damaged'));
  }
}

/** CRC-16/CCITT-FALSE. Distinguishes a typo from a server that shows another key; it protects against nothing else. */
function checksum(base: string, bytes: readonly number[]): number {
  let crc = 0xffff;
  for (const byte of [...[...base].map((letter) => letter.charCodeAt(0)), ...bytes]) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
  }
  return crc;
}

const bytesOfHex = (hex: string): number[] =>
  (hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
const hexOfBytes = (bytes: readonly number[]): string =>
  bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** JSON. `sign` gives the hex signature over the text, by the key that the link names. */
export function writeInviteOffer(offer: InviteOffer, sign: (text: string) => string): string {
  const { room, expires_at, tls_sha256, inviter, ...texts } = offer;
  const fields = new Map<string, JsonValue>(Object.entries(texts));
  fields.set('v', new JsonNumber(String(version)));
  fields.set('expires_at', new JsonNumber(String(expires_at)));
  if (tls_sha256 !== undefined) fields.set('tls_sha256', tls_sha256);
  if (inviter !== undefined) fields.set('inviter', inviter);
  if (room !== undefined) fields.set('room', new Map(Object.entries(room)));
  fields.set('signature', sign(canonicalJson(fields)));
  return canonicalJson(fields);
}

/**
 * Reads a server's answer about the invite of this link. BAD_REQUEST with `details.reason`: `not_the_inviter` for
 * anything that the link's key didn't sign for this invite; `used`, `revoked` or `expired` if the inviter says so; and
 * what `requireDue` and `endpointOf` refuse. Unknown fields are covered by the signature, and ignored.
 */
export function readInviteOffer(
  text: string,
  link: InviteLink,
  verify: VerifyText,
  now: number,
): InviteOffer {
  const offer = signedOffer(text, link, verify);
  if (offer === null) throw fault('not_the_inviter', said('link.not_the_inviter'));
  const server = offer.server_name;
  if (offer.status === 'used') throw fault('used', said('link.used', { server }), server);
  if (offer.status === 'revoked') throw fault('revoked', said('link.revoked', { server }), server);
  if (offer.status === 'expired') throw fault('expired', said('link.expired', { server }), server);
  requireDue(offer, now);
  return { ...offer, endpoint: endpointOf(offer) };
}

function signedOffer(text: string, link: InviteLink, verify: VerifyText): InviteOffer | null {
  const fields = objectIn(text);
  if (fields === null) return null;
  const read = v.safeParse(Offer, toPlain(fields));
  if (!read.success) return null;
  const { v: _, signature, ...offer } = read.output;
  const signed = new Map([...fields].filter(([field]) => field !== 'signature'));
  if (offer.id !== link.id || offer.public_key !== link.public_key) return null;
  if (!verify(canonicalJson(signed), signature, link.public_key)) return null;
  return isNormal(offer.server_name) && isNormal(offer.domain) && isRoom(offer.room?.room_id) ? offer : null;
}

/** BAD_REQUEST for an offer that has expired at `now` (unix ms), or that is valid for longer than allowed. */
function requireDue({ expires_at, server_name: server }: InviteOffer, now: number): void {
  if (expires_at <= now) throw fault('expired', said('link.expired', { server }), server);
  if (expires_at > now + limits.peerInviteAgeMsMax + limits.peerInviteClockMsMax)
    throw fault(
      'endless',
      said('link.endless', { server, days: limits.peerInviteAgeMsMax / 86_400_000 }),
      server,
    );
}

/** Returns the endpoint in its canonical form. */
function endpointOf({ endpoint, server_name }: InviteOffer): string {
  try {
    return normalizeEndpoint(endpoint);
  } catch (error) {
    throw fault('address', said('link.address', { server: server_name, why: saidOf(error) }), server_name);
  }
}

function isNormal(serverName: string): boolean {
  try {
    return normalizeServerName(serverName) === serverName;
  } catch {
    return false;
  }
}

const fault = (
  reason: InviteFault,
  message: Parameters<typeof badRequest>[0],
  server_name?: string,
): ProtocolError => badRequest(message, { reason, ...(server_name === undefined ? {} : { server_name }) });

function objectIn(text: string): ReadonlyMap<string, JsonValue> | null {
  try {
    const value = parseJson(text, limits.jsonValuesMax);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isRoom(roomId: string | undefined): boolean {
  try {
    if (roomId !== undefined) parseRoomId(roomId);
    return true;
  } catch {
    return false;
  }
}

/** BAD_REQUEST for anything that isn't an invite ID. */
export function requireInviteId(id: string): string {
  if (!inviteIdPattern.test(id)) throw badRequest(said('link.no_id'));
  return id;
}
