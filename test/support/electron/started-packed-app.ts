/** Starts the packed app and calls it. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { watch } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { debugFlag, inPage } from './page-of.ts';

export function start(
  t: Pick<TestContext, 'after'>,
  program: string,
  dataDir: string,
  ...more: string[]
): ChildProcess {
  const flags = ['--listen=127.0.0.1:0', '--control=127.0.0.1:0', '--tls=off', debugFlag];
  const app = spawn(program, [`--data-dir=${dataDir}`, ...flags, ...more], { stdio: 'inherit' });
  t.after(() => app.kill('SIGKILL'));
  return app;
}

export interface Control {
  readonly url: string;
  readonly token: string;
}

/** Reads how to call the node; `null` if it doesn't start within this many seconds. */
export async function control(dataDir: string, seconds: number): Promise<Control | null> {
  const file = join(dataDir, 'control.json');
  const read = (): Control | null => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null);
  // The file is written under another name first, so it is complete once it exists. The watcher doesn't report a file
  // that was there before it.
  const done = new AbortController();
  const signal = AbortSignal.any([done.signal, AbortSignal.timeout(seconds * 1000)]);
  const changes = watch(dataDir, { signal })[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = changes.next();
      const found = read();
      if (found) {
        next.catch(() => {});
        done.abort();
        return found;
      }
      await next;
    }
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
  }
  return read();
}

export async function call(
  { url, token }: Control,
  method: string,
  path: string,
  input?: object,
): Promise<unknown> {
  const response = await fetch(`${url}/api/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(input ? { body: JSON.stringify(input) } : {}),
  });
  assert.ok(response.ok, `${path}: ${response.status} ${await response.clone().text()}`);
  return response.json();
}

/** Answers the question about the sandbox like the owner. */
export function allowUnsandboxed(dataDir: string): void {
  mkdirSync(join(dataDir, 'desktop'), { recursive: true });
  writeFileSync(join(dataDir, 'desktop', 'preferences.json'), '{"unsandboxed":true}');
}

type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: object };

/** Calls the app as its page does. */
export async function callShell<T>(dataDir: string, procedure: string): Promise<T> {
  const expression = `window.paracord.shell.${procedure}({}, 'en')`;
  const answer = await inPage<Answer<T>>(join(dataDir, 'desktop'), 'app://paracord/', expression);
  assert.ok(answer.ok, JSON.stringify(answer));
  return answer.value;
}
