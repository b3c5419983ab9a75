import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { LeapingClock } from '../../support/leaping-clock.ts';
import { type LocalNode, startLocalNode } from '../../support/nodes/local-node.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { until } from '../../support/until.ts';

/** Anna's server can be called, and Ben's can't: hers doesn't know where. */
async function uncallable(t: TestContext, ports = systemPorts) {
  const a = await startLocalNode(t, { name: 'a.test', ports });
  const b = await startLocalNode(t, { name: 'b.test', ports });
  await a.api.changeSettings({ public_url: a.url });
  const { room_id } = await a.api.createRoom({ name: 'Kitchen', join_rule: 'invite' });
  const { link } = await a.api.makePeerInvite({ room_id });
  await b.api.acceptPeerInvite({ link: link ?? '' });
  return { a, b, room_id };
}

test('a server without an address rotates its key, and its friend reads it at once', async (t) => {
  const { a, b, room_id } = await uncallable(t);
  assert.equal((await a.api.peer({ server_name: 'b.test' })).endpoint, null);
  await b.api.rotateKeys({ announce_seconds: 0 });
  await b.api.rotateKeys({ announce_seconds: 0 });
  await b.api.postMessage({ room_id, body: 'under the newest key' });
  await until(
    [a, b],
    'Anna has it',
    async () => (await a.api.timeline({ room_id })).items.some(({ body }) => body === 'under the newest key'),
    5000,
  );
  const { keys } = await a.api.peer({ server_name: 'b.test' });
  assert.equal(keys.length, 3);
  await a.api.postMessage({ room_id, body: 'and back' });
  await until(
    [a, b],
    'Ben fetches it',
    async () => (await b.api.timeline({ room_id })).items.some(({ body }) => body === 'and back'),
    10_000,
  );
});

test('a server without an address renews its key, and its friend accepts it when the old time is over', async (t) => {
  const clock = new LeapingClock();
  const { a, b, room_id } = await uncallable(t, { ...systemPorts, clock });
  const day = 86_400_000;
  const validFor = async (node: LocalNode, name: string) => {
    const { keys } = await node.api.peer({ server_name: name });
    return Math.round(((keys[0]?.valid_until ?? 0) - clock.now()) / day);
  };
  assert.equal(await validFor(a, 'b.test'), 365);
  // Ben's server renews it when less than 90 days are left.
  await clock.leap(280 * day);
  await until([a, b], 'Anna’s server to learn it', async () => {
    await clock.leap(10_000);
    return (await validFor(a, 'b.test')) > 300;
  });
  await clock.leap(90 * day);
  await b.api.postMessage({ room_id, body: 'a year later' });
  await until([a, b], 'Anna has it', async () => {
    await clock.leap(10_000);
    return (await a.api.timeline({ room_id })).items.some(({ body }) => body === 'a year later');
  });
});

test('a key in a notice needs the word of an accepted key, no matter who signs the notice', async (t) => {
  const { a } = await uncallable(t);
  const cleo = await new RawPeer('cleo.test').listen(t);
  await a.api.addPeer({ endpoint: cleo.url });
  const stranger = new RawPeer('cleo.test');
  const body = (chain?: object) =>
    JSON.stringify({
      keys: [
        {
          key_id: 'ed25519:new',
          algorithm: 'ed25519',
          public_key: stranger.signer.publicKey,
          valid_until: Date.now() + 86_400_000,
          ...(chain ? { chain } : {}),
        },
      ],
    });
  const forged = { key_id: cleo.keyId, signature: '00'.repeat(64) };
  for (const each of [body(), body(forged)])
    assert.equal((await cleo.call(a.url, 'POST', '/peers/keys', each)).status, 200);
  assert.deepEqual(
    (await a.api.peer({ server_name: 'cleo.test' })).keys.map(({ key_id }) => key_id),
    [cleo.keyId],
  );
  stranger.keyId = 'ed25519:new';
  assert.equal((await stranger.call(a.url, 'POST', '/peers/keys', body())).status, 403);
});

test('an older key can’t be made to count for longer by a notice, and ends nothing', async (t) => {
  const { a } = await uncallable(t);
  const day = 86_400_000;
  const until = Date.now() + 100 * day;
  const cleo = await new RawPeer('cleo.test').listen(t);
  cleo.validUntil = until;
  await a.api.addPeer({ endpoint: cleo.url });
  const old = new RawPeer('cleo.test');
  Object.assign(old, { keyId: cleo.keyId, signer: cleo.signer });
  Object.assign(cleo, {
    keyId: 'ed25519:new',
    signer: new RawPeer('cleo.test').signer,
    validUntil: until + day,
  });
  await a.api.addPeer({ endpoint: cleo.url });
  const key = (by: RawPeer, valid_until: number) => ({
    key_id: by.keyId,
    algorithm: 'ed25519',
    public_key: by.signer.publicKey,
    valid_until,
  });
  const body = JSON.stringify({ keys: [key(old, until + 300 * day), key(cleo, Date.now())] });
  assert.equal((await old.call(a.url, 'POST', '/peers/keys', body)).status, 200);
  const { keys } = await a.api.peer({ server_name: 'cleo.test' });
  assert.deepEqual(
    keys.map(({ key_id, valid_until }) => [key_id, valid_until]).sort(),
    [
      [old.keyId, until],
      ['ed25519:new', until + day],
    ].sort(),
  );
});
