import type { SelfCheckStep } from '../../shared/api/views/doctor-views.ts';
import { WellKnown } from '../../shared/protocol/bodies.ts';
import { wellKnownPath } from '../../shared/protocol/transport.ts';
import { listed, quoted, said, saidOf } from '../../shared/words/said.ts';
import type { ReachVerdict } from '../addresses/dial-back.ts';
import type { FederationClient } from '../client/federation-client.ts';
import { addressesOf, hostOf, openSocket } from '../client/probe.ts';
import { answerText } from '../client/say-network-error.ts';
import type { ClockOffsets } from '../clocks/clock-offsets.ts';
import { judgeOwnClock } from '../clocks/own-clock.ts';
import { portOf } from '../kernel/ip.ts';
import type { Clock } from '../kernel/ports.ts';
import { isSameServer, understand } from '../trust/discovery/discovery.ts';
import { judgeOwnCertificate, lookAtCertificate, type ShownCertificate } from './certificate.ts';
import { failed, type Outcome, ok, skipped } from './test-run.ts';

type StepName = SelfCheckStep['step'];

/** The state of the node, which is tested. */
export interface Subject {
  readonly serverName: string | null;
  readonly publicUrl: string | null;
  /** The listener's address on this computer; empty without one. */
  readonly listenerUrl: string;
  /** The pinned key of a self-signed certificate. */
  readonly tlsSha256: string | null;
  readonly clocks: Pick<ClockOffsets, 'overall' | 'all'>;
  /** Asks peers one after the other until one can tell. */
  readonly askPeers: () => Promise<{ readonly by: string; readonly verdict: ReachVerdict } | null>;
}

interface Deps {
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

/** Our own listener may have a private address. */
const ownPolicy = { byOwner: true, tlsSha256: null };

/** One step of the test of this node. An error thrown here is a bug in Paracord Node, and the test reports it. */
export function selfCheckStep(step: StepName, subject: Subject, deps: Deps): Promise<Outcome> {
  return checks[step](subject, deps);
}

const checks: Readonly<Record<StepName, (subject: Subject, deps: Deps) => Promise<Outcome>>> = {
  identity: async ({ serverName }) =>
    serverName === null
      ? failed(said('self.no_name'), said('finding.not_set_up_fix'))
      : ok(said('self.identity', { name: serverName })),
  clock: async ({ clocks }) => {
    const overall = clocks.overall();
    if (overall === null) return skipped(said('self.clock_unknown'));
    const verdict = judgeOwnClock(overall, clocks.all());
    if (verdict === null) return ok(said('self.clock_ok'));
    const { title, text, fix } = verdict;
    return failed(said('plain.titled', { title, text }), fix);
  },
  name: ({ publicUrl }) => checkName(publicUrl),
  listener: ({ listenerUrl }) => checkSocket(listenerUrl),
  tls: checkCertificate,
  'well-known': checkPublicUrl,
  reachable: async ({ publicUrl, askPeers }) => {
    if (publicUrl === null) return skipped(said('self.no_public_address'));
    const answer = await askPeers();
    if (answer === null) return skipped(said('self.nobody_asked'));
    const { by, verdict } = answer;
    if (verdict.reachable) return ok(said('self.reached', { by }));
    const url = new URL(publicUrl);
    return failed(
      said('self.not_reached', { by, why: quoted(verdict.text) }),
      said('self.not_reached_fix', { port: portOf(url), host: hostOf(url) }),
    );
  },
};

async function checkName(publicUrl: string | null): Promise<Outcome> {
  if (publicUrl === null) return skipped(said('self.no_public_address'));
  const url = new URL(publicUrl);
  const host = hostOf(url);
  try {
    const addresses = await addressesOf(url);
    return ok(
      addresses[0] === host
        ? said('self.is_address', { host })
        : said('self.name_leads', { host, list: listed(addresses) }),
    );
  } catch (error) {
    return failed(saidOf(error), said('self.name_fix', { host }));
  }
}

async function checkSocket(listenerUrl: string): Promise<Outcome> {
  if (listenerUrl === '') return skipped(said('self.no_listener'));
  try {
    return ok(said('self.from_here', { text: await openSocket(new URL(listenerUrl), ownPolicy) }));
  } catch (error) {
    return failed(said('self.from_here', { text: saidOf(error) }), said('self.listener_fix'));
  }
}

/** Tested the way a peer sees it that calls the public address. */
async function checkCertificate(
  { listenerUrl, publicUrl }: Subject,
  { clock }: Pick<Deps, 'clock'>,
): Promise<Outcome> {
  if (!listenerUrl.startsWith('https:')) return skipped(said('self.no_tls'));
  const url = new URL(listenerUrl);
  const host = publicUrl === null ? null : hostOf(new URL(publicUrl));
  let shown: ShownCertificate;
  try {
    shown = await lookAtCertificate(url, ownPolicy, clock, host ?? hostOf(url));
  } catch (error) {
    return failed(saidOf(error), said('self.tls_fix'));
  }
  return judgeOwnCertificate(shown, host, clock.now());
}

const unknownName: ReadonlySet<string> = new Set(['ENOTFOUND', 'EAI_AGAIN']);

async function checkPublicUrl(
  { publicUrl, serverName, tlsSha256, listenerUrl }: Subject,
  { client }: Deps,
): Promise<Outcome> {
  if (publicUrl === null) return skipped(said('self.no_public_address'));
  const url = publicUrl + wellKnownPath;
  const answer = await client.read(url, {
    byOwner: true,
    tlsSha256: publicUrl.startsWith('https:') ? tlsSha256 : null,
  });
  if (answer.kind === 'network' && answer.code === 'CERTIFICATE_REFUSED')
    return failed(
      said('self.refused_certificate', { url: publicUrl, why: answer.error }),
      listenerUrl.startsWith('https:')
        ? said('self.refused_tls_fix')
        : said('self.refused_proxy_fix', { host: hostOf(new URL(publicUrl)) }),
    );
  if (answer.kind === 'network' && unknownName.has(answer.code ?? ''))
    return skipped(said('self.not_tested', { why: answer.error }));
  if (answer.kind !== 'answer') return skipped(said('self.cannot_tell', { why: answerText(answer) }));
  try {
    const { server_name: name } = understand(WellKnown, answer, url);
    if (serverName !== null && isSameServer(name, serverName))
      return ok(said('self.answers', { url: publicUrl, name }));
    return failed(said('self.answers_other', { url: publicUrl, name }), said('self.answers_other_fix'));
  } catch (error) {
    return failed(saidOf(error), said('self.answers_else_fix'));
  }
}
