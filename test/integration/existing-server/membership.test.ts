import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LocalNode } from '../../support/nodes/local-node.ts';
import { acquainted, inItsGuild, showing, strangers } from '../../support/stand-in/ground.ts';
import type { StandInServer } from '../../support/stand-in/server.ts';
import { until } from '../../support/until.ts';

const allSent = (a: LocalNode) =>
  until([a], 'an empty outbox', async () => (await a.api.outbox({})).items.length === 0);

test('a first join is joined when it is answered, and its user can write at once', async (t) => {
  const { server, a } = await acquainted(t);
  await server.post('bob', 'before anybody came');
  const room = await a.api.joinRoom({ room_id: server.room });
  assert.equal(room.membership, 'joined');
  await a.api.postMessage({ room_id: server.room, body: 'here I am' });
});

test('a user who leaves and rejoins within the same second is a member, and can write at once', async (t) => {
  const { server, a } = await inItsGuild(t);
  await server.post('bob', 'hello');
  await showing(a, server.room, 'hello');
  await a.api.leaveRoom({ room_id: server.room });
  assert.equal((await a.api.room({ room_id: server.room })).membership, 'left');
  const room = await a.api.joinRoom({ room_id: server.room });
  assert.equal(room.membership, 'joined');
  await a.api.postMessage({ room_id: server.room, body: 'back' });
  await server.post('bob', 'welcome back');
  await showing(a, server.room, 'welcome back');
});

/** The calls to join and leave, in order. */
const comingsAndGoings = ({ api }: StandInServer): string[] =>
  api.calls.flatMap((call) => /^POST .*\/(join|leave)$/.exec(call)?.[1] ?? []);

test('a home of another kind is asked to remove a leaving user, because it removes nobody for the event', async (t) => {
  const { server, a } = await inItsGuild(t);
  await a.api.leaveRoom({ room_id: server.room });
  await allSent(a);
  assert.deepEqual(comingsAndGoings(server), ['join', 'leave']);
});

test('a leave written while such a home is away removes the user when it is back', async (t) => {
  const { server, a } = await inItsGuild(t);
  await allSent(a);
  await server.down();
  await a.api.leaveRoom({ room_id: server.room });
  await until([a], 'a failed try', async () => (await a.api.outbox({})).items[0]?.last_error != null);
  assert.deepEqual(comingsAndGoings(server), ['join']);
  await server.up();
  await a.api.retryOutbox({ destination: server.name });
  await allSent(a);
  assert.deepEqual(comingsAndGoings(server), ['join', 'leave']);
});

test('a user who rejoins before the leave was sent isn’t removed by it later', async (t) => {
  const { server, a } = await inItsGuild(t);
  await allSent(a);
  await server.down();
  await a.api.leaveRoom({ room_id: server.room });
  await until([a], 'a failed try', async () => (await a.api.outbox({})).items[0]?.last_error != null);
  await server.up();
  assert.equal((await a.api.joinRoom({ room_id: server.room })).membership, 'joined');
  await a.api.retryOutbox({ destination: server.name });
  await allSent(a);
  assert.deepEqual(comingsAndGoings(server), ['join', 'leave', 'join']);
});

test('a local user who is kicked or banned there is shown as removed, and nothing more is sent there', async (t) => {
  const { server, a } = await inItsGuild(t);
  await server.post('bob', 'before');
  await showing(a, server.room, 'before');
  await server.kick(server.remoteUser('@a:a.test'));
  await until([a], 'that our user is out', async () => {
    const { membership } = await a.api.room({ room_id: server.room });
    return membership !== 'joined';
  });
  const sent = () => server.api.calls.filter((call) => call === 'POST /_paracord/federation/v1/event').length;
  const before = sent();
  await assert.rejects(a.api.postMessage({ room_id: server.room, body: 'still here?' }));
  assert.equal(sent(), before);
  const { items } = await a.api.members({ room_id: server.room });
  assert.deepEqual(
    items.filter((member) => member.user_id === '@a:a.test'),
    [],
  );
});

test('a home’s claim that a user of another server is out removes no local user', async (t) => {
  const { server, a } = await inItsGuild(t);
  await server.kick(server.remoteUser('@guest:other.test'));
  await server.post('bob', 'after the kick');
  await showing(a, server.room, 'after the kick');
  assert.equal((await a.api.room({ room_id: server.room })).membership, 'joined');
});

test('once its admin has added us, the peer is connected without any action', async (t) => {
  const { server, a, clock } = await strangers(t);
  await a.api.addPeer({ endpoint: server.url });
  const peer = () => a.api.peer({ server_name: server.name });
  assert.match((await peer()).state_text, /must add your server too/);
  await server.addPeer(a);
  await until([a], 'the peer is connected', async () => {
    await clock.leap(10_000);
    return (await peer()).state === 'ok';
  });
});
