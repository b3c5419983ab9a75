import { type ProxyProgram, proxySnippet } from '../../../shared/api/proxy-snippets.ts';
import type { Standing } from '../../../shared/api/standing.ts';
import { publicAddress } from '../../../shared/api/their-turn.ts';
import type { SettingsView, StatusView } from '../../../shared/api/views/node-views.ts';
import { text } from '../../text/text.ts';

/** How other servers reach this one: through the router, through a proxy, or not at all for now. */
export type Way = 'router' | 'proxy' | 'pull';

export interface ReachStep {
  readonly text: string;
  /** Code to be copied somewhere else. */
  readonly code?: string;
}

export interface ReachFacts {
  readonly listener: StatusView['listener'];
  readonly reach: StatusView['reach'];
  readonly serverName: string;
  /** The address as typed, which may not be valid yet. */
  readonly address: string;
  /** A flag sets the TLS mode, so saving can't change it. */
  readonly tlsByFlag: boolean;
}

/** A step in the format of parts/Steps. */
export interface Row {
  readonly step: string;
  readonly name: string;
  readonly result: 'ok' | 'failed' | 'skipped' | 'running';
  readonly text: string;
  readonly fix: string | null;
}

const urlOf = (typed: string): URL | null =>
  URL.parse(/^https?:\/\//i.test(typed.trim()) ? typed.trim() : `https://${typed.trim()}`);

export const portOf = (address: string): string => {
  const url = urlOf(address);
  if (url === null) return '';
  return url.port || (url.protocol === 'http:' ? '80' : '443');
};

const hostOf = (address: string): string => urlOf(address)?.hostname ?? '';
const hostAndPortOf = (address: string): string => urlOf(address)?.host ?? '';

const isIpAddress = (host: string): boolean => host.startsWith('[') || /^\d+(?:\.\d+){3}$/.test(host);
const isLocalName = (host: string): boolean =>
  !host.includes('.') || /\.(?:local|lan|home|internal|home\.arpa|test|localhost)$/.test(host);

/** Guesses this node's address as seen from outside. */
export function suggestedAddress(
  way: Way,
  { listener, reach, serverName }: Pick<ReachFacts, 'listener' | 'reach' | 'serverName'>,
  stored: string | null = null,
): string {
  // The proxy has its own port, and its name is the one in the current address.
  if (way === 'proxy') return `https://${hostOf(stored ?? '') || serverName}`;
  if (isLocalName(serverName) && reach.offers !== null) return reach.offers;
  return `https://${serverName}:${reach.mapping.external_port ?? portOf(listener.url)}`;
}

/** If something in front does TLS, there is a proxy. */
export const likelyWay = ({ tls }: StatusView['listener']): Way => (tls === 'off' ? 'proxy' : 'router');

/** Peers connect to whatever handles TLS. */
export const wayOf = (publicUrl: string | null, listener: StatusView['listener']): Way =>
  publicUrl === null ? 'pull' : likelyWay(listener);

/** The initial value of the field for a way: the current setting, unless that belongs to another way. */
export const proposedAddress = (
  way: Way,
  facts: Pick<ReachFacts, 'listener' | 'reach' | 'serverName'>,
  stored: string | null,
): string =>
  stored !== null && way === wayOf(stored, facts.listener) ? stored : suggestedAddress(way, facts, stored);

/** Whether proxy and node want the same port of one machine. */
export const isClash = (way: Way, { listener, address }: Pick<ReachFacts, 'listener' | 'address'>): boolean =>
  way === 'proxy' && portOf(address) === portOf(listener.url);

/** How TLS has to be set for a way to work; `null` if it is already right. */
export function tlsFor(way: Way, { tls }: StatusView['listener']): 'off' | 'self-signed' | null {
  if (way === 'proxy' && tls !== 'off') return 'off';
  return way === 'router' && tls === 'off' ? 'self-signed' : null;
}

/**
 * The public address after the listener moves to another port; `null` if it stays, or had a different port all along.
 */
export function movedAddress(
  publicUrl: string | null,
  listener: StatusView['listener'],
  port: string,
): string | null {
  if (publicUrl === null || wayOf(publicUrl, listener) !== 'router') return null;
  if (portOf(publicUrl) !== portOf(listener.url) || !/^\d+$/.test(port) || port === portOf(publicUrl))
    return null;
  const url = new URL(publicUrl);
  url.port = port;
  return url.href.replace(/\/+$/, '');
}

/** Lists the steps to take outside of this node, for its port and name. */
export function reachSteps(way: Way, facts: ReachFacts): readonly ReachStep[] {
  if (way === 'pull') return Object.values(text.network.reach.pullSteps).map((step) => ({ text: step }));
  const host = hostOf(facts.address) || facts.serverName;
  const name = nameStep(host, facts.reach.mapping.external_address);
  return way === 'router'
    ? [...name, ...routerSteps(facts)]
    : [...name, ...proxySteps(hostAndPortOf(facts.address) || facts.serverName, facts)];
}

function nameStep(host: string, outside: string | null): ReachStep[] {
  const words = text.network.reach;
  if (isIpAddress(host)) return [];
  if (isLocalName(host)) return [{ text: words.hostsStep, code: `${words.localAddress}  ${host}` }];
  const type = outside?.includes(':') ? 'AAAA' : 'A';
  return [{ text: words.recordStep, code: `${host}.  ${type}  ${outside ?? words.yourAddress}` }];
}

function routerSteps({ listener, reach, address, tlsByFlag }: ReachFacts): ReachStep[] {
  const words = text.network.reach;
  const port = portOf(listener.url);
  const isOpen = ['mapped', 'other-port', 'public'].includes(reach.verdict.kind);
  const steps: ReachStep[] = isOpen
    ? [{ text: words.openStep }, { text: words.firewallStep({ port }) }]
    : [
        {
          text: words.forwardStep,
          code: words.forwardRule({ outside: portOf(address) || port, inside: port }),
        },
        { text: words.firewallStep({ port }) },
        { text: words.cgnatStep },
      ];
  if (listener.tls === 'off' && tlsByFlag)
    steps.unshift({ text: words.tlsNeeded, code: '--tls self-signed' });
  return steps;
}

function proxySteps(publicHost: string, { listener, tlsByFlag }: ReachFacts): ReachStep[] {
  const words = text.network.reach;
  const port = portOf(listener.url);
  const upstream = urlOf(listener.url)?.host ?? '127.0.0.1';
  const snippet = (program: ProxyProgram) =>
    proxySnippet(program, { publicHost, upstream }, text.network.proxyComments);
  const steps: ReachStep[] = [
    { text: words.caddyStep, code: snippet('caddy') },
    { text: words.nginxStep, code: snippet('nginx') },
    { text: words.pathStep },
  ];
  if (listener.tls !== 'off' && tlsByFlag)
    steps.unshift({ text: words.tlsOffStep, code: `--tls off --listen 127.0.0.1:${port}` });
  return steps;
}

const routerResults: Readonly<Record<StatusView['reach']['verdict']['kind'], Row['result']>> = {
  mapped: 'ok',
  'other-port': 'ok',
  public: 'ok',
  trying: 'running',
  off: 'skipped',
  loopback: 'skipped',
  offline: 'failed',
  closed: 'failed',
  shared: 'failed',
  'double-nat': 'failed',
  'no-address': 'failed',
  untrue: 'failed',
};

/** Whether nobody can connect: there is no port, or no certificate that works. */
export const isBroken = ({ listener }: Pick<StatusView, 'listener'>): boolean =>
  listener.url === '' || (listener.certificate?.problem ?? null) !== null;

/** How the way to this server is doing. Without an address it fetches, which works, so nothing is wrong. */
export function standingOf(status: Pick<StatusView, 'listener' | 'reach' | 'public_url'>): Standing {
  if (isBroken(status)) return 'needs';
  if (routerResults[status.reach.verdict.kind] === 'ok') return 'ok';
  return 'waiting';
}

/** The parts of reachability, separately: port, certificate, router, address. */
export function rowsOf({ listener, reach, public_url }: StatusView): readonly Row[] {
  const address = publicAddress({ public_url, reach });
  const words = text.network;
  const { certificate } = listener;
  const { verdict } = reach;
  const row = (
    step: keyof typeof words.rows,
    result: Row['result'],
    told: string,
    fix: string | null = null,
  ) => ({
    step,
    name: words.rows[step],
    result,
    text: told,
    fix,
  });
  return [
    listener.url === ''
      ? row('port', 'failed', `${words.listener.none} ${listener.problem ?? ''}`.trim())
      : row('port', 'ok', words.listener.hint({ port: portOf(listener.url) })),
    row(
      'certificate',
      certificate?.problem || listener.lacks_proxy ? 'failed' : certificate ? 'ok' : 'skipped',
      certificate?.stands_in
        ? `${words.certificate.standIn}. ${certificate.problem ?? ''}`.trim()
        : (certificate?.problem ?? `${words.certificate.modes[listener.tls]}. ${certificateHint(listener)}`),
    ),
    row('router', routerResults[verdict.kind], verdict.text, verdict.fix),
    address === null
      ? row('address', 'skipped', words.reach.notSet)
      : row(
          'address',
          'ok',
          public_url === null ? words.router.offers({ address }) : `${address}. ${words.reach.untried}`,
        ),
  ];
}

/** The props of each part of the network settings, in the settings and in the wizard. */
export interface NetworkProps {
  readonly status: StatusView;
  readonly settings: SettingsView;
  /** The node accepted a change, and this is the current state. */
  readonly onchange: (next: SettingsView) => void;
}

/** Tells the owner what to know where this server has no certificate of its own. */
export const certificateHint = ({ tls, lacks_proxy }: StatusView['listener']): string =>
  lacks_proxy ? text.network.certificate.noProxy : text.network.certificate.hints[tls];
