import { createPrivateKey } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SaidError } from '../../shared/words/refusal.ts';
import { said, saidOf } from '../../shared/words/said.ts';
import { writeFileAtomically } from '../identity/vault.ts';
import { factsOf, pairProblem, TlsConfigError, type TlsPair } from './pair.ts';
import { isFresh } from './renewal.ts';
import { makeKey, makeSelfSigned } from './x509.ts';

const selfSignedValidMs = 365 * 86_400_000;

/**
 * The TLS key of this node, created once and kept. Both self-signed and CA certificates use it, so that peers who
 * pinned it can continue to connect whatever certificate is around it.
 */
export class OwnKey {
  readonly #dataDir: string;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  get keyFile(): string {
    return join(this.#dataDir, 'tls-key.pem');
  }

  get #certFile(): string {
    return join(this.#dataDir, 'tls-cert.pem');
  }

  /** PKCS #8 in PEM. */
  async key(): Promise<string> {
    if (!existsSync(this.keyFile)) writeFileAtomically(this.keyFile, await makeKey());
    return readFileSync(this.keyFile, 'utf8');
  }

  /** Null until there is one. */
  get stored(): string | null {
    return existsSync(this.keyFile) ? readFileSync(this.keyFile, 'utf8') : null;
  }

  /** Replaces the key that this node made. Throws if the text is not a private key. */
  replace(pem: string): void {
    createPrivateKey(pem);
    writeFileAtomically(this.keyFile, pem);
  }

  /**
   * Returns the stored certificate. After two thirds of its lifetime, and if the clock was wrong when it was made, makes a
   * new one with the same key.
   */
  async selfSigned(now: number): Promise<TlsPair> {
    try {
      const kept = this.#kept(await this.key());
      if (kept) {
        const { validFrom, validUntil } = factsOf(kept.cert);
        if (isFresh(validFrom, validUntil, now)) return kept;
      }
      const key = await this.key();
      const pair = { cert: await makeSelfSigned(key, now, selfSignedValidMs), key };
      const problem = pairProblem(pair);
      if (problem !== null) throw new SaidError(problem);
      writeFileAtomically(this.#certFile, pair.cert);
      return pair;
    } catch (error) {
      throw new TlsConfigError(said('tls.own_key', { file: this.keyFile, why: saidOf(error) }));
    }
  }

  #kept(key: string): TlsPair | null {
    if (!existsSync(this.#certFile)) return null;
    const pair = { cert: readFileSync(this.#certFile, 'utf8'), key };
    return pairProblem(pair) === null ? pair : null;
  }
}
