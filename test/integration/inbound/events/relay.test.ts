import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Envelope, wireEvent } from '../../../../shared/protocol/events/envelope.ts';
import { writeBatch } from '../../../../shared/protocol/events/event-batch.ts';
import { addRaw, beGuest, type Guest } from '../../../support/attack/home.ts';
import { assertError, besiege, details, joins, rowsOf } from '../../../support/attack/node.ts';
import { startLocalNode } from '../../../support/nodes/local-node.ts';
import { offerOf, reachable } from '../../../support/pairing/pairing.ts';
import { RawPeer } from '../../../support/parties/raw-peer.ts';
import { until } from '../../../support/until.ts';

const unknown = { status: 403, code: 'FORBIDDEN', reason: 'origin_unknown' };

const stored = ({ node }: Guest, event: Envelope) =>
  rowsOf(node, 'federation_events', `event_id = '${event.event_id}'`).length;

test('a third server’s event is accepted from the room’s home, and from nobody else', async (t) => {
  const guest = await beGuest(t);
  const { node, home, room } = guest;
  const other = await addRaw(t, node, 'other.test');
  const third = await new RawPeer('third.test').listen(t);
  guest.told.set('third.test', third.keys());
  const event = third.message(room, 'from afar');
  for (const by of [third, other]) assertError(await by.post(node.url, event), unknown);
  assert.deepEqual(guest.asked, []);
  assert.equal(stored(guest, event), 0);
  assert.equal(rowsOf(node, 'federation_peer_trust_state', `server_name = 'third.test'`).length, 0);
  assert.equal((await home.post(node.url, event)).body.inserted, true);
  assert.deepEqual(guest.asked, ['third.test']);
  const [peer] = rowsOf(node, 'federation_peer_trust_state', `server_name = 'third.test'`);
  assert.equal(peer?.mode, 'known');
  assert.equal(peer?.known_through, 'home.test');
  assertError(await third.post(node.url, third.message(room, 'directly')), { status: 403 });
  assertError(await other.post(node.url, third.message(room, 'through another')), { status: 403 });
  assert.equal(third.requests.length, 0, 'the third server is never asked anything itself');
});

test('events that the home doesn’t vouch for stay out, however often they arrive, and cost one request', async (t) => {
  const guest = await beGuest(t);
  const { node, home, room } = guest;
  const third = new RawPeer('third.test');
  const send = () => home.post(node.url, third.message(room, 'hello'));
  const answers = await Promise.all(Array.from({ length: 30 }, send));
  for (const answer of answers) assertError(answer, unknown);
  assert.ok(guest.asked.length <= 2, `asked ${guest.asked.length} times`);
  // Keys of another server, of no server, or none at all.
  for (const told of [
    home.keys(),
    { keys: [] },
    { server_name: 'third.test', keys: [] },
    { server_name: 'third.test', keys: 'x' },
  ]) {
    guest.told.set(`x${guest.asked.length}.test`, told);
    const liar = new RawPeer(`x${guest.asked.length}.test`);
    assertError(await home.post(node.url, liar.message(room, 'hello')), unknown);
  }
  assert.equal(rowsOf(node, 'federation_server_keys').length, 2, 'our own and the home’s');
});

test('a blocked third server is refused however its event arrives', async (t) => {
  const guest = await beGuest(t);
  const { node, home, room } = guest;
  const other = await addRaw(t, node, 'other.test');
  const third = new RawPeer('third.test');
  guest.told.set('third.test', third.keys());
  await node.api.addPeer({ server_name: 'third.test', mode: 'block' });
  const event = third.message(room, 'let me in');
  for (const by of [third, home, other])
    assertError(await by.post(node.url, event), { status: 403, reason: 'origin_blocked' });
  const marker = home.message(room, 'marker');
  guest.shelf.push(wireEvent(event), wireEvent(marker));
  await home.post(node.url, home.message(room, 'wakes the catch-up'));
  await node.api.changePeer({ server_name: 'home.test', mode: 'quarantine' });
  await node.api.changePeer({ server_name: 'home.test', mode: 'allow' });
  await until([node], 'the home’s events are read', () => stored(guest, marker) === 1);
  assert.equal(stored(guest, event), 0);
  assert.deepEqual(guest.asked, []);
});

test('keys that a home vouched for are worth nothing once the server is a peer itself', async (t) => {
  const guest = await beGuest(t);
  const { node, home, room } = guest;
  const third = await new RawPeer('third.test').listen(t);
  // The home reports a key that it made itself as the third server's.
  const puppet = new RawPeer('third.test');
  puppet.keyId = 'ed25519:puppet';
  guest.told.set('third.test', { server_name: 'third.test', keys: [...(puppet.keys().keys as object[])] });
  assert.equal((await home.post(node.url, puppet.message(room, 'believe me'))).status, 202);
  await node.api.addPeer({ endpoint: third.url });
  const read = await puppet.call(node.url, 'GET', `/events?room_id=${room}`);
  assertError(read, { status: 403, reason: 'key_unknown' });
  assertError(await puppet.post(node.url, puppet.message(room, 'as a peer')), { status: 403 });
  assertError(await home.post(node.url, puppet.message(room, 'relayed')), { status: 403 });
  assert.equal((await third.post(node.url, third.message(room, 'the real one'))).status, 202);
});

