import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type LocalNode, startLocalNode } from '../../support/nodes/local-node.ts';
import { offerOf, reachable } from '../../support/pairing/pairing.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { until } from '../../support/until.ts';

const textsOf = async ({ api }: LocalNode, room_id: string) =>
  (await api.timeline({ room_id })).items
    .toReversed()
    .map(({ sender, body, unverified }) => `${sender}: ${unverified ? '?' : body}`);

/** Anna and Ben have talked in a room of hers. Then Ben lost his folder, and begins again under the same name. */
async function lostFolder(t: TestContext) {
  const anna = await reachable(await startLocalNode(t, { name: 'anna.test' }));
  const before = await reachable(await startLocalNode(t, { name: 'ben.test' }));
  const { room_id } = await anna.api.createRoom({ name: 'Kitchen', join_rule: 'invite' });
  const invite = async () => (await anna.api.makePeerInvite({ room_id })).link ?? '';
  await before.api.acceptPeerInvite({ link: await invite() });
  await before.api.postMessage({ room_id, body: 'from the old computer' });
  await anna.api.postMessage({ room_id, body: 'hello old Ben' });
  await until([anna, before], 'both have both', async () =>
    (await Promise.all([anna, before].map((node) => textsOf(node, room_id)))).every(
      ({ length }) => length === 2,
    ),
  );
  await before.stop();
  const ben = await reachable(await startLocalNode(t, { name: 'ben.test' }));
  return { anna, ben, room_id, invite };
}

const claimOf = async ({ api }: LocalNode) =>
  (await api.peerInvites({})).items.find(({ claim }) => claim !== null);

test('a friend who started over is let in by a decision and reads what is left, and old messages stay verified', async (t) => {
  const { anna, ben, room_id, invite } = await lostFolder(t);
  const [known] = (await anna.api.peer({ server_name: 'ben.test' })).keys;
  const answer = await ben.api.acceptPeerInvite({ link: await invite() });
  assert.equal(answer.state, 'waiting');
  assert.match(answer.text, /anna\.test knows your server under an earlier key/);
  const claimed = await claimOf(anna);
  const { active_key } = await ben.api.status({});
  assert.equal(claimed?.claim?.server_name, 'ben.test');
  assert.equal(claimed.claim.fingerprint, active_key?.fingerprint);
  // The node changed nothing by itself.
  assert.deepEqual(
    (await anna.api.peer({ server_name: 'ben.test' })).keys.map(({ public_key, standing }) => [
      public_key,
      standing,
    ]),
    [[known?.public_key, 'valid']],
  );
  assert.equal((await anna.api.letInAgain({ id: claimed.id })).claim?.let_in, true);
  await until(
    [anna, ben],
    'Ben is in the room again',
    async () => (await ben.api.rooms({})).items.some((room) => room.membership === 'joined'),
    20_000,
  );
  await ben.api.postMessage({ room_id, body: 'from the new computer' });
  await until([anna, ben], 'each shows what it can verify', async () => {
    const [hers, his] = [await textsOf(anna, room_id), await textsOf(ben, room_id)];
    return hers.length === 3 && his.length === 3;
  });
  assert.deepEqual(await textsOf(anna, room_id), [
    '@ben:ben.test: from the old computer',
    '@anna:anna.test: hello old Ben',
    '@ben:ben.test: from the new computer',
  ]);
  assert.deepEqual(await textsOf(ben, room_id), [
    '@ben:ben.test: ?',
    '@anna:anna.test: hello old Ben',
    '@ben:ben.test: from the new computer',
  ]);
  const [oldest] = (await anna.api.timeline({ room_id })).items.toReversed();
  assert.equal((await anna.api.event({ event_id: oldest?.event_id ?? '' })).signature.state, 'verified');
  await assert.rejects(ben.api.event({ event_id: oldest?.event_id ?? '' }), /can’t verify/);
  const keys = (await anna.api.peer({ server_name: 'ben.test' })).keys;
  assert.equal(keys.find(({ public_key }) => public_key === known?.public_key)?.standing, 'expired');
  assert.equal(keys.length, 2);
});

/** Uses Ben's name with a key of its own. */
function another(keyId: string): RawPeer {
  const peer = new RawPeer('ben.test');
  peer.keyId = keyId;
  return peer;
}

