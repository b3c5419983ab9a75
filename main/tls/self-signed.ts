import { type Said, said, saidOf } from '../../shared/words/said.ts';
import { every } from '../kernel/timers.ts';
import { factsOf, type TlsPair } from './pair.ts';
import { isFresh, renewAt } from './renewal.ts';
import { type CertificateSource, lookAgainMs, type SourceHost } from './source.ts';

/** Created here with the stored key, and renewed with that key before it expires. */
export class SelfSigned implements CertificateSource {
  readonly #host: SourceHost;
  #pair: TlsPair | null = null;
  #problem: Said | null = null;
  #cancel: () => void = () => {};

  constructor(host: SourceHost) {
    this.#host = host;
  }

  get renewing(): Said | null {
    if (!this.#pair) return null;
    const { validFrom, validUntil } = factsOf(this.#pair.cert);
    return said('tls.remade_around', { at: renewAt(validFrom, validUntil) });
  }

  get problem(): Said | null {
    return this.#problem;
  }

  async first(): Promise<TlsPair> {
    this.#pair = await this.#host.ownKey.selfSigned(this.#host.clock.now());
    return this.#pair;
  }

  start(): void {
    const failed = (error: unknown) => {
      this.#problem = saidOf(error);
      this.#host.log.error({ err: error }, 'the certificate could not be renewed');
    };
    this.#cancel = every(this.#host.clock, lookAgainMs, () => this.#look(), failed);
  }

  async #look(): Promise<void> {
    const before = this.#pair;
    if (before !== null && isCurrent(before, this.#host.clock.now())) return;
    const pair = await this.first();
    this.#problem = null;
    if (pair.cert !== before?.cert) this.#host.use(pair);
  }

  async stop(): Promise<void> {
    this.#cancel();
  }

  reconsider(): void {}

  tryNow(): void {}
}

/** Whether it needs no renewal. */
export function isCurrent({ cert }: TlsPair, now: number): boolean {
  const { validFrom, validUntil } = factsOf(cert);
  return isFresh(validFrom, validUntil, now);
}
