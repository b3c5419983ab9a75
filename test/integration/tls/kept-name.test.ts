import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createLog } from '../../../main/kernel/log.ts';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { KeptName } from '../../../main/names/kept-name.ts';
import { nameRequestOf } from '../../../main/names/name-request.ts';
import type { Input } from '../../../shared/api/contract.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import { FakeDesec } from '../../support/parties/dns-providers.ts';
import { tempDir } from '../../support/temp.ts';
import { until } from '../../support/until.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const minuteMs = 60_000;
const silent = { servers: async () => [], texts: async () => null };

async function desecFor(t: TestContext) {
  const desec = await new FakeDesec().listen(t);
  desec.domains.set('anna.dedyn.io', 60);
  const urls = { api: `${desec.url}/api`, outside: `${desec.url}/outside` };
  return { desec, world: { desec: urls, duckdns: 'http://127.0.0.1:1', look: silent } };
}

async function nodeFor(t: TestContext, clock = systemPorts.clock) {
  const { desec, world } = await desecFor(t);
  const node = await startLocalNode(t, {
    name: 'a.test',
    bySetting: true,
    onFile: true,
    ports: { ...systemPorts, clock },
    parts: { names: world },
  });
  return { desec, node };
}

const atDesec = (token: string) =>
  ({ provider: 'desec', name: 'anna.dedyn.io', token, terms_agreed: true }) as const;

test('a refused token changes nothing, and a missing one is asked for', async (t) => {
  const { node, desec } = await nodeFor(t);
  const before = await node.api.settings({});
  await assert.rejects(node.api.keepName(atDesec('wrong-token')), /deSEC doesn’t accept this token/);
  const { token: _, ...without } = atDesec('');
  await assert.rejects(node.api.keepName(without), /token/);
  await assert.rejects(node.api.keepName({ ...atDesec(desec.token), terms_agreed: false }), /terms/);
  assert.deepEqual(await node.api.keptName({}), { kept: null });
  assert.deepEqual(await node.api.settings({}), before);
  assert.equal(existsSync(join(node.dataDir, 'kept-name.json')), false);
});

test('the token is in one file and in nothing that the node answers or stores elsewhere', async (t) => {
  const { node, desec } = await nodeFor(t);
  await node.api.keepName(atDesec(desec.token));
  const answers = [
    await node.api.keptName({}),
    await node.api.settings({}),
    await node.api.status({}),
    await node.api.doctor({}),
    await node.api.diagnostics({}),
  ];
  assert.doesNotMatch(JSON.stringify(answers), new RegExp(desec.token));
  await node.stop();
  const files = readdirSync(node.dataDir).filter((file) => /\.(json|db|pem|db-wal)$/.test(file));
  const having = files.filter((file) => readFileSync(join(node.dataDir, file)).includes(desec.token));
  assert.deepEqual(having, ['kept-name.json']);
});

test('a name is kept over a restart, gets another address without the token, and is forgotten', async (t) => {
  const { desec, world } = await desecFor(t);
  const dataDir = tempDir(t);
  const start = () =>
    startLocalNode(t, { name: 'a.test', bySetting: true, dataDir, parts: { names: world } });
  const first = await start();
  await first.api.keepName(atDesec(desec.token));
  await first.stop();
  const node = await start();
  const { kept } = await node.api.keptName({});
  assert.deepEqual([kept?.name, kept?.provider, kept?.address], ['anna.dedyn.io', 'desec', desec.outside]);
  const { tls } = await node.api.settings({});
  assert.deepEqual(tls.mode === 'acme' && [tls.challenge, tls.names], ['dns-01', ['anna.dedyn.io']]);
  // This node listens on this computer only, so it has no address in a home network.
  await assert.rejects(
    node.api.keepName({ provider: 'desec', name: 'anna.dedyn.io', address: 'home' }),
    /no address in a home network/,
  );
  await node.api.dropName({});
  assert.deepEqual(await node.api.keptName({}), { kept: null });
  assert.equal(desec.records.size, 0);
  assert.deepEqual((await node.api.settings({})).tls, { mode: 'self-signed' });
});

test('a name that is replaced by another one no longer leads to this home', async (t) => {
  const { node, desec } = await nodeFor(t);
  await node.api.keepName(atDesec(desec.token));
  await node.api.keepName({ provider: 'desec', name: 'anna.dedyn.io', address: 'public' });
  assert.deepEqual([...desec.records.keys()], ['A anna.dedyn.io']);
  desec.domains.set('berta.dedyn.io', 60);
  await node.api.keepName({ provider: 'desec', name: 'berta.dedyn.io' });
  assert.deepEqual([...desec.records.keys()], ['A berta.dedyn.io']);
});

