/**
 * What a node answers with (docs/protocol/control-api.md), as schemas, so that types, OpenAPI and tests share one
 * source. Times are unix milliseconds. Views may gain fields; programs ignore what they do not know.
 */
import * as v from 'valibot';
import { languageChoices } from '../../words/locale.ts';
import { port, TlsConfig } from '../contract/tls.ts';
import { QuietHours } from '../quiet-hours.ts';
import { ReachView } from './reach-views.ts';
import { nameWarning, ServerKind } from './room-views.ts';

export * from './room-views.ts';

const time = v.pipe(v.number(), v.integer());
const optionalTime = v.nullable(time);

export const KeyView = v.object({
  key_id: v.string(),
  algorithm: v.literal('ed25519'),
  public_key: v.string(),
  valid_until: time,
  created_at: time,
  active: v.boolean(),
  fingerprint: v.string(),
  /** Peers that have asked for our keys since this key was announced. */
  seen_by: v.array(v.string()),
});

export const UserView = v.object({
  user_id: v.string(),
  localpart: v.string(),
  display_name: v.string(),
  owner: v.boolean(),
  /** Whether trusted peers can find the user. */
  listed: v.boolean(),
  created_at: time,
});

export const PeerMode = v.picklist(['allow', 'block', 'quarantine']);
/** As it stands: `known` is a server that nobody has decided about, which is not a peer. */
export const PeerModeNow = v.picklist([...PeerMode.options, 'known']);
export const PeerState = v.picklist([
  'ok',
  'unknown',
  'waiting',
  'closed',
  'unreachable',
  /** Allowed, and nothing came from it for minutes. */
  'silent',
  'blocked',
  'quarantined',
]);

export const PeerLimits = v.object({
  requests_per_minute: v.pipe(v.number(), v.integer(), v.minValue(0)),
  burst: v.pipe(v.number(), v.integer(), v.minValue(0)),
});

export const PeerView = v.object({
  server_name: v.string(),
  kind: ServerKind,
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
      /** Within its own time, accepted past it (by one more day at a time, or for good), or accepted no more. */
      standing: v.picklist(['valid', 'by_day', 'for_good', 'expired']),
      /** When it was last extended past `valid_until`, by you or by the node; `null` if it never was. */
      extended_at: optionalTime,
      /** Until when; `null` with `extended_at` set means for good, as you chose. */
      extended_until: optionalTime,
      /** Six short words, as its owner sees them. */
      fingerprint: v.string(),
    }),
  ),
  state: PeerState,
  state_text: v.string(),
  /** SHA-256 of the pinned certificate's public key, when the peer's certificate is self-signed. */
  tls_sha256: v.nullable(v.string()),
  clock_offset_ms: v.nullable(v.number()),
  queued: v.number(),
  held: v.number(),
  /** Rooms at this peer that fail to be read again and again. */
  unreadable_rooms: v.number(),
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

/** `handed_over`: the room's home has it and passes it on; whether this server has it is not known. */
export const DeliveryState = v.picklist([
  'delivered',
  'queued',
  'retrying',
  'parked',
  'dead',
  'held',
  'handed_over',
]);
export const DeliveryDestination = v.object({
  server_name: v.string(),
  state: DeliveryState,
  /** The room's home, where it delivers this and we do not. */
  via: v.nullable(v.string()),
  /** Why this server does not have it, in a sentence. */
  reason: v.nullable(v.string()),
  next_attempt_at: optionalTime,
  /** Since when this is so: has it, or waits. */
  at: optionalTime,
});
export const DeliverySummary = v.object({
  /** Servers that have a member in the room, our own left out. */
  total: v.number(),
  /** Those known to have it. What is held for an owner's decision does not count. */
  delivered: v.number(),
  destinations: v.array(DeliveryDestination),
  /** The destination, the room's home, that takes events without showing them to its users; null if none does. */
  not_shown_at: v.nullable(v.string()),
});
/** What one member server lacks of what was written here and does not wait here. */
export const LackingView = v.object({
  server_name: v.string(),
  /** The room's home that delivers it; `null` where this server did, and it was held there. */
  via: v.nullable(v.string()),
  waiting: v.number(),
  /** Handed to the home, which has not said more. */
  unknown: v.number(),
  /** In the last 30 days, as far as is known: an owner's decision there isn't reported. */
  held: v.number(),
  /** In the last 30 days. */
  refused: v.number(),
  reason: v.nullable(v.string()),
  next_attempt_at: optionalTime,
});

