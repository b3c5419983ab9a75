/** An installed node: started by its command, opened in a browser, and stopped by a signal. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
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
  /** Opens the printed link in a browser and gives the first heading. */
  openConsole(): Promise<string>;
  /** Sends SIGTERM to the command and gives its exit code. */
  stop(): Promise<number | null>;
}

export async function startInstalled(t: TestContext, command: readonly string[]): Promise<Started> {
  const [program = '', ...before] = command;
  const listeners = ['--listen=127.0.0.1:0', '--control=127.0.0.1:0', '--server-name=anna.test'];
  const child = spawn(program, [...before, '--headless', ...listeners], {
    env: ownersEnvironment(),
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGTERM'));
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let printed = '';
  child.stderr.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  for await (const line of createInterface({ input: child.stdout })) if (line.startsWith('ready ')) break;
  const link = /http:\/\/\S+#\/login\/\S+/.exec(printed)?.[0];
  assert.ok(link, `the node prints a login link before it is ready; it printed: ${printed}`);
  return {
    async openConsole() {
      const page = await (await launchBrowser()).newPage();
      await page.goto(link);
      await page.locator('main#content').waitFor();
      return page.getByRole('heading', { level: 1 }).first().innerText();
    },
    async stop() {
      child.kill('SIGTERM');
      return exited;
    },
  };
}
