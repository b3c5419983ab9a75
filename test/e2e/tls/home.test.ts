import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { ReachProtocol } from '../../../shared/api/views/reach-views.ts';
import { everyCase, testIfEvery } from '../../support/browser/every-case.ts';
import { noPebble } from '../../support/daemons/pebble.ts';
import { routerMissing } from '../../support/daemons/router.ts';
import { type DaemonOptions, type Home, Internet } from '../../support/netns/netns.ts';
import { type PlacedNode, startPlacedNode } from '../../support/netns/node.ts';
import { startPlacedPebble } from '../../support/netns/pebble.ts';
import { until } from '../../support/until.ts';

const skip = routerMissing() ?? noPebble;
/** Runs as a user without privileges: port 80 isn't available. */
const plainUser = ['setpriv', '--inh-caps=-net_bind_service', '--bounding-set=-net_bind_service'];

async function startAtHome(t: TestContext, daemon: DaemonOptions | null, hide?: string) {
  const internet = new Internet(t);
  const home = internet.home();
  if (daemon) await home.startDaemon(daemon);
  if (hide !== undefined) home.reject(hide);
  const pebble = await startPlacedPebble(t, internet.place, internet.address);
  const start = (flags: readonly string[], begin: readonly string[]) =>
    startPlacedNode(
      t,
      home.machine,
      'anna.test',
      [
        ...['--tls', 'acme', '--acme-agree', '--acme-directory', pebble.directory],
        ...['--acme-name', home.outside, '--public-url', `https://${home.outside}:8448`],
        ...flags,
      ],
      ['env', `NODE_EXTRA_CA_CERTS=${pebble.caFile}`, ...begin],
    );
  return { internet, home, pebble, start };
}

const certificateOf = async (node: PlacedNode) => {
  const { certificate } = (await node.api.status({})).listener;
  if (!certificate) throw new Error('no certificate');
  return certificate;
};

/**
 * Longer than usual: the node waits seconds for each protocol that the router lacks, and the authority tries a
 * closed port for 10 s before it gives up. It only bounds a failing test.
 */
const patienceMs = 60_000;

const certified = (node: PlacedNode) =>
  until(
    [],
    'the certificate',
    async () => {
      const { kind, problem } = await certificateOf(node);
      assert.equal(problem, null);
      return kind === 'acme';
    },
    patienceMs,
  );

const refused = (node: PlacedNode) =>
  until([], 'what is in the way', async () => (await certificateOf(node)).problem, patienceMs);

const leadsTo = (home: Home, port: number): boolean =>
  new RegExp(`dport ${port}\\b`).test(home.router.run('nft', ['list', 'ruleset']));

/** One certificate and one refusal; `npm run test:home` takes every protocol and every way around a closed port. */
const ways: { name: ReachProtocol; natPmp: boolean; hide?: string }[] = [
  { name: 'pcp', natPmp: true },
  ...(everyCase
    ? [
        { name: 'nat-pmp', natPmp: true, hide: 'udp dport 5351 @th,64,8 2' } as const,
        { name: 'upnp', natPmp: false } as const,
      ]
    : []),
];

describe('a certificate from an authority, at home', { skip, concurrency: 2 }, () => {
  for (const { name, natPmp, hide } of ways)
    test(`is issued without configuring the router, which opens port 80 by ${name} for a moment`, async (t) => {
      const daemon = { natPmp, upnp: true, lowPorts: [80] };
      const { internet, home, pebble, start } = await startAtHome(t, daemon, hide);
      const anna = await start([], plainUser);
      await certified(anna);
      await until([], 'the port to be closed again', () => !leadsTo(home, 80));
      const { mapping } = await until([], 'the mapping of the listener', async () => {
        const { reach } = await anna.api.status({});
        return reach.mapping.state === 'mapped' && reach;
      });
      assert.deepEqual([mapping.protocol, mapping.external_port], [name, 8448]);
      assert.ok(leadsTo(home, 8448));

      const dora = await startPlacedNode(
        t,
        internet.place,
        'dora.test',
        ['--public-url', `https://${internet.address}:8448`],
        ['env', `NODE_EXTRA_CA_CERTS=${pebble.rootFile}`],
      );
      const { link } = await anna.api.makePeerInvite({});
      const accepted = await dora.api.acceptPeerInvite({ link: link ?? '' });
      assert.equal(accepted.state, 'connected', accepted.text);
      const peer = await dora.api.peer({ server_name: 'anna.test' });
      assert.equal(new URL(peer.endpoint ?? '').origin, `https://${home.outside}:8448`);
      assert.equal(peer.tls_sha256, null, 'trusted by its authority, not pinned');

      for (const node of [anna, dora]) assert.equal((await node.stop()).code, 0);
      assert.ok(!leadsTo(home, 8448) && !leadsTo(home, 80), 'all is closed');
    });

  testIfEvery('is issued by TLS-ALPN-01 too, through a port 443 that isn’t the listener’s', async (t) => {
    const daemon = { natPmp: true, upnp: true, lowPorts: [443] };
    const { home, start } = await startAtHome(t, daemon);
    const anna = await start(['--acme-challenge', 'tls-alpn-01'], plainUser);
    await certified(anna);
    await until([], 'the port to be closed again', () => !leadsTo(home, 443));
    assert.equal((await anna.stop()).code, 0);
  });

  test('isn’t issued if the router refuses low ports: the owner sees that, and which port to forward to which', async (t) => {
    const { home, start } = await startAtHome(t, { natPmp: true, upnp: true });
    const anna = await start([], plainUser);
    const problem = await refused(anna);
    assert.match(
      problem,
      /on port 80\. Only administrators may use port 80 of this computer, so .* on port 8402\. The router didn’t open port 80\./,
    );
    assert.match(problem, /Some routers don’t open ports below 1024/);
    assert.match(problem, /Or forward TCP port 80 to port 8402 of this computer in the router’s settings/);
    assert.match(problem, /PCP|UPnP|instead of 80/);
    assert.equal((await certificateOf(anna)).kind, 'self-signed');
    assert.ok(!leadsTo(home, 80));
    await until([], 'the other port closed', () => !leadsTo(home, 1024));
    assert.equal((await anna.stop()).code, 0);
  });

  testIfEvery(
    'is issued if the router refuses low ports and the owner has forwarded port 80 to port 8402',
    async (t) => {
      const { home, start } = await startAtHome(t, { natPmp: true, upnp: true });
      home.passOn(80, 8402);
      const anna = await start([], plainUser);
      await certified(anna);
      assert.equal((await anna.stop()).code, 0);
    },
  );

  testIfEvery(
    'isn’t issued if the router speaks no protocol: the owner sees which port is closed, and what to do',
    async (t) => {
      const { home, start } = await startAtHome(t, null);
      const anna = await start([], []);
      const problem = await refused(anna);
      assert.ok(
        problem.includes(
          `couldn’t connect to ${home.outside} on port 80. The router didn’t open port 80. The router offers none of PCP, NAT-PMP and UPnP, or they are turned off. Turn one of them on. Or forward TCP port 80 to port 80 of this computer in the router’s settings`,
        ),
        problem,
      );
      assert.equal((await anna.stop()).code, 0);
    },
  );
});
