import { once } from 'node:events';
import { chmodSync, copyFileSync, createWriteStream, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { createClient } from '../../../shared/api/client.ts';
import type { Api } from '../../../shared/api/contract.ts';
import type { Machine } from '../netns/machines.ts';
import type { Child } from '../netns/netns.ts';
import { type FetchThrough, fetchThrough, relay } from '../netns/node.ts';
import { binPath } from '../nodes/child-node.ts';

const federationPort = 8448;
const controlPort = 8449;

/** One of two nodes with the same identity, on a machine of its own. */
export class PlacedTwin {
  readonly machine: Machine;
  readonly dataDir: string;
  /** Where peers call it. */
  readonly federation: string;
  /** Reaches its console, which listens on its machine only. */
  readonly fetch: FetchThrough;
  #control = '';
  #api: Api | null = null;
  #child: Child | null = null;
  readonly #t: Pick<TestContext, 'after'>;
  readonly #socket: string;
  readonly #database: string;

  private constructor(t: Pick<TestContext, 'after'>, machine: Machine, dir: string, database: string) {
    this.machine = machine;
    this.dataDir = join(dir, 'node');
    this.federation = `http://${machine.address}:${federationPort}`;
    this.#t = t;
    this.#socket = join(dir, 'control.sock');
    this.fetch = fetchThrough(this.#socket);
    this.#database = database;
  }

  /** `identity`: the folder of the other node, from which its owner copies the identity. */
  static async start(
    t: Pick<TestContext, 'after'>,
    machine: Machine,
    options: { readonly dir: string; readonly database: string; readonly identity?: string },
  ): Promise<PlacedTwin> {
    const twin = new PlacedTwin(t, machine, options.dir, options.database);
    mkdirSync(twin.dataDir, { recursive: true, mode: 0o700 });
    if (options.identity !== undefined) {
      copyFileSync(join(options.identity, 'identity.json'), join(twin.dataDir, 'identity.json'));
      chmodSync(join(twin.dataDir, 'identity.json'), 0o600);
    }
    const carrier = machine.place.spawn(t, process.execPath, [relay, twin.#socket, String(controlPort)]);
    await once(carrier.stdout, 'data');
    await twin.start();
    return twin;
  }

  /** Its console, as its owner uses it on that machine. */
  get api(): Api {
    return this.#api!;
  }

  /** The address of its console. */
  get control(): string {
    return this.#control;
  }

  /** What it wrote to stderr. */
  get log(): string {
    const file = join(this.dataDir, '..', 'stderr');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  async start(): Promise<void> {
    const child = this.machine.place.spawn(this.#t, 'env', [
      `PARACORD_NODE_DATABASE=${this.#database}`,
      ...[process.execPath, binPath, '--headless', '--data-dir', this.dataDir, '--server-name', 'a.test'],
      ...['--tls', 'off', '--listen', `${this.machine.address}:${federationPort}`],
      ...['--control', `127.0.0.1:${controlPort}`, '--log-level', 'info'],
    ]);
    this.#child = child;
    child.stderr.pipe(createWriteStream(join(this.dataDir, '..', 'stderr'), { flags: 'a' }));
    let isReady = false;
    for await (const line of createInterface({ input: child.stdout })) {
      isReady = line.startsWith('ready ');
      if (isReady) break;
    }
    if (!isReady) throw new Error(`the node ended before it was ready: ${this.log}`);
    child.stdout.resume();
    const { url, token } = JSON.parse(readFileSync(join(this.dataDir, 'control.json'), 'utf8')) as {
      url: string;
      token: string;
    };
    this.#control = url;
    this.#api = createClient({ baseUrl: url, token, fetch: this.fetch });
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(name);
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Who it is among the two, as its owner sees it; null if it doesn't say within 2 s. */
  async role(): Promise<'leads' | 'stands by' | null> {
    const waited = AbortSignal.timeout(2_000);
    const status = await Promise.race([
      this.api.status({}).catch(() => null),
      once(waited, 'abort').then(() => null),
    ]);
    if (status === null) return null;
    if (status.stands_by === null) return 'leads';
    return status.stands_by.leader === null ? null : 'stands by';
  }
}
