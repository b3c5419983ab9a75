import { createHash } from 'node:crypto';
import { said } from '../../../../shared/words/said.ts';
import { ChallengeBlocked, type Proof, type Published, type Responder } from './responders.ts';

/** The record that an authority looks for in the DNS. */
interface RecordProof {
  /** The name that is being proved. */
  readonly name: string;
  /** The text of the record at `_acme-challenge` below it. */
  readonly text: string;
  /** Stops waiting for the record to be seen. */
  readonly signal: AbortSignal;
}

/**
 * Resolves once everybody who asks the DNS gets the record; returns what removes it again, which never rejects. Rejects
 * with ChallengeBlocked.
 */
export type ShowProof = (proof: RecordProof) => Promise<() => Promise<void>>;

/** DNS-01 (RFC 8555, 8.4): a record instead of a connection, so it needs no open port. */
export class DnsResponder implements Responder {
  readonly #show: ShowProof;
  readonly #signal: AbortSignal;

  constructor(show: ShowProof, signal: AbortSignal) {
    this.#show = show;
    this.#signal = signal;
  }

  async publish({ identifier: { type, value: name }, keyAuthorization }: Proof): Promise<Published> {
    if (type !== 'dns') throw new ChallengeBlocked(said('acme.dns_address', { name }));
    const text = createHash('sha256').update(keyAuthorization).digest('base64url');
    const withdraw = await this.#show({ name, text, signal: this.#signal });
    return { place: said('acme.in_dns'), instead: null, challengePort: null, withdraw };
  }
}
