import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Ask, BatchReads, Key } from '../../../../../main/store/batch/batch-port.ts';
import type { Envelope } from '../../../../../shared/protocol/events/envelope.ts';
import { cast, MemberNode } from '../../../../support/sim/member.ts';
import { place, Teller } from '../../../../support/sim/told.ts';
import { quickFolder } from '../../../../support/sim/world.ts';
import { countStatements } from '../../../../support/statement-counter.ts';

const author = `@u0:${cast.peer}`;
const user = (n: number): string => `@u${n}:${cast.peer}`;

/** The state before the batches: a room with members of a peer and messages by one of them. */
function ground(teller: Teller, messages: number): Envelope[] {
  return [
    teller.join(author),
    ...Array.from({ length: messages }, (_, i) => teller.join(user(100 + i))),
    ...Array.from({ length: messages }, (_, i) => teller.message(String(i + 1))),
  ];
}

/** One of each kind of event, each about a message or user of its own. */
function eachKind(teller: Teller, n: number): Envelope[] {
  const about = (offset: number) => ({ ...place, message_id: String(3 * n + offset) });
  return [
    teller.message(String(1000 + n)),
    teller.event('peer', 'm.message.edit', { ...about(1), body: 'edited' }),
    teller.event('peer', 'm.message.delete', about(2)),
    teller.event('peer', 'm.reaction.add', { ...about(3), emoji: '👍' }),
    teller.join(user(200 + n)),
    teller.leave(user(100 + n)),
  ];
}

const takeAll = (node: MemberNode, events: readonly Envelope[]) =>
  Promise.all(events.map((event) => node.take(event, event.origin_server)));

async function opened(t: TestContext, wrap?: (reads: BatchReads) => BatchReads): Promise<MemberNode> {
  const node = await MemberNode.open(quickFolder(t), wrap);
  t.after(() => node.close());
  return node;
}

/** The cost of batches with this many events of each kind, on a separate database. */
async function costOf(t: TestContext, sets: number) {
  const work = countStatements(t);
  const node = await opened(t);
  const teller = new Teller();
  await takeAll(node, ground(teller, 60));
  const events = Array.from({ length: sets }, (_, n) => eachKind(teller, n)).flat();
  const verified = await Promise.all(events.map((event) => node.verified(event, event.origin_server)));
  work();
  const outcomes = await Promise.all(verified.map((event) => node.store(event)));
  assert.deepEqual(new Set(outcomes), new Set(['inserted']));
  return work();
}

test('66 events of all kinds cost at most 50 statements, and at most 10 more than six do', async (t) => {
  const few = await costOf(t, 1);
  const many = await costOf(t, 11);
  assert.ok(many.statements <= 50, `${many.statements} statements`);
  // Rows are written 64, 32, … and 1 at a time.
  assert.ok(many.statements <= few.statements + 10, `${few.statements} and ${many.statements} statements`);
});

test('nothing is read in the transaction that writes a batch', async (t) => {
  const { readsInside } = await costOf(t, 11);
  assert.deepEqual(readsInside, []);
});

test('events that change the same message and the same user share a batch, and it shows the last of each', async (t) => {
  const work = countStatements(t);
  const [together, apart] = [await opened(t), await opened(t)];
  const teller = new Teller();
  const about = { ...place, message_id: '1' };
  const told = [
    teller.join(author),
    teller.message('1'),
    ...Array.from({ length: 20 }, (_, i) => [
      teller.event('peer', 'm.message.edit', { ...about, body: `version ${i}` }),
      teller.event('peer', i % 2 === 0 ? 'm.reaction.add' : 'm.reaction.remove', { ...about, emoji: '👍' }),
      i % 2 === 0 ? teller.leave(user(1)) : teller.join(user(1)),
    ]).flat(),
    teller.message('2'),
    teller.event('peer', 'm.message.delete', { ...place, message_id: '2' }),
  ];
  for (const event of told) await takeAll(apart, [event]);
  work();
  assert.deepEqual(new Set(await takeAll(together, told)), new Set(['inserted']));
  const { statements } = work();
  assert.ok(statements <= 50, `${statements} statements`);
  assert.deepEqual(together.projection(), apart.projection());
  assert.deepEqual(together.picture(), apart.picture());
});

test('an event that is refused leaves nothing, and its neighbours are stored', async (t) => {
  const [with_, without] = [await opened(t), await opened(t)];
  const teller = new Teller();
  const before = ground(teller, 4);
  const refused = teller.event(
    'peer',
    'm.member.join',
    { user_id: '5', role: 'member' },
    { state_key: '@x:third.test' },
  );
  const after = eachKind(teller, 0);
  assert.deepEqual(await takeAll(without, [...before, ...after]), Array(before.length + 6).fill('inserted'));
  const outcomes = await takeAll(with_, [...before, refused, ...after]);
  assert.deepEqual(
    outcomes.filter((kind) => kind !== 'inserted'),
    ['refused'],
  );
  assert.deepEqual(with_.picture(), without.picture());
  assert.deepEqual(with_.projection(), without.projection());
});

/** Tables that answer only later, as those of a database behind a network do. */
function late(reads: BatchReads, asked: () => void): BatchReads {
  const entries = Object.entries(reads).map(([name, ask]) => [
    name,
    async (keys: readonly Key[]) => {
      asked();
      await setImmediate();
      return (ask as Ask<Key, unknown>)(keys);
    },
  ]);
  return Object.fromEntries(entries) as BatchReads;
}

test('tables may answer later: the outcome is the same, and nothing else is written meanwhile', async (t) => {
  let whenAsked = (): void => {};
  const now = await opened(t);
  const later = await opened(t, (reads) => late(reads, () => whenAsked()));
  const teller = new Teller();
  const told = [
    ...ground(teller, 12),
    ...eachKind(teller, 0),
    ...eachKind(teller, 1),
    ...eachKind(teller, 2),
  ];
  let beside: Promise<number> | null = null;
  const verified = await Promise.all(told.map((event) => later.verified(event, event.origin_server)));
  whenAsked = () => {
    beside ??= later.writeBeside();
  };
  const outcomes = await Promise.all(verified.map((event) => later.store(event)));
  assert.deepEqual(outcomes, await takeAll(now, told));
  assert.equal(await beside, told.length, 'what was asked for during the load was written after the batch');
  assert.deepEqual(later.projection(), now.projection());
  assert.deepEqual(later.picture(), now.picture());
});
