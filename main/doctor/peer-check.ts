import { isIP } from 'node:net';
import type { CheckStep } from '../../shared/api/doctor-views.ts';
import { WellKnown } from '../../shared/protocol/bodies.ts';
import { limits } from '../../shared/protocol/limits.ts';
import { wellKnownPath } from '../../shared/protocol/transport.ts';
import type { FederationClient } from '../client/federation-client.ts';
import { type HttpResult, messageIn } from '../client/http.ts';
import { addressesOf, hostOf, openSocket } from '../client/probe.ts';
import type { ClockOffsets } from '../clocks/clock-offsets.ts';
import {
  type Consensus,
  clockRefusal,
  clockWarnMs,
  disagreement,
  secondsText,
} from '../clocks/clock-refusal.ts';
import { toldOffset } from '../clocks/clock-told.ts';
import type { Clock } from '../kernel/ports.ts';
import type { PeerRow } from '../store/tables/peer-store.ts';
import { knownQuestion } from '../trust/contacts.ts';
import { fetchKeys, isSameServer, understand } from '../trust/discovery.ts';
import { calleeOf, type PeerDirectory } from '../trust/peer-directory.ts';
import { judgeAddresses } from './addresses.ts';
import { judgeCertificate, lookAtCertificate } from './certificate.ts';
import { failed, type Outcome, ok, skipped } from './test-run.ts';

export type PeerCheckStep = CheckStep['step'];
export const peerCheckSteps: readonly PeerCheckStep[] = [
  'name',
  'address',
  'tcp',
  'tls',
  'well-known',
  'keys',
  'clock',
  'signed-read',
];

interface CheckParts {
  readonly client: FederationClient;
  readonly directory: PeerDirectory;
  readonly clockOffsets: ClockOffsets;
  readonly clock: Clock;
}

/** Tests a peer step by step, in order. What stands behind a failed step is not tested, and said so. */
export function peerCheck(parts: CheckParts, peer: PeerRow): (step: PeerCheckStep) => Promise<Outcome> {
  const callee = calleeOf(peer);
  const check = callee && new PeerCheck(parts, peer, callee);
  let stopped = false;
  return async (step) => {
    if (check === null)
      return skipped(
        'Not tested: no address is known for it.',
        step === 'name'
          ? 'Set its address under “Address” on its page, or: paracord-node peers add ADDRESS. If it has none, nothing is to be done: it fetches what is for it.'
          : null,
      );
    if (stopped) return skipped('Not tested: an earlier step failed.');
    const outcome = await check.steps[step]().catch((error: Error) =>
      failed(sentence(error.message), fixes[step]),
    );
    stopped = outcome.result === 'failed';
    return outcome;
  };
}

/** What is next where nothing is known but that a step failed. */
const fixes: Readonly<Record<PeerCheckStep, string>> = {
  name: 'Is the host name spelled right? If so, its owner should look at its DNS record.',
  address: 'Ask its owner for an address that leads to the server.',
  tcp: 'Ask its owner whether the server runs, and whether its router and firewall let this port through.',
  tls: 'Ask its owner whether TLS is on at that port: a proxy or another program may answer there instead.',
  'well-known':
    'Something answers at this address, but not this server. Its proxy may lead elsewhere, or the address is another’s.',
  keys: 'Let its owner look whether its proxy lets everything below /_paracord/federation/ through, then check again.',
  clock: 'Set the clocks of both computers by network time (NTP), then check again.',
  'signed-read': 'Its owner must add your server too, or has blocked it. Send them your address.',
};

const laterFix = 'Check again in a while. If it stays, its owner should look at the server’s log.';
const keyChanged =
  'Its key changed without notice. Ask its owner, by phone say. Only if they began anew: forget it, and add it again.';

class PeerCheck {
  private readonly parts: CheckParts;
  private readonly peer: PeerRow;
  private readonly callee: NonNullable<ReturnType<typeof calleeOf>>;
  private readonly url: URL;
  /** The peer's clock less ours, going by the answer that this check got. */
  private toldOffsetMs: number | null = null;

  constructor(parts: CheckParts, peer: PeerRow, callee: NonNullable<ReturnType<typeof calleeOf>>) {
    this.parts = parts;
    this.peer = peer;
    this.callee = callee;
    this.url = new URL(callee.endpoint);
  }

