import { SpokenError } from '../../shared/words/refusal.ts';
import type { Tables } from '../store/ports.ts';
import type { Keyring } from './keyring.ts';

/** The identity is not the one that the database was created with. Neither was changed. */
export class IdentityForeignError extends SpokenError {}

/** The server whose keys the database has recorded as its own; `null` until there is one. */
export function ownerOf(store: Tables<'peers'>): string | null {
  return store.peers.ownKeys()[0]?.server_name ?? null;
}

/** The same, if the identity that belongs to it is missing. */
export const missingIdentityOf = (
  store: Tables<'peers'>,
  keyring: Pick<Keyring, 'isSetUp'>,
): string | null => (keyring.isSetUp ? null : ownerOf(store));

/**
 * Another server's identity would speak for rooms and users that are not its own, with a key that their peers never
 * pinned. Throws IdentityForeignError.
 */
export function refuseForeignIdentity(
  store: Tables<'peers'>,
  keyring: Pick<Keyring, 'isSetUp' | 'serverName' | 'key'>,
  folder: string,
): void {
  if (!keyring.isSetUp) return;
  const own = store.peers.ownKeys();
  const isOurs = own.some(
    ({ server_name, key_id, public_key }) =>
      server_name === keyring.serverName && keyring.key(key_id)?.publicKey === public_key,
  );
  const [first] = own;
  if (first === undefined || isOurs) return;
  const server = keyring.serverName;
  throw new IdentityForeignError(({ start: { failure } }) =>
    first.server_name === server
      ? failure.identityOtherKeys({ folder, server })
      : failure.identityForeign({ folder, server, owner: first.server_name }),
  );
}

/** The name in `meta` for every key of ours, sealed for the other nodes of this server. */
export const sharedKeys = 'identity for other nodes';

/**
 * Before anything is signed: uses the keys that another node of this server made
 * (docs/decisions/0076-keys-travel-with-the-data.md). True if that added any.
 */
export function takeInKeys(
  store: Tables<'meta'>,
  keyring: Pick<Keyring, 'isSetUp' | 'takeIn'>,
  log?: { warn(details: object, message: string): void },
): boolean {
  const sealed = store.meta.get(sharedKeys);
  if (sealed === undefined || !keyring.isSetUp) return false;
  const taken = keyring.takeIn(sealed);
  if (taken === 'unreadable') log?.warn({}, 'the keys for other nodes were not sealed by this server');
  return taken === 'added';
}
