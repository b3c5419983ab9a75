import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemPorts } from '../../../../main/kernel/ports.ts';
import { NameProblem } from '../../../../main/names/provider.ts';
import { Desec } from '../../../../main/names/providers/desec.ts';
import { DuckDns } from '../../../../main/names/providers/duckdns.ts';
import { DnsUpdates } from '../../../../main/names/providers/rfc2136.ts';
import { fetchTransport } from '../../../../main/tls/transport.ts';
import { noKnot, startKnot } from '../../../support/daemons/knot.ts';
import { freePorts } from '../../../support/nodes/free-ports.ts';
import { FakeDesec, FakeDuckDns } from '../../../support/parties/dns-providers.ts';

const { clock } = systemPorts;
const { signal } = new AbortController();
const address = '81.2.69.160';

async function desecFor(t: TestContext, name = 'anna.dedyn.io', token?: string) {
  const fake = await new FakeDesec().listen(t);
  fake.domains.set('anna.dedyn.io', 60).set('ben.example', 3600);
  const transport = fetchTransport(clock, 'test', [new URL(fake.url).host]);
  const urls = { api: `${fake.url}/api`, outside: `${fake.url}/outside` };
  const parts = { name, token: token ?? fake.token, transport, clock, signal };
  return { fake, desec: new Desec(parts, urls) };
}

async function duckFor(t: TestContext, token?: string) {
  const fake = await new FakeDuckDns().listen(t);
  const transport = fetchTransport(clock, 'test', [new URL(fake.url).host]);
  const parts = { name: 'anna.duckdns.org', token: token ?? fake.token, transport, clock, signal };
  return { fake, duck: new DuckDns(parts, fake.url) };
}

/** The problem's message, and when to try again. */
const problem = async (doing: Promise<unknown>): Promise<NameProblem> => {
  const error = await doing.then(
    () => null,
    (why: unknown) => why,
  );
  assert.ok(error instanceof NameProblem, String(error));
  return error;
};

test('deSEC gets one address, of whichever family, and loses it again', async (t) => {
  const { fake, desec } = await desecFor(t);
  await desec.point(address);
  assert.deepEqual([...fake.records], [['A anna.dedyn.io', [address]]]);
  await desec.point('2a02:810d::7');
  assert.deepEqual([...fake.records], [['AAAA anna.dedyn.io', ['2a02:810d::7']]]);
  await desec.point(null);
  assert.equal(fake.records.size, 0);
  assert.equal(await desec.outside(), fake.outside);
});

test('a name below a domain at deSEC, and its proof, go into that domain with its smallest TTL', async (t) => {
  const { fake, desec } = await desecFor(t, 'chat.home.ben.example');
  await desec.point(address);
  await desec.prove('proof');
  assert.deepEqual(
    [...fake.records],
    [
      ['A chat.home.ben.example', [address]],
      ['TXT _acme-challenge.chat.home.ben.example', ['proof']],
    ],
  );
  await desec.prove(null);
  assert.equal(fake.records.has('TXT _acme-challenge.chat.home.ben.example'), false);
});

test('a refusal of deSEC names the next step, and not the token', async (t) => {
  const wrong = await desecFor(t, undefined, 'not-the-token');
  assert.match((await problem(wrong.desec.point(address))).message, /^deSEC doesn’t accept this token\./);
  const elsewhere = await desecFor(t, 'carl.dedyn.io');
  assert.match((await problem(elsewhere.desec.point(address))).message, /no domain for carl\.dedyn\.io/);
  const { fake, desec } = await desecFor(t);
  fake.refusals.push({ status: 400, body: '{"non_field_errors":["no\u202e such record"]}' });
  assert.match(
    (await problem(desec.point(address))).message,
    /refused the change\. It says: “no\ufffd such record”/,
  );
  for (const { desec } of [wrong, elsewhere])
    assert.doesNotMatch((await problem(desec.point(address))).stack ?? '', /not-the-token|i-T3b1h/);
});

test('a provider that asks to wait is not asked before', async (t) => {
  const { fake, desec } = await desecFor(t);
  const { fake: ducks, duck } = await duckFor(t);
  for (const [refusals, provider] of [
    [fake.refusals, desec],
    [ducks.refusals, duck],
  ] as const) {
    refusals.push({ status: 429, headers: { 'retry-after': '900' } });
    const { retryAt, message } = await problem(provider.point(address));
    assert.match(message, /takes no more changes for now/);
    assert.ok(Math.abs((retryAt ?? 0) - clock.now() - 900_000) < 5_000);
    refusals.push({ status: 503 });
    assert.equal((await problem(provider.point(address))).retryAt, null);
  }
});