  readonly steps: Readonly<Record<PeerCheckStep, () => Promise<Outcome>>> = {
    name: async () => {
      const host = hostOf(this.url);
      if (isIP(host) !== 0) return ok(`Its address needs no name: ${host} is one already.`);
      await addressesOf(this.url);
      return ok(`The name ${host} can be looked up.`);
    },
    address: async () =>
      judgeAddresses(hostOf(this.url), await addressesOf(this.url), this.callee.policy.byOwner),
    tcp: async () => ok(sentence(await openSocket(this.url, this.callee.policy))),
    tls: () => this.tls(),
    'well-known': () => this.wellKnown(),
    keys: () => this.keys(),
    clock: async () => {
      const { clockOffsets } = this.parts;
      const name = this.peer.server_name;
      const { peerMs, othersMs } = clockOffsets.around(name);
      return judgeClock(clockOffsets.signedBy(name) ?? this.toldOffsetMs ?? peerMs, othersMs);
    },
    'signed-read': () => this.signedRead(),
  };

  private async tls(): Promise<Outcome> {
    if (this.url.protocol === 'http:')
      return skipped(
        'Not tested: its address is plain http, so nobody shows a certificate. That is for tests, and for networks that are safe by themselves.',
      );
    const { policy } = this.callee;
    const shown = await lookAtCertificate(this.url, policy, this.parts.clock);
    const now = this.parts.clock.now();
    return judgeCertificate(shown, { host: hostOf(this.url), pinned: policy.tlsSha256, now });
  }

  private async wellKnown(): Promise<Outcome> {
    const { client, clock } = this.parts;
    const url = this.url.origin + wellKnownPath;
    const sentAt = clock.now();
    const answer = await client.read(url, this.callee.policy);
    if (answer.kind === 'answer') this.toldOffsetMs = toldOffset(answer, sentAt, clock.now());
    else return failed(`${url} does not answer: ${told(answer)}`, laterFix);
    const { server_name, enabled } = understand(WellKnown, answer, url);
    const name = this.peer.server_name;
    if (!isSameServer(server_name, name))
      return failed(`It says that it is ${server_name}, not ${name}.`, fixes['well-known']);
    return enabled
      ? ok(`It says that it is ${name}.`)
      : failed('It says that its federation is switched off.', 'Its owner has to switch it on.');
  }

  private async keys(): Promise<Outcome> {
    const { client, directory } = this.parts;
    const name = this.peer.server_name;
    const { keys } = await fetchKeys(client, this.callee, name);
    const strange = keys.find(
      (key) => (directory.key(name, key.key_id)?.public_key ?? key.public_key) !== key.public_key,
    );
    return strange
      ? failed(`The key ${strange.key_id} is another than the one pinned.`, keyChanged)
      : ok(
          `${keys.length === 1 ? '1 key is' : `${keys.length} keys are`} published; none differs from what is pinned.`,
        );
  }

  private async signedRead(): Promise<Outcome> {
    const { client, clock, clockOffsets } = this.parts;
    const answer = await client.call(this.callee, knownQuestion);
    if (answer.kind === 'answer' && answer.status === 404)
      return ok(
        'It knows us and takes our signature. If messages still do not arrive, let its owner run the same check for your server.',
      );
    const { server_name } = this.peer;
    const clocks =
      answer.kind === 'answer' && clockRefusal(answer, clock.now(), clockOffsets.around(server_name));
    if (clocks)
      return failed(`It refuses our signature, for the clocks disagree: ${clocks.text}`, clocks.fix);
    const refuses = answer.kind === 'answer' && (answer.status === 401 || answer.status === 403);
    return failed(`It does not let us read (${told(answer)}).`, refuses ? fixes['signed-read'] : laterFix);
  }
}

/** `offset` is the peer's clock less ours, `null` where it is not known; `othersMs` that of all other peers. */
export function judgeClock(offset: number | null, othersMs: Consensus): Outcome {
  if (offset === null) return skipped('Not tested: it tells no time.');
  if (Math.abs(offset) < clockWarnMs)
    return ok(`Its clock is within ${Math.max(1, Math.ceil(Math.abs(offset) / 1000))} s of ours.`);
  const { text, fix } = disagreement(offset, othersMs);
  if (Math.abs(offset) > limits.clockSkewMsMax) return failed(sentence(text), fix);
  const side = offset > 0 ? 'ahead of' : 'behind';
  return ok(
    `Its clock is ${secondsText(offset)} ${side} ours. That still works; from ${limits.clockSkewMsMax / 1000} s on it does not.`,
    fix,
  );
}

function told(answer: HttpResult): string {
  if (answer.kind === 'aborted') return 'no answer';
  if (answer.kind === 'network') return answer.error;
  return `status ${answer.status}: ${messageIn(answer.body) ?? answer.body.slice(0, 100)}`;
}

const sentence = (text: string): string => {
  const end = /[.!?]$/.test(text) ? '' : '.';
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${end}`;
};
