import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { AcmeConfig } from '../../../shared/api/contract/tls.ts';
import { said } from '../../../shared/words/said.ts';
import { LeapingClock } from '../../support/leaping-clock.ts';
import { freePorts } from '../../support/nodes/free-ports.ts';
import {
  type CertifiedNode,
  type CertifiedNodeOptions,
  startCertifiedNode,
} from '../../support/nodes/tls-node.ts';
import { FakeAuthority, type FakeAuthorityOptions } from '../../support/parties/fake-authority.ts';
import { tempDir } from '../../support/temp.ts';
import { until } from '../../support/until.ts';
import { inEnglish } from '../../support/words.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;
const shortLived = { shortlived: 'https://ca.test/short', classic: 'https://ca.test/classic' };

async function authority(t: TestContext, options: Partial<FakeAuthorityOptions> = {}) {
  const clock = options.clock ?? new LeapingClock();
  return new FakeAuthority({ ...options, clock }).listen(t);
}

const acme = (directory: string, change: Partial<AcmeConfig> = {}): AcmeConfig => ({
  mode: 'acme',
  terms_agreed: true,
  names: ['chat.a.test'],
  email: null,
  directory,
  staging: null,
  challenge: null,
  http: { host: '127.0.0.1', port: 0 },
  ...change,
});

const start = (t: TestContext, tls: AcmeConfig, more: Partial<CertifiedNodeOptions> = {}) =>
  startCertifiedNode(t, { tls, ...more });

const certified = (node: CertifiedNode) =>
  until([node], 'the certificate', async () => (await node.certificate()).kind === 'acme');

const refused = (node: CertifiedNode) =>
  until([node], 'the refusal', async () => (await node.certificate()).problem);

test('an IP address gets a certificate with the short-lived profile if there is one, a name with the usual one', async (t) => {
  const ca = await authority(t, { profiles: shortLived });
  await certified(await start(t, acme(ca.directory, { names: ['192.0.2.7', '2001:db8::7'] })));
  await certified(await start(t, acme(ca.directory, { names: ['chat.a.test'] })));
  const plain = await authority(t);
  await certified(await start(t, acme(plain.directory, { names: ['192.0.2.7'] })));
  assert.deepEqual(
    [...ca.orders, ...plain.orders].map(({ identifiers, profile }) => ({ identifiers, profile })),
    [
      {
        identifiers: [
          { type: 'ip', value: '192.0.2.7' },
          { type: 'ip', value: '2001:db8::7' },
        ],
        profile: 'shortlived',
      },
      { identifiers: [{ type: 'dns', value: 'chat.a.test' }], profile: undefined },
      { identifiers: [{ type: 'ip', value: '192.0.2.7' }], profile: undefined },
    ],
  );
});

test('without configured names, a certificate is for the public address, or else for the server name', async (t) => {
  const ca = await authority(t);
  const tls = acme(ca.directory, { names: [] });
  await certified(await start(t, tls, { publicUrl: 'https://public.a.test:8448' }));
  const node = await start(t, tls, { name: 'named.test' });
  await certified(node);
  await node.api.changeSettings({ public_url: 'https://moved.test' });
  await until([node], 'the new name', async () => (await node.certificate()).names[0] === 'moved.test');
  assert.deepEqual(
    ca.orders.map(({ identifiers }) => identifiers.map(({ value }) => value)),
    [['public.a.test'], ['named.test'], ['moved.test']],
  );
});

test('a short-lived certificate is renewed after two thirds of its lifetime, and not again at once', async (t) => {
  const clock = new LeapingClock();
  const ca = await authority(t, { clock, profiles: shortLived, validMs: 6 * dayMs });
  const node = await start(t, acme(ca.directory, { names: ['192.0.2.7'] }), { clock });
  await certified(node);
  const first = (await node.certificate()).valid_until;
  await clock.leap(3 * dayMs);
  await clock.leap(dayMs - 5 * minuteMs);
  assert.equal(ca.orders.length, 1);
  await clock.leap(10 * minuteMs);
  await until([node], 'the renewal', async () => (await node.certificate()).valid_until > first);
  await clock.leap(7 * 60 * minuteMs);
  assert.equal(ca.orders.length, 2);
  assert.equal((await node.certificate()).problem, null);
});

