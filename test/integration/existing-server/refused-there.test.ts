import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inItsGuild, showing } from '../../support/stand-in/ground.ts';
import { until } from '../../support/until.ts';

const era = '3.x';

/** Waits until a message of ours is shown in its guild. */
async function arrives(
  { server, a }: Awaited<ReturnType<typeof inItsGuild>>,
  body: string,
  room = server.room,
): Promise<void> {
  await until([a], `“${body}” at the existing server`, () =>
    (server.shown.get(room) ?? []).some((message) => message.body === body),
  );
}

test('leaving and rejoining at once doesn’t hold up what is written next', async (t) => {
  const ground = await inItsGuild(t, { era });
  const { server, a } = ground;
  const room_id = server.room;
  await a.api.postMessage({ room_id, body: 'before' });
  await arrives(ground, 'before');
  await a.api.leaveRoom({ room_id });
  await a.api.joinRoom({ room_id });
  await a.api.postMessage({ room_id, body: 'after' });
  await arrives(ground, 'after');
  await until([a], 'an empty outbox', async () => (await a.api.outbox({})).items.length === 0);
});

test('a reaction to a message that is deleted there doesn’t hold up what is written next', async (t) => {
  const ground = await inItsGuild(t, { era });
  const { server, a } = ground;
  const room_id = server.room;
  const id = await server.post('bob', 'gone soon');
  const { event_id } = await showing(a, room_id, 'gone soon');
  server.api.lost.add('/events');
  await server.delete('bob', id);
  await a.api.react({ room_id, event_id, emoji: '👍' });
  await a.api.postMessage({ room_id, body: 'after' });
  await arrives(ground, 'after');
});

test('a text that it would drop is refused here, with the limit', async (t) => {
  const { server, a } = await inItsGuild(t, { era });
  const post = (body: string) => a.api.postMessage({ room_id: server.room, body });
  await assert.rejects(post('ä'.repeat(1001)), (error: Error) => {
    assert.match(error.message, /2,002 bytes.*drop more than 2,000/);
    return true;
  });
  const { event_id } = await post('ä'.repeat(1000));
  await assert.rejects(
    a.api.editMessage({ room_id: server.room, event_id, body: 'x'.repeat(2001) }),
    /2,001 bytes/,
  );
});

test('a message counts there after our key was rotated, as long as it knows the older key only', async (t) => {
  const ground = await inItsGuild(t, { era });
  const { server, a, clock } = ground;
  const room_id = server.room;
  await a.api.postMessage({ room_id, body: 'with the first key' });
  await arrives(ground, 'with the first key');
  const before = (await a.api.status({})).active_key?.key_id;
  await a.api.rotateKeys({});
  await clock.leap(2 * 3_600_000);
  await a.api.postMessage({ room_id, body: 'after the rotation' });
  await arrives(ground, 'after the rotation');
  assert.notEqual((await a.api.status({})).active_key?.key_id, before);
});