export const TimelineItem = v.object({
  event_id: v.string(),
  channel_id: v.string(),
  message_id: v.string(),
  sender: v.string(),
  name_warning: nameWarning,
  origin_server: v.string(),
  origin_ts: time,
  depth: v.number(),
  /** Its place in the order in which events arrived here. */
  arrival: v.number(),
  /** Whether it mentions the user who asks. */
  mentions_me: v.boolean(),
  /** `null` once deleted. */
  body: v.nullable(v.string()),
  edited_at: optionalTime,
  deleted: v.boolean(),
  /** Files it names, which stay on the server of its writer; a name may be empty. */
  files: v.array(v.object({ name: v.string(), size: v.nullable(v.number()) })),
  /** False if the author's server did not sign the names: a server that relayed the message may have written them. */
  files_signed: v.boolean(),
  /** The users that `<@id>` in the body means, as far as they are known here. */
  mentions: v.array(v.object({ id: v.string(), user_id: v.string() })),
  reactions: v.array(v.object({ emoji: v.string(), users: v.array(v.string()) })),
  delivery: DeliverySummary,
});

export const OutboxEntryView = v.object({
  event_id: v.string(),
  room_id: v.string(),
  event_type: v.string(),
  attempts: v.number(),
  enqueued_at: time,
  next_attempt_at: optionalTime,
  last_status: v.nullable(v.number()),
  last_error: v.nullable(v.string()),
  state: v.picklist(['queued', 'retrying', 'parked', 'dead']),
});

export const OutboxDestinationView = v.object({
  server_name: v.string(),
  queued: v.number(),
  retrying: v.number(),
  parked: v.number(),
  dead: v.number(),
  in_flight: v.number(),
  next_attempt_at: optionalTime,
  last_error: v.nullable(v.string()),
  state_text: v.string(),
});

export const AttemptView = v.object({
  destination: v.string(),
  at: time,
  status: v.nullable(v.number()),
  outcome: v.string(),
  error: v.nullable(v.string()),
  latency_ms: v.number(),
});

export const EventView = v.object({
  /** The envelope as it travels, digit for digit. */
  envelope: v.string(),
  event_id: v.string(),
  room_id: v.string(),
  event_type: v.string(),
  origin_server: v.string(),
  received_from: v.nullable(v.string()),
  received_at: time,
  /** `covers_files`: false where the names of the files it carries are not signed. */
  signature: v.object({ key_id: v.string(), state: v.picklist(['verified']), covers_files: v.boolean() }),
  /** Whether it has its effect, or what it waits for. */
  effect: v.picklist(['applied', 'waiting_for_message', 'waiting_for_member', 'ahead_of_clock', 'ignored']),
  attempts: v.array(AttemptView),
  delivery: DeliverySummary,
});

export const CertificateView = v.object({
  /** What is shown right now: with TLS `acme` a self-signed one until the authority's is there. */
  kind: v.picklist(['self-signed', 'files', 'acme']),
  names: v.array(v.string()),
  valid_until: time,
  issuer: v.string(),
  /** Of its public key. */
  spki_sha256: v.string(),
  /** No system trusts it, so peers trust its key. */
  pinned_by_peers: v.boolean(),
  /** What is done about renewing it; `null` when that is someone else's task. */
  renewing: v.nullable(v.string()),
  problem: v.nullable(v.string()),
});

