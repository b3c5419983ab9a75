import type { RequestListener } from 'node:http';
import type { TlsConfig } from '../../shared/api/tls.ts';
import type { NodeConfig } from '../config.ts';
import type { Clock } from '../ports.ts';
import type { Certificates } from '../tls/certificates.ts';
import type { TlsPair } from '../tls/pair.ts';
import type { ControlApp } from './control/app.ts';
import { type Listening, listen } from './listen.ts';

export interface Addresses {
  readonly federation: string;
  readonly control: string;
}

/** The two sockets of a node: one for peers, one for its owner. */
export class Listeners {
  readonly #config: NodeConfig;
  readonly #clock: Clock;
  readonly #certificates: Certificates;
  #handler: RequestListener = () => {};
  #federation: Listening | null = null;
  #control: Listening | null = null;
  #app: ControlApp | null = null;

  constructor(config: NodeConfig, clock: Clock, certificates: Certificates) {
    this.#config = config;
    this.#clock = clock;
    this.#certificates = certificates;
  }

  /** Both or none. Errors of the system (a port in use) come as they are. */
  async open(federation: RequestListener, control: ControlApp): Promise<Addresses> {
    const config = this.#config;
    this.#handler = federation;
    this.#federation = await this.#listen(await this.#certificates.begin(), config.listen.port);
    try {
      this.#control = await listen(control.handler, { ...config.control, clock: this.#clock });
    } catch (error) {
      await this.#federation.close(0);
      throw error;
    }
    this.#app = control;
    this.#lookAfterCertificate();
    return { federation: this.#federation.url, control: this.#control.url };
  }

  /**
   * Another way to come by a certificate, without a restart. Connections go on, except where TLS begins or ends: then
   * the listener opens anew on the same port. Rejects with TlsConfigError, and then all stays as it was.
   */
  async changeTls(tls: TlsConfig): Promise<void> {
    const before = this.#federation;
    if (!before) throw new Error('the listener is not open');
    const wasOff = this.#certificates.mode === 'off';
    const pair = await this.#certificates.change(tls);
    if (wasOff === (pair === null)) {
      if (pair) before.useCertificate(pair);
    } else {
      await before.close();
      this.#federation = await this.#listen(pair, before.port);
    }
    this.#lookAfterCertificate();
  }

  #listen(pair: TlsPair | null, port: number): Promise<Listening> {
    const { protocol } = this.#certificates;
    const tls = pair ? { tls: { ...pair, protocol } } : {};
    return listen(this.#handler, { host: this.#config.listen.host, port, ...tls, clock: this.#clock });
  }

  #lookAfterCertificate(): void {
    this.#certificates.start((pair) => this.#federation?.useCertificate(pair));
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

  /** As configured while there is no listener. */
  get federationPort(): number {
    return this.#federation?.port ?? this.#config.listen.port;
  }

  async close(): Promise<void> {
    this.#app?.endStreams();
    await Promise.all([this.#certificates.stop(), this.#control?.close(), this.#federation?.close()]);
  }
}
