import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodies, pictureOf, sameEverywhere } from '../support/browser/picture.ts';
import { befriend, startLocalNode } from '../support/nodes/local-node.ts';
import { until } from '../support/until.ts';

test('A–B–C, where A and C aren’t peers: rooms homed at B and at A look the same on every node', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const b = await startLocalNode(t, { name: 'b.test' });
  const c = await startLocalNode(t, { name: 'c.test' });
  await befriend(a, b);
  await befriend(b, c);
  const nodes = [a, b, c];
  const atB = (await b.api.createRoom({ name: 'At B', join_rule: 'peers' })).room_id;
  const atA = (await a.api.createRoom({ name: 'At A', join_rule: 'peers' })).room_id;
  await a.api.joinRoom({ room_id: atB });
  await c.api.joinRoom({ room_id: atB });
  await b.api.joinRoom({ room_id: atA });

  const fromC = await c.api.postMessage({ room_id: atB, body: 'from C' });
  const fromA = await a.api.postMessage({ room_id: atB, body: 'from A' });
  await b.api.postMessage({ room_id: atB, body: 'from B' });
  await b.api.postMessage({ room_id: atA, body: 'from B to A' });
  await until(nodes, 'C’s message at A', async () => (await pictureOf(a.api, atB)).timeline.length === 3);
  await until(nodes, 'A’s message at C', async () => (await pictureOf(c.api, atB)).timeline.length === 3);
  await a.api.react({ room_id: atB, event_id: fromC.event_id, emoji: '🎉' });
  await c.api.react({ room_id: atB, event_id: fromA.event_id, emoji: '👍' });
  await c.api.editMessage({ room_id: atB, event_id: fromC.event_id, body: 'from C, edited' });
  await a.api.deleteMessage({ room_id: atB, event_id: fromA.event_id });
  await until(nodes, 'the same room everywhere', async () => {
    const shown = await pictureOf(a.api, atB);
    const done =
      shown.timeline.some((item) => item.body === 'from C, edited' && item.reactions.length === 1) &&
      shown.timeline.some((item) => item.deleted);
    return done && (await sameEverywhere([a.api, b.api, c.api], atB));
  });
  assert.deepEqual(
    (await pictureOf(c.api, atB)).members.map((member) => member.user_id),
    ['@a:a.test', '@b:b.test', '@c:c.test'],
  );
  await until(nodes, 'the room at A', () => sameEverywhere([a.api, b.api], atA));

  const known = await a.api.peers({});
  const third = known.items.find((peer) => peer.server_name === 'c.test');
  assert.match(third?.state_text ?? '', /knows it through b\.test/);
});

test('users are invited, leave, and are removed, and every node agrees on the members', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const b = await startLocalNode(t, { name: 'b.test' });
  await befriend(a, b);
  const second = await b.api.addUser({ localpart: 'bea' });
  const room = (await a.api.createRoom({ name: 'Private', join_rule: 'invite' })).room_id;

  await assert.rejects(
    b.api.joinRoom({ room_id: room }),
    /This room requires an invite, and @b:b\.test has none/,
  );
  assert.equal((await b.api.rooms({})).items.length, 0, 'a refused join leaves nothing behind');
  await a.api.inviteUser({ room_id: room, user_id: '@b:b.test' });
  await a.api.inviteUser({ room_id: room, user_id: second.user_id });
  const invites = await until([a, b], 'both invites', async () => {
    const { items } = await b.api.invites({});
    return items.length === 2 && items;
  });
  for (const invite of invites) await b.api.acceptInvite({ id: invite.id });
  assert.equal((await b.api.invites({})).items.length, 0);
  await until([a, b], 'three members on both', async () => {
    const pictures = await Promise.all([a, b].map((node) => pictureOf(node.api, room)));
    return (
      pictures.every((picture) => picture.members.length === 3) &&
      (await sameEverywhere([a.api, b.api], room))
    );
  });

  await b.api.postMessage({ room_id: room, body: 'before', as: second.user_id });
  await until(
    [a, b],
    'the message at home',
    async () => (await pictureOf(a.api, room)).timeline.length === 1,
  );
  await a.api.removeMember({ room_id: room, user_id: second.user_id });
  await b.api.leaveRoom({ room_id: room });
  await until(
    [a, b],
    'only the owner is left',
    async () => (await pictureOf(a.api, room)).members.length === 1,
  );
  await until([a, b], 'the removed user knows', async () => {
    const shown = await b.api.room({ room_id: room, as: second.user_id });
    return shown.membership === 'removed';
  });
  await assert.rejects(
    b.api.postMessage({ room_id: room, body: 'after', as: second.user_id }),
    /a\.test removed @.* from the room/,
  );
  await assert.rejects(b.api.joinRoom({ room_id: room, as: second.user_id }), /removed from this room/);
  assert.deepEqual(bodies(await pictureOf(a.api, room)), ['before'], 'what was written before stays');
});
