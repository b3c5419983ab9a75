import { isIP } from 'node:net';
import type { AcmeChallenge } from '../../shared/api/contract/tls.ts';
import { addressBytes } from '../kernel/ip.ts';

/** A name or an address, as distinguished by ACME and certificates (RFC 8555, 9.7.7; RFC 8738). */
export interface Identifier {
  readonly type: 'dns' | 'ip';
  readonly value: string;
}

/**
 * IPv6 in its canonical form (RFC 5952), which certificates and authorities compare. Never throws, because it also
 * reads certificates of others. An address with an interface (`fe80::1%eth0`) can't be certified.
 */
export function identifierOf(name: string): Identifier {
  const bare = name.replace(/^\[(.+)\]$/, '$1');
  if (isIP(bare) === 4) return { type: 'ip', value: bare };
  const url = isIP(bare) === 6 ? URL.parse(`http://[${bare}]`) : null;
  if (url) return { type: 'ip', value: url.hostname.slice(1, -1) };
  return { type: 'dns', value: bare.toLowerCase().replace(/\.$/, '') };
}

/** A TLS-ALPN-01 check uses this as the server name: for an address, its reverse name (RFC 8738, 6). */
export function challengeServerName({ type, value }: Identifier): string {
  if (type === 'dns') return value;
  if (isIP(value) === 4) return `${value.split('.').reverse().join('.')}.in-addr.arpa`;
  return `${[...addressBytes(value).toString('hex')].reverse().join('.')}.ip6.arpa`;
}

/** The ports of the federation listener: inside, and in the public address, if there is one. */
export interface ListenPorts {
  readonly listen: number;
  readonly public: number | null;
}

export const comesOn443 = (ports: ListenPorts): boolean => (ports.public ?? ports.listen) === 443;

/**
 * Chooses how to prove a name. TLS-ALPN-01 needs our own listener on outside port 443, HTTP-01 needs port 80. DNS-01
 * needs a name whose records we may write, so only the owner can choose it.
 */
export function chooseChallenge(
  offered: readonly string[],
  wanted: AcmeChallenge | null,
  ports: ListenPorts,
): AcmeChallenge | null {
  if (wanted !== null) return offered.includes(wanted) ? wanted : null;
  const known = (['http-01', 'tls-alpn-01'] as const).filter((type) => offered.includes(type));
  return known.find((type) => type === (comesOn443(ports) ? 'tls-alpn-01' : 'http-01')) ?? known[0] ?? null;
}

/** Addresses are certified for only a few days. The profile for that is requested if the authority lists it. */
export function chooseProfile(
  names: readonly Identifier[],
  profiles: Readonly<Record<string, unknown>>,
): string | null {
  return names.some(({ type }) => type === 'ip') && Object.hasOwn(profiles, 'shortlived')
    ? 'shortlived'
    : null;
}
