import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RoomView } from '../../../shared/api/views/room-views.ts';
import { png } from '../../support/browser/png.ts';
import { sha256 } from '../../support/nodes/files.ts';
import { type LocalNode, roomOfBoth, twoFriends } from '../../support/nodes/local-node.ts';
import { countStatements } from '../../support/statement-counter.ts';
import { until } from '../../support/until.ts';

const [anna, ben] = ['@a:a.test', '@b:b.test'];

const roomsOf = async ({ api }: LocalNode) => (await api.rooms({})).items;
const texts = async ({ api }: LocalNode, room_id: string) =>
  (await api.timeline({ room_id })).items.map(({ body }) => body);
/** The direct chat that the owner goes on in. */
const shownTo = async (node: LocalNode): Promise<RoomView | undefined> =>
  (await roomsOf(node)).find(({ direct }) => direct?.newer === null);

/** A chat that the owner of `a` began and that of `b` accepted. */
async function chatOfBoth(a: LocalNode, b: LocalNode): Promise<string> {
  const { room_id } = await a.api.startDirect({ person: ben });
  const invite = await until([a, b], 'an invite', async () => (await b.api.invites({})).items[0]);
  await b.api.acceptInvite({ id: invite.id });
  return room_id;
}

test('each of the two sees a direct chat under the name of the other, and a new name at once', async (t) => {
  const { a, b } = await twoFriends(t);
  await a.api.changeProfile({ display_name: 'Anna' });
  const made = await a.api.startDirect({ person: ben });
  assert.deepEqual(
    [made.name, made.direct],
    ['b', { user_id: ben, picture: null, state: 'invited', newer: null }],
  );
  const invite = await until([a, b], 'an invite', async () => (await b.api.invites({})).items[0]);
  assert.equal(invite.direct, true);
  const accepted = await b.api.acceptInvite({ id: invite.id });
  assert.deepEqual([accepted.room_id, accepted.direct?.user_id], [made.room_id, anna]);
  const picture = png(8, 8, [160, 60, 60]);
  await b.api.changeProfile({ display_name: 'Ben', picture: picture.toString('base64') });
  for (const [node, name, shows] of [
    [a, 'Ben', sha256(picture)],
    [b, 'Anna', null],
  ] as const)
    await until([a, b], name, async () => {
      const shown = await shownTo(node);
      return shown?.name === name && shown.direct?.state === 'joined' && shown.direct.picture === shows;
    });
});

test('a direct chat that exists is opened again by either of them, also before its invite was accepted', async (t) => {
  const { a, b } = await twoFriends(t);
  const [{ room_id }, again] = await Promise.all([
    a.api.startDirect({ person: ben }),
    a.api.startDirect({ person: ben }),
  ]);
  assert.equal(again.room_id, room_id);
  await until([a, b], 'an invite', async () => (await b.api.invites({})).items[0]);
  assert.equal((await b.api.startDirect({ person: anna })).room_id, room_id);
  assert.deepEqual((await b.api.invites({})).items, []);
  assert.equal((await a.api.startDirect({ person: ben })).room_id, room_id);
  await b.api.postMessage({ room_id, body: 'Hello' });
  await until([a, b], 'the message', async () => (await texts(a, room_id)).includes('Hello'));
});

test('a declined invite is no reason for a second chat', async (t) => {
  const { a, b } = await twoFriends(t);
  const { room_id } = await a.api.startDirect({ person: ben });
  const invite = await until([a, b], 'an invite', async () => (await b.api.invites({})).items[0]);
  await b.api.declineInvite({ id: invite.id });
  const opened = await b.api.startDirect({ person: anna });
  assert.deepEqual([opened.room_id, opened.membership], [room_id, 'joined']);
});

