import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Listing, listingText } from '../../../shared/protocol/answers/listing.ts';
import { besiege, type Siege } from '../../support/attack/node.ts';
import { befriend, startLocalNode } from '../../support/nodes/local-node.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { until } from '../../support/until.ts';

const listing: Listing = {
  users: [{ user_id: '@ann:raw.test', display_name: 'Ann' }],
  rooms: [{ room_id: '!7:raw.test', name: 'Garden', members: 3 }],
};

/** Makes the peer give this answer, with the signature of `by`. */
function lists({ raw }: Siege, by: RawPeer = raw, given: Listing = listing): void {
  const text = listingText(raw.name, 'a.test', Date.now(), given);
  raw.handlers.set('/directory', () => ({
    status: 200,
    body: { text, key_id: raw.keyId, signature: by.signer.sign(text) },
  }));
}

const reads = ({ node, raw }: Siege) => node.api.peerDirectory({ server_name: raw.name });

test('two nodes find each other’s listed users and rooms, and one joins from there', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const b = await startLocalNode(t, { name: 'b.test' });
  await befriend(a, b);
  const open = await a.api.createRoom({ name: 'Garden', join_rule: 'peers' });
  await a.api.createRoom({ name: 'Cellar', join_rule: 'peers' });
  await a.api.listRoom({ room_id: open.room_id, listed: true });
  await a.api.listUser({ user_id: '@a:a.test', listed: true });
  assert.equal((await a.api.room({ room_id: open.room_id })).listed, true);
  assert.equal((await a.api.users({})).items[0]?.listed, true);

  const found = await b.api.peerDirectory({ server_name: 'a.test' });
  assert.equal(found.supported, true);
  assert.deepEqual(found.users, [{ user_id: '@a:a.test', display_name: 'a' }]);
  assert.deepEqual(
    found.rooms.map(({ name, member_count, is_member }) => [name, member_count, is_member]),
    [['Garden', 1, false]],
  );
  await b.api.joinRoom({ room_id: open.room_id, via: 'a.test' });
  assert.equal((await b.api.peerDirectory({ server_name: 'a.test' })).rooms[0]?.is_member, true);
});

test('suggestions come from this server, from what peers list and from rooms, without current members', async (t) => {
  const siege = await besiege(t);
  const { node, room } = siege;
  lists(siege);
  await node.api.addUser({ localpart: 'anton', display_name: 'Toni' });
  const ids = async (query: string, room_id?: string) =>
    (await node.api.people({ query, room_id })).items.map(({ user_id, source }) => `${user_id} ${source}`);
  await ids('an');
  const found = await until([node], 'the listing', async () => {
    const now = await ids('an');
    return now.length === 2 && now;
  });
  assert.deepEqual(found, ['@anton:a.test here', '@ann:raw.test listed']);
  assert.deepEqual(await ids('TONI'), ['@anton:a.test here']);
  assert.deepEqual(await ids('@user'), ['@user:raw.test met']);
  assert.deepEqual(await ids('@user', room), []);
  // A peer that is trusted no longer is not believed either.
  await node.api.changePeer({ server_name: siege.raw.name, mode: 'block' });
  assert.deepEqual(await ids('ann'), []);
});

test('the list of everybody names somebody of each peer, however many people this server has', async (t) => {
  const { node } = await besiege(t);
  for (let n = 0; n < 25; n++) await node.api.addUser({ localpart: `bot${n}` });
  const { items } = await node.api.people({});
  assert.ok(items.some(({ user_id, source }) => user_id === '@user:raw.test' && source === 'met'));
});

test('a list signed by another key is not believed', async (t) => {
  const siege = await besiege(t);
  lists(siege, new RawPeer('other.test'));
  await assert.rejects(reads(siege), { code: 'FORBIDDEN' });
  assert.deepEqual((await siege.node.api.people({ query: 'ann' })).items, []);
});

test('a peer can list only its own users and rooms', async (t) => {
  const siege = await besiege(t);
  lists(siege, siege.raw, {
    users: [
      ...listing.users,
      { user_id: '@a:a.test', display_name: 'you' },
      { user_id: 'junk', display_name: '' },
    ],
    rooms: [...listing.rooms, { room_id: '!1:bank.test', name: 'Bank', members: 1 }],
  });
  const { users, rooms } = await reads(siege);
  assert.deepEqual(
    users.map(({ user_id }) => user_id),
    ['@ann:raw.test'],
  );
  assert.deepEqual(
    rooms.map(({ room_id }) => room_id),
    ['!7:raw.test'],
  );
});

test('inviting a user that doesn’t exist is refused with a reason; if the server can’t say, the invite is sent', async (t) => {
  const siege = await besiege(t);
  const { node, raw, room } = siege;
  raw.handlers.set('/directory/user', ({ query }) => ({
    status: 200,
    body: { exists: query.get('user_id') === '@ann:raw.test' },
  }));
  await assert.rejects(node.api.inviteUser({ room_id: room, user_id: '@anm:raw.test' }), {
    code: 'NOT_FOUND',
    message: /raw\.test has no user @anm:raw\.test/,
  });
  assert.equal((await node.api.inviteUser({ room_id: room, user_id: '@ann:raw.test' })).joined, false);
  raw.handlers.set('/directory/user', () => ({ status: 503, body: {} }));
  await node.api.inviteUser({ room_id: room, user_id: '@maybe:raw.test' });
});

test('somebody who was removed is invited neither here nor from elsewhere, and is listed no more', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const b = await startLocalNode(t, { name: 'b.test' });
  await befriend(a, b);
  const user_id = '@bo:a.test';
  await a.api.addUser({ localpart: 'bo', display_name: 'Bo' });
  await a.api.listUser({ user_id, listed: true });
  await a.api.removeAccount({ user_id });
  const own = await a.api.createRoom({ name: 'Hall', join_rule: 'invite' });
  await assert.rejects(a.api.inviteUser({ room_id: own.room_id, user_id }), {
    code: 'NOT_FOUND',
    message: '@bo:a.test was removed from this server.',
  });
  const { room_id } = await b.api.createRoom({ name: 'Yard', join_rule: 'invite' });
  await assert.rejects(b.api.inviteUser({ room_id, user_id }), /a\.test has no user @bo:a\.test/);
  assert.deepEqual((await b.api.peerDirectory({ server_name: 'a.test' })).users, []);
});
