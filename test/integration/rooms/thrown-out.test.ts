import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRoomId } from '../../../shared/protocol/identifiers.ts';
import { addRaw } from '../../support/attack/home.ts';
import { rowsOf, takes } from '../../support/attack/node.ts';
import {
  addOther,
  beGuildGuest,
  type GuildGuest,
  guildMessage,
  ownerThere,
} from '../../support/parties/other-home.ts';
import type { RawPeer } from '../../support/parties/raw-peer.ts';
import { until } from '../../support/until.ts';

/** A leave as the existing server writes it: in the name of its own stand-in for the user, known by a number. */
const thrownOut = (by: RawPeer, room: string, more: { id?: string; depth?: number; type?: string } = {}) =>
  by.event({
    room,
    type: more.type ?? 'm.member.leave',
    sender: `@a_1ed9ae:${by.domain}`,
    content: { guild_id: parseRoomId(room).guildId, user_id: more.id ?? ownerThere },
    ...(more.depth === undefined ? {} : { depth: more.depth }),
  });

const membership = async ({ node, room }: GuildGuest) => (await node.api.room({ room_id: room })).membership;

test('a local user who is kicked or banned there is removed here, can’t write, and can ask to join again', async (t) => {
  const guest = await beGuildGuest(t);
  const { node, home, room } = guest;
  home.handlers.set('/event', () => ({
    status: 503,
    body: { code: 'SERVICE_UNAVAILABLE', message: 'later' },
  }));
  const waiting = await node.api.postMessage({ room_id: room, body: 'still waits' });
  const queued = async () =>
    (await node.api.outboxEntries({ destination: home.name })).items.map((entry) => entry.event_id);
  assert.ok((await queued()).includes(waiting.event_id));
  await home.post(node.url, thrownOut(home, room));
  assert.equal(await membership(guest), 'removed');
  assert.deepEqual(await queued(), []);
  await assert.rejects(
    node.api.postMessage({ room_id: room, body: 'one more' }),
    /guild\.test removed @a:a\.test from the room .*Join the room again to ask/,
  );
  assert.equal(rowsOf<{ home_announces: number }>(node, 'rooms')[0]?.home_announces, 0);
  const members = (await node.api.members({ room_id: room })).items.map((each) => each.user_id);
  assert.deepEqual(members, []);

  home.handlers.set('/event', takes);
  assert.equal((await node.api.joinRoom({ room_id: room })).membership, 'joined');
  await node.api.postMessage({ room_id: room, body: 'back' });
  // The old kick arrives again, and another one from before the join.
  await home.post(node.url, thrownOut(home, room, { depth: Date.now() - 60_000 }));
  assert.equal(await membership(guest), 'joined');
  await home.post(node.url, thrownOut(home, room, { depth: Date.now() + 5000 }));
  assert.equal(await membership(guest), 'removed');
});

test('deletes by the kicked user, and messages by our other users, are still sent', async (t) => {
  const guest = await beGuildGuest(t);
  const { node, home, room } = guest;
  await node.api.addUser({ localpart: 'bo', display_name: 'Bo' });
  home.handlers.set('/join', () => ({
    status: 200,
    body: { joined: true, room_id: room, guild_id: guest.guild, local_user_id: '77' },
  }));
  await node.api.joinRoom({ room_id: room, as: '@bo:a.test' });
  await until([node], 'the join is sent', async () => (await node.api.outbox({})).items.length === 0);
  home.handlers.set('/event', () => ({
    status: 503,
    body: { code: 'SERVICE_UNAVAILABLE', message: 'later' },
  }));
  const first = await node.api.postMessage({ room_id: room, body: 'mine' });
  const taken = await node.api.deleteMessage({ room_id: room, event_id: first.event_id });
  const other = await node.api.postMessage({ room_id: room, body: 'of another', as: '@bo:a.test' });
  await home.post(node.url, thrownOut(home, room));
  const { items } = await node.api.outboxEntries({ destination: home.name });
  assert.deepEqual(
    items.map((entry) => entry.event_id),
    [taken.event_id, other.event_id],
  );
  await node.api.postMessage({ room_id: room, body: 'still in', as: '@bo:a.test' });
});

test('only the room’s home can remove a user, by the number it assigned in that room, with a leave', async (t) => {
  const guest = await beGuildGuest(t);
  const { node, home, room } = guest;
  const another = await addOther(t, node, 'another.test');
  const peer = await addRaw(t, node, 'peer.test');
  await home.post(node.url, guildMessage(guest, 'first'));
  const tries = [
    [another, thrownOut(another, room)],
    [peer, thrownOut(peer, room)],
    [another, thrownOut(home, '!9:another.test')],
    [home, thrownOut(home, room, { id: '382838048208982016' })],
    [home, thrownOut(home, room, { type: 'm.member.join' })],
    [home, thrownOut(home, `!8:${home.domain}`)],
    [home, home.event({ room, type: 'm.message.delete', content: { message_id: '1', user_id: ownerThere } })],
  ] as const;
  const answers: number[] = [];
  for (const [by, event] of tries) answers.push((await by.post(node.url, event)).status);
  // A leave that another server signs is that of its own user.
  assert.deepEqual(answers, [202, 202, 403, 202, 202, 403, 202]);
  assert.equal(await membership(guest), 'joined');
  await node.api.postMessage({ room_id: room, body: 'still here' });
});

test('a leave in another guild of that server, with the same number, is about that guild', async (t) => {
  const guest = await beGuildGuest(t);
  const { node, home, room } = guest;
  const second = `!555:${home.domain}`;
  await node.api.joinRoom({ room_id: second });
  await home.post(node.url, thrownOut(home, second));
  assert.equal(await membership(guest), 'joined');
  assert.equal((await node.api.room({ room_id: second })).membership, 'removed');
  assert.equal((await node.api.rooms({})).items.find((each) => each.room_id === room)?.membership, 'joined');
});

test('a number is valid in the room it was assigned in, and refers to nobody elsewhere', async (t) => {
  const guest = await beGuildGuest(t);
  const { node, home } = guest;
  await node.api.addUser({ localpart: 'bo', display_name: 'Bo' });
  const second = `!555:${home.domain}`;
  home.handlers.set('/join', () => ({
    status: 200,
    body: { joined: true, room_id: second, guild_id: '555', local_user_id: '77' },
  }));
  await node.api.joinRoom({ room_id: second, as: '@bo:a.test' });
  assert.equal((await home.post(node.url, thrownOut(home, second))).status, 202);
  assert.equal((await node.api.room({ room_id: second })).membership, null);
  assert.equal(await membership(guest), 'joined');
});

test('a kick that arrived before its number was known takes effect from the next join on, with a new number or not', async (t) => {
  const guest = await beGuildGuest(t);
  const { node, home, room } = guest;
  // The node looks as if it had joined before it stored numbers.
  await home.post(node.url, thrownOut(home, room, { id: '1234' }));
  assert.equal(await membership(guest), 'joined');
  await node.api.leaveRoom({ room_id: room });
  home.handlers.set('/join', () => ({
    status: 200,
    body: { joined: true, room_id: room, guild_id: guest.guild, local_user_id: '1234' },
  }));
  assert.equal((await node.api.joinRoom({ room_id: room })).membership, 'joined');
  const subjects = rowsOf<{ subject: string }>(node, 'federation_events', "received_from = 'guild.test'");
  assert.deepEqual(
    subjects.map((row) => row.subject),
    ['@a:a.test'],
  );
  await home.post(node.url, thrownOut(home, room, { id: '1234', depth: Date.now() + 5000 }));
  assert.equal(await membership(guest), 'removed');
});
