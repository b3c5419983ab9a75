import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { TlsConfig } from '../config.ts';
import { sha256Hex } from '../crypto/ed25519.ts';
import { writeFileAtomically } from '../identity/vault.ts';

export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** The certificate cannot be used; the message says which file and why. */
export class TlsConfigError extends Error {}

const selfSignedYears = 10;

/** Certificate and key in PEM, as configured; undefined when TLS is left to a proxy. */
export async function loadTls(
  config: TlsConfig,
  dataDir: string,
  now: number,
): Promise<TlsFiles | undefined> {
  if (config.mode === 'off') return undefined;
  if (config.mode === 'files') return readPair(config.certFile, config.keyFile);
  const cert = join(dataDir, 'tls-cert.pem');
  const key = join(dataDir, 'tls-key.pem');
  if (!existsSync(cert) || !existsSync(key)) {
    const made = await makeSelfSigned(now);
    writeFileAtomically(key, made.key);
    writeFileAtomically(cert, made.cert);
  }
  return readPair(cert, key);
}

/** SHA-256 (hex) of the public key in the first certificate of a PEM chain: what peers pin. */
export function spkiSha256(pem: string): string {
  return sha256Hex(new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' }));
}

function readPair(certFile: string, keyFile: string): TlsFiles {
  const read = (file: string): string => {
    try {
      return readFileSync(file, 'utf8');
    } catch (error) {
      throw new TlsConfigError(`The TLS file ${file} cannot be read: ${(error as Error).message}`);
    }
  };
  const pair = { cert: read(certFile), key: read(keyFile) };
  try {
    createSecureContext(pair);
  } catch (error) {
    throw new TlsConfigError(
      `${certFile} and ${keyFile} do not make a usable pair: ${(error as Error).message}. Expected a certificate chain and its private key, both PEM.`,
    );
  }
  return pair;
}

/** Loaded only when a certificate has to be made: the library takes memory that a running node can do without. */
async function makeSelfSigned(now: number): Promise<TlsFiles> {
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=Paracord Node',
    notBefore: new Date(now - 86_400_000),
    notAfter: new Date(now + selfSignedYears * 365 * 86_400_000),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    ],
  });
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { cert: certificate.toString('pem'), key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY') };
}
