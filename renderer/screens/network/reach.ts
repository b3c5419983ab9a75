import { type ProxyProgram, proxySnippet } from '../../../shared/api/proxy-snippets.ts';
import { publicAddress } from '../../../shared/api/their-turn.ts';
import type { SettingsView, StatusView } from '../../../shared/api/views/node-views.ts';
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
  readonly reach: StatusView['reach'];
  readonly serverName: string;
  /** As typed; may be no address yet. */
  readonly address: string;
  /** A flag says how TLS is done, so that saving cannot change it. */
  readonly tlsByFlag: boolean;
}

/** As parts/Steps shows it. */
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

/** What this node would probably be called from outside. */
export function suggestedAddress(
  way: Way,
  { listener, reach, serverName }: Pick<ReachFacts, 'listener' | 'reach' | 'serverName'>,
  stored: string | null = null,
): string {
  // The proxy has its own port, and its name is that of the address there was.
  if (way === 'proxy') return `https://${hostOf(stored ?? '') || serverName}`;
  if (isLocalName(serverName) && reach.offers !== null) return reach.offers;
  return `https://${serverName}:${reach.mapping.external_port ?? portOf(listener.url)}`;
}

/** Who leaves TLS to something in front has that something. */
export const likelyWay = ({ tls }: StatusView['listener']): Way => (tls === 'off' ? 'proxy' : 'router');

/** Peers connect to whatever handles TLS. */
export const wayOf = (publicUrl: string | null, listener: StatusView['listener']): Way =>
  publicUrl === null ? 'pull' : likelyWay(listener);

/** What is in the field for a way: what is set, unless that is another way's. */
export const proposedAddress = (
  way: Way,
  facts: Pick<ReachFacts, 'listener' | 'reach' | 'serverName'>,
  stored: string | null,
): string =>
  stored !== null && way === wayOf(stored, facts.listener) ? stored : suggestedAddress(way, facts, stored);

/** On one machine a proxy cannot have the port that this node listens on. */
export const isClash = (way: Way, { listener, address }: Pick<ReachFacts, 'listener' | 'address'>): boolean =>
  way === 'proxy' && portOf(address) === portOf(listener.url);

/** What has to become of TLS for a way to work; `null` when it is right as it is. */
export function tlsFor(way: Way, { tls }: StatusView['listener']): 'off' | 'self-signed' | null {
  if (way === 'proxy' && tls !== 'off') return 'off';
  return way === 'router' && tls === 'off' ? 'self-signed' : null;
}

/** The public address once the listener is on another port; `null` when it stays, or another one was meant all along. */
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

/** What is to be done outside of this node, step by step, for its port and name. */
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

/** The parts of the way in, separately: port, certificate, router, address. */
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
    ...{ step, name: words.rows[step], result, text: told, fix },
  });
  return [
    listener.url === ''
      ? row('port', 'failed', `${words.listener.none} ${listener.problem ?? ''}`.trim())
      : row('port', 'ok', words.listener.hint({ port: portOf(listener.url) })),
    row(
      'certificate',
      certificate?.problem ? 'failed' : certificate ? 'ok' : 'skipped',
      certificate?.problem ??
        `${words.certificate.modes[listener.tls]}. ${words.certificate.hints[listener.tls]}`,
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

/** What each part of the network settings is given, in the settings and in the wizard. */
export interface NetworkProps {
  readonly status: StatusView;
  readonly settings: SettingsView;
  /** The node has taken a change, and this is what is set now. */
  readonly onchange: (next: SettingsView) => void;
}
