import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inItsGuild } from '../../support/stand-in/ground.ts';
import { until } from '../../support/until.ts';

test('a server that accepts 120 events a minute, and doesn’t say when to retry, gets 150 events once each', async (t) => {
  const { server, a, clock } = await inItsGuild(t, { eventsPerMinute: 120 });
  const written = Array.from({ length: 150 }, (_, at) => `message ${at}`);
  for (const body of written) await a.api.postMessage({ room_id: server.room, body });
  const mirrored = () => server.shown.get(server.room)?.map((message) => message.body) ?? [];
  await until([a], 'its limit', () => mirrored().length >= 100);
  await until([a], 'all of them', async () => {
    await clock.leap(5_000);
    return mirrored().length >= 150;
  });
  assert.deepEqual(mirrored().toSorted(), written.toSorted());
  const calls = server.api.calls.filter((call) => call.startsWith('POST') && call.endsWith('/event'));
  assert.ok(calls.length < 200, `it was asked ${calls.length} times`);
});
