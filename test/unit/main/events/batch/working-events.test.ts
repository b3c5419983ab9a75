import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorkingEvents } from '../../../../../main/events/batch/working-events.ts';
import type { Stored } from '../../../../../main/events/projection/stored.ts';
import type { VerifiedEvent } from '../../../../../main/events/verify.ts';
import { writeErased } from '../../../../../main/store/erased-body.ts';
import {
  type EventRow,
  type EventState,
  eventState,
} from '../../../../../main/store/tables/rooms/event-store.ts';
import { fromPlain, type JsonObject } from '../../../../../shared/protocol/coding/json.ts';
import { workingTables } from '../../../../support/batch/working-tables.ts';

const [roomId, other] = ['!1:home.test', '!2:home.test'];
const author = '@a:a.test';
const names = { event_id: '$1:a.test', message_key: 'a.test/1' };
const { pending, applied, ahead } = eventState;

const row = (seq: number, change: Partial<EventRow> = {}): EventRow => ({
  ...{ seq, event_id: `$${seq}:a.test`, room_id: roomId, event_type: 'm.message.edit', sender: author },
  ...{ origin_server: 'a.test', origin_ts: seq, depth: seq, target: names.event_id, subject: null },
  ...{ state: applied, body: `{"seq":${seq}}`, key_id: 'k', files_unsigned: 0, received_from: 'a.test' },
  received_at: 1,
  ...change,
});
const left = {
  ...{ event_id: '$1:a.test', room_id: roomId, event_type: 'm.message', sender: author, depth: 1 },
  ...{ origin_server: 'a.test', origin_ts: 1, state_key: null },
  content: fromPlain({ channel_id: '1', message_id: '1' }) as JsonObject,
};
const gone = writeErased(left, { why: 'deleted', at: 5, hash: null }, null);
const stored = {} as Stored;

function opened(answers: Readonly<Record<string, unknown>> = {}, parsed = new Map()) {
  const { ask, asked } = workingTables({ 'lastSeq ': 10, ...answers });
  const events = new WorkingEvents(ask, parsed);
  const insert = (change: Partial<EventRow> = {}) => {
    const { seq: _, ...event } = row(events.lastSeq + 1, change);
    return events.insert(event, stored);
  };
  return { events, asked, insert };
}
const seqs = (rows: readonly { readonly seq: number }[]) => rows.map(({ seq }) => seq);
const spoken = { [`isSpokenOf ${names.event_id}`]: true };
const editsAsked = `latestEdits ${roomId} ${names.event_id} ${author}`;
const latest = (seq: number, change: Partial<EventRow> = {}) => ({ ...row(seq, change), erased: 0 });
const message = { ...names, sender: author };

test('events of a batch are numbered on from the last one, and found by their ID', () => {
  const { events, insert, asked } = opened();
  assert.deepEqual([insert(), insert()], [11, 12]);
  assert.equal(events.lastSeq, 12);
  assert.deepEqual(events.byId('$11:a.test'), row(11));
  assert.deepEqual(events.bySeq(12), row(12));
  assert.ok(!asked.some((each) => each.startsWith('event')));
  assert.equal(events.byId('$9:a.test'), undefined);
  assert.equal(events.bySeq(9), undefined);
  assert.deepEqual(events.effects().newEvents, [row(11), row(12)]);
});

test('an event is as the batch has left it, however it is asked for', () => {
  const { events } = opened({ 'eventById $5:a.test': row(5), 'eventBySeq 5': row(5) });
  assert.deepEqual(events.byId('$5:a.test'), row(5));
  events.setState(row(5), pending);
  events.setBody(row(5), gone);
  const now = row(5, { state: pending, body: gone });
  assert.deepEqual([events.byId('$5:a.test'), events.bySeq(5)], [now, now]);
  assert.equal(events.isErased(5), true);
  assert.deepEqual(events.effects(), {
    retired: [],
    newEvents: [],
    states: [now],
    erased: [now],
    copies: [],
  });
});

test('what ends as it began is not written', () => {
  const { events } = opened();
  events.setState(row(5), pending);
  events.setState(row(5), applied);
  const { states, erased, copies } = events.effects();
  assert.deepEqual([states, erased, copies], [[], [], []]);
});

