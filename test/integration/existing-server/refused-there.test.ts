import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joins, takes } from '../../support/attack/node.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
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

test('leaving and rejoining at once doesn’t hold up the next message', async (t) => {
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

test('a reaction to a message that is deleted there doesn’t hold up the next message', async (t) => {
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

test('a text that the other server would drop is refused here, with the limit', async (t) => {
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

for (const known of ['0.8', era] as const)
  test(`a message counts at ${known} after our keys were rotated, as long as it knows the first one only`, async (t) => {
    const ground = await inItsGuild(t, { era: known });
    const { server, a, clock } = ground;
    const room_id = server.room;
    await a.api.postMessage({ room_id, body: 'with the first key' });
    await arrives(ground, 'with the first key');
    const before = (await a.api.status({})).active_key?.key_id;
    // 0.8 looks only at the first signature, and which key comes first is chance.
    for (const time of [1, 2, 3]) {
      await a.api.rotateKeys({ announce_seconds: 0 });
      await clock.leap(60_000);
      await a.api.postMessage({ room_id, body: `after rotation ${time}` });
      await arrives(ground, `after rotation ${time}`);
    }
    assert.notEqual((await a.api.status({})).active_key?.key_id, before);
  });

test('a member whose clock is ahead still gets our messages', async (t) => {
  const ground = await inItsGuild(t, { era });
  const { server, a, clock } = ground;
  const raw = await new RawPeer('raw.test').listen(t);
  raw.handlers.set('/event', takes);
  await a.api.addPeer({ endpoint: raw.url });
  const { room_id } = await a.api.createRoom({ name: 'Ours', join_rule: 'peers' });
  await joins({ node: a, raw, room: room_id });
  await a.api.inviteUser({ room_id, user_id: server.user('bob') });
  const now = clock.now();
  const early = raw.message(room_id, 'early', { origin_ts: now, depth: now + 10 * 60_000 });
  assert.equal((await raw.post(a.url, early)).status, 202);
  await a.api.postMessage({ room_id, body: 'on time' });
  await arrives(ground, 'on time', room_id);
});
