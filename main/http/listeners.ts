import type { RequestListener } from 'node:http';
import type { TlsConfig } from '../../shared/api/contract/tls.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { type Said, said, saidOf } from '../../shared/words/said.ts';
import type { NodeConfig } from '../config.ts';
import type { Tell } from '../facts.ts';
import type { Clock } from '../kernel/ports.ts';
import { SerialQueue } from '../kernel/queue.ts';
import { every } from '../kernel/timers.ts';
import type { Certificates } from '../tls/certificates.ts';
import type { TlsPair } from '../tls/pair.ts';
import type { ControlApp } from './control/app.ts';
import type { Entrance } from './entrance/app.ts';
import { type Listening, listen } from './listen.ts';

export interface ListenerUrls {
  readonly federation: string;
  readonly control: string;
}

interface ListenerChange {
  readonly port?: number;
  readonly tls?: TlsConfig;
}
export type TakeBack = () => Promise<void>;

interface ListenersConfig
  extends Pick<NodeConfig, 'listen' | 'control' | 'consoleHost' | 'byFlag' | 'waitsForPort'> {
  /** The initial port of the federation listener; `listen` has its host. */
  readonly port: number;
}

const tryAgainMs = 15_000;
/** Browsers also send the cookies of all other programs on this computer: a cookie knows no port. */
const consoleHeaderBytesMax = 262_144;

/** The two sockets of a node: one for peers, one for its owner. */
export class Listeners {
  readonly #config: ListenersConfig;
  readonly #clock: Clock;
  readonly #certificates: Certificates;
  readonly #tell: Tell;
  #handler: RequestListener = () => {};
  #federation: Listening | null = null;
  #control: Listening | null = null;
  #apps: readonly Pick<ControlApp, 'endStreams'>[] = [];
  #problem: Said | null = null;
  #cancelTrying = (): void => {};
  readonly #queue = new SerialQueue();
  #isClosed = false;
  /** Accepts no new connections; what is running there may finish. */
  readonly #closing = new Set<Promise<void>>();

  constructor(config: ListenersConfig, clock: Clock, certificates: Certificates, tell: Tell) {
    this.#tell = tell;
    this.#config = config;
    this.#clock = clock;
    this.#certificates = certificates;
  }