test('two people who start a chat at the same moment go on in one, and the other stays readable', async (t) => {
  const { a, b } = await twoFriends(t);
  const [mine, theirs] = await Promise.all([
    a.api.startDirect({ person: ben }),
    b.api.startDirect({ person: anna }),
  ]);
  assert.notEqual(mine.room_id, theirs.room_id);
  await a.api.postMessage({ room_id: mine.room_id, body: 'from Anna' });
  await b.api.postMessage({ room_id: theirs.room_id, body: 'from Ben' });
  const [one, other] = await until([a, b], 'one chat on both', async () => {
    const both = await Promise.all([a, b].map(roomsOf));
    const isWhole = both.flat().filter(({ direct }) => direct?.state === 'joined').length === 4;
    return isWhole ? await Promise.all([a, b].map(shownTo)) : false;
  });
  assert.ok(one !== undefined && one.room_id === other?.room_id);
  for (const node of [a, b])
    await until([a, b], 'both messages', async () => {
      const all = await Promise.all([mine, theirs].map(({ room_id }) => texts(node, room_id)));
      return all.flat().toSorted().join() === 'from Anna,from Ben';
    });
  for (const [node, person] of [
    [a, ben],
    [b, anna],
  ] as const) {
    assert.equal((await node.api.startDirect({ person })).room_id, one.room_id);
    const left: RoomView | undefined = (await roomsOf(node)).find(({ room_id }) => room_id !== one.room_id);
    assert.equal(left?.direct?.newer, one.room_id);
  }
});

test('a chat that was left or put away comes back when it is started again, or somebody writes there', async (t) => {
  const { a, b } = await twoFriends(t);
  const room_id = await chatOfBoth(a, b);
  await b.api.hideRoom({ room_id, hidden: true });
  assert.equal(await shownTo(b), undefined);
  await a.api.postMessage({ room_id, body: 'Are you there?' });
  await until([a, b], 'the chat again', async () => (await shownTo(b))?.unread === 1);
  await b.api.leaveRoom({ room_id });
  await b.api.hideRoom({ room_id, hidden: true });
  assert.equal(await shownTo(b), undefined);
  await until([a, b], 'the leave', async () => (await shownTo(a))?.direct?.state === 'left');
  assert.equal((await b.api.startDirect({ person: anna })).membership, 'joined');
  assert.equal((await shownTo(b))?.room_id, room_id);
  await b.api.leaveRoom({ room_id });
  await until([a, b], 'the leave', async () => (await shownTo(a))?.direct?.state === 'left');
  // Its home asks the other one again.
  assert.equal((await a.api.startDirect({ person: ben })).room_id, room_id);
  const invite = await until([a, b], 'an invite', async () => (await b.api.invites({})).items[0]);
  await b.api.acceptInvite({ id: invite.id });
  // A server that isn't the home can't do that, so it makes another one.
  await a.api.leaveRoom({ room_id });
  await until([a, b], 'the leave', async () => (await shownTo(b))?.direct?.state === 'left');
  const next = await b.api.startDirect({ person: anna });
  assert.notEqual(next.room_id, room_id);
  await until([a, b], 'an invite', async () => (await a.api.invites({})).items[0]);
  assert.equal((await a.api.startDirect({ person: ben })).room_id, next.room_id);
  assert.equal((await shownTo(a))?.room_id, next.room_id);
});

