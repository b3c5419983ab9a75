import { isIP } from 'node:net';
import type { MappingView, ReachProtocol } from '../../../shared/api/views/reach-views.ts';
import { type Said, said, sentences, type Unsaid } from '../../../shared/words/said.ts';
import { backOffMs } from '../../kernel/back-off.ts';
import { addressKind } from '../../kernel/ip.ts';
import type { MappingAnswer } from '../wire/protocol.ts';
import type { Plan } from './plan.ts';

export interface ReachTiming {
  /** The lifetime requested from routers; RFC 6886 recommends two hours. */
  readonly lifetimeS: number;
  /** A mapping is renewed at half its lifetime, but at least this often, so that a changed address is noticed. */
  readonly renewMsMax: number;
  /** RFC 6887 section 11.2.1. */
  readonly renewMsMin: number;
  /** After a first failure; doubles with each further one. */
  readonly failureMsMin: number;
  readonly failureMsMax: number;
  /** If there is nothing to map, the network is checked again after this time. */
  readonly recheckMs: number;
  /** After a router restart, so that not everyone at home asks at once. */
  readonly announceSpreadMs: number;
  readonly withdrawMsMax: number;
}

export const reachTiming: ReachTiming = {
  lifetimeS: 7_200,
  renewMsMax: 10 * 60_000,
  renewMsMin: 4_000,
  failureMsMin: 30_000,
  failureMsMax: 15 * 60_000,
  recheckMs: 5 * 60_000,
  announceSpreadMs: 1_000,
  withdrawMsMax: 2_000,
};

/** The current mapping, and how each protocol answered. */
export type Mapped = Unsaid<Omit<MappingView, 'tried'>, 'error'> & {
  readonly tried: readonly Unsaid<MappingView['tried'][number], 'text'>[];
};

/**
 * The mapper's knowledge, and how answers change it. A round asks one protocol after the other; the first that opens a
 * public address ends it. Pure: port-mapper.ts asks routers and waits.
 */
export interface MapperState {
  readonly plan: Plan | null;
  /** Protocols to ask in this round, next one first; empty between rounds. */
  readonly left: readonly ReachProtocol[];
  /** The mapping won in this round so far. */
  readonly won: Mapping | null;
  /** The current mapping, as far as is known. */
  readonly mapping: Mapping | null;
  /** The results of this round so far, and those of the last one. */
  readonly trying: Mapped['tried'];
  readonly tried: Mapped['tried'];
  /** Public addresses named by the router, in whichever protocol, granted or not. */
  readonly named: readonly { readonly protocol: ReachProtocol; readonly address: string }[];
  /** The router said that it has no public address. */
  readonly lacksAddress: boolean;
  /** Rounds in a row without a mapping. */
  readonly failures: number;
}

export interface Mapping {
  readonly protocol: ReachProtocol;
  readonly externalAddress: string | null;
  readonly externalPort: number;
  readonly lifetimeS: number;
  readonly grantedAt: number;
}

export const atRest: MapperState = {
  plan: null,
  left: [],
  won: null,
  mapping: null,
  trying: [],
  tried: [],
  named: [],
  lacksAddress: false,
  failures: 0,
};

const isIpv6 = (protocol: ReachProtocol): boolean => protocol.endsWith('6');

/**
 * A new round; the protocol that worked last is asked first. Without a router to ask, or on another network, no mapping
 * remains.
 */
export function beginRound(before: MapperState, plan: Plan): MapperState {
  if (plan.kind !== 'ask') return { ...atRest, plan };
  const state = sameNetwork(before.plan, plan) ? before : atRest;
  const served = state.mapping?.protocol;
  const left = plan.candidates.toSorted((a, b) => Number(b === served) - Number(a === served));
  return { ...state, plan, left, won: null, trying: [], named: [], lacksAddress: false };
}

function sameNetwork(a: Plan | null, b: Plan): boolean {
  return a?.kind === 'ask' && b.kind === 'ask' && JSON.stringify(a.network) === JSON.stringify(b.network);
}

/** Whether a router opened a port other than the useful one. */
export const isMisplaced = (answer: MappingAnswer, exactPort: number | null): boolean =>
  exactPort !== null && answer.kind === 'granted' && answer.externalPort !== exactPort;

