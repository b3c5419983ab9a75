import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createClient } from '../../../shared/api/client.ts';
import type { Api } from '../../../shared/api/contract.ts';
import { databaseFor } from '../daemons/postgres.ts';

export const binPath = fileURLToPath(new URL('../../../main/cli/bin.mjs', import.meta.url));

export interface ChildNode {
  readonly name: string;
  readonly api: Api;
  readonly federation: string;
  readonly control: string;
  readonly token: string;
  readonly dataDir: string;
  readonly pid: number;
  /** Returns its output to stderr so far. */
  stderr(): string;
  /** Sends SIGTERM and returns the exit code. */
  stop(): Promise<number | null>;
  /** kill -9. */
  kill(): Promise<void>;
}

export interface ChildNodeOptions {
  readonly name: string;
  readonly dataDir: string;
  readonly listen?: string;
  readonly control?: string;
  readonly flags?: readonly string[];
  /** The launcher; the one of this checkout unless given. */
  readonly program?: string;
  /** The test is about node.db itself. */
  readonly onFile?: boolean;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The process of a node, which may not be ready yet. */
export interface NodeProcess {
  readonly pid: number;
  /** Returns its output to stderr so far. */
  stderr(): string;
  /** Its exit code; null if a signal ended it. */
  readonly exited: Promise<number | null>;
  /** Rejects if it ends before. */
  readonly ready: Promise<ChildNode>;
  signal(name: NodeJS.Signals): void;
}

/** A node as its owner starts it: a separate process, known only by its ready line and control.json. */
export const startChildNode = async (
  options: ChildNodeOptions,
  t?: Pick<TestContext, 'after'>,
): Promise<ChildNode> => (await spawnNode(options, t)).ready;

/** The same, without waiting until it is ready. */
export async function spawnNode(
  options: ChildNodeOptions,
  t?: Pick<TestContext, 'after'>,
): Promise<NodeProcess> {
  const { dataDir } = options;
  const flags = ['--headless', '--data-dir', dataDir, '--server-name', options.name, '--tls', 'off'];
  const listeners = [
    ...['--listen', options.listen ?? '127.0.0.1:0', '--control', options.control ?? '127.0.0.1:0'],
    ...['--log-level', 'warn'],
  ];
  const child = spawn(
    process.execPath,
    [options.program ?? binPath, ...flags, ...listeners, ...(options.flags ?? [])],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...(await testDatabase(options, t)), ...options.env },
    },
  );
  const killWithUs = () => child.kill('SIGKILL');
  process.once('exit', killWithUs);
  child.once('exit', () => process.off('exit', killWithUs));
  t?.after(() => child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const pid = child.pid ?? 0;
  const ready = (async (): Promise<ChildNode> => {
    const [, federation, control] = await readyLine(child, () => stderr);
    const { url, token } = JSON.parse(readFileSync(join(dataDir, 'control.json'), 'utf8')) as {
      url: string;
      token: string;
    };
    return {
      name: options.name,
      api: createClient({ baseUrl: url, token, fetch }),
      federation: federation ?? '',
      control: control ?? '',
      token,
      dataDir,
      pid,
      stderr: () => stderr,
      async stop() {
        child.kill('SIGTERM');
        return exited;
      },
      async kill() {
        child.kill('SIGKILL');
        await exited;
      },
    };
  })();
  ready.catch(() => {});
  return { pid, exited, ready, stderr: () => stderr, signal: (name) => void child.kill(name) };
}

/** Makes, with `--postgres` (test/support/run.ts), a new database for a folder that has no data yet. */
async function testDatabase(
  { dataDir, onFile = false }: ChildNodeOptions,
  t: Pick<TestContext, 'after'> | undefined,
): Promise<Record<string, string>> {
  const isNew = !existsSync(join(dataDir, 'node.db')) && !existsSync(join(dataDir, 'database.json'));
  if (process.env.PARACORD_TEST_ENGINE !== 'postgresql' || t === undefined || onFile || !isNew) return {};
  return { PARACORD_NODE_DATABASE: await databaseFor(t) };
}

async function readyLine(child: ChildProcess, stderr: () => string): Promise<string[]> {
  if (!child.stdout) throw new Error('no stdout');
  for await (const line of createInterface({ input: child.stdout })) {
    const ready = /^ready federation=(\S+) control=(\S+)$/.exec(line);
    if (ready) return ready;
  }
  throw new Error(`the node ended before it was ready: ${stderr()}`);
}
