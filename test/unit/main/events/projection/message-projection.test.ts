import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Erasure } from '../../../../../main/events/projection/erasure.ts';
import { MessageProjection } from '../../../../../main/events/projection/message-projection.ts';
import { Placeholders } from '../../../../../main/events/projection/placeholders.ts';
import { Projection } from '../../../../../main/events/projection/projection.ts';
import { isErased, readErased } from '../../../../../main/store/erased-body.ts';
import type { Envelope } from '../../../../../shared/protocol/events/envelope.ts';
import { type Meaning, meaningOf } from '../../../../../shared/protocol/events/event-content.ts';
import { MemoryNode } from '../../../../support/memory-node.ts';
import { cast, now, roomId } from '../../../../support/sim/member.ts';
import { place, Teller } from '../../../../support/sim/told.ts';

const [author, other, ours] = [`@u0:${cast.peer}`, `@u1:${cast.peer}`, `@u0:${cast.self}`];

/** A room with the author and others, admitted at depth 1; the events that tests make have depths from 10 on. */
function opened({ keepsHistory = true, members = [author, other, ours] } = {}) {
  const node = new MemoryNode();
  node.keepsHistory = keepsHistory;
  const teller = new Teller();
  let depth = 10;
  const take = (event: Envelope) =>
    node.take(event, event.origin_server === cast.self ? null : event.origin_server);
  const make = (type: string, content: object, more: Partial<Envelope> = {}) =>
    teller.event('peer', type, { ...place, ...content }, { depth: depth++, ...more });
  const byHome = (type: string, user: string, at: number) =>
    teller.event(
      'home',
      type,
      { user_id: '5', role: 'member', removed: false },
      { state_key: user, depth: at },
    );
  const join = (user: string, at = 1) => take(byHome('m.member.join', user, at));
  for (const user of members) join(user);
  const { tables } = node;
  const erasure = new Erasure(tables, node.parts);
  const room = tables.rooms.get(roomId) ?? assert.fail('no room');
  const rowOf = (event: Envelope) => tables.events.byId(event.event_id) ?? assert.fail('not stored');
  return {
    node,
    take,
    make,
    join,
    erasure,
    room,
    rowOf,
    leave: (user: string, at: number) => take(byHome('m.member.leave', user, at)),
    messages: new MessageProjection(tables, erasure),
    edit: (body: string, more: Partial<Envelope> = {}) => make('m.message.edit', { body }, more),
    react: (emoji: string, add = true, more: Partial<Envelope> = {}) =>
      make(add ? 'm.reaction.add' : 'm.reaction.remove', { emoji }, more),
    remove: () => make('m.message.delete', {}),
    placeholder: (event: Envelope, erased: 'edited' | 'deleted') => {
      const { directory } = node.parts;
      const projection = new Projection(tables, erasure);
      const placeholders = new Placeholders({ tables, projection, erasure, directory });
      assert.equal(placeholders.take({ ...event, erased }, cast.home, now), true);
    },
    eraseDue: (...due: number[]) => new Projection(tables, erasure).eraseDue(due),
    why: (event: Envelope) => (isErased(rowOf(event)) ? readErased(rowOf(event)).left.erased : null),
    /** Reads whose text the message has, when it was edited, and whether it is deleted and shown. */
    state: (message: Envelope) => {
      const row = tables.messages.bySeq(rowOf(message).seq) ?? assert.fail('no message');
      const { event_id = null } = row.text_seq === null ? {} : (tables.events.bySeq(row.text_seq) ?? {});
      return { text: event_id, edited: row.edited_at, deleted: row.deleted, shown: row.shown };
    },
    given: () =>
      node
        .rows('reactions', 'given = 1 ORDER BY depth, event_id')
        .map(({ emoji, event_id }) => `${emoji} ${event_id}`),
    due: () => node.rows<{ seq: number }>('erasures_due').map(({ seq }) => seq),
  };
}
const said = (body = 'said') => ({ body });
const plain = { edited: null, deleted: 0, shown: 1 } as const;