/** Anna knows Ben's server by its key. */
async function claimed(t: TestContext) {
  const anna = await reachable(await startLocalNode(t, { name: 'anna.test' }));
  const ben = await new RawPeer('ben.test').listen(t);
  await anna.api.addPeer({ endpoint: ben.url });
  const invite = await anna.api.makePeerInvite({});
  const accept = (peer: RawPeer, link = invite.link ?? '') =>
    peer.call(anna.url, 'POST', '/peers/accept', offerOf(peer, link, { endpoint: undefined }));
  const keys = async () =>
    (await anna.api.peer({ server_name: 'ben.test' })).keys.map(({ public_key, standing }) =>
      [public_key, standing].join(' '),
    );
  return { anna, ben, invite, accept, keys };
}

test('a server that claims a known name without a valid invite leaves no trace', async (t) => {
  const { anna, accept, keys } = await claimed(t);
  const before = await keys();
  const mallory = another('ed25519:mallory');
  const { link, id } = await anna.api.makePeerInvite({});
  await anna.api.revokePeerInvite({ id });
  assert.equal((await accept(mallory, link ?? '')).status, 403);
  assert.equal((await mallory.call(anna.url, 'GET', '/queue')).status, 403);
  assert.equal(await claimOf(anna), undefined);
  assert.deepEqual(await keys(), before);
});

test('only the first key that claims an invite can be let in with it, no matter who else has the token', async (t) => {
  const { anna, accept, invite, keys } = await claimed(t);
  const before = await keys();
  const first = another('ed25519:first');
  const second = another('ed25519:second');
  assert.equal((await accept(first)).status, 409);
  assert.equal((await accept(second)).status, 409);
  await anna.api.letInAgain({ id: invite.id });
  assert.equal((await accept(second)).status, 409);
  assert.deepEqual(await keys(), before);
  assert.equal((await accept(first)).status, 200);
  assert.deepEqual(await keys(), [`${first.signer.publicKey} valid`, before[0]?.replace('valid', 'expired')]);
  assert.equal((await accept(second)).status, 403);
});

test('a claim that the owner turns down changes nothing, and the friend they know stays', async (t) => {
  const { anna, ben, accept, invite, keys } = await claimed(t);
  const before = await keys();
  const mallory = another('ed25519:mallory');
  assert.equal((await accept(mallory)).status, 409);
  await anna.api.revokePeerInvite({ id: invite.id });
  await assert.rejects(anna.api.letInAgain({ id: invite.id }), /No server waits/);
  assert.equal((await accept(mallory)).status, 403);
  assert.deepEqual(await keys(), before);
  assert.equal((await ben.call(anna.url, 'GET', '/queue')).status, 200);
});

test('after the friend was let in again, the key they lost opens nothing', async (t) => {
  const { anna, ben, accept, invite, keys } = await claimed(t);
  const again = another('ed25519:again');
  assert.equal((await accept(again)).status, 409);
  await anna.api.letInAgain({ id: invite.id });
  assert.equal((await accept(again)).status, 200);
  const refused = await ben.call(anna.url, 'GET', '/queue');
  assert.equal(refused.status, 403);
  assert.equal((await again.call(anna.url, 'GET', '/queue')).status, 200);
  assert.match((await keys()).join('\n'), new RegExp(`${ben.signer.publicKey} expired`));
  // The holder of the old key can claim the name like anybody else, and nothing more.
  const { link } = await anna.api.makePeerInvite({});
  assert.equal((await accept(ben, link ?? '')).status, 409);
});

test('a blocked friend isn’t asked about', async (t) => {
  const { anna, accept } = await claimed(t);
  await anna.api.changePeer({ server_name: 'ben.test', mode: 'block' });
  assert.equal((await accept(another('ed25519:another'))).status, 403);
  assert.equal(await claimOf(anna), undefined);
});

test('an invite of a friend who started over is refused until its owner says that it is the same friend', async (t) => {
  const { anna, ben } = await lostFolder(t);
  const { link } = await ben.api.makePeerInvite({});
  const known = link ?? '';
  assert.equal((await anna.api.previewPeerInvite({ link: known })).started_over, true);
  await assert.rejects(anna.api.acceptPeerInvite({ link: known }), /let it in as the same server/);
  const answer = await anna.api.acceptPeerInvite({ link: known, started_over: true });
  assert.equal(answer.state, 'connected');
  await until([anna, ben], 'Ben’s server knows Anna’s', async () =>
    (await ben.api.peers({})).items.some(({ state }) => state === 'ok'),
  );
});
