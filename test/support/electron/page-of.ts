/** Runs code in the page of an app that was started with `--remote-debugging-port=0`. */
import { on, once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { watch } from 'node:fs/promises';
import { join } from 'node:path';

export const debugFlag = '--remote-debugging-port=0';
const patienceMs = 60_000;

/** The part of the Chrome DevTools Protocol that we need. */
interface Messages {
  readonly id?: number;
  readonly method?: string;
  readonly params?: {
    readonly targetInfo: { readonly targetId: string; readonly type: string; readonly url: string };
  };
  readonly result?: {
    readonly sessionId?: string;
    readonly result?: { readonly value: unknown };
    readonly exceptionDetails?: { readonly exception?: { readonly description?: string } };
  };
}

/** `profile`: Chromium's data folder. Waits until there is a page whose address begins with `address`. */
export async function inPage<T>(profile: string, address: string, expression: string): Promise<T> {
  const file = join(profile, 'DevToolsActivePort');
  await there(profile, file);
  const [port, path] = readFileSync(file, 'utf8').split('\n');
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
  const signal = AbortSignal.timeout(patienceMs);
  const messages = on(socket, 'message', { signal, close: ['close'] });
  /** Earlier messages don't matter, and there is only one call at a time. */
  const heard = async (wanted: (message: Messages) => boolean): Promise<Messages> => {
    for (;;) {
      const { done, value } = (await messages.next()) as IteratorResult<[{ data: string }]>;
      if (done) throw new Error('the page is gone');
      const message = JSON.parse(value[0].data) as Messages;
      if (wanted(message)) return message;
    }
  };
  const call = (id: number, method: string, params: object, sessionId?: string): Promise<Messages> => {
    socket.send(JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) }));
    return heard((message) => message.id === id);
  };
  try {
    await once(socket, 'open', { signal });
    const isPage = ({ params }: Messages): boolean =>
      params?.targetInfo?.type === 'page' && params.targetInfo.url.startsWith(address);
    socket.send(JSON.stringify({ id: 1, method: 'Target.setDiscoverTargets', params: { discover: true } }));
    const { targetId } = (await heard(isPage)).params!.targetInfo;
    const attached = await call(2, 'Target.attachToTarget', { targetId, flatten: true });
    const asked = { expression, awaitPromise: true, returnByValue: true };
    const { result } = await call(3, 'Runtime.evaluate', asked, attached.result?.sessionId);
    if (result?.exceptionDetails) throw new Error(result.exceptionDetails.exception?.description);
    return result?.result?.value as T;
  } finally {
    socket.close();
  }
}

async function there(folder: string, file: string): Promise<void> {
  const changes = watch(folder, { signal: AbortSignal.timeout(patienceMs) });
  // Two lines: the port, and the path.
  const isThere = (): boolean => existsSync(file) && readFileSync(file, 'utf8').includes('\n/');
  if (isThere()) return;
  for await (const _change of changes) if (isThere()) return;
}
