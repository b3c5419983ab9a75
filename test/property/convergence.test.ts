import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Envelope } from '../../shared/protocol/events/envelope.ts';
import { type History, history, type Told, toldBy } from '../support/sim/history.ts';
import { MemberNode, now, type Picture } from '../support/sim/member.ts';
import { roomAccordingToTheRules } from '../support/sim/oracle.ts';
import { quickFolder } from '../support/sim/world.ts';

/** `npm run test:simulation` takes many more. */
const numRuns = Number(process.env.CONVERGENCE_RUNS ?? 40);
const dayMs = 86_400_000;

/** An order of arrival: which event comes when, some of them more than once. */
interface Arrival {
  readonly dice: readonly number[];
  /** Events that are verified and ingested at the same time, as the requests of several peers are. */
  readonly together: number;
}

const arrival: fc.Arbitrary<Arrival> = fc.record({
  dice: fc.array(fc.nat({ max: 9999 }), { minLength: 1, maxLength: 60, size: 'max' }),
  together: fc.integer({ min: 1, max: 8 }),
});

function inOrderOf({ dice }: Arrival, events: readonly Told[]): Told[] {
  const thrown = (i: number): number => dice[i % dice.length] ?? 0;
  const line = events.map((event, i) => ({ event, at: thrown(i) }));
  const repeats = events.flatMap((event, i) => (thrown(i) % 5 === 0 ? [{ event, at: thrown(i + 1) }] : []));
  return [...line, ...repeats].sort((a, b) => a.at - b.at).map(({ event }) => event);
}

/** Feeds a node; returns the ids it took. */
async function feed(node: MemberNode, events: readonly Told[], together: number): Promise<Set<string>> {
  const taken = new Set<string>();
  for (let at = 0; at < events.length; at += together) {
    const batch = events.slice(at, at + together);
    const outcomes = await Promise.all(batch.map(({ envelope, hop }) => node.take(envelope, hop)));
    for (const [i, outcome] of outcomes.entries())
      if (outcome === 'inserted') taken.add(batch[i]?.envelope.event_id ?? '');
  }
  return taken;
}

class Stores {
  readonly #base: string;
  #made = 0;

  constructor(base: string) {
    this.#base = base;
  }

  async with<T>(use: (node: MemberNode) => Promise<T>): Promise<T> {
    const folder = join(this.#base, String(++this.#made));
    mkdirSync(folder);
    const node = await MemberNode.open(folder);
    try {
      return await use(node);
    } finally {
      await node.close();
      rmSync(folder, { recursive: true });
    }
  }
}

/** Checks that deleted texts are in no table and in no file of the database. */
async function assertErased(
  node: MemberNode,
  accepted: readonly Envelope[],
  { erased }: Picture,
): Promise<void> {
  const words = accepted
    .filter((event) => erased.includes(event.event_id))
    .map((event) => event.content.get('body'))
    .filter((body) => typeof body === 'string');
  const [tables, files] = [node.everything(), await node.files()];
  for (const text of words) {
    assert.ok(!tables.includes(text), `“${text}” is gone from the tables`);
    assert.ok(!files.includes(text), `“${text}” is gone from the files`);
  }
}

/** Checks that a rebuild makes the same rows as single events. The index of words has the messages in force. */
async function assertKept(node: MemberNode): Promise<void> {
  const kept = node.projection();
  await node.rebuild();
  assert.deepEqual(node.projection(), kept);
  const words = await node.searchIndex();
  assert.deepEqual(words.kept, words.again, 'the index of words');
}

/** Checks everything about one arrival of a history that the rules decide. Returns the ids it took that can count. */
async function check(stores: Stores, told: History, order: Arrival): Promise<Set<string>> {
  return stores.with(async (node) => {
    const events = toldBy(told, node.ownKey);
    const line = inOrderOf(order, events);
    const taken = await feed(node, line, order.together);
    const accepted = events.map(({ envelope }) => envelope).filter(({ event_id }) => taken.has(event_id));
    const expected = roomAccordingToTheRules(accepted, now);
    assert.deepEqual(node.picture(), expected, 'in order of arrival');
    await assertErased(node, accepted, expected);
    await assertKept(node);
    assert.deepEqual(node.picture(), expected, 'rebuilt from the stored events');
    await node.letTimePass(dayMs);
    const later = roomAccordingToTheRules(accepted, now + dayMs);
    assert.deepEqual(node.picture(), later, 'when the clock has caught up with what lay ahead');
    await assertKept(node);
    assert.deepEqual(node.picture(), later, 'rebuilt a day later');
    await assertErased(node, accepted, later);
    // It refuses what is written here into a room that it knows is archived. If it learns that later, it counts for nobody.
    const own = new Set(events.flatMap(({ envelope, hop }) => (hop === null ? [envelope.event_id] : [])));
    return new Set([...taken].filter((id) => !own.has(id) || later.states[id] !== 0));
  });
}

test('a room depends on the set of its events, not on their order of arrival', async (t) => {
  const stores = new Stores(quickFolder(t));
  await fc.assert(
    fc.asyncProperty(history, arrival, arrival, async (told, one, other) => {
      const taken = await check(stores, told, one);
      assert.deepEqual(await check(stores, told, other), taken, 'the same events are accepted');
    }),
    { numRuns },
  );
});

test('a restart between two halves changes nothing', async (t) => {
  const stores = new Stores(quickFolder(t));
  await fc.assert(
    fc.asyncProperty(
      history,
      arrival,
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (told, order, part) => {
        await stores.with(async (node) => {
          const events = toldBy(told, node.ownKey);
          const line = inOrderOf(order, events);
          const half = Math.floor(line.length * part);
          const first = await feed(node, line.slice(0, half), order.together);
          await node.reopen();
          const second = await feed(node, line.slice(half), order.together);
          const taken = first.union(second);
          const accepted = events.map(({ envelope }) => envelope).filter((each) => taken.has(each.event_id));
          const expected = roomAccordingToTheRules(accepted, now);
          assert.deepEqual(node.picture(), expected);
          await assertErased(node, accepted, expected);
        });
      },
    ),
    { numRuns },
  );
});
