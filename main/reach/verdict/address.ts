import { isIPv4, isIPv6 } from 'node:net';
import { isPrivateAddress } from '../../client/address-guard.ts';

/** What an address says about who can reach it. `shared` is one a provider gives to many customers at once. */
export type AddressKind = 'none' | 'loopback' | 'shared' | 'private' | 'public';

/** 100.64/10 is for carrier-grade NAT (RFC 6598); 192.0.0.0/29 is what a DS-Lite router has outside (RFC 6333). */
const shared = /^(?:100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|192\.0\.0\.[0-7]$)/;
const loopback = /^(?:localhost$|127\.|::1$)/i;

/** Anything that isn't an address counts as `none`, and so do the unspecified ones. */
export function addressKind(address: string | null): AddressKind {
  if (address === null) return 'none';
  if (loopback.test(address)) return 'loopback';
  const plain = withoutScope(address);
  if ((!isIPv4(plain) && !isIPv6(plain)) || plain === '0.0.0.0' || plain === '::') return 'none';
  if (shared.test(plain)) return 'shared';
  return isPrivateAddress(plain) ? 'private' : 'public';
}

/** `fe80::1%eth0` without the interface. */
export const withoutScope = (address: string): string => address.split('%', 1)[0] ?? '';

/** 16 bytes, an IPv4 address in its mapped form (::ffff:a.b.c.d), as PCP writes all addresses. */
export function addressBytes(address: string): Buffer {
  const plain = withoutScope(address);
  if (isIPv4(plain)) return Buffer.from([...Array(10).fill(0), 255, 255, ...plain.split('.').map(Number)]);
  // The URL parser writes any IPv6 address as groups of hex digits with at most one `::`.
  const [head = '', tail] = new URL(`http://[${plain}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((digits) => Number.parseInt(digits, 16));
  const [before, after] = [groups(head), groups(tail ?? '')];
  const bytes = Buffer.alloc(16);
  for (const [at, group] of before.entries()) bytes.writeUInt16BE(group, 2 * at);
  for (const [at, group] of after.entries()) bytes.writeUInt16BE(group, 2 * (8 - after.length + at));
  return bytes;
}

/** The other way: dotted for a mapped IPv4 address, else the short form of IPv6. */
export function addressText(bytes: Buffer): string {
  const isMapped = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes.readUInt16BE(10) === 0xffff;
  if (isMapped) return bytes.subarray(12).join('.');
  const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(2 * at).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

/** `[2001:db8::1]:8448`, `203.0.113.7:8448`. */
export const hostPort = (address: string, port: number): string =>
  `${address.includes(':') ? `[${address}]` : address}:${port}`;