/** Takes the answer of the first protocol in `left`. Any outside port will do unless `exactPort` names one. */
export function takeAnswer(
  state: MapperState,
  given: MappingAnswer,
  at: number,
  exactPort: number | null = null,
): MapperState {
  const [protocol, ...left] = state.left;
  if (protocol === undefined) return state;
  const answer = believable(protocol, given, exactPort);
  const text = answer.kind === 'granted' ? said('router.opened') : answer.text;
  const result = answer.kind === 'granted' ? 'mapped' : answer.kind;
  const address = answer.kind === 'absent' ? null : answer.externalAddress;
  const next: MapperState = {
    ...state,
    left,
    trying: [...state.trying, { protocol, result, text }],
    lacksAddress: state.lacksAddress || (answer.kind === 'refused' && answer.lacksAddress),
    named: address === null || isIpv6(protocol) ? state.named : [...state.named, { protocol, address }],
  };
  if (answer.kind !== 'granted') return next;
  const { externalAddress, externalPort, lifetimeS } = answer;
  const won = { protocol, externalAddress, externalPort, lifetimeS, grantedAt: at };
  if (addressKind(externalAddress) === 'public') return { ...next, left: [], won };
  // Behind another router: the same router has no better address to give, but IPv6 may get around both.
  return { ...next, left: left.filter(isIpv6), won: state.won ?? won };
}

/** Asks no further protocol. An existing mapping is kept until it expires. */
export function endRound(before: MapperState, at: number): MapperState {
  const state = { ...before, left: [], won: null, trying: [], tried: before.trying };
  if (before.won) return { ...state, mapping: before.won, failures: 0 };
  const { mapping } = state;
  const expires = mapping && expiresAt(mapping);
  const holds = mapping !== null && (expires === null || expires > at);
  return { ...state, mapping: holds ? mapping : null, failures: state.failures + 1 };
}

export const expiresAt = ({ grantedAt, lifetimeS }: Mapping): number | null =>
  lifetimeS === 0 ? null : grantedAt + lifetimeS * 1000;

/** How long to rest after a round; `dice` in [0, 1) spreads what many do at once. */
export function restMs(state: MapperState, at: number, timing: ReachTiming, dice: number): number {
  const { plan, mapping, failures } = state;
  if (plan?.kind !== 'ask') return timing.recheckMs;
  const backOff = backOffMs({ firstMs: timing.failureMsMin, maxMs: timing.failureMsMax }, failures);
  const spread = 0.9 + 0.2 * dice;
  if (!mapping) return backOff * spread;
  const expires = expiresAt(mapping);
  // Between 1/2 and 5/8 of the time that is left (RFC 6887 section 11.2.1).
  const share = expires === null ? Number.POSITIVE_INFINITY : (expires - at) * (0.5 + dice / 8);
  const most = failures === 0 ? timing.renewMsMax : backOff * spread;
  return Math.max(Math.min(share, most), timing.renewMsMin);
}

export function viewOf(state: MapperState, isOn: boolean): Mapped {
  const { plan, mapping, failures } = state;
  // The first round is shown step by step. A later one running is not news.
  const tried = mapping === null && failures === 0 ? state.trying : state.tried;
  const isAsked = isOn && (plan === null || plan.kind === 'ask');
  const isFailed = isAsked && !mapping && failures > 0;
  return {
    state: mapping ? 'mapped' : isFailed ? 'failed' : isAsked ? 'trying' : 'off',
    protocol: mapping?.protocol ?? null,
    external_address: mapping?.externalAddress ?? null,
    external_port: mapping?.externalPort ?? null,
    expires_at: mapping && expiresAt(mapping),
    error: isFailed ? failure(tried) : null,
    tried,
  };
}

/** A refusal says more than silence. */
function failure(tried: Mapped['tried']): Said {
  const refusals = tried.filter(({ result }) => result === 'refused').map(({ text }) => text);
  const [first, ...more] = new Map(refusals.map((text) => [JSON.stringify(text), text])).values();
  return first === undefined ? said('router.none') : sentences(first, ...more);
}

/**
 * A router may answer anything, even a grant without anything in it. UPnP uses a lifetime of 0 for “until removed”; the
 * others can't.
 */
function believable(protocol: ReachProtocol, answer: MappingAnswer, exactPort: number | null): MappingAnswer {
  if (answer.kind === 'absent') return answer;
  const named = answer.externalAddress ?? '';
  const externalAddress = isIP(named) === 0 ? null : named;
  if (answer.kind === 'refused') return { ...answer, externalAddress };
  const { externalPort, lifetimeS } = answer;
  const refuse = (text: Said): MappingAnswer => ({
    kind: 'refused',
    text,
    externalAddress,
    lacksAddress: false,
  });
  if (!Number.isInteger(externalPort) || externalPort < 1 || externalPort > 65_535)
    return refuse(said('router.no_port'));
  if (lifetimeS === 0 && protocol !== 'upnp') return refuse(said('router.no_time'));
  if (isMisplaced(answer, exactPort))
    return refuse(said('router.other_port', { external: externalPort, port: exactPort ?? 0 }));
  return { ...answer, externalAddress };
}
