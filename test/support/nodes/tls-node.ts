import { type Agent, get } from 'node:https';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls';
import { createLog } from '../../../main/kernel/log.ts';
import { type Clock, systemPorts } from '../../../main/kernel/ports.ts';
import type { NamesWorld } from '../../../main/names/kept-name.ts';
import { createNode } from '../../../main/node.ts';
import type { TlsConfig } from '../../../shared/api/contract/tls.ts';
import type { CertificateView } from '../../../shared/api/views/node-views.ts';
import { atEnd } from '../at-end.ts';
import { tempDir } from '../temp.ts';
import { inEnglish } from '../words.ts';
import { freePorts } from './free-ports.ts';
import { type LocalNode, pagesDir } from './local-node.ts';

export interface CertifiedNodeOptions {
  readonly tls: TlsConfig;
  readonly name?: string;
  readonly dataDir?: string;
  readonly port?: number;
  readonly clock?: Clock;
  readonly publicUrl?: string;
  /** Whether `tls` is a setting instead of a flag. */
  readonly bySetting?: boolean;
  readonly waitsForPort?: boolean;
  readonly setUp?: boolean;
  readonly names?: NamesWorld;
}

export interface CertifiedNode extends LocalNode {
  readonly port: number;
  certificate(): Promise<CertificateView>;
  /** The notices to the owner since the start. */
  readonly notices: readonly string[];
}

/** A complete node in this process, with a certificate from any of the possible sources. */
export async function startCertifiedNode(
  t: Pick<TestContext, 'after'>,
  options: CertifiedNodeOptions,
): Promise<CertifiedNode> {
  const name = options.name ?? 'a.test';
  const dataDir = options.dataDir ?? tempDir(t);
  const [port = 0] = await freePorts(1);
  const node = createNode(
    {
      dataDir,
      listen: { host: '127.0.0.1', port: options.port ?? port },
      control: { host: '127.0.0.1', port: 0 },
      tls: options.tls,
      byFlag: new Set(options.bySetting ? [] : (['tls'] as const)),
      publicUrl: options.publicUrl ?? null,
      pagesDir,
      waitsForPort: options.waitsForPort === true,
      version: 'test',
    },
    { ...systemPorts, clock: options.clock ?? systemPorts.clock },
    { log: createLog('silent'), ...(options.names && { names: options.names }) },
  );
  const notices: string[] = [];
  node.changes.subscribe(({ change }) => {
    if (change.topic === 'notice') notices.push(inEnglish(change.said));
  });
  atEnd(t, () => node.stop());
  if (options.setUp !== false) await node.api.setUp({ server_name: name, owner: 'owner' });
  const { federation, control } = await node.start();
  return {
    name,
    api: node.api,
    node,
    url: federation,
    control,
    dataDir,
    notices,
    port: Number(URL.parse(federation)?.port ?? 0),
    stop: () => node.stop(),
    async certificate() {
      const { certificate } = (await node.api.status({})).listener;
      if (!certificate) throw new Error('no certificate');
      return certificate;
    },
  };
}

/** The certificate that a listener shows for this name; `ca` checks it as a stranger would. */
export function shownCertificate(port: number, serverName: string, ca?: string): Promise<PeerCertificate> {
  const { promise, resolve, reject } = Promise.withResolvers<PeerCertificate>();
  const socket: TLSSocket = connect(
    {
      port,
      host: '127.0.0.1',
      servername: serverName,
      ALPNProtocols: ['http/1.1'],
      ...(ca === undefined ? { rejectUnauthorized: false } : { ca: [ca] }),
    },
    () => {
      resolve(socket.getPeerCertificate());
      socket.destroy();
    },
  );
  socket.on('error', reject);
  return promise;
}

export interface Asked {
  readonly status: number | undefined;
  readonly socket: TLSSocket;
  readonly reused: boolean;
}

/** A request over an agent's kept connections. Returns which connection it used. */
export async function askOver(agent: Agent, url: string): Promise<Asked> {
  const { promise, resolve, reject } = Promise.withResolvers<Asked>();
  const request = get(url, { agent, rejectUnauthorized: false }, async (response) => {
    const asked = {
      status: response.statusCode,
      socket: response.socket as TLSSocket,
      reused: request.reusedSocket,
    };
    await text(response);
    resolve(asked);
  });
  request.on('error', reject);
  return promise;
}
