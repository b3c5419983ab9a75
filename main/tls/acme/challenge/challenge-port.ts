import type { Said } from '../../../../shared/words/said.ts';
import type { HostPort } from '../../../config.ts';

/** A port forwarding requested from the router for as long as a challenge is running. */
export interface ChallengePort {
  /** Whether the router forwards connections. */
  readonly isOpen: boolean;
  /** The result, and what the owner can do if connections don't arrive anyway. */
  readonly said: Said;
  /** Whether forwarding the port by hand in the router's settings would work as well. */
  readonly byHand: boolean;
  /** Removes it; never rejects. */
  close(): Promise<void>;
}

export interface ChallengePortRequest {
  readonly outsidePort: number;
  /** The address to which connections have to be forwarded. */
  readonly inside: HostPort;
  /** Stops waiting for the router. */
  readonly signal: AbortSignal;
}

/**
 * Never rejects; `null` if there is no router to ask: this computer is directly on the internet or offline, or the
 * listener is behind a proxy on it.
 */
export type OpenChallengePort = (request: ChallengePortRequest) => Promise<ChallengePort | null>;
