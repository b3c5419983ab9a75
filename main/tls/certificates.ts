import type { TLSSocket } from 'node:tls';
import type { TlsConfig } from '../../shared/api/contract/tls.ts';
import type { CertificateView } from '../../shared/api/views/node-views.ts';
import { type Said, said, type Unsaid } from '../../shared/words/said.ts';
import { wordsIn } from '../../shared/words/words.ts';
import type { Tell } from '../facts.ts';
import type { Keyring } from '../identity/keyring.ts';
import { portOf } from '../kernel/ip.ts';
import { every } from '../kernel/timers.ts';
import type { Settings } from '../settings.ts';
import { Acme } from './acme/acme.ts';
import { AlpnResponder, acmeProtocol } from './acme/challenge/responders.ts';
import { CertificateFiles } from './files.ts';
import { OwnKey } from './own-key.ts';
import { type CertificateFacts, factsOf, TlsConfigError, type TlsPair } from './pair.ts';
import { runsOutSoon } from './renewal.ts';
import { isCurrent, SelfSigned } from './self-signed.ts';
import { type CertificateSource, lookAgainMs, type SourceHost } from './source.ts';

/** The current certificate, before its messages are put into words. */
type CertificateState = Unsaid<CertificateView, 'renewing' | 'problem'>;

interface CertificatesDeps
  extends Pick<
    SourceHost,
    'dataDir' | 'clock' | 'random' | 'log' | 'version' | 'openChallengePort' | 'showProof'
  > {
  readonly settings: Pick<Settings, 'get'>;
  readonly keyring: Pick<Keyring, 'isSetUp' | 'serverName'>;
  readonly tell: Tell;
}

/** The listener that uses the certificate. */
interface Shows {
  show(pair: TlsPair): void;
  readonly federationPort: number;
}

/** A way to get a certificate, and the certificate it got. */
interface Way {
  readonly config: TlsConfig;
  /** `null` with TLS off. */
  readonly source: CertificateSource | null;
  pair: TlsPair | null;
  facts: CertificateFacts | null;
  /** Why a self-signed one is used in place of the requested one; `null` if it isn't. */
  standsInFor: Said | null;
}

/** Gives the federation listener its certificate, and replaces it in time, without a restart. */
export class Certificates {
  readonly #deps: CertificatesDeps;
  readonly #ownKey: OwnKey;
  readonly #alpn: AlpnResponder;
  #current: Way;
  #listener: Shows | null = null;
  /** The names to certify if none were given, as of the last check. */
  #names: string;
  /** The way that was started. Nothing is checked before that, nor after the stop. */
  #started: Way | null = null;
  #cancel: () => void = () => {};
  #lookedAt = 0;
  /** The last warning to the owner: which certificate it was about, and whether that had expired. */
  #told = '';

  constructor(config: TlsConfig, deps: CertificatesDeps) {
    this.#deps = deps;
    this.#ownKey = new OwnKey(deps.dataDir);
    this.#alpn = new AlpnResponder(deps.clock);
    this.#current = this.#make(config);
    this.#names = this.#namesNow().join();
  }

  get config(): TlsConfig {
    return this.#current.config;
  }

  get mode(): TlsConfig['mode'] {
    return this.config.mode;
  }

  /** The current certificate; null if a proxy does TLS. */
  get pair(): TlsPair | null {
    return this.#current.pair;
  }

  /**
   * Returns the certificate that the listener opens with; null if a proxy does TLS. If the certificate isn't available,
   * a self-signed one is used and the problem is reported; with `insist` it rejects with TlsConfigError instead.
   */
  async begin(insist: boolean): Promise<TlsPair | null> {
    const current = this.#current;
    try {
      await load(current);
    } catch (error) {
      if (insist || !(error instanceof TlsConfigError)) throw error;
      await this.#standIn(current);
      current.standsInFor = error.said;
      this.#notify('warning', said('tls.stand_in', { problem: error.said }));
    }
    return current.pair;
  }

