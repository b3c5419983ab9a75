import { type AcmeConfig, letsEncrypt } from '../../../shared/api/contract/tls.ts';
import { listed, readSaid, type Said, said, saidOf, storeSaid } from '../../../shared/words/said.ts';
import type { HostPort } from '../../config.ts';
import { type Identifier, identifierOf, type ListenPorts } from '../identifiers.ts';
import { factsOf, pairProblem, type TlsPair } from '../pair.ts';
import { orderAt, pauseMs } from '../renewal.ts';
import type { CertificateSource, SourceHost } from '../source.ts';
import { fetchTransport, type Transport, Unreachable } from '../transport.ts';
import { renewalId } from '../x509.ts';
import { openAccount } from './account.ts';
import { AlpnListener } from './challenge/alpn-listener.ts';
import { DnsResponder } from './challenge/dns-responder.ts';
import { HttpResponder } from './challenge/http-responder.ts';
import { type AlpnResponder, ChallengeBlocked, type Responder } from './challenge/responders.ts';
import { AcmeClient } from './client.ts';
import { AccountsUnreadable, AcmeFiles, type KeptCertificate, noProgress, type Progress } from './files.ts';
import { obtain } from './order.ts';
import { AcmeProblem, explain, problemType } from './problems.ts';
import { askAgainMsMax, RenewalWindows } from './renewal-windows.ts';

const soonMs = 60_000;

/**
 * A certificate from a certificate authority. Until there is one, the listener uses a self-signed one with the same
 * key. One thing at a time: check whether an order is due, place it, wait.
 */
export class Acme implements CertificateSource {
  readonly #config: AcmeConfig;
  /** The directory to try new names at first; null: none. */
  readonly #staging: string | null;
  readonly #host: SourceHost;
  readonly #files: AcmeFiles;
  readonly #http: HttpResponder;
  readonly #alpn: Responder;
  readonly #dns: DnsResponder;
  readonly #transport: Transport;
  readonly #windows: RenewalWindows;
  readonly #stop = new AbortController();
  /** The point in the authority's window at which this node renews, in [0, 1). */
  readonly #dice: number;
  #progress: Progress;
  #kept: KeptCertificate | null = null;
  #step: Said | null = null;
  #cancel: () => void = () => {};
  #looking: Promise<void> | null = null;
  #lookAgain = false;

