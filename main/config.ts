import type { TlsConfig } from '../shared/api/contract/tls.ts';
import { limits } from '../shared/protocol/limits.ts';

export interface HostPort {
  readonly host: string;
  /** 0 lets the system pick one. */
  readonly port: number;
}

/** What a node is started with; frozen, read once. What the owner changes while it runs are settings instead. */
export interface NodeConfig {
  /** Everything the node keeps. */
  readonly dataDir: string;
  /** Its port and `tls` hold until the owner chooses others in the settings, unless flags named them. */
  readonly listen: HostPort;
  readonly tls: TlsConfig;
  readonly byFlag?: ReadonlySet<'port' | 'tls'>;
  /** Where there is a window to say so and to choose another, a port in use that no flag has named is waited for. */
  readonly waitsForPort?: boolean;
  readonly control: HostPort;
  /** The owner says that there is no database for this identity any more. */
  readonly newDatabase?: boolean;
  /** Overrides the setting when given. */
  readonly publicUrl: string | null;
  readonly version: string;
  /** Where the screens were built to; without it there is an API and no console. */
  readonly pagesDir?: string;
  /** The name the console is reached by through a proxy that ends TLS. */
  readonly consoleHost?: string | undefined;
  /** What prints a login link of this node in a terminal. */
  readonly consoleCommand?: string;
}

/** Numbers that nobody needs to set, by name; units last. */
export const tuning = {
  requestsPerMinuteDefault: 6000,
  burstDefault: 2000,
  keyValidityMs: 365 * 86_400_000,
  /** A key is renewed when less than this is left of it. */
  keyRenewBeforeMs: 90 * 86_400_000,
  keyOverlapMs: 30 * 86_400_000,
  keyFetchFailureMs: 60_000,
  /** Events whose sender is not known to be a member, per room and origin. */
  pendingEventsMax: 1000,
  /** Held for the owner's decision, per quarantined server; what comes after these waits where it is. */
  heldEventsMax: 1000,
  ingestQueueMax: 2000,
  outboxMaxAgeDays: 30,
  inFlightMax: 16,
  /** After the store failed to take a report. */
  recordRetryMs: 10_000,
  requestTimeoutMs: 15_000,
  answerBytesMax: 4 * 1_048_576,
  eventsAnswerBytesMax: 32 * 1_048_576,
  /** Of each page we answer: with the event that fills it, well below what other nodes accept. */
  eventsPageBytesMax: 4 * 1_048_576,
  replayKeepMs: 2 * limits.clockSkewMsMax + 5_000,
  attemptsKeepMs: 30 * 86_400_000,
} as const;
