import { Callers, type CallersDeps } from '../callers.ts';
import { type PushRouteDeps, pushRoutes } from '../pushes.ts';
import { Reads, type ReadsDeps } from '../reads.ts';
import type { FederationRoute } from '../request.ts';
import { type DirectoryDeps, directoryRoutes } from './directory.ts';
import { type EventDeps, eventRoutes } from './events.ts';
import { type FileDeps, fileRoutes } from './files.ts';
import { type KeyDeps, keyRoutes } from './keys.ts';
import { type PairingDeps, pairingRoutes } from './pairing.ts';
import { type RecallDeps, recallRoutes } from './recall.ts';
import { type RoomDeps, roomRoutes } from './rooms.ts';

export type RouteDeps = CallersDeps &
  ReadsDeps &
  PushRouteDeps &
  EventDeps &
  RoomDeps &
  FileDeps &
  KeyDeps &
  PairingDeps &
  DirectoryDeps &
  RecallDeps;

/** The calls of the protocol (docs/protocol/wire.md, "Calls"), each a function from request to answer. */
export function federationRoutes(deps: RouteDeps): FederationRoute[] {
  const callers = new Callers(deps);
  const reads = new Reads(deps);
  return [
    ...keyRoutes(deps, callers),
    ...eventRoutes(deps, callers, reads),
    ...pushRoutes(deps),
    ...roomRoutes(deps, callers, reads),
    ...fileRoutes(deps, callers),
    ...pairingRoutes(deps, callers),
    ...recallRoutes(deps, callers, reads),
    ...directoryRoutes(deps, callers, reads),
  ];
}
