import * as v from 'valibot';
import { expected, expectedWhat, issueSaid } from '../words/expected.ts';
import { said } from '../words/said.ts';
import { canonicalString } from './coding/canonical-json.ts';
import { parseJson, toPlain } from './coding/json.ts';
import { endpointSchema } from './endpoint.ts';
import { badRequest } from './errors.ts';
import { readExtensions } from './extensions.ts';
import { optionalChain } from './key-chain.ts';
import { limits } from './limits.ts';
import { mayBePublicKey } from './public-key.ts';

/**
 * Bodies and answers of the federation calls (docs/protocol/wire.md, "Calls"). We write fields in the order of the
 * existing server, because it hashes its own serialization of the body.
 */
export const name = v.pipe(
  v.string(expectedWhat('text')),
  v.minLength(1, expected('not_empty', { what: said('what.text') })),
  v.maxLength(1024, expected('at_most_chars', { max: 1024 })),
);

const InviteRequest = v.object({
  origin_server: name,
  room_id: name,
  sender: name,
  max_age_seconds: v.optional(
    v.nullable(v.pipe(v.number(expectedWhat('seconds')), v.integer(expectedWhat('seconds')))),
  ),
});
const MemberRequest = v.object({ origin_server: name, room_id: name, user_id: name });
const FileTokenRequest = v.object({
  origin_server: name,
  attachment_id: name,
  room_id: name,
  user_id: name,
});

export type InviteRequest = v.InferOutput<typeof InviteRequest>;
export type MemberRequest = v.InferOutput<typeof MemberRequest>;
type FileTokenRequest = v.InferOutput<typeof FileTokenRequest>;

export const WellKnown = v.object({
  server_name: name,
  domain: name,
  federation_endpoint: name,
  enabled: v.optional(v.boolean(), true),
  version: v.optional(v.nullable(v.string())),
  /** Our extension: the calls of extensions.ts that this server supports. */
  extensions: v.optional(v.pipe(v.unknown(), v.transform(readExtensions)), []),
});
export type WellKnown = v.InferOutput<typeof WellKnown>;

export const key = v.pipe(v.string(expectedWhat('key')), v.regex(/^[0-9a-f]{64}$/, expectedWhat('key')));
/** A signing key, as written by other servers. */
export const publicKey = v.pipe(key, v.check(mayBePublicKey, expectedWhat('public_key')));
export const ServerKeys = v.object({
  server_name: name,
  /** Our extension: the domain that the keys belong to, when a home vouches for a third server. */
  domain: v.optional(name),
  keys: v.pipe(
    v.array(
      v.object({
        key_id: v.pipe(
          name,
          v.maxLength(limits.keyIdCharsMax, expected('at_most_chars', { max: limits.keyIdCharsMax })),
        ),
        public_key: publicKey,
        valid_until: v.pipe(
          v.number(expectedWhat('milliseconds')),
          v.safeInteger(expectedWhat('milliseconds')),
        ),
        algorithm: v.optional(v.literal('ed25519', expectedWhat('algorithm')), 'ed25519'),
        /** Our extension: the older key that signed this one. */
        chain: optionalChain,
      }),
    ),
    v.maxLength(limits.keysInAnswerMax, expected('at_most_items', { max: limits.keysInAnswerMax })),
  ),
  /** Our extension: the key ID after which there are more (`GET keys?after=`). */
  next: v.optional(v.nullable(v.pipe(name, v.maxLength(limits.keyIdCharsMax)))),
});
export type ServerKeys = v.InferOutput<typeof ServerKeys>;