  constructor(config: AcmeConfig, host: SourceHost, alpn: AlpnResponder) {
    this.#config = config;
    this.#staging = stagingOf(config);
    this.#host = host;
    this.#files = new AcmeFiles(host.dataDir);
    const openChallengePort = (outsidePort: number) => (inside: HostPort) =>
      host.openChallengePort({ outsidePort, inside, signal: this.#stop.signal });
    this.#http = new HttpResponder({ address: config.http, openChallengePort: openChallengePort(80) });
    this.#alpn =
      config.challenge === 'tls-alpn-01'
        ? new AlpnListener({
            alpn,
            openChallengePort: openChallengePort(443),
            ports: () => this.#ports,
            pair: () => host.ownKey.selfSigned(host.clock.now()),
          })
        : alpn;
    this.#dns = new DnsResponder(host.showProof, this.#stop.signal);
    const plain = [config.directory, this.#staging ?? ''].filter((url) => url.startsWith('http:'));
    this.#transport = fetchTransport(
      host.clock,
      `paracord-node/${host.version}`,
      plain.map((url) => new URL(url).host),
    );
    this.#windows = new RenewalWindows(host.clock, host.log, (directory) => this.#client(directory));
    this.#dice = host.random.next();
    this.#progress = this.#files.progress();
  }

  get renewing(): Said | null {
    if (this.#step !== null) return this.#step;
    if (this.#progress.failures > 0) return said('tls.retried_at', { at: this.#progress.next_attempt_at });
    return this.#kept ? said('tls.renewed_around', { at: this.#orderAt(this.#kept) }) : null;
  }

  get problem(): Said | null {
    return this.#progress.problem === null ? null : readSaid(this.#progress.problem);
  }

  async first(): Promise<TlsPair> {
    const { ownKey, clock } = this.#host;
    const kept = this.#files.certificate();
    const pair = kept && { cert: kept.cert, key: await ownKey.key() };
    if (
      pair &&
      pairProblem(pair) === null &&
      this.#fits(kept) &&
      factsOf(kept.cert).validUntil > clock.now()
    ) {
      this.#kept = kept;
      return pair;
    }
    return ownKey.selfSigned(clock.now());
  }

  start(): void {
    this.tryNow();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#cancel();
    await this.#looking;
  }

  reconsider(): void {
    this.#look();
  }

  /** The owner may have fixed the problem, but a pause that the authority asked for is kept. */
  tryNow(): void {
    const { failures, failed_at, not_before, next_attempt_at } = this.#progress;
    if (failures > 0) {
      const earliest = Math.max(failed_at + pauseMs(1, this.#staging !== null), not_before);
      this.#note({ next_attempt_at: Math.min(next_attempt_at, earliest) });
    }
    this.#look();
  }

  #look(): void {
    if (this.#stop.signal.aborted) return;
    this.#lookAgain = true;
    this.#looking ??= this.#lookUntilDone();
  }

  async #lookUntilDone(): Promise<void> {
    const { clock, log } = this.#host;
    this.#cancel();
    // A request during a run causes another run.
    await Promise.resolve();
    let nextAt = clock.now();
    while (this.#lookAgain && !this.#stop.signal.aborted) {
      this.#lookAgain = false;
      nextAt = await this.#lookOnce().catch((error: unknown) => {
        log.error({ err: error }, 'could not check whether the certificate needs renewal');
        return clock.now() + soonMs;
      });
    }
    // Together with the timer, so that no request is lost in between.
    this.#looking = null;
    if (this.#stop.signal.aborted) return;
    const waitMs = Math.min(Math.max(nextAt - clock.now(), 0), askAgainMsMax);
    this.#cancel = clock.after(waitMs, () => this.#look());
  }

  /** Does what is due; returns the time when something will be due again. */
  async #lookOnce(): Promise<number> {
    const { clock } = this.#host;
    const names = this.#names();
    if (names.length === 0) return clock.now() + soonMs;
    const subject = this.#subject(names);
    if (this.#progress.subject !== subject) this.#note({ ...noProgress, subject });
    if (this.#kept && !this.#fits(this.#kept)) this.#kept = null;
    if (this.#kept) {
      const askAgainAt = await this.#windows.ask(this.#kept.cert, this.#kept.directory);
      const dueAt = this.#orderAt(this.#kept);
      if (dueAt > clock.now()) return Math.min(dueAt, askAgainAt);
    }
    if (this.#progress.next_attempt_at <= clock.now()) await this.#attempt(names);
    return this.#progress.next_attempt_at;
  }

  /** One order, at the staging directory if these names have not been accepted there yet. */
  async #attempt(names: readonly Identifier[]): Promise<void> {
    const { directory } = this.#config;
    const staging = this.#staging;
    const rehearse = staging !== null && !this.#progress.rehearsed;
    const at = rehearse ? staging : directory;
    try {
      const cert = await this.#order(at, names, rehearse);
      if (rehearse) this.#note({ rehearsed: true });
      else await this.#take({ directory, names: valuesOf(names), obtained_at: this.#host.clock.now(), cert });
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#failed(error, at, rehearse);
    } finally {
      this.#say(null);
    }
  }

  async #order(directory: string, names: readonly Identifier[], rehearse: boolean): Promise<string> {
    const { clock, ownKey } = this.#host;
    const { email, challenge } = this.#config;
    const { host } = new URL(directory);
    const begun = this.#progress.order;
    this.#say(said('acme.asking', { host }));
    const client = this.#client(directory);
    const work = {
      client,
      names,
      key: await ownKey.key(),
      wanted: challenge,
      ports: this.#ports,
      responders: { 'http-01': this.#http, 'tls-alpn-01': this.#alpn, 'dns-01': this.#dns },
      replaces: this.#kept?.directory === directory ? await renewalId(this.#kept.cert) : null,
      begun: begun?.directory === directory ? begun.url : null,
      keepOrder: (url: string | null) => this.#note({ order: url === null ? null : { directory, url } }),
      tell: (step: Said) =>
        this.#say(rehearse ? said('acme.trying', { host, step }) : said('acme.ordering', { host, step })),
      clock,
      signal: this.#stop.signal,
    };
    const account = await openAccount(client, this.#files, directory, email);
    try {
      return await obtain({ ...work, accountKey: account.key });
    } catch (error) {
      if (!(error instanceof AcmeProblem) || problemType(error.problem) !== 'accountDoesNotExist')
        throw error;
      this.#files.keepAccount(directory, { ...account, url: null });
      await openAccount(client, this.#files, directory, email);
      return obtain({ ...work, begun: null, accountKey: account.key });
    }
  }

  async #take(kept: KeptCertificate): Promise<void> {
    const { ownKey, tell, log, use } = this.#host;
    const isNews = this.#kept === null || this.#progress.problem !== null;
    // Used before it is saved, because a full disk must not make this node order again and again.
    this.#kept = kept;
    use({ cert: kept.cert, key: await ownKey.key() });
    this.#files.keepCertificate(kept);
    this.#note({ failures: 0, next_attempt_at: 0, not_before: 0, problem: null });
    const until = factsOf(kept.cert).validUntil;
    log.info({ names: kept.names, until: new Date(until).toISOString() }, 'a certificate was obtained');
    if (isNews) tell('info', said('acme.obtained', { names: listed(kept.names), until }));
  }

  #failed(error: unknown, directory: string, rehearsing: boolean): void {
    const { clock, log, tell } = this.#host;
    const refused = error instanceof AcmeProblem ? error : null;
    const foreseen =
      refused !== null ||
      error instanceof Unreachable ||
      error instanceof ChallengeBlocked ||
      error instanceof AccountsUnreadable;
    if (!foreseen) log.error({ err: error }, 'the certificate could not be ordered');
    const why = refused
      ? explain(refused, new URL(directory).host)
      : error instanceof Unreachable
        ? said('acme.not_yet', { why: error.said })
        : saidOf(error);
    const problem = storeSaid(why);
    const failures = this.#progress.failures + 1;
    const failed_at = clock.now();
    const not_before = (refused ?? (error instanceof ChallengeBlocked ? error : null))?.retryAt ?? 0;
    // A failure without a refusal didn't count against the authority's limits.
    const next = failed_at + pauseMs(failures, rehearsing || refused === null);
    const isNews = problem !== this.#progress.problem;
    this.#note({
      failures,
      failed_at,
      not_before,
      next_attempt_at: Math.max(next, not_before),
      problem,
      // The way that worked at the staging directory doesn't work any more, so the next try goes there first.
      ...(refused?.challenge ? { rehearsed: false } : {}),
    });
    if (isNews) tell('warning', why);
  }

  #orderAt({ cert, obtained_at }: KeptCertificate): number {
    const { validFrom, validUntil } = factsOf(cert);
    return orderAt(validFrom, validUntil, obtained_at, this.#windows.of(cert), this.#dice);
  }

  #client(directoryUrl: string): AcmeClient {
    const { clock } = this.#host;
    return new AcmeClient({ directoryUrl, transport: this.#transport, clock, signal: this.#stop.signal });
  }

  get #ports(): ListenPorts {
    return { listen: this.#host.listenPort(), public: this.#host.publicPort() };
  }

  #names(): Identifier[] {
    const { names } = this.#config;
    const found = (names.length > 0 ? names : this.#host.names()).map(identifierOf);
    return found.filter(({ value }, at) => found.findIndex((one) => one.value === value) === at);
  }

  #fits({ directory, names }: KeptCertificate): boolean {
    const wanted = valuesOf(this.#names());
    return (
      directory === this.#config.directory &&
      names.length === wanted.length &&
      wanted.every((name) => names.includes(name))
    );
  }

  /** Identifies what is being tried: a change of names, authority or challenge type starts over. */
  #subject(names: readonly Identifier[]): string {
    const { directory, challenge } = this.#config;
    return [directory, this.#staging ?? '-', challenge ?? '-', ...valuesOf(names).sort()].join(' ');
  }

  #note(change: Partial<Progress>): void {
    this.#progress = { ...this.#progress, ...change };
    this.#files.keepProgress(this.#progress);
    this.#host.changed();
  }

  #say(step: Said | null): void {
    if (this.#step === step) return;
    this.#step = step;
    this.#host.changed();
  }
}

const stagingOf = ({ directory, staging }: AcmeConfig): string | null =>
  staging === undefined && directory === letsEncrypt.directory ? letsEncrypt.staging : (staging ?? null);

const valuesOf = (names: readonly Identifier[]): string[] => names.map(({ value }) => value);
