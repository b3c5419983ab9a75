import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { ReadNow } from '../../../shared/api/topics.ts';
import type { TimelineItem } from '../../../shared/api/views/room-views.ts';
import { joined, openEntrance } from '../../support/nodes/people.ts';

const changesIn = (lines: readonly string[], topic: string) =>
  lines
    .filter((line) => line.startsWith(`data: {"topic":"${topic}"`))
    .map((line) => JSON.parse(line.slice('data: '.length)) as { item?: TimelineItem; now?: ReadNow });

/** The messages that came with changes of one topic. */
const itemsIn = (lines: readonly string[], topic: string) => changesIn(lines, topic).map(({ item }) => item);

async function kitchen(t: TestContext) {
  const node = await openEntrance(t);
  const { room_id } = await node.api.createRoom({ name: 'Kitchen', join_rule: 'invite' });
  const [ben, mia, lea] = [
    await joined(node, 'ben', { rooms: [room_id] }),
    await joined(node, 'mia', { rooms: [room_id] }),
    await joined(node, 'lea'),
  ];
  return { node, room_id, ben, mia, lea };
}

test('a change of a message brings the message to everyone who may see it, as they would read it', async (t) => {
  const { room_id, ben, mia, lea } = await kitchen(t);
  const [of, with_, without] = [await mia.stream(), await ben.stream(), await lea.stream()];
  const { event_id } = await ben.api.postMessage({ room_id, body: 'Supper, @mia?' });
  await of.heard('Supper');
  const [read] = (await mia.api.timeline({ room_id })).items;
  assert.deepEqual(itemsIn(of.lines, 'timeline'), [read]);
  assert.equal(read?.mentions_me, true);
  await with_.heard('Supper');
  assert.deepEqual(itemsIn(with_.lines, 'timeline'), [{ ...read, mentions_me: false }]);

  await ben.api.editMessage({ room_id, event_id, body: 'Supper at eight' });
  await mia.api.react({ room_id, event_id, emoji: '👍' });
  await of.heard('👍');
  const [now] = (await mia.api.timeline({ room_id })).items;
  assert.deepEqual(itemsIn(of.lines, 'timeline').at(-1), now);
  assert.equal(now?.body, 'Supper at eight');
  await ben.api.deleteMessage({ room_id, event_id });
  await of.heard('"deleted":true');
  assert.equal(itemsIn(of.lines, 'timeline').at(-1)?.body, null);
  assert.equal(without.lines.join().includes('Supper'), false);
});

test('a room that somebody reads comes to their devices as they would read it, and to nobody else', async (t) => {
  const { node, room_id, ben, mia } = await kitchen(t);
  const other = await joined(node, 'tom', { rooms: [room_id] });
  const [of, without] = [await mia.stream(), await other.stream()];
  await ben.api.postMessage({ room_id, body: 'first' });
  await ben.api.postMessage({ room_id, body: 'second, @mia' });
  await of.heard('second');
  const [first] = (await mia.api.timeline({ room_id })).items.slice(-1);
  await mia.api.unread({});
  await mia.api.markRead({ room_id, arrival: first!.arrival });
  await of.heard('"topic":"read"');
  assert.deepEqual(changesIn(of.lines, 'read'), [
    {
      topic: 'read',
      room_id,
      user_id: '@mia:a.test',
      now: { room: await mia.api.room({ room_id }), total: { unread: 1, mentions: 1 } },
    },
  ]);
  await ben.api.postMessage({ room_id, body: 'third' });
  await without.heard('third');
  assert.deepEqual(changesIn(without.lines, 'read'), []);
});

test('a room that is closed to a child doesn’t come with what they read', async (t) => {
  const { node, room_id, ben } = await kitchen(t);
  const child = await joined(node, 'tim', { role: 'child', rooms: [room_id] });
  await joined(node, 'max', { role: 'guest', rooms: [room_id] });
  const stream = await child.stream();
  await child.api.unread({});
  await ben.api.postMessage({ room_id, body: 'closed' });
  await child.api.markRead({ room_id });
  await stream.heard('"topic":"read"');
  assert.deepEqual(
    changesIn(stream.lines, 'read').map(({ now }) => now),
    [undefined],
  );
});

test('somebody who is taken out of a room learns that, gets none of its messages, and the next after coming back', async (t) => {
  const { node, room_id, ben, mia } = await kitchen(t);
  const [stream, others] = [await mia.stream(), await ben.stream()];
  await ben.api.postMessage({ room_id, body: 'first' });
  await stream.heard('first');
  await node.api.removeMember({ room_id, user_id: '@mia:a.test' });
  const out = `{"topic":"members","room_id":"${room_id}","about":"@mia:a.test"}`;
  for (const each of [stream, others]) await each.heard(out);
  await ben.api.postMessage({ room_id, body: 'second' });
  await node.api.inviteUser({ room_id, user_id: '@mia:a.test' });
  const [invite] = (await mia.api.invites({})).items;
  await mia.api.acceptInvite({ id: invite?.id ?? '' });
  await ben.api.postMessage({ room_id, body: 'third' });
  await stream.heard('third');
  assert.deepEqual(
    itemsIn(stream.lines, 'timeline').map((item) => item?.body),
    ['first', 'third'],
  );
});

test('missed changes come without messages: those are read as they are by then', async (t) => {
  const { room_id, ben, mia } = await kitchen(t);
  const stream = await mia.stream();
  await ben.api.postMessage({ room_id, body: 'first' });
  await stream.heard('first');
  const [id] = stream.lines.filter((line) => line.startsWith('id: ')).slice(-1);
  await ben.api.postMessage({ room_id, body: 'second' });
  const again = await mia.stream(`?after=${id?.slice('id: '.length)}`);
  await again.heard('event: timeline');
  assert.deepEqual(itemsIn(again.lines, 'timeline'), [undefined]);
});

test('a room that is closed to a child brings it no messages until it opens', async (t) => {
  const { node, room_id, ben } = await kitchen(t);
  const child = await joined(node, 'tim', { role: 'child', rooms: [room_id] });
  await joined(node, 'max', { role: 'guest', rooms: [room_id] });
  const stream = await child.stream();
  await ben.api.postMessage({ room_id, body: 'closed' });
  await node.api.answerConsent({ user_id: '@tim:a.test', room_id, allow: true, people: ['@max:a.test'] });
  await stream.heard('event: room');
  await ben.api.postMessage({ room_id, body: 'open' });
  await stream.heard('"body":"open"');
  assert.deepEqual(
    itemsIn(stream.lines, 'timeline').map((item) => item?.body),
    ['open'],
  );
});
