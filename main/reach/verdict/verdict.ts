import { isIPv6 } from 'node:net';
import type { ReachProtocol, ReachVerdict } from '../../../shared/api/reach-views.ts';
import type { MapperState, Mapping } from '../mapper/mapper-state.ts';
import { addressKind, hostPort } from './address.ts';

export interface Situation {
  /** Whether the owner lets the router be asked. */
  readonly isOn: boolean;
  /** What the federation listener listens on. */
  readonly host: string;
  readonly state: MapperState;
  /** Of the federation listener. */
  readonly port: number;
}

export const protocolNames: Readonly<Record<ReachProtocol, string>> = {
  pcp: 'PCP',
  'nat-pmp': 'NAT-PMP',
  upnp: 'UPnP',
  pcp6: 'PCP over IPv6',
  upnp6: 'UPnP for IPv6',
};

const orPull =
  'As long as no peer can call it, this server only pulls: it reads from peers that can be reached.';

export const leftToProxy: ReachVerdict = {
  kind: 'off',
  text: 'TLS is left to a proxy, which is what peers come to, so the router is not asked to lead them to this server.',
  fix: 'Let the router pass TCP port 443 on to the proxy, and set the proxy’s address as the public one.',
};

/** What all this means for peers on the internet, in words an owner can act upon. */
export function verdictOf(situation: Situation): ReachVerdict {
  const { isOn, state, port } = situation;
  const { plan, mapping, failures } = state;
  if (plan?.kind === 'loopback')
    return {
      kind: 'loopback',
      text: 'The federation listener takes connections from this machine only.',
      fix: `Put a reverse proxy in front of it and set its address as the public one, or listen on all addresses (--listen 0.0.0.0:${port}).`,
    };
  if (!isOn)
    return {
      kind: 'off',
      text: 'The router is not asked to let peers in.',
      fix: `If no peer can reach this server, switch port mapping on, or pass TCP port ${port} on to this machine in the router’s own settings and set the public address.`,
    };
  if (plan?.kind === 'public')
    return {
      kind: 'public',
      text: `This machine has the public address ${plan.address} itself, so no router has to let peers in. A firewall has to leave TCP port ${port} open.`,
      fix: null,
    };
  if (plan?.kind === 'offline')
    return {
      kind: 'offline',
      text: 'This machine has no way to the internet right now.',
      fix: 'Connect it to a network; this is looked at again by itself.',
    };
  if (mapping) return mapped(mapping, situation);
  if (plan === null || failures === 0)
    return { kind: 'trying', text: 'The router is being asked to let peers in.', fix: null };
  return closed(situation);
}

function mapped(mapping: Mapping, situation: Situation): ReachVerdict {
  const { state, port } = situation;
  const { externalAddress, externalPort, protocol } = mapping;
  const kind = addressKind(externalAddress);
  const differing = disagreement(state);
  if (differing !== null) return differing;
  if (kind === 'none' || kind === 'loopback' || externalAddress === null)
    return {
      kind: 'untrue',
      text: `The router opened port ${externalPort}, but names ${externalAddress ?? 'nothing'} as its public address, which is none.`,
      fix: `Find out the public address (the router’s own pages show it) and set it here, with port ${externalPort}. If the router has none, it is not connected.`,
    };
  if (kind === 'shared') return shared(externalAddress, situation);
  if (kind === 'private') return doubleNat(externalAddress, port);
  const place = hostPort(externalAddress, externalPort);
  if (protocol.endsWith('6'))
    return {
      kind: 'mapped',
      text: `The router lets peers in to ${place} (${protocolNames[protocol]}). Peers without IPv6 cannot come that way.`,
      fix: null,
    };
  if (externalPort !== port)
    return {
      kind: 'other-port',
      text: `Peers reach this server at ${place}. The router gave port ${externalPort} because ${port} was not free (${protocolNames[protocol]}).`,
      fix: null,
    };
  return {
    kind: 'mapped',
    text: `Peers reach this server at ${place}: the router passes them on (${protocolNames[protocol]}).`,
    fix: null,
  };
}

/** The address outside was named, but no port was given, or nothing was named at all. */
function closed(situation: Situation): ReachVerdict {
  const { state, port } = situation;
  const differing = disagreement(state);
  if (differing !== null) return differing;
  const local = state.plan?.kind === 'ask' ? (state.plan.network.ipv4?.localAddress ?? null) : null;
  const named = state.named[0]?.address ?? null;
  if (addressKind(named) === 'shared' && named !== null) return shared(named, situation);
  if (addressKind(local) === 'shared' && local !== null) return shared(local, situation);
  if (addressKind(named) === 'private' && named !== null) return doubleNat(named, port);
  if (state.lacksAddress)
    return {
      kind: 'no-address',
      text: 'The router would let peers in, but has no public address itself: either your provider shares one among many customers, or another router stands before this one.',
      fix: `Look up the router’s internet address in its own pages. If it begins with 100.64 to 100.127, ask the provider for a public IPv4 address${orIpv6(situation)}. If it begins with 10, 172.16 to 172.31 or 192.168, pass TCP port ${port} on to it in the outer router too. ${orPull}`,
    };
  const to = local === null ? 'this machine' : `this machine (${local})`;
  return {
    kind: 'closed',
    text: 'This machine is behind a router that did not let peers in by itself. Only a rule made in its own settings lets them in then.',
    fix: `Without such a rule: switch on UPnP, NAT-PMP or PCP in the router, or pass TCP port ${port} on to ${to} in its settings and set the public address here. ${orPull}`,
  };
}

/** One router has one public IPv4 address; who names two does not know it. */
function disagreement({ named }: MapperState): ReachVerdict | null {
  const [first, ...others] = named;
  const other = others.find(({ address }) => address !== first?.address);
  if (!first || !other) return null;
  return {
    kind: 'untrue',
    text: `The router contradicts itself: its public address is ${first.address} by ${protocolNames[first.protocol]} and ${other.address} by ${protocolNames[other.protocol]}.`,
    fix: 'Restart the router. If it keeps to that, find out the public address yourself and set it here.',
  };
}

const shared = (address: string, situation: Situation): ReachVerdict => ({
  kind: 'shared',
  text: `Your provider shares one public address among many customers (${address} is such a shared one), so connections from outside do not find this server.`,
  fix: `Ask the provider for a public IPv4 address${orIpv6(situation)}. ${orPull}`,
});

/** The other way in, as far as this machine has it. */
function orIpv6({ host, state: { plan }, port }: Situation): string {
  if (host !== '::' && !isIPv6(host))
    return `, or use IPv6, which this server does not listen on yet (start it with --listen [::]:${port})`;
  if (plan?.kind === 'ask' && plan.network.ipv6 !== null)
    return `, or let TCP port ${port} in to ${plan.network.ipv6.localAddress} in the router’s firewall for IPv6 and set that as the public address here`;
  return ' or for IPv6, which this machine has no public address of';
}

const doubleNat = (address: string, port: number): ReachVerdict => ({
  kind: 'double-nat',
  text: `The router is itself behind another router: its address outside is ${address}, a private one.`,
  fix: `Pass TCP port ${port} on to ${address} in the outer router too, or make one of the two a mere bridge; then set the public address here. ${orPull}`,
});
