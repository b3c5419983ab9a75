import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { PeerMode } from '../../../shared/api/views/peer-views.ts';
import { LeapingClock } from '../../support/leaping-clock.ts';
import { befriend, type LocalNode, startLocalNode } from '../../support/nodes/local-node.ts';
import { offerOf, reachable } from '../../support/pairing/pairing.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { until } from '../../support/until.ts';

const stateOf = async (node: LocalNode, name: string) => {
  const { state, state_text } = await node.api.peer({ server_name: name });
  return `${state}: ${state_text}`;
};

test('a server that opens an invite and cannot be reached at the address it gives is reported', async (t) => {
  const node = await reachable(await startLocalNode(t, { name: 'anna.test' }));
  const { link } = await node.api.makePeerInvite({});
  const ben = await new RawPeer('ben.test').listen(t);
  const offer = offerOf(ben, link ?? '');
  ben.close();
  assert.equal((await ben.call(node.url, 'POST', '/peers/accept', offer)).status, 200);
  await until([node], 'the address to be tried', async () =>
    (await stateOf(node, 'ben.test')).startsWith(
      'unreachable: It reaches your server, but your server can’t reach it.',
    ),
  );
});

test('a failed check sets the state until the peer answers, and is repeated automatically', async (t) => {
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

test('a peer without an address isn’t a failure: there is nothing to test', async (t) => {
  const node = await reachable(await startLocalNode(t, { name: 'anna.test' }));
  const { link } = await node.api.makePeerInvite({});
  const hidden = new RawPeer('hidden.test');
  const offer = offerOf(hidden, link ?? '', { endpoint: undefined });
  await hidden.call(node.url, 'POST', '/peers/accept', offer);
  const { ok, result, steps } = await node.api.checkPeer({ server_name: 'hidden.test' });
  assert.deepEqual([ok, result], [false, 'not_tested']);
  assert.ok(steps.every(({ result }) => result === 'skipped'));
  assert.match(await stateOf(node, 'hidden.test'), /^ok: Connected\. It collects its messages/);
});

test('a peer that rejected the only message for it is connected: nothing waits', async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test' });
  const raw = await new RawPeer('raw.test').listen(t);
  await node.api.addPeer({ endpoint: raw.url });
  await raw.call(node.url, 'GET', '/queue');
  raw.handlers.set('/event', () => ({ status: 400, body: { code: 'BAD_REQUEST', message: 'odd' } }));
  const { room_id } = await node.api.createRoom({ name: 'Hall', join_rule: 'peers' });
  await node.api.inviteUser({ room_id, user_id: '@raw:raw.test' });
  await until([node], 'the refusal', async () => (await node.api.outbox({})).items[0]?.dead === 1);
  assert.equal(await stateOf(node, 'raw.test'), 'ok: Connected.');
  assert.equal((await node.api.status({})).health.cause, 'deliveries-failed');
});

const minute = 60_000;

test('after its owner has added this server, a peer is connected within 15 seconds, and readers are notified', async (t) => {
  const clock = new LeapingClock();
  const node = await startLocalNode(t, { name: 'anna.test', ports: { ...systemPorts, clock } });
  const raw = await new RawPeer('raw.test').listen(t);
  raw.handlers.set('/events', () => ({ status: 403, body: { code: 'FORBIDDEN', message: 'who?' } }));
  raw.handlers.set('/event/:id', () => ({ status: 403, body: { code: 'FORBIDDEN', message: 'who?' } }));
  await node.api.addPeer({ endpoint: raw.url });
  const asked = () => raw.requests.filter(({ path }) => path.includes('/event/')).length;
  const minutes = async (count: number) => {
    for (let passed = 0; passed < count * 12; passed++) {
      await clock.leap(5_000);
      // A way there and back, in which what was asked is answered.
      await (await fetch(`${raw.url}/elsewhere`)).text();
    }
  };
  await minutes(1);
  assert.match(
    await stateOf(node, 'raw.test'),
    /^waiting: .*Its owner must add your server too\. Your server tries to contact it every 15 seconds\.$/,
  );
  assert.ok(asked() >= 3 && asked() <= 5, `asked ${asked()} times in a minute`);
  await minutes(11);
  const before = asked();
  assert.ok(before <= 45, `asked ${before} times in 12 minutes`);
  await minutes(10);
  assert.ok(asked() - before <= 3, `asked ${asked() - before} times in 10 more minutes`);

  const told: string[] = [];
  t.after(
    node.node.changes.subscribe(({ change }) => {
      if (change.topic === 'peer') told.push(change.server_name);
    }),
  );
  raw.handlers.delete('/event/:id');
  await until([node], 'the answer', async () => {
    await clock.leap(5_000);
    return (await stateOf(node, 'raw.test')) === 'ok: Connected.';
  });
  assert.ok(told.includes('raw.test'));
});

test('a peer that stops answering isn’t connected after two minutes, and is again when it is back', async (t) => {
  const clock = new LeapingClock();
  const ports = { ...systemPorts, clock };
  const anna = await startLocalNode(t, { name: 'anna.test', ports });
  const ben = await startLocalNode(t, { name: 'ben.test', ports });
  await befriend(anna, ben);
  const wait = async (state: string, most: number) => {
    const start = clock.now();
    await until([anna], state, async () => {
      await clock.leap(5_000);
      return (await stateOf(anna, 'ben.test')).startsWith(state);
    });
    const took = clock.now() - start;
    assert.ok(took <= most, `${state} after ${took / 1000} s`);
  };
  await wait('ok', 2 * minute);
  await ben.stop();
  await wait('unreachable: It hasn’t answered', 8 * minute);
  assert.match(await stateOf(anna, 'ben.test'), /tries to contact it every/);
  assert.equal((await anna.api.status({})).peers.ok, 0);
  await startLocalNode(t, {
    name: 'ben.test',
    ports,
    port: Number(new URL(ben.url).port),
    dataDir: ben.dataDir,
  });
  await wait('ok', minute);
});

test('a peer that fetches its events is silent if it hasn’t called for longer than usual', async (t) => {
  const clock = new LeapingClock();
  const node = await reachable(
    await startLocalNode(t, { name: 'anna.test', ports: { ...systemPorts, clock } }),
  );
  const { link } = await node.api.makePeerInvite({});
  const hidden = new RawPeer('hidden.test');
  await hidden.call(node.url, 'POST', '/peers/accept', offerOf(hidden, link ?? '', { endpoint: undefined }));
  await clock.leap(minute);
  assert.match(await stateOf(node, 'hidden.test'), /^ok: /);
  await clock.leap(2 * minute);
  assert.match(await stateOf(node, 'hidden.test'), /^silent: Last contact 3 minutes ago\./);
  const { health } = await node.api.status({});
  assert.match(health.text, /hidden\.test isn’t answering\. Your messages wait\./);
  assert.deepEqual([health.state, health.cause], ['waiting', 'peer-silent']);
});

test('a server without a decision isn’t a peer in any list', async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test' });
  await node.api.addPeer({ server_name: 'gone.test', mode: 'block' });
  assert.equal((await node.api.peer({ server_name: 'gone.test' })).mode, 'block');
  await node.api.changePeer({ server_name: 'gone.test', mode: 'block', until: Date.now() + 40 });
  await until([node], 'the end of the block', async () => {
    const { mode, state } = await node.api.peer({ server_name: 'gone.test' });
    return mode === 'known' && state === 'unknown';
  });
  assert.equal((await node.api.status({})).peers.total, 0);
  assert.equal(v.safeParse(PeerMode, 'known').success, false, 'nor can it be decided');
});
