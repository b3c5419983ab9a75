/** IP addresses: their ranges, and their text and byte forms. */
import { BlockList, isIP, isIPv4 } from 'node:net';

/**
 * Addresses that a remote must not make us call: loopback, private, CGNAT, link-local, ULA, multicast, documentation,
 * and forms that translate to them (docs/protocol/hardening.md, "Addresses we call").
 */
const refused = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  refused.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of [
  ['::', 96],
  ['::ffff:0:0:0', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 32],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const)
  refused.addSubnet(net, bits, 'ipv6');

const mappedPrefix = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * True if `address`, an IP literal, is one that only the owner may use. Anything that can't be parsed counts as
 * private.
 */
export function isPrivateAddress(address: string): boolean {
  const mapped = mappedPrefix.exec(address)?.[1];
  const plain = mapped ?? address.replace(/%.*$/, '');
  if (isIP(plain) === 0) return true;
  const judged = withoutNat64(plain);
  return refused.check(judged, isIPv4(judged) ? 'ipv4' : 'ipv6');
}

const nat64 = Buffer.from('0064ff9b0000000000000000', 'hex');

/** A network of IPv6 only reaches an IPv4 address as 64:ff9b::a.b.c.d (RFC 6052). It is what that address is. */
function withoutNat64(address: string): string {
  if (!/^0*64:0*ff9b:/i.test(address)) return address;
  const bytes = addressBytes(address);
  return bytes.subarray(0, 12).equals(nat64) ? bytes.subarray(12).join('.') : address;
}

/** Says who can reach an address. `shared` is one that a provider gives to many customers at once. */
type AddressKind = 'none' | 'loopback' | 'shared' | 'private' | 'public';

/** 100.64/10 is for carrier-grade NAT (RFC 6598); 192.0.0.0/29 is the outside of a DS-Lite router (RFC 6333). */
const shared = /^(?:100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|192\.0\.0\.[0-7]$)/;

/**
 * Says who can reach an address. `localhost` counts as `loopback`, and a mapped IPv4 address as the address in it. Other
 * names and the unspecified addresses are `none`.
 */
export function addressKind(address: string | null): AddressKind {
  if (address === null) return 'none';
  if (/^localhost$/i.test(address)) return 'loopback';
  const plain = withoutNat64(mappedPrefix.exec(address)?.[1] ?? withoutScope(address));
  if (isIP(plain) === 0 || plain === '0.0.0.0' || plain === '::') return 'none';
  if (/^(?:127\.|::1$)/.test(plain)) return 'loopback';
  if (shared.test(plain)) return 'shared';
  return isPrivateAddress(plain) ? 'private' : 'public';
}

/** The host of a URL without the brackets of an IPv6 address. */
export const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, '');

/** The port in a URL, or its default. */
export const portOf = ({ protocol, port }: URL): number => Number(port || (protocol === 'https:' ? 443 : 80));

/** `fe80::1%eth0` without the interface. */
export const withoutScope = (address: string): string => address.split('%', 1)[0] ?? '';

/** 16 bytes. An IPv4 address in its mapped form (::ffff:a.b.c.d), as PCP requires. */
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

/** The reverse: dotted for a mapped IPv4 address, otherwise the short form of IPv6. */
export function addressText(bytes: Buffer): string {
  const isMapped = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes.readUInt16BE(10) === 0xffff;
  if (isMapped) return bytes.subarray(12).join('.');
  const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(2 * at).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

/**
 * Identifies who has an address, for a count of what one sender does: the address itself, or the /64 of an IPv6
 * address, because each customer has at least that many.
 */
export function networkOf(address: string): string {
  if (isIP(withoutScope(address)) === 0) return address;
  const bytes = addressBytes(address);
  const text = addressText(bytes);
  return isIPv4(text) ? text : `${addressText(Buffer.concat([bytes.subarray(0, 8), Buffer.alloc(8)]))}/64`;
}

/** `[2001:db8::1]:8448`, `203.0.113.7:8448`. */
export const hostPort = (address: string, port: number): string =>
  `${address.includes(':') ? `[${address}]` : address}:${port}`;
