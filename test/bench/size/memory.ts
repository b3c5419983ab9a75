import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { binPath, type ChildNode, startChildNode } from '../../support/nodes/child-node.ts';
import { freePorts } from '../../support/nodes/free-ports.ts';
import type { RawPeer } from '../../support/parties/raw-peer.ts';
import { prepare } from '../receiving/ingest.ts';
import { blast, eventRequest, single } from '../receiving/load.ts';
import type { Ground, Result } from '../report/result.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const perSecond = 100;
/** Once a node is idle for 10 seconds, it returns memory. */
const settledMs = 15_000;

/** How much of the machine's memory a node occupies: idle, with little to do, and as busy as it can be. */
export async function benchMemory({
  dir,
  isShort,
  isLong,
}: Ground): Promise<Result | { readonly skipped: string }> {
  if (!existsSync('/proc/self/smaps_rollup')) return { skipped: 'only Linux says what a process occupies' };
  const program = installed(dir);
  const { peer, room } = await prepare(dir);
  const folder = (name: string) => {
    cpSync(join(dir, 'durable'), join(dir, name), { recursive: true });
    return join(dir, name);
  };
  const app = await startApp(folder('steady-app'));
  const idle = await idleNodes(dir, 'installed', program);
  const idleApp = sizeOf(app, 'status', 'VmRSS');
  const idleCheckout = await idleNodes(dir, 'checkout', binPath);
  const seconds = isLong ? 600 : isShort ? 20 : 60;
  // Both at once: together they need a fourth of a core.
  const [steady = 0, steadyApp = 0] = await Promise.all(
    [await startNode(folder('steady'), program), app].map((each) =>
      peakOf(each, () => steadily(each, peer, room, seconds)),
    ),
  );
  const count = isShort ? 4_000 : 20_000;
  const full = async (each: Started) => await peakOf(each, () => single(each, peer, room, count));
  const fullNode = await full(await startNode(folder('full'), program));
  const fullApp = await full(await startApp(folder('full-app')));
  const unit = 'MB';
  const steadyText = `highest memory, ${perSecond} events per second for ${seconds} s`;
  const fullText = `highest memory, full ingest of ${count} events`;
  const ofApp = 'the desktop app’s bundle';
  return {
    measures: [
      { what: 'memory, idle', unit, values: idle.map(({ resident }) => resident), wanted: { atMost: 88 } },
      { what: 'memory, idle, not shared with other processes', unit, values: idle.map(({ own }) => own) },
      { what: 'memory, idle, from a checkout', unit, values: idleCheckout.map(({ resident }) => resident) },
      { what: steadyText, unit, values: [steady], wanted: { atMost: 180 } },
      { what: fullText, unit, values: [fullNode], wanted: { atMost: 250 } },
      { what: `${ofApp}: memory, idle`, unit, values: [idleApp] },
      { what: `${ofApp}: ${steadyText}`, unit, values: [steadyApp] },
      { what: `${ofApp}: ${fullText}`, unit, values: [fullApp] },
    ],
    boundedBy: 'Node.js itself (44 MB before it loads anything), and the code that is loaded',
    notes: [
      'Resident memory, with the pages of the program file, which all processes of Node.js share.',
      'The desktop app’s bundle runs in Node.js here, with Electron’s young generation of 8 MB, and with a stand-in for Electron that takes 30 MB itself.',
    ],
  };
}

/** A launcher as npm installs it: beside the bundle, without the sources. */
function installed(dir: string): string {
  const folder = join(dir, 'installed');
  mkdirSync(join(folder, 'main/cli'), { recursive: true });
  for (const part of ['dist', 'node_modules', 'package.json'])
    symlinkSync(join(root, part), join(folder, part));
  const program = join(folder, 'main/cli/bin.mjs');
  cpSync(binPath, program);
  return program;
}

/** Three at once, once each has settled. */
async function idleNodes(dir: string, name: string, program: string) {
  const nodes: ChildNode[] = [];
  for (const nth of [1, 2, 3])
    nodes.push(await startChildNode({ name: 'idle.test', dataDir: join(dir, `${name}-${nth}`), program }));
  await wait(settledMs);
  const sizes = nodes.map((node) => ({
    resident: sizeOf(node, 'status', 'VmRSS'),
    own: sizeOf(node, 'smaps_rollup', 'Anonymous'),
  }));
  for (const node of nodes) await node.stop();
  return sizes;
}

interface Started {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<unknown>;
}

async function startNode(dataDir: string, program: string): Promise<Started> {
  const node = await startChildNode({ name: 'bench.test', dataDir, program });
  return { pid: node.pid, port: Number(new URL(node.federation).port), stop: () => node.stop() };
}

async function startApp(dataDir: string): Promise<Started> {
  const [port = 0] = await freePorts(1);
  const words = [dataDir, String(port)];
  // V8 in Electron has this young generation by itself, because it compresses pointers.
  const execArgv = ['--max-semi-space-size=8'];
  const child = fork(fileURLToPath(new URL('./desktop-app.ts', import.meta.url)), words, { execArgv });
  const killWithUs = () => child.kill('SIGKILL');
  process.once('exit', killWithUs);
  const ended = once(child, 'exit').then(() => process.off('exit', killWithUs));
  await Promise.race([once(child, 'message'), ended.then(() => Promise.reject(new Error('the app ended')))]);
  return {
    pid: child.pid ?? 0,
    port,
    stop: () => {
      child.kill();
      return ended;
    },
  };
}

/** The highest resident memory of a node while it gets a load. */
async function peakOf(node: Started, load: () => Promise<unknown>): Promise<number> {
  await load();
  const peak = sizeOf(node, 'status', 'VmHWM');
  await node.stop();
  return peak;
}

/** One burst each second. */
async function steadily({ port }: Started, peer: RawPeer, room: string, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    const due = performance.now() + 1000;
    const requests = Array.from({ length: perSecond }, () => eventRequest(peer, room));
    await blast(port, requests, 4, 202);
    await wait(Math.max(due - performance.now(), 0));
  }
}

/** In MB. */
function sizeOf({ pid }: Pick<Started, 'pid'>, file: 'status' | 'smaps_rollup', field: string): number {
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(
    readFileSync(`/proc/${pid}/${file}`, 'utf8'),
  );
  return Number(kilobytes?.[1]) / 1024;
}
