import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inItsGuild, showing } from '../../support/stand-in/ground.ts';
import { until } from '../../support/until.ts';

const hour = 3_600_000;

for (const [when, hours] of [
  ['25 hours', 25],
  ['49 hours', 49],
  ['30 days', 30 * 24],
] as const)
  test(`${when} after it made a key that is valid for a day, both sides still accept each other`, async (t) => {
    const { server, a, clock } = await inItsGuild(t);
    await server.post('bob', 'on the first day');
    await showing(a, server.room, 'on the first day');
    await clock.leap(hours * hour);
    await server.post('bob', 'after all that time');
    await showing(a, server.room, 'after all that time');
    await a.api.postMessage({ room_id: server.room, body: 'and back' });
    await until([a], 'the answer', () =>
      server.shown.get(server.room)?.some((message) => message.body === 'and back'),
    );
    const peer = await a.api.peer({ server_name: server.name });
    assert.equal(peer.state, 'ok');
    assert.equal(peer.keys[0]?.standing, 'by_day', 'the key counts for a day more');
  });

test('a server that shows another key after the day is not believed', async (t) => {
  const { server, a, clock } = await inItsGuild(t);
  await server.post('bob', 'on the first day');
  await showing(a, server.room, 'on the first day');
  server.replaceKey();
  const before = server.api.calls.length;
  await clock.leap(25 * hour);
  await server.post('bob', 'by another key');
  await until([a], 'that its keys are looked at, and the room is read again', () => {
    const calls = server.api.calls.slice(before);
    const keys = calls.findIndex((call) => call.endsWith('/keys'));
    return keys >= 0 && calls.slice(keys).some((call) => call.includes('/events?'));
  });
  await until([a], 'a word about it', async () => {
    const { state, warnings } = await a.api.peer({ server_name: server.name });
    return state !== 'ok' || warnings.length > 0;
  });
  const { items } = await a.api.timeline({ room_id: server.room });
  assert.deepEqual(
    items.map((item) => item.body),
    ['on the first day'],
  );
});
