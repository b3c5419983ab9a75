import type { X509Certificate } from 'node:crypto';
import { sha256Hex } from './ed25519.ts';

/** SHA-256 (hex) of a certificate's public key: what peers pin, and what a renewal with the same key keeps. */
export const spkiSha256 = (certificate: X509Certificate): string =>
  sha256Hex(certificate.publicKey.export({ type: 'spki', format: 'der' }));
