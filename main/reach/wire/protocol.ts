import type { ReachProtocol } from '../../../shared/api/views/reach-views.ts';
import type { Said } from '../../../shared/words/said.ts';

/** A router is asked for this: TCP connections to its own port, forwarded to this computer. */
export interface MappingRequest {
  readonly internalPort: number;
  /** The preferred outside port; a router may grant another. */
  readonly suggestedPort: number;
  /** Whether any other outside port would be useless. If the router grants one anyway, it has to be removed. */
  readonly exact: boolean;
  readonly lifetimeS: number;
}

interface Granted {
  readonly kind: 'granted';
  /** The router's own statement, which may be anything; `null` if it makes none. verdict.ts checks it. */
  readonly externalAddress: string | null;
  readonly externalPort: number;
  /** How long the router keeps it; 0 means until it is removed. */
  readonly lifetimeS: number;
  /** The router's own clock, if the protocol has one (announcements.ts). */
  readonly epochS: number | null;
}

/** A router answers, and refuses. */
interface Refused {
  readonly kind: 'refused';
  /** The reason. */
  readonly text: Said;
  readonly externalAddress: string | null;
  /** The reason is that it has no public address itself. */
  readonly lacksAddress: boolean;
}

/** The answer that no router there speaks this protocol. */
interface Absent {
  readonly kind: 'absent';
  readonly text: Said;
}

export type MappingAnswer = Granted | Refused | Absent;

/** One way to ask one router. Asking again for the same port renews. Rejects only when `signal` was aborted. */
export interface MappingProtocol {
  readonly name: ReachProtocol;
  map(request: MappingRequest, signal: AbortSignal): Promise<MappingAnswer>;
  /** Removes the mapping, if there is one. */
  unmap(
    request: { readonly internalPort: number; readonly externalPort: number },
    signal: AbortSignal,
  ): Promise<void>;
}
