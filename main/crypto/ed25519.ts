import { hash, type X509Certificate } from 'node:crypto';
import { sodium } from './sodium.ts';

/** Ed25519 with 32-byte seeds (as bytes), and 32-byte public keys and detached 64-byte signatures in lower-case hex. */

const hexPattern = /^(?:[0-9a-f]{2})*$/;

/** Strict, unlike `Buffer.from(hex)`, which stops silently at the first invalid character. */
export function bytesFromHex(hex: string, length: number): Buffer {
  if (hex.length !== length * 2 || !hexPattern.test(hex))
    throw new TypeError(`expected ${length * 2} lower-case hex digits`);
  return Buffer.from(hex, 'hex');
}

export const sha256Hex = (data: string | Uint8Array): string => hash('sha256', data, 'hex');

export interface Signer {
  readonly publicKey: string;
  /** Lower-case hex signature of the text's UTF-8 bytes. */
  sign(text: string): string;
  /** Wipes the secret. The signer can't be used afterwards. */
  wipe(): void;
}

/**
 * Doesn't keep `seed`, which its caller wipes. The secret key is in a buffer and not from `sodium_malloc`, because
 * Electron forbids that memory.
 */
export function signerFromSeed(seed: Buffer): Signer {
  if (seed.length !== sodium().crypto_sign_SEEDBYTES) throw new TypeError('expected a seed of 32 bytes');
  const publicKey = Buffer.alloc(sodium().crypto_sign_PUBLICKEYBYTES);
  const secretKey = Buffer.alloc(sodium().crypto_sign_SECRETKEYBYTES);
  sodium().crypto_sign_seed_keypair(publicKey, secretKey, seed);
  const signature = Buffer.alloc(sodium().crypto_sign_BYTES);
  return {
    publicKey: publicKey.toString('hex'),
    sign(text) {
      sodium().crypto_sign_detached(signature, Buffer.from(text), secretKey);
      return signature.toString('hex');
    },
    wipe: () => sodium().sodium_memzero(secretKey),
  };
}

/**
 * True if `signature` (hex) was made with `publicKey` (hex) over the text's UTF-8 bytes; also false for malformed hex.
 */
export function verifySignature(text: string, signature: string, publicKey: string): boolean {
  if (signature.length !== 128 || publicKey.length !== 64) return false;
  if (!hexPattern.test(signature) || !hexPattern.test(publicKey)) return false;
  return sodium().crypto_sign_verify_detached(
    Buffer.from(signature, 'hex'),
    Buffer.from(text),
    Buffer.from(publicKey, 'hex'),
  );
}

export const wipe = (secret: Buffer): void => sodium().sodium_memzero(secret);

/**
 * SHA-256 (hex) of a certificate's public key: what peers pin, and what stays the same in a renewal with the same key.
 */
export const spkiSha256 = (certificate: X509Certificate): string =>
  sha256Hex(certificate.publicKey.export({ type: 'spki', format: 'der' }));
