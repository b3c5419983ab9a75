/** How peers on the internet reach this node: what its router was asked for, and the result. */
import * as v from 'valibot';
import { time } from './parts.ts';

/** In the order they are tried; those ending in 6 open a pinhole for an IPv6 address instead of mapping a port. */
export const ReachProtocol = v.picklist(['pcp', 'nat-pmp', 'upnp', 'pcp6', 'upnp6']);

export const MappingView = v.object({
  /** `off` also if there is nothing to map: the address is public, or only this computer is listened to. */
  state: v.picklist(['off', 'trying', 'mapped', 'failed']),
  protocol: v.nullable(ReachProtocol),
  external_address: v.nullable(v.string()),
  external_port: v.nullable(v.number()),
  /** When the router removes it, unless it is renewed before. */
  expires_at: v.nullable(time),
  /** Why there is no mapping, in a sentence. */
  error: v.nullable(v.string()),
  /** The results of the last round, in the order of the attempts. */
  tried: v.array(
    v.object({
      protocol: ReachProtocol,
      result: v.picklist(['mapped', 'refused', 'absent']),
      text: v.string(),
    }),
  ),
});

export const ReachVerdict = v.object({
  kind: v.picklist([
    'off',
    'trying',
    'loopback',
    'offline',
    'public',
    'mapped',
    'other-port',
    'closed',
    'shared',
    'double-nat',
    'no-address',
    'untrue',
  ]),
  text: v.string(),
  /** The owner's next step; `null` if there is nothing to do. */
  fix: v.nullable(v.string()),
});

export const ReachView = v.object({
  mapping: MappingView,
  verdict: ReachVerdict,
  /** The address that peers receive because of the mapping, if the owner hasn't set one. */
  offers: v.nullable(v.string()),
  /** The address that servers in the same network receive; `null` without one. */
  local: v.nullable(v.string()),
});

export const DnsProviderName = v.picklist(['desec', 'duckdns', 'rfc2136']);
/** The address of a kept name: the one on the internet, or the one in the home network. */
export const KeptNameAddress = v.picklist(['public', 'home']);

export const KeptNameView = v.object({
  name: v.string(),
  provider: DnsProviderName,
  which: KeptNameAddress,
  /** The address that the name has now. */
  address: v.nullable(v.string()),
  /** When the provider last took it. */
  set_at: time,
  /** The DNS server of `rfc2136`, and the name of the key. The secret is never shown. */
  server: v.nullable(v.string()),
  key_name: v.nullable(v.string()),
  /** Why the record isn't current, in a sentence; `null` if it is. */
  problem: v.nullable(v.string()),
  next_attempt_at: v.nullable(time),
});

/** `tested`: tried from this computer, or on a device. `expected`: follows from name and certificate. `never`: browsers refuse it. */
const Works = v.picklist(['tested', 'expected', 'failed', 'never']);

export const EntranceAddressView = v.object({
  url: v.string(),
  /** `home`: an address in the home network, which always has a self-signed certificate. */
  kind: v.picklist(['domain', 'kept-name', 'tailscale', 'ip', 'self-signed', 'home']),
  chat: Works,
  /** The app on a phone, and push messages to it. */
  install: Works,
  passkey: Works,
  /** The next step to more; null if everything works. */
  next: v.nullable(v.string()),
  /** Whether it leads here at home, also without the internet; null before the test. */
  at_home: v.nullable(v.string()),
});

export type EntranceAddressView = v.InferOutput<typeof EntranceAddressView>;
export type DnsProviderName = v.InferOutput<typeof DnsProviderName>;
export type KeptNameAddress = v.InferOutput<typeof KeptNameAddress>;
export type KeptNameView = v.InferOutput<typeof KeptNameView>;
export type ReachProtocol = v.InferOutput<typeof ReachProtocol>;
export type MappingView = v.InferOutput<typeof MappingView>;
export type ReachVerdict = v.InferOutput<typeof ReachVerdict>;
export type ReachView = v.InferOutput<typeof ReachView>;
