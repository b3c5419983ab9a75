import { once } from 'node:events';
import { chmodSync, copyFileSync, createWriteStream, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type ClientFetch, createClient } from '../../../shared/api/client.ts';
import type { Api } from '../../../shared/api/contract.ts';
import { atEnd } from '../at-end.ts';
import type { Machine } from '../netns/machines.ts';
import type { Child } from '../netns/netns.ts';
import { type FetchThrough, fetchThrough, relay } from '../netns/node.ts';
import { binPath } from '../nodes/child-node.ts';
import { pause } from '../until.ts';

const federationPort = 8448;
const controlPort = 8449;
/** The pause that `RestartSec` in build/two-machines/paracord-node.conf sets. */
const restartMs = 2_000;
const healthMs = 1_000;

/** One of two nodes with the same identity, on a machine of its own. When it ends, it is started again, as by systemd. */
export class PlacedTwin {
  readonly machine: Machine;
  readonly dataDir: string;
  /** The address at which peers call it. */
  readonly federation: string;
  /** The address of its console. */
  readonly control = `http://127.0.0.1:${controlPort}`;
  /** Reaches its console, which listens on its machine only. */
  readonly fetch: FetchThrough;
  /** The exit codes with which it ended by itself. */
  readonly ended: (number | null)[] = [];
  #client: { readonly token: string; readonly api: Api } | null = null;
  #child: Child | null = null;
  #isDown = false;
  readonly #t: Pick<TestContext, 'after'>;
  readonly #database: string;

  private constructor(
    t: Pick<TestContext, 'after'>,
    machine: Machine,
    dir: string,
    database: string,
    socket: string,
  ) {
    this.machine = machine;
    this.dataDir = join(dir, 'node');
    this.federation = `http://${machine.address}:${federationPort}`;
    this.#t = t;
    this.fetch = fetchThrough(socket);
    this.#database = database;
  }

  /** `identity`: the folder of the other node, from which its owner copies the identity. */
  static async start(
    t: Pick<TestContext, 'after'>,
    machine: Machine,
    options: { readonly dir: string; readonly database: string; readonly identity?: string },
  ): Promise<PlacedTwin> {
    const socket = join(options.dir, 'control.sock');
    const twin = new PlacedTwin(t, machine, options.dir, options.database, socket);
    mkdirSync(twin.dataDir, { recursive: true, mode: 0o700 });
    if (options.identity !== undefined) {
      copyFileSync(join(options.identity, 'identity.json'), join(twin.dataDir, 'identity.json'));
      chmodSync(join(twin.dataDir, 'identity.json'), 0o600);
    }
    const carrier = machine.place.spawn(t, process.execPath, [relay, socket, String(controlPort)]);
    await once(carrier.stdout, 'data');
    twin.start();
    atEnd(t, () => twin.kill());
    return twin;
  }

  /** Its console, as its owner uses it on that machine. Each process has another token. */
  get api(): Api {
    const { token } = JSON.parse(readFileSync(join(this.dataDir, 'control.json'), 'utf8')) as {
      token: string;
    };
    if (this.#client?.token !== token) {
      const fetch = this.fetch as ClientFetch;
      this.#client = { token, api: createClient({ baseUrl: this.control, token, fetch }) };
    }
    return this.#client.api;
  }

  /** Its output to stderr. */
  get log(): string {
    const file = join(this.dataDir, '..', 'stderr');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  start(): void {
    this.#isDown = false;
    const child = this.machine.place.spawn(this.#t, 'env', [
      `PARACORD_NODE_DATABASE=${this.#database}`,
      ...[process.execPath, binPath, '--headless', '--data-dir', this.dataDir, '--server-name', 'a.test'],
      ...['--tls', 'off', '--listen', `${this.machine.address}:${federationPort}`],
      ...['--control', `127.0.0.1:${controlPort}`, '--log-level', 'info'],
    ]);
    this.#child = child;
    child.stderr.pipe(createWriteStream(join(this.dataDir, '..', 'stderr'), { flags: 'a' }));
    child.stdout.resume();
    child.once('exit', async (code: number | null) => {
      if (this.#isDown) return;
      this.ended.push(code);
      await pause(restartMs);
      if (!this.#isDown) this.start();
    });
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(name);
  }

  /** It stays down until it is started. */
  async kill(): Promise<void> {
    this.#isDown = true;
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Reads its role from its health; null if it doesn't answer within a second. */
  async role(): Promise<'leads' | 'waits' | null> {
    const asked = this.fetch(`${this.control}/healthz`, { method: 'GET', headers: {}, isLong: false })
      .then(async (answer) => ({ status: answer.status, text: await answer.text() }))
      .catch(() => null);
    const health = await Promise.race([asked, pause(healthMs).then(() => null)]);
    if (health === null) return null;
    if (health.status === 200) return 'leads';
    return health.text.includes('Standing by for') ? 'waits' : null;
  }
}
