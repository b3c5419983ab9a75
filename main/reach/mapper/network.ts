/** Finds where this computer's traffic leaves for the internet. Parses what systems report; pure. */

import { isIPv6 } from 'node:net';
import { addressText } from '../../kernel/ip.ts';

export interface Route {
  /** The router, with its scope (`fe80::1%eth0`) if it needs one. */
  readonly gateway: string;
  /** This computer's address on the way there; for IPv6 a global one. */
  readonly localAddress: string;
}

export interface Network {
  readonly ipv4: Route | null;
  /** The route, if this computer has a global address. */
  readonly ipv6: Route | null;
  /** This computer's address on a line without a router: a modem (PPP, LTE), or a tunnel such as WireGuard. */
  readonly line4?: string | null;
  readonly line6?: string | null;
}

/** A system reports this before the local address is looked up. */
export interface Gateway {
  /** Null for a line without a router. */
  readonly address: string | null;
  /** Name of the interface, or its number on Windows. */
  readonly interface: string;
}

const up = 0x1;
const viaGateway = 0x2;
const reject = 0x200;

/** /proc/net/route: numbers in hex, addresses in the byte order of the machine, which is little-endian wherever Node.js runs. */
export function parseProcRoute(text: string): Gateway | null {
  const routes = text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields.length >= 8)
    .map(([name = '', destination, gateway = '', flags = '', , , metric = '', mask]) => ({
      name,
      isDefault: destination === '00000000' && mask === '00000000',
      gateway: Buffer.from(gateway, 'hex').reverse().join('.'),
      flags: Number.parseInt(flags, 16),
      metric: Number(metric),
    }))
    .filter(({ isDefault, flags }) => isDefault && (flags & up) !== 0 && (flags & reject) === 0)
    .sort((a, b) => a.metric - b.metric);
  const [first] = routes;
  if (!first) return null;
  return { address: (first.flags & viaGateway) === 0 ? null : first.gateway, interface: first.name };
}

/** /proc/net/ipv6_route: destination, its length, source, its length, next hop, metric, …, flags, interface. */
export function parseProcIpv6Route(text: string): Gateway | null {
  const zero = '0'.repeat(32);
  const routes = text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields.length === 10)
    .map(([destination, length, , , hop = '', metric = '', , , flags = '', name = '']) => ({
      isDefault: destination === zero && length === '00',
      hop,
      metric: Number.parseInt(metric, 16),
      flags: Number.parseInt(flags, 16),
      name,
    }))
    .filter(
      ({ isDefault, flags, name }) =>
        isDefault && (flags & up) !== 0 && (flags & reject) === 0 && name !== 'lo',
    )
    .sort((a, b) => a.metric - b.metric);
  const [first] = routes;
  if (!first) return null;
  return {
    address: first.hop === zero ? null : scoped(ipv6OfHex(first.hop), first.name),
    interface: first.name,
  };
}

/** macOS: `route -n get [-inet6] default`. */
export function parseRouteGet(text: string): Gateway | null {
  const field = (name: string) => new RegExp(`^\\s*${name}: (\\S+)\\s*$`, 'm').exec(text)?.[1];
  const [gateway, name] = [field('gateway'), field('interface')];
  if (name === undefined) return null;
  const isAddress = gateway !== undefined && /^[0-9a-f.:]+(%\w+)?$/i.test(gateway);
  return { address: isAddress ? scoped(gateway, name) : null, interface: name };
}

/** Windows: `route print -4 0.0.0.0`; the one line with numbers reads the same in every language. */
export function parseRoutePrint4(text: string): (Gateway & { readonly localAddress: string }) | null {
  const ip = '(\\d+\\.\\d+\\.\\d+\\.\\d+)';
  const lines = [
    ...text.matchAll(
      // The column has words in the language of the system if there is no router.
      new RegExp(`^\\s*0\\.0\\.0\\.0\\s+0\\.0\\.0\\.0\\s+(?:${ip}|\\S.*?)\\s+${ip}\\s+(\\d+)\\s*$`, 'gm'),
    ),
  ];
  const [first] = lines.sort((a, b) => Number(a[3]) - Number(b[3]));
  if (!first) return null;
  return { address: first[1] ?? null, interface: '', localAddress: first[2] ?? '' };
}

/** Windows: `route print -6 ::/0`: number of the interface, metric, `::/0`, gateway. */
export function parseRoutePrint6(text: string): Gateway | null {
  const lines = [...text.matchAll(/^\s*(\d+)\s+(\d+)\s+::\/0\s+(\S.*?)\s*$/gim)];
  const [first] = lines.sort((a, b) => Number(a[2]) - Number(b[2]));
  if (!first) return null;
  const [, name = '', , hop = ''] = first;
  return { address: isIPv6(hop) ? scoped(hop, name) : null, interface: name };
}

/** /proc/net/if_inet6: temporary addresses are useless to peers that call back later. */
export function lastingAddresses(text: string): ReadonlySet<string> {
  const temporary = 0x01;
  const tentative = 0x40;
  const deprecated = 0x20;
  return new Set(
    text
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(
        ([hex, , , , flags = '']) =>
          hex?.length === 32 && (Number.parseInt(flags, 16) & (temporary | tentative | deprecated)) === 0,
      )
      .map(([hex = '']) => ipv6OfHex(hex)),
  );
}

const ipv6OfHex = (hex: string): string => addressText(Buffer.from(hex, 'hex'));

const scoped = (address: string, name: string): string =>
  /^fe[89ab]/i.test(address) && !address.includes('%') ? `${address}%${name}` : address;
