import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Erasure, hashOf } from '../../../../../main/events/projection/erasure.ts';
import { Projection } from '../../../../../main/events/projection/projection.ts';
import { isErased, readErased } from '../../../../../main/store/erased-body.ts';
import type { Envelope } from '../../../../../shared/protocol/events/envelope.ts';
import { limits } from '../../../../../shared/protocol/limits.ts';
import { MemoryNode } from '../../../../support/memory-node.ts';
import { cast, now, roomId } from '../../../../support/sim/member.ts';
import { place, Teller } from '../../../../support/sim/told.ts';

const author = `@u0:${cast.peer}`;

function opened(home: string = cast.home) {
  const node = new MemoryNode(home);
  const teller = new Teller();
  const take = (event: Envelope) => node.take(event, event.origin_server);
  const join = (user: string) => take({ ...teller.join(user), origin_server: home, sender: `@u0:${home}` });
  join(author);
  const room = node.tables.rooms.get(roomId) ?? assert.fail('no room');
  const erasure = new Erasure(node.tables, node.parts);
  const rowOf = (event: Envelope) => node.tables.events.byId(event.event_id) ?? assert.fail('not stored');
  return {
    node,
    teller,
    take,
    join,
    room,
    erasure,
    rowOf,
    eraseDue: (...due: number[]) => new Projection(node.tables, erasure).eraseDue(due),
    why: (event: Envelope) => (isErased(rowOf(event)) ? readErased(rowOf(event)).left.erased : null),
    /** The row of a message and its two names. */
    named: (message: Envelope) => ({
      seq: rowOf(message).seq,
      event_id: message.event_id,
      message_key: `${cast.peer}/1`,
      sender: author,
    }),
  };
}

const messageIn = (more: object = {}) =>
  new Teller().event('peer', 'm.message', { ...place, body: 'said', ...more });

test('a message is deleted once its author or the home has deleted either of its names, and not otherwise', () => {
  const names = {
    event_id: '$1:peer.test',
    message_key: `${cast.peer}/1`,
    sender: author,
    channel_id: place.channel_id,
  };
  const isDeleted = (target: object, by: 'peer' | 'home' | 'third', sender = `@u0:${cast[by]}`) => {
    const { erasure, room, teller, take } = opened();
    take(teller.event(by, 'm.message.delete', { ...place, ...target }, { sender }));
    return erasure.isDeleted(room, names);
  };
  assert.equal(opened().erasure.isDeleted(opened().room, names), false);
  const byId = { target_event_id: names.event_id };
  for (const target of [byId, {}]) {
    assert.equal(isDeleted(target, 'peer'), true);
    assert.equal(isDeleted(target, 'peer', `@u1:${cast.peer}`), false);
  }
  assert.equal(isDeleted(byId, 'home'), true);
  assert.equal(isDeleted({ target_event_id: '$2:peer.test' }, 'peer'), false);
});

test('a server whose queue lost something is named once', () => {
  const { erasure, room, teller, take, join, named } = opened(cast.self);
  join('@x:other.test');
  const message = teller.message('1');
  take(message);
  erasure.eraseMessage(room, named(message));
  assert.deepEqual([erasure.takeWithdrawn(), erasure.takeWithdrawn()], [['other.test'], []]);
});

test('a second delete of the same message looks for nothing more', () => {
  for (const by of ['peer', 'home'] as const) {
    const { node, take, teller } = opened();
    let reads = 0;
    const { effectsOn, editsBy } = node.tables.events;
    Object.assign(node.tables.events, {
      effectsOn: (...args: Parameters<typeof effectsOn>) => {
        reads++;
        return effectsOn.apply(node.tables.events, args);
      },
      editsBy: (...args: Parameters<typeof editsBy>) => {
        reads++;
        return editsBy.apply(node.tables.events, args);
      },
    });
    const message = teller.message('1');
    const remove = () =>
      take(teller.event(by, 'm.message.delete', { ...place, target_event_id: message.event_id }));
    take(message);
    remove();
    const once = reads;
    assert.ok(once > 0);
    remove();
    assert.equal(reads, once, by);
  }
});

