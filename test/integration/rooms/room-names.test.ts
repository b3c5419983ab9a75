import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addRaw } from '../../support/attack/home.ts';
import { besiege } from '../../support/attack/node.ts';
import { beGuildGuest, guildMessage } from '../../support/parties/other-home.ts';

test('a guild and a channel that are renamed there are renamed here with the next message', async (t) => {
  const guest = await beGuildGuest(t);
  const { node, home, room } = guest;
  const names = async () => {
    const { name, channels } = await node.api.room({ room_id: room });
    return [name, ...channels.map((channel) => channel.name)];
  };
  await home.post(node.url, guildMessage(guest, 'first', { channel_name: 'talk' }));
  assert.deepEqual(await names(), ['Guild', 'talk']);
  await home.post(node.url, guildMessage(guest, 'second', { guild_name: 'Renamed', channel_name: 'chat' }));
  assert.deepEqual(await names(), ['Renamed', 'chat']);
  // Our messages contain the names known here, but don't name anything.
  await node.api.postMessage({ room_id: room, body: 'ours' });
  await home.post(node.url, guildMessage(guest, 'third', { guild_name: 'Again', channel_name: 'again' }));
  assert.deepEqual(await names(), ['Again', 'again']);
});

test('an older message that arrives late renames nothing, and neither do messages without names', async (t) => {
  const guest = await beGuildGuest(t);
  const { node, home, room } = guest;
  const now = Date.now();
  const said = (depth: number, more: { [key: string]: string | null }) =>
    home.post(node.url, guildMessage(guest, 'hi', more, { depth }));
  await said(now + 3000, { guild_name: 'Newest', channel_name: 'newest' });
  await said(now + 2000, { guild_name: 'Older', channel_name: 'older' });
  await said(now + 4000, { guild_name: null, channel_name: null });
  await said(now + 5000, { guild_name: '  ' });
  const { name, channels } = await node.api.room({ room_id: room });
  assert.deepEqual([name, channels[0]?.name], ['Newest', 'general']);
});

test('the name in the answer to a join is newer than earlier messages', async (t) => {
  const guest = await beGuildGuest(t);
  const { node, home, room } = guest;
  const before = Date.now() - 60_000;
  await home.post(node.url, guildMessage(guest, 'old', { guild_name: 'Old name' }, { depth: before }));
  assert.equal((await node.api.room({ room_id: room })).name, 'Guild');
});

test('no other member renames a guild or its channels', async (t) => {
  const guest = await beGuildGuest(t);
  const { node, home, room, guild } = guest;
  const peer = await addRaw(t, node, 'peer.test');
  await home.post(node.url, guildMessage(guest, 'first', { channel_name: 'talk' }));
  await peer.post(
    node.url,
    peer.event({ room, type: 'm.member.join', content: {}, state_key: '@user:peer.test' }),
  );
  const foreign = guildMessage({ home: peer, room, guild }, 'mine now', {
    guild_name: 'Mine',
    channel_name: 'mine',
  });
  assert.equal((await peer.post(node.url, foreign)).status, 202);
  const { name, channels } = await node.api.room({ room_id: room });
  assert.deepEqual([name, channels.map((channel) => channel.name)], ['Guild', ['talk']]);
});

test('a room whose home sends m.room.info is named by that alone', async (t) => {
  const guest = await beGuildGuest(t);
  const { node, home, room } = guest;
  const info = { name: 'Told', join_rule: 'invite', channels: [{ channel_id: '1', name: 'told' }] };
  await home.post(node.url, home.event({ room, type: 'm.room.info', state_key: '', content: info }));
  await home.post(node.url, guildMessage(guest, 'later', { guild_name: 'Other', channel_name: 'other' }));
  const { name, channels } = await node.api.room({ room_id: room });
  assert.deepEqual([name, channels[0]?.name], ['Told', 'told']);
});

test('a message in a channel that the home doesn’t list is accepted and shown among all messages', async (t) => {
  const { node, raw, room } = await besiege(t);
  const before = await node.api.channels({ room_id: room });
  assert.equal((await raw.post(node.url, raw.message(room, 'elsewhere', { channel: '999' }))).status, 202);
  const { items } = await node.api.timeline({ room_id: room });
  assert.deepEqual(
    items.map(({ body, channel_id }) => [body, channel_id]),
    [['elsewhere', '999']],
  );
  assert.deepEqual(await node.api.channels({ room_id: room }), before);
});