test('a message mentions the names in its text and its list, and the home’s numbers count as well', () => {
  const text = {
    ...said('@ann, <@!7>, <@8> and @bob:b.test'),
    'm.mentions': { user_ids: ['@carl:a.test', '@bob:b.test'] },
  };
  const { node, take, make, placeholder } = opened();
  for (const [user_id, localpart] of [
    ['@ann:self.test', 'ann'],
    ['@bob:b.test', 'bob'],
    ['@carl:a.test', 'carl'],
    ['@eve:self.test', 'eve'],
  ] as const)
    node.store.users.add({ user_id, localpart, display_name: localpart, created_at: now });
  node.store.remoteUsers.put({ room_id: roomId, home: cast.home }, '7', '@eve:self.test');
  take(make('m.message', text));
  const byHome = { origin_server: cast.home, sender: `@h:${cast.home}`, event_id: `$h:${cast.home}` };
  take(make('m.message', { ...text, message_id: '2' }, byHome));
  placeholder(make('m.message', { ...text, message_id: '3' }), 'edited');
  const mentions = node.rows<{ seq: number; user_id: string }>('mentions', 'true ORDER BY seq, user_id');
  const first = mentions[0]?.seq ?? 0;
  assert.deepEqual(
    mentions.map(({ seq, user_id }) => [seq - first, user_id]),
    [
      [0, '@ann:self.test'],
      [0, '@bob:b.test'],
      [0, '@carl:a.test'],
      [1, '@ann:self.test'],
      [1, '@bob:b.test'],
      [1, '@carl:a.test'],
      [1, '@eve:self.test'],
    ],
  );
});

test('only an edit of a message that is known as erased has text', () => {
  for (const erased of ['deleted', 'edited'] as const) {
    const { make, placeholder, state } = opened();
    const message = make('m.message', said());
    placeholder(message, erased);
    assert.deepEqual(state(message), { ...plain, text: null, deleted: erased === 'deleted' ? 1 : 0 });
  }
  const { take, make, edit, placeholder, state } = opened();
  const message = make('m.message', said());
  const newer = edit('newer');
  take(newer);
  placeholder(message, 'edited');
  assert.deepEqual(state(message), { ...plain, text: newer.event_id, edited: newer.origin_ts });
});

test('a message is deleted once the home or its author deletes it, whatever was edited', () => {
  for (const erased of ['deleted', 'edited'] as const) {
    const { take, make, edit, remove, placeholder, state } = opened();
    const message = make('m.message', said());
    take(erased === 'deleted' ? edit('newer') : remove());
    placeholder(message, erased);
    assert.deepEqual(state(message), { ...plain, text: null, deleted: 1 });
  }
});

test('a message that comes after its edit is erased later, where the owner keeps no history', () => {
  const due = (keepsHistory: boolean, about: 'edit' | 'reaction', members = [author, ours]) => {
    const { take, make, edit, react, due, rowOf } = opened({ keepsHistory, members });
    const message = make('m.message', said());
    take(about === 'edit' ? edit('newer') : react('👍'));
    take(message);
    return due().map((seq) => seq - rowOf(message).seq);
  };
  assert.deepEqual(due(false, 'edit'), [0]);
  assert.deepEqual(due(true, 'edit'), []);
  assert.deepEqual(due(false, 'reaction'), [], 'nothing replaced its text');
  assert.deepEqual(due(false, 'edit', [ours]), [], 'it is not shown');
});

test('a hidden message waits for nothing, even if an edit of it applies already', () => {
  const { take, make, edit, join, due, state } = opened({ keepsHistory: false, members: [ours] });
  const message = make('m.message', said());
  join(author, 30);
  const newer = edit('newer', { depth: 40 });
  take(newer);
  take(message);
  assert.deepEqual(state(message), { text: newer.event_id, edited: newer.origin_ts, deleted: 0, shown: 0 });
  assert.deepEqual(due(), []);
});

test('reactions that come before their message apply once it comes, unless it is deleted', () => {
  for (const isDeleted of [false, true]) {
    const { take, make, react, remove, given } = opened();
    const message = make('m.message', said());
    const [up, party] = [react('👍'), react('🎉', true, { sender: other })];
    for (const event of [up, party, ...(isDeleted ? [remove()] : []), message]) take(event);
    assert.deepEqual(given(), isDeleted ? [] : [`👍 ${up.event_id}`, `🎉 ${party.event_id}`]);
  }
});