test('a home can’t vouch for keys of a peer, or for ours', async (t) => {
  const guest = await beGuest(t);
  const { node, home, room } = guest;
  await addRaw(t, node, 'other.test');
  for (const name of ['other.test', 'a.test']) {
    const puppet = new RawPeer(name);
    puppet.keyId = 'ed25519:puppet';
    guest.told.set(name, puppet.keys());
    assertError(await home.post(node.url, puppet.message(room, 'forged')), {
      status: 403,
      reason: 'key_unknown',
    });
  }
  assert.deepEqual(guest.asked, []);
});

test('only the origin is believed about where its event was sent', async (t) => {
  const siege = await besiege(t);
  const { node, raw, room } = siege;
  const other = await addRaw(t, node, 'other.test');
  const third = await addRaw(t, node, 'third.test');
  for (const by of [other, third])
    assert.equal((await joins({ ...siege, raw: by }, `@user:${by.name}`)).status, 200);
  const sentTo = ['third.test'];
  const own = raw.message(room, 'sent to all by itself');
  const theirs = other.message(room, 'kept from the third?');
  const batch = writeBatch([own, theirs].map((event) => ({ event: wireEvent(event), sentTo })));
  assert.equal((await raw.call(node.url, 'POST', '/events', batch)).status, 200);
  const got = (event: Envelope) => third.requests.some(({ body }) => body.includes(event.event_id));
  await until([node], 'the relay', () => got(theirs));
  assert.equal(got(own), false);
});

test('a relayed event says nothing about the relay: only its signer matters', async (t) => {
  const siege = await besiege(t);
  const { node, raw, room } = siege;
  const other = await addRaw(t, node, 'other.test');
  const event = other.message(room, 'no member');
  const answer = await raw.post(node.url, event);
  assertError(answer, { status: 403, reason: 'not_a_member' });
  assert.equal(details(answer).scope, 'event');
});

test('an event that fails verification leaves nothing of the server that it names', async (t) => {
  const guest = await beGuest(t);
  const { node, home, room } = guest;
  const third = new RawPeer('third.test');
  const puppet = new RawPeer('third.test');
  guest.told.set('third.test', third.keys());
  const before = [rowsOf(node, 'federation_peer_trust_state'), rowsOf(node, 'federation_server_keys')];
  const foreign = third.message(room, 'in the name of another', { sender: '@user:elsewhere.test' });
  for (const event of [puppet.message(room, 'forged'), foreign])
    assertError(await home.post(node.url, event), { status: 403 });
  const keys = rowsOf(node, 'federation_server_keys');
  assert.deepEqual(
    [rowsOf(node, 'federation_peer_trust_state').length, keys.length],
    [before[0]?.length, before[1]?.length],
  );
  assert.equal((await node.api.peers({})).items.length, 1);
  // Many of them cause only one question to the home.
  for (let i = 0; i < 5; i++) await home.post(node.url, puppet.message(room, `forged ${i}`));
  assert.deepEqual(guest.asked, ['third.test']);
});

for (const spread of ['under its own name', 'as the domain of another server'] as const)
  test(`a wrong key that a home spread ${spread} does not keep the real server from becoming a peer`, async (t) => {
    const guest = await beGuest(t);
    const { node, home, room } = guest;
    await reachable(node);
    const real = await new RawPeer('real.test').listen(t);
    const puppet =
      spread === 'under its own name' ? new RawPeer('real.test') : new RawPeer('puppet.test', 'real.test');
    const rumor = () => guest.told.set(puppet.name, { ...puppet.keys(), domain: 'real.test' });
    rumor();
    const event = puppet.message(room, 'I am the real one', { sender: '@user:real.test' });
    assert.equal((await home.post(node.url, event)).status, 202);
    assert.equal(rowsOf(node, 'federation_peer_trust_state', `server_name = '${puppet.name}'`).length, 1);
    // An invite of ours makes it known.
    const { link } = await node.api.makePeerInvite({});
    assert.equal((await real.call(node.url, 'POST', '/peers/accept', offerOf(real, link ?? ''))).status, 200);
    const peer = await node.api.peer({ server_name: 'real.test' });
    assert.equal(peer.mode, 'allow');
    assert.ok(peer.keys.some(({ public_key }) => public_key === real.signer.publicKey));
    assert.equal((await real.call(node.url, 'GET', '/events?room_id=!404:a.test')).status, 404);
    assert.equal((await puppet.call(node.url, 'GET', '/events?room_id=!404:a.test')).status, 403);
    // The owner's decision makes it unknown again.
    await node.api.forgetPeer({ server_name: 'real.test' });
    rumor();
    await home.post(node.url, puppet.message(room, 'again', { sender: '@user:real.test' }));
    await node.api.addPeer({ endpoint: real.url });
    assert.equal((await node.api.peer({ server_name: 'real.test' })).mode, 'allow');
  });

