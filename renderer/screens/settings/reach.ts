import { type ProxyProgram, proxySnippet } from '../../../shared/api/proxy-snippets.ts';
import type { StatusView } from '../../../shared/api/views.ts';
import { text } from '../../text/text.ts';

/** How other servers come to this one: straight through the router, through a proxy, or not at all for now. */
export type Way = 'router' | 'proxy' | 'pull';

export interface ReachStep {
  readonly text: string;
  /** To be copied somewhere. */
  readonly code?: string;
}

export interface ReachFacts {
  readonly listener: StatusView['listener'];
  readonly serverName: string;
  /** As typed; may be no address yet. */
  readonly address: string;
}

export const portOf = (address: string): string => {
  const url = URL.parse(/^https?:\/\//i.test(address.trim()) ? address.trim() : `https://${address.trim()}`);
  if (url === null) return '';
  return url.port || (url.protocol === 'http:' ? '80' : '443');
};

const hostOf = (address: string): string =>
  URL.parse(/^https?:\/\//i.test(address.trim()) ? address.trim() : `https://${address.trim()}`)?.hostname ??
  '';

const isIpv4 = (host: string): boolean => /^\d+(?:\.\d+){3}$/.test(host);
const isLocalName = (host: string): boolean =>
  !host.includes('.') || /\.(?:local|lan|home|internal|home\.arpa|test|localhost)$/.test(host);

/** What this node would probably be called from outside. */
export function suggestedAddress(way: Way, { listener, serverName }: Omit<ReachFacts, 'address'>): string {
  if (way === 'proxy') return `https://${serverName}`;
  return `https://${serverName}:${portOf(listener.url)}`;
}

/** Who leaves TLS to something in front has that something. */
export const likelyWay = (listener: StatusView['listener']): Way =>
  listener.tls === 'off' ? 'proxy' : 'router';

/** The way an address speaks of: another port than the listener's is a proxy's. */
export function wayOf(publicUrl: string | null, listener: StatusView['listener']): Way {
  if (publicUrl === null) return 'pull';
  return portOf(publicUrl) === portOf(listener.url) ? 'router' : 'proxy';
}

/** What is to be done outside of this node, step by step, for its port and name. */
export function reachSteps(way: Way, facts: ReachFacts): readonly ReachStep[] {
  if (way === 'pull') return text.settings.reach.pullSteps.map((step) => ({ text: step }));
  const host = hostOf(facts.address) || facts.serverName;
  const name = nameStep(host);
  return way === 'router'
    ? [...name, ...routerSteps(facts)]
    : [...name, ...proxySteps(host, portOf(facts.listener.url), facts.listener.tls)];
}

function nameStep(host: string): ReachStep[] {
  const words = text.settings.reach;
  if (isIpv4(host)) return [];
  if (isLocalName(host)) return [{ text: words.hostsStep, code: `192.168.1.20  ${host}` }];
  return [{ text: words.recordStep, code: `${host}.  A  ${words.yourAddress}` }];
}

function routerSteps({ listener, address }: ReachFacts): ReachStep[] {
  const words = text.settings.reach;
  const port = portOf(listener.url);
  const steps: ReachStep[] = [
    { text: words.forwardStep, code: words.forwardRule(portOf(address) || port, port) },
    { text: words.firewallStep(port) },
    { text: words.cgnatStep },
  ];
  if (listener.tls === 'off') steps.unshift({ text: words.tlsNeeded, code: '--tls self-signed' });
  return steps;
}

function proxySteps(host: string, port: string, tls: StatusView['listener']['tls']): ReachStep[] {
  const words = text.settings.reach;
  const snippet = (program: ProxyProgram) =>
    proxySnippet(program, { publicHost: host, upstream: `127.0.0.1:${port}` });
  const steps: ReachStep[] = [
    { text: words.caddyStep, code: snippet('caddy') },
    { text: words.nginxStep, code: snippet('nginx') },
    { text: words.pathStep },
  ];
  if (tls !== 'off') steps.unshift({ text: words.tlsOffStep, code: `--tls off --listen 127.0.0.1:${port}` });
  return steps;
}
