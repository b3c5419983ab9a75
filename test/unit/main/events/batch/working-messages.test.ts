import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorkingMessages } from '../../../../../main/events/batch/working-messages.ts';
import type { MessageRow, Reaction } from '../../../../../main/store/tables/rooms/message-store.ts';
import { workingTables } from '../../../../support/batch/working-tables.ts';

const roomId = '!1:home.test';
const message = (seq: number, change: Partial<MessageRow> = {}): MessageRow => ({
  ...{ seq, room_id: roomId, channel_id: '1', event_id: `$${seq}:a.test`, message_id: String(seq) },
  ...{ message_key: `a.test/${seq}`, sender: '@a:a.test', depth: seq, text_seq: seq, edited_at: null },
  ...{ deleted: 0, shown: 1 },
  ...change,
});
const reaction = (depth: number, change: Partial<Reaction> = {}): Reaction => ({
  ...{ message_seq: 5, user_id: '@b:b.test', emoji: '👍', event_id: `$r${depth}:b.test`, given: 1 },
  ...{ depth },
  ...change,
});
const opened = (answers: Readonly<Record<string, unknown>> = {}) =>
  new WorkingMessages(workingTables(answers).ask);

test('a message is found by either of its names, in its room only, as the batch has left it', () => {
  const stored = [message(5), message(6, { room_id: '!2:home.test' })];
  const messages = opened({ 'messagesNamed x': stored, 'messageBySeq 5': stored[0] });
  assert.deepEqual(messages.named(roomId, 'x'), [stored[0]]);
  messages.setShown(message(5), false);
  assert.deepEqual(messages.named(roomId, 'x'), [message(5, { shown: 0 })]);
  messages.setShown(message(5), true);
  assert.equal(messages.bySeq(5)?.shown, 1);
  const added = message(11, { event_id: 'x' });
  messages.add(added);
  messages.add(message(12, { message_key: 'x', room_id: '!2:home.test' }));
  assert.deepEqual(messages.named(roomId, 'x'), [message(5), added]);
  assert.deepEqual(messages.named(roomId, 'a.test/11'), [added]);
  assert.deepEqual(messages.bySeq(11), added);
  assert.equal(messages.bySeq(7), undefined);
});

test('a message of the batch that the tables name too is listed once', () => {
  const messages = opened({ 'messagesNamed $11:a.test': [message(11)] });
  messages.add(message(11));
  assert.deepEqual(messages.named(roomId, '$11:a.test'), [message(11)]);
});

test('what is set of a message adds to what the batch has set before', () => {
  const messages = opened();
  messages.setText(message(5), 9, 77);
  messages.setShown(message(5), false);
  assert.deepEqual(messages.effects().messages, [message(5, { text_seq: 9, edited_at: 77, shown: 0 })]);
});

test('a removed message is in no answer any more, and its reactions are gone', () => {
  const messages = opened({ 'messagesNamed x': [message(5)], 'messageBySeq 5': message(5) });
  messages.setShown(message(5), false);
  messages.react(reaction(3));
  messages.react(reaction(3, { message_seq: 6 }));
  messages.remove(5);
  assert.deepEqual([messages.bySeq(5), messages.named(roomId, 'x')], [undefined, []]);
  const effects = messages.effects();
  assert.deepEqual([effects.goneMessages, effects.goneReactionsTo], [[5], [5]]);
  assert.deepEqual(effects.messages, []);
  assert.deepEqual(effects.reactions, [reaction(3, { message_seq: 6 })]);
});

test('a deleted message has no text and no reactions', () => {
  const messages = opened({ 'reaction 5 @b:b.test 👍': reaction(3) });
  messages.setText(message(5), 9, 77);
  messages.setDeleted(message(5));
  const effects = messages.effects();
  assert.deepEqual(effects.messages, [message(5, { text_seq: null, edited_at: null, deleted: 1 })]);
  assert.deepEqual(effects.goneReactionsTo, [5]);
  assert.equal(messages.reaction(message(5), '@b:b.test', '👍'), null);
});

