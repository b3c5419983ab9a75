import type { CheckStep as StepView, CheckView as WordedCheck } from '../../shared/api/views/doctor-views.ts';
import { normalizeEndpoint } from '../../shared/protocol/endpoint.ts';
import type { AddressAnnouncer } from '../addresses/addresses.ts';
import type { DialBack, ReachVerdict } from '../addresses/dial-back.ts';
import type { FindOwnAddress } from '../addresses/own-address.ts';
import type { FederationClient } from '../client/federation-client.ts';
import type { ClockOffsets } from '../clocks/clock-offsets.ts';
import type { Tell } from '../facts.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Clock } from '../kernel/ports.ts';
import type { PeerRow } from '../store/tables/peer-store.ts';
import type { Contacts } from '../trust/contact/contacts.ts';
import type { FormProbe } from '../trust/contact/form-probe.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import { type PeerCheckStep, peerCheck, peerCheckSteps } from './peer-check.ts';
import { type Subject, selfCheckStep, selfCheckSteps } from './self-check.ts';
import { TestRun, type TestView } from './test-run.ts';

export type CheckStep = TestView<PeerCheckStep>['steps'][number];
/** The check of a peer, before its messages are put into words. */
export type CheckView = Omit<WordedCheck, 'steps'> & { readonly steps: CheckStep[] };

interface DialBackResult {
  readonly by: string;
  readonly verdict: ReachVerdict;
}

const askedMax = 3;
const recheckMs = 5 * 60_000;

export interface DoctorDeps {
  readonly client: FederationClient;
  readonly directory: PeerDirectory;
  readonly clockOffsets: ClockOffsets;
  readonly dialBack: DialBack;
  readonly clock: Clock;
  readonly keyring: Pick<Keyring, 'isSetUp' | 'serverName'>;
  readonly reach: { readonly publicUrl: string | null };
  readonly listeners: { readonly federationUrl: string };
  readonly ownAddress: FindOwnAddress;
  readonly addressAnnouncer: Pick<AddressAnnouncer, 'isUnknownTo'>;
  readonly contacts: Pick<Contacts, 'of' | 'reached'>;
  readonly formProbe: Pick<FormProbe, 'whyRefused'>;
  readonly tell: Tell;
}

/** Tests this node, and the connection to each peer, step by step. Every window can watch. */
export class Doctor {
  readonly #deps: DoctorDeps;
  readonly #self: TestRun<(typeof selfCheckSteps)[number]>;
  /** The subject of the last test. */
  #tested = '';
  readonly #checks = new Map<string, TestRun<PeerCheckStep>>();
  /** The last answer of a peer that was asked to call back, and what it called. */
  #dialBack: (DialBackResult & { readonly subject: string }) | null = null;

