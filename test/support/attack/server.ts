import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createNetServer } from 'node:net';
import type { TestContext } from 'node:test';
import { federationPrefix, wellKnownPath } from '../../../shared/protocol/transport.ts';

export interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body: unknown;
}

export interface Impostor {
  readonly url: string;
  readonly port: number;
  /** Request targets, in order. */
  readonly asked: string[];
}

export async function serve(t: Pick<TestContext, 'after'>, handler: RequestListener): Promise<Impostor> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, asked };
}

const publicKey = 'ab'.repeat(32);

/** The answers of a well-behaved server to discovery. */
export const decent = (name: string) => ({
  wellKnown: {
    server_name: name,
    domain: name,
    federation_endpoint: federationPrefix,
    enabled: true,
    version: 'federation-v1',
  },
  keys: {
    server_name: name,
    keys: [{ server_name: name, key_id: 'k1', public_key: publicKey, valid_until: Date.now() + 86_400_000 }],
  },
});

/** A server that gives the specified answers to discovery, and nothing else. */
export function impostor(
  t: Pick<TestContext, 'after'>,
  wellKnown: Answer,
  keys: Answer = { body: decent('evil.test').keys },
): Promise<Impostor> {
  return serve(t, (request, response) => {
    const path = (request.url ?? '').split('?')[0];
    const answer =
      path === wellKnownPath
        ? wellKnown
        : path === `${federationPrefix}/keys`
          ? keys
          : { status: 404, body: {} };
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
  });
}

/** A port that counts connections, on both loopback addresses if there are two. */
export async function tripwire(
  t: Pick<TestContext, 'after'>,
): Promise<{ port: number; touched: () => number }> {
  let touched = 0;
  const count = () => {
    const server = createNetServer((socket) => {
      touched++;
      socket.destroy();
    });
    t.after(() => server.close());
    return server;
  };
  const first = count();
  await new Promise<void>((resolve) => first.listen(0, '127.0.0.1', resolve));
  const { port } = first.address() as AddressInfo;
  const second = count();
  await new Promise<void>((resolve) => {
    second.once('error', () => resolve());
    second.listen(port, '::1', resolve);
  });
  return { port, touched: () => touched };
}
