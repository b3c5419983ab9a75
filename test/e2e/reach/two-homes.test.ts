import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bodies, pictureOf } from '../../support/browser/picture.ts';
import { routerMissing } from '../../support/daemons/router.ts';
import { Internet } from '../../support/netns/netns.ts';
import { type PlacedNode, startPlacedNode } from '../../support/netns/node.ts';
import { until } from '../../support/until.ts';

const skip = routerMissing() ?? false;

async function reads(node: PlacedNode, room: string, ...expected: string[]): Promise<void> {
  await until([], `${expected.join(', ')}`, async () => {
    const seen = bodies(await pictureOf(node.api, room));
    return expected.every((body) => seen.includes(body));
  });
}

describe('nodes at home', { skip, concurrency: true, timeout: 90_000 }, () => {
  test('two nodes, each behind a router with a mapping daemon, become peers by a link and exchange messages', async (t) => {
    const internet = new Internet(t);
    const homes = [internet.home(), internet.home()];
    await Promise.all(homes.map((home) => home.startDaemon({ natPmp: true, upnp: true })));
    const [anna, ben] = (await Promise.all(
      homes.map((home, at) => startPlacedNode(t, home.machine, at === 0 ? 'anna.test' : 'ben.test')),
    )) as [PlacedNode, PlacedNode];
    for (const [at, node] of [anna, ben].entries()) {
      const reach = await until([], 'a mapping', async () => {
        const { reach, public_url } = await node.api.status({});
        assert.equal(public_url, null);
        return reach.mapping.state === 'mapped' && reach;
      });
      assert.equal(reach.offers, `https://${homes[at]?.outside}:8448`);
      assert.equal(reach.verdict.kind, 'mapped');
    }
    const { link } = await anna.api.makePeerInvite({});
    const accepted = await ben.api.acceptPeerInvite({ link: link ?? '' });
    assert.equal(accepted.state, 'connected', accepted.text);
    const seen = await anna.api.peer({ server_name: 'ben.test' });
    assert.equal(new URL(seen.endpoint ?? '').origin, `https://${homes[1]?.outside}:8448`);

    const room = (await anna.api.createRoom({ name: 'Two homes', join_rule: 'peers' })).room_id;
    await ben.api.joinRoom({ room_id: room });
    await anna.api.postMessage({ room_id: room, body: 'from Anna’s home' });
    await ben.api.postMessage({ room_id: room, body: 'from Ben’s home' });
    for (const node of [anna, ben]) await reads(node, room, 'from Anna’s home', 'from Ben’s home');

    for (const node of [anna, ben]) {
      const { code, stderr } = await node.stop();
      assert.equal(code, 0, stderr);
    }
    for (const home of homes)
      assert.doesNotMatch(home.router.run('nft', ['list', 'ruleset']), /dport 8448/, 'the way in is closed');
  });

  test('two nodes in one home become peers by their addresses there, whatever the router forwards', async (t) => {
    const home = new Internet(t).home();
    await home.startDaemon({ natPmp: true, upnp: true });
    const anna = await startPlacedNode(t, home.machine, 'anna.test');
    const ben = await startPlacedNode(t, home.another(), 'ben.test');
    await until([], 'a mapping', async () => (await anna.api.status({})).reach.offers !== null);
    const { link, where } = await anna.api.makePeerInvite({ where: 'home' });
    assert.equal(where, 'home');
    assert.match(link ?? '', /^https:\/\/192\.168\.1\.2:8448\/join#/);
    const accepted = await ben.api.acceptPeerInvite({ link: link ?? '' });
    assert.equal(accepted.state, 'connected', accepted.text);
    const addresses = { 'ben.test': anna, 'anna.test': ben };
    for (const [name, node] of Object.entries(addresses))
      await until([], `${name} is connected at home`, async () => {
        const { endpoint, state } = await node.api.peer({ server_name: name });
        return /^https:\/\/192\.168\.1\.[23]:8448\//.test(endpoint ?? '') && state === 'ok';
      });
    const room = (await anna.api.createRoom({ name: 'One home', join_rule: 'peers' })).room_id;
    await ben.api.joinRoom({ room_id: room });
    await anna.api.postMessage({ room_id: room, body: 'from Anna' });
    await ben.api.postMessage({ room_id: room, body: 'from Ben' });
    for (const node of [anna, ben]) await reads(node, room, 'from Anna', 'from Ben');
    for (const node of [anna, ben]) assert.equal((await node.stop()).code, 0);
  });

  test('a node behind a router without any mapping protocol says so, and federates by pulling', async (t) => {
    const internet = new Internet(t);
    const home = internet.home();
    const dora = await startPlacedNode(t, internet.place, 'dora.test', [
      '--public-url',
      `https://${internet.address}:8448`,
    ]);
    const carl = await startPlacedNode(t, home.machine, 'carl.test');
    const reach = await until([], 'a verdict', async () => {
      const { reach } = await carl.api.status({});
      return reach.mapping.state === 'failed' && reach;
    });
    assert.equal(reach.verdict.kind, 'closed');
    assert.equal(reach.offers, null);

    const { link } = await dora.api.makePeerInvite({});
    const accepted = await carl.api.acceptPeerInvite({ link: link ?? '' });
    assert.equal(accepted.state, 'connected', accepted.text);
    assert.equal((await dora.api.peer({ server_name: 'carl.test' })).endpoint, null);
    const room = (await dora.api.createRoom({ name: 'One home', join_rule: 'peers' })).room_id;
    await carl.api.joinRoom({ room_id: room });
    await dora.api.postMessage({ room_id: room, body: 'read by pulling' });
    await carl.api.postMessage({ room_id: room, body: 'pushed from home' });
    for (const node of [carl, dora]) await reads(node, room, 'read by pulling', 'pushed from home');
    for (const node of [carl, dora]) assert.equal((await node.stop()).code, 0);
  });

  test('switching TLS to a proxy removes the port mapping, and switching back restores it', async (t) => {
    const home = new Internet(t).home();
    await home.startDaemon({ natPmp: true, upnp: true });
    const anna = await startPlacedNode(t, home.machine, 'anna.test');
    const reachIs = (state: 'mapped' | 'off') =>
      until([], state, async () => {
        const { reach } = await anna.api.status({});
        return reach.mapping.state === state && reach;
      });
    const isOpen = () => /dport 8448/.test(home.router.run('nft', ['list', 'ruleset']));
    await reachIs('mapped');
    await anna.api.changeSettings({ tls: { mode: 'off' } });
    const { verdict, offers } = await reachIs('off');
    assert.match(verdict.text, /^TLS is left to a proxy/);
    assert.equal(offers, null);
    await until([], 'the way in closed', () => !isOpen());
    await anna.api.changeSettings({ tls: { mode: 'self-signed' } });
    assert.match((await reachIs('mapped')).offers ?? '', /^https:/);
    assert.equal((await anna.stop()).code, 0);
    assert.ok(!isOpen());
  });
});
