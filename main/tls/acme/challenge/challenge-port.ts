import type { Said } from '../../../../shared/words/said.ts';
import type { HostPort } from '../../../config.ts';

/** A way in from the internet that the router was asked for, for as long as something is being proved. */
export interface ChallengePort {
  /** Whether the router passes connections on. */
  readonly isOpen: boolean;
  /** What came of asking, and what the owner can do if nobody comes in all the same. */
  readonly said: Said;
  /** Whether forwarding the port by hand in the router's settings would do the same. */
  readonly byHand: boolean;
  /** Takes it back; never rejects. */
  close(): Promise<void>;
}

export interface ChallengePortRequest {
  readonly outsidePort: number;
  /** Where connections are to be passed on to. */
  readonly inside: HostPort;
  /** Stops waiting for the router. */
  readonly signal: AbortSignal;
}

/** Never rejects; `null` where there is no router to ask: this machine is in the open, or behind a proxy. */
export type OpenChallengePort = (request: ChallengePortRequest) => Promise<ChallengePort | null>;
