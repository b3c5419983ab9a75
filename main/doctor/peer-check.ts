import { isIP } from 'node:net';
import type { CheckStep } from '../../shared/api/views/doctor-views.ts';
import { WellKnown } from '../../shared/protocol/bodies.ts';
import { limits } from '../../shared/protocol/limits.ts';
import { wellKnownPath } from '../../shared/protocol/transport.ts';
import { listed, type Said, said, saidOf } from '../../shared/words/said.ts';
import type { FederationClient } from '../client/federation-client.ts';
import { addressesOf, hostOf, openSocket } from '../client/probe.ts';
import { answerText } from '../client/say-network-error.ts';
import type { ClockOffsets } from '../clocks/clock-offsets.ts';
import { apart, type Consensus, clockRefusal, clockWarnMs, disagreement } from '../clocks/clock-refusal.ts';
import { toldOffset } from '../clocks/clock-told.ts';
import { addressKind } from '../kernel/ip.ts';
import type { Clock } from '../kernel/ports.ts';
import type { PeerRow } from '../store/tables/peer-store.ts';
import type { FormProbe } from '../trust/contact/form-probe.ts';
import { knownQuestion } from '../trust/contact/known-question.ts';
import { mayHaveEnded } from '../trust/contact/registration.ts';
import { fetchKeys, mayHidePage, understand, whyNotOf } from '../trust/discovery/discovery.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import { calleeOf } from '../trust/peer-rows.ts';
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

interface CheckDeps {
  readonly client: FederationClient;
  readonly directory: PeerDirectory;
  readonly clockOffsets: ClockOffsets;
  readonly clock: Clock;
  readonly formProbe: Pick<FormProbe, 'whyRefused'>;
}

/** Tests a peer step by step, in order. Steps after a failed one are skipped and marked as not tested. */
export function peerCheck(deps: CheckDeps, peer: PeerRow): (step: PeerCheckStep) => Promise<Outcome> {
  const callee = calleeOf(peer);
  const check = callee && new PeerCheck(deps, peer, callee);
  let stopped = false;
  return async (step) => {
    if (check === null)
      return skipped(said('check.no_address'), step === 'name' ? said('check.no_address_fix') : null);
    if (stopped) return skipped(said('check.earlier_failed'));
    const outcome = await check.steps[step]().catch((error: Error) => failed(saidOf(error), fixes[step]));
    stopped = outcome.result === 'failed';
    return outcome;
  };
}

/** The next step if nothing is known but that a step failed. */
const fixes: Readonly<Record<PeerCheckStep, Said>> = {
  name: said('check.fix_name'),
  address: said('check.fix_address'),
  tcp: said('check.fix_tcp'),
  tls: said('check.fix_tls'),
  'well-known': said('check.fix_well_known'),
  keys: said('check.fix_keys'),
  clock: said('check.fix_clock'),
  'signed-read': said('check.fix_signed_read'),
};

const off = failed(said('check.federation_off'), said('check.federation_off_fix'));

class PeerCheck {
  readonly #deps: CheckDeps;
  readonly #peer: PeerRow;
  readonly #callee: NonNullable<ReturnType<typeof calleeOf>>;
  readonly #url: URL;
  /** The peer's clock minus ours, from the answer to this check. */
  #toldOffsetMs: number | null = null;

  constructor(deps: CheckDeps, peer: PeerRow, callee: NonNullable<ReturnType<typeof calleeOf>>) {
    this.#deps = deps;
    this.#peer = peer;
    this.#callee = callee;
    this.#url = new URL(callee.endpoint);
  }

