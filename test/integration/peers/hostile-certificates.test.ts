import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { lookAtCertificate } from '../../../main/doctor/certificate.ts';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { certificateFor, serveTls } from '../../support/attack/tls.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import { Detour } from '../../support/parties/detour.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const typed = { byOwner: true, tlsSha256: null };
const dns = (value: string) => ({ type: 'dns', value }) as const;

/** An uncaught exception in a socket's event would end the process; here it fails the test. */
const hostile = {
  'an address with an interface': [dns('fe80::1%1')],
  'an address with an interface, in brackets': [dns('[fe80::1%eth0]')],
  'names within a name': [dns('a.test, DNS:b.test')],
  quotes: [dns('"a.test"'), dns('"'), dns('\\')],
  'zero bytes': [dns('a.test\u0000b.test')],
  'nothing in it': [dns('')],
  'no name of a host': [
    { type: 'url', value: 'http://[fe80::1%1]' },
    { type: 'email', value: 'a@b.test' },
  ],
  'very many': Array.from({ length: 500 }, (_, i) => dns(`n${i}.test`)),
} as const;

for (const [what, names] of Object.entries(hostile))
  test(`a certificate that names ${what} is checked without harm to the node`, async (t) => {
    const { port } = await serveTls(t, await certificateFor('raw.test', {}, names));
    const http = new Detour();
    const a = await startLocalNode(t, { name: 'a.test', parts: { http } });
    const raw = await new RawPeer('raw.test').listen(t);
    await a.api.addPeer({ endpoint: raw.url });
    for (const host of ['localhost', '127.0.0.1']) {
      await http.strand(a.api, 'raw.test', `https://${host}:${port}`, raw.url);
      const check = await a.api.checkPeer({ server_name: 'raw.test' });
      const step = check.steps.find(({ step }) => step === 'tls');
      assert.equal(step?.result, 'failed');
      assert.match(step?.text ?? '', /^The certificate/);
    }
    await assert.rejects(a.api.addPeer({ endpoint: `https://localhost:${port}` }));
  });

test('a name that looks like several is shown as the one it is', async (t) => {
  const pair = await certificateFor('x', {}, [dns('a.test, DNS:b.test'), dns('c.test')]);
  const { port } = await serveTls(t, pair);
  const { facts } = await lookAtCertificate(new URL(`https://127.0.0.1:${port}`), typed, systemPorts.clock);
  assert.deepEqual(facts.names, ['"a.test\\u002c dns:b.test"', 'c.test']);
});

test('a handshake that arrives byte by byte hits our time limit', {
  timeout: 4_000,
}, async (t) => {
  const url = await dripping(t);
  const clock = new VirtualClock();
  const looked = assert.rejects(lookAtCertificate(url, typed, clock), /didn’t finish within 5 seconds/);
  await clock.advance(5_000);
  await looked;
});

/** Answers with the header of a TLS record, and then with one byte of it at a time: never idle, never done. */
async function dripping(t: TestContext): Promise<URL> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.write(Buffer.of(0x16, 3, 3, 0x40, 0));
    const drip = setInterval(() => socket.write(Buffer.of(0)), 100);
    socket.on('close', () => clearInterval(drip));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
}
