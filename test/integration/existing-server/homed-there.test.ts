import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acquainted, inItsGuild, showing, shownIn } from '../../support/stand-in/ground.ts';
import { until } from '../../support/until.ts';

test('a message in its guild is reported as accepted by a server that doesn’t show it there', async (t) => {
  const { server, a } = await inItsGuild(t);
  const { event_id } = await a.api.postMessage({ room_id: server.room, body: 'from afar' });
  const mirrored = () => server.shown.get(server.room)?.map((message) => message.body);
  await until([a], 'the message in its mirror', () => mirrored()?.includes('from afar'));
  const delivery = await until([a], 'the answer noted', async () => {
    const item = await showing(a, server.room, 'from afar');
    return item.delivery.delivered === 1 && item.delivery;
  });
  assert.equal(delivery.not_shown_at, server.name);
  assert.equal((await a.api.event({ event_id })).delivery.not_shown_at, server.name);
});

test('in a room homed here, its users see our messages, and we see theirs', async (t) => {
  const { server, a } = await acquainted(t);
  const { room_id, channels } = await a.api.createRoom({ name: 'Ours', join_rule: 'peers' });
  const user_id = server.user('dave');
  const request = JSON.stringify({ origin_server: server.name, room_id, user_id });
  assert.equal((await server.call(a, 'POST', '/join', request)).status, 200);
  const { event_id } = await a.api.postMessage({ room_id, body: 'welcome' });
  await a.api.editMessage({ room_id, event_id, body: 'welcome, dave' });
  const mirror = () => server.shown.get(room_id)?.map((message) => message.body) ?? [];
  await until([a], 'the message in its mirror', () => mirror().includes('welcome, dave'));
  assert.equal((await showing(a, room_id, 'welcome, dave')).delivery.not_shown_at, null);

  // The server's messages have the time of the start of their second, and so come before a join in the same second.
  await server.nextSecond();
  const write = (body: string) => server.writeInMirror('dave', room_id, channels[0]?.channel_id ?? '', body);
  const [thanks, gone] = [write('thanks'), write('gone')];
  assert.equal((await showing(a, room_id, 'thanks')).sender, user_id);

  // These have the numbers of its own copy of the room, and the one about our message names nothing known here.
  await server.edit('dave', thanks, 'thanks a lot');
  await server.delete('dave', gone);
  await server.react('dave', thanks, '👍');
  await server.react('dave', event_id, '🎉');
  await until([a], 'what it did later', async () => {
    const items = await shownIn(a, room_id);
    return items.some(({ deleted }) => deleted) && items.some(({ reactions }) => reactions.length > 0);
  });
  assert.deepEqual((await showing(a, room_id, 'thanks a lot')).reactions, [
    { emoji: '👍', users: [user_id] },
  ]);
  assert.deepEqual((await showing(a, room_id, 'welcome, dave')).reactions, []);
});
