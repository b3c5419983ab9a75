import type { ServerKind } from '../../shared/api/views.ts';
import type { ApiParts } from './parts.ts';

/** What kind of server that is, as far as its discovery document has told. */
export function kindOf({ directory, keyring }: ApiParts, server: string): ServerKind {
  if (keyring.isSetUp && server === keyring.serverName) return 'paracord-node';
  const isOfOurKind = directory.isOfOurKind(server);
  if (isOfOurKind === null) return 'unknown';
  return isOfOurKind ? 'paracord-node' : 'other';
}

/**
 * The room's home, if it is not a Paracord Node: it accepts our events and shows them to nobody
 * (docs/protocol/existing-server.md, "Rooms of its own").
 */
export function homeThatShowsNothing(parts: ApiParts, roomId: string): string | null {
  const home = parts.registry.get(roomId)?.row.home;
  return home !== undefined && kindOf(parts, home) === 'other' ? home : null;
}
