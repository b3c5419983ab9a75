import type { ReachProtocol } from '../../../shared/api/views/reach-views.ts';
import type { Said } from '../../../shared/words/said.ts';

/** What a router is asked for: TCP connections to its own port, passed on to this machine. */
export interface MappingRequest {
  readonly internalPort: number;
  /** The port outside that would suit; a router may grant another. */
  readonly suggestedPort: number;
  /** Whether another port outside would be of no use. It may be given all the same; then it has to be given back. */
  readonly exact: boolean;
  readonly lifetimeS: number;
}

export interface Granted {
  readonly kind: 'granted';
  /** As the router names it; `null` when it does not say. It may be anything: verdict.ts judges it. */
  readonly externalAddress: string | null;
  readonly externalPort: number;
  /** How long the router keeps it; 0 means until it is taken back. */
  readonly lifetimeS: number;
  /** The router's own clock, where the protocol has one (announcements.ts). */
  readonly epochS: number | null;
}

/** Someone is there and says no. */
export interface Refused {
  readonly kind: 'refused';
  /** Why. */
  readonly text: Said;
  readonly externalAddress: string | null;
  /** The reason it gives is that it has no public address itself. */
  readonly lacksAddress: boolean;
}

/** Nobody there speaks this protocol. */
export interface Absent {
  readonly kind: 'absent';
  readonly text: Said;
}

export type MappingAnswer = Granted | Refused | Absent;

/** One way to ask one router. Asking again for the same port renews. Rejects only when `signal` was aborted. */
export interface MappingProtocol {
  readonly name: ReachProtocol;
  map(request: MappingRequest, signal: AbortSignal): Promise<MappingAnswer>;
  /** Takes the mapping back, whether there is one or not. */
  unmap(
    request: { readonly internalPort: number; readonly externalPort: number },
    signal: AbortSignal,
  ): Promise<void>;
}
