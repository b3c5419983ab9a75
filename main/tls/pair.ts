import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { SaidError } from '../../shared/words/refusal.ts';
import { type Said, said, saidOf } from '../../shared/words/said.ts';
import { spkiSha256 } from '../crypto/ed25519.ts';
import { identifierOf } from './identifiers.ts';

/** A certificate chain, the server's own first, and its private key; both PEM. */
export interface TlsPair {
  readonly cert: string;
  readonly key: string;
}

/** The certificate can't be used; says which file or flag, and why. */
export class TlsConfigError extends SaidError {}

export interface CertificateFacts {
  /** The DNS names and IP addresses it is for. */
  readonly names: readonly string[];
  readonly issuer: string;
  readonly validFrom: number;
  readonly validUntil: number;
  /** SHA-256 (hex) of its public key: what peers pin. */
  readonly spkiSha256: string;
  readonly selfSigned: boolean;
}

/** Reads the first certificate in a PEM chain. */
export function factsOf(pem: string): CertificateFacts {
  const certificate = new X509Certificate(pem);
  return {
    names: namesIn(certificate.subjectAltName),
    issuer: issuerName(certificate.issuer),
    validFrom: certificate.validFromDate.getTime(),
    validUntil: certificate.validToDate.getTime(),
    spkiSha256: spkiSha256(certificate),
    selfSigned: certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey),
  };
}

/** Says what is wrong with a pair, or null. Never contains part of the key. */
export function pairProblem({ cert, key }: TlsPair): Said | null {
  try {
    if (!/-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/.test(key)) return said('tls.no_key');
    if (/ENCRYPTED/.test(key)) return said('tls.key_encrypted');
    const chain = cert.match(
      /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]*-----END (?:TRUSTED )?CERTIFICATE-----/g,
    );
    if (chain === null) return said('tls.no_certificate');
    const own = createPrivateKey(key);
    const isFor = (pem: string) => new X509Certificate(pem).checkPrivateKey(own);
    if (!isFor(chain[0])) return said(chain.some(isFor) ? 'tls.chain_order' : 'tls.not_its_key');
    const kind = kindUnknownToBoringSsl(own);
    if (kind !== null) return said('tls.key_kind', { kind });
    createSecureContext({ cert, key });
    return null;
  } catch (error) {
    return saidOf(error);
  }
}

/**
 * The type of a key whose signature clients with BoringSSL, such as the desktop app, don't accept in a handshake
 * (kVerifySignatureAlgorithms in BoringSSL's ssl/extensions.cc: ECDSA with P-256 and P-384, and RSA); `null` for the
 * others.
 */
export function kindUnknownToBoringSsl({
  asymmetricKeyType,
  asymmetricKeyDetails,
}: KeyObject): string | null {
  if (asymmetricKeyType === 'ed25519') return 'Ed25519';
  if (asymmetricKeyType === 'ed448') return 'Ed448';
  return asymmetricKeyDetails?.namedCurve === 'secp521r1' ? 'P-521' : null;
}

/** Reads names as Node writes them: `DNS:a.example, IP Address:192.0.2.1`; a comma within a name is escaped. */
function namesIn(subjectAltName: string | undefined): string[] {
  return (subjectAltName ?? '')
    .split(', ')
    .map((entry) => /^(?:DNS|IP Address):(.+)$/.exec(entry)?.[1])
    .flatMap((name) => (name === undefined ? [] : [identifierOf(name).value]));
}

/** `C=US\nO=Let's Encrypt\nCN=R11`: the name people know. */
function issuerName(distinguished: string | undefined): string {
  const parts = new Map(
    (distinguished ?? '').split('\n').map((line) => line.split(/=(.*)/s) as [string, string]),
  );
  const [organisation, common] = [parts.get('O'), parts.get('CN')];
  if (organisation && common && organisation !== common) return `${organisation} (${common})`;
  return organisation ?? common ?? '';
}
