import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acquainted, inItsGuild, showing } from '../../support/stand-in/ground.ts';
import { until } from '../../support/until.ts';

test('a server that reads from the larger of depth and time misses no message by asking while we write', async (t) => {
  const { server, a } = await acquainted(t);
  const { room_id } = await a.api.createRoom({ name: 'Ours', join_rule: 'peers' });
  const request = JSON.stringify({ origin_server: server.name, room_id, user_id: server.user('dave') });
  await server.call(a, 'POST', '/join', request);
  await until([a], 'the join at it', () => server.events.list(room_id, 0, 1).length === 1);
  // Our pushes don't reach the server any more, so it has to ask.
  await server.down();
  const written: string[] = [];
  for (let round = 0; round < 40; round++) {
    const posts = Array.from({ length: 8 }, (_, at) =>
      a.api.postMessage({ room_id, body: `message ${round} ${at}` }).then(({ event_id }) => {
        written.push(event_id);
      }),
    );
    await posts[round % 8];
    await server.poll(a, room_id);
    await Promise.all(posts);
  }
  await server.poll(a, room_id);
  const events = server.events.all;
  const missed = written.filter((id) => !events.has(id));
  assert.equal(missed.length, 0, `${missed.length} of ${written.length} are missed for good`);
});

test('our events never have a depth behind their time', async (t) => {
  const { server, a } = await inItsGuild(t);
  for (let at = 0; at < 40; at++) await a.api.postMessage({ room_id: server.room, body: `message ${at}` });
  const own = () => [...server.events.all.values()].filter((event) => event.origin_server === 'a.test');
  await until([a], 'all at the server', () => own().length >= 40);
  const behind = own().filter((event) => event.depth < event.origin_ts);
  assert.equal(behind.length, 0, `${behind.length} of 40 are behind their time`);
});

test('a guild with thousands of messages that are hidden from us is read to its end', async (t) => {
  const { server, a } = await acquainted(t, { era: '3.x' });
  for (let at = 0; at < 2100; at++) server.postPrivately('bob', `secret ${at}`);
  await server.post('bob', 'for everybody');
  await a.api.joinRoom({ room_id: server.room });
  await showing(a, server.room, 'for everybody');
  const { items } = await a.api.timeline({ room_id: server.room });
  assert.equal(items.length, 1);
});

test('events that a pushing server failed to push are read from it', async (t) => {
  const { server, a, clock } = await inItsGuild(t);
  for (let at = 0; at < 6; at++) {
    const id = await server.post('bob', `message ${at}`);
    if (at !== 3) await server.push(a, `$${id}:${server.name}`);
  }
  await showing(a, server.room, 'message 5');
  await until([a], 'what was never pushed', async () => {
    await clock.leap(5_000);
    return (await a.api.timeline({ room_id: server.room })).items.some((item) => item.body === 'message 3');
  });
});
