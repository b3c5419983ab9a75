import { lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { SaidError } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import type { CallPolicy } from './http.ts';

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
  ['64:ff9b::', 96],
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

/** True if `address`, an IP literal, is one that only the owner may name. Anything unparsable counts as private. */
export function isPrivateAddress(address: string): boolean {
  const mapped = mappedPrefix.exec(address)?.[1];
  const plain = mapped ?? address.replace(/%.*$/, '');
  const family = isIP(plain);
  if (family === 0) return true;
  return refused.check(plain, family === 4 ? 'ipv4' : 'ipv6');
}

export class AddressRefused extends SaidError {
  readonly code = 'ADDRESS_REFUSED';

  constructor(host: string) {
    super(said('network.private_address', { host }));
  }
}

/** Why an address that is in place of a name is not called; `null` if it may be, or is a name. */
export function refusedAddress(host: string, policy: CallPolicy): AddressRefused | null {
  const isAddress = isIP(host) !== 0;
  return isAddress && !policy.byOwner && isPrivateAddress(host) ? new AddressRefused(host) : null;
}

/** Looks at every address a name leads to, so that no name can lead where an address could not. */
export function guardedLookup(policy: CallPolicy): LookupFunction {
  return (hostname, options, callback) => {
    systemLookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      const allowed = policy.byOwner
        ? addresses
        : addresses.filter((each) => !isPrivateAddress(each.address));
      const [first] = allowed;
      if (!first) return callback(new AddressRefused(hostname), '', 0);
      if (options.all) return callback(null, allowed);
      return callback(null, first.address, first.family);
    });
  };
}
