/** Writes X.509. The library needs memory, so it is loaded on demand. */
import { createPrivateKey, type KeyObject, type webcrypto } from 'node:crypto';
import { SaidError } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import type { Identifier } from './identifiers.ts';
import type { TlsPair } from './pair.ts';

type Library = typeof import('@peculiar/x509');

interface ImportedKey {
  readonly algorithm: { readonly name: string; readonly namedCurve?: string; readonly hash: string };
  readonly keys: webcrypto.CryptoKeyPair;
}

const dayMs = 86_400_000;
/** id-pe-acmeIdentifier (RFC 8737, 6.1). */
const acmeIdentifierOid = '1.3.6.1.5.5.7.1.31';

/** PKCS #8 in PEM: a new P-256 key. */
export async function makeKey(): Promise<string> {
  const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign']);
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
  return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }).export({
    type: 'pkcs8',
    format: 'pem',
  }) as string;
}

/** A self-signed certificate, valid since yesterday so that a slow clock does not matter. */
export async function makeSelfSigned(key: string, now: number, validMs: number): Promise<string> {
  const x509 = await library();
  const { algorithm, keys } = await importKey(key);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=Paracord Node',
    notBefore: new Date(now - dayMs),
    notAfter: new Date(now + validMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    ],
  });
  return certificate.toString('pem');
}

/** DER in base64url, for `finalize` (RFC 8555, 7.4). */
export async function makeSigningRequest(key: string, names: readonly Identifier[]): Promise<string> {
  const x509 = await library();
  const { algorithm, keys } = await importKey(key);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    signingAlgorithm: algorithm,
    keys,
    extensions: [new x509.SubjectAlternativeNameExtension([...names])],
  });
  return Buffer.from(request.rawData).toString('base64url');
}

/** The answer to TLS-ALPN-01: only that name, and the digest of the key authorization (RFC 8737, 3). */
export async function makeChallengePair(
  name: Identifier,
  authorizationSha256: string,
  now: number,
): Promise<TlsPair> {
  const x509 = await library();
  const key = await makeKey();
  const { algorithm, keys } = await importKey(key);
  // This extension's value is an OCTET STRING too, so we needn't write one by hand.
  const digest = new x509.SubjectKeyIdentifierExtension(authorizationSha256).value;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=ACME challenge',
    notBefore: new Date(now - dayMs),
    notAfter: new Date(now + dayMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.SubjectAlternativeNameExtension([name]),
      new x509.Extension(acmeIdentifierOid, true, digest),
    ],
  });
  return { cert: certificate.toString('pem'), key };
}

/**
 * How renewal information is requested: key ID of the issuer and serial number (RFC 9773, 4.1); null without a key ID.
 */
export async function renewalId(cert: string): Promise<string | null> {
  const x509 = await library();
  const certificate = new x509.X509Certificate(cert);
  const keyId = certificate.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId;
  if (keyId === undefined) return null;
  const serial = Buffer.from(certificate.serialNumber, 'hex');
  // DER puts a zero in front of a number whose first bit is set.
  const der = (serial[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), serial]) : serial;
  return `${Buffer.from(keyId, 'hex').toString('base64url')}.${der.toString('base64url')}`;
}

async function library(): Promise<Library> {
  await import('reflect-metadata');
  return import('@peculiar/x509');
}

async function importKey(pem: string): Promise<ImportedKey> {
  const key = createPrivateKey(pem);
  const algorithm = algorithmOf(key);
  const publicJwk = { ...key.export({ format: 'jwk' }) };
  for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi'] as const) delete publicJwk[secret];
  const pkcs8 = key.export({ type: 'pkcs8', format: 'der' });
  return {
    algorithm,
    keys: {
      privateKey: await crypto.subtle.importKey('pkcs8', new Uint8Array(pkcs8), algorithm, false, ['sign']),
      publicKey: await crypto.subtle.importKey('jwk', publicJwk, algorithm, true, ['verify']),
    },
  };
}

/** An owner may have put a key of another kind in our file. */
function algorithmOf(key: KeyObject): ImportedKey['algorithm'] {
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (curve === 'prime256v1') return { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  if (curve === 'secp384r1') return { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' };
  if (key.asymmetricKeyType === 'rsa') return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const kind = curve ?? key.asymmetricKeyType ?? '';
  throw new SaidError(said('tls.key_kind', { kind }));
}
