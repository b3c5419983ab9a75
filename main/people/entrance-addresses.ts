/** Says what works at each address where people reach the entrance, and what would make more work. Pure. */
import type { EntranceAddressView } from '../../shared/api/views/reach-views.ts';
import { type Said, said, sentences, type Unsaid } from '../../shared/words/said.ts';
import { addressKind, bare } from '../kernel/ip.ts';

/** One address, and what the settings and a call show of it. */
export interface AddressFacts {
  /** An https address. */
  readonly url: string;
  /** Whether browsers trust its certificate, ours or a proxy’s, as far as the settings show it. */
  readonly isTrusted: boolean;
  /** The address is one that the node keeps at a DNS provider. */
  readonly isKept: boolean;
  /** The result of the last call to it from this computer; null before the first one. */
  readonly call: AddressCall | null;
}

export interface AddressCall {
  /** The IP addresses that its name leads to here; empty if it can’t be resolved. */
  readonly leadsTo: readonly string[];
  readonly result: 'here' | 'silent' | 'refused-certificate' | 'another-server';
  /** How many calls in a row didn't end here. */
  readonly failures: number;
}

/** The failures in a row from which on the owner reads of them, because a single one may be chance. */
export const entranceFailuresMin = 2;

/** The addresses of this computer that its network and its router report. */
export interface HomeFacts {
  readonly home: string | null;
  readonly outside: string | null;
}

type View = Unsaid<EntranceAddressView, 'next' | 'at_home'>;

const hostOf = (url: string): string => bare(new URL(url).hostname);

/** Names the kind of an address. If several fit, the one whose advice comes first. */
function kindOf({ url, isTrusted, isKept }: AddressFacts): View['kind'] {
  const host = hostOf(url);
  if (!isTrusted) return addressKind(host) === 'private' ? 'home' : 'self-signed';
  if (addressKind(host) !== 'none') return 'ip';
  if (isKept) return 'kept-name';
  return host.endsWith('.ts.net') ? 'tailscale' : 'domain';
}

const next: Readonly<Record<View['kind'], Said | null>> = {
  domain: null,
  'kept-name': null,
  tailscale: said('entrance.tailscale_next'),
  ip: said('entrance.ip_next'),
  'self-signed': said('entrance.self_signed_next'),
  home: said('entrance.self_signed_next'),
};

/** The things that devices have done at an address. */
interface Done {
  /** A device that logged in there has shown a push message. */
  readonly pushShown: boolean;
  /** Somebody has logged in there with a passkey. */
  readonly passkeyUsed: boolean;
}

/** Decides by name and certificate what can work. Only what was tried, from here or on a device, counts as tested. */
export function entranceAddress(facts: AddressFacts, home: HomeFacts, done: Done): View {
  const { url, call } = facts;
  const kind = kindOf(facts);
  const isWell = call?.result === 'here';
  const chat = isWell ? 'tested' : call === null ? 'expected' : 'failed';
  const rest = (isDone: boolean) => (call !== null && !isWell ? 'failed' : isDone ? 'tested' : 'expected');
  const isSecure = facts.isTrusted;
  return {
    url,
    kind,
    chat,
    install: isSecure ? rest(done.pushShown) : 'never',
    passkey: isSecure && kind !== 'ip' ? rest(done.passkeyUsed) : 'never',
    next: next[kind],
    at_home: call === null ? null : atHome(facts, call, home),
  };
}

/** Whether the same address leads here at home, with the internet and without it. */
function atHome(facts: AddressFacts, { leadsTo }: AddressCall, where: HomeFacts): Said {
  const problem = entranceProblem(facts, where);
  if (problem !== null) return sentences(problem.text, problem.fix);
  const host = hostOf(facts.url);
  const isLeadingHome = leadsHome(leadsTo, where);
  if (addressKind(host) !== 'none')
    return isLeadingHome ? said('entrance.home_address') : said('entrance.hairpin_address');
  const at = where.home ?? said('entrance.this_computer');
  if (!isLeadingHome) return said('entrance.hairpin', { host, at });
  return facts.isKept ? said('entrance.home_name', { host, at }) : said('entrance.local_name', { host });
}

const leadsHome = (leadsTo: readonly string[], { home }: HomeFacts): boolean =>
  leadsTo.some((one) => one === home || addressKind(one) === 'private');

/** Says why the address didn't lead here when it was called last, and what to do; null if it did, or wasn't called yet. */
export function entranceProblem(
  { url, isKept, call }: AddressFacts,
  where: HomeFacts,
): { readonly text: Said; readonly fix: Said } | null {
  if (call === null || call.result === 'here') return null;
  const { leadsTo, result } = call;
  const host = hostOf(url);
  const at = where.home ?? said('entrance.this_computer');
  const problem = (text: Said, fix: Said) => ({ text, fix });
  if (addressKind(host) === 'none' && leadsTo.length === 0)
    return problem(
      said('entrance.not_resolved', { host }),
      said(isKept ? 'entrance.not_resolved_kept_fix' : 'entrance.not_resolved_fix', { host, at }),
    );
  if (result === 'another-server')
    return problem(said('entrance.another_server', { host }), said('entrance.answer_fix', { host, at }));
  if (result === 'refused-certificate')
    return problem(said('entrance.refused_certificate', { host }), said('entrance.refused_certificate_fix'));
  if (leadsHome(leadsTo, where) || (where.outside !== null && !leadsTo.includes(where.outside)))
    return problem(
      said('entrance.silent', { host, list: leadsTo.join(', ') || host }),
      said('entrance.silent_fix'),
    );
  return problem(said('entrance.no_hairpin', { host }), said('entrance.no_hairpin_fix', { host, at }));
}
