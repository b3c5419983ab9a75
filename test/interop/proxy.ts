import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { federationPrefix } from '../../shared/protocol/transport.ts';
import type { Afterwards } from './afterwards.ts';

/** A proxy to a server that passes on every call except events. */
export async function deafToEvents(jobs: Afterwards, url: string): Promise<string> {
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    if (req.method === 'POST' && req.url === `${federationPrefix}/event`) {
      res.writeHead(503).end();
      return;
    }
    const headers = Object.entries(req.headers).flatMap(([name, value]): [string, string][] =>
      typeof value === 'string' && !/^(?:host|connection|content-length)$/.test(name) ? [[name, value]] : [],
    );
    const body = chunks.length > 0 ? { body: Buffer.concat(chunks) } : {};
    const answer = await fetch(url + req.url, { method: req.method ?? 'GET', headers, ...body }).catch(
      () => null,
    );
    const type = answer?.headers.get('content-type');
    res.writeHead(answer?.status ?? 502, type ? { 'content-type': type } : {});
    res.end(answer ? Buffer.from(await answer.arrayBuffer()) : '');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  jobs.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