export const StatusView = v.object({
  version: v.string(),
  set_up: v.boolean(),
  server_name: v.nullable(v.string()),
  domain: v.nullable(v.string()),
  public_url: v.nullable(v.string()),
  listener: v.object({
    /** Empty while there is none. */
    url: v.string(),
    /** Why there is none. */
    problem: v.nullable(v.string()),
    tls: v.picklist(['off', 'self-signed', 'files', 'acme']),
    /** `null` without TLS. */
    certificate: v.nullable(CertificateView),
  }),
  reach: ReachView,
  active_key: v.nullable(v.object({ key_id: v.string(), valid_until: time, fingerprint: v.string() })),
  health: v.object({
    state: v.picklist(['ok', 'attention', 'offline', 'paused', 'starting']),
    text: v.string(),
  }),
  peers: v.object({
    total: v.number(),
    ok: v.number(),
    /** Added here and not heard from yet. */
    waiting: v.number(),
    unreachable: v.number(),
    /** Not heard from for minutes. */
    silent: v.number(),
    blocked: v.number(),
    quarantined: v.number(),
  }),
  outbox: v.object({ queued: v.number(), retrying: v.number(), parked: v.number(), dead: v.number() }),
  rooms: v.object({ homed: v.number(), joined: v.number() }),
  events: v.number(),
  clock_offset_ms: v.nullable(v.number()),
  /** When the recovery file was made that still holds every key; `null` when one should be made. */
  recovery_saved_at: optionalTime,
  /** When this database was last found to be a restored or copied one; its old queue became dead letters then. */
  restored_at: optionalTime,
  started_at: time,
  now: time,
});

export const FlaggedSetting = v.picklist(['port', 'tls', 'public_url']);
export const SettingsView = v.object({
  /** Nothing is sent and no peer is answered until the owner resumes; peers keep what they have for us. */
  paused: v.boolean(),
  public_url: v.nullable(v.string()),
  /** Whether the home router is asked to let peers in; on by default unless only this machine is listened to. */
  port_mapping: v.boolean(),
  /** Of the federation listener; 0 lets the system pick one. */
  port: port(0),
  tls: TlsConfig,
  /** What this run's flags have named: they come before the settings, which cannot be changed meanwhile. */
  by_flag: v.array(FlaggedSetting),
  outbox_max_age_days: v.number(),
  default_limits: PeerLimits,
  /** Whether expired keys that a peer still publishes are extended by a day at a time, if its connection is secure. */
  extend_keys: v.boolean(),
  /** Whether earlier versions of edited messages stay here; without it they are erased like deleted ones. */
  keep_edit_history: v.boolean(),
  /** Of the window, the console, the tray and notifications. `system`: what each computer or browser prefers. */
  language: v.picklist(languageChoices),
  /** When no notifications are shown; `null` for never. */
  quiet_hours: v.nullable(QuietHours),
});

export const ActivityView = v.object({
  /** Nothing is known from before this. */
  since: time,
  step_ms: v.number(),
  /** Oldest first, one a step, the last one still filling. */
  points: v.array(
    v.object({
      at: time,
      /** Events taken in from peers. */
      received: v.number(),
      delivered: v.number(),
      failed: v.number(),
      /** How long peers took to answer a delivery, on average and at worst; `null` where there was none. */
      answer_ms: v.nullable(v.number()),
      answer_ms_max: v.nullable(v.number()),
    }),
  ),
});
export const ActivitySpan = v.picklist(['hour', 'day']);

export type CertificateView = v.InferOutput<typeof CertificateView>;
export type StatusView = v.InferOutput<typeof StatusView>;
export type KeyView = v.InferOutput<typeof KeyView>;
export type UserView = v.InferOutput<typeof UserView>;
export type PeerMode = v.InferOutput<typeof PeerMode>;
export type PeerModeNow = v.InferOutput<typeof PeerModeNow>;
export type PeerState = v.InferOutput<typeof PeerState>;
export type PeerLimits = v.InferOutput<typeof PeerLimits>;
export type PeerView = v.InferOutput<typeof PeerView>;
export type HeldEventView = v.InferOutput<typeof HeldEventView>;
export type DeliveryState = v.InferOutput<typeof DeliveryState>;
export type DeliveryDestination = v.InferOutput<typeof DeliveryDestination>;
export type LackingView = v.InferOutput<typeof LackingView>;
export type DeliverySummary = v.InferOutput<typeof DeliverySummary>;
export type TimelineItem = v.InferOutput<typeof TimelineItem>;
export type OutboxEntryView = v.InferOutput<typeof OutboxEntryView>;
export type OutboxDestinationView = v.InferOutput<typeof OutboxDestinationView>;
export type AttemptView = v.InferOutput<typeof AttemptView>;
export type EventView = v.InferOutput<typeof EventView>;
export type ActivityView = v.InferOutput<typeof ActivityView>;
export type ActivitySpan = v.InferOutput<typeof ActivitySpan>;
export type FlaggedSetting = v.InferOutput<typeof FlaggedSetting>;
export type SettingsView = v.InferOutput<typeof SettingsView>;
