import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import { besiege, memberBody, user } from '../../support/attack/node.ts';
import { type LocalNode, shareRoom, startLocalNode } from '../../support/nodes/local-node.ts';
import { joined, openEntrance } from '../../support/nodes/people.ts';
import { until } from '../../support/until.ts';

const refused = (code: string, words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ProtocolError, String(error));
  assert.equal(error.code, code);
  assert.match(error.message, words);
  return true;
};

/** A room of a.test with Carla and Dora of the same server, and the owner of b.test. */
async function party(t: TestContext) {
  const a = await startLocalNode(t, { name: 'a.test' });
  const b = await startLocalNode(t, { name: 'b.test' });
  const room_id = await shareRoom(a, b);
  const people: string[] = [];
  for (const localpart of ['carla', 'dora']) {
    const { user_id } = await a.api.addUser({ localpart });
    await a.api.joinRoom({ room_id, as: user_id });
    people.push(user_id);
  }
  const [carla = '', dora = ''] = people;
  await a.api.setModerator({ room_id, user_id: carla, moderator: true });
  return { a, b, room_id, carla, dora };
}

const bob = '@b:b.test';
const roleOf = async ({ api }: LocalNode, room_id: string, user: string) =>
  (await api.members({ room_id })).items.find(({ user_id }) => user_id === user)?.role;
const membershipOf = async ({ api }: LocalNode, room_id: string) => (await api.room({ room_id })).membership;

test('a moderator deletes, removes and bans; everybody sees who is one', async (t) => {
  const { a, b, room_id, carla, dora } = await party(t);
  await until([a, b], 'the role', async () => (await roleOf(b, room_id, carla)) === 'moderator');
  await b.api.changeProfile({ display_name: 'Bob' });
  const { event_id } = await b.api.postMessage({ room_id, body: 'noise' });
  await until([a, b], 'the message', async () => (await a.api.timeline({ room_id })).items.length === 1);
  await a.api.deleteMessage({ room_id, event_id, as: carla });
  await a.api.removeMember({ room_id, user_id: dora, as: carla });
  await a.api.banUser({ room_id, user_id: bob, reason: 'noise\u202e', as: carla });
  await until([a, b], 'the ban', async () => (await membershipOf(b, room_id)) === 'banned');
  const { removal } = await b.api.room({ room_id });
  assert.deepEqual([removal?.by, removal?.reason], [carla, 'noise\ufffd']);
  assert.deepEqual(
    (await a.api.removals({ room_id })).items.map(({ user_id, display_name, banned, by }) => [
      user_id,
      display_name,
      banned,
      by,
    ]),
    [
      [bob, 'Bob', true, carla],
      [dora, 'dora', false, carla],
    ],
  );
  const [message] = (await b.api.timeline({ room_id })).items;
  assert.deepEqual([message?.deleted, message?.deleted_by], [true, carla]);
});

test('somebody who is banned gets in neither by asking nor by an invite, until the ban ends', async (t) => {
  const { a, b, room_id, carla } = await party(t);
  const banned = refused('CONFLICT', /banned/);
  await a.api.banUser({ room_id, user_id: bob, as: carla });
  await assert.rejects(a.api.banUser({ room_id, user_id: bob }), banned);
  await assert.rejects(a.api.inviteUser({ room_id, user_id: bob }), banned);
  await until([a, b], 'the ban', async () => (await membershipOf(b, room_id)) === 'banned');
  await assert.rejects(b.api.joinRoom({ room_id }), refused('FORBIDDEN', /banned/));
  await assert.rejects(b.api.postMessage({ room_id, body: 'x' }), refused('FORBIDDEN', /banned/));
  await a.api.unbanUser({ room_id, user_id: bob, as: carla });
  await until([a, b], 'the end', async () => (await membershipOf(b, room_id)) === 'removed');
  assert.deepEqual((await b.api.removals({ room_id })).items, []);
  await assert.rejects(b.api.joinRoom({ room_id }), refused('FORBIDDEN', /invite/));
  await a.api.inviteUser({ room_id, user_id: bob });
  assert.equal((await b.api.joinRoom({ room_id })).membership, 'joined');
});

