/** Peers, and their held events. */
import * as v from 'valibot';
import { nameWarning, optionalTime, time } from './parts.ts';

export const PeerMode = v.picklist(['allow', 'block', 'quarantine']);

/** Adds `known`: a server that nobody has decided about, which is not a peer. */
export const PeerModeNow = v.picklist([...PeerMode.options, 'known']);

export const PeerState = v.picklist([
  'ok',
  'unknown',
  'waiting',
  'closed',
  /** We refuse what it sends, because its clock and ours are too far apart, or its certificate. */
  'refused',
  'unreachable',
  /** Allowed, but no contact for minutes. */
  'silent',
  'blocked',
  'quarantined',
]);

/** A Paracord Node, another server of the protocol, or one whose discovery document has not been read yet. */
export const ServerKind = v.picklist(['paracord-node', 'other', 'unknown']);

export const PeerLimits = v.object({
  requests_per_minute: v.pipe(v.number(), v.integer(), v.minValue(0)),
  burst: v.pipe(v.number(), v.integer(), v.minValue(0)),
});

/** The admin of an existing server posts this to `ENDPOINT/servers`, so that it knows this server and its key. */
export const AdminRequest = v.object({
  server_name: v.string(),
  domain: v.string(),
  federation_endpoint: v.string(),
  public_key_hex: v.string(),
  key_id: v.string(),
  trusted: v.literal(true),
  /**
   * Makes it read our keys itself, which lasts 30 days from 3.0.1 on. Older ones don't use a key that is only pinned.
   */
  discover: v.boolean(),
});

export const PeerView = v.object({
  server_name: v.string(),
  kind: ServerKind,
  /** Whether it is known to show its users nothing of what others write in its rooms. */
  one_way: v.boolean(),
  domain: v.string(),
  endpoint: v.nullable(v.string()),
  mode: PeerModeNow,
  reason: v.nullable(v.string()),
  until: optionalTime,
  limits: PeerLimits,
  last_seen_at: optionalTime,
  keys: v.array(
    v.object({
      key_id: v.string(),
      public_key: v.string(),
      valid_until: time,
      pinned: v.boolean(),
      /** Valid, accepted past its expiry (by one more day at a time, or forever), or no longer accepted. */
      standing: v.picklist(['valid', 'by_day', 'for_good', 'expired']),
      /** When it was last extended past `valid_until`, by you or by the node; `null` if it never was. */
      extended_at: optionalTime,
      /** The end of the extension; `null` with `extended_at` set means forever, as you chose. */
      extended_until: optionalTime,
      /** Six short words, as the peer's owner sees them. */
      fingerprint: v.string(),
    }),
  ),
  state: PeerState,
  state_text: v.string(),
  /** SHA-256 of the pinned certificate's public key, if the peer's certificate is self-signed. */
  tls_sha256: v.nullable(v.string()),
  clock_offset_ms: v.nullable(v.number()),
  queued: v.number(),
  held: v.number(),
  /** Rooms that repeatedly can't be read at this peer. */
  unreadable_rooms: v.number(),
  /** Set while its admin has something to send. Null for a Paracord Node, which you invite. */
  admin_request: v.nullable(AdminRequest),
  warnings: v.array(v.string()),
});

export const HeldEventView = v.object({
  event_id: v.string(),
  room_id: v.string(),
  event_type: v.string(),
  sender: v.string(),
  name_warning: nameWarning,
  origin_ts: time,
  received_at: time,
  body: v.nullable(v.string()),
});

export type PeerMode = v.InferOutput<typeof PeerMode>;
export type PeerModeNow = v.InferOutput<typeof PeerModeNow>;
export type PeerState = v.InferOutput<typeof PeerState>;
export type ServerKind = v.InferOutput<typeof ServerKind>;
export type PeerLimits = v.InferOutput<typeof PeerLimits>;
export type AdminRequest = v.InferOutput<typeof AdminRequest>;
export type PeerView = v.InferOutput<typeof PeerView>;
export type HeldEventView = v.InferOutput<typeof HeldEventView>;