test('nobody else gets into a direct chat, and nobody moderates it', async (t) => {
  const { a, b } = await twoFriends(t);
  const room_id = await chatOfBoth(a, b);
  const eve = '@eve:a.test';
  await a.api.addUser({ localpart: 'eve' });
  await b.api.addUser({ localpart: 'eve' });
  const { event_id } = await b.api.postMessage({ room_id, body: 'Mine' });
  await until([a, b], 'the message', async () => (await texts(a, room_id)).length === 1);
  const { channels } = await a.api.room({ room_id });
  const channel_id = channels[0]?.channel_id ?? '';
  const refused: [() => Promise<unknown>, number][] = [
    [() => a.api.inviteUser({ room_id, user_id: eve }), 400],
    [() => a.api.joinRoom({ room_id, as: eve }), 403],
    [() => b.api.joinRoom({ room_id, as: '@eve:b.test' }), 403],
    [() => a.api.changeRoom({ room_id, name: 'Ours' }), 400],
    [() => a.api.changeRoom({ room_id, join_rule: 'peers' }), 400],
    [() => a.api.addChannel({ room_id, name: 'more' }), 400],
    [() => a.api.renameChannel({ room_id, channel_id, name: 'more' }), 400],
    [() => a.api.deleteChannel({ room_id, channel_id }), 400],
    [() => a.api.deleteRoom({ room_id }), 400],
    [() => a.api.removeMember({ room_id, user_id: ben }), 400],
    [() => a.api.banUser({ room_id, user_id: ben }), 400],
    [() => a.api.setModerator({ room_id, user_id: anna, moderator: true }), 400],
    [() => a.api.describeRoom({ room_id, topic: 'Ours' }), 400],
    [() => a.api.archiveRoom({ room_id, archived: true }), 400],
    [() => a.api.pinMessage({ room_id, event_id, pinned: true }), 400],
    [() => a.api.handRoomOver({ room_id, user_id: ben }), 400],
    [() => a.api.listRoom({ room_id, listed: true }), 400],
    [() => a.api.makePeerInvite({ room_id }), 400],
    [() => a.api.deleteMessage({ room_id, event_id }), 403],
  ];
  for (const [call, status] of refused) await assert.rejects(call(), { status });
  assert.equal((await a.api.members({ room_id })).items.length, 2);
  assert.deepEqual(await texts(b, room_id), ['Mine']);
  const eves = (await a.api.rooms({ as: eve })).items;
  assert.deepEqual(eves, [], 'a third person doesn’t even see it');
});

test('a chat with oneself, with nobody or on a server that isn’t trusted is refused and leaves nothing behind', async (t) => {
  const { a } = await twoFriends(t);
  await assert.rejects(a.api.startDirect({ person: anna }), { status: 400 });
  await assert.rejects(a.api.startDirect({ person: '@nobody:a.test' }), { status: 404 });
  await assert.rejects(a.api.startDirect({ person: '@nobody:b.test' }), { status: 404 });
  await assert.rejects(a.api.startDirect({ person: '@c:c.test' }), { status: 403 });
  assert.deepEqual(await roomsOf(a), []);
});

test('a direct chat stays readable and opens while the other server is blocked', async (t) => {
  const { a, b } = await twoFriends(t);
  const room_id = await chatOfBoth(a, b);
  await a.api.postMessage({ room_id, body: 'before' });
  await b.api.leaveRoom({ room_id });
  await until([a, b], 'the leave', async () => (await shownTo(a))?.direct?.state === 'left');
  await a.api.changePeer({ server_name: 'b.test', mode: 'block' });
  assert.equal((await a.api.startDirect({ person: ben })).room_id, room_id);
  assert.deepEqual(await texts(a, room_id), ['before']);
});

test('a name that looks like that of a user here is marked, also before the other one accepts', async (t) => {
  const { a, b } = await twoFriends(t);
  const room_id = await roomOfBoth(a, b);
  await a.api.changeProfile({ display_name: 'Anna' });
  await b.api.changeProfile({ display_name: 'Аnna' });
  await until([a, b], 'the name', async () => {
    const { items } = await a.api.members({ room_id });
    return items.some(({ display_name }) => display_name === 'Аnna');
  });
  const made = await a.api.startDirect({ person: ben });
  assert.deepEqual([made.name, made.direct?.state], ['Аnna', 'invited']);
  assert.match(made.name_warning ?? '', /@a:a\.test/);
});

test('the list of rooms reads the users of a server once, however many direct chats there are', async (t) => {
  const count = countStatements(t);
  const { a, b } = await twoFriends(t);
  const others = await Promise.all(['c', 'd'].map((localpart) => b.api.addUser({ localpart })));
  for (const person of [ben, ...others.map(({ user_id }) => user_id)]) await a.api.startDirect({ person });
  const rowsRead = async (): Promise<number> => {
    count();
    assert.equal((await roomsOf(a)).length, 3);
    return count().rows;
  };
  const before = await rowsRead();
  for (let nr = 0; nr < 20; nr++) await a.api.addUser({ localpart: `user${nr}` });
  const more = (await rowsRead()) - before;
  assert.ok(more <= 2 * 20, `${more} rows more for 20 users`);
});
