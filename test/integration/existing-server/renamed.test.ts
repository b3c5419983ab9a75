import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inItsGuild, showing } from '../../support/stand-in/ground.ts';

test('a guild and a channel renamed there are renamed here with the next message', async (t) => {
  const { server, a } = await inItsGuild(t);
  await server.post('bob', 'under the old names');
  await showing(a, server.room, 'under the old names');
  const names = async () => {
    const { name, channels } = await a.api.room({ room_id: server.room });
    return [name, ...channels.map((channel) => channel.name)];
  };
  assert.deepEqual(await names(), ['Guild', 'general']);
  await server.renameGuild('New guild');
  await server.renameChannel('new-channel');
  // The server's messages have the time of their second: the names of a later one count.
  await server.nextSecond();
  await server.post('bob', 'under the new names');
  await showing(a, server.room, 'under the new names');
  assert.deepEqual(await names(), ['New guild', 'new-channel']);
});
