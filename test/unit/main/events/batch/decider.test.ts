import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Decider, type DeciderParts, type Task } from '../../../../../main/events/batch/decider.ts';
import { notLoaded } from '../../../../../main/events/batch/questions.ts';
import type { WorkingSet } from '../../../../../main/events/batch/working-set.ts';
import type { Room } from '../../../../../main/events/projection/room-reader.ts';
import type { BatchEffects, Key, NewRoom } from '../../../../../main/store/batch/batch-port.ts';
import type { Tx } from '../../../../../main/store/writer.ts';

type Ready = (tx: Tx) => readonly unknown[];

/** A decider over tables that say what they are asked, and a writer that the test drives. */
function decider(isLate = false) {
  const asked: string[] = [];
  const answering =
    (name: string, answer: (key: Key) => unknown) =>
    (keys: readonly Key[]): unknown => {
      asked.push(...keys.map((key) => [name, ...key].join(' ')));
      const answers = keys.map(answer);
      return isLate ? Promise.resolve(answers) : answers;
    };
  const written: BatchEffects[] = [];
  const published: string[] = [];
  let prepare: (tasks: readonly unknown[]) => Ready | Promise<Ready> = () => assert.fail('not set');
  const parts = {
    store: {
      batch: {
        reads: {
          lastSeq: answering('lastSeq', () => 7),
          isHeld: answering('isHeld', ([id]) => id === 'held'),
          heldCount: answering('heldCount', () => 3),
          isDiscarded: answering('isDiscarded', () => false),
          messagesNamed: answering('messagesNamed', () => []),
        },
        write: (effects: BatchEffects) => written.push(effects),
      },
      writer: {
        together: (given: typeof prepare) => {
          prepare = given;
          return () => assert.fail('the test runs the tasks');
        },
      },
    },
    registry: { keep: (room: Room) => published.push(room.row.room_id), remembered: () => undefined },
    directory: {},
  } as unknown as DeciderParts;
  new Decider(parts);
  /** Runs tasks as one batch, until `commits` is false: then the transaction is rolled back. */
  const run = async (tasks: readonly Task<unknown>[], commits = true) => {
    const ready = prepare(tasks);
    assert.equal(ready instanceof Promise, isLate);
    const after: (() => void)[] = [];
    const values = (await ready)({ afterCommit: (then: () => void) => after.push(then) } as unknown as Tx);
    if (commits) for (const then of after) then();
    return values;
  };
  return { run, asked, written, published };
}
const task = <V>(decide: (set: WorkingSet) => V, more: Partial<Task<V>> = {}): Task<unknown> =>
  ({ expect: ({ ask }: WorkingSet) => ask.lastSeq.want(null), decide, ...more }) as Task<unknown>;

test('what the tasks of a batch expect is read at once, and they are decided in order on one set', async () => {
  for (const isLate of [false, true]) {
    const { run, asked, written } = decider(isLate);
    const seen: WorkingSet[] = [];
    const each = (id: string) =>
      task(
        (set) => {
          seen.push(set);
          return `${id} ${set.queues.isHeld(id)}`;
        },
        {
          expect: ({ ask }) => {
            ask.lastSeq.want(null);
            ask.isHeld.want(id);
          },
        },
      );
    assert.deepEqual(await run([each('held'), each('other')]), ['held true', 'other false']);
    assert.deepEqual(asked, ['lastSeq ', 'isHeld held', 'isHeld other']);
    assert.equal(seen.length, 2);
    assert.equal(seen[0], seen[1]);
    assert.equal(written.length, 1);
  }
});

test('what a rule asks for besides is read for all tasks together, and the batch is decided again from the start', async () => {
  for (const isLate of [false, true]) {
    const { run, asked } = decider(isLate);
    const decided: string[] = [];
    const each = (id: string) =>
      task((set) => {
        decided.push(id);
        return set.queues.isHeld(id);
      });
    assert.deepEqual(await run([each('held'), each('other')]), [true, false]);
    assert.deepEqual(decided, ['held', 'other', 'held', 'other']);
    assert.deepEqual(asked, ['lastSeq ', 'isHeld held', 'isHeld other']);
  }
});

test('a batch doesn’t know the answers to the one before', async () => {
  const { run, asked } = decider();
  const held = task((set) => set.queues.isHeld('held'));
  await run([held]);
  await run([held]);
  assert.equal(asked.filter((each) => each === 'isHeld held').length, 2);
});

test('the last sequence number is read once, and again after a batch that was not committed', async () => {
  const { run, asked } = decider();
  const lastSeq = task((set) => set.events.lastSeq);
  const reads = () => asked.splice(0).filter((each) => each.startsWith('lastSeq')).length;
  assert.deepEqual(await run([lastSeq]), [7]);
  assert.equal(reads(), 1);
  assert.deepEqual(await run([lastSeq]), [7]);
  assert.equal(reads(), 0);
  await run([lastSeq], false);
  reads();
  await run([lastSeq]);
  assert.equal(reads(), 1);
});

test('what a task also writes gets its value in the same transaction', async () => {
  const { run, written } = decider();
  const steps: unknown[] = [];
  const one = task((set) => set.events.lastSeq, {
    also: (value, tx) => void steps.push(['also', value, typeof tx.afterCommit, written.length]),
  });
  await run([one, task((set) => set.events.lastSeq)]);
  assert.deepEqual(steps, [['also', 7, 'function', 1]]);
  steps.length = 0;
  await run([one], false);
  assert.deepEqual(steps, [['also', 7, 'function', 2]]);
});

test('the rooms of a batch are cached as it left them, in its transaction', async () => {
  const { run, published } = decider();
  const made = task((set) => set.rooms.create({ room_id: '!1:us.test', home: 'us.test' } as NewRoom));
  await run([made], false);
  assert.deepEqual(published, ['!1:us.test']);
});

test('an error of a rule ends its batch, unless the rule came after one that lacked something', async () => {
  const { run, written } = decider();
  const broken = new Error('broken');
  const breaks = task(() => {
    throw broken;
  });
  await assert.rejects(run([breaks]), broken);
  let rounds = 0;
  const second = task(() => {
    if (rounds++ === 0) throw broken;
    return 'fine';
  });
  assert.deepEqual(await run([task((set) => set.queues.isHeld('held')), second]), [true, 'fine']);
  const endless = task(() => {
    throw notLoaded;
  });
  await assert.rejects(run([endless]), /a rule stopped, but everything it asked for is loaded/);
  assert.equal(written.length, 1);
});

test('queues and messages that no rule touched are not written', async () => {
  const { run, written } = decider();
  await run([task((set) => set.events.lastSeq)]);
  assert.deepEqual([written[0]?.queues, written[0]?.messages], [null, null]);
  await run([
    task((set) => {
      assert.equal(set.messages, set.messages);
      set.queues.addDue(5);
      set.messages.remove(5);
      assert.equal(set.queues, set.queues);
      return set.events.lastSeq;
    }),
  ]);
  assert.deepEqual([written[1]?.queues?.due, written[1]?.messages?.goneMessages], [[5], [5]]);
});