test('of the reactions of one user with one emoji, the last in the room’s order stands, whichever comes first', () => {
  for (const [first, second] of [
    [3, 4],
    [4, 3],
  ] as const) {
    const messages = opened();
    messages.react(reaction(first));
    messages.react(reaction(second, { given: 0 }));
    messages.react(reaction(9, { emoji: '🎉' }));
    messages.react(reaction(9, { user_id: '@c:b.test' }));
    const last = first === 4 ? reaction(4) : reaction(4, { given: 0 });
    assert.deepEqual(messages.effects().reactions[0], last);
    assert.equal(messages.effects().reactions.length, 3);
    assert.deepEqual(messages.effects().goneReactions, []);
  }
  const messages = opened();
  messages.react(reaction(3, { event_id: '$b:b.test' }));
  messages.react(reaction(3, { event_id: '$a:b.test' }));
  assert.equal(messages.effects().reactions[0]?.event_id, '$b:b.test', 'at one depth the event IDs decide');
});

test('a reaction is the later one of the table’s and the batch’s', () => {
  const of = (stored: Reaction | null, given: Reaction | null) => {
    const messages = opened({ 'reaction 5 @b:b.test 👍': stored });
    if (given) messages.react(given);
    return messages.reaction(message(5), '@b:b.test', '👍');
  };
  assert.equal(of(null, null), null);
  assert.deepEqual(of(reaction(3), null), reaction(3));
  assert.deepEqual(of(null, reaction(3)), reaction(3));
  assert.deepEqual(of(reaction(3), reaction(4)), reaction(4));
  assert.deepEqual(of(reaction(4), reaction(3)), reaction(4));
  const [a, b] = ['$a:b.test', '$b:b.test'].map((event_id) => reaction(3, { event_id }));
  assert.deepEqual(of(a as Reaction, b as Reaction), b);
  assert.deepEqual(of(b as Reaction, a as Reaction), b);
});

test('a forgotten reaction gives way to one that is given afterwards, and the table’s does not come back', () => {
  const messages = opened({ 'reaction 5 @b:b.test 👍': reaction(8) });
  messages.react(reaction(9));
  messages.forgetReaction(5, '@b:b.test', '👍');
  assert.equal(messages.reaction(message(5), '@b:b.test', '👍'), null);
  messages.react(reaction(3));
  messages.react(reaction(4));
  assert.deepEqual(messages.reaction(message(5), '@b:b.test', '👍'), reaction(4));
  const { goneReactions, reactions } = messages.effects();
  assert.deepEqual(
    goneReactions.map(({ message_seq, user_id, emoji }) => [message_seq, user_id, emoji]),
    [[5, '@b:b.test', '👍']],
  );
  assert.deepEqual(reactions, [reaction(4)]);
});

test('a room that is cleared has only what is added after that', () => {
  const elsewhere = message(7, { room_id: '!2:home.test' });
  const messages = opened({
    'messageBySeq 5': message(5),
    'messagesNamed x': [message(5)],
    'reaction 5 @b:b.test 👍': reaction(8),
  });
  messages.setShown(message(5), false);
  messages.react(reaction(9));
  messages.setShown(elsewhere, false);
  messages.react(reaction(9, { message_seq: 7 }));
  messages.clearRoom(roomId);
  assert.deepEqual([messages.bySeq(5), messages.named(roomId, 'x')], [undefined, []]);
  assert.equal(messages.reaction(message(5), '@b:b.test', '👍'), null);
  messages.add(message(5));
  assert.deepEqual(messages.bySeq(5), message(5));
  const effects = messages.effects();
  assert.deepEqual(effects.clearedRooms, [roomId]);
  assert.deepEqual(effects.messages, [{ ...elsewhere, shown: 0 }, message(5)]);
  assert.deepEqual(effects.reactions, [reaction(9, { message_seq: 7 })]);
  assert.deepEqual(effects.goneReactionsTo, [5]);
});

test('a message notes each name that it mentions', () => {
  const messages = opened();
  messages.mention({ seq: 11, room_id: roomId, channel_id: '1' }, ['a', 'b']);
  assert.deepEqual(
    messages.effects().mentions,
    ['a', 'b'].map((called) => ({ seq: 11, room_id: roomId, channel_id: '1', called })),
  );
});