test('a moderator touches neither owners nor moderators, and changes nothing about the room', async (t) => {
  const { a, room_id, carla, dora } = await party(t);
  const as = carla;
  await a.api.setModerator({ room_id, user_id: dora, moderator: true });
  const above = refused('FORBIDDEN', /owns or moderates/);
  for (const user_id of ['@a:a.test', dora]) {
    await assert.rejects(a.api.removeMember({ room_id, user_id, as }), above);
    await assert.rejects(a.api.banUser({ room_id, user_id, as }), above);
  }
  await a.api.banUser({ room_id, user_id: dora });
  await assert.rejects(a.api.unbanUser({ room_id, user_id: dora, as }), above);
  const owner = refused('FORBIDDEN', /Only the owner/);
  await assert.rejects(a.api.changeRoom({ room_id, name: 'Mine', as }), owner);
  await assert.rejects(a.api.deleteRoom({ room_id, as }), owner);
  await assert.rejects(a.api.handRoomOver({ room_id, user_id: carla, as }), owner);
  await assert.rejects(a.api.setModerator({ room_id, user_id: bob, moderator: true, as }), owner);
  await assert.rejects(a.api.addChannel({ room_id, name: 'mine', as }), owner);
  await assert.rejects(a.api.listRoom({ room_id, listed: true, as }), owner);
});

test('a former moderator, a stranger and a member decide nothing', async (t) => {
  const { a, room_id, carla, dora } = await party(t);
  const none = refused('FORBIDDEN', /Only the owner and the moderators/);
  const other = (await a.api.createRoom({ name: 'Other', join_rule: 'peers' })).room_id;
  await assert.rejects(a.api.banUser({ room_id: other, user_id: dora, as: carla }), none);
  await assert.rejects(a.api.banUser({ room_id, user_id: bob, as: dora }), none);
  await a.api.leaveRoom({ room_id, as: carla });
  await assert.rejects(a.api.banUser({ room_id, user_id: bob, as: carla }), none);
  await a.api.joinRoom({ room_id, as: carla });
  assert.equal(await roleOf(a, room_id, carla), 'member');
  await assert.rejects(a.api.banUser({ room_id, user_id: bob, as: carla }), none);
  await a.api.setModerator({ room_id, user_id: carla, moderator: true });
  await a.api.setModerator({ room_id, user_id: carla, moderator: false });
  await assert.rejects(a.api.banUser({ room_id, user_id: bob, as: carla }), none);
});

test('the owner of the server ends a ban of their own in a room of somebody else', async (t) => {
  const { a, carla } = await party(t);
  const { room_id } = await a.api.createRoom({ name: 'Carla’s', join_rule: 'peers', as: carla });
  await a.api.joinRoom({ room_id });
  await a.api.banUser({ room_id, user_id: '@a:a.test', as: carla });
  await assert.rejects(a.api.joinRoom({ room_id }), refused('FORBIDDEN', /banned/));
  await a.api.unbanUser({ room_id, user_id: '@a:a.test' });
  assert.equal((await a.api.room({ room_id })).membership, 'removed');
});

test('only somebody who is or was in the room can be banned', async (t) => {
  const { a, b, room_id } = await party(t);
  await assert.rejects(
    a.api.banUser({ room_id, user_id: '@x:b.test' }),
    refused('NOT_FOUND', /isn’t in the room/),
  );
  await assert.rejects(a.api.unbanUser({ room_id, user_id: bob }), refused('NOT_FOUND', /isn’t banned/));
  await b.api.leaveRoom({ room_id });
  await until([a, b], 'the leave', async () => (await roleOf(a, room_id, bob)) === undefined);
  await a.api.banUser({ room_id, user_id: bob });
  await until([a, b], 'the ban', async () => (await membershipOf(b, room_id)) === 'banned');
});

test('children and guests of the home can’t be made moderators', async (t) => {
  const node = await openEntrance(t);
  const { room_id } = await node.api.createRoom({ name: 'Room', join_rule: 'invite' });
  for (const [localpart, role] of [
    ['kim', 'child'],
    ['gus', 'guest'],
  ] as const) {
    await joined(node, localpart, { role, rooms: [room_id] });
    await assert.rejects(
      node.api.setModerator({ room_id, user_id: `@${localpart}:a.test`, moderator: true }),
      refused('BAD_REQUEST', /a child or a guest/),
    );
  }
});

test('nobody is invited who was banned while their server was asked about them, nor by somebody who was', async (t) => {
  const { node, raw, room: room_id } = await besiege(t);
  const { user_id: carla } = await node.api.addUser({ localpart: 'carla' });
  await node.api.joinRoom({ room_id, as: carla });
  await raw.call(node.url, 'POST', '/leave', memberBody('raw.test', room_id, user));
  const banMeanwhile = (user_id: string) =>
    raw.handlers.set('/directory/user', () => (response) => {
      void node.api.banUser({ room_id, user_id }).then(() => response.writeHead(503).end());
    });
  banMeanwhile(carla);
  const invite = { room_id, user_id: user };
  await assert.rejects(node.api.inviteUser({ ...invite, as: carla }), refused('FORBIDDEN', /banned/));
  banMeanwhile(user);
  await assert.rejects(node.api.inviteUser(invite), refused('CONFLICT', /banned/));
  assert.deepEqual((await node.api.sentInvites({ room_id })).items, []);
});
