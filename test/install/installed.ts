/** An installed node: started by its command, opened in a browser, and stopped by a signal. */
import assert from 'node:assert/strict';
import { type SpawnOptions, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { launchBrowser } from '../support/browser/browser.ts';

const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The environment of an owner: without this project's own Node.js in the PATH. */
export const ownersEnvironment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: systemPath,
  LANG: 'C.UTF-8',
});

export interface Started {
  /** Returns its error output so far. */
  printed(): string;
  /** The address of the console. */
  readonly control: string;
  /** Opens the printed link in a browser and gives the first heading. */
  openConsole(): Promise<string>;
  /** Sends SIGTERM to the command and gives its exit code, once everything it started has ended, too. */
  stop(): Promise<number | null>;
  /** Sends SIGINT to everything the command started, as a terminal does for Ctrl-C, and waits until all of it has ended. */
  interrupt(): Promise<void>;
}

export async function startInstalled(
  t: TestContext,
  command: readonly string[],
  options: Pick<SpawnOptions, 'env' | 'cwd' | 'uid' | 'gid'> = { env: ownersEnvironment(), cwd: '/' },
): Promise<Started> {
  const [program = '', ...before] = command;
  const listeners = ['--listen=127.0.0.1:0', '--control=127.0.0.1:0', '--server-name=anna.test'];
  const child = spawn(program, [...before, '--headless', ...listeners], {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const { pid = 0 } = child;
  t.after(() => {
    // Only if a check failed before the node was stopped.
    if (child.stdout.readable) process.kill(-pid, 'SIGTERM');
  });
  // Its output is closed when the last process that writes to it has ended.
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  let printed = '';
  child.stderr.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const lines = createInterface({ input: child.stdout });
  const ready = new Promise<string | undefined>((resolve) => {
    lines.on('line', (line) => {
      if (line.startsWith('ready ')) resolve(line);
    });
    lines.once('close', () => resolve(undefined));
  });
  const control = /control=(\S+)/.exec((await ready) ?? '')?.[1];
  assert.ok(control, `the node is ready; it printed: ${printed}`);
  const link = /http:\/\/\S+#\/login\/\S+/.exec(printed)?.[0];
  assert.ok(link, `the node prints a login link before it is ready; it printed: ${printed}`);
  return {
    control,
    printed: () => printed,
    async openConsole() {
      const page = await (await launchBrowser()).newPage();
      await page.goto(link);
      await page.locator('main#content').waitFor();
      return page.getByRole('heading', { level: 1 }).first().innerText();
    },
    async stop() {
      child.kill('SIGTERM');
      return ended;
    },
    async interrupt() {
      process.kill(-pid, 'SIGINT');
      await ended;
    },
  };
}
