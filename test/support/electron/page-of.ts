/** Runs code in the page of an app that was started with `--remote-debugging-port=0`, as Chromium offers it. */
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as rest } from 'node:timers/promises';

export const debugFlag = '--remote-debugging-port=0';

interface Target {
  readonly type: string;
  readonly url: string;
  readonly webSocketDebuggerUrl: string;
}

/** `profile`: where Chromium keeps its data. Waits until there is a page whose address begins with `address`. */
export async function inPage<T>(
  profile: string,
  address: string,
  expression: string,
  patienceMs = 60_000,
): Promise<T> {
  const socket = new WebSocket(await pageAt(profile, address, patienceMs));
  const gone = once(socket, 'close').then(() => {
    throw new Error('the page is gone');
  });
  try {
    await Promise.race([once(socket, 'open'), gone]);
    const answer = once(socket, 'message');
    const params = { expression, awaitPromise: true, returnByValue: true };
    socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params }));
    const [{ data }] = (await Promise.race([answer, gone])) as [{ data: string }];
    const { result } = JSON.parse(data) as {
      result: { result: { value: T }; exceptionDetails?: { exception?: { description?: string } } };
    };
    if (result.exceptionDetails) throw new Error(result.exceptionDetails.exception?.description);
    return result.result.value;
  } finally {
    gone.catch(() => {});
    socket.close();
  }
}

/** Nothing tells when a page is there. */
async function pageAt(profile: string, address: string, patienceMs: number): Promise<string> {
  const file = join(profile, 'DevToolsActivePort');
  for (const until = Date.now() + patienceMs; Date.now() < until; await rest(200)) {
    if (!existsSync(file)) continue;
    const [port] = readFileSync(file, 'utf8').split('\n');
    const listed = await fetch(`http://127.0.0.1:${port}/json/list`).catch(() => null);
    if (!listed?.ok) continue;
    const targets = (await listed.json()) as Target[];
    const page = targets.find(({ type, url }) => type === 'page' && url.startsWith(address));
    if (page) return page.webSocketDebuggerUrl;
  }
  throw new Error(`no page ${address} within ${patienceMs / 1000} s`);
}
