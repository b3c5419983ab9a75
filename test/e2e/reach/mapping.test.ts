import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { MappingView, ReachVerdict } from '../../../shared/api/views/reach-views.ts';
import { routerMissing } from '../../support/daemons/router.ts';
import { type Home, Internet } from '../../support/netns/netns.ts';
import { until } from '../../support/until.ts';
import { allInEnglish } from '../../support/words.ts';

const skip = routerMissing() ?? false;
const script = fileURLToPath(new URL('../../support/nodes/reach-home.ts', import.meta.url));
const port = 8448;
/** Renewed soon, so that a test sees it, but long enough that a mapping gone at the end was removed. */
const timing = {
  lifetimeS: 600,
  renewMsMin: 4_000,
  renewMsMax: 4_000,
  failureMsMin: 4_000,
  announceSpreadMs: 100,
};

/** With sentences in English. */
interface Told {
  readonly mapping: MappingView;
  readonly verdict: ReachVerdict;
}

/** A server and its mapper on the home's machine. */
function live(t: TestContext, home: Home, host = '0.0.0.0') {
  const child = home.machine.spawn(t, process.execPath, [script, JSON.stringify({ host, port, timing })]);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  return {
    /** Resolves when the mapper reports this. */
    async until(is: (told: Told) => boolean): Promise<Told> {
      for (;;) {
        const { value, done } = await lines.next();
        if (done) throw new Error(`the home ended: ${errors}`);
        const told = allInEnglish<Told>(JSON.parse(value));
        if (is(told)) return told;
      }
    },
    async stop(): Promise<void> {
      child.stdin.end();
      await once(child, 'exit');
      assert.equal(errors, '');
    },
  };
}

/** How long an open port may take to answer on a busy machine. It only bounds a failing test. */
const openS = 10;

const isMapped = ({ mapping }: Told): boolean => mapping.state === 'mapped';

const pcpMessage = 'udp dport 5351 @th,64,8 2';
const ways: { name: MappingView['protocol']; natPmp: boolean; upnp: boolean; hide?: string; ipv6?: true }[] =
  [
    { name: 'pcp', natPmp: true, upnp: true },
    { name: 'nat-pmp', natPmp: true, upnp: true, hide: pcpMessage },
    { name: 'upnp', natPmp: false, upnp: true },
    { name: 'pcp6', natPmp: true, upnp: true, ipv6: true },
    { name: 'upnp6', natPmp: true, upnp: true, hide: 'udp dport 5351', ipv6: true },
  ];

describe('a home server behind a real router daemon', { skip, concurrency: true, timeout: 60_000 }, () => {
  for (const { name, natPmp, upnp, hide, ipv6 } of ways)
    test(`is reached by ${name}; the port is renewed, opened again after a restart, and closed at the end`, async (t) => {
      const internet = new Internet(t);
      const home = internet.home();
      if (ipv6) home.machine.ip('route', 'del', 'default');
      await home.startDaemon({ natPmp, upnp });
      if (hide) home.reject(hide);
      const server = live(t, home, ipv6 ? '::' : '0.0.0.0');
      const first = await server.until(isMapped);
      assert.equal(first.mapping.protocol, name);
      assert.equal(first.verdict.kind, 'mapped');
      const address = first.mapping.external_address ?? '';
      assert.equal(address, ipv6 ? '2400:1:1::2' : home.outside);
      assert.equal(await internet.hears(address, openS), 'hello');

      const renewed = await server.until(
        (told) => isMapped(told) && told.mapping.expires_at !== first.mapping.expires_at,
      );
      assert.equal(await internet.hears(address, openS), 'hello');

      await home.stopDaemon();
      if (hide) home.reject(hide);
      assert.equal(await internet.hears(address), null);
      await home.startDaemon({ natPmp, upnp });
      let last = renewed;
      do {
        const { expires_at } = last.mapping;
        last = await server.until((told) => isMapped(told) && told.mapping.expires_at !== expires_at);
      } while ((await internet.hears(address)) === null);

      const { expires_at } = last.mapping;
      await server.until((told) => isMapped(told) && told.mapping.expires_at !== expires_at);
      await server.stop();
      const isOpen = () => home.router.run('nft', ['list', 'ruleset']).includes(`dport ${port}`);
      // With this daemon nobody can remove a pinhole that was renewed, only shorten its life to five seconds.
      if (name === 'pcp6') await until([], 'the pinhole gone', () => !isOpen());
      assert.ok(!isOpen());
    });

  test('an owner whose router supports no protocol sees that, and what to do', async (t) => {
    const home = new Internet(t).home();
    const server = live(t, home);
    const { mapping, verdict } = await server.until((told) => told.mapping.state === 'failed');
    assert.match(mapping.error ?? '', /offers none of PCP, NAT-PMP and UPnP/);
    assert.deepEqual(
      mapping.tried.map(({ protocol, result }) => `${protocol} ${result}`),
      ['pcp absent', 'nat-pmp absent', 'upnp absent'],
    );
    assert.equal(verdict.kind, 'closed');
    assert.match(verdict.fix ?? '', /forward TCP port 8448 to this computer \(192\.168\.1\.2\)/);
    await server.stop();
  });

  test('an owner behind a shared address sees that the router has no public address of its own', async (t) => {
    const home = new Internet(t).home({ outside: '100.64.9.2' });
    await home.startDaemon({ natPmp: true, upnp: true });
    const server = live(t, home);
    const { verdict } = await server.until((told) => told.mapping.state !== 'trying');
    // This daemon does not name the address it finds wanting.
    assert.equal(verdict.kind, 'no-address');
    assert.match(verdict.fix ?? '', /100\.64.*public IPv4/);
    await server.stop();
  });
});