  constructor(deps: DoctorDeps) {
    this.#deps = deps;
    this.#self = new TestRun(selfCheckSteps, deps.clock, () =>
      deps.tell({ fact: 'check-progressed', server: null }),
    );
  }

  /** `null` before the first test, and after anything that it tested has changed, because the result would mislead. */
  view(): TestView<(typeof selfCheckSteps)[number]> | null {
    return this.#tested === this.#subjectNow() ? this.#self.view : null;
  }

  #subjectNow(): string {
    const { publicUrl, listenerUrl, tlsSha256 } = this.#subject();
    return [publicUrl, listenerUrl, tlsSha256].join(' ');
  }

  #subject(): Subject {
    const { keyring, reach, listeners, ownAddress, clockOffsets } = this.#deps;
    return {
      serverName: keyring.isSetUp ? keyring.serverName : null,
      publicUrl: reach.publicUrl,
      listenerUrl: listeners.federationUrl,
      tlsSha256: ownAddress().tlsSha256,
      clocks: clockOffsets,
      askPeers: () => this.#askPeers(),
    };
  }

  /** A peer's last answer about our address, unless the address or the listener has changed since. */
  get lastDialBack(): DialBackResult | null {
    return this.#dialBack?.subject === this.#subjectNow() ? this.#dialBack : null;
  }

  async run(): Promise<void> {
    const { client, clock } = this.#deps;
    if (this.#self.view?.running !== true) this.#tested = this.#subjectNow();
    await this.#self.run(() => {
      const tested = this.#subject();
      return (step) => selfCheckStep(step, tested, { client, clock });
    });
  }

  /**
   * The running check of the peer, or the last one. `null` before the first, and once the peer has stopped answering,
   * or answers again, because the check is no longer true.
   */
  check(server: string): CheckView | null {
    const view = this.#checks.get(server)?.view;
    if (!view) return null;
    const { contacts, directory } = this.#deps;
    const check = checkView(server, view);
    const changedAt = {
      ok: contacts.of(server).failingSince,
      failed: directory.reachedAt(server),
      not_tested: null,
    }[check.result];
    return !check.running && (changedAt ?? 0) > check.at ? null : check;
  }

  async checkPeer(peer: PeerRow): Promise<CheckView> {
    const name = peer.server_name;
    this.#forgetStrangers();
    let run = this.#checks.get(name);
    if (!run) {
      run = new TestRun(peerCheckSteps, this.#deps.clock, () =>
        this.#deps.tell({ fact: 'check-progressed', server: name }),
      );
      this.#checks.set(name, run);
    }
    const check = checkView(name, await run.run(() => peerCheck(this.#deps, peer)));
    // A server that accepts our signature knows us.
    if (check.ok && this.#deps.directory.get(name)?.endpoint) this.#deps.contacts.reached(name);
    this.#deps.tell({ fact: 'peer-changed', server: name });
    return check;
  }

  /** A new peer can reach us. Whether we reach it shows in its state. */
  tryNew(server: string): void {
    const peer = this.#deps.directory.get(server);
    if (peer?.endpoint) void this.checkPeer(peer);
  }

  /** Retries failed checks, so that a brief failure of an idle peer doesn't stay on the list forever. */
  recheck(): void {
    const { directory, clock } = this.#deps;
    for (const [name, { view }] of this.#checks) {
      const peer = directory.get(name);
      const isDue = view !== null && !view.running && clock.now() - view.at >= recheckMs;
      if (!isDue || !peer || !directory.isAllowed(name) || checkView(name, view).result !== 'failed')
        continue;
      if ((directory.reachedAt(name) ?? 0) <= view.at) void this.checkPeer(peer);
    }
  }

  /** Forgets the results of a forgotten server, in case it comes back. */
  forget(server: string): void {
    this.#checks.delete(server);
  }

  /**
   * Drops results about servers that are no longer known: one that we only know from others can disappear without a
   * fact.
   */
  #forgetStrangers(): void {
    for (const name of this.#checks.keys()) if (!this.#deps.directory.get(name)) this.#checks.delete(name);
  }

  /**
   * Asks a few peers, the most recently heard from first, until one can tell. Answers about another address don't
   * count.
   */
  async #askPeers(): Promise<DialBackResult | null> {
    const { directory, dialBack, addressAnnouncer, ownAddress } = this.#deps;
    const peers = directory
      .all()
      .filter(
        ({ server_name, endpoint }) =>
          directory.isAllowed(server_name) &&
          directory.answers(server_name, 'reach') &&
          // A server in our own network has another address of ours.
          ownAddress(endpoint).endpoint === ownAddress().endpoint,
      )
      .sort(
        (a, b) => (directory.lastSeenAt(b.server_name) ?? 0) - (directory.lastSeenAt(a.server_name) ?? 0),
      );
    const subject = this.#subjectNow();
    for (const peer of peers.slice(0, askedMax)) {
      const { endpoint } = ownAddress();
      const verdict = await dialBack.ask(peer);
      if (endpoint === null || verdict === null) continue;
      if (!isSameEndpoint(verdict.endpoint, endpoint)) {
        addressAnnouncer.isUnknownTo(peer.server_name);
        continue;
      }
      this.#dialBack = { by: peer.server_name, verdict, subject };
      return this.#dialBack;
    }
    return null;
  }
}

function isSameEndpoint(said: string | null, own: string): boolean {
  try {
    return said !== null && normalizeEndpoint(said) === normalizeEndpoint(own);
  } catch {
    return false;
  }
}

/**
 * Passes only at the end, because the last step depends on all others. A peer without an address can't be tested, and
 * that is not a fault: it fetches its events itself.
 */
function checkView(server: string, { at, running, steps }: TestView<PeerCheckStep>): CheckView {
  const has = (wanted: StepView['result']) => steps.some(({ result }) => result === wanted);
  const isEnded = steps.length === peerCheckSteps.length && !running;
  const result = has('failed') ? 'failed' : isEnded && has('ok') ? 'ok' : 'not_tested';
  return { server_name: server, at, running, ok: result === 'ok', result, steps };
}
