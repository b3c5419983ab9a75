import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runCommandLine } from '../../../main/cli/main.ts';
import type { Api } from '../../../shared/api/contract.ts';
import { serve, token } from './control-server.ts';

// As in the processes below, because texts show local times.
process.env.TZ = 'UTC';

const bin = fileURLToPath(new URL('../../../main/cli/bin.mjs', import.meta.url));

/** Runs the command line as a separate process. */
export const start = (
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  nodeFlags: readonly string[] = [],
) =>
  spawn(process.execPath, [...nodeFlags, bin, ...args], {
    env: { ...process.env, TZ: 'UTC', LC_ALL: 'C', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

/** Its exit code and its whole output. */
export async function run(...given: Parameters<typeof start>) {
  const child = start(...given);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { code, stdout, stderr };
}

/**
 * The same without a process, for what a command asks of a node and says about it: a process takes half a second to
 * load. Nothing is typed, and progress isn't recorded.
 */
export async function runHere(args: readonly string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCommandLine(args, {
    env: { ...process.env, LC_ALL: 'C' },
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
  });
  return { code, stdout: out.join(''), stderr: err.join('') };
}

/** An empty folder, removed after the test. */
export async function folder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'paracord-cli-'));
  t.after(() => rm(dir, { recursive: true }));
  return dir;
}

/** A node that answers what the test specifies, and the command line that finds it. */
export async function withNode(t: TestContext, answers: Partial<Api> = {}) {
  const server = await serve(t, { work: async () => page(), peers: async () => page(), ...answers });
  const dir = await folder(t);
  await writeFile(join(dir, 'control.json'), JSON.stringify({ url: server.url, token }));
  return { ...server, dir, cli: (...args: string[]) => runHere([...args, '--data-dir', dir]) };
}

export const page = <T>(...items: T[]) => ({ items, next: null });