test('the authority’s window decides when to renew, and the order names the certificate it replaces', async (t) => {
  const clock = new LeapingClock();
  const began = clock.now();
  let window = { start: began + 80 * dayMs, end: began + 81 * dayMs };
  const ca = await authority(t, { clock, window: () => window });
  const node = await start(t, acme(ca.directory), { clock });
  await certified(node);
  // The authority is asked again an hour after its answer was read.
  const isRead = () => clock.isSetFor(54 * minuteMs, 60 * minuteMs);
  await until([node], 'the window', () => ca.windowsAsked.length > 0 && isRead());
  await clock.leap(65 * dayMs);
  await until([node], 'the window again', () => ca.windowsAsked.length > 1 && isRead());
  assert.equal(ca.orders.length, 1, 'two thirds are over, but the authority has time');
  const [id] = ca.windowsAsked;
  assert.match(id ?? '', /^[\w-]+\.AJAB$/, 'key id, and a serial number whose first bit is set');
  window = { start: clock.now() - 2 * dayMs, end: clock.now() - dayMs };
  const first = (await node.certificate()).valid_until;
  await clock.leap(61 * minuteMs);
  await until([node], 'the renewal', async () => (await node.certificate()).valid_until > first);
  assert.deepEqual(
    ca.orders.map(({ replaces }) => replaces),
    [undefined, id],
  );
});

test('a new name is tried at the staging directory first; a name that fails there isn’t ordered for real', async (t) => {
  const clock = new LeapingClock();
  const [staging, ca] = [await authority(t, { clock }), await authority(t, { clock })];
  staging.refuse('/order', { status: 403, type: 'caa', detail: 'CAA forbids it' });
  const node = await start(t, acme(ca.directory, { staging: staging.directory }), { clock });
  assert.match(
    await refused(node),
    /^The CAA record of the name allows only other certificate authorities\. Add “0 issue/,
  );
  assert.deepEqual([staging.orders.length, ca.orders.length, ca.accounts.length], [0, 0, 0]);
  await clock.leap(2 * minuteMs);
  await certified(node);
  assert.deepEqual([staging.orders.length, ca.orders.length], [1, 1]);
  await clock.leap(61 * dayMs);
  await until([node], 'the renewal', () => ca.orders.length === 2);
  assert.equal(staging.orders.length, 1, 'a renewal is nothing new');
});

/** Returns the owner's sentence about a rate limit, up to this part. */
function limitedUntil(at: number, part: RegExp): string {
  const sentence = inEnglish(said('acme.rate_limited_until', { authority: 'x', at })).replace(/^x /, '');
  return part.exec(sentence)?.[0] ?? assert.fail(sentence);
}

test('a rate limit is respected, also across restarts, and the owner learns once until when it lasts', async (t) => {
  const clock = new LeapingClock();
  const ca = await authority(t, { clock });
  const limit = { status: 429, type: 'rateLimited', detail: 'too many', headers: { 'retry-after': '7200' } };
  ca.refuse('/order', limit, limit);
  const dataDir = tempDir(t);
  const node = await start(t, acme(ca.directory), { clock, dataDir });
  const limited = limitedUntil(clock.now() + 7_200_000, /.*\d:/);
  const problem = await refused(node);
  assert.ok(problem.includes(limited), problem);
  await clock.leap(60 * minuteMs);
  await node.stop();
  const again = await start(t, acme(ca.directory), { clock, dataDir });
  assert.equal((await again.certificate()).problem, problem);
  await clock.leap(30 * minuteMs);
  assert.equal(ca.refusals.get('/order')?.length, 1, 'nothing was asked meanwhile');
  await clock.leap(31 * minuteMs);
  await until([again], 'the second refusal', async () => (await again.certificate()).problem !== problem);
  assert.equal(ca.refusals.get('/order')?.length, 0);
  await clock.leap(121 * minuteMs);
  await certified(again);
  assert.deepEqual(
    node.notices.filter((text) => text.includes('accepts no more orders')),
    [problem],
  );
});

