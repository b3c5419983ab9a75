import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createLog } from '../../../../../main/kernel/log.ts';
import { PortMapper } from '../../../../../main/reach/mapper/port-mapper.ts';
import { said } from '../../../../../shared/words/said.ts';
import { FakeRouter } from '../../../../support/parties/fake-router.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';
import { inEnglish } from '../../../../support/words.ts';

const port = 8448;
const minute = 60_000;
const hour = 60 * minute;

function setUp(t: TestContext, listenHost = '0.0.0.0') {
  const clock = new VirtualClock();
  const router = new FakeRouter(() => clock.now());
  let changes = 0;
  const mapper = new PortMapper({
    clock,
    random: { next: () => 0.5, bytes: (length) => Buffer.alloc(length) },
    log: createLog('silent'),
    nonce: () => Buffer.from('a nonce of12'),
    listenHost,
    onChange: () => {
      changes++;
    },
    world: router.world,
  });
  t.after(async () => {
    const stopped = mapper.stop();
    await clock.advance(minute);
    await stopped;
  });
  return { clock, router, mapper, changes: () => changes };
}

test('a mapping is made, and reported with its use', async (t) => {
  const { clock, router, mapper } = setUp(t);
  assert.equal(mapper.view().state, 'off');
  mapper.start(port);
  assert.equal(mapper.view().state, 'trying');
  await clock.settle();
  assert.deepEqual(mapper.view(), {
    state: 'mapped',
    protocol: 'pcp',
    external_address: '9.9.9.9',
    external_port: port,
    expires_at: clock.now() + 2 * hour,
    error: null,
    tried: [{ protocol: 'pcp', result: 'mapped', text: said('router.opened') }],
  });
  assert.deepEqual(router.asked, [{ port, suggested: port, lifetimeS: 7200 }]);
});

test('a mapping is renewed after half its lifetime, asking for the port it has', async (t) => {
  const { clock, router, mapper } = setUp(t);
  router.lifetimeS = 600;
  router.port = 50_000;
  mapper.start(port);
  await clock.settle();
  await clock.advance(5 * minute - 1_000);
  assert.equal(router.asked.length, 1);
  await clock.advance(minute + 30_000);
  assert.deepEqual(router.asked[1], { port, suggested: 50_000, lifetimeS: 7200 });
  assert.equal(router.asked.length, 2);
  assert.equal(mapper.view().external_port, 50_000);
});

test('a long lifetime does not keep a changed address from being noticed', async (t) => {
  const { clock, router, mapper, changes } = setUp(t);
  router.lifetimeS = 86_400;
  mapper.start(port);
  await clock.settle();
  const before = changes();
  router.externalAddress = '9.9.9.10';
  await clock.advance(11 * minute);
  assert.equal(mapper.view().external_address, '9.9.9.10');
  assert.equal(changes(), before + 1);
});

test('a router that says it was restarted is asked again at once', async (t) => {
  const { clock, router, mapper } = setUp(t);
  mapper.start(port);
  await clock.settle();
  await clock.advance(minute);
  router.restart();
  router.announce();
  await clock.advance(1_000);
  assert.equal(router.asked.length, 2);
  assert.equal(router.mappings.get(port), port);
});

test('an announcement without news, or by somebody else, causes no question', async (t) => {
  const { clock, router, mapper } = setUp(t);
  mapper.start(port);
  await clock.settle();
  await clock.advance(minute);
  router.announce();
  router.restart();
  router.announce('192.168.1.77');
  await clock.advance(minute);
  assert.equal(router.asked.length, 1);
});

test('a flood of announcements asks the router no more often than every four seconds', async (t) => {
  const { clock, router, mapper } = setUp(t);
  mapper.start(port);
  await clock.settle();
  for (let i = 0; i < 200; i++) {
    router.restart();
    await clock.advance(100);
    router.restart();
    router.announce();
  }
  assert.ok(router.asked.length <= 6, `${router.asked.length} times in 20 s`);
});

test('a router that does not answer is asked less and less often, and once it answers all is well', async (t) => {
  const { clock, router, mapper } = setUp(t);
  router.speaks = 'nothing';
  mapper.start(port);
  await clock.advance(10_000);
  const { state, error, tried } = mapper.view();
  assert.equal(state, 'failed');
  assert.match(inEnglish(error), /none of PCP, NAT-PMP and UPnP/);
  assert.deepEqual(
    tried.map(({ protocol, result }) => [protocol, result]),
    [
      ['pcp', 'absent'],
      ['nat-pmp', 'absent'],
      ['upnp', 'absent'],
    ],
  );
  await clock.advance(3 * hour);
  router.speaks = 'pcp';
  await clock.advance(17 * minute);
  assert.equal(mapper.view().state, 'mapped');
  assert.equal(mapper.view().error, null);
});

