import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { http } from './node-http.ts';
import './connecting.ts';

interface Asked {
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Readable | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A request to the node on this computer. Unlike `fetch` and Node's usual agent, it never goes through a proxy that the
 * environment names: a proxy elsewhere doesn't reach this computer's loopback address, and must not see the token.
 */
export async function askHere(
  url: string,
  { method, headers: given, body, signal }: Asked,
): Promise<IncomingMessage> {
  // Node sends no length by itself with a DELETE.
  const length = typeof body !== 'string' ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const headers = { ...given, ...length };
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const call = http.request(url, { method, headers, agent: false, ...(signal ? { signal } : {}) }, resolve);
  call.once('error', reject);
  if (body === undefined || typeof body === 'string') call.end(body);
  else pipeline(body, call, (error) => error && reject(error));
  return await promise;
}