test('an event that is there and not erased, or not there, is not erased', () => {
  const { events } = opened({ 'eventBySeq 5': row(5), 'eventBySeq 6': row(6, { body: gone }) });
  assert.deepEqual(
    [5, 6, 7].map((seq) => events.isErased(seq)),
    [false, true, false],
  );
});

test('a trace that gives way to the event itself is found no more, and the event takes its ID', () => {
  const trace = row(5);
  const { events, insert } = opened({
    'eventById $5:a.test': trace,
    [`placesOf ${roomId} ${author} 0 99`]: [trace],
  });
  events.retire(trace);
  assert.equal(events.byId('$5:a.test'), undefined);
  assert.deepEqual(events.placesOf(roomId, author, 0, 99), []);
  assert.deepEqual([events.bySeq(5)?.event_id, events.bySeq(5)?.room_id], ['-5:a.test', '-1:home.test']);
  assert.equal(events.bySeq(5)?.state, pending, 'it counts nowhere');
  insert({ event_id: '$5:a.test' });
  assert.equal(events.byId('$5:a.test')?.seq, 11);
  const { retired, newEvents, states } = events.effects();
  assert.deepEqual([retired, seqs(newEvents), states], [[5], [11], []]);
});

test('a trace of the same batch is not a row to replace', () => {
  const { events, insert } = opened();
  const seq = insert();
  events.retire(row(seq));
  assert.equal(events.byId('$11:a.test'), undefined);
  assert.deepEqual(events.effects().retired, []);
});

test('another copy of an event replaces its text and who handed it over, but not that it was written here', () => {
  const copy = { body: '{"copy":1}', filesUnsigned: true, hop: 'home.test', keyId: 'k2' } as VerifiedEvent;
  const { events } = opened();
  events.replaceCopy(row(5), copy);
  events.replaceCopy(row(6, { received_from: null }), { ...copy, filesUnsigned: false });
  const changed = { body: '{"copy":1}', key_id: 'k2' };
  assert.deepEqual(events.effects().copies, [
    row(5, { ...changed, files_unsigned: 1, received_from: 'home.test' }),
    row(6, { ...changed, files_unsigned: 0, received_from: null }),
  ]);
});

test('each text is parsed once, and again after it changed', () => {
  const parsed = new Map([[5, { body: row(5).body, stored }]]);
  const { events } = opened({}, parsed);
  assert.equal(events.read(row(5)), stored);
  const again = events.read({ seq: 5, body: gone });
  assert.equal(again.erased, 'deleted');
  assert.equal(events.read({ seq: 5, body: gone }), again);
  const { seq: _, ...event } = row(11);
  events.insert(event, stored);
  assert.equal(events.read(row(11)), stored, 'an event of the batch is parsed already');
});

test('a name is spoken of in the tables, or by an event of the batch', () => {
  const { events, insert } = opened({ 'isSpokenOf x': true });
  assert.deepEqual(
    ['x', 'y'].map((name) => events.isSpokenOf(name)),
    [true, false],
  );
  insert({ target: 'y' });
  insert({ target: null });
  assert.deepEqual(
    ['y', 'null'].map((name) => events.isSpokenOf(name)),
    [true, false],
  );
});

test('events about a name are those of the tables and of the batch, each once and in its current state', () => {
  const about = `${roomId} ${names.event_id}`;
  const { events, insert, asked } = opened({ ...spoken, [`effectsOn ${about}`]: [row(5), row(6)] });
  insert();
  insert({ room_id: other });
  insert({ target: names.message_key });
  events.setState(row(6), pending);
  assert.deepEqual(events.effectsOn(roomId, names.event_id), [row(5), row(6, { state: pending }), row(11)]);
  assert.deepEqual(seqs(events.effectsOn(roomId, names.message_key)), [13]);
  assert.ok(!asked.includes(`effectsOn ${roomId} ${names.message_key}`), 'nobody spoke of it before');
  events.retire(row(5));
  assert.deepEqual(seqs(events.effectsOn(roomId, names.event_id)), [6, 11]);
});

