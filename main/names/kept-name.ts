import type { KeptNameAddress, KeptNameView } from '../../shared/api/views/reach-views.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { readSaid, type Said, said, storeSaid, type Unsaid } from '../../shared/words/said.ts';
import type { Tell } from '../facts.ts';
import { addressKind } from '../kernel/ip.ts';
import type { Log } from '../kernel/log.ts';
import type { Clock } from '../kernel/ports.ts';
import { SerialQueue } from '../kernel/queue.ts';
import { every } from '../kernel/timers.ts';
import type { ShowProof } from '../tls/acme/challenge/dns-responder.ts';
import { ChallengeBlocked } from '../tls/acme/challenge/responders.ts';
import { fetchTransport } from '../tls/transport.ts';
import { type DnsLook, seen, systemDns } from './dns/propagation.ts';
import { type Kept, NameFile, type ProviderAccess } from './name-file.ts';
import { type DnsProvider, NameProblem } from './provider.ts';
import { Desec, type DesecUrls, desecUrls } from './providers/desec.ts';
import { DuckDns, duckdnsUrl } from './providers/duckdns.ts';
import { DnsUpdates, serverText } from './providers/rfc2136.ts';
import {
  askEveryMs,
  isLasting,
  isStale,
  retryAt,
  type Wanted,
  type Whereabouts,
  wantedAddress,
} from './wanted-address.ts';

/** The providers and the DNS; tests have their own. */
export interface NamesWorld {
  readonly desec: DesecUrls;
  readonly duckdns: string;
  readonly look: DnsLook;
}
const realWorld: NamesWorld = { desec: desecUrls, duckdns: duckdnsUrl, look: systemDns };

interface Deps {
  readonly dataDir: string;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly tell: Tell;
  readonly whereabouts: () => Whereabouts;
  readonly world?: NamesWorld | undefined;
}

/** A name that the owner asks the node to keep. */
export interface NameRequest {
  readonly name: string;
  readonly access: ProviderAccess;
  readonly which: KeptNameAddress;
}

const lookEveryMs = 60_000;
const noRecord = { address: null, set_at: 0, asked_at: 0, failures: 0, next_attempt_at: 0, problem: null };

/** A name whose records the node writes: its address, and the proof for a certificate authority. */
export class KeptName {
  readonly #deps: Deps;
  readonly #world: NamesWorld;
  readonly #file: NameFile;
  readonly #stop = new AbortController();
  /** One request to a provider at a time. */
  readonly #queue = new SerialQueue();
  #kept: Kept | null;
  #provider: DnsProvider | null = null;
  #cancel: () => void = () => {};

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#world = deps.world ?? realWorld;
    this.#file = new NameFile(deps.dataDir);
    this.#kept = this.#file.read();
    if (this.#kept !== null) this.#provider = this.#providerFor(this.#kept);
  }

  /** The name with its secret, as the owner entered it; null if the node keeps no name. */
  get kept(): NameRequest | null {
    return this.#kept;
  }

