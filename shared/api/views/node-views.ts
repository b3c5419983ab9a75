/** This server: its users, keys, status and settings. */
import * as v from 'valibot';
import { expectedWhat } from '../../words/expected.ts';
import { languageChoices } from '../../words/locale.ts';
import { port, TlsConfig } from '../contract/tls.ts';
import { QuietHours } from '../quiet-hours.ts';
import { standings } from '../standing.ts';
import { optionalTime, time } from './parts.ts';
import { PeerLimits } from './peer-views.ts';
import { ReachView } from './reach-views.ts';

export const KeyView = v.object({
  key_id: v.string(),
  algorithm: v.literal('ed25519'),
  public_key: v.string(),
  valid_until: time,
  created_at: time,
  active: v.boolean(),
  fingerprint: v.string(),
  /** Peers that have read our keys since this key was announced, or accepted what it signed. */
  seen_by: v.array(v.string()),
});

export const UserView = v.object({
  user_id: v.string(),
  localpart: v.string(),
  display_name: v.string(),
  owner: v.boolean(),
  /** Has an account, so nobody else can act as the user. */
  has_account: v.boolean(),
  /** Whether trusted peers can find the user. */
  listed: v.boolean(),
  created_at: time,
});

export const CertificateView = v.object({
  /** The certificate in use right now: with TLS `acme` a self-signed one until the authority's is there. */
  kind: v.picklist(['self-signed', 'files', 'acme']),
  names: v.array(v.string()),
  valid_until: time,
  issuer: v.string(),
  /** The SHA-256 of its public key. */
  spki_sha256: v.string(),
  /** Whether it is self-signed, in place of the one that the owner wants. */
  stands_in: v.boolean(),
  /** Whether it is self-signed, so that peers trust its key. */
  pinned_by_peers: v.boolean(),
  /** Says what is being done about renewing it; `null` if that is someone else's task. */
  renewing: v.nullable(v.string()),
  problem: v.nullable(v.string()),
});

export const NameFixedBy = v.picklist(['peer', 'room', 'invite', 'people', 'database']);

export const StatusView = v.object({
  version: v.string(),
  set_up: v.boolean(),
  server_name: v.nullable(v.string()),
  domain: v.nullable(v.string()),
  /** Why the server’s name can no longer be changed; `null` while it can. */
  name_fixed_by: v.nullable(NameFixedBy),
  public_url: v.nullable(v.string()),
  listener: v.object({
    /** Empty without one. */
    url: v.string(),
    /** Why it is missing. */
    problem: v.nullable(v.string()),
    tls: v.picklist(['off', 'self-signed', 'files', 'acme']),
    /** Whether a proxy has to do TLS, and no peer has connected through one yet. */
    lacks_proxy: v.boolean(),
    /** `null` without TLS. */
    certificate: v.nullable(CertificateView),
  }),
  reach: ReachView,
  active_key: v.nullable(v.object({ key_id: v.string(), valid_until: time, fingerprint: v.string() })),
  health: v.object({
    /** Decided by `shared/api/standing.ts`. */
    state: v.picklist(standings),
    text: v.string(),
    /** The code of the finding that the text is about, and the server that it concerns if it is only one. */
    cause: v.nullable(v.string()),
    subject: v.nullable(v.string()),
  }),
  peers: v.object({
    total: v.number(),
    ok: v.number(),
    /** Added here, but no contact yet. */
    waiting: v.number(),
    unreachable: v.number(),
    /** Peers without contact for minutes. */
    silent: v.number(),
    blocked: v.number(),
    quarantined: v.number(),
  }),
  outbox: v.object({ queued: v.number(), retrying: v.number(), parked: v.number(), dead: v.number() }),
  rooms: v.object({ homed: v.number(), joined: v.number() }),
  events: v.number(),
  clock_offset_ms: v.nullable(v.number()),
  database: v.object({
    engine: v.picklist(['sqlite', 'postgresql']),
    /** The path of the file, or host and name of the database (`db.example:5432/name`), without user and password. */
    place: v.string(),
    /** Why nothing can be stored in it. */
    problem: v.nullable(v.string()),
  }),
  /** When the last recovery file with all current keys was saved; `null` if one should be saved. */
  recovery_saved_at: optionalTime,
  /** How many peers that file doesn't have, because they came later. */
  recovery_lacks: v.number(),
  /** This server is back after a loss, and its owner hasn't finished with that yet. */
  recovery_unfinished: v.boolean(),
  /** When this database was last found to be restored or copied. Its queue is then sent again. */
  restored_at: optionalTime,
  started_at: time,
  now: time,
});

