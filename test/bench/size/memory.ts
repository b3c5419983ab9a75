import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { binPath, type ChildNode, startChildNode } from '../../support/nodes/child-node.ts';
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
  const idle = await idleNodes(dir, 'installed', program);
  const idleCheckout = await idleNodes(dir, 'checkout', binPath);
  const loads = join(dir, 'loads');
  mkdirSync(loads);
  const { peer, room } = await prepare(loads);
  const seconds = isLong ? 600 : isShort ? 20 : 60;
  const steady = await peakOf(join(loads, 'durable'), program, (port) => steadily(port, peer, room, seconds));
  const count = isShort ? 4_000 : 20_000;
  const full = await peakOf(join(loads, 'verify-only'), program, (port) =>
    single({ port }, peer, room, count),
  );
  const unit = 'MB';
  return {
    measures: [
      { what: 'memory, idle', unit, values: idle.map(({ resident }) => resident), wanted: { atMost: 80 } },
      { what: 'memory, idle, not shared with other processes', unit, values: idle.map(({ own }) => own) },
      { what: 'memory, idle, from a checkout', unit, values: idleCheckout.map(({ resident }) => resident) },
      {
        ...{ what: `highest memory, ${perSecond} events per second for ${seconds} s`, unit },
        ...{ values: [steady], wanted: { atMost: 180 } },
      },
      {
        what: `highest memory, full ingest of ${count} events`,
        unit,
        values: [full],
        wanted: { atMost: 250 },
      },
    ],
    boundedBy: 'Node.js itself (44 MB before it loads anything), and the code that is loaded',
    notes: ['Resident memory, with the pages of the program file, which all processes of Node.js share.'],
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

async function idleNodes(dir: string, name: string, program: string) {
  const sizes: { resident: number; own: number }[] = [];
  for (const round of [1, 2, 3]) {
    const node = await startChildNode({
      name: 'idle.test',
      dataDir: join(dir, `${name}-${round}`),
      program,
    });
    await wait(settledMs);
    sizes.push({ resident: sizeOf(node, 'status', 'VmRSS'), own: sizeOf(node, 'smaps_rollup', 'Anonymous') });
    await node.stop();
  }
  return sizes;
}

/** The highest resident memory of a node while it gets a load. */
async function peakOf(
  dataDir: string,
  program: string,
  load: (port: number) => Promise<unknown>,
): Promise<number> {
  const node = await startChildNode({ name: 'bench.test', dataDir, program });
  await load(Number(new URL(node.federation).port));
  const peak = sizeOf(node, 'status', 'VmHWM');
  await node.stop();
  return peak;
}

/** One burst each second. */
async function steadily(port: number, peer: RawPeer, room: string, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    const due = performance.now() + 1000;
    const requests = Array.from({ length: perSecond }, () => eventRequest(peer, room));
    await blast(port, requests, 4, 202);
    await wait(Math.max(due - performance.now(), 0));
  }
}

/** In MB. */
function sizeOf({ pid }: ChildNode, file: 'status' | 'smaps_rollup', field: string): number {
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(
    readFileSync(`/proc/${pid}/${file}`, 'utf8'),
  );
  return Number(kilobytes?.[1]) / 1024;
}