test('a refused nonce is replaced, and a lost account is created again with the same key', async (t) => {
  const ca = await authority(t);
  const stale = { status: 400, type: 'badNonce' };
  ca.refuse('/account', stale, stale);
  ca.refuse('/order', stale, { status: 400, type: 'accountDoesNotExist' });
  const node = await start(t, acme(ca.directory, { email: 'ann@a.test' }));
  await certified(node);
  const [first, second] = ca.accounts;
  assert.deepEqual(first, second);
  assert.deepEqual(ca.contacts[0], ['mailto:ann@a.test']);
});

test('accounts that cannot be read are left as they are', async (t) => {
  const ca = await authority(t);
  const dataDir = tempDir(t);
  writeFileSync(join(dataDir, 'acme-accounts.json'), '{"version":1,"accou');
  const node = await start(t, acme(ca.directory), { dataDir });
  assert.match(
    await refused(node),
    /acme-accounts\.json can’t be read\. It was left unchanged .*move it away/,
  );
  assert.equal(ca.orders.length, 0);
});

test('a request to an authority that answers nonsense, or not at all, is retried later', async (t) => {
  const clock = new LeapingClock();
  const ca = await authority(t, { clock });
  const node = await start(t, acme(`${ca.url}/nothing`), { clock });
  assert.match(await refused(node), /\(directory\) doesn’t conform to RFC 8555|answered with status 404/);
  const [port] = await freePorts(1);
  const silent = await start(t, acme(`http://127.0.0.1:${port}/directory`), { clock });
  assert.match(
    await refused(silent),
    /127\.0\.0\.1:\d+ can’t be reached \(ECONNREFUSED\)\. Your server retries/,
  );
});

test('an authority can ask for proof of each name once, and for nothing else', async (t) => {
  const [ours, other] = [
    { type: 'dns', value: 'chat.a.test' },
    { type: 'dns', value: 'more.a.test' },
  ];
  const names = ['chat.a.test', 'more.a.test'];
  const fine = await authority(t, { proved: [other, { ...ours, value: 'Chat.A.test' }] });
  await certified(await start(t, acme(fine.directory, { names })));
  for (const proved of [
    Array(1000).fill(ours),
    [ours, ours],
    [ours, { type: 'dns', value: 'foreign.test' }],
    [{ type: 'ip', value: 'chat.a.test' }],
  ]) {
    const ca = await authority(t, { proved });
    const node = await start(t, acme(ca.directory, { names }));
    assert.match(await refused(node), /wants proof of something that wasn’t ordered/);
    const { kind, stands_in } = await node.certificate();
    assert.deepEqual([kind, stands_in], ['self-signed', true]);
  }
});

/** Gives the same answer to everything, and counts. */
async function server(t: TestContext, answer: (response: ServerResponse) => void) {
  let asked = 0;
  const listening = createServer((_request, response) => {
    asked++;
    answer(response);
  }).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  t.after(() => listening.close());
  const { port } = listening.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, asked: () => asked };
}

test('redirects by an authority aren’t followed, and overlong answers aren’t read', async (t) => {
  const elsewhere = await server(t, (response) => response.end('{}'));
  const moved = await server(t, (response) => response.writeHead(302, { location: elsewhere.url }).end());
  assert.match(await refused(await start(t, acme(moved.url))), /can’t be reached \(unexpected redirect\)/);
  assert.deepEqual([moved.asked(), elsewhere.asked()], [1, 0]);
  const talker = await server(t, (response) => response.end(`{"a":"${'x'.repeat(131_072)}"}`));
  assert.match(await refused(await start(t, acme(talker.url))), /the answer is larger than 131,072 bytes/);
});

test('an authority that asks to wait forever is asked again after a week', async (t) => {
  const clock = new LeapingClock();
  const ca = await authority(t, { clock });
  const headers = { 'retry-after': '99999999999' };
  ca.refuse('/order', { status: 429, type: 'rateLimited', headers });
  const node = await start(t, acme(ca.directory), { clock });
  const limited = limitedUntil(clock.now() + 7 * dayMs, /.*\d{4}/);
  assert.ok((await refused(node)).includes(limited));
});