test('DuckDNS gets one address, of whichever family, one text, and loses them again', async (t) => {
  const { fake, duck } = await duckFor(t);
  await duck.point('2a02:810d::7');
  await duck.point(address);
  assert.deepEqual([...fake.records], [['A anna.duckdns.org', [address]]]);
  await duck.prove('first');
  await duck.prove('second');
  assert.deepEqual(fake.records.get('TXT anna.duckdns.org'), ['second']);
  await duck.prove(null);
  await duck.point('2a02:810d::8');
  assert.deepEqual([...fake.records], [['AAAA anna.duckdns.org', ['2a02:810d::8']]]);
  await duck.point(null);
  assert.equal(fake.records.size, 0);
  assert.equal(await duck.outside(), fake.outside);
});

test('a refusal of DuckDNS names what may be wrong, and not the token', async (t) => {
  const { fake, duck } = await duckFor(t, 'not-the-token');
  const { message } = await problem(duck.point(address));
  assert.match(message, /the token is wrong, or anna\.duckdns\.org isn’t in its account/);
  fake.refusals.push({ status: 200, body: '<html>maintenance' });
  assert.match((await problem(duck.prove('x'))).message, /doesn’t understand/);
});

test('a provider that can’t be reached is named by its host, never by the address with the token', async () => {
  const [port] = await freePorts(1);
  const transport = fetchTransport(clock, 'test', [`127.0.0.1:${port}`]);
  const parts = { name: 'anna.duckdns.org', token: 'the-token', transport, clock, signal };
  const { message, stack } = await problem(new DuckDns(parts, `http://127.0.0.1:${port}`).point(address));
  assert.match(message, /^DuckDNS can’t be reached: 127\.0\.0\.1:\d+ can’t be reached \(ECONNREFUSED\)\.$/);
  assert.doesNotMatch(stack ?? '', /the-token/);
});

test('a redirect of a provider is not followed', async (t) => {
  const { fake, duck } = await duckFor(t);
  fake.refusals.push({ status: 302, headers: { location: 'http://169.254.169.254/' } });
  assert.match((await problem(duck.point(address))).message, /can’t be reached/);
});

test('a real DNS server takes signed updates and nothing else', { skip: noKnot }, async (t) => {
  const knot = await startKnot(t);
  const { server } = knot;
  const secret = Buffer.from(knot.key, 'base64');
  const make = (name: string, key = { name: knot.keyName, secret }, now = () => Date.now()) =>
    new DnsUpdates({ name, server, key, clock: { ...clock, now }, signal });
  const updates = make('old.home.test');
  await updates.point(address);
  assert.deepEqual(await knot.resolver.resolve4('old.home.test'), [address]);
  await assert.rejects(knot.resolver.resolve6('old.home.test'), { code: 'ENODATA' });
  await updates.point('2a02:810d::7');
  assert.deepEqual(await knot.resolver.resolve6('old.home.test'), ['2a02:810d::7']);
  await updates.prove('proof');
  assert.deepEqual(await knot.resolver.resolveTxt('_acme-challenge.old.home.test'), [['proof']]);
  await updates.prove(null);
  await updates.point(null);
  await assert.rejects(knot.resolver.resolve4('old.home.test'), { code: 'ENOTFOUND' });
  const wrongKey = make('old.home.test', { name: knot.keyName, secret: Buffer.alloc(32, 8) });
  assert.match((await problem(wrongKey.point(address))).message, /doesn’t accept the key/);
  const noKey = make('old.home.test', { name: 'other', secret });
  assert.match((await problem(noKey.point(address))).message, /doesn’t accept the key/);
  const late = make('old.home.test', undefined, () => Date.now() - 3_600_000);
  assert.match((await problem(late.point(address))).message, /clocks of .* differ by more than five minutes/);
  const elsewhere = make('chat.example');
  assert.match((await problem(elsewhere.point(address))).message, /has no zone for chat\.example/);
  const [closed] = await freePorts(1);
  const silent = new DnsUpdates({
    name: 'a.home.test',
    key: { name: 'k', secret },
    clock,
    signal,
    server: { host: '127.0.0.1', port: closed! },
  });
  assert.match((await problem(silent.point(address))).message, /can’t be reached over TCP: ECONNREFUSED/);
});
