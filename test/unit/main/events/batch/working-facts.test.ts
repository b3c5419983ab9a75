import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorkingFacts } from '../../../../../main/events/batch/working-facts.ts';
import { end } from '../../../../../main/events/projection/room-reader.ts';
import type { CountedFact } from '../../../../../shared/protocol/room-state.ts';
import { workingTables } from '../../../../support/batch/working-tables.ts';

const roomId = '!1:home.test';
const user = '@a:a.test';
type Change = CountedFact['change'];

const fact = (depth: number, change: Change = 'join', eventId = `$${depth}:a.test`): CountedFact => ({
  ...{ depth, eventId, change },
  ...{ role: 'member', originTs: depth },
});
const added = (stored: CountedFact, userId = user, room = roomId) => ({ ...stored, roomId: room, userId });
const at = (depth: number, eventId = '$m:a.test') => ({ depth, eventId });
const key = (name: string, position: { depth: number; eventId: string }, change = '') =>
  `${name} ${roomId} ${user} ${position.depth} ${position.eventId}${change && ` ${change}`}`;

function opened(answers: Readonly<Record<string, unknown>> = {}, remembered?: CountedFact | null) {
  const { ask, asked, wanted } = workingTables(answers);
  const registry = {
    rememberedLast: (room: string, who: string) => (room === roomId && who === user ? remembered : undefined),
  };
  return { facts: new WorkingFacts(ask, registry), asked, wanted };
}
const depthOf = (found: CountedFact | null) => found?.depth ?? null;

test('the nearest fact before or after a position is the nearer one of the table’s and the batch’s', () => {
  const { facts } = opened({ [key('factBefore', at(5))]: fact(3), [key('factAfter', at(5))]: fact(8) });
  const around = () => [facts.before(roomId, user, at(5)), facts.after(roomId, user, at(5))].map(depthOf);
  assert.deepEqual(around(), [3, 8]);
  for (const depth of [2, 9]) facts.add(added(fact(depth)));
  assert.deepEqual(around(), [3, 8], 'further away');
  facts.add(added(fact(5, 'join', '$m:a.test')));
  assert.deepEqual(around(), [3, 8], 'the position itself is neither before nor after it');
  for (const depth of [4, 7, 6]) facts.add(added(fact(depth)));
  assert.deepEqual(around(), [4, 6]);
  for (const other of [
    added(fact(5, 'join', '$n:a.test'), '@b:a.test'),
    added(fact(5, 'join', '$l:a.test'), user, '!2:home.test'),
  ])
    facts.add(other);
  assert.deepEqual(around(), [4, 6], 'another user, another room');
});

test('facts of one kind are looked for among those of that kind', () => {
  const { facts } = opened({
    [key('factOfKindBefore', at(5), 'leave')]: fact(2, 'leave'),
    [key('factOfKindAfter', at(5), 'leave')]: fact(9, 'leave'),
  });
  for (const each of [fact(4), fact(6), fact(3, 'leave'), fact(8, 'leave')]) facts.add(added(each));
  const around = (change: Change) =>
    [facts.before(roomId, user, at(5), change), facts.after(roomId, user, at(5), change)].map(depthOf);
  assert.deepEqual(around('leave'), [3, 8]);
  assert.deepEqual(around('join'), [4, 6]);
  assert.deepEqual(around('remove'), [null, null]);
});

test('the last fact is remembered by the registry, then by the batch, and looked up otherwise', () => {
  const known = opened({}, fact(3));
  assert.deepEqual(known.facts.before(roomId, user, end), fact(3));
  assert.deepEqual(known.asked, []);
  known.facts.add(added(fact(7, 'leave')));
  assert.equal(depthOf(known.facts.before(roomId, user, end)), 7);
  assert.equal(depthOf(opened({}, null).facts.before(roomId, user, end)), null);
  const unknown = opened({ [key('factBefore', end)]: fact(4) });
  for (const _ of [1, 2]) assert.deepEqual(unknown.facts.before(roomId, user, end), fact(4));
  assert.equal(unknown.asked.length, 1, 'looked up once');
  assert.equal(depthOf(unknown.facts.before(roomId, user, end, 'leave')), null);
  assert.equal(unknown.asked.length, 2, 'the last one of a kind is another question');
});

test('the registry learns the last facts that the batch knows, and which it has to look up again', () => {
  const { facts } = opened({}, fact(3));
  assert.deepEqual([...facts.lastsIn(roomId)], []);
  facts.before(roomId, user, end);
  assert.deepEqual([...facts.lastsIn(roomId)], [[user, fact(3)]]);
  facts.add(added(fact(7)));
  facts.add(added(fact(7), '@b:a.test', '!2:home.test'));
  assert.deepEqual([...facts.lastsIn(roomId)], [[user, undefined]]);
  facts.before(roomId, user, end);
  assert.deepEqual([...facts.lastsIn(roomId)], [[user, added(fact(7))]]);
});

test('the same event is one fact', () => {
  const { facts } = opened();
  facts.add(added(fact(7)));
  facts.add(added(fact(7)));
  assert.deepEqual(facts.effects().facts, [added(fact(7))]);
});

test('of a room that is cleared, only what is added after that is known', () => {
  const { facts, asked } = opened({ [key('factBefore', end)]: fact(3) }, fact(3));
  facts.before(roomId, user, end);
  facts.add(added(fact(7)));
  facts.add(added(fact(7), user, '!2:home.test'));
  facts.before(roomId, user, end);
  assert.equal(facts.isCleared(roomId), false);
  facts.clearRoom(roomId);
  assert.equal(facts.isCleared(roomId), true);
  for (const change of [undefined, 'join'] as const) {
    assert.equal(facts.before(roomId, user, end, change), null);
    assert.equal(facts.after(roomId, user, at(0), change), null);
  }
  assert.deepEqual(asked, []);
  facts.add(added(fact(4)));
  assert.equal(depthOf(facts.before(roomId, user, end)), 4);
  assert.deepEqual(facts.effects().facts, [added(fact(7), user, '!2:home.test'), added(fact(4))]);
});

test('what a membership at a position looks at is loaded beforehand', () => {
  const { facts, asked, wanted } = opened();
  facts.expect(roomId, user, at(5));
  facts.before(roomId, user, end);
  facts.after(roomId, user, { depth: -1, eventId: '' });
  facts.after(roomId, user, at(5));
  facts.after(roomId, user, at(5), 'join');
  facts.before(roomId, user, end, 'join');
  for (const change of ['leave', 'remove'] as const)
    for (const position of [end, at(5)]) facts.before(roomId, user, position, change);
  assert.deepEqual(new Set(wanted), new Set(asked));
});
