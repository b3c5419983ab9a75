/**
 * The chain of a server's keys (docs/protocol/keys.md, "The chain"): in a rotation the old key signs the new one. A
 * server that has any key of the chain can tell which later ones belong to the same server, no matter who sends them.
 */
import * as v from 'valibot';
import { expectedWhat } from '../words/expected.ts';
import { limits } from './limits.ts';

/** The older key that signed this key, and its signature over `chainText`. */
export const KeyChain = v.object({
  key_id: v.pipe(v.string(), v.minLength(1), v.maxLength(limits.keyIdCharsMax)),
  signature: v.pipe(
    v.string(expectedWhat('signature')),
    v.regex(/^[0-9a-f]{128}$/, expectedWhat('signature')),
  ),
});
export type KeyChain = v.InferOutput<typeof KeyChain>;

/** A chain in the answer with a key. If it is invalid, the key is still used. */
export const optionalChain = v.optional(v.fallback(v.nullable(KeyChain), null));

/** A public key, and the chain that its server showed for it. */
export interface ChainedKey {
  readonly key_id: string;
  readonly public_key: string;
  readonly chain: KeyChain | null;
}

/** The old key signs this. It can't be confused with the text of any event or request, and has only one meaning. */
export function chainText(
  serverName: string,
  oldKeyId: string,
  next: Pick<ChainedKey, 'key_id' | 'public_key'>,
): string {
  return ['paracord-key-chain', serverName, oldKeyId, next.key_id, next.public_key].join('\n');
}

/**
 * The keys in `told` that a chain of signatures proves, starting at one in `held` (public keys by key ID). The key of a
 * known key ID never changes. `verify(text, signature, publicKey)`.
 */
export function provenKeys<K extends ChainedKey>(
  serverName: string,
  held: ReadonlyMap<string, string>,
  told: readonly K[],
  verify: (text: string, signature: string, publicKey: string) => boolean,
): K[] {
  const trusted = new Map(held);
  const proven: K[] = [];
  let open = told.filter((key) => !trusted.has(key.key_id) && isOneLine(key.key_id));
  for (let before = -1; open.length !== before; ) {
    before = open.length;
    open = open.filter((key) => {
      const by = key.chain === null ? undefined : trusted.get(key.chain.key_id);
      if (key.chain === null || by === undefined || !isOneLine(key.chain.key_id)) return true;
      if (trusted.has(key.key_id)) return false;
      const text = chainText(serverName, key.chain.key_id, key);
      if (!verify(text, key.chain.signature, by)) return true;
      trusted.set(key.key_id, key.public_key);
      proven.push(key);
      return false;
    });
  }
  return proven;
}

/** Refuses a line break in a key ID, which would give one text two meanings. */
const isOneLine = (keyId: string): boolean => !/[\n\r]/.test(keyId);

/** A key as it appears in an answer. */
export const wireKey = (
  server: string,
  key: { readonly key_id: string; readonly public_key: string; readonly valid_until: number },
  chain: KeyChain | null,
) => ({
  server_name: server,
  key_id: key.key_id,
  public_key: key.public_key,
  valid_until: key.valid_until,
  algorithm: 'ed25519',
  ...(chain === null ? {} : { chain }),
});
