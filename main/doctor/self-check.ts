import type { SelfCheckStep } from '../../shared/api/doctor-views.ts';
import { WellKnown } from '../../shared/protocol/bodies.ts';
import { wellKnownPath } from '../../shared/protocol/transport.ts';
import type { ReachVerdict } from '../addresses/dial-back.ts';
import type { FederationClient } from '../client/federation-client.ts';
import { addressesOf, hostOf, openSocket, portOf } from '../client/probe.ts';
import type { ClockOffsets } from '../clocks/clock-offsets.ts';
import { judgeOwnClock } from '../clocks/own-clock.ts';
import type { Clock } from '../kernel/ports.ts';
import { isSameServer, understand } from '../trust/discovery.ts';
import { judgeOwnCertificate, lookAtCertificate, type ShownCertificate } from './certificate.ts';
import { failed, type Outcome, ok, skipped } from './test-run.ts';

type StepName = SelfCheckStep['step'];

/** What is tested: a node as it stands. */
export interface Subject {
  readonly serverName: string | null;
  readonly publicUrl: string | null;
  /** Where the listener is reached from this computer; empty without one. */
  readonly listenerUrl: string;
  /** The pinned key of a self-signed certificate. */
  readonly tlsSha256: string | null;
  readonly clocks: Pick<ClockOffsets, 'overall' | 'all'>;
  /** Asks peers, one after the other, until one can say. */
  readonly askPeers: () => Promise<{ readonly by: string; readonly verdict: ReachVerdict } | null>;
}

interface Parts {
  readonly client: FederationClient;
  readonly clock: Clock;
}

export const selfCheckSteps: readonly StepName[] = [
  'identity',
  'clock',
  'name',
  'listener',
  'tls',
  'well-known',
  'reachable',
];

/** Our own listener may well be at a private address. */
const ownPolicy = { byOwner: true, tlsSha256: null };

/** One step of the test of this node itself. What it throws is a mistake of ours, and for the test to tell. */
export function selfCheckStep(step: StepName, subject: Subject, parts: Parts): Promise<Outcome> {
  return checks[step](subject, parts);
}

const checks: Readonly<Record<StepName, (subject: Subject, parts: Parts) => Promise<Outcome>>> = {
  identity: async ({ serverName }) =>
    serverName === null
      ? failed('This server has no name yet.', 'Choose one in the wizard, or run: paracord-node setup NAME')
      : ok(`This server is ${serverName}, and has a key to sign with.`),
  clock: async ({ clocks }) => {
    const overall = clocks.overall();
    if (overall === null) return skipped('Not tested: no peer has told its time yet.');
    const verdict = judgeOwnClock(overall, clocks.all());
    return verdict === null
      ? ok('This computer’s clock agrees with the peers’.')
      : failed(`${verdict.title}. ${verdict.text}`, verdict.fix);
  },
  name: ({ publicUrl }) => checkName(publicUrl),
  listener: ({ listenerUrl }) => checkSocket(listenerUrl),
  tls: checkCertificate,
  'well-known': checkPublicUrl,
  reachable: async ({ publicUrl, askPeers }) => {
    if (publicUrl === null) return skipped('Not tested: there is no public address for peers to call.');
    const answer = await askPeers();
    if (answer === null)
      return skipped('Not tested: no peer that knows this address could be asked to call it.');
    return answer.verdict.reachable
      ? ok(`${answer.by} called back and reached this server.`)
      : failed(
          `${answer.by} called back and did not reach this server: ${answer.verdict.text}`,
          `Check that port ${portOf(new URL(publicUrl))} of ${hostOf(new URL(publicUrl))} leads here: the router’s port forwarding, the firewall, the proxy.`,
        );
  },
};

async function checkName(publicUrl: string | null): Promise<Outcome> {
  if (publicUrl === null) return skipped('Not tested: no public address is set, so peers cannot call here.');
  const url = new URL(publicUrl);
  const host = hostOf(url);
  try {
    const addresses = await addressesOf(url);
    return ok(addresses[0] === host ? `${host} is an address.` : `${host} is ${addresses.join(', ')}.`);
  } catch (error) {
    return failed(
      `${(error as Error).message}.`,
      `Create an A record (or AAAA for IPv6) for ${host} where its domain is managed, with this network’s public address.`,
    );
  }
}

async function checkSocket(listenerUrl: string): Promise<Outcome> {
  if (listenerUrl === '') return skipped('Not tested: this node has no listener.');
  try {
    return ok(`On this computer, ${await openSocket(new URL(listenerUrl), ownPolicy)}.`);
  } catch (error) {
    return failed(
      `On this computer, ${(error as Error).message}.`,
      'Restart the node; if it stays, choose another port in Settings, Network.',
    );
  }
}

/** As a peer would look at it that calls the public address. */
async function checkCertificate(
  { listenerUrl, publicUrl }: Subject,
  { clock }: Pick<Parts, 'clock'>,
): Promise<Outcome> {
  if (!listenerUrl.startsWith('https:'))
    return skipped('Not tested: a proxy in front has to bring the certificate (TLS is off here).');
  const url = new URL(listenerUrl);
  const host = publicUrl === null ? null : hostOf(new URL(publicUrl));
  let shown: ShownCertificate;
  try {
    shown = await lookAtCertificate(url, ownPolicy, clock, host ?? hostOf(url));
  } catch (error) {
    return failed(
      (error as Error).message,
      'Choose how the certificate is come by anew, in Settings, Network.',
    );
  }
  return judgeOwnCertificate(shown, host, clock.now());
}

const unknownName: ReadonlySet<string> = new Set(['ENOTFOUND', 'EAI_AGAIN']);

async function checkPublicUrl(
  { publicUrl, serverName, tlsSha256, listenerUrl }: Subject,
  { client }: Parts,
): Promise<Outcome> {
  if (publicUrl === null) return skipped('Not tested: no public address is set.');
  const url = publicUrl + wellKnownPath;
  const answer = await client.read(url, {
    byOwner: true,
    tlsSha256: publicUrl.startsWith('https:') ? tlsSha256 : null,
  });
  if (answer.kind === 'network' && answer.code === 'CERTIFICATE_REFUSED')
    return failed(
      `${publicUrl} shows a certificate that peers refuse. ${answer.error}`,
      listenerUrl.startsWith('https:')
        ? 'If a proxy in front brings that certificate, switch TLS off in Settings, Network (or start with --tls off), or let the proxy pass TLS through. If none does, the address leads to another server.'
        : `Let the proxy show a certificate for ${hostOf(new URL(publicUrl))} by an authority that systems trust.`,
    );
  if (answer.kind === 'network' && unknownName.has(answer.code ?? ''))
    return skipped(`Not tested: ${answer.error}`);
  if (answer.kind !== 'answer')
    return skipped(
      `Cannot be told from here (${answer.kind === 'network' ? answer.error : 'not asked to the end'}): many routers do not let a computer call its own public address. Peers can tell.`,
    );
  try {
    const { server_name } = understand(WellKnown, answer, url);
    if (serverName !== null && isSameServer(server_name, serverName))
      return ok(`${publicUrl} answers as ${server_name}.`);
    return failed(
      `${publicUrl} answers as ${server_name}, not as this server.`,
      'The address, the router or the proxy leads to another server: set it right.',
    );
  } catch (error) {
    return failed(
      (error as Error).message,
      'Something else answers at that address: check the proxy and its paths.',
    );
  }
}