test('a message that shows up later, with an edit that applies already, is erased later too', () => {
  for (const keepsHistory of [false, true]) {
    const { take, make, edit, join, leave, due, rowOf, state, why } = opened({
      keepsHistory,
      members: [ours],
    });
    join(author, 30);
    const message = make('m.message', said());
    const plainMessage = make('m.message', { ...said(), message_id: '2' });
    const newer = edit('newer', { depth: 40 });
    for (const event of [message, plainMessage, newer]) take(event);
    assert.deepEqual(state(message), { ...plain, text: newer.event_id, edited: now, shown: 0 });
    assert.equal(why(message), null, 'its own text stays, because the edit may turn out to be a stranger’s');
    join(author, 5);
    assert.equal(state(message).shown, 1);
    assert.deepEqual(due(), keepsHistory ? [] : [rowOf(message).seq]);
    leave(author, 6);
    assert.equal(state(plainMessage).shown, 0);
    assert.deepEqual(due(), keepsHistory ? [] : [rowOf(message).seq]);
  }
});

test('a message that is taken back waits for nothing to be erased', () => {
  const { take, make, edit, leave, due, state } = opened({ keepsHistory: false });
  const message = make('m.message', said());
  const newer = edit('newer', { depth: 40 });
  take(message);
  take(newer);
  leave(author, 5);
  assert.equal(state(message).shown, 0);
  assert.deepEqual(due(), []);
});

test('a deleted message stays as it is when it is edited', () => {
  const { take, make, edit, remove, state } = opened();
  const message = make('m.message', said());
  for (const event of [message, remove(), edit('late')]) take(event);
  assert.deepEqual(state(message), { ...plain, text: null, deleted: 1 });
});

test('an edit that doesn’t count or was replaced is owed to nobody, and one that is taken back still is', () => {
  const passed = (of: string, inForce: boolean) => {
    const { node, take, make, edit, rowOf, room, messages } = opened();
    const message = make('m.message', said());
    const [first, second] = [edit('first'), edit('second')];
    const foreign = edit('foreign', { sender: other });
    for (const event of [message, first, second]) take(event);
    // Somebody owes a receipt for it.
    node.tables.queues.expect({ seq: 99, server: 'x.test', via: cast.home, tells: true, at: now });
    const event = { first, second, foreign }[of] ?? assert.fail(of);
    const meaning = meaningOf(event) as Meaning & { kind: 'edit' };
    assert.notEqual(rowOf(message).seq, 99);
    messages.edited(room, { seq: 99, event, meaning, inForce });
    return node.rows('federation_receipts').length === 0;
  };
  assert.equal(passed('foreign', true), true);
  assert.equal(passed('first', true), true, 'a newer one applies');
  assert.equal(passed('second', false), false, 'it may apply again');
});

test('our newer edit takes the place of the one before among the receipts that others still owe', () => {
  const { node, take, make, edit, join, rowOf } = opened();
  join(`@u0:${cast.third}`);
  const mine = (event: Envelope): Envelope => ({
    ...event,
    origin_server: cast.self,
    sender: ours,
    event_id: `${event.event_id}:mine`,
  });
  const [message, first, second] = [make('m.message', said()), edit('first'), edit('second')].map(mine);
  const owed = () => node.rows('federation_receipts').map(({ event_seq }) => event_seq);
  const seqs = (...events: (Envelope | undefined)[]) => events.map((each) => each && rowOf(each).seq);
  for (const event of [message, first]) if (event) take(event);
  assert.deepEqual(owed(), seqs(message, first));
  if (second) take(second);
  assert.deepEqual(owed(), seqs(message, second));
});

test('without history, an edit that comes late is erased, and the newest two are not mixed up with it', () => {
  const { take, make, edit, why, state } = opened({ keepsHistory: false });
  const message = make('m.message', said());
  const edits = ['oldest', 'middle', 'newest'].map((body) => edit(body));
  for (const event of [message, ...edits.toReversed()]) take(event);
  assert.deepEqual(edits.map(why), ['edited', 'edited', null]);
  assert.equal(state(message).text, edits[2]?.event_id);
});

