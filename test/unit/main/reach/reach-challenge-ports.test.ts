import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createLog } from '../../../../main/kernel/log.ts';
import { systemPorts } from '../../../../main/kernel/ports.ts';
import { Reach } from '../../../../main/reach/reach.ts';
import { Store } from '../../../../main/store/store.ts';
import type { SettingsView } from '../../../../shared/api/views/node-views.ts';
import { FakeRouter } from '../../../support/parties/fake-router.ts';
import { tempDir } from '../../../support/temp.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { inEnglish } from '../../../support/words.ts';

const request = {
  outsidePort: 80,
  inside: { host: '0.0.0.0', port: 40_000 },
  signal: new AbortController().signal,
};

function setUp(t: TestContext, host = '0.0.0.0') {
  const clock = new VirtualClock();
  const router = new FakeRouter(() => clock.now());
  const store = new Store(`${tempDir(t)}/node.db`, systemPorts);
  const settings = { port_mapping: true, public_url: null, tls: { mode: 'acme' } };
  const reach = new Reach({
    store,
    clock,
    random: systemPorts.random,
    log: createLog('silent'),
    world: router.world,
    settings: { get: () => settings as unknown as SettingsView },
    config: { listen: { host, port: 8448 } },
    tell: () => {},
  });
  const end = async () => {
    const ended = reach.end();
    await clock.advance(3_000);
    await ended;
  };
  t.after(async () => {
    await end();
    await store.close();
  });
  return { clock, router, settings, reach, end };
}

test('a challenge port is mapped in addition to the listener’s port, which is unaffected when it closes or moves', async (t) => {
  const { clock, router, reach } = setUp(t);
  reach.begin({ federationPort: 8448 });
  await clock.settle();
  const opening = reach.openChallengePort(request);
  await clock.settle();
  const door = await opening;
  assert.deepEqual(
    [...router.mappings],
    [
      [8448, 8448],
      [40_000, 80],
    ],
  );
  const closing = door?.close();
  await clock.advance(3_000);
  await closing;
  assert.deepEqual([...router.mappings], [[8448, 8448]]);

  router.port = 50_000;
  const again = reach.openChallengePort(request);
  await clock.advance(20_000);
  assert.equal((await again)?.isOpen, false);
  assert.deepEqual([...router.mappings], [[8448, 8448]]);
  assert.equal(reach.view().mapping.external_port, 8448);
});

test('without the owner’s permission the router isn’t asked, and the result says what to turn on', async (t) => {
  const { router, settings, reach } = setUp(t);
  settings.port_mapping = false;
  const door = await reach.openChallengePort(request);
  assert.match(inEnglish(door?.said), /^The router wasn’t asked for port 80.*Turn it on in Server, Network/);
  assert.equal(door?.isOpen, false);
  await door?.close();
  assert.equal(router.asked.length, 0);
});

test('a listener behind a proxy on this computer needs no challenge port', async (t) => {
  const { router, reach } = setUp(t, '127.0.0.1');
  assert.equal(await reach.openChallengePort(request), null);
  const open = setUp(t);
  const inside = { host: '127.0.0.1', port: 8402 };
  assert.equal(await open.reach.openChallengePort({ ...request, inside }), null);
  assert.equal(router.asked.length + open.router.asked.length, 0);
});

test('turning port mapping off closes every challenge port, and so does a stop', async (t) => {
  const { clock, router, settings, reach, end } = setUp(t);
  reach.begin({ federationPort: 8448 });
  for (const close of [
    async () => {
      settings.port_mapping = false;
      reach.apply();
      await clock.advance(3_000);
    },
    end,
  ]) {
    settings.port_mapping = true;
    const opening = reach.openChallengePort(request);
    await clock.settle();
    assert.equal((await opening)?.isOpen, true);
    await close();
    assert.equal(router.mappings.get(40_000), undefined);
  }
});
