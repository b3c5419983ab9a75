import { createServer, type Server } from 'node:https';
import { type AddressInfo, isIP } from 'node:net';
import type { TestContext } from 'node:test';
import type { NodeConfig } from '../../../main/config.ts';
import { createLog } from '../../../main/kernel/log.ts';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { createNode, type ParacordNode } from '../../../main/node.ts';

export interface TlsNode {
  readonly node: ParacordNode;
  readonly url: string;
  readonly port: number;
}

/** A node behind its own self-signed certificate. */
export async function startTlsNode(
  t: Pick<TestContext, 'after'>,
  name: string,
  dataDir: string,
  port = 0,
): Promise<TlsNode> {
  const config: NodeConfig = {
    dataDir,
    listen: { host: '127.0.0.1', port },
    control: { host: '127.0.0.1', port: 0 },
    tls: { mode: 'self-signed' },
    publicUrl: null,
    version: 'test',
  };
  const node = createNode(config, systemPorts, { log: createLog('silent') });
  t.after(() => node.stop());
  const { federation } = await node.start();
  await node.api.setUp({ server_name: name, owner: 'owner' });
  return { node, url: federation, port: Number(new URL(federation).port) };
}

export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/**
 * A self-signed certificate for `host` (or for `names` instead, whatever they contain), by default valid from a day ago
 * until a day from now.
 */
export async function certificateFor(
  host: string,
  validMs: { readonly from?: number; readonly until?: number } = {},
  names: readonly { readonly type: 'dns' | 'ip' | 'url' | 'email'; readonly value: string }[] = [
    { type: isIP(host) === 0 ? 'dns' : 'ip', value: host },
  ],
): Promise<Pair> {
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const now = Date.now();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${host}`,
    notBefore: new Date(now + (validMs.from ?? -86_400_000)),
    notAfter: new Date(now + (validMs.until ?? 86_400_000)),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true),
      new x509.SubjectAlternativeNameExtension([...names]),
    ],
  });
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { cert: certificate.toString('pem'), key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY') };
}

export interface TlsServer {
  readonly port: number;
  /** Requests whose headers arrived. */
  readonly requests: { readonly url: string; readonly headers: NodeJS.Dict<string | string[]> }[];
  /** Handshakes that resumed an earlier TLS session. */
  readonly resumed: () => number;
}

export async function serveTls(
  t: Pick<TestContext, 'after'>,
  pair: Pair,
  options: {
    readonly port?: number;
    readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3';
    readonly status?: number;
  } = {},
): Promise<TlsServer> {
  const requests: TlsServer['requests'] = [];
  let resumed = 0;
  const server: Server = createServer(
    { ...pair, maxVersion: options.maxVersion ?? 'TLSv1.3' },
    (request, response) => {
      requests.push({ url: request.url ?? '', headers: request.headers });
      response.statusCode = options.status ?? 200;
      response.end('{}');
    },
  );
  server.on('secureConnection', (socket) => {
    if (socket.isSessionReused()) resumed++;
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { port: (server.address() as AddressInfo).port, requests, resumed: () => resumed };
}
