import type { CheckStep, CheckView } from '../../shared/api/views.ts';
import { readBody, WellKnown } from '../../shared/protocol/bodies.ts';
import { limits } from '../../shared/protocol/limits.ts';
import { wellKnownPath } from '../../shared/protocol/transport.ts';
import type { FederationClient } from '../client/federation-client.ts';
import type { HttpResult } from '../client/http.ts';
import { openSocket, resolveName } from '../client/probe.ts';
import type { Clock } from '../ports.ts';
import type { PeerRow } from '../store/peer-store.ts';
import { fetchKeys } from './discovery.ts';
import { calleeOf } from './key-resolver.ts';
import type { PeerDirectory } from './peer-directory.ts';

type Step = CheckStep['step'];
const order: readonly Step[] = ['name', 'tcp', 'tls', 'well-known', 'keys', 'clock', 'signed-read'];

interface CheckParts {
  readonly client: FederationClient;
  readonly directory: PeerDirectory;
  readonly clock: Clock;
}

/** Tests a peer step by step. What depends on a failed step is skipped and said to be. */
export async function checkPeer(parts: CheckParts, peer: PeerRow): Promise<CheckView> {
  const steps: CheckStep[] = [];
  const callee = calleeOf(peer);
  if (callee) {
    const url = new URL(callee.endpoint);
    let wellKnown: HttpResult | null = null;
    const run: Record<Step, () => Promise<string>> = {
      name: () => resolveName(url),
      tcp: () => openSocket(url),
      tls: async () => {
        wellKnown = await parts.client.read(url.origin + wellKnownPath, callee.policy);
        if (url.protocol === 'http:')
          return 'plain http, as its endpoint says: only for tests or behind a proxy';
        if (wellKnown.kind === 'network' && wellKnown.code === 'CERTIFICATE_REFUSED')
          throw new Error(wellKnown.error);
        return callee.policy.tlsSha256 ? 'the certificate has the pinned key' : 'the certificate is trusted';
      },
      'well-known': async () => {
        const info = readBody(WellKnown, bodyOf(wellKnown));
        if (info.server_name !== peer.server_name) throw new Error(`it says it is ${info.server_name}`);
        return `it says it is ${info.server_name}`;
      },
      keys: async () => {
        const answer = await fetchKeys(parts.client, callee.endpoint, callee.policy, peer.server_name);
        const strange = answer.keys.filter(
          (key) =>
            (parts.directory.key(peer.server_name, key.key_id)?.public_key ?? key.public_key) !==
            key.public_key,
        );
        if (strange.length > 0)
          throw new Error(`the key ${strange[0]?.key_id} is another than the one pinned`);
        return `${answer.keys.length} published, none differs from what is pinned`;
      },
      clock: async () => clockText(wellKnown, parts.clock.now()),
      'signed-read': async () => signedRead(parts.client, callee),
    };
    let failed = false;
    for (const step of order) {
      if (failed) {
        steps.push({ step, result: 'skipped', text: 'not tested: an earlier step failed' });
        continue;
      }
      try {
        steps.push({ step, result: 'ok', text: await run[step]() });
      } catch (error) {
        failed = true;
        steps.push({ step, result: 'failed', text: (error as Error).message });
      }
    }
  } else
    for (const step of order)
      steps.push({ step, result: 'skipped', text: 'not tested: no endpoint is known' });
  return { server_name: peer.server_name, ok: steps.every((step) => step.result === 'ok'), steps };
}

function bodyOf(answer: HttpResult | null): string {
  if (answer?.kind === 'answer' && answer.status === 200) return answer.body;
  throw new Error(
    answer?.kind === 'answer'
      ? `it answers with status ${answer.status}`
      : ((answer as { error?: string })?.error ?? 'no answer'),
  );
}

function clockText(answer: HttpResult | null, now: number): string {
  const date = answer?.kind === 'answer' ? Date.parse(answer.headers.date ?? '') : Number.NaN;
  if (Number.isNaN(date)) return 'it tells no time';
  const offset = date - now;
  if (Math.abs(offset) > limits.clockSkewMsMax)
    throw new Error(
      `its clock is ${Math.round(offset / 1000)} s from ours, and at most 60 s work; set both by NTP`,
    );
  return `within ${Math.max(1, Math.ceil(Math.abs(offset) / 1000))} s of ours`;
}

async function signedRead(
  client: FederationClient,
  callee: NonNullable<ReturnType<typeof calleeOf>>,
): Promise<string> {
  // An event that cannot exist: whoever knows us answers 404, whoever does not refuses.
  const answer = await client.call(callee, { method: 'GET', path: '/event/$0:check.invalid' });
  if (answer.kind === 'answer' && answer.status === 404) return 'it knows us and takes our signature';
  const told =
    answer.kind === 'answer'
      ? `status ${answer.status}: ${messageOf(answer.body)}`
      : (answer as { error?: string }).error;
  throw new Error(`it does not let us read (${told ?? 'no answer'})`);
}

function messageOf(body: string): string {
  try {
    return String((JSON.parse(body) as { message?: unknown }).message).slice(0, 300);
  } catch {
    return body.slice(0, 100);
  }
}
