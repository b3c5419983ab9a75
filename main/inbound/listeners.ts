import type { RequestListener } from 'node:http';
import type { NodeConfig } from '../config.ts';
import type { Clock } from '../ports.ts';
import type { ControlApp } from './control/app.ts';
import { type Listening, listen } from './listen.ts';
import { loadTls, spkiSha256 } from './tls.ts';

export interface Addresses {
  readonly federation: string;
  readonly control: string;
}

/** The two sockets of a node: one for peers, one for its owner. */
export class Listeners {
  readonly #config: NodeConfig;
  readonly #clock: Clock;
  #federation: Listening | null = null;
  #control: Listening | null = null;
  #app: ControlApp | null = null;
  #certificate: string | null = null;

  constructor(config: NodeConfig, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
  }

  /** Both or none. Errors of the system (a port in use) come as they are. */
  async open(federation: RequestListener, control: ControlApp): Promise<Addresses> {
    const config = this.#config;
    const clock = this.#clock;
    const tls = await loadTls(config.tls, config.dataDir, clock.now());
    this.#certificate = tls ? spkiSha256(tls.cert) : null;
    this.#federation = await listen(federation, { ...config.listen, ...(tls ? { tls } : {}), clock });
    try {
      this.#control = await listen(control.handler, { ...config.control, clock });
    } catch (error) {
      await this.#federation.close(0);
      throw error;
    }
    this.#app = control;
    return { federation: this.#federation.url, control: this.#control.url };
  }

  get isOpen(): boolean {
    return this.#control !== null;
  }

  /** Empty while there is no listener. */
  get federationUrl(): string {
    return this.#federation?.url ?? '';
  }

  /** Where the owner reaches the console; empty while there is no listener. */
  get consoleUrl(): string {
    const { consoleHost } = this.#config;
    return consoleHost === undefined ? (this.#control?.url ?? '') : `https://${consoleHost}`;
  }

  /** SHA-256 of the public key in a certificate that no system trusts, which peers therefore pin. */
  get selfSignedSha256(): string | null {
    return this.#config.tls.mode === 'self-signed' ? this.#certificate : null;
  }

  async close(): Promise<void> {
    this.#app?.endStreams();
    await Promise.all([this.#control?.close(), this.#federation?.close()]);
  }
}