  /** Opens both or none, except for a port that is waited for. Errors of the system (a port in use) are passed on. */
  async open(federation: RequestListener, control: ControlApp, entrance: Entrance): Promise<ListenerUrls> {
    const { port, byFlag, waitsForPort } = this.#config;
    this.#handler = (request, response) =>
      entrance.takes(request) ? entrance.handler(request, response) : federation(request, response);
    // A setting the owner just typed fails with an error. A stored one must not keep the console from opening.
    const pair = await this.#certificates.begin(byFlag?.has('tls') === true);
    let problem: Said | null = null;
    try {
      this.#federation = await this.#listen(pair, port);
    } catch (error) {
      problem = listenProblem(error);
      if (waitsForPort !== true || byFlag?.has('port') || problem === null) throw error;
    }
    try {
      this.#control = await listen(control.handler, {
        ...this.#config.control,
        clock: this.#clock,
        headerBytesMax: consoleHeaderBytesMax,
      });
    } catch (error) {
      await this.#federation?.close(0);
      throw error;
    }
    this.#apps = [control, entrance];
    this.#lookAfterCertificate();
    if (problem !== null) this.#waitFor(port, problem);
    return { federation: this.federationUrl, control: this.#control.url };
  }

  /**
   * Changes the port, the TLS mode, or both, without a restart. Requests on the old port may finish; connections stay
   * open, except if TLS is turned on or off. Returns a function that undoes the change. Rejects with TlsConfigError or
   * the system's error (a port in use), or with SERVICE_UNAVAILABLE while the node stops; then nothing has changed.
   */
  change(change: ListenerChange): Promise<TakeBack> {
    return this.#inTurn(() => this.#change(change));
  }

  /** One change at a time, and none after the close, because nothing may be opened then. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#queue.run(() => {
      if (this.#isClosed) throw refusal('SERVICE_UNAVAILABLE', said('control.stopping'));
      return work();
    });
  }

  async #change({ port, tls }: ListenerChange): Promise<TakeBack> {
    const before = this.#federation;
    const former = this.#certificates.config;
    const next = tls === undefined ? null : await this.#certificates.prepare(tls);
    const pair = next ? next.pair : this.#certificates.pair;
    if (!before) {
      if (port !== undefined && this.isOpen) await this.#hear(pair, port);
    } else if (port !== undefined && port !== before.port) {
      this.#federation = await this.#listen(pair, port);
      this.#letEnd(before);
    } else if (before.isTls === (pair !== null)) {
      if (pair) before.useCertificate(pair);
    } else await this.#speakOtherwise(before, pair);
    if (next) {
      await this.#certificates.adopt(next);
      if (this.isOpen) this.#lookAfterCertificate();
    }
    const taken = {
      ...(port === undefined || !before ? {} : { port: before.port }),
      ...(next ? { tls: former } : {}),
    };
    return async () => void (await this.change(taken));
  }

  /** TLS is turned on or off on the same port, so nothing listens there for a moment. */
  async #speakOtherwise(before: Listening, pair: TlsPair | null): Promise<void> {
    await before.close();
    try {
      this.#federation = await this.#listen(pair, before.port);
    } catch (error) {
      this.#federation = await this.#listen(this.#certificates.pair, before.port).catch(() => null);
      if (!this.#federation) this.#waitFor(before.port, listenProblem(error) ?? saidOf(error));
      throw error;
    }
  }

  #waitFor(port: number, problem: Said): void {
    this.#problem = problem;
    this.#tell({ fact: 'node-changed' });
    const tryAgain = () =>
      this.#inTurn(async () => {
        if (this.#problem !== null) await this.#hear(this.#certificates.pair, port);
      });
    this.#cancelTrying = every(this.#clock, tryAgainMs, tryAgain, () => {});
  }

  /** The listener opened later, after it couldn't at the start. */
  async #hear(pair: TlsPair | null, port: number): Promise<void> {
    this.#federation = await this.#listen(pair, port);
    this.#problem = null;
    this.#cancelTrying();
    if (!this.#isClosed) this.#tell({ fact: 'listener-opened' });
  }

  #letEnd(listening: Listening): void {
    const closing = listening.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  #listen(pair: TlsPair | null, port: number): Promise<Listening> {
    const { protocol } = this.#certificates;
    const tls = pair ? { tls: { ...pair, protocol } } : {};
    return listen(this.#handler, { host: this.#config.listen.host, port, ...tls, clock: this.#clock });
  }

  /** New connections get this certificate from now on. */
  show(pair: TlsPair): void {
    this.#federation?.useCertificate(pair);
  }

  #lookAfterCertificate(): void {
    this.#certificates.start(this);
  }

  get isOpen(): boolean {
    return this.#control !== null;
  }

  /** Empty if there is no listener. */
  get federationUrl(): string {
    return this.#federation?.url ?? '';
  }

  /** Why there is no listener; null if there is one. */
  get problem(): Said | null {
    return this.#problem;
  }

  /** The address of the console; empty if there is no listener. */
  get consoleUrl(): string {
    const { consoleHost } = this.#config;
    return consoleHost === undefined ? (this.#control?.url ?? '') : `https://${consoleHost}`;
  }

  /** The listener's port, or the configured one if nothing listens. */
  get federationPort(): number {
    return this.#federation?.port ?? this.#config.port;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const app of this.#apps) app.endStreams();
    this.#cancelTrying();
    await this.#queue.idle();
    await Promise.all([
      this.#certificates.stop(),
      this.#control?.close(),
      this.#federation?.close(),
      ...this.#closing,
    ]);
  }
}

/** Why a listener could not open; `null` if this is not such an error. */
export function listenProblem(error: unknown): Said | null {
  const {
    code,
    syscall,
    port = 0,
    address = '',
  } = error as NodeJS.ErrnoException & { port?: number; address?: string };
  if (syscall !== 'listen' && syscall !== 'bind') return null;
  if (code === 'EADDRINUSE') return said('listen.in_use', { port, address });
  if (code === 'EACCES') return said('listen.privileged', { port });
  return code === 'EADDRNOTAVAIL' ? said('listen.not_ours', { address }) : null;
}
