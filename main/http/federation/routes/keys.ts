import { notFound } from '../../../../shared/protocol/errors.ts';
import { extensions } from '../../../../shared/protocol/extensions.ts';
import { normalizeServerName } from '../../../../shared/protocol/identifiers.ts';
import { wireKey } from '../../../../shared/protocol/key-chain.ts';
import {
  federationPrefix,
  transportForms,
  transportHeaders,
  wellKnownPath,
} from '../../../../shared/protocol/transport.ts';
import { said } from '../../../../shared/words/said.ts';
import type { RoomRegistry } from '../../../events/projection/room-registry.ts';
import type { Keyring } from '../../../identity/keyring.ts';
import type { Clock } from '../../../kernel/ports.ts';
import type { Tables } from '../../../store/ports.ts';
import type { KeyRow } from '../../../store/tables/peer-store.ts';
import { acceptedUntil, extensionMs } from '../../../trust/keys/key-validity.ts';
import type { PeerDirectory } from '../../../trust/peer-directory.ts';
import type { Authenticator } from '../authenticate.ts';
import type { Callers } from '../callers.ts';
import { keysPage } from '../query.ts';
import {
  answer,
  call,
  type FederationAnswer,
  type FederationRequest,
  type FederationRoute,
} from '../request.ts';

export interface KeyDeps {
  readonly store: Tables<'rooms'>;
  readonly keyring: Keyring;
  readonly authenticator: Authenticator;
  readonly directory: PeerDirectory;
  readonly registry: RoomRegistry;
  readonly reach: { readonly publicUrl: string | null; readonly local: string | null };
  readonly clock: Clock;
}

/** The routes that say who this server is: discovery and keys. */
export function keyRoutes(deps: KeyDeps, callers: Callers): FederationRoute[] {
  return [
    { method: 'GET', path: wellKnownPath, handle: async (request) => discovery(deps, request) },
    call('GET', '/keys', (request) => keys(deps, callers, request)),
  ];
}

function discovery({ keyring, reach }: KeyDeps, request: FederationRequest): FederationAnswer {
  // Asked at our address in its own network, a server goes on there.
  const isNear = reach.local !== null && `https://${request.header('host')[0]}` === reach.local;
  return answer(200, {
    server_name: keyring.serverName,
    domain: keyring.domain,
    federation_endpoint: (isNear ? '' : (reach.publicUrl ?? '')) + federationPrefix,
    enabled: true,
    version: transportForms.bare.version,
    supported_versions: [transportForms.addressed.version, transportForms.bare.version],
    extensions,
  });
}

/**
 * Our keys, for anyone. With `server_name`, for members of rooms homed here: the keys of another server in such a room.
 */
async function keys(deps: KeyDeps, callers: Callers, request: FederationRequest): Promise<FederationAnswer> {
  const { keyring, authenticator, directory, clock } = deps;
  const asked = request.query.get('server_name');
  const after = request.query.get('after');
  if (asked !== null && asked !== keyring.serverName) {
    const { origin } = await callers.beyondDraft(request);
    return keysOfThird(deps, origin, normalizeServerName(asked), after);
  }
  if (request.header(transportHeaders.origin).length > 0)
    await authenticator
      .authenticate(request)
      .then((by) => directory.change(by.origin, { keys_read_at: clock.now() }))
      // A caller that cannot prove who it is may still read public keys.
      .catch(() => {});
  // Expired keys too: events they signed while valid still have to be verified.
  const published = keyring.published().map((key) => wireKey(keyring.serverName, key, key.chain));
  return answer(200, {
    server_name: keyring.serverName,
    domain: keyring.domain,
    ...keysPage(published, after),
  });
}

function keysOfThird(
  { store, registry, directory, keyring, clock }: KeyDeps,
  asker: string,
  server: string,
  after: string | null,
): FederationAnswer {
  // Events of former members are still read, so their keys are served after they leave, too.
  const shared = store.rooms
    .roomsOf(server)
    .map((roomId) => registry.get(roomId))
    .some((room) => room?.row.home === keyring.serverName && room.servers.has(asker));
  const own = directory.keysOf(server).filter((key) => key.source === 'peer');
  // An extended key is served with one day at most, so that the asker returns for the next extension.
  const dayEnd = clock.now() + extensionMs;
  const until = (key: KeyRow) =>
    key.ended_at === null
      ? Math.max(key.valid_until, Math.min(acceptedUntil(key), dayEnd))
      : acceptedUntil(key);
  if (!shared || own.length === 0 || !directory.isAllowed(server))
    throw notFound(said('wire.no_keys_of', { server, asker }));
  return answer(200, {
    server_name: server,
    domain: directory.get(server)?.domain ?? server,
    ...keysPage(
      own.map((key) => wireKey(server, { ...key, valid_until: until(key) }, null)),
      after,
    ),
  });
}
