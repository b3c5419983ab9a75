import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { untilKnown } from '../../../main/cli/commands/peers.ts';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { lookAgainMs } from '../../../main/trust/discovery/rediscovery.ts';
import type { CheckView } from '../../../shared/api/views/doctor-views.ts';
import type { AdminRequest } from '../../../shared/api/views/peer-views.ts';
import { federationPrefix } from '../../../shared/protocol/transport.ts';
import { rowsOf } from '../../support/attack/node.ts';
import { LeapingClock } from '../../support/leaping-clock.ts';
import { type LocalNode, startLocalNode } from '../../support/nodes/local-node.ts';
import type { EraName } from '../../support/stand-in/era.ts';
import { StandInServer } from '../../support/stand-in/server.ts';
import { until } from '../../support/until.ts';

const dayMs = 86_400_000;
const chat = { server_name: 'paracord.test' };
const stepOf = (check: CheckView, name: CheckView['steps'][number]['step']) =>
  check.steps.find(({ step }) => step === name);

/** Returns the request for its admin to send now, as the owner of the node sees it. */
const requestIn = async ({ api }: LocalNode): Promise<AdminRequest | null> =>
  (await api.peer(chat)).admin_request;

/** A refusal isn't asked about again before this has passed. */
const askAgainMs = 11_000;

interface Pair {
  readonly server: StandInServer;
  readonly node: LocalNode;
  readonly clock: LeapingClock;
}

/** A pair in which the owner has added the server. */
async function startPair(t: TestContext, era: EraName): Promise<Pair> {
  const clock = new LeapingClock();
  const server = await StandInServer.start(t, { era, clock });
  const node = await startLocalNode(t, {
    name: 'a.test',
    domain: 'chat.a.test',
    ports: { ...systemPorts, clock },
  });
  await node.api.addPeer({ endpoint: server.url });
  return { server, node, clock };
}

async function knows({ node, clock }: Pair): Promise<boolean> {
  await clock.leap(askAgainMs);
  return stepOf(await node.api.checkPeer(chat), 'signed-read')?.result === 'ok';
}

for (const [era, discover] of [
  ['0.8', true],
  ['1.0', true],
  ['3.x', false],
] as const satisfies [EraName, boolean][])
  test(`the request that the owner sees registers this server at ${era}, and again after a rotation`, async (t) => {
    const pair = await startPair(t, era);
    const { server, node } = pair;
    assert.equal(await knows(pair), false);
    const request = await requestIn(node);
    const [key] = (await node.api.keys({})).items;
    assert.deepEqual(request, {
      server_name: 'a.test',
      domain: 'chat.a.test',
      federation_endpoint: node.url + federationPrefix,
      public_key_hex: key?.public_key,
      key_id: key?.key_id,
      trusted: true,
      discover,
    });
    await server.register(request as AdminRequest);
    assert.equal(await knows(pair), true);
    assert.equal(await requestIn(node), null);

    await node.api.rotateKeys({});
    const next = await requestIn(node);
    assert.notEqual(next?.key_id, request?.key_id);
    await server.register(next as AdminRequest);
    assert.equal(await knows(pair), true);
  });

test('a server before 3.0.1 that requires a destination takes the request with discover', async (t) => {
  const pair = await startPair(t, '2.x');
  const { server, node } = pair;
  assert.equal(await knows(pair), false);
  const request = (await requestIn(node)) as AdminRequest;
  assert.equal(request.discover, false);
  await server.register(request);
  assert.equal(await knows(pair), false, 'its pin is not used');
  await server.register({ ...request, discover: true });
  assert.equal(await knows(pair), true);
  assert.equal(await requestIn(node), null);
});

test('a server that has not added us, or refuses our key or name, gets its own next step', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const fixOf = async () => stepOf(await node.api.checkPeer(chat), 'signed-read')?.fix ?? '';
  const old = await StandInServer.start(t, { era: '0.8' });
  await node.api.addPeer({ endpoint: old.url });
  assert.match(await fixOf(), /Your server isn’t added there yet, or it is blocked/);
  await node.api.forgetPeer(chat);
  const server = await StandInServer.start(t, { era: '3.x' });
  await node.api.addPeer({ endpoint: server.url });
  assert.match(await fixOf(), /another name than paracord\.test\. .* destination binding mismatch/);
  assert.match((await node.api.peer(chat)).state_text, /Its owner must add your server too|doesn’t know/);
});

const codesOf = async ({ api }: LocalNode) => (await api.doctor({})).findings.map(({ code }) => code);
const versionsIn = async (node: LocalNode) =>
  (await codesOf(node)).filter((code) => code === 'peer-upgraded' || code === 'peer-downgraded');