  start(): void {
    const { clock, log } = this.#deps;
    this.look();
    this.#cancel = every(
      clock,
      lookEveryMs,
      () => this.#lookNow(),
      (error) => log.error({ err: error }, 'the address of the name could not be checked'),
    );
  }

  async stop(): Promise<void> {
    this.#cancel();
    this.#stop.abort();
    await this.#queue.idle();
  }

  /** Checks the address at once, because this computer, or its home, may have another one. */
  look(): void {
    if (this.#kept === null || this.#stop.signal.aborted) return;
    this.#lookNow().catch((error: unknown) =>
      this.#deps.log.error({ err: error }, 'the address of the name could not be checked'),
    );
  }

  /** Tries it by giving the name its address. BAD_REQUEST with the provider's reason; then nothing has changed. */
  keep(request: NameRequest): Promise<void> {
    return this.#queue.run(async () => {
      const provider = this.#providerFor(request);
      const replaced = this.#kept?.name === request.name ? null : this.#provider;
      try {
        const now = this.#deps.clock.now();
        const address = await this.#addressFor(this.#wanted(request.which), provider);
        await provider.point(address);
        this.#kept = { ...request, record: { ...noRecord, address, set_at: now, asked_at: now } };
      } catch (error) {
        if (!(error instanceof NameProblem)) throw error;
        throw refusal('BAD_REQUEST', error.said);
      }
      this.#provider = provider;
      this.#file.write(this.#kept);
      this.#deps.tell({ fact: 'node-changed' });
      await this.#removeRecords(replaced);
    });
  }

  /** Forgets the name and its secret. */
  drop(): Promise<void> {
    return this.#queue.run(async () => {
      const provider = this.#provider;
      this.#kept = null;
      this.#provider = null;
      this.#file.remove();
      this.#deps.tell({ fact: 'node-changed' });
      await this.#removeRecords(provider);
    });
  }

  /** Removes the records of a name that is no longer kept, because somebody else will have this address one day. */
  async #removeRecords(provider: DnsProvider | null): Promise<void> {
    await provider?.point(null).catch((error: unknown) => {
      if (!(error instanceof NameProblem)) throw error;
      this.#deps.log.info({ err: error }, 'the records of the name were not removed');
    });
  }

  /** DNS-01 for the kept name. */
  readonly showProof: ShowProof = async ({ name, text, signal }) => {
    const [kept, provider] = [this.#kept, this.#provider];
    if (kept === null || provider === null || kept.name !== name)
      throw new ChallengeBlocked(said('kept_name.not_kept', { name }));
    const withdraw = () => this.#queue.run(() => provider.prove(null)).catch(() => {});
    try {
      await this.#queue.run(() => provider.prove(text));
      await seen(`_acme-challenge.${name}`, text, { ...this.#deps, look: this.#world.look, signal });
    } catch (error) {
      await withdraw();
      throw error;
    }
    return withdraw;
  };

  get view(): Unsaid<KeptNameView, 'problem'> | null {
    if (this.#kept === null) return null;
    const { name, access, which, record } = this.#kept;
    return {
      name,
      provider: access.provider,
      which,
      address: record.address,
      server: access.provider === 'rfc2136' ? serverText(access.server) : null,
      key_name: access.provider === 'rfc2136' ? access.key_name : null,
      set_at: record.set_at,
      problem: record.problem === null ? null : readSaid(record.problem),
      next_attempt_at: record.failures === 0 ? null : record.next_attempt_at,
    };
  }

  /** The name, and why its records have not been kept current for an hour; null if they are. */
  get lastingProblem(): { readonly name: string; readonly why: Said } | null {
    if (this.#kept === null) return null;
    const { name, record } = this.#kept;
    return record.problem !== null && isLasting(record) ? { name, why: readSaid(record.problem) } : null;
  }

  #lookNow(): Promise<void> {
    return this.#queue.run(() => this.#keepCurrent());
  }

  async #keepCurrent(): Promise<void> {
    const { clock, log } = this.#deps;
    const [kept, provider] = [this.#kept, this.#provider];
    const now = clock.now();
    if (kept === null || provider === null || this.#stop.signal.aborted) return;
    const { record, which } = kept;
    if (record.failures > 0 && now < record.next_attempt_at) return;
    const wanted = this.#wanted(which);
    const isAsked = wanted.kind === 'ask';
    if (isAsked && record.failures === 0 && Math.abs(now - record.asked_at) < askEveryMs) return;
    try {
      const address = await this.#addressFor(wanted, provider);
      const isNew = isStale(record, address, now);
      if (isNew) await provider.point(address);
      if (!isNew && !isAsked && record.failures === 0) return;
      const set_at = isNew ? now : record.set_at;
      this.#note({ ...noRecord, address, set_at, asked_at: isAsked ? now : record.asked_at });
      if (record.address !== address) log.info({ name: kept.name, address }, 'the name has another address');
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      if (!(error instanceof NameProblem)) throw error;
      const failures = record.failures + 1;
      const next_attempt_at = retryAt(failures, error.retryAt, now);
      this.#note({ ...record, failures, next_attempt_at, problem: storeSaid(error.said) });
    }
  }

  #wanted(which: KeptNameAddress): Wanted {
    return wantedAddress(which, this.#deps.whereabouts());
  }

  async #addressFor(wanted: Wanted, provider: DnsProvider): Promise<string> {
    if (wanted.kind === 'none') throw new NameProblem(wanted.said);
    if (wanted.kind === 'address') return wanted.address;
    const outside = await provider.outside();
    if (addressKind(outside) !== 'public' || outside === null)
      throw new NameProblem(said('kept_name.no_outside'));
    return outside;
  }

  #note(record: Kept['record']): void {
    if (this.#kept === null) return;
    const before = this.#kept.record;
    this.#kept = { ...this.#kept, record };
    this.#file.write(this.#kept);
    if (before.problem !== record.problem && record.problem !== null)
      this.#deps.tell({
        fact: 'notice',
        level: 'warning',
        said: said('kept_name.not_current', { name: this.#kept.name, why: readSaid(record.problem) }),
      });
    if (before.address !== record.address || before.problem !== record.problem)
      this.#deps.tell({ fact: 'node-changed' });
  }

  #providerFor({ name, access }: NameRequest): DnsProvider {
    const { clock, version } = this.#deps;
    const { signal } = this.#stop;
    if (access.provider === 'rfc2136') {
      const key = { name: access.key_name, secret: Buffer.from(access.key, 'base64') };
      return new DnsUpdates({ name, clock, signal, key, server: access.server });
    }
    const { desec, duckdns } = this.#world;
    const plain = [desec.api, desec.outside, duckdns].filter((url) => url.startsWith('http:'));
    const transport = fetchTransport(
      clock,
      `paracord-node/${version}`,
      plain.map((url) => new URL(url).host),
    );
    const deps = { name, clock, signal, transport, token: access.token };
    return access.provider === 'desec' ? new Desec(deps, desec) : new DuckDns(deps, duckdns);
  }
}
