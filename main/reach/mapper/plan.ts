import { isIPv4, isIPv6 } from 'node:net';
import type { ReachProtocol } from '../../../shared/api/views/reach-views.ts';
import { addressKind } from '../../kernel/ip.ts';
import type { Network } from './network.ts';

/** The cases of a listener in a network. */
export type Plan =
  /** The listener serves this computer only. */
  | { readonly kind: 'loopback' }
  /** This address is directly on the internet. */
  | { readonly kind: 'public'; readonly address: string }
  | { readonly kind: 'offline' }
  | { readonly kind: 'ask'; readonly candidates: readonly ReachProtocol[]; readonly network: Network };

const ipv4Protocols: readonly ReachProtocol[] = ['pcp', 'nat-pmp', 'upnp'];
const ipv6Protocols: readonly ReachProtocol[] = ['pcp6', 'upnp6'];

/** `host` is what the listener was opened with: an address, one of the two unspecified ones, or a name. */
export function planOf(host: string, network: Network): Plan {
  if (addressKind(host) === 'loopback') return { kind: 'loopback' };
  if (addressKind(host) === 'public' && isIPv4(host)) return { kind: 'public', address: host };
  // The listener's own address is also the one that the router must forward connections to.
  const at = (address: string | undefined): string | undefined =>
    address === undefined || host === '0.0.0.0' || host === '::' || isName(host) ? address : host;
  const ipv4 = isIPv6(host) && host !== '::' ? undefined : at(network.ipv4?.localAddress);
  const ipv6 = isIPv4(host) ? undefined : at(network.ipv6?.localAddress);
  const line4 = isIPv6(host) && host !== '::' ? undefined : at(network.line4 ?? undefined);
  const line6 = isIPv4(host) ? undefined : at(network.line6 ?? undefined);
  const isPublic = (address: string | undefined): boolean => addressKind(address ?? null) === 'public';
  const open = [ipv4, line4, line6].find(isPublic);
  if (open !== undefined) return { kind: 'public', address: open };
  const asksIpv6 = isPublic(ipv6);
  if (ipv4 === undefined && line4 === undefined && !asksIpv6) return { kind: 'offline' };
  return {
    kind: 'ask',
    candidates: [...(ipv4 === undefined ? [] : ipv4Protocols), ...(asksIpv6 ? ipv6Protocols : [])],
    network: {
      ipv4: network.ipv4 && ipv4 !== undefined ? { ...network.ipv4, localAddress: ipv4 } : null,
      ipv6: network.ipv6 && ipv6 !== undefined && asksIpv6 ? { ...network.ipv6, localAddress: ipv6 } : null,
      line4: line4 ?? null,
    },
  };
}

const isName = (host: string): boolean => !isIPv4(host) && !isIPv6(host);
