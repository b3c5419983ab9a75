import { isIPv6 } from 'node:net';
import type { ReachProtocol, ReachVerdict } from '../../../shared/api/views/reach-views.ts';
import { type Said, said, sentences, type Unsaid } from '../../../shared/words/said.ts';
import { addressKind, hostPort } from '../../kernel/ip.ts';
import type { MapperState, Mapping } from '../mapper/mapper-state.ts';

interface Situation {
  /** Whether the router is asked at all: the owner allows it, and no proxy is in front. */
  readonly isOn: boolean;
  /** The address and port that the federation listener listens on. */
  readonly host: string;
  readonly state: MapperState;
  /** The port of the federation listener. */
  readonly port: number;
}

export type Verdict = Unsaid<ReachVerdict, 'text' | 'fix'>;

export const protocolName = (protocol: ReachProtocol): Said => said('reach.protocol', { protocol });

export const leftToProxy: Verdict = {
  kind: 'off',
  text: said('reach.proxy'),
  fix: said('reach.proxy_fix'),
};

/** Says what all this means for peers on the internet. */
export function verdictOf(situation: Situation): Verdict {
  const { isOn, state, port } = situation;
  const { plan, mapping, failures } = state;
  if (plan?.kind === 'loopback')
    return {
      kind: 'loopback',
      text: said('reach.loopback'),
      fix: said('reach.loopback_fix', { port }),
    };
  if (!isOn) return { kind: 'off', text: said('reach.off'), fix: said('reach.off_fix', { port }) };
  if (plan?.kind === 'public')
    return { kind: 'public', text: said('reach.public', { address: plan.address, port }), fix: null };
  if (plan?.kind === 'offline')
    return { kind: 'offline', text: said('reach.offline'), fix: said('reach.offline_fix') };
  if (mapping) return mapped(mapping, situation);
  if (plan === null || failures === 0) return { kind: 'trying', text: said('reach.trying'), fix: null };
  return closed(situation);
}

function mapped(mapping: Mapping, situation: Situation): Verdict {
  const { state, port } = situation;
  const { externalAddress, externalPort } = mapping;
  const kind = addressKind(externalAddress);
  const differing = disagreement(state);
  if (differing !== null) return differing;
  if (kind === 'none' || kind === 'loopback' || externalAddress === null)
    return {
      kind: 'untrue',
      text: said('reach.no_external', { port: externalPort, address: externalAddress ?? 'none' }),
      fix: said('reach.no_external_fix', { port: externalPort }),
    };
  if (kind === 'shared') return shared(externalAddress, situation);
  if (kind === 'private') return doubleNat(externalAddress, port);
  const place = hostPort(externalAddress, externalPort);
  const protocol = protocolName(mapping.protocol);
  if (mapping.protocol.endsWith('6'))
    return { kind: 'mapped', text: said('reach.pinhole', { place, protocol }), fix: null };
  if (externalPort !== port)
    return {
      kind: 'other-port',
      text: said('reach.other_port', { place, external: externalPort, port, protocol }),
      fix: null,
    };
  return { kind: 'mapped', text: said('reach.mapped', { place, protocol }), fix: null };
}

/** The router named its outside address but forwards no port, or gave no answer. */
function closed(situation: Situation): Verdict {
  const { state, port } = situation;
  const differing = disagreement(state);
  if (differing !== null) return differing;
  const network = state.plan?.kind === 'ask' ? state.plan.network : null;
  const local = network?.ipv4?.localAddress ?? network?.line4 ?? null;
  const named = state.named[0]?.address ?? null;
  if (addressKind(named) === 'shared' && named !== null) return shared(named, situation);
  if (addressKind(local) === 'shared' && local !== null) return shared(local, situation);
  if (addressKind(named) === 'private' && named !== null) return doubleNat(named, port);
  if (state.lacksAddress)
    return {
      kind: 'no-address',
      text: said('reach.no_address'),
      fix: sentences(said('reach.no_address_fix', { port }), orIpv6(situation), said('reach.only_fetches')),
    };
  const to = local === null ? said('reach.this_machine') : said('reach.this_machine_at', { address: local });
  return {
    kind: 'closed',
    text: said('reach.closed'),
    fix: sentences(said('reach.closed_fix', { port, to }), said('reach.only_fetches')),
  };
}

/** A router has one public IPv4 address. If it names two, it doesn't know its address. */
function disagreement({ named }: MapperState): Verdict | null {
  const [first, ...others] = named;
  const other = others.find(({ address }) => address !== first?.address);
  if (!first || !other) return null;
  return {
    kind: 'untrue',
    text: said('reach.contradiction', {
      one: first.address,
      one_protocol: protocolName(first.protocol),
      other: other.address,
      other_protocol: protocolName(other.protocol),
    }),
    fix: said('reach.contradiction_fix'),
  };
}

const shared = (address: string, situation: Situation): Verdict => ({
  kind: 'shared',
  text: said('reach.shared', { address }),
  fix: sentences(said('reach.shared_fix'), orIpv6(situation), said('reach.only_fetches')),
});

/** The other way in, if this computer has one. */
function orIpv6({ host, state: { plan }, port }: Situation): Said {
  if (host !== '::' && !isIPv6(host)) return said('reach.or_listen_ipv6', { port });
  if (plan?.kind === 'ask' && plan.network.ipv6 !== null)
    return said('reach.or_ipv6', { port, address: plan.network.ipv6.localAddress });
  return said('reach.or_get_ipv6');
}

const doubleNat = (address: string, port: number): Verdict => ({
  kind: 'double-nat',
  text: said('reach.double_nat', { address }),
  fix: sentences(said('reach.double_nat_fix', { port, address }), said('reach.only_fetches')),
});
