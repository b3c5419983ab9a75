import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acquainted, inItsGuild, showing, strangers } from '../support/stand-in-ground.ts';
import { until } from '../support/until.ts';

test('a first join is joined when it is answered, and its user can write at once', async (t) => {
  const { server, a } = await acquainted(t);
  await server.post('bob', 'before anybody came');
  const room = await a.api.joinRoom({ room_id: server.room });
  assert.equal(room.membership, 'joined');
  await a.api.postMessage({ room_id: server.room, body: 'here I am' });
});

test('who leaves and comes back within the same second is in again, and can write at once', async (t) => {
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

test('our user who is kicked or banned there is shown as out, and nothing more is sent there', async (t) => {
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

test('its word that a number which is none of ours is out takes nobody out', async (t) => {
  const { server, a } = await inItsGuild(t);
  await server.kick(server.remoteUser('@guest:other.test'));
  await server.post('bob', 'after the kick');
  await showing(a, server.room, 'after the kick');
  assert.equal((await a.api.room({ room_id: server.room })).membership, 'joined');
});

test('once its admin has added us, the peer is connected without anybody looking', async (t) => {
  const { server, a, clock } = await strangers(t);
  await a.api.addPeer({ endpoint: server.url });
  const peer = () => a.api.peer({ server_name: server.name });
  assert.match((await peer()).state_text, /must add this server too/);
  await server.addPeer(a);
  await until([a], 'the peer is connected', async () => {
    await clock.leap(10_000);
    return (await peer()).state === 'ok';
  });
});
