/** Kills a start just before one of its system calls, with strace. */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { binPath, startChildNode } from '../nodes/child-node.ts';
import { RawPeer } from '../parties/raw-peer.ts';
import { tempDir } from '../temp.ts';

const calls =
  'write,pwrite64,writev,pwritev,fsync,fdatasync,rename,renameat,renameat2,ftruncate,truncate,unlink,unlinkat,mkdir,link';
const name = 'a.test';

/**
 * One system call in the trace of a start: the `nth` of its kind, on the main thread, the only one that writes there.
 */
export interface Point {
  readonly call: string;
  readonly nth: number;
  /** The file, for the report of a failure. */
  readonly file: string;
}

function straced(dataDir: string, log: string, options: readonly string[]): ChildProcess {
  const node = [process.execPath, binPath, '--headless', '--data-dir', dataDir, '--server-name', name];
  const rest = [
    '--tls',
    'off',
    '--listen',
    '127.0.0.1:0',
    '--control',
    '127.0.0.1:0',
    '--log-level',
    'error',
  ];
  const args = ['-f', '-y', '-o', log, '-e', `trace=${calls}`, '-e', 'signal=none', ...options];
  return spawn('strace', [...args, '--', ...node, ...rest], { stdio: ['ignore', 'pipe', 'ignore'] });
}

/**
 * The calls with which a start from `template` (null: an empty folder) writes, syncs, renames and removes files in its
 * data folder.
 */
export async function pointsOf(t: Pick<TestContext, 'after'>, template: string | null): Promise<Point[]> {
  const dir = tempDir(t);
  const dataDir = join(dir, 'node');
  if (template) cpSync(template, dataDir, { recursive: true });
  const log = join(dir, 'trace');
  const child = straced(dataDir, log, []);
  const exited = new Promise((resolve) => child.once('exit', resolve));
  killWhenReady(child);
  await exited;
  return pointsIn(readFileSync(log, 'utf8'), dataDir);
}

function pointsIn(trace: string, dataDir: string): Point[] {
  const lines = trace.split('\n');
  const main = lines[0]?.split(' ')[0] ?? '';
  const ready = lines.findIndex((line) => line.includes('"ready '));
  const counts = new Map<string, number>();
  return lines.slice(0, ready).flatMap((line): Point[] => {
    const [, thread, call = ''] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    if (thread !== main) return [];
    const nth = (counts.get(call) ?? 0) + 1;
    counts.set(call, nth);
    const at = line.indexOf(dataDir);
    return at < 0 ? [] : [{ call, nth, file: line.slice(at + dataDir.length + 1).split(/[>"]/)[0] ?? '' }];
  });
}

/** Starts a node on `dataDir` and kills it just before that call. False if it didn't get that far. */
export async function dieAt(point: Point, dataDir: string, log: string): Promise<boolean> {
  const child = straced(dataDir, log, ['-e', `inject=${point.call}:signal=KILL:when=${point.nth}`]);
  const exited = new Promise((resolve) => child.once('exit', resolve));
  killWhenReady(child);
  await exited;
  return !readFileSync(log, 'utf8').includes('"ready ');
}

/** strace doesn't pass signals on. */
function killWhenReady(strace: ChildProcess): void {
  strace.stdout?.on('data', (chunk: Buffer) => {
    if (!/^ready /m.test(String(chunk))) return;
    const { pid } = strace;
    const node = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    process.kill(Number(node), 'SIGKILL');
  });
}

/** A data folder as left by a killed node: a room, messages, an outbox, and a write-ahead log that hasn't been read. */
export async function killedNode(
  t: Pick<TestContext, 'after'>,
): Promise<{ template: string; rooms: string[]; bodies: string[] }> {
  const template = join(tempDir(t), 'node');
  const raw = await new RawPeer('raw.test').listen(t);
  const node = await startChildNode({ name, dataDir: template }, t);
  await node.api.addPeer({ endpoint: raw.url });
  const { room_id } = await node.api.createRoom({ name: 'Room', join_rule: 'peers' });
  const body = JSON.stringify({ origin_server: raw.name, room_id, user_id: `@user:${raw.name}` });
  await raw.call(node.federation, 'POST', '/join', body);
  const bodies = Array.from({ length: 20 }, (_, i) => `message ${i}`);
  for (const each of bodies) await node.api.postMessage({ room_id, body: each });
  await node.kill();
  raw.close();
  return { template, rooms: [room_id], bodies };
}

/**
 * The state of the node after a start was killed at that call: `as before`, or what is wrong. `not reached` if it
 * wasn't killed.
 */
export async function killedStart(
  point: Point,
  from: { template: string; rooms: readonly string[]; bodies: readonly string[] } | null,
): Promise<string> {
  const closers: (() => unknown)[] = [];
  const t = { after: (close: unknown) => void closers.push(close as () => unknown) } as Pick<
    TestContext,
    'after'
  >;
  const dir = mkdtempSync(join(tempDir(t), 'start-'));
  const dataDir = join(dir, 'node');
  try {
    if (from) cpSync(from.template, dataDir, { recursive: true });
    if (!(await dieAt(point, dataDir, join(dir, 'trace')))) return 'not reached';
    const before = keyIn(dataDir);
    const node = await startChildNode({ name, dataDir }, t);
    const status = await node.api.status({});
    if (status.server_name !== name) return `it is called ${status.server_name}`;
    if (before !== null && keyIn(dataDir) !== before) return 'it has another key than before';
    for (const room_id of from?.rooms ?? []) {
      const { items } = await node.api.timeline({ room_id, limit: 100 });
      const shown = items.map((item) => item.body).reverse();
      if (JSON.stringify(shown) !== JSON.stringify(from?.bodies))
        return `the room shows ${shown.length} messages`;
    }
    const code = await node.stop();
    return code === 0 ? 'as before' : `it stopped with ${code}`;
  } catch (error) {
    return String(error);
  } finally {
    for (const close of closers.reverse()) await close();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The identity file is written only once. */
const keyIn = (dataDir: string): string | null => {
  const file = join(dataDir, 'identity.json');
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
};
