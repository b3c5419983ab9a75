import { Callers, type CallersParts } from '../callers.ts';
import { type PushRouteParts, pushRoutes } from '../pushes.ts';
import { Reads, type ReadsParts } from '../reads.ts';
import type { FederationRoute } from '../request.ts';
import { type DirectoryParts, directoryRoutes } from './directory.ts';
import { type EventParts, eventRoutes } from './events.ts';
import { type FileParts, fileRoutes } from './files.ts';
import { type KeyParts, keyRoutes } from './keys.ts';
import { type PairingParts, pairingRoutes } from './pairing.ts';
import { type RecallParts, recallRoutes } from './recall.ts';
import { type RoomParts, roomRoutes } from './rooms.ts';

export type RouteParts = CallersParts &
  ReadsParts &
  PushRouteParts &
  EventParts &
  RoomParts &
  FileParts &
  KeyParts &
  PairingParts &
  DirectoryParts &
  RecallParts;

/** The calls of the protocol (docs/protocol/wire.md, "Calls"), each a function from request to answer. */
export function federationRoutes(parts: RouteParts): FederationRoute[] {
  const callers = new Callers(parts);
  const reads = new Reads(parts);
  return [
    ...keyRoutes(parts, callers),
    ...eventRoutes(parts, callers, reads),
    ...pushRoutes(parts),
    ...roomRoutes(parts, callers, reads),
    ...fileRoutes(parts, callers),
    ...pairingRoutes(parts, callers),
    ...recallRoutes(parts, callers, reads),
    ...directoryRoutes(parts, callers, reads),
  ];
}
