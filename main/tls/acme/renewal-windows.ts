import type { Log } from '../../kernel/log.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { RenewalWindow } from '../renewal.ts';
import { renewalId } from '../x509.ts';
import type { AcmeClient } from './client.ts';

const askAgainMsMin = 60_000;
/** Limits the pause, also between two looks at what is due. */
export const askAgainMsMax = 6 * 3_600_000;

/** When the authority wants a certificate renewed. Asked as often as the authority says (RFC 9773). */
export class RenewalWindows {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #clientOf: (directory: string) => AcmeClient;
  #cert = '';
  #window: RenewalWindow | null = null;
  #askAgainAt = 0;

  constructor(clock: Clock, log: Log, clientOf: (directory: string) => AcmeClient) {
    this.#clock = clock;
    this.#log = log;
    this.#clientOf = clientOf;
  }

  /** The last answer about this certificate. */
  of(cert: string): RenewalWindow | null {
    return cert === this.#cert ? this.#window : null;
  }

  /**
   * Returns the time when it is worth asking again. Never fails: without an answer, the last one or two thirds of the
   * lifetime will do.
   */
  async ask(cert: string, directory: string): Promise<number> {
    const now = this.#clock.now();
    if (cert === this.#cert && this.#askAgainAt > now) return this.#askAgainAt;
    if (cert !== this.#cert) this.#window = null;
    this.#cert = cert;
    this.#askAgainAt = now + askAgainMsMax;
    try {
      const id = await renewalId(cert);
      const answer = id === null ? null : await this.#clientOf(directory).renewalWindow(id);
      if (answer !== null) {
        this.#window = answer.window;
        const askMs = Math.max(answer.askAgainMs ?? askAgainMsMax, askAgainMsMin);
        this.#askAgainAt = now + Math.min(askMs, askAgainMsMax);
      }
    } catch (error) {
      this.#log.info({ err: error }, 'the authority did not say when to renew');
    }
    return this.#askAgainAt;
  }
}
