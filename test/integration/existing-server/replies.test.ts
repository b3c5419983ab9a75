import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inItsGuild, showing } from '../../support/stand-in/ground.ts';
import { until } from '../../support/until.ts';

test('a reply of ours to one of its users shows there as its text, and mentions that user', async (t) => {
  const { server, a } = await inItsGuild(t, { era: '3.x' });
  const room_id = server.room;
  await server.post('bob', 'who comes?');
  const { event_id, sender } = await showing(a, room_id, 'who comes?');
  const reply = await a.api.postMessage({ room_id, body: 'I do', reply_to: event_id });
  const item = await showing(a, room_id, 'I do');
  assert.deepEqual([item.reply_to?.event_id, item.reply_to?.message?.text], [event_id, 'who comes?']);
  const { envelope } = await a.api.event({ event_id: reply.event_id });
  assert.deepEqual(JSON.parse(envelope).content['m.mentions'], { user_ids: [sender] });
  const shown = () => server.shown.get(room_id)?.find(({ body }) => body === 'I do');
  assert.ok(await until([a], 'the text there', async () => shown()));
});