test('if an edit is taken back, the text before it is shown again, unless it was erased', () => {
  for (const keepsHistory of [true, false]) {
    const { take, make, edit, leave, why, state } = opened({ keepsHistory });
    const message = make('m.message', said());
    const newer = edit('newer', { depth: 40 });
    take(message);
    take(newer);
    assert.deepEqual(state(message), { ...plain, text: newer.event_id, edited: newer.origin_ts });
    leave(author, 30);
    assert.deepEqual(state(message), { ...plain, text: keepsHistory ? message.event_id : null });
    assert.equal(why(newer), null, 'it may apply again');
  }
});

test('without history, an edit that is taken back keeps its text for when it applies again', () => {
  const { take, make, edit, leave, join, why, state } = opened({ keepsHistory: false });
  const message = make('m.message', said());
  const [first, second] = [edit('first'), edit('second', { depth: 40 })];
  for (const event of [message, first, second]) take(event);
  leave(author, 30);
  assert.deepEqual([message, first, second].map(why), ['edited', 'edited', null]);
  assert.equal(state(message).text, null, 'the text before it is erased');
  join(author, 35);
  assert.equal(state(message).text, second.event_id);
});

test('if a reaction is taken back, the user’s last one before it with the same emoji applies again', () => {
  const { take, make, react, leave, given } = opened();
  const message = make('m.message', said());
  const [up, down] = [react('👍'), react('👍', false)];
  const party = react('🎉', true, { depth: 40 });
  const [again, others] = [react('👍', true, { depth: 41 }), react('👍', true, { depth: 42, sender: other })];
  for (const event of [message, up, down, party, again, others]) take(event);
  const all = [`👍 ${again.event_id}`, `🎉 ${party.event_id}`, `👍 ${others.event_id}`];
  assert.deepEqual(given().sort(), all.toSorted());
  leave(author, 39);
  assert.deepEqual(given(), [`👍 ${others.event_id}`], 'its removal applies again');
  const first = opened();
  const early = react('🎉', true, { depth: 9 });
  for (const event of [message, early, up, party, again]) first.take(event);
  first.leave(author, 39);
  assert.deepEqual(new Set(first.given()), new Set([`👍 ${up.event_id}`, `🎉 ${early.event_id}`]));
});

test('if a reaction is taken back that a later one had replaced, the later one stays', () => {
  const { take, make, react, join, leave, given } = opened();
  const message = make('m.message', said());
  const [early, late] = [react('👍', true, { depth: 35 }), react('👍', true, { depth: 50 })];
  for (const event of [message, early, late]) take(event);
  join(author, 40);
  leave(author, 30);
  assert.deepEqual(given(), [`👍 ${late.event_id}`]);
});

test('texts that wait are erased later if their message was deleted, even if it doesn’t look so', () => {
  const deleted = (isDeleted: boolean) => {
    const { node, take, make, remove, rowOf, messages, due } = opened();
    const message = make('m.message', said());
    take(message);
    const { seq, body } = rowOf(message);
    if (isDeleted) take(remove());
    // The row looks as after a damage.
    node.run('UPDATE messages SET deleted = 0 WHERE seq = ?', seq);
    node.run('UPDATE federation_events SET body = ? WHERE seq = ?', body, seq);
    node.tables.queues.addDue(seq);
    messages.eraseDue([seq]);
    assert.deepEqual(due(), []);
    return [node.tables.messages.bySeq(seq)?.deleted, isErased(rowOf(message))];
  };
  assert.deepEqual(deleted(true), [1, true]);
  assert.deepEqual(deleted(false), [0, false], 'nor is it edited');
});

test('texts that wait stay if the edit that replaced them, or their message, no longer applies', () => {
  for (const left of [30, 5]) {
    const { node, take, make, edit, leave, eraseDue, rowOf, why } = opened();
    const message = make('m.message', said());
    take(message);
    take(edit('newer', { depth: 40 }));
    leave(author, left);
    node.keepsHistory = false;
    eraseDue(rowOf(message).seq);
    assert.equal(why(message), null);
  }
  const { node, take, make, edit, join, eraseDue, rowOf, why } = opened({ members: [ours] });
  const message = make('m.message', said());
  join(author, 30);
  take(message);
  take(edit('newer', { depth: 40 }));
  node.keepsHistory = false;
  eraseDue(rowOf(message).seq);
  assert.equal(why(message), null, 'the edit applies, and its message does not');
});