test('edits by one user are nobody else’s, and no other events; pending ones are pending', () => {
  const about = `${roomId} ${names.event_id} ${author}`;
  const { events, insert } = opened({
    ...spoken,
    [`editsBy ${about}`]: [row(5)],
    [`pendingEditsBy ${about}`]: [row(6, { state: pending }), row(7, { state: pending })],
  });
  events.setState(row(7, { state: pending }), applied);
  insert({ state: pending });
  insert({ sender: '@b:a.test', state: pending });
  insert({ event_type: 'm.message.delete', state: pending });
  assert.deepEqual(seqs(events.editsBy(roomId, names.event_id, author)), [5, 7, 11]);
  assert.deepEqual(seqs(events.pendingEditsBy(roomId, names.event_id, author)), [6, 11]);
});

test('the latest two edits of a message, by either of its names, are in the room’s order', () => {
  const { events, insert } = opened({
    ...spoken,
    [`isSpokenOf ${names.message_key}`]: true,
    [editsAsked]: [latest(5), latest(3)],
    [`latestEdits ${roomId} ${names.message_key} ${author}`]: [latest(4)],
  });
  assert.deepEqual(seqs(events.latestEdits(roomId, message)), [5, 4]);
  insert({ depth: 9, target: names.message_key });
  insert({ depth: 2 });
  insert({ depth: 99, state: pending });
  insert({ depth: 99, sender: '@b:a.test' });
  insert({ depth: 99, event_type: 'm.message.delete' });
  insert({ depth: 99, room_id: other });
  assert.deepEqual(seqs(events.latestEdits(roomId, message)), [11, 5]);
  assert.equal(events.latestEdits(roomId, message)[0]?.erased, 0);
});

test('if one of the latest edits no longer applies, those before it are looked for', () => {
  const { events, asked } = opened({
    ...spoken,
    [editsAsked]: [latest(5), latest(4)],
    [`editsBy ${roomId} ${names.event_id} ${author}`]: [row(3), row(4), row(5)],
  });
  events.setBody(row(4), gone);
  assert.deepEqual(
    events.latestEdits(roomId, message).map(({ seq, erased }) => [seq, erased]),
    [
      [5, 0],
      [4, 1],
    ],
  );
  assert.ok(!asked.some((each) => each.startsWith('editsBy')), 'both still apply');
  events.setState(row(5), ahead);
  assert.deepEqual(seqs(events.latestEdits(roomId, message)), [4, 3]);
});

test('of a message that nobody spoke of, only the batch is looked at', () => {
  const { events, insert, asked } = opened();
  insert();
  insert({ state: pending });
  assert.deepEqual(seqs(events.latestEdits(roomId, message)), [11]);
  assert.ok(!asked.some((each) => each.startsWith('latestEdits')));
});

test('reactions to a message are the applied ones by either name, and one user’s come last one first', () => {
  const react = (seq: number, change: Partial<EventRow> = {}) =>
    row(seq, { event_type: 'm.reaction.add', ...change });
  const { events, insert } = opened({
    ...spoken,
    [`reactionsTo ${roomId} ${names.event_id}`]: [react(4), react(5, { event_type: 'm.reaction.remove' })],
    [`reactionsBy ${roomId} ${names.event_id} ${author}`]: [react(4), react(5)],
  });
  insert({ event_type: 'm.reaction.remove', target: names.message_key });
  insert({ event_type: 'm.reaction.add', state: pending });
  insert();
  insert({ event_type: 'm.reaction.add', sender: '@b:a.test' });
  assert.deepEqual(seqs(events.reactionsTo(roomId, names)), [4, 5, 14, 11]);
  assert.deepEqual(seqs(events.reactionsBy(roomId, names, author)), [11, 5, 4]);
});

