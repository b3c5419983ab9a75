import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import type { RawAnswer } from '../parties/raw-peer.ts';

/** Bytes on a socket, for requests that `fetch` wouldn't send. */
export interface Line {
  readonly socket: Socket;
  /** Everything that was received until the other side closed. */
  readonly end: Promise<string>;
}

export async function open(base: string): Promise<Line> {
  const { hostname, port } = new URL(base);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // A reset while we are still writing is one way of being refused.
  socket.on('error', () => {});
  const end = new Promise<string>((resolve) =>
    socket.once('close', () => resolve(Buffer.concat(chunks).toString('utf8'))),
  );
  await once(socket, 'connect');
  return { socket, end };
}

/** The HTTP server of this process behind an address: what bounds slow clients is its property. */
export async function serverOf(t: Pick<TestContext, 'after'>, base: string, path: string): Promise<Server> {
  const started = channel('http.server.request.start');
  const { promise, resolve } = Promise.withResolvers<Server>();
  const { port } = new URL(base);
  const listener = (message: unknown) => {
    const { server, socket } = message as { server: Server; socket: { localPort: number } };
    if (String(socket.localPort) === port) resolve(server);
  };
  started.subscribe(listener);
  t.after(() => started.unsubscribe(listener));
  await fetch(base + path);
  return promise;
}

/** Sends these bytes and returns everything that was received until the other side closed. */
export async function throwAt(base: string, ...parts: readonly (string | Buffer)[]): Promise<string> {
  const { socket, end } = await open(base);
  for (const part of parts) socket.write(part);
  return end;
}

export type HeaderLines = readonly (readonly [name: string, value: string])[];

/** A hand-written request, with header lines in this order, duplicates included. */
export function written(method: string, target: string, headers: HeaderLines, body = ''): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `${method} ${target} HTTP/1.1\r\nHost: node.test\r\nConnection: close\r\n${lines}\r\n${body}`;
}

/** Like `written`, with a Content-Length. */
export function writtenWithLength(
  method: string,
  target: string,
  headers: HeaderLines,
  body: string,
): string {
  const length = ['Content-Length', String(Buffer.byteLength(body))] as const;
  return written(method, target, [...headers, length], body);
}

/** The first answer in what was received; status 0 if there was none. */
export function answerIn(text: string): RawAnswer {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1] ?? 0);
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const bodyText = rest.join('\r\n\r\n');
  let body: unknown = bodyText;
  try {
    body = JSON.parse(bodyText);
  } catch {
    // left as text
  }
  return { status, headers, body: body as Record<string, unknown> };
}

/** How many answers were received on one connection. */
export const answersIn = (text: string): number => text.match(/HTTP\/1\.1 \d{3} /g)?.length ?? 0;

export async function ask(
  base: string,
  method: string,
  target: string,
  headers: HeaderLines,
  body?: string,
): Promise<RawAnswer> {
  const bytes =
    body === undefined ? written(method, target, headers) : writtenWithLength(method, target, headers, body);
  return answerIn(await throwAt(base, bytes));
}
