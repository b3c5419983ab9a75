import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type ClientFetch, createClient } from '../../../shared/api/client.ts';
import type { Api } from '../../../shared/api/contract.ts';
import { binPath } from '../nodes/child-node.ts';
import { tempDir } from '../temp.ts';
import type { Place } from './netns.ts';

export const relay = fileURLToPath(new URL('./relay.ts', import.meta.url));

export interface PlacedNode {
  readonly api: Api;
  /** SIGTERM; resolves with the exit code and what it wrote to stderr. */
  stop(): Promise<{ readonly code: number | null; readonly stderr: string }>;
}

/** A node as its owner starts it, in a namespace. A relay makes its API available to the test. */
export async function startPlacedNode(
  t: Pick<TestContext, 'after'>,
  place: Place,
  name: string,
  flags: readonly string[] = [],
  /** The beginning of its command, such as `env NAME=value`. */
  begin: readonly string[] = [],
): Promise<PlacedNode> {
  const dir = tempDir(t);
  const dataDir = join(dir, 'node');
  const [command = '', ...before] = [...begin, process.execPath];
  const child = place.spawn(t, command, [
    ...[...before, binPath],
    ...['--headless', '--data-dir', dataDir, '--server-name', name],
    ...['--listen', '0.0.0.0:8448', '--control', '127.0.0.1:0', '--log-level', 'warn'],
    ...flags,
  ]);
  const exited = once(child, 'exit') as Promise<[number | null]>;
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) if (line.startsWith('ready ')) break;
  if (child.exitCode !== null) throw new Error(`${name} ended before it was ready: ${stderr}`);
  child.stdout.resume();
  const { url, token } = JSON.parse(readFileSync(join(dataDir, 'control.json'), 'utf8')) as {
    url: string;
    token: string;
  };
  const socketPath = join(dir, 'control.sock');
  const carrier = place.spawn(t, process.execPath, [relay, socketPath, new URL(url).port]);
  await once(carrier.stdout, 'data');
  return {
    api: createClient({ baseUrl: url, token, fetch: fetchThrough(socketPath) }),
    async stop() {
      child.kill('SIGTERM');
      const [code] = await exited;
      carrier.kill('SIGKILL');
      return { code, stderr };
    },
  };
}

/** Also returns what an answer's headers say. */
export type FetchThrough = (
  ...call: Parameters<ClientFetch>
) => Promise<Awaited<ReturnType<ClientFetch>> & { readonly headers: IncomingHttpHeaders }>;

/** Calls by way of a relay (relay.ts), which listens on this socket. */
export const fetchThrough =
  (socketPath: string): FetchThrough =>
  async (url, { method, headers, body }) => {
    const { host, pathname, search } = new URL(url);
    const call = request({
      socketPath,
      agent: false,
      method,
      path: pathname + search,
      headers: {
        ...headers,
        host,
        ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      },
    });
    call.end(body);
    const [response] = await once(call, 'response');
    const said = await text(response);
    return { status: response.statusCode, headers: response.headers, text: async () => said };
  };
