import type { TLSSocket } from 'node:tls';
import type { TlsConfig } from '../../shared/api/tls.ts';
import type { CertificateView } from '../../shared/api/views.ts';
import { every } from '../kernel/every.ts';
import { Acme } from './acme/acme.ts';
import { AlpnResponder, acmeProtocol } from './acme/responders.ts';
import { CertificateFiles } from './files.ts';
import { OwnKey } from './own-key.ts';
import { type CertificateFacts, factsOf, TlsConfigError, type TlsPair } from './pair.ts';
import { runsOutSoon } from './renewal.ts';
import { SelfSigned } from './self-signed.ts';
import { type CertificateSource, day, lookAgainMs, type SourceHost } from './source.ts';

export type CertificatesParts = Omit<SourceHost, 'ownKey' | 'use'>;

/** A way to get a certificate, and the one it got. */
export interface Way {
  readonly config: TlsConfig;
  /** `null` with TLS off. */
  readonly source: CertificateSource | null;
  pair: TlsPair | null;
  facts: CertificateFacts | null;
  /** Why one that was made here stands in for the one that was asked for; `null` when none does. */
  standsInFor: string | null;
}

/** Gives the federation listener its certificate, and another one when it is time, without a restart. */
export class Certificates {
  readonly #parts: CertificatesParts;
  readonly #ownKey: OwnKey;
  readonly #alpn: AlpnResponder;
  #current: Way;
  #show: ((pair: TlsPair) => void) | null = null;
  /** What was started: before that nothing is looked for, and after the stop neither. */
  #started: Way | null = null;
  #cancel: () => void = () => {};
  /** What the owner was told: of which certificate, and whether that it is over. */
  #told = '';

  constructor(config: TlsConfig, parts: CertificatesParts) {
    this.#parts = parts;
    this.#ownKey = new OwnKey(parts.dataDir);
    this.#alpn = new AlpnResponder(parts.clock);
    this.#current = this.#make(config);
  }

  get config(): TlsConfig {
    return this.#current.config;
  }

  get mode(): TlsConfig['mode'] {
    return this.config.mode;
  }

  /** What is shown; null when TLS is left to a proxy. */
  get pair(): TlsPair | null {
    return this.#current.pair;
  }

  /**
   * What the listener opens with; null when TLS is left to a proxy. If the certificate isn't available, a
   * self-signed one stands in and the problem is reported; with `insist` it rejects with TlsConfigError instead.
   */
  async begin(insist: boolean): Promise<TlsPair | null> {
    const current = this.#current;
    try {
      await load(current);
    } catch (error) {
      if (insist || !(error instanceof TlsConfigError)) throw error;
      current.pair = await this.#ownKey.selfSigned(this.#parts.clock.now());
      current.facts = factsOf(current.pair.cert);
      current.standsInFor = error.message;
      this.#parts.tell('warning', `${error.message} Until then a certificate that was made here is shown.`);
    }
    return current.pair;
  }

  /** The listener is open: `show` is given each later certificate. */
  start(show: (pair: TlsPair) => void): void {
    this.#show = show;
    this.#started = this.#current;
    this.#current.source?.start();
    this.#cancel();
    this.#warnOfTheEnd();
    this.#cancel = every(
      this.#parts.clock,
      lookAgainMs,
      async () => this.#warnOfTheEnd(),
      () => {},
    );
  }

  /** Whether another way to get a certificate works. Rejects with TlsConfigError, and nothing changes. */
  async prepare(config: TlsConfig): Promise<Way> {
    const next = this.#make(config);
    await load(next);
    return next;
  }

  /** From now on; `start` sets it off. */
  async adopt(prepared: Way): Promise<void> {
    const before = this.#current;
    this.#current = prepared;
    await before.source?.stop();
    this.#parts.changed();
  }

  async stop(): Promise<void> {
    this.#started = null;
    this.#cancel();
    await this.#current.source?.stop();
  }

  /** The public address may be another one now. */
  reconsider(): void {
    if (this.#started === this.#current) this.#current.source?.reconsider();
  }

  tryNow(): void {
    if (this.#started === this.#current) this.#current.source?.tryNow();
  }

  /** What peers have to pin, because no system trusts the certificate; null when they need not. */
  get pinnedSha256(): string | null {
    const { facts } = this.#current;
    return facts?.selfSigned === true ? facts.spkiSha256 : null;
  }

  get view(): CertificateView | null {
    const { config, source, facts, standsInFor } = this.#current;
    if (!source || !facts || config.mode === 'off') return null;
    return {
      kind:
        standsInFor !== null || (config.mode === 'acme' && facts.selfSigned) ? 'self-signed' : config.mode,
      names: [...facts.names],
      valid_until: facts.validUntil,
      issuer: facts.issuer,
      spki_sha256: facts.spkiSha256,
      pinned_by_peers: facts.selfSigned,
      renewing: source.renewing,
      problem: source.problem ?? standsInFor ?? this.#end(facts),
    };
  }

  /** For the listener's ALPNCallback: the protocol to speak; undefined refuses. */
  readonly protocol = (socket: TLSSocket, serverName: string, offered: readonly string[]) => {
    if (offered.includes(acmeProtocol))
      return this.#alpn.answer(socket, serverName) ? acmeProtocol : undefined;
    return offered.includes('http/1.1') ? 'http/1.1' : undefined;
  };

  #make(config: TlsConfig): Way {
    const host: SourceHost = {
      ...this.#parts,
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
    this.#show?.(pair);
    this.#warnOfTheEnd();
    this.#parts.changed();
  }

  /** Once when the end is near, and once more when it has come. */
  #warnOfTheEnd(): void {
    const { facts, pair } = this.#current;
    const text = facts && this.#end(facts);
    if (!facts || !pair || text === null) return;
    const about = `${pair.cert} ${facts.validUntil <= this.#parts.clock.now()}`;
    if (about === this.#told) return;
    this.#told = about;
    this.#parts.tell('warning', text);
  }

  #end({ validFrom, validUntil }: CertificateFacts): string | null {
    const now = this.#parts.clock.now();
    if (!runsOutSoon(validFrom, validUntil, now)) return null;
    const next =
      this.mode === 'files'
        ? 'Renew the files it comes from; they are taken over without a restart.'
        : 'This server goes on trying to renew it.';
    return validUntil <= now
      ? `The certificate of the federation listener ran out on ${day(validUntil)}: peers refuse the connection unless they pinned it. ${next}`
      : `The certificate of the federation listener runs out on ${day(validUntil)} and is not renewed yet. ${next}`;
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
