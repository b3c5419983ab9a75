/** Requests signed with the account's key (RFC 8555, 6.2; RFC 7515). */
import { createHash, createPrivateKey, generateKeyPairSync, type JsonWebKey, sign } from 'node:crypto';

/** P-256, private. */
export type AccountKey = JsonWebKey;

export function makeAccountKey(): AccountKey {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
}

/**
 * Signs with `kid` once the account has an address, before that with the public key. `payload` null is a POST-as-GET.
 */
export function signedRequest(
  key: AccountKey,
  header: { readonly url: string; readonly nonce: string; readonly kid: string | null },
  payload: unknown,
): string {
  const { url, nonce, kid } = header;
  const who = kid === null ? { jwk: publicJwk(key) } : { kid };
  const protectedPart = encode(JSON.stringify({ alg: 'ES256', ...who, nonce, url }));
  const payloadPart = payload === null ? '' : encode(JSON.stringify(payload));
  const signature = sign('sha256', Buffer.from(`${protectedPart}.${payloadPart}`), {
    key: createPrivateKey({ key, format: 'jwk' }),
    dsaEncoding: 'ieee-p1363',
  });
  return JSON.stringify({
    protected: protectedPart,
    payload: payloadPart,
    signature: signature.toString('base64url'),
  });
}

/** Proves that the holder of the account's key received the request for a token (RFC 8555, 8.1). */
export function keyAuthorization(key: AccountKey, token: string): string {
  return `${token}.${createHash('sha256')
    .update(JSON.stringify(publicJwk(key)))
    .digest('base64url')}`;
}

/** The public key in the order required for a thumbprint (RFC 7638). */
const publicJwk = ({ crv, kty, x, y }: AccountKey) => ({ crv, kty, x, y });

const encode = (text: string): string => Buffer.from(text).toString('base64url');
