import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Erasure, hashOf } from '../../../../../main/events/projection/erasure.ts';
import { Projection } from '../../../../../main/events/projection/projection.ts';
import { isErased, readErased } from '../../../../../main/store/erased-body.ts';
import type { EventRow } from '../../../../../main/store/tables/rooms/event-store.ts';
import type { HeldRow } from '../../../../../main/store/tables/rooms/held-store.ts';
import { type Envelope, wireEvent } from '../../../../../shared/protocol/events/envelope.ts';
import { limits } from '../../../../../shared/protocol/limits.ts';
import { OneBatch } from '../../../../support/batch/one-batch.ts';
import { cast, now, roomId } from '../../../../support/sim/member.ts';
import { place, Teller } from '../../../../support/sim/told.ts';

const author = `@u0:${cast.peer}`;

/** `isWhole`: the home has announced the author, so the batch has loaded all events of the room. */
function opened({ answers = {}, home = cast.home as string, isWhole = true } = {}) {
  const batch = new OneBatch(answers, home);
  const teller = new Teller();
  const take = (event: Envelope) => batch.take(event, event.origin_server);
  const join = (user: string) => take({ ...teller.join(user), origin_server: home, sender: `@u0:${home}` });
  if (isWhole) join(author);
  const room = batch.set.rooms.get(roomId) ?? assert.fail('no room');
  const erasure = new Erasure(batch.set, batch.parts);
  const rowOf = (event: Envelope) => batch.set.events.byId(event.event_id) ?? assert.fail('not stored');
  return {
    ...{ batch, teller, take, join, room, erasure, rowOf },
    eraseDue: (...due: number[]) => new Projection(batch.set, erasure).eraseDue(due),
    why: (event: Envelope) => (isErased(rowOf(event)) ? readErased(rowOf(event)).left.erased : null),
    /** The row of a message and its two names. */
    named: (message: Envelope) => ({
      ...{ seq: rowOf(message).seq, event_id: message.event_id },
      ...{ message_key: `${cast.peer}/1`, sender: author },
    }),
  };
}

const messageIn = (more: object = {}) =>
  new Teller().event('peer', 'm.message', { ...place, body: 'said', ...more });

/** A message that an earlier batch stored. */
const storedBefore = (seq: number, event: Envelope, more: Partial<EventRow> = {}) => ({
  'lastSeq ': 10,
  [`eventBySeq ${seq}`]: { ...event, seq, state: 1, target: null, body: wireEvent(event), ...more },
});

test('a message is deleted once its author or the home has deleted either of its names, and not otherwise', () => {
  const names = { event_id: '$1:peer.test', message_key: `${cast.peer}/1`, sender: author };
  const isDeleted = (answers: Readonly<Record<string, unknown>>) => {
    const { erasure, room } = opened({ answers, isWhole: false });
    return erasure.isDeleted(room, names);
  };
  assert.equal(isDeleted({}), false);
  for (const name of [names.event_id, names.message_key]) {
    const spoken = { [`isSpokenOf ${name}`]: true };
    assert.equal(isDeleted(spoken), false);
    assert.equal(
      isDeleted({ ...spoken, [`isDeleted ${roomId} ${name} ${author} ${cast.home}`]: true }),
      true,
    );
    assert.equal(
      isDeleted({ ...spoken, [`isDeleted ${roomId} ${name} ${author} ${cast.third}`]: true }),
      false,
    );
  }
});

test('a server whose queue lost something is named once', () => {
  const { erasure, room, teller, take, join, named } = opened({ home: cast.self });
  join('@x:other.test');
  const message = teller.message('1');
  take(message);
  erasure.eraseMessage(room, named(message));
  assert.deepEqual([erasure.takeWithdrawn(), erasure.takeWithdrawn()], [['other.test'], []]);
});

test('a second delete of the same message looks for nothing more', () => {
  for (const by of ['peer', 'home'] as const) {
    const message = messageIn();
    const { batch, take } = opened({
      answers: { [`isSpokenOf ${message.event_id}`]: true },
      isWhole: false,
    });
    const teller = new Teller();
    const reads = () => batch.asked.filter((text) => /^(effectsOn|editsBy) /.test(text)).length;
    const remove = (n: number) => {
      const event = teller.event(by, 'm.message.delete', { ...place, target_event_id: message.event_id });
      take({ ...event, event_id: `$remove${n}:${cast[by]}` });
    };
    take(message);
    remove(1);
    const once = reads();
    assert.ok(once > 0);
    remove(2);
    assert.equal(reads(), once, by);
  }
});

