import type { Said } from '../../shared/words/said.ts';
import type { Log } from '../kernel/log.ts';
import type { Clock, Random } from '../kernel/ports.ts';
import type { OpenChallengePort } from './acme/challenge/challenge-port.ts';
import type { ShowProof } from './acme/challenge/dns-responder.ts';
import type { OwnKey } from './own-key.ts';
import type { TlsPair } from './pair.ts';

/** A certificate source needs this from the node. */
export interface SourceHost {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly version: string;
  readonly ownKey: OwnKey;
  /** The names to certify if none were given; empty while the server has none. */
  readonly names: () => readonly string[];
  /** The port of the public address; null without one. */
  readonly publicPort: () => number | null;
  readonly listenPort: () => number;
  readonly openChallengePort: OpenChallengePort;
  readonly showProof: ShowProof;
  /** The listener uses this one from now on. */
  readonly use: (pair: TlsPair) => void;
  /** Everyone who shows the status reads it again. */
  readonly changed: () => void;
  readonly tell: (level: 'info' | 'warning', news: Said) => void;
}

/** Maintains one certificate, in one of the ways an owner can choose. */
export interface CertificateSource {
  /** The listener's first certificate. Rejects with TlsConfigError. */
  first(): Promise<TlsPair>;
  /** Maintains it from now on; the listener is open. */
  start(): void;
  /** After this nothing is used or reported any more. */
  stop(): Promise<void>;
  /** Something it depends on (the public address) may have changed. */
  reconsider(): void;
  /** The owner asks for another try. */
  tryNow(): void;
  /** Says what is being done, or will be done, about renewing it; null if that is someone else's task. */
  readonly renewing: Said | null;
  /** The current problem; null without one. */
  readonly problem: Said | null;
}

/** Short, because the clock may be set at any time. A first start without the time makes a certificate of 1970. */
export const lookAgainMs = 60_000;