test('an edit ahead of our clock keeps its text, even if it comes before the one that applies', () => {
  const { node, teller, take, eraseDue, why, rowOf } = opened();
  node.keepsHistory = false;
  const message = teller.message('1');
  const about = { ...place, target_event_id: message.event_id };
  const editAt = (body: string, depth: number) =>
    teller.event('peer', 'm.message.edit', { ...about, body }, { depth });
  const [ahead, latest] = [editAt('ahead', now + 5), editAt('latest', now + 10)];
  take(message);
  take(latest);
  node.time = now - limits.aheadMsMax;
  take(ahead);
  assert.equal(rowOf(ahead).state, 2);
  eraseDue(rowOf(message).seq);
  assert.deepEqual([message, ahead, latest].map(why), ['edited', null, null]);
});

test('once the first version is erased, its message waits for nothing more', () => {
  const { node, teller, take, eraseDue, rowOf, why } = opened();
  node.keepsHistory = false;
  const message = teller.message('1');
  take(message);
  take(teller.event('peer', 'm.message.edit', { ...place, target_event_id: message.event_id, body: 'x' }));
  const { seq } = rowOf(message);
  assert.equal(why(message), 'edited');
  eraseDue(seq);
  assert.deepEqual(node.rows('erasures_due'), []);
});

test('a text that was deleted never counts as edited', () => {
  const { node, teller, take, erasure, room, named, rowOf, why } = opened();
  const message = teller.message('1');
  const about = { ...place, target_event_id: message.event_id };
  const edit = teller.event('peer', 'm.message.edit', { ...about, body: 'x' });
  for (const event of [message, edit, teller.event('peer', 'm.message.delete', about)]) take(event);
  const before = node.store.events.afterSeq(roomId, 0, 1000);
  erasure.forgetReplaced(room, named(message), rowOf(edit).seq, { depth: 99, eventId: '$' });
  assert.deepEqual([message, edit].map(why), ['deleted', 'deleted']);
  assert.deepEqual(node.store.events.afterSeq(roomId, 0, 1000), before);
});

test('the remains of a message have the hash of the signed text, with the files or without', () => {
  const message = messageIn({ attachments: [{ filename: 'added.txt', size: 7 }] });
  assert.notEqual(hashOf(message, true), hashOf(message, false));
  for (const files_unsigned of [0, 1] as const) {
    const { take, erasure, room, rowOf, named, node } = opened();
    take(message);
    node.run(
      'UPDATE federation_events SET files_unsigned = ? WHERE event_id = ?',
      files_unsigned,
      message.event_id,
    );
    erasure.eraseMessage(room, named(message));
    const left = readErased(rowOf(message));
    assert.equal(left.hash, hashOf(message, files_unsigned === 1));
  }
});

test('nobody owes a receipt for an event whose text is gone', () => {
  const message = messageIn();
  const { node, take, erasure, room, named } = opened();
  take(message);
  const { seq } = named(message);
  node.store.receipts.owe([{ destination: 'x.test', origin: cast.peer, seq, at: now }]);
  node.tables.queues.expect({ seq, server: 'x.test', via: cast.home, tells: true, at: now });
  const owed = () => [...node.rows('federation_receipts_owed'), ...node.rows('federation_receipts')].length;
  assert.equal(owed(), 2);
  erasure.eraseMessage(room, named(message));
  assert.equal(owed(), 0);
});

test('a message whose event is missing has nothing to erase', () => {
  const { erasure, room } = opened();
  const missing = { seq: 99, event_id: '$99:peer.test', message_key: `${cast.peer}/99`, sender: author };
  assert.doesNotThrow(() => erasure.eraseMessage(room, missing));
  assert.equal(erasure.forgetHistory(room, missing, { depth: 99, eventId: '$' }), true);
});

test('held events about a message go with it, whichever of its names they use', () => {
  for (const byNumber of [false, true]) {
    const { node, teller, take } = opened();
    const message = teller.message('1');
    take(message);
    for (const about of [message.event_id, `${cast.peer}/1`, `${cast.peer}/2`])
      node.tables.queues.hold({
        event_id: `$held:${about}`,
        event_type: 'm.message.edit',
        sender: author,
        hop: 'x.test',
        about,
        room_id: roomId,
        server_name: 'x.test',
        origin_ts: now,
        body: '{}',
        received_at: now,
      });
    const meant = byNumber ? place : { ...place, target_event_id: message.event_id };
    take(teller.event('peer', 'm.message.delete', meant));
    assert.deepEqual(
      node.rows('federation_held_events').map(({ about }) => about),
      [`${cast.peer}/2`],
    );
  }
});
