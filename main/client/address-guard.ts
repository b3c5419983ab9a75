import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { SaidError } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import { isPrivateAddress } from '../kernel/ip.ts';
import type { CallPolicy } from './http.ts';

class AddressRefused extends SaidError {
  readonly code = 'ADDRESS_REFUSED';

  constructor(host: string) {
    super(said('network.private_address', { host }));
  }
}

/** Why an IP address must not be called; `null` if it may be, or if this is a host name. */
export function refusedAddress(host: string, policy: CallPolicy): AddressRefused | null {
  const isAddress = isIP(host) !== 0;
  return isAddress && !policy.byOwner && isPrivateAddress(host) ? new AddressRefused(host) : null;
}

/** Checks every address that a name resolves to, so that a name can't lead where an address is not allowed to. */
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