test('a wrong key that a home spread does not keep us from opening the real server’s invite', async (t) => {
  const guest = await beGuest(t);
  const { node, home, room } = guest;
  const real = await reachable(await startLocalNode(t, { name: 'real.test' }));
  const puppet = new RawPeer('puppet.test', 'real.test');
  guest.told.set('puppet.test', { ...puppet.keys(), domain: 'real.test' });
  const event = puppet.message(room, 'I am the real one', { sender: '@user:real.test' });
  assert.equal((await home.post(node.url, event)).status, 202);
  const { link } = await real.api.makePeerInvite({});
  await node.api.acceptPeerInvite({ link: link ?? '' });
  assert.equal((await node.api.peer({ server_name: 'real.test' })).mode, 'allow');
});

test('a home whose word about a key doesn’t verify an event is asked again, and the owner is warned', async (t) => {
  const guest = await beGuest(t);
  const { node, home, room } = guest;
  const puppet = new RawPeer('third.test');
  const third = new RawPeer('third.test');
  guest.told.set('third.test', puppet.keys());
  assert.equal(
    (await home.post(node.url, puppet.message(room, 'by the wrong key', { event_id: '$wrong:third.test' })))
      .status,
    202,
  );
  guest.told.set('third.test', third.keys());
  const event = third.message(room, 'by the right key');
  // The home's answer is used again for 10 s.
  await until(
    [node],
    'the home is asked again',
    async () => (await home.post(node.url, event)).status === 202,
  );
  const { warnings } = await node.api.peer({ server_name: 'home.test' });
  assert.match(warnings.join(), /home\.test now vouches for another key of third\.test/);
});

test('a home that spreads a wrong key of a server doesn’t hide that server in another home’s room', async (t) => {
  const guest = await beGuest(t);
  const { node, home, room } = guest;
  const third = new RawPeer('third.test', 'chat.third.test');
  const puppet = new RawPeer('third.test');
  guest.told.set('third.test', { ...puppet.keys(), domain: 'bogus.test' });
  assert.equal((await home.post(node.url, puppet.message(room, 'forged'))).status, 202);
  const honest = await addRaw(t, node, 'honest.test');
  const theirs = '!6:honest.test';
  honest.handlers.set('/keys', ({ query }) => ({
    status: 200,
    body: query.get('server_name') === null ? honest.keys() : { ...third.keys(), domain: 'chat.third.test' },
  }));
  honest.handlers.set('/events', () => ({ status: 200, body: '{"events":[]}' }));
  honest.handlers.set('/invite', () => ({
    status: 200,
    body: { accepted: true, room_id: theirs, guild_id: '6', guild_name: 'Honest', default_channel_id: '1' },
  }));
  honest.handlers.set('/join', () => ({
    status: 200,
    body: { joined: true, room_id: theirs, guild_id: '6', local_user_id: '9' },
  }));
  await node.api.joinRoom({ room_id: theirs });
  const event = third.message(theirs, 'the real one', { sender: '@user:chat.third.test' });
  assert.equal((await honest.post(node.url, event)).status, 202);
  assert.equal(
    (await home.post(node.url, puppet.message(room, 'forged again', { event_id: '$again:third.test' })))
      .status,
    202,
  );
  const { warnings } = await node.api.peer({ server_name: 'honest.test' });
  assert.match(warnings.join(), /vouch for different keys of third\.test/);
});

test('a message that only its room’s home vouches for says so, until the server itself is a peer', async (t) => {
  const guest = await beGuest(t);
  const { node, home, room } = guest;
  const third = await new RawPeer('third.test').listen(t);
  const puppet = new RawPeer('third.test');
  puppet.keyId = 'ed25519:puppet';
  const keys = [...(third.keys().keys as object[]), ...(puppet.keys().keys as object[])];
  guest.told.set('third.test', { server_name: 'third.test', keys });
  const [real, forged, own] = [
    third.message(room, 'real'),
    puppet.message(room, 'forged', { event_id: '$forged:third.test' }),
    home.message(room, 'by the home itself'),
  ];
  for (const event of [real, forged, own]) {
    const answer = await home.post(node.url, event);
    assert.equal(answer.status, 202, JSON.stringify(answer.body));
  }
  const shown = async ({ event_id }: Envelope) => {
    const { state, vouched_by } = (await node.api.event({ event_id })).signature;
    return [state, vouched_by];
  };
  const vouched = ['vouched', 'home.test'];
  assert.deepEqual([await shown(real), await shown(forged)], [vouched, vouched]);
  assert.deepEqual(await shown(own), ['verified', null]);
  await node.api.addPeer({ endpoint: third.url });
  assert.deepEqual([await shown(real), await shown(forged)], [['verified', null], vouched]);
});
