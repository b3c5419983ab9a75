import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemPorts } from '../../main/system-ports.ts';
import { LeapingClock } from '../support/leaping-clock.ts';
import { type LocalNode, startLocalNode } from '../support/local-node.ts';
import { offerOf, reachable } from '../support/pairing.ts';
import { RawPeer } from '../support/raw-peer.ts';
import { until } from '../support/until.ts';

const stateOf = async (node: LocalNode, name: string) => {
  const { state, state_text } = await node.api.peer({ server_name: name });
  return `${state}: ${state_text}`;
};

test('whoever opens an invite and cannot be reached at the address it tells is said to be so', async (t) => {
  const node = await reachable(await startLocalNode(t, { name: 'anna.test' }));
  const { link } = await node.api.makePeerInvite({});
  const ben = await new RawPeer('ben.test').listen(t);
  const offer = offerOf(ben, link ?? '');
  ben.close();
  assert.equal((await ben.call(node.url, 'POST', '/peers/accept', offer)).status, 200);
  await until([node], 'the address to be tried', async () =>
    (await stateOf(node, 'ben.test')).startsWith('unreachable: It reaches us, and we cannot reach it.'),
  );
});

test('a check that fails tells the state until the peer answers; it is made again by itself', async (t) => {
  const clock = new LeapingClock();
  const ports = { ...systemPorts, clock };
  const anna = await startLocalNode(t, { name: 'anna.test', ports });
  const ben = await startLocalNode(t, { name: 'ben.test', ports });
  await anna.api.addPeer({ endpoint: ben.url });
  await ben.api.addPeer({ endpoint: anna.url });
  assert.equal((await anna.api.checkPeer({ server_name: 'ben.test' })).ok, true);
  assert.equal(await stateOf(anna, 'ben.test'), 'ok: Connected.');
  await ben.stop();
  assert.equal((await anna.api.checkPeer({ server_name: 'ben.test' })).ok, false);
  assert.match(await stateOf(anna, 'ben.test'), /^unreachable: /);

  const port = Number(new URL(ben.url).port);
  await startLocalNode(t, { name: 'ben.test', ports, port, dataDir: ben.dataDir });
  await clock.leap(4 * 60_000);
  assert.match(await stateOf(anna, 'ben.test'), /^unreachable: /);
  await until([anna], 'the check to be made again', async () => {
    await clock.leap(31_000);
    return (await stateOf(anna, 'ben.test')) === 'ok: Connected.';
  });
});

test('a peer without an address is no failure of anybody: there is nothing to test', async (t) => {
  const node = await reachable(await startLocalNode(t, { name: 'anna.test' }));
  const { link } = await node.api.makePeerInvite({});
  const hidden = new RawPeer('hidden.test');
  const offer = offerOf(hidden, link ?? '', { endpoint: undefined });
  await hidden.call(node.url, 'POST', '/peers/accept', offer);
  const { ok, steps } = await node.api.checkPeer({ server_name: 'hidden.test' });
  assert.equal(ok, true);
  assert.ok(steps.every(({ result }) => result === 'skipped'));
  assert.match(await stateOf(node, 'hidden.test'), /^ok: Connected\. It cannot be called, so it fetches/);
});
