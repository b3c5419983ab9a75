import type { TLSSocket } from 'node:tls';
import type { TlsConfig } from '../../shared/api/tls.ts';
import type { CertificateView } from '../../shared/api/views.ts';
import { every } from '../every.ts';
import { Acme } from './acme/acme.ts';
import { AlpnResponder, acmeProtocol } from './acme/responders.ts';
import { CertificateFiles } from './files.ts';
import { OwnKey } from './own-key.ts';
import { type CertificateFacts, factsOf, type TlsPair } from './pair.ts';
import { runsOutSoon } from './renewal.ts';
import { SelfSigned } from './self-signed.ts';
import { type CertificateSource, day, lookAgainMs, type SourceHost } from './source.ts';

export type CertificatesParts = Omit<SourceHost, 'ownKey' | 'use'>;

interface Current {
  readonly config: TlsConfig;
  /** `null` with TLS off. */
  readonly source: CertificateSource | null;
  pair: TlsPair | null;
  facts: CertificateFacts | null;
}

/** Gives the federation listener its certificate, and another one when it is time, without a restart. */
export class Certificates {
  readonly #parts: CertificatesParts;
  readonly #ownKey: OwnKey;
  readonly #alpn: AlpnResponder;
  #current: Current;
  #show: ((pair: TlsPair) => void) | null = null;
  #cancel: () => void = () => {};
  /** What the owner was told: of which certificate, and whether that it is over. */
  #told = '';

  constructor(config: TlsConfig, parts: CertificatesParts) {
    this.#parts = parts;
    this.#ownKey = new OwnKey(parts.dataDir);
    this.#alpn = new AlpnResponder(parts.clock);
    this.#current = this.#make(config);
  }

  get mode(): TlsConfig['mode'] {
    return this.#current.config.mode;
  }

  /** What the listener opens with; null when TLS is left to a proxy. Rejects with TlsConfigError. */
  async begin(): Promise<TlsPair | null> {
    return this.#load(this.#current);
  }

  /** The listener is open: `show` is given each later certificate. */
  start(show: (pair: TlsPair) => void): void {
    this.#show = show;
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

  /**
   * Another way to come by a certificate, from now on. Rejects with TlsConfigError, and then all stays as it was.
   * Gives what the listener shows next; `start` sets it off.
   */
  async change(config: TlsConfig): Promise<TlsPair | null> {
    const next = this.#make(config);
    const pair = await this.#load(next);
    const before = this.#current;
    this.#current = next;
    await before.source?.stop();
    this.#parts.changed();
    return pair;
  }

  async stop(): Promise<void> {
    this.#cancel();
    await this.#current.source?.stop();
  }

  /** The public address may be another one now. */
  reconsider(): void {
    this.#current.source?.reconsider();
  }

  tryNow(): void {
    this.#current.source?.tryNow();
  }

  /** What peers have to pin, because no system trusts the certificate; null when they need not. */
  get pinnedSha256(): string | null {
    const { facts } = this.#current;
    return facts?.selfSigned === true ? facts.spkiSha256 : null;
  }

  get view(): CertificateView | null {
    const { config, source, facts } = this.#current;
    if (!source || !facts || config.mode === 'off') return null;
    return {
      kind: config.mode === 'acme' && facts.selfSigned ? 'self-signed' : config.mode,
      names: [...facts.names],
      valid_until: facts.validUntil,
      issuer: facts.issuer,
      spki_sha256: facts.spkiSha256,
      pinned_by_peers: facts.selfSigned,
      renewing: source.renewing,
      problem: source.problem ?? this.#end(facts),
    };
  }

  /** For the listener's ALPNCallback: the protocol to speak; undefined refuses. */
  readonly protocol = (socket: TLSSocket, serverName: string, offered: readonly string[]) => {
    if (offered.includes(acmeProtocol))
      return this.#alpn.answer(socket, serverName) ? acmeProtocol : undefined;
    return offered.includes('http/1.1') ? 'http/1.1' : undefined;
  };

  #make(config: TlsConfig): Current {
    const host: SourceHost = {
      ...this.#parts,
      ownKey: this.#ownKey,
      use: (pair) => this.#use(current, pair),
    };
    const current: Current = { config, source: sourceOf(config, host, this.#alpn), pair: null, facts: null };
    return current;
  }

  async #load(current: Current): Promise<TlsPair | null> {
    if (!current.source) return null;
    current.pair = await current.source.first();
    current.facts = factsOf(current.pair.cert);
    return current.pair;
  }

  #use(current: Current, pair: TlsPair): void {
    if (current !== this.#current) return;
    current.pair = pair;
    current.facts = factsOf(pair.cert);
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
