import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createLog } from '../../../../../main/kernel/log.ts';
import { ChallengePorts } from '../../../../../main/reach/mapper/challenge-ports.ts';
import type { Mapped } from '../../../../../main/reach/mapper/mapper-state.ts';
import { challengePortVerdict } from '../../../../../main/reach/verdict/challenge-port-verdict.ts';
import { quoted } from '../../../../../shared/words/said.ts';
import { FakeRouter } from '../../../../support/parties/fake-router.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';
import { inEnglish } from '../../../../support/words.ts';

const inside = { host: '0.0.0.0', port: 40_000 };
const minute = 60_000;
const never = new AbortController().signal;

function setUp(t: TestContext) {
  const clock = new VirtualClock();
  const router = new FakeRouter(() => clock.now());
  const ports = new ChallengePorts({
    clock,
    log: createLog('silent'),
    world: router.world,
    random: { next: () => 0.5, bytes: (length) => Buffer.alloc(length) },
    nonce: () => Buffer.from('a nonce of12'),
  });
  const open = async (signal = never, host = inside.host) => {
    const opening = ports.open({ outsidePort: 80, inside: { ...inside, host }, signal });
    await clock.advance(20_000);
    return opening;
  };
  t.after(async () => {
    const closed = ports.closeAll();
    await clock.advance(minute);
    await closed;
  });
  return { clock, router, ports, open };
}

test('a challenge port is requested at exactly its number for two minutes, renewed while in use, and closed', async (t) => {
  const { clock, router, open } = setUp(t);
  const opened = await open();
  assert.equal(opened?.isOpen, true);
  assert.match(
    inEnglish(opened?.said),
    /^The router opened port 80 \(PCP\)\. Its external address is 9\.9\.9\.9\. Check/,
  );
  assert.deepEqual([...router.mappings], [[inside.port, 80]]);
  await clock.advance(4 * minute);
  assert.ok(router.asked.length >= 4);
  assert.deepEqual(
    new Set(router.asked.map((asked) => JSON.stringify(asked))),
    new Set([JSON.stringify({ port: inside.port, suggested: 80, lifetimeS: 120 })]),
  );
  await opened?.close();
  assert.deepEqual(router.asked.at(-1), { port: inside.port, suggested: 0, lifetimeS: 0 });
  assert.equal(router.mappings.size, 0);
  const asked = router.asked.length;
  await clock.advance(10 * minute);
  assert.equal(router.asked.length, asked);
  assert.equal(clock.timers, 0);
});

test('IPv6 is asked only for the port that is listened on, because a router leads no other one there', async (t) => {
  const { clock, router } = setUp(t);
  router.code = 11;
  const lan = await router.world.findNetwork();
  const ipv6 = { gateway: 'fe80::1%eth0', localAddress: '2400:2::2' };
  const ports = new ChallengePorts({
    clock,
    log: createLog('silent'),
    nonce: () => Buffer.alloc(12),
    random: { next: () => 0.5, bytes: (length) => Buffer.alloc(length) },
    world: { ...router.world, findNetwork: async () => ({ ...lan, ipv6 }) },
  });
  for (const [port, tried] of [
    [80, ['pcp', 'nat-pmp', 'upnp', 'pcp6', 'upnp6']],
    [8402, ['pcp', 'nat-pmp', 'upnp']],
  ] as const) {
    const asked = router.asked.length;
    const opening = ports.open({ outsidePort: 80, inside: { host: '::', port }, signal: never });
    await clock.advance(30_000);
    assert.match(inEnglish((await opening)?.said), /didn’t open port 80/);
    const maps = router.asked.slice(asked).filter(({ lifetimeS }) => lifetimeS > 0);
    assert.equal(maps.length, tried.filter((name) => name.startsWith('pcp')).length);
  }
});