  /** The listener is open and gets each later certificate. */
  start(listener: Shows): void {
    this.#listener = listener;
    this.#started = this.#current;
    this.#current.source?.start();
    this.#cancel();
    this.#warnOfTheEnd();
    this.#lookedAt = this.#deps.clock.now();
    this.#cancel = every(
      this.#deps.clock,
      lookAgainMs,
      () => this.#look(),
      (error) => this.#deps.log.error({ err: error }, 'the certificate could not be renewed'),
    );
  }

  async #look(): Promise<void> {
    const current = this.#current;
    const { pair } = current;
    const now = this.#deps.clock.now();
    // Somebody set the clock, so what waited for a time may be due.
    const wasSet = Math.abs(now - this.#lookedAt - lookAgainMs) > lookAgainMs;
    this.#lookedAt = now;
    if (wasSet && this.#started === current) current.source?.reconsider();
    if (pair !== null && this.#isStandIn(current) && !isCurrent(pair, now)) {
      await this.#standIn(current);
      if (current.pair !== null && current === this.#current) this.#listener?.show(current.pair);
    }
    this.#warnOfTheEnd();
  }

  /** Whether our own certificate is used until the requested one is there. */
  #isStandIn({ config, facts, standsInFor }: Way): boolean {
    return standsInFor !== null || (config.mode === 'acme' && facts?.selfSigned === true);
  }

  async #standIn(current: Way): Promise<void> {
    current.pair = await this.#ownKey.selfSigned(this.#deps.clock.now());
    current.facts = factsOf(current.pair.cert);
  }

  /** Tests another way to get a certificate. Rejects with TlsConfigError, and then nothing changes. */
  async prepare(config: TlsConfig): Promise<Way> {
    const next = this.#make(config);
    await load(next);
    return next;
  }

  /** Used from now on; `start` starts it. */
  async adopt(prepared: Way): Promise<void> {
    const before = this.#current;
    this.#current = prepared;
    await before.source?.stop();
    this.#deps.tell({ fact: 'certificate-changed' });
  }

  /** The key that peers pin, in PEM; null until there is one. */
  get ownKey(): string | null {
    return this.#ownKey.stored;
  }

  /** Uses this key, which peers have pinned, from now on. */
  async useOwnKey(pem: string): Promise<void> {
    this.#ownKey.replace(pem);
    const current = this.#current;
    if (current.config.mode !== 'self-signed' && !this.#isStandIn(current)) return;
    await this.#standIn(current);
    if (current !== this.#current || current.pair === null) return;
    this.#listener?.show(current.pair);
    this.#deps.tell({ fact: 'certificate-changed' });
  }

  async stop(): Promise<void> {
    this.#started = null;
    this.#cancel();
    await this.#current.source?.stop();
  }

  /** The public address, or the server's name, may have changed. */
  reconsider(): void {
    const names = this.#namesNow().join();
    if (names === this.#names) return;
    this.#names = names;
    if (this.#started === this.#current) this.#current.source?.reconsider();
  }

  tryNow(): void {
    if (this.#started === this.#current) this.#current.source?.tryNow();
  }

  /** Peers have to pin this key if the certificate is self-signed; null otherwise. */
  get pinnedSha256(): string | null {
    const { facts } = this.#current;
    return facts?.selfSigned === true ? facts.spkiSha256 : null;
  }

  get view(): CertificateState | null {
    const { config, source, facts, standsInFor } = this.#current;
    if (!source || !facts || config.mode === 'off') return null;
    return {
      kind: this.#isStandIn(this.#current) ? 'self-signed' : config.mode,
      names: [...facts.names],
      valid_until: facts.validUntil,
      issuer: facts.issuer,
      spki_sha256: facts.spkiSha256,
      stands_in: this.#isStandIn(this.#current),
      pinned_by_peers: facts.selfSigned,
      renewing: source.renewing,
      problem: source.problem ?? standsInFor ?? this.#end(facts),
    };
  }

  /** Serves as the listener's ALPNCallback: returns the protocol to use; undefined refuses. */
  readonly protocol = (socket: TLSSocket, serverName: string, offered: readonly string[]) => {
    if (offered.includes(acmeProtocol))
      return this.#alpn.answer(socket, serverName) ? acmeProtocol : undefined;
    return offered.includes('http/1.1') ? 'http/1.1' : undefined;
  };

  #make(config: TlsConfig): Way {
    const host: SourceHost = {
      ...this.#deps,
      names: () => this.#namesNow(),
      publicPort: () => {
        const { public_url } = this.#deps.settings.get();
        return public_url === null ? null : portOf(new URL(public_url));
      },
      listenPort: () => this.#listener?.federationPort ?? this.#deps.settings.get().port,
      changed: () => this.#deps.tell({ fact: 'certificate-changed' }),
      tell: (level, news) => this.#notify(level, news),
      ownKey: this.#ownKey,
      use: (pair) => this.#use(current, pair),
    };
    const source = sourceOf(config, host, this.#alpn);
    const current: Way = { config, source, pair: null, facts: null, standsInFor: null };
    return current;
  }

  #use(current: Way, pair: TlsPair): void {
    if (current !== this.#current) return;
    current.pair = pair;
    current.facts = factsOf(pair.cert);
    current.standsInFor = null;
    this.#listener?.show(pair);
    this.#warnOfTheEnd();
    this.#deps.tell({ fact: 'certificate-changed' });
  }

  /** Warns once when the certificate expires soon, and again when it has expired. */
  #warnOfTheEnd(): void {
    const { facts, pair } = this.#current;
    const text = facts && this.#end(facts);
    if (!facts || !pair || text === null) return;
    const about = `${pair.cert} ${facts.validUntil <= this.#deps.clock.now()}`;
    if (about === this.#told) return;
    this.#told = about;
    this.#notify('warning', text);
  }

  #namesNow(): readonly string[] {
    const { settings, keyring } = this.#deps;
    const { public_url } = settings.get();
    if (public_url !== null) return [new URL(public_url).hostname];
    return keyring.isSetUp ? [keyring.serverName] : [];
  }

  #notify(level: 'info' | 'warning', news: Said): void {
    this.#deps.log[level === 'warning' ? 'warn' : 'info'](wordsIn('en').say(news));
    this.#deps.tell({ fact: 'notice', level, said: news });
  }

  #end({ validFrom, validUntil: until }: CertificateFacts): Said | null {
    const now = this.#deps.clock.now();
    if (!runsOutSoon(validFrom, until, now)) return null;
    const next = this.mode === 'files' ? said('tls.renew_files') : said('tls.keeps_trying');
    return until <= now ? said('tls.expired_pinned', { until, next }) : said('tls.expires', { until, next });
  }
}

async function load(current: Way): Promise<void> {
  if (!current.source) return;
  current.pair = await current.source.first();
  current.facts = factsOf(current.pair.cert);
}

function sourceOf(config: TlsConfig, host: SourceHost, alpn: AlpnResponder): CertificateSource | null {
  switch (config.mode) {
    case 'off':
      return null;
    case 'self-signed':
      return new SelfSigned(host);
    case 'files':
      return new CertificateFiles(config, host);
    case 'acme':
      return new Acme(config, host, alpn);
  }
}