const megabytes = v.pipe(
  v.number(expectedWhat('whole_number')),
  v.integer(expectedWhat('whole_number')),
  v.minValue(0, expectedWhat('whole_number')),
  v.maxValue(1_000_000_000, expectedWhat('whole_number')),
);

/** How much the files of messages may take, in millions of bytes. */
export const FileLimits = v.object({
  /** Limits the files in the messages of each person here. */
  person_mb: megabytes,
  /** Limits all files here, copies of files of other servers included. */
  all_mb: megabytes,
  /** Keeps so much of the disk free. */
  spare_mb: megabytes,
  /** Files of other servers up to this size are fetched when their message arrives; 0: when somebody looks at them. */
  fetched_mb: megabytes,
});

export const FlaggedSetting = v.picklist(['port', 'tls', 'public_url']);

export const SettingsView = v.object({
  /** Whether nothing is sent and no peer answered until the owner resumes; peers keep what they have for us. */
  paused: v.boolean(),
  public_url: v.nullable(v.string()),
  /** Whether the home router is asked to forward the port; on by default unless only this computer is listened to. */
  port_mapping: v.boolean(),
  /** The federation listener's; 0 lets the system pick one. */
  port: port(0),
  tls: TlsConfig,
  /** The settings that flags of this run override, and that can't be changed meanwhile. */
  by_flag: v.array(FlaggedSetting),
  outbox_max_age_days: v.number(),
  default_limits: PeerLimits,
  /**
   * Whether expired keys that a peer still publishes are extended by one day at a time, if its connection is secure.
   */
  extend_keys: v.boolean(),
  /** Whether earlier versions of edited messages are kept; otherwise they are erased like deleted ones. */
  keep_edit_history: v.boolean(),
  /**
   * The language of the window, the console, the tray and notifications. `system`: each computer's or browser's own.
   */
  language: v.picklist(languageChoices),
  files: FileLimits,
  /** Whether people with an account can log in at the public address. */
  people_log_in: v.boolean(),
  /** When no notifications are shown; `null` for never. */
  quiet_hours: v.nullable(QuietHours),
});

export const WorkKind = v.picklist(['catch-up', 'join', 'backup', 'restore', 'drill']);

/** Long work in progress. */
export const WorkView = v.object({
  id: v.string(),
  kind: WorkKind,
  /** The server of a catch-up, the room of a join; null otherwise. */
  about: v.nullable(v.string()),
  title: v.string(),
  /** Events, bytes, tables or rows, as `text` says. */
  done: v.number(),
  /** Null while nobody knows. */
  total: v.nullable(v.number()),
  /** How far it is, in words; empty if there is nothing to say yet. */
  text: v.string(),
  started_at: time,
  can_cancel: v.boolean(),
  /** Whether it has taken long enough to be shown. */
  lasting: v.boolean(),
});

export const ActivityView = v.object({
  /** The time from which on something is known. */
  since: time,
  step_ms: v.number(),
  /** Oldest first, one per step; the last one is still growing. */
  points: v.array(
    v.object({
      at: time,
      /** Events accepted from peers. */
      received: v.number(),
      delivered: v.number(),
      failed: v.number(),
      /** How long peers took to answer a delivery, on average and at most; `null` without one. */
      answer_ms: v.nullable(v.number()),
      answer_ms_max: v.nullable(v.number()),
    }),
  ),
});

export const ActivitySpan = v.picklist(['hour', 'day']);

export type KeyView = v.InferOutput<typeof KeyView>;
export type UserView = v.InferOutput<typeof UserView>;
export type CertificateView = v.InferOutput<typeof CertificateView>;
export type NameFixedBy = v.InferOutput<typeof NameFixedBy>;
export type StatusView = v.InferOutput<typeof StatusView>;
export type FlaggedSetting = v.InferOutput<typeof FlaggedSetting>;
export type SettingsView = v.InferOutput<typeof SettingsView>;
export type ActivityView = v.InferOutput<typeof ActivityView>;
export type WorkKind = v.InferOutput<typeof WorkKind>;
export type WorkView = v.InferOutput<typeof WorkView>;
export type ActivitySpan = v.InferOutput<typeof ActivitySpan>;