test('a port other than the useful one is removed and reported', async (t) => {
  const { clock, router, open } = setUp(t);
  router.port = 50_000;
  const opened = await open();
  assert.equal(opened?.isOpen, false);
  assert.equal(opened?.byHand, true);
  assert.equal(
    inEnglish(opened?.said),
    'The router didn’t open port 80. The router opened port 50000 instead of 80, so it was closed again. Some routers don’t open ports below 1024 on request.',
  );
  assert.equal(router.mappings.size, 0);
  const asked = router.asked.length;
  await clock.advance(60 * minute);
  assert.equal(router.asked.length, asked, 'nobody goes on asking');
});

test('a refusal and a silence are explained in words', async (t) => {
  const { router, open } = setUp(t);
  router.code = 11;
  const refused = await open();
  assert.match(
    inEnglish(refused?.said),
    /didn’t open port 80\. .*\(PCP\): it can’t assign the requested port/,
  );
  router.speaks = 'nothing';
  const absent = await open();
  assert.equal(
    inEnglish(absent?.said),
    'The router didn’t open port 80. The router offers none of PCP, NAT-PMP and UPnP, or they are turned off. Turn one of them on.',
  );
  assert.deepEqual([absent?.isOpen, absent?.byHand], [false, true]);
});

test('a router that reports an unreachable address isn’t believed', async (t) => {
  for (const [address, said] of [
    [
      '10.0.0.2',
      /opened port 80 \(PCP\)\. .*behind another router.*Also forward TCP port 80 to 10\.0\.0\.2 in the outer/,
    ],
    ['100.64.1.2', /shares one public address.*Ask the provider/],
    ['0.0.0.0', /the public address it reports isn’t one \(0\.0\.0\.0\)\. Restart the router/],
  ] as const) {
    const { router, open } = setUp(t);
    router.externalAddress = address;
    const opened = await open();
    assert.match(inEnglish(opened?.said), said);
    assert.equal(opened?.byHand, false, address);
  }
});

test('without a router, none is asked', async (t) => {
  const { router, open } = setUp(t);
  assert.equal(await open(never, '127.0.0.1'), null);
  router.localAddress = '9.9.9.20';
  assert.equal(await open(), null);
  assert.equal(router.asked.length, 0);
});

test('neither a caller that gives up nor a stop leaves anything open', async (t) => {
  const { clock, router, ports } = setUp(t);
  router.tamper = () => [];
  const control = new AbortController();
  const opening = ports.open({ outsidePort: 80, inside, signal: control.signal });
  await clock.settle();
  assert.equal(router.mappings.size, 1);
  control.abort();
  const advanced = clock.advance(3_000);
  assert.equal((await opening)?.isOpen, false);
  await advanced;
  assert.equal(router.mappings.size, 0);

  const second = ports.open({ outsidePort: 80, inside, signal: never });
  await clock.settle();
  assert.equal(router.mappings.size, 1);
  const stopped = Promise.all([ports.closeAll(), clock.advance(3_000)]);
  assert.equal((await second)?.isOpen, false);
  await stopped;
  assert.equal(router.mappings.size, 0);
  assert.equal((await ports.open({ outsidePort: 80, inside, signal: control.signal }))?.isOpen, false);
  assert.equal(router.mappings.size, 0);
});

test('a router without a public address of its own, and one that contradicts itself, get their next step', () => {
  const view: Mapped = {
    state: 'failed',
    protocol: null,
    external_address: null,
    external_port: null,
    expires_at: null,
    error: null,
    tried: [],
  };
  const said = (kind: 'no-address' | 'untrue', text: string) =>
    challengePortVerdict(view, { kind, text: quoted(text) }, 443);
  assert.match(
    inEnglish(said('no-address', '')?.said),
    /would open port 443, but has no public address.*100\.64.*forward TCP port 443 to it in the outer router/,
  );
  assert.match(inEnglish(said('untrue', 'It contradicts itself.')?.said), /^It contradicts itself\. Restart/);
});
