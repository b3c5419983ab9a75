import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import type { TestContext } from 'node:test';
import { createLeaderSide, type LeaderSideOptions } from '../../../main/http/between/leader-side.ts';
import { StandbySide, type StandbySideParts } from '../../../main/http/between/standby-side.ts';
import { listen } from '../../../main/http/listen.ts';
import type { Leader } from '../../../main/kernel/lead.ts';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { makeKey, makeSelfSigned } from '../../../main/tls/x509.ts';
import type { Api } from '../../../shared/api/contract.ts';
import { federationPrefix } from '../../../shared/protocol/transport.ts';

const { clock, random } = systemPorts;
/** What both nodes prove that they know. */
export const betweenKey = Buffer.alloc(32, 1);
const key = betweenKey;

/** Both nodes, with real TLS between them, and a listener of the standby. */
export async function betweenPair(
  t: TestContext,
  given: Partial<LeaderSideOptions> = {},
  standbyKey = key,
  more: Partial<StandbySideParts> = {},
) {
  const pem = await makeKey();
  const cert = await makeSelfSigned(pem, clock.now(), 60_000);
  const calls: unknown[] = [];
  const echo: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      calls.push([
        request.method,
        request.url,
        request.headers['x-paracord-signature'],
        request.headers.host,
      ]);
      response.writeHead(202, { 'x-answer': 'yes' }).end(`got ${Buffer.concat(chunks)}`);
    });
  };
  const api = {
    async postMessage(input: object) {
      calls.push(input);
      return { event_id: '$1:a.test' };
    },
    async rooms() {
      throw new Error('a standby reads itself');
    },
  } as unknown as Api;
  const side = createLeaderSide({
    ...{ key, token: 3, clock, federation: echo, apiIn: () => api, mayAnswer: () => {} },
    push: async () => ({ status: 500, body: 'not in this test' }),
    carriers: { open() {}, carried() {} },
    ...{ log: { error: () => {} }, ...given },
  });
  const tls = { cert, key: pem };
  const leading = await listen(side, { host: '127.0.0.1', port: 0, tls, clock });
  let leader: Leader | null = { name: 'one', url: leading.url, cert, token: 3 };
  const standby = new StandbySide({
    ...{ leader: () => leader, key: () => standbyKey, isUpToDate: () => true, clock, random },
    ahead: { isKnown: () => false, verify: async () => null },
    http: { request: () => assert.fail(), seenCertificate: () => null, close: async () => {} },
    failurePage: (code) => `${code}.md`,
    ...more,
  });
  const front = await listen((request, response) => standby.pass(request, response), {
    ...{ host: '127.0.0.1', port: 0, clock },
  });
  const [pushRoute] = standby.routesOver([
    { method: 'POST', path: `${federationPrefix}/event`, handle: async () => ({ status: 0, body: '' }) },
  ]);
  const push = (text: string, headers: Readonly<Record<string, string[]>> = {}) =>
    pushRoute!.handle({
      ...{ method: 'POST', target: `${federationPrefix}/event`, from: '192.0.2.1', params: {} },
      ...{ query: new URLSearchParams(), header: (name) => headers[name] ?? [] },
      body: async () => Buffer.from(text),
    });
  t.after(async () => {
    await standby.close();
    await Promise.all([front.close(0), leading.close(0)]);
  });
  const become = (other: Partial<Leader> | null) => {
    leader = other && { name: 'one', url: leading.url, cert, token: 3, ...other };
  };
  return { calls, standby, url: front.url, leading, become, cert, push };
}

/** What a standby finds where the database says that a leader is. */
export async function anotherLeader(
  t: TestContext,
  answer: RequestListener,
): Promise<Pick<Leader, 'url' | 'cert'>> {
  const key = await makeKey();
  const cert = await makeSelfSigned(key, clock.now(), 60_000);
  const listening = await listen(answer, { host: '127.0.0.1', port: 0, tls: { cert, key }, clock });
  t.after(() => listening.close(0));
  return { url: listening.url, cert };
}
