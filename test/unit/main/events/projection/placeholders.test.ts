import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tuning } from '../../../../../main/config.ts';
import { Erasure } from '../../../../../main/events/projection/erasure.ts';
import { Placeholders } from '../../../../../main/events/projection/placeholders.ts';
import { Projection } from '../../../../../main/events/projection/projection.ts';
import { isErased, readErased } from '../../../../../main/store/erased-body.ts';
import { fromPlain, type JsonObject } from '../../../../../shared/protocol/coding/json.ts';
import type { Redacted } from '../../../../../shared/protocol/events/redaction.ts';
import { limits } from '../../../../../shared/protocol/limits.ts';
import { MemoryNode } from '../../../../support/memory-node.ts';
import { cast, now, roomId } from '../../../../support/sim/member.ts';
import { place, Teller } from '../../../../support/sim/told.ts';

const author = `@u0:${cast.peer}`;
/** The remains of a message of the peer's. */
const left = (change: Partial<Redacted> = {}): Redacted => ({
  event_id: `$left:${cast.peer}`,
  room_id: roomId,
  event_type: 'm.message',
  sender: author,
  depth: 50,
  origin_server: cast.peer,
  origin_ts: now,
  state_key: null,
  erased: 'deleted',
  content: fromPlain({ channel_id: '1', message_id: '7' }) as JsonObject,
  ...change,
});

function opened() {
  const node = new MemoryNode();
  const teller = new Teller();
  node.take(teller.join(author), cast.home);
  const { tables, parts: deps } = node;
  const erasure = new Erasure(tables, deps);
  const projection = new Projection(tables, erasure);
  const placeholders = new Placeholders({ tables, projection, erasure, directory: deps.directory });
  const take = (each: Redacted, by: string = cast.home) => placeholders.take(each, by, now);
  return { node, teller, take };
}

test('the placeholder of a message that the home or its own server erased is stored, and shown as deleted', () => {
  for (const [by, erased] of [
    [cast.home, 'deleted'],
    [cast.peer, 'edited'],
  ] as const) {
    const { node, take } = opened();
    assert.equal(take(left({ erased }), by), true);
    const row = node.tables.events.byId(left().event_id) ?? assert.fail('not stored');
    const { body, ...fields } = row;
    assert.deepEqual(fields, {
      seq: 2,
      event_id: left().event_id,
      room_id: roomId,
      event_type: 'm.message',
      sender: author,
      origin_server: cast.peer,
      origin_ts: now,
      depth: 50,
      state: 1,
      target: null,
      subject: null,
      key_id: '',
      files_unsigned: 0,
      received_from: by,
      received_at: now,
    });
    const { at, hash, left: rest } = readErased({ body });
    assert.deepEqual([at, hash, rest.erased], [now, null, erased]);
    assert.equal(node.picture().timeline.length, 1);
    assert.equal(node.tables.rooms.get(roomId)?.highestDepth, 50);
  }
});

test('a placeholder is stored once, and not beside the event itself, a held one, or a discarded one', () => {
  const { take } = opened();
  assert.deepEqual([take(left()), take(left())], [true, false]);
  const held = opened();
  held.node.standings.set(cast.peer, 'quarantined');
  const { event_id } = left();
  held.node.take({ ...held.teller.message('7'), event_id }, cast.peer);
  held.node.standings.delete(cast.peer);
  assert.equal(held.take(left()), false);
  held.node.store.held.discard(event_id);
  assert.equal(held.take(left()), false);
});

test('only placeholders of messages are taken, and only in known rooms', () => {
  const { take } = opened();
  assert.equal(take(left({ room_id: '!99:home.test' })), false);
  assert.equal(take(left({ event_type: 'm.reaction.add' })), false);
  assert.equal(take(left({ content: fromPlain({ channel_id: '1' }) as JsonObject })), false);
});

test('other servers are not believed, nor anybody about a server that is blocked, quarantined or not the sender’s', () => {
  const { take } = opened();
  assert.equal(take(left(), cast.third), false);
  assert.equal(take(left({ event_id: `$left:${cast.third}` })), false);
  assert.equal(take(left({ sender: `@x:${cast.third}`, event_id: `$left:${cast.third}` }), cast.peer), false);
  for (const standing of ['blocked', 'quarantined']) {
    const other = opened();
    other.node.standings.set(cast.peer, standing);
    assert.equal(other.take(left()), false);
  }
});

test('any member is believed about a message that a signed delete or edit of its author or the home names', () => {
  const names = { ...place, message_id: '7' };
  for (const meant of [names, { ...names, target_event_id: left().event_id }])
    for (const [by, type, content, erased] of [
      ['peer', 'm.message.delete', {}, 'deleted'],
      ['home', 'm.message.delete', {}, 'deleted'],
      ['peer', 'm.message.edit', { body: 'x' }, 'edited'],
    ] as const) {
      const { node, teller, take } = opened();
      const other = erased === 'deleted' ? 'edited' : 'deleted';
      const home = by === 'home' && !('target_event_id' in meant);
      assert.equal(take(left({ erased }), cast.third), false);
      const event = teller.event(by, type, { ...meant, ...content });
      node.take(event, event.origin_server);
      assert.equal(take(left({ erased: other }), cast.third), false, 'the other reason is not proven');
      // The home's delete names a message of its own if it has no ID.
      assert.equal(take(left({ erased }), cast.third), !home);
    }
});

test('reactions to a message are erased when its remains come after its author’s delete', () => {
  const names = { ...place, message_id: '7' };
  const other = `@other:${cast.peer}`;
  for (const sender of [author, other]) {
    const { node, teller, take } = opened();
    node.take(teller.join(other), cast.home);
    const reaction = teller.event('home', 'm.reaction.add', {
      ...names,
      target_event_id: left().event_id,
      emoji: '👍',
    });
    node.take(reaction, cast.home);
    const target = { ...names, target_event_id: left().event_id };
    node.take(teller.event('peer', 'm.message.delete', target, { sender }), cast.peer);
    const row = () => node.tables.events.byId(reaction.event_id) ?? assert.fail('not stored');
    assert.equal(isErased(row()), false, 'whose message it is isn’t known yet');
    take(left());
    assert.equal(isErased(row()), sender === author);
  }
});

test('placeholders ahead of our clock move nobody’s place, and pending ones are limited', () => {
  const { node, take } = opened();
  const depth = now + limits.aheadMsMax + 1;
  assert.equal(take(left({ depth, event_id: `$a:${cast.peer}` })), true);
  assert.equal(node.tables.events.byId(`$a:${cast.peer}`)?.state, 2);
  assert.ok((node.tables.rooms.get(roomId)?.highestDepth ?? 0) < now);
  const stranger = { sender: `@stranger:${cast.peer}` };
  const many = (count: number) => {
    const full = opened();
    for (let n = 0; n < count; n++)
      full.node.tables.events.insert({
        event_id: `$${n}:x`,
        room_id: roomId,
        event_type: 'm.message',
        sender: `@u9:${cast.peer}`,
        origin_server: cast.peer,
        origin_ts: now,
        depth: 1,
        target: null,
        subject: null,
        state: 0,
        body: '{}',
        key_id: 'k',
        files_unsigned: 0,
        received_from: null,
        received_at: now,
      });
    return full;
  };
  assert.equal(many(tuning.pendingEventsMax).take(left(stranger)), false);
  assert.equal(many(tuning.pendingEventsMax - 1).take(left(stranger)), true);
  assert.equal(many(tuning.pendingEventsMax).take(left()), true, 'by a member');
});