test('a discovered key is counted for 30 days; a pinned one is accepted after them without a finding', async (t) => {
  const pair = await startPair(t, '3.x');
  const { server, node, clock } = pair;
  const pin = (await requestIn(node)) as AdminRequest;
  const codes = () => codesOf(node);
  await server.register({ ...pin, discover: true });
  assert.equal(await knows(pair), true);
  assert.ok(!(await codes()).includes('peer-registration-expiring'));
  await clock.leap(26 * dayMs);
  assert.ok((await codes()).includes('peer-registration-expiring'));
  assert.deepEqual(await requestIn(node), pin);

  await clock.leap(5 * dayMs);
  assert.equal(await knows(pair), false);
  const check = await node.api.checkPeer(chat);
  assert.match(stepOf(check, 'signed-read')?.fix ?? '', /with “discover”, that lasted 30 days/);
  await server.register(pin);
  assert.equal(await knows(pair), true);
  assert.ok(!(await codes()).includes('peer-registration-expiring'));
});

test('an update of an existing server is news for a week, and so is the way back', async (t) => {
  const pair = await startPair(t, '0.8');
  const { server: old, node, clock } = pair;
  const updated = await StandInServer.start(t, { era: '3.x', clock });
  updated.signer = old.signer;
  const request = (await requestIn(node)) as AdminRequest;
  await old.register({ ...request, discover: true });
  await updated.register({ ...request, discover: false });
  assert.equal(await knows(pair), true);
  assert.deepEqual(await versionsIn(node), []);

  await node.api.changePeer({ ...chat, endpoint: updated.url });
  assert.equal(await knows(pair), true);
  assert.deepEqual(await versionsIn(node), ['peer-upgraded']);
  await clock.leap(8 * dayMs);
  assert.deepEqual(await versionsIn(node), []);

  await node.api.changePeer({ ...chat, endpoint: old.url });
  assert.equal(await knows(pair), true);
  assert.deepEqual(await versionsIn(node), ['peer-downgraded']);
});

test('waiting for the admin ends with the first accepted question', async (t) => {
  const { server, node, clock } = await startPair(t, '3.x');
  let pauses = 0;
  await untilKnown(node.api, chat.server_name, async () => {
    await clock.leap(askAgainMs);
    if (++pauses === 2) await server.register((await requestIn(node)) as AdminRequest);
  });
  assert.equal(pauses, 2);
});

test('a server that hides its page is added by its name, and checked without its page', async (t) => {
  const clock = new LeapingClock();
  const server = await StandInServer.start(t, { era: '3.x', allowsDiscovery: false, clock });
  const node = await startLocalNode(t, { name: 'a.test', ports: { ...systemPorts, clock } });
  await assert.rejects(node.api.addPeer({ endpoint: server.url }), /hides its page .* --name paracord\.test/);
  await assert.rejects(
    node.api.addPeer({ endpoint: server.url, server_name: 'other.test' }),
    /the keys of paracord\.test, not those of other\.test/,
  );
  assert.deepEqual(rowsOf(node, 'federation_peer_trust_state'), []);
  const peer = await node.api.addPeer({ endpoint: server.url, ...chat });
  assert.deepEqual([peer.server_name, peer.kind, peer.keys.length], ['paracord.test', 'other', 1]);
  assert.equal(peer.endpoint, server.url + federationPrefix);
  await server.register((await requestIn(node)) as AdminRequest);
  const check = await node.api.checkPeer(chat);
  assert.equal(check.ok, true);
  assert.equal(stepOf(check, 'well-known')?.result, 'skipped');
  assert.match(stepOf(check, 'well-known')?.text ?? '', /hides its page/);
  await node.api.changePeer({ ...chat, endpoint: server.url });

  // The peer's page is read again as usual, and what is found there changes nothing.
  const readAt = () => rowsOf(node, 'federation_peer_trust_state')[0]?.discovered_at as number;
  const before = readAt();
  await clock.leap(lookAgainMs + 1);
  await until([node], 'the page is read again', () => readAt() > before);
  assert.equal((await node.api.peer(chat)).kind, 'other');
});

test('a key that the owner gives is the only one that is pinned', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const server = await StandInServer.start(t, { era: '3.x', allowsDiscovery: false });
  const other = await StandInServer.start(t, { era: '3.x' });
  const keyOf = ({ keyId, signer }: StandInServer) => ({ key_id: keyId, public_key: signer.publicKey });
  const wanted = { endpoint: server.url, ...chat };
  for (const key of [keyOf(other), { ...keyOf(server), key_id: 'ed25519:else' }])
    await assert.rejects(node.api.addPeer({ ...wanted, key }), /doesn’t publish the key that you named/);
  assert.ok(rowsOf(node, 'federation_server_keys').every(({ source }) => source === 'own'));
  const added = await node.api.addPeer({ ...wanted, key: keyOf(server) });
  assert.deepEqual(
    added.keys.map(({ key_id }) => key_id),
    [server.keyId],
  );
});

test('an address without a page and without keys is not taken for a hidden server', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const nobody = await StandInServer.start(t, { era: '3.x', allowsDiscovery: false });
  nobody.keys = () => ({ keys: [], server_name: nobody.name });
  await assert.rejects(
    node.api.addPeer({ endpoint: nobody.url, ...chat }),
    /says that its federation is turned off/,
  );
});