test('an edit ahead of our clock keeps its text, even if it comes before the one that applies', () => {
  const { batch, teller, take, eraseDue, why, rowOf } = opened();
  batch.keepsHistory = false;
  const message = teller.message('1');
  const about = { ...place, target_event_id: message.event_id };
  const editAt = (body: string, depth: number) =>
    teller.event('peer', 'm.message.edit', { ...about, body }, { depth });
  const [ahead, latest] = [editAt('ahead', now + 5), editAt('latest', now + 10)];
  take(message);
  take(latest);
  batch.time = now - limits.aheadMsMax;
  take(ahead);
  assert.equal(rowOf(ahead).state, 2);
  eraseDue(rowOf(message).seq);
  assert.deepEqual([message, ahead, latest].map(why), ['edited', null, null]);
});

test('once the first version is erased, its message waits for nothing more', () => {
  const { batch, teller, take, eraseDue, rowOf, why } = opened();
  batch.keepsHistory = false;
  const message = teller.message('1');
  take(message);
  take(teller.event('peer', 'm.message.edit', { ...place, target_event_id: message.event_id, body: 'x' }));
  const { seq } = rowOf(message);
  assert.equal(why(message), 'edited');
  eraseDue(seq);
  const { doneDue, waitingDue } = batch.set.effects().queues ?? assert.fail('nothing done');
  assert.deepEqual([doneDue, waitingDue], [[seq], []]);
});

test('a text that was deleted never counts as edited', () => {
  const { batch, teller, take, erasure, room, named, rowOf, why } = opened();
  const message = teller.message('1');
  const about = { ...place, target_event_id: message.event_id };
  const edit = teller.event('peer', 'm.message.edit', { ...about, body: 'x' });
  for (const event of [message, edit, teller.event('peer', 'm.message.delete', about)]) take(event);
  const before = batch.set.effects().events.newEvents;
  erasure.forgetReplaced(room, named(message), rowOf(edit).seq, { depth: 99, eventId: '$' });
  assert.deepEqual([message, edit].map(why), ['deleted', 'deleted']);
  assert.deepEqual(batch.set.effects().events.newEvents, before);
});

test('what is left of a message has the hash of what was signed, with the files or without', () => {
  const message = messageIn({ attachments: [{ filename: 'added.txt', size: 7 }] });
  assert.notEqual(hashOf(message, true), hashOf(message, false));
  for (const files_unsigned of [0, 1] as const) {
    const { batch, erasure, room } = opened({ answers: storedBefore(5, message, { files_unsigned }) });
    erasure.eraseMessage(room, { seq: 5, event_id: message.event_id, message_key: '', sender: author });
    const left = readErased(batch.set.events.bySeq(5) ?? assert.fail('gone'));
    assert.equal(left.hash, hashOf(message, files_unsigned === 1));
  }
});

test('nobody owes a receipt for an event whose text is gone', () => {
  const message = messageIn();
  const { batch, erasure, room } = opened({ answers: storedBefore(5, message, { files_unsigned: 0 }) });
  erasure.eraseMessage(room, { seq: 5, event_id: message.event_id, message_key: '', sender: author });
  assert.deepEqual(batch.set.effects().queues?.passedOver, [{ seq: 5, owed: true }]);
});

test('a message whose event is missing has nothing to erase', () => {
  const { erasure, room } = opened();
  const missing = { seq: 99, event_id: '$99:peer.test', message_key: `${cast.peer}/99`, sender: author };
  assert.doesNotThrow(() => erasure.eraseMessage(room, missing));
  assert.equal(erasure.forgetHistory(room, missing, { depth: 99, eventId: '$' }), true);
});

test('held events about a message go with it, whichever of its names they use', () => {
  for (const byNumber of [false, true]) {
    const { batch, teller, take } = opened();
    const message = teller.message('1');
    take(message);
    for (const about of [message.event_id, `${cast.peer}/1`, `${cast.peer}/2`])
      batch.set.queues.hold({
        ...{ event_id: `$held:${about}`, event_type: 'm.message.edit', sender: author },
        ...{ about, room_id: roomId, server_name: 'x.test' },
      } as HeldRow);
    const meant = byNumber ? place : { ...place, target_event_id: message.event_id };
    take(teller.event('peer', 'm.message.delete', meant));
    assert.deepEqual(
      batch.set.effects().queues?.held.map(({ about }) => about),
      [`${cast.peer}/2`],
    );
  }
});