test('a failed renewal keeps the mapping until it expires, and no longer', async (t) => {
  const { clock, router, mapper } = setUp(t);
  router.lifetimeS = 600;
  mapper.start(port);
  await clock.settle();
  router.speaks = 'silence';
  await clock.advance(9 * minute);
  assert.equal(mapper.view().state, 'mapped');
  await clock.advance(3 * minute);
  assert.equal(mapper.view().state, 'failed');
  assert.match(inEnglish(mapper.view().error), /none of/);
});

test('a refusal is explained in words', async (t) => {
  const { clock, router, mapper } = setUp(t);
  router.code = 2;
  mapper.start(port);
  await clock.advance(minute);
  assert.equal(mapper.view().state, 'failed');
  assert.match(inEnglish(mapper.view().error), /refused \(PCP\): it doesn’t allow this computer to ask/);
});

test('stopping removes the mapping; with a silent router it takes two seconds', async (t) => {
  const { clock, router, mapper } = setUp(t);
  mapper.start(port);
  await clock.settle();
  await mapper.stop();
  assert.deepEqual(router.asked.at(-1), { port, suggested: 0, lifetimeS: 0 });
  assert.equal(router.mappings.size, 0);
  assert.equal(mapper.view().state, 'off');

  mapper.start(port);
  await clock.settle();
  assert.equal(mapper.view().state, 'mapped');
  router.speaks = 'silence';
  let isStopped = false;
  const stopped = mapper.stop().then(() => {
    isStopped = true;
  });
  await clock.advance(1_900);
  assert.equal(isStopped, false);
  await clock.advance(200);
  assert.equal(isStopped, true);
  await stopped;
  assert.equal(clock.timers, 0);
});

test('a stop while a request is open removes what the router may still map', async (t) => {
  const { clock, router, mapper } = setUp(t);
  router.tamper = () => [];
  mapper.start(port);
  await clock.settle();
  assert.equal(router.mappings.size, 1);
  const stopped = mapper.stop();
  await clock.advance(3_000);
  await stopped;
  assert.equal(router.mappings.size, 0);
});

test('another port moves the mapping there', async (t) => {
  const { clock, router, mapper } = setUp(t);
  mapper.start(port);
  await clock.settle();
  mapper.start(9000);
  await clock.settle();
  await clock.settle();
  await clock.settle();
  assert.deepEqual([...router.mappings], [[9000, 9000]]);
});

test('no router is asked if the address is public, or if the listener is on loopback', async (t) => {
  const open = setUp(t);
  open.router.localAddress = '9.9.9.20';
  open.mapper.start(port);
  await open.clock.advance(hour);
  assert.equal(open.mapper.view().state, 'off');
  assert.equal(open.mapper.verdict().kind, 'public');
  assert.equal(open.router.asked.length, 0);

  const closed = setUp(t, '127.0.0.1');
  assert.equal(closed.mapper.verdict().kind, 'loopback');
  closed.mapper.start(port);
  await closed.clock.advance(hour);
  assert.equal(closed.mapper.view().state, 'off');
  assert.equal(closed.router.asked.length, 0);
});

test('moving to another network forgets the mapping of the old one', async (t) => {
  const { clock, router, mapper } = setUp(t);
  mapper.start(port);
  await clock.settle();
  router.localAddress = '192.168.1.3';
  router.speaks = 'nothing';
  await clock.advance(12 * minute);
  assert.equal(mapper.view().state, 'failed');
});

test('answers from elsewhere, with another nonce, or garbled are not looked at', async (t) => {
  const { clock, router, mapper } = setUp(t);
  router.tamper = (answer, from) => {
    const wrongNonce = Buffer.from(answer);
    wrongNonce[24] = (wrongNonce[24] ?? 0) ^ 1;
    const evil = Buffer.from(answer);
    evil.set([6, 6, 6, 6], 56);
    return [
      [evil, { address: '192.168.1.66', port: from.port }],
      [evil, { address: from.address, port: 4444 }],
      [wrongNonce, from],
      [answer.subarray(0, 40), from],
      [Buffer.from('what?'), from],
    ];
  };
  mapper.start(port);
  await clock.advance(minute);
  assert.equal(mapper.view().state, 'failed');
  assert.match(inEnglish(mapper.view().tried[0]?.text), /didn’t answer PCP/);
});

test('a question is asked again after three seconds, and no more than twice', async (t) => {
  const { clock, router, mapper } = setUp(t);
  let lost = 1;
  router.tamper = (answer, from) => (lost-- > 0 ? [] : [[answer, from]]);
  mapper.start(port);
  await clock.advance(2_900);
  assert.equal(router.asked.length, 1);
  await clock.advance(200);
  assert.equal(mapper.view().state, 'mapped');
  assert.equal(router.asked.length, 2);
});