/** The invited server reports this to the inviter about itself (docs/protocol/pairing.md, "The acceptance"). */
const PeerOffer = v.object({
  token: v.pipe(v.string(expectedWhat('token')), v.regex(/^[0-9a-f]{32}$/, expectedWhat('token'))),
  server_name: name,
  domain: name,
  /** Absent if nobody can reach it: it fetches its events itself. */
  endpoint: v.optional(v.nullable(endpointSchema)),
  tls_sha256: v.optional(v.nullable(key)),
  keys: v.pipe(ServerKeys.entries.keys, v.minLength(1, expected('at_least_items', { min: 1 }))),
  /** The calls of extensions.ts that it supports. */
  extensions: v.optional(v.pipe(v.unknown(), v.transform(readExtensions)), []),
  /** The user of that server who wants to join the invite's room. */
  user_id: v.optional(name),
});
export type PeerOffer = v.InferOutput<typeof PeerOffer>;
export const parsePeerOffer = (text: string): PeerOffer => readBody(PeerOffer, text);
/** The keys of a peer that can't be called, and so can't be asked for them. */
export const KeysNotice = v.object({
  keys: v.pipe(ServerKeys.entries.keys, v.minLength(1, expected('at_least_items', { min: 1 }))),
});
/** A peer's new address. */
export const AddressNotice = v.object({ endpoint: endpointSchema, tls_sha256: v.optional(v.nullable(key)) });
/** The answer to “can you reach me?”. */
export const ReachAnswer = v.object({
  reachable: v.boolean(),
  endpoint: v.optional(v.nullable(v.string())),
  text: v.pipe(v.string(), v.maxLength(1000)),
});
export const PeerOfferAnswer = v.object({ accepted: v.literal(true), server_name: name, key_id: name });

export const InviteAnswer = v.object({
  accepted: v.boolean(),
  room_id: name,
  guild_id: name,
  guild_name: v.string(),
  default_channel_id: v.optional(v.nullable(v.string())),
});
/** The `download_url` isn't read: the place of a server's file follows from the server's endpoint. */
export const FileTokenAnswer = v.object({ token: name });
export const JoinAnswer = v.object({
  joined: v.boolean(),
  room_id: name,
  guild_id: name,
  local_user_id: name,
});

/** Parses a body or an answer by its schema; BAD_REQUEST names the field and what was expected. */
export function readBody<S extends v.GenericSchema>(schema: S, text: string): v.InferOutput<S> {
  const result = v.safeParse(schema, toPlain(parseJson(text, limits.jsonValuesMax)));
  if (result.success) return result.output;
  const issue = result.issues[0];
  const field = v.getDotPath(issue);
  const message = issueSaid(issue);
  throw badRequest(field === null ? said('wire.body', { message }) : said('wire.field', { field, message }));
}

export const parseInviteRequest = (text: string): InviteRequest => readBody(InviteRequest, text);
export const parseMemberRequest = (text: string): MemberRequest => readBody(MemberRequest, text);
export const parseFileTokenRequest = (text: string): FileTokenRequest => readBody(FileTokenRequest, text);

export function writeInviteRequest(request: InviteRequest): string {
  return (
    `{"origin_server":${canonicalString(request.origin_server)},"room_id":${canonicalString(request.room_id)}` +
    `,"sender":${canonicalString(request.sender)},"max_age_seconds":${request.max_age_seconds ?? null}}`
  );
}

export function writeMemberRequest(request: MemberRequest): string {
  return (
    `{"origin_server":${canonicalString(request.origin_server)},"room_id":${canonicalString(request.room_id)}` +
    `,"user_id":${canonicalString(request.user_id)}}`
  );
}

export function writeFileTokenRequest(request: FileTokenRequest): string {
  return (
    `{"origin_server":${canonicalString(request.origin_server)},"attachment_id":${canonicalString(request.attachment_id)}` +
    `,"room_id":${canonicalString(request.room_id)},"user_id":${canonicalString(request.user_id)}}`
  );
}

/** 60…86 400 seconds; 3600 if missing. */
export function clampInviteAge(seconds: number | null | undefined): number {
  const asked = seconds ?? limits.inviteAgeSecondsDefault;
  return Math.min(Math.max(asked, limits.inviteAgeSecondsMin), limits.inviteAgeSecondsMax);
}
