import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findRoomId } from '../../../main/cli/find-room.ts';
import { createClient } from '../../../shared/api/client.ts';
import type { Api } from '../../../shared/api/contract.ts';
import { befriend, type LocalNode, startLocalNode } from '../../support/nodes/local-node.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { until } from '../../support/until.ts';

test('two nodes hold a conversation with edits, deletes and reactions on both sides', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const b = await startLocalNode(t, { name: 'b.test' });
  await befriend(a, b);
  const room = await a.api.createRoom({ name: 'Lobby', join_rule: 'peers', channels: ['general', 'random'] });
  const joined = await b.api.joinRoom({ room_id: room.room_id });
  assert.equal(joined.name, 'Lobby');
  assert.deepEqual(joined.channels, room.channels);
  assert.equal(joined.membership, 'joined');

  const first = await a.api.postMessage({ room_id: room.room_id, body: 'hello' });
  const second = await b.api.postMessage({
    room_id: room.room_id,
    body: 'hi',
    channel_id: room.channels[1]?.channel_id,
  });
  await until([a, b], 'both messages on both nodes', async () => {
    const timelines = await Promise.all([a, b].map((n) => n.api.timeline({ room_id: room.room_id })));
    return timelines.every((timeline) => timeline.items.length === 2);
  });
  await a.api.editMessage({ room_id: room.room_id, event_id: first.event_id, body: 'hello, edited' });
  await b.api.react({ room_id: room.room_id, event_id: first.event_id, emoji: '👍' });
  await a.api.deleteMessage({ room_id: room.room_id, event_id: second.event_id });
  const shown = await until([a, b], 'the same picture on both nodes', async () => {
    const [left, right] = await Promise.all([a, b].map((n) => n.api.timeline({ room_id: room.room_id })));
    const strip = (items: typeof left) => items?.items.map(({ delivery: _, arrival: __, ...item }) => item);
    const edited = left?.items.some((item) => item.body === 'hello, edited' && item.reactions.length === 1);
    const same = JSON.stringify(strip(left)) === JSON.stringify(strip(right));
    return edited && same && left?.items.some((item) => item.deleted) ? left : false;
  });
  const message = shown.items.find((item) => item.event_id === first.event_id);
  assert.deepEqual(message?.reactions, [{ emoji: '👍', users: ['@b:b.test'] }]);
  assert.equal(shown.items.find((item) => item.event_id === second.event_id)?.body, null);
});

test('names are found however they are typed, and ❤ and ❤️ are one reaction', async (t) => {
  const [a, b] = [await startLocalNode(t, { name: 'a.test' }), await startLocalNode(t, { name: 'b.test' })];
  const [api, bApi] = [a, b].map(({ control, node }) =>
    createClient({ baseUrl: control, token: node.token, fetch }),
  ) as [Api, Api];
  await befriend(a, b);
  const { room_id } = await api.createRoom({ name: ' Ku\u0308che ', join_rule: 'peers' });
  await bApi.joinRoom({ room_id });
  assert.equal((await a.api.room({ room_id })).name, 'K\u00fcche');
  assert.equal(await findRoomId(a.api, 'ku\u0308che'), room_id);
  await assert.rejects(api.changeRoom({ room_id, name: ' ' }), /empty/);
  const { event_id } = await a.api.postMessage({ room_id, body: 'Soup?' });
  const reactions = async (node: LocalNode) => (await node.api.timeline({ room_id })).items.at(-1)?.reactions;
  await until([a, b], 'the message at B', async () => (await reactions(b)) !== undefined);
  await api.react({ room_id, event_id, emoji: '❤' });
  await bApi.react({ room_id, event_id, emoji: '❤️' });
  for (const node of [a, b])
    await until([a, b], 'one reaction of two', async () => {
      const [first, ...more] = (await reactions(node)) ?? [];
      return more.length === 0 && first?.emoji === '❤️' && first.users.length === 2;
    });
  await api.unreact({ room_id, event_id, emoji: '❤' });
  await until([a, b], 'one of one at B', async () => (await reactions(b))?.[0]?.users.length === 1);
});

test('a hand-made peer reads keys, joins and posts', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const raw = await new RawPeer('raw.test').listen(t);
  await a.api.addPeer({ endpoint: raw.url });
  const room = await a.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  const join = await raw.call(
    a.url,
    'POST',
    '/join',
    JSON.stringify({ origin_server: 'raw.test', room_id: room.room_id, user_id: '@user:raw.test' }),
  );
  assert.equal(join.status, 200);
  const posted = await raw.post(a.url, raw.message(room.room_id, 'by hand'));
  assert.equal(posted.status, 202);
  assert.equal(posted.body.inserted, true);
});
