import assert from 'node:assert/strict';
import { connect, createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { after, before, type TestContext, test } from 'node:test';
import { createLog } from '../../../main/kernel/log.ts';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { Reach } from '../../../main/reach/reach.ts';
import { Store } from '../../../main/store/store.ts';
import { Certificates } from '../../../main/tls/certificates.ts';
import type { AcmeChallenge } from '../../../shared/api/contract/tls.ts';
import type { SettingsView } from '../../../shared/api/views/node-views.ts';
import { noPebble, type Pebble, startPebble } from '../../support/daemons/pebble.ts';
import { FakeRouter } from '../../support/parties/fake-router.ts';
import { tempDir } from '../../support/temp.ts';
import { until } from '../../support/until.ts';
import { inEnglish } from '../../support/words.ts';

let pebble: Pebble;
before(async () => {
  if (!noPebble) pebble = await startPebble();
});
after(() => pebble?.stop());

/** A home as seen from outside: the ports that its router maps lead in, and no others. */
async function atHome(t: TestContext, challenge: AcmeChallenge, onCall: (socket: Socket) => void = () => {}) {
  const { clock, random } = systemPorts;
  const router = new FakeRouter(() => clock.now());
  const dataDir = tempDir(t);
  const log = createLog('silent');
  const store = new Store(`${dataDir}/node.db`, systemPorts);
  const reach = new Reach({
    store,
    clock,
    random,
    log,
    world: router.world,
    settings: {
      get: () => ({ port_mapping: true, public_url: null, tls: { mode: 'acme' } }) as SettingsView,
    },
    config: { listen: { host: '0.0.0.0', port: 8448 } },
    tell: () => {},
  });
  reach.begin({ federationPort: 8448 });
  const outside = challenge === 'http-01' ? 80 : 443;
  const internet = createServer((socket) => {
    onCall(socket);
    const inside = [...router.mappings].find(([, port]) => port === outside)?.[0];
    if (inside === undefined || socket.destroyed) socket.destroy();
    else pipeline(socket, connect(inside, '127.0.0.1'), socket).catch(() => {});
  });
  const lookedAt = challenge === 'http-01' ? pebble.httpPort : pebble.tlsPort;
  await new Promise<void>((resolve) => internet.listen(lookedAt, '127.0.0.1', resolve));
  const certificates = new Certificates(
    {
      mode: 'acme',
      terms_agreed: true,
      names: ['home.a.test'],
      email: null,
      challenge,
      directory: pebble.directory,
      staging: null,
      http: { host: '0.0.0.0', port: 0 },
    },
    {
      dataDir,
      version: 'test',
      log,
      clock,
      random,
      settings: { get: () => ({ public_url: null }) as SettingsView },
      keyring: { isSetUp: false, serverName: '' },
      openChallengePort: (request) => reach.openChallengePort(request),
      showProof: async () => async () => {},
      tell: () => {},
    },
  );
  await certificates.begin(true);
  certificates.start({ show: () => {}, federationPort: 8448 });
  t.after(async () => {
    internet.close();
    await Promise.all([certificates.stop(), reach.end()]);
    await store.close();
  });
  return { router, certificates };
}

const listenersOnly: [number, number][] = [[8448, 8448]];

for (const challenge of ['http-01', 'tls-alpn-01'] as const)
  test(`${challenge} arrives through a port that the router opens for it and closes afterwards`, {
    skip: noPebble,
  }, async (t) => {
    const { router, certificates } = await atHome(t, challenge);
    await until([], 'the certificate', () => certificates.view?.kind === 'acme');
    await until([], 'the port to be closed again', () => router.mappings.size === 1);
    assert.deepEqual([...router.mappings], listenersOnly);
    const asked = router.asked.filter(({ port, lifetimeS }) => port !== 8448 && lifetimeS > 0);
    assert.deepEqual(
      asked.map(({ suggested, lifetimeS }) => ({ suggested, lifetimeS })),
      [{ suggested: challenge === 'http-01' ? 80 : 443, lifetimeS: 120 }],
    );
  });

test('a stop during a validation leaves nothing open', { skip: noPebble }, async (t) => {
  let isCalled = false;
  const { router, certificates } = await atHome(t, 'http-01', (socket) => {
    socket.pause();
    isCalled = true;
  });
  await until([], 'a call of the authority', () => isCalled);
  assert.equal(router.mappings.size, 2);
  await certificates.stop();
  assert.deepEqual([...router.mappings], listenersOnly);
});

test('if the opened port doesn’t work, the owner sees that, and where to look next', {
  skip: noPebble,
}, async (t) => {
  const { certificates } = await atHome(t, 'http-01', (socket) => socket.destroy());
  const problem = await until([], 'the refusal', () => certificates.view?.problem);
  assert.match(
    inEnglish(problem),
    /home\.a\.test on port 80\. The router opened port 80 \(PCP\)\. Its external address is 9\.9\.9\.9\. Check that the name resolves to it/,
  );
});
