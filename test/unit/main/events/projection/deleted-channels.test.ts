import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Erasure } from '../../../../../main/events/projection/erasure.ts';
import { Projection, rebuiltTogether } from '../../../../../main/events/projection/projection.ts';
import { isErased } from '../../../../../main/store/erased-body.ts';
import type { Envelope } from '../../../../../shared/protocol/events/envelope.ts';
import { author, inRoom, rebuild } from '../../../../support/memory-node.ts';
import { cast, roomId } from '../../../../support/sim/member.ts';
import { Teller } from '../../../../support/sim/told.ts';

const teller = new Teller();
// The room itself has the first numbers.
for (const user of [author, author, author]) teller.join(user);
const info = teller.event('home', 'm.room.info', {
  name: 'Room',
  join_rule: 'invite',
  channels: ['1', '2', '3'].map((channel_id) => ({ channel_id, name: `channel ${channel_id}` })),
});
const remove = teller.event('home', 'm.channel.delete', { channel_id: '2' });
const said = (message_id: string, channel_id = '2', sender: string = author) =>
  teller.event('peer', 'm.message', { channel_id, message_id, body: `secret ${message_id}` }, { sender });
const about = (message: Envelope, type: string, more: object) =>
  teller.event('peer', type, {
    channel_id: '2',
    message_id: String(message.content.get('message_id')),
    target_event_id: message.event_id,
    ...more,
  });
const [message, kept] = [said('11'), said('12', '1')];
const edit = about(message, 'm.message.edit', { body: 'secret edit' });
const reaction = about(message, 'm.reaction.add', { emoji: '👍' });

function* orders<T>(items: readonly T[]): Generator<T[]> {
  if (items.length < 2) yield [...items];
  for (const [i, first] of items.entries())
    for (const rest of orders(items.toSpliced(i, 1))) yield [first, ...rest];
}

function opened() {
  const { node, take } = inRoom();
  const { tables } = node;
  const room = tables.rooms.get(roomId) ?? assert.fail('no room');
  return {
    node,
    take,
    room,
    projection: new Projection(tables, new Erasure(tables, node.parts)),
    isErased: (event: Envelope) => isErased(tables.events.byId(event.event_id) ?? assert.fail('not stored')),
  };
}

test('a deleted channel is gone with its messages in whatever order everything arrives', async () => {
  const { node, take, projection, room, isErased } = opened();
  for (const order of orders([info, remove, message, edit, reaction, kept]))
    await node.undone(() => {
      for (const event of order) take(event);
      for (const event of [message, edit, reaction]) assert.equal(isErased(event), true, event.event_type);
      assert.equal(isErased(kept), false);
      const { channels, timeline } = node.picture();
      assert.deepEqual(
        channels.map(({ id }) => id),
        ['1', '3'],
      );
      assert.equal(timeline.filter((each) => each.includes('secret')).length, 1);
      const before = node.rows('channels');
      rebuild(projection, room);
      assert.deepEqual(node.rows('channels'), before);
      assert.deepEqual(node.picture().timeline, timeline);
    });
});

test('a description that names a deleted channel later does not bring it back, nor does a message in it', () => {
  const { node, take } = opened();
  for (const event of [info, remove]) take(event);
  const { content } = info;
  take(teller.event('home', 'm.room.info', {}, { content }));
  take(said('13'));
  assert.deepEqual(
    node.picture().channels.map(({ id }) => id),
    ['1', '3'],
  );
});

test('a deleted channel with many messages hides them at once, and erases the rest later', () => {
  const { node, take, projection, isErased } = opened();
  const many = Array.from({ length: rebuiltTogether + 5 }, (_, n) => said(String(1000 + n)));
  for (const event of [info, ...many, remove]) take(event);
  assert.equal(
    node.picture().timeline.some((each) => each.includes('secret')),
    false,
  );
  const due = node.rows<{ seq: number }>('erasures_due').map(({ seq }) => seq);
  assert.equal(due.length, 5);
  projection.eraseDue(due);
  assert.ok(many.every(isErased));
  assert.equal(node.rows('erasures_due').length, 0);
});

test('a message of a deleted channel whose sender is not a member yet is erased, too', () => {
  const { take, isErased } = opened();
  const early = said('14', '2', `@u1:${cast.peer}`);
  for (const event of [info, early, remove]) take(event);
  assert.equal(isErased(early), true);
});

test('copies that wait for a decision are dropped with their channel, those of other channels are not', () => {
  const { node, take } = opened();
  take(info);
  node.standings.set(cast.peer, 'quarantined');
  for (const event of [message, edit, kept]) take(event);
  assert.equal(node.rows('federation_held_events').length, 3);
  take(remove);
  assert.deepEqual(
    node.rows<{ event_id: string }>('federation_held_events').map(({ event_id }) => event_id),
    [kept.event_id],
  );
});