test('a new address of the home is in the DNS within ten minutes, and a provider is left alone otherwise', async (t) => {
  const { desec, world } = await desecFor(t);
  const clock = new VirtualClock(systemPorts.clock.now());
  const told: string[] = [];
  const name = new KeptName({
    dataDir: tempDir(t),
    version: 'test',
    log: createLog('silent'),
    clock,
    world,
    tell: (fact) => told.push(fact.fact),
    whereabouts: () => whereabouts,
  });
  let whereabouts = { outside: null as string | null, home: null };
  const access = { provider: 'desec', token: desec.token } as const;
  await name.keep({ name: 'anna.dedyn.io', access, which: 'public' });
  const asked = () => desec.asked.length;
  name.start();
  t.after(() => name.stop());
  const before = asked();
  await clock.advance(9 * minuteMs);
  assert.equal(asked(), before);
  desec.outside = '81.2.69.144';
  // The clock goes no further, or the request would take longer than its limit.
  await clock.advance(minuteMs);
  await until([], 'the new address', () => desec.records.get('A anna.dedyn.io')?.[0] === '81.2.69.144');
  await until([], 'the end', () => name.view?.address === '81.2.69.144');
  // Once the router says it, nobody has to be asked.
  whereabouts = { outside: '81.2.69.145', home: null };
  name.look();
  await until([], 'the address of the router', () => name.view?.address === '81.2.69.145');
  const then = asked();
  await clock.advance(60 * minuteMs);
  assert.equal(asked(), then);
  assert.ok(told.includes('node-changed'));
});

test('a failure is shown with the time of the next try, reported once, and over after it worked', async (t) => {
  const { desec, world } = await desecFor(t);
  const clock = new VirtualClock(systemPorts.clock.now());
  const notices: string[] = [];
  let outside = '81.2.69.142';
  const name = new KeptName({
    dataDir: tempDir(t),
    version: 'test',
    log: createLog('silent'),
    clock,
    world,
    tell: (fact) => fact.fact === 'notice' && notices.push(fact.said.code),
    whereabouts: () => ({ outside, home: null }),
  });
  t.after(() => name.stop());
  await name.keep({
    name: 'anna.dedyn.io',
    which: 'public',
    access: { provider: 'desec', token: desec.token },
  });
  outside = '81.2.69.143';
  for (let n = 0; n < 2; n++) desec.refusals.push({ status: 429, headers: { 'retry-after': '1800' } });
  name.look();
  await until([], 'the failure', () => name.view?.problem?.code === 'kept_name.too_many');
  assert.equal(name.view?.next_attempt_at, clock.now() + 30 * minuteMs);
  name.look();
  await clock.advance(31 * minuteMs);
  name.look();
  await until([], 'the second', () => (name.view?.next_attempt_at ?? 0) > clock.now() + 20 * minuteMs);
  await clock.advance(61 * minuteMs);
  name.look();
  await until([], 'the address', () => name.view?.problem === null && name.view.address === outside);
  assert.deepEqual(notices, ['kept_name.not_current']);
});

test('an owner’s input is read in all its forms, and a wrong field is named without its value', () => {
  const request = (change: Partial<Input<'keepName'>>) =>
    nameRequestOf({ provider: 'duckdns', name: 'anna', token: 't0ken', ...change }, null);
  for (const name of ['anna', 'Anna.DuckDNS.org', ' anna.duckdns.org. '])
    assert.equal(request({ name }).name, 'anna.duckdns.org');
  for (const name of ['a.b.duckdns.org', 'anna.example', '', '-x', 'a/../b'])
    assert.throws(() => request({ name }), /duckdns/i, name);
  for (const name of ['anna', '127.0.0.1:80', 'a b.example', '_x.example'])
    assert.throws(() => request({ provider: 'desec', name }), { code: 'BAD_REQUEST' }, name);
  const updates = { provider: 'rfc2136', name: 'chat.example', key_name: 'K.', key: 'A'.repeat(24) } as const;
  for (const [server, host, port] of [
    ['ns.example', 'ns.example', 53],
    ['192.168.1.2:5353', '192.168.1.2', 5353],
    ['[fd00::2]', 'fd00::2', 53],
  ] as const)
    assert.deepEqual(request({ ...updates, server }).access, {
      provider: 'rfc2136',
      server: { host, port },
      key_name: 'k',
      key: updates.key,
    });
  for (const change of [{ server: 'a:b:c' }, { server: undefined }, { server: 'x:0' }, { key: 'c2hvcnQ=' }])
    assert.throws(
      () => request({ ...updates, server: 'ns.example', ...change } as never),
      (error: Error) => !error.message.includes('c2hvcnQ='),
    );
  // Such a name can't be written into an update.
  for (const key_name of ['a..b', '.k', `${'k'.repeat(64)}.`])
    assert.throws(() => request({ ...updates, server: 'ns.example', key_name }), /key_name/, key_name);
});
