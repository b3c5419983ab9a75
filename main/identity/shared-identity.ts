/**
 * The identity on its way to the other nodes of this server (docs/decisions/0076-keys-travel-with-the-data.md): sealed, in
 * the data that they share.
 */
import { openWithKey, sealWithKey } from '../crypto/sealed.ts';
import { type Identity, identityFrom } from './vault.ts';

/** `key` (32 bytes): from `Keyring`, the same at all nodes. Base64. */
export const sealIdentity = (identity: Identity, key: Buffer): string =>
  sealWithKey(JSON.stringify(identity), key);

/** Null if no node with this key sealed it, or if it is of another server. */
export function openIdentity(text: string, key: Buffer, serverName: string): Identity | null {
  const plain = openWithKey(text, key);
  if (plain === null) return null;
  try {
    const identity = identityFrom(JSON.parse(plain));
    return identity.server_name === serverName ? identity : null;
  } catch {
    return null;
  }
}

const idsOf = ({ keys, public_only = [] }: Identity): readonly string[] =>
  [...keys, ...public_only].map(({ key_id }) => key_id);

/**
 * `own` with the keys of `other` that it lacks, and the later expiry of the newest; null if it lacks nothing. What is known
 * of a key in both comes from `other`, which is newer. No private key is ever lost, so an old text changes nothing.
 */
export const withKeysOf = (own: Identity, other: Identity): Identity | null =>
  withMissingKeys(own, other) ?? withRenewal(own, other);

/** Takes over a longer validity of the newest key. No other key is ever renewed. */
function withRenewal(own: Identity, other: Identity): Identity | null {
  const [newest, ...older] = own.keys;
  const [renewed] = other.keys;
  if (newest === undefined || renewed?.key_id !== newest.key_id) return null;
  if (renewed.valid_until <= newest.valid_until) return null;
  return { ...own, keys: [{ ...newest, valid_until: renewed.valid_until }, ...older] };
}

function withMissingKeys(own: Identity, other: Identity): Identity | null {
  const known = new Set(own.keys.map(({ key_id }) => key_id));
  const knownPublic = new Set(idsOf(own));
  const hasAll =
    other.keys.every(({ key_id }) => known.has(key_id)) &&
    (other.public_only ?? []).every(({ key_id }) => knownPublic.has(key_id));
  if (hasAll) return null;
  const taken = new Set(other.keys.map(({ key_id }) => key_id));
  const keys = [...other.keys, ...own.keys.filter(({ key_id }) => !taken.has(key_id))].sort(
    (a, b) => b.created_at - a.created_at,
  );
  const [first, ...rest] = keys;
  if (first === undefined) return null;
  const all = new Set(keys.map(({ key_id }) => key_id));
  const publicOnly = new Map(
    [...(own.public_only ?? []), ...(other.public_only ?? [])]
      .filter(({ key_id }) => !all.has(key_id))
      .map((key) => [key.key_id, key]),
  );
  const { public_only: _, ...named } = own;
  return {
    ...named,
    keys: [first, ...rest],
    ...(publicOnly.size > 0 && { public_only: [...publicOnly.values()] }),
  };
}
