import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createLog } from '../../../../main/kernel/log.ts';
import { systemPorts } from '../../../../main/kernel/ports.ts';
import { Reach, type ReachDeps } from '../../../../main/reach/reach.ts';
import { Settings } from '../../../../main/settings.ts';
import { Store } from '../../../../main/store/store.ts';
import type { TlsConfig } from '../../../../shared/api/contract/tls.ts';
import { FakeRouter } from '../../../support/parties/fake-router.ts';
import { tempDir } from '../../../support/temp.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { inEnglish } from '../../../support/words.ts';

const listen = { host: '0.0.0.0', port: 8448 };
const started = { listen, tls: { mode: 'self-signed' }, publicUrl: null } as const;

function setUp(t: TestContext, deps: Partial<ReachDeps> = {}) {
  const clock = new VirtualClock();
  const router = new FakeRouter(() => clock.now());
  const home: { address: string | null } = { address: null };
  const store = new Store(`${tempDir(t)}/node.db`, systemPorts);
  const settings = new Settings(store, started);
  let mode: TlsConfig['mode'] = 'self-signed';
  const spoken = { get: () => ({ ...settings.get(), tls: { mode } as TlsConfig }) };
  const make = () =>
    new Reach({
      store,
      clock,
      settings: spoken,
      random: systemPorts.random,
      log: createLog('silent'),
      config: { listen },
      tell: () => {},
      world: { ...router.world, findHome: () => home.address },
      ...deps,
    });
  const reach = make();
  t.after(async () => {
    const ended = reach.end();
    await clock.advance(3_000);
    await ended;
    await store.close();
  });
  const speak = (next: TlsConfig['mode']) => {
    mode = next;
  };
  return { clock, router, store, settings, reach, make, speak, home };
}

test('the mapped address is offered to peers until the owner names one', async (t) => {
  const { clock, settings, reach } = setUp(t);
  assert.equal(reach.publicUrl, null);
  reach.begin({ federationPort: 8448 });
  await clock.settle();
  assert.equal(reach.publicUrl, 'https://9.9.9.9:8448');
  assert.equal(reach.view().offers, 'https://9.9.9.9:8448');
  await settings.change({ public_url: 'https://chat.example' });
  assert.equal(reach.publicUrl, 'https://chat.example');
  assert.equal(reach.view().offers, null);
});

test('a node with a certificate for a name is not offered by its address', async (t) => {
  for (const tlsMode of ['files', 'acme'] as const) {
    const { clock, reach, speak } = setUp(t);
    speak(tlsMode);
    reach.begin({ federationPort: 8448 });
    await clock.settle();
    assert.equal(reach.view().mapping.state, 'mapped');
    assert.equal(reach.offers, null, tlsMode);
  }
});

test('while a proxy does TLS, the router never forwards anyone past it', async (t) => {
  const { clock, router, settings, reach, speak } = setUp(t);
  speak('off');
  reach.begin({ federationPort: 8448 });
  await clock.advance(60_000);
  assert.equal(router.asked.length, 0);
  const { mapping, verdict, offers } = reach.view();
  assert.deepEqual([mapping.state, verdict.kind, offers], ['off', 'off', null]);
  assert.match(inEnglish(verdict.text), /^TLS is left to a proxy.* the router isn’t asked/);
  assert.match(inEnglish(verdict.fix), /forward TCP port 443 to the proxy/);

  speak('self-signed');
  reach.apply();
  await clock.settle();
  assert.equal(router.mappings.size, 1);
  assert.equal(reach.offers, 'https://9.9.9.9:8448');

  speak('off');
  assert.equal(reach.offers, null, 'also before the mapping is removed');
  reach.apply();
  await clock.advance(100);
  assert.equal(router.mappings.size, 0);
  assert.equal(reach.view().verdict.kind, 'off');
  assert.equal(settings.get().port_mapping, true, 'as the owner wants it where it is of use');
});

test('an address that peers cannot call is not offered', async (t) => {
  const { clock, router, reach } = setUp(t);
  router.externalAddress = '100.64.1.2';
  reach.begin({ federationPort: 8448 });
  await clock.settle();
  assert.equal(reach.view().mapping.state, 'mapped');
  assert.equal(reach.offers, null);
});

test('turning port mapping off removes the mapping, and turning it on makes it again', async (t) => {
  const { clock, router, settings, reach } = setUp(t);
  reach.begin({ federationPort: 8448 });
  await clock.settle();
  await settings.change({ port_mapping: false });
  reach.apply();
  await clock.advance(100);
  assert.equal(router.mappings.size, 0);
  assert.equal(reach.view().verdict.kind, 'off');
  await settings.change({ port_mapping: true });
  reach.apply();
  await clock.advance(100);
  assert.equal(router.mappings.size, 1);
});

test('a node that was killed is the same to its router when it comes back', async (t) => {
  const nonces = new Set<string>();
  const { clock, router, store, reach, make } = setUp(t);
  router.tamper = (answer, from) => {
    nonces.add(answer.subarray(24, 36).toString('hex'));
    return [[answer, from]];
  };
  reach.begin({ federationPort: 8448 });
  await clock.settle();
  await store.writer.write(() => {});
  const again = make();
  again.begin({ federationPort: 8448 });
  await clock.settle();
  assert.equal(nonces.size, 1);
  await again.end();
});

test('only changed settings are stored: defaults follow the listener', async (t) => {
  const { store } = setUp(t);
  const loopback = new Settings(store, { ...started, listen: { host: '127.0.0.1', port: 0 } });
  assert.equal(loopback.get().port_mapping, false);
  await loopback.change({ paused: true });
  assert.equal(new Settings(store, started).get().port_mapping, true);
  assert.equal(new Settings(store, started).get().paused, true);
});

test('servers in the same network get this computer’s address there, while peers pin its certificate', async (t) => {
  const told: string[] = [];
  const { reach, speak, home } = setUp(t, { tell: ({ fact }) => void told.push(fact) });
  home.address = '192.168.1.2';
  assert.equal(reach.local, null, 'nobody listens yet');
  reach.begin({ federationPort: 9000 });
  assert.equal(reach.view().local, 'https://192.168.1.2:9000');
  speak('acme');
  assert.equal(reach.local, null);
  speak('self-signed');
  told.length = 0;
  reach.look();
  assert.deepEqual(told, []);
  home.address = '192.168.1.7';
  reach.look();
  assert.deepEqual([told, reach.local], [['reach-changed'], 'https://192.168.1.7:9000']);
});

test('a listener at one address has that address at home, unless it is public or loopback', (t) => {
  const hosts = {
    '192.168.1.9': 'https://192.168.1.9:8448',
    '127.0.0.1': null,
    '9.9.9.9': null,
    '::1': null,
  };
  for (const [host, local] of Object.entries(hosts)) {
    const { reach, home } = setUp(t, { config: { listen: { host, port: 8448 } } });
    home.address = '192.168.1.2';
    reach.begin({ federationPort: 8448 });
    assert.equal(reach.local, local, host);
  }
});