test('a message is deleted by an applied delete of its author or of the home, in the tables or in the batch', () => {
  const asks = `isDeleted ${roomId} ${names.event_id} ${author} home.test`;
  const by = { sender: author, home: 'home.test' };
  const isDeleted = (change: Partial<EventRow> | null, answers = {}, except?: number) => {
    const { events, insert } = opened(answers);
    if (change) insert({ event_type: 'm.message.delete', ...change });
    return events.isDeleted(roomId, names.event_id, by, except);
  };
  assert.equal(isDeleted(null), false);
  assert.equal(isDeleted(null, { [asks]: true }), false, 'nobody spoke of it');
  assert.equal(isDeleted(null, { ...spoken, [asks]: true }), true);
  assert.equal(isDeleted({}), true);
  assert.equal(isDeleted({}, {}, 11), false);
  assert.equal(isDeleted({}, {}, 12), true);
  assert.equal(isDeleted({ sender: '@b:b.test' }), false);
  assert.equal(isDeleted({ sender: '@b:home.test', origin_server: 'home.test' }), true);
  assert.equal(isDeleted({ state: pending }), false);
  assert.equal(isDeleted({ event_type: 'm.message.edit' }), false);
  assert.equal(isDeleted({ room_id: other }), false);
  const { events, insert } = opened();
  insert({ event_type: 'm.message.delete' });
  assert.equal(events.isDeleted(roomId, names.event_id, {}), false, 'by nobody in particular');
});

test('a user’s events between two depths come in the room’s order, those of the batch included', () => {
  const { events, insert } = opened({
    [`placesOf ${roomId} ${author} 4 8`]: [row(5), row(6, { depth: 5, event_id: '$0:a.test' })],
  });
  events.setState(row(5), pending);
  for (const depth of [4, 8, 3, 9]) insert({ depth });
  insert({ depth: 5, sender: '@b:a.test' });
  insert({ depth: 5, room_id: other });
  const places = events.placesOf(roomId, author, 4, 8);
  assert.deepEqual(seqs(places), [11, 6, 5, 12]);
  assert.equal(places[2]?.state, pending);
});

test('pending events and deletes of a server are counted with the batch’s changes', () => {
  const { events, insert } = opened({
    [`pendingCount ${roomId} a.test`]: 5,
    [`deletesCount ${roomId} a.test`]: 2,
  });
  const counts = () => [events.pendingCount(roomId, 'a.test'), events.countDeletesOf(roomId, 'a.test')];
  assert.deepEqual(counts(), [5, 2]);
  insert({ state: pending });
  insert({ event_type: 'm.message.delete' });
  for (const _ of [1, 2, 3, 4]) insert({ state: pending, event_type: 'm.message.delete', room_id: other });
  for (const _ of [1, 2]) insert({ state: pending, event_type: 'm.message.delete', origin_server: 'b.test' });
  for (const _ of [1, 2, 3]) insert({ event_type: 'm.message' });
  assert.deepEqual(counts(), [6, 3]);
  const change = (seq: number, from: EventState, to: EventState) =>
    events.setState(row(seq, { state: from }), to);
  change(5, pending, applied);
  change(6, pending, applied);
  change(7, applied, pending);
  assert.deepEqual(counts(), [5, 3]);
});

test('a whole room is in its order, and then nothing more of it is asked for', () => {
  const { events, insert, asked } = opened({
    ...spoken,
    [`eventsIn ${roomId}`]: [row(6), row(5), row(4, { event_type: 'm.message.delete' })],
    [editsAsked]: [latest(5)],
  });
  events.setState(row(6), pending);
  insert({ depth: 1 });
  insert({ depth: 1, room_id: other });
  assert.deepEqual(events.inRoom(roomId), [
    row(11, { depth: 1 }),
    row(4, { event_type: 'm.message.delete' }),
    row(5),
    row(6, { state: pending }),
  ]);
  asked.length = 0;
  assert.deepEqual(seqs(events.effectsOn(roomId, names.event_id)), [6, 11, 5, 4]);
  assert.deepEqual(seqs(events.latestEdits(roomId, message)), [5, 11]);
  assert.equal(events.isDeleted(roomId, names.event_id, { sender: author }), true);
  assert.equal(events.isDeleted(roomId, names.message_key, { sender: author }), false);
  assert.deepEqual(asked, []);
  const { newEvents, states, copies } = events.effects();
  assert.deepEqual([seqs(newEvents), seqs(states), copies], [[11, 12], [6], []]);
});

test('discarded events are what the tables say', () => {
  const { events } = opened({ 'isDiscarded $1:a.test': true });
  assert.deepEqual(
    ['$1:a.test', '$2:a.test'].map((id) => events.isDiscarded(id)),
    [true, false],
  );
});
