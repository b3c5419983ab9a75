import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verifySignature } from '../../../../main/crypto/ed25519.ts';
import { limits } from '../../../../shared/protocol/limits.ts';
import { besiege, HandClock, joins, type Siege } from '../../../support/attack/node.ts';
import { RawPeer } from '../../../support/parties/raw-peer.ts';

const asks = ({ node, raw }: Siege, by = raw) => by.call(node.url, 'GET', '/directory');
const looksUp = ({ node, raw }: Siege, user: string) =>
  raw.call(node.url, 'GET', `/directory/user?user_id=${encodeURIComponent(user)}`);

function listedIn(body: Record<string, unknown>) {
  const lines = String(body.text).split('\n');
  return { lines, ...(JSON.parse(lines.at(-1) ?? '') as { users: unknown[]; rooms: unknown[] }) };
}

test('nothing is listed unless it was asked for, and then only what it is, signed for the one who asked', async (t) => {
  const siege = await besiege(t);
  const { node, room, raw } = siege;
  const before = listedIn((await asks(siege)).body);
  assert.deepEqual([before.users, before.rooms], [[], []]);

  await node.api.addUser({ localpart: 'hidden' });
  await node.api.createRoom({ name: 'Hidden', join_rule: 'peers' });
  await node.api.listUser({ user_id: '@a:a.test', listed: true });
  await node.api.listRoom({ room_id: room, listed: true });
  const { status, body } = await asks(siege);
  assert.equal(status, 200);
  const { lines, users, rooms } = listedIn(body);
  assert.deepEqual(lines.slice(0, 3), ['paracord-directory', 'a.test', raw.name]);
  assert.deepEqual(users, [{ user_id: '@a:a.test', display_name: 'a' }]);
  assert.deepEqual(rooms, [{ room_id: room, name: 'Lobby', members: 2 }]);
  const [key] = (await node.api.keys({})).items;
  assert.equal(body.key_id, key?.key_id);
  assert.ok(verifySignature(String(body.text), String(body.signature), key?.public_key ?? ''));
});

test('delisted and invite-only rooms are no longer listed', async (t) => {
  const siege = await besiege(t);
  const { node, room } = siege;
  await node.api.listUser({ user_id: '@a:a.test', listed: true });
  await node.api.listRoom({ room_id: room, listed: true });
  await node.api.listUser({ user_id: '@a:a.test', listed: false });
  await node.api.changeRoom({ room_id: room, join_rule: 'invite' });
  const { users, rooms } = listedIn((await asks(siege)).body);
  assert.deepEqual([users, rooms], [[], []]);
  await node.api.listRoom({ room_id: room, listed: false });
  await assert.rejects(node.api.listRoom({ room_id: room, listed: true }), { code: 'CONFLICT' });
});

test('strangers, blocked and quarantined servers learn nothing', async (t) => {
  const siege = await besiege(t);
  const { node } = siege;
  await node.api.listUser({ user_id: '@a:a.test', listed: true });
  const stranger = await new RawPeer('stranger.test').listen(t);
  assert.equal((await asks(siege, stranger)).status, 403);
  assert.equal((await fetch(`${node.url}/_paracord/federation/v1/directory`)).status, 401);
  for (const mode of ['quarantine', 'block'] as const) {
    await node.api.changePeer({ server_name: siege.raw.name, mode });
    const refused = await asks(siege);
    assert.deepEqual([refused.status, 'text' in refused.body], [403, false], mode);
    assert.equal((await looksUp(siege, '@a:a.test')).status, 403);
  }
});

test('a peer that scrapes is slowed down, for the list and for guesses of users', async (t) => {
  const clock = new HandClock();
  const siege = await besiege(t, { ports: clock.ports });
  for (let n = 0; n < limits.listingReads.burst; n++) assert.equal((await asks(siege)).status, 200);
  const refused = await asks(siege);
  assert.equal(refused.status, 429);
  assert.ok(Number(refused.headers.get('retry-after')) > 0);

  assert.deepEqual((await looksUp(siege, '@a:a.test')).body, { exists: true });
  assert.deepEqual((await looksUp(siege, '@nobody:a.test')).body, { exists: false });
  assert.deepEqual((await looksUp(siege, '@user:raw.test')).body, { exists: false });
  assert.equal((await looksUp(siege, 'no user')).status, 400);
  for (let n = 4; n < limits.userLookups.burst; n++) await looksUp(siege, `@guess${n}:a.test`);
  assert.equal((await looksUp(siege, '@a:a.test')).status, 429);
  // Everything else goes on.
  assert.equal((await joins(siege)).status, 200);
});