  readonly steps: Readonly<Record<PeerCheckStep, () => Promise<Outcome>>> = {
    name: async () => {
      const host = hostOf(this.#url);
      if (isIP(host) !== 0) return ok(said('check.is_address', { host }));
      await addressesOf(this.#url);
      return ok(said('check.name_found', { host }));
    },
    address: async () =>
      judgeAddresses(hostOf(this.#url), await addressesOf(this.#url), this.#callee.policy.byOwner),
    tcp: async () => ok(await openSocket(this.#url, this.#callee.policy)),
    tls: () => this.#tls(),
    'well-known': () => this.#wellKnown(),
    keys: () => this.#keys(),
    clock: async () => {
      const { clockOffsets } = this.#deps;
      const name = this.#peer.server_name;
      const { peerMs, othersMs } = clockOffsets.around(name);
      return judgeClock(clockOffsets.signedBy(name) ?? this.#toldOffsetMs ?? peerMs, othersMs);
    },
    'signed-read': () => this.#signedRead(),
  };

  async #tls(): Promise<Outcome> {
    if (this.#url.protocol === 'http:') return skipped(said('check.plain_http'));
    const { policy } = this.#callee;
    const shown = await lookAtCertificate(this.#url, policy, this.#deps.clock);
    const now = this.#deps.clock.now();
    return judgeCertificate(shown, { host: hostOf(this.#url), pinned: policy.tlsSha256, now });
  }

  async #wellKnown(): Promise<Outcome> {
    const { client, clock } = this.#deps;
    const url = this.#url.origin + wellKnownPath;
    const sentAt = clock.now();
    const answer = await client.read(url, this.#callee.policy);
    if (answer.kind === 'answer') this.#toldOffsetMs = toldOffset(answer, sentAt, clock.now());
    else return failed(said('check.no_answer', { url, why: answerText(answer) }), said('check.fix_later'));
    const name = this.#peer.server_name;
    if (mayHidePage(this.#peer, answer)) {
      const { keys } = await fetchKeys(client, this.#callee, name);
      return keys.length > 0 ? skipped(said('check.hides_page')) : off;
    }
    const info = understand(WellKnown, answer, url);
    const why = whyNotOf(info, this.#peer);
    if (why !== null) return failed(why, fixes['well-known']);
    return info.enabled ? ok(said('check.same_server', { name })) : off;
  }

  async #keys(): Promise<Outcome> {
    const { client, directory } = this.#deps;
    const name = this.#peer.server_name;
    const { keys } = await fetchKeys(client, this.#callee, name);
    const strange = keys.find(
      (key) => (directory.key(name, key.key_id)?.public_key ?? key.public_key) !== key.public_key,
    );
    return strange
      ? failed(said('check.other_key', { key: strange.key_id }), said('check.fix_key_changed'))
      : ok(said('check.keys_match', { n: keys.length }));
  }

  async #signedRead(): Promise<Outcome> {
    const { client, clock, clockOffsets } = this.#deps;
    const answer = await client.call(this.#callee, knownQuestion);
    if (answer.kind === 'answer' && answer.status === 404) return ok(said('check.knows_us'));
    const { server_name } = this.#peer;
    const clocks =
      answer.kind === 'answer' && clockRefusal(answer, clock.now(), clockOffsets.around(server_name));
    if (clocks) return failed(said('check.clocks_disagree', { text: clocks.text }), clocks.fix);
    const refuses = answer.kind === 'answer' && (answer.status === 401 || answer.status === 403);
    return failed(
      said('check.no_reading', { why: answerText(answer) }),
      refuses ? this.#afterRefusal() : said('check.fix_later'),
    );
  }

  #afterRefusal(): Said {
    const { formProbe, clock, directory } = this.#deps;
    const name = this.#peer.server_name;
    if (this.#callee.learns !== true) return fixes['signed-read'];
    const why = formProbe.whyRefused(name);
    if (why === null) return said('check.fix_later');
    const peer = directory.get(name) ?? this.#peer;
    if (mayHaveEnded(peer, clock.now())) return said('check.fix_key_ended', { name });
    return why === 'addressed_refused'
      ? said('check.fix_addressed', { name, as: peer.destination ?? name })
      : fixes['signed-read'];
  }
}

/** `offset` is the peer's clock minus ours, `null` if unknown; `othersMs` that of all other peers. */
export function judgeClock(offset: number | null, othersMs: Consensus): Outcome {
  if (offset === null) return skipped(said('clock.untold'));
  if (Math.abs(offset) < clockWarnMs)
    return ok(said('clock.near', { n: Math.max(1, Math.ceil(Math.abs(offset) / 1000)) }));
  const { text, fix } = disagreement(offset, othersMs);
  if (Math.abs(offset) > limits.clockSkewMsMax) return failed(text, fix);
  return ok(said('clock.tolerable', { ...apart(offset), limit: limits.clockSkewMsMax / 1000 }), fix);
}

/**
 * Whether the addresses of a peer's name may be called, and who can call them. `byOwner`: the owner of this node typed
 * the address.
 */
export function judgeAddresses(host: string, addresses: readonly string[], byOwner: boolean): Outcome {
  if (addresses.length === 0)
    return failed(said('check.leads_nowhere', { host }), said('check.leads_nowhere_fix'));
  const found = addresses.map((address) => ({ address, kind: addressKind(address) }));
  const list = listed(found.map((each) => said('check.address_kind', each)));
  const isAddress = addresses.length === 1 && addresses[0] === host;
  const text = isAddress ? said('check.address_is', { list }) : said('check.leads_to', { host, list });
  if (found.some(({ kind }) => kind === 'public')) return ok(text);
  if (!byOwner) return failed(said('check.private_theirs', { text }), said('check.private_theirs_fix'));
  const where = found.every(({ kind }) => kind === 'loopback') ? 'here' : 'near';
  return ok(said('check.private_ours', { text, where }));
}
