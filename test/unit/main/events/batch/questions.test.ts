import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  expecting,
  forEachLoaded,
  notLoaded,
  Questions,
} from '../../../../../main/events/batch/questions.ts';
import type { BatchReads, Key } from '../../../../../main/store/batch/batch-port.ts';

/** Tables that say what they were asked, at once or later. */
function questions(isLate = false) {
  const asked: [string, Key[]][] = [];
  const answering =
    (name: string, answer: (key: Key) => unknown) =>
    (keys: readonly Key[]): unknown => {
      asked.push([name, [...keys]]);
      const answers = keys.map(answer);
      return isLate ? Promise.resolve(answers) : answers;
    };
  const reads = {
    isHeld: answering('isHeld', ([id]) => id === 'a'),
    channel: answering('channel', (key) => key.join('/')),
    lastSeq: answering('lastSeq', () => 7),
  } as unknown as BatchReads;
  return { all: new Questions(reads), asked };
}
const missing = (run: () => unknown) => assert.throws(run, (error) => error === notLoaded);

test('an answer that isn’t loaded stops a rule, and is there after the next load', () => {
  const { all, asked } = questions();
  const { isHeld, channel } = all.ask;
  assert.equal(all.isOpen, false);
  missing(() => isHeld.get('a'));
  missing(() => isHeld.get('b'));
  channel.want('r', '1');
  assert.equal(all.isOpen, true);
  assert.equal(all.load(), undefined);
  assert.equal(all.isOpen, false);
  assert.deepEqual([isHeld.get('a'), isHeld.get('b'), channel.get('r', '1')], [true, false, 'r/1']);
  assert.deepEqual(asked, [
    ['isHeld', [['a'], ['b']]],
    ['channel', [['r', '1']]],
  ]);
});

test('questions that differ in any part are different questions', () => {
  const { all, asked } = questions();
  const { channel } = all.ask;
  channel.want('r', '1');
  channel.want('r', '2');
  channel.want('s', '1');
  void all.load();
  assert.deepEqual(
    [channel.get('r', '1'), channel.get('r', '2'), channel.get('s', '1')],
    ['r/1', 'r/2', 's/1'],
  );
  assert.equal(asked[0]?.[1].length, 3);
});

test('what is asked for twice is read once, and what is known is not read', () => {
  const { all, asked } = questions();
  const { isHeld, lastSeq } = all.ask;
  isHeld.want('a');
  missing(() => isHeld.get('a'));
  lastSeq.know(9, null);
  lastSeq.want(null);
  assert.equal(lastSeq.get(null), 9);
  void all.load();
  isHeld.want('a');
  void all.load();
  assert.deepEqual(asked, [['isHeld', [['a']]]]);
});

test('before the next batch everything is forgotten, what was asked for too', () => {
  const { all, asked } = questions();
  const { isHeld, channel, lastSeq } = all.ask;
  isHeld.want('a');
  void all.load();
  lastSeq.know(9, null);
  channel.want('r', '1');
  all.forget();
  assert.equal(all.isOpen, false);
  missing(() => isHeld.get('a'));
  missing(() => lastSeq.get(null));
  void all.load();
  assert.deepEqual(asked, [
    ['isHeld', [['a']]],
    ['isHeld', [['a']]],
    ['lastSeq', [[null]]],
  ]);
});

test('tables that answer later are waited for', async () => {
  const { all } = questions(true);
  const { isHeld, channel } = all.ask;
  isHeld.want('a');
  channel.want('r', '1');
  const loading = all.load();
  missing(() => isHeld.get('a'));
  assert.equal(await loading, undefined);
  assert.deepEqual([isHeld.get('a'), channel.get('r', '1')], [true, 'r/1']);
});

test('a rule that stops for one item runs for the others too, so that all is asked for at once', () => {
  const seen: number[] = [];
  const rule = (n: number) => {
    seen.push(n);
    if (n === 2) throw notLoaded;
  };
  missing(() => forEachLoaded([1, 2, 3], rule));
  assert.deepEqual(seen, [1, 2, 3]);
  assert.doesNotThrow(() => forEachLoaded([1, 3], rule));
  const broken = new Error('broken');
  assert.throws(
    () =>
      forEachLoaded([1], () => {
        throw broken;
      }),
    broken,
  );
});

test('what a rule only expects doesn’t stop it, and an error does', () => {
  let runs = 0;
  expecting(() => {
    runs++;
    throw notLoaded;
  });
  assert.equal(runs, 1);
  const broken = new Error('broken');
  assert.throws(
    () =>
      expecting(() => {
        throw broken;
      }),
    broken,
  );
});
