import type { TlsConfig } from '../shared/api/contract/tls.ts';
import { limits } from '../shared/protocol/limits.ts';

export interface HostPort {
  readonly host: string;
  /** 0 lets the system pick one. */
  readonly port: number;
}

/** Options that a node is started with, read once and frozen. Settings (settings.ts) can change while it runs. */
export interface NodeConfig {
  /** The folder with the keys, and with the database or this node's copy of it. */
  readonly dataDir: string;
  /**
   * The listener's port, and `tls`, apply until the owner changes them in the settings. If flags set them, they always
   * apply.
   */
  readonly listen: HostPort;
  readonly tls: TlsConfig;
  readonly byFlag?: ReadonlySet<'port' | 'tls'>;
  /**
   * If there is a window to report it and change the port, wait for a port that can't be opened instead of failing,
   * unless a flag set it.
   */
  readonly waitsForPort?: boolean;
  readonly control: HostPort;
  /** The owner confirms that the database of this identity is lost. */
  readonly newDatabase?: boolean;
  /** Overrides the setting if given. */
  readonly publicUrl: string | null;
  readonly version: string;
  /** A time that has certainly passed (unix ms): a clock that shows an earlier one is wrong. */
  readonly notBefore?: number;
  /** The folder with the built screens; without it there is an API but no console. */
  readonly pagesDir?: string;
  /** The host name of the console behind a proxy that ends TLS. */
  readonly consoleHost?: string | undefined;
  /** The command that prints a login link of this node in a terminal. */
  readonly consoleCommand?: string;
}

/** Numbers that nobody needs to change. Units are the last part of the name. */
export const tuning = {
  requestsPerMinuteDefault: 6000,
  burstDefault: 2000,
  keyValidityMs: 365 * 86_400_000,
  /** A key is renewed when it expires in less than this. */
  keyRenewBeforeMs: 90 * 86_400_000,
  keyOverlapMs: 30 * 86_400_000,
  /** Unknown keys, and expired ones, make us read a peer's keys at most this often. */
  keyReadGapMs: 60_000,
  /** Events whose sender is not known to be a member, per room and origin. */
  pendingEventsMax: 1000,
  /** Stored of one room from one server, no matter who wrote it, in bytes. */
  roomShareBytesMax: 2_000_000_000,
  /** Held for the owner's decision, per quarantined server. Further events stay in the sender's queue. */
  heldEventsMax: 1000,
  ingestQueueMax: 2000,
  outboxMaxAgeDays: 30,
  /** Requests that deliver to one server at a time, and connections to it. */
  inFlightMax: 16,
  /** How long to wait after the store failed to record a delivery. */
  recordRetryMs: 10_000,
  requestTimeoutMs: 15_000,
  answerBytesMax: 4 * 1_048_576,
  eventsAnswerBytesMax: 32 * 1_048_576,
  /** A page of events ends with the event that brings it to this size. Other nodes accept much larger answers. */
  eventsPageBytesMax: 4 * 1_048_576,
  replayKeepMs: 2 * limits.clockSkewMsMax + 5_000,
  attemptsKeepMs: 30 * 86_400_000,
  /** Files of messages, until the owner chooses otherwise. */
  filesDefault: { person_mb: 5_000, all_mb: 20_000, spare_mb: 1_000, fetched_mb: 0 },
  /** Files that one user has begun to upload and not sent. */
  uploadsMax: 20,
  uploadKeptMs: 86_400_000,
} as const;
