import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Traffic } from '../../../../main/outbound/traffic.ts';

type Deps = ConstructorParameters<typeof Traffic>[0];

function recorded() {
  const done: string[] = [];
  let stopped = () => {};
  const note = (what: string) => () => void done.push(what);
  const parts = {
    delivery: {
      setPaused: (why: string | null) => void done.push(why === null ? 'deliver' : 'hold deliveries'),
      start: note('start delivery'),
      drain: async () => void done.push('drain'),
      woke: note('try every destination'),
      stop: async () => void done.push('stop delivery'),
    },
    receipts: { start: note('start receipts'), stop: note('stop receipts') },
    heldQuestions: { start: note('start asking'), stop: note('stop asking') },
    catchUp: {
      start: note('start reading'),
      stop: () => new Promise<void>((resolve) => (stopped = resolve)),
    },
    rediscovery: { start: note('start looking'), stop: async () => void done.push('stop looking') },
  } as unknown as Deps;
  return { traffic: new Traffic(parts), done, endReading: () => stopped() };
}

test('a node that starts paused sends and reads nothing until it resumes', async () => {
  const { traffic, done, endReading } = recorded();
  const started = traffic.start(true);
  endReading();
  await started;
  assert.deepEqual(done, [
    'hold deliveries',
    'stop receipts',
    'stop asking',
    'stop looking',
    'start delivery',
  ]);
  done.length = 0;
  await traffic.setPaused(false);
  assert.deepEqual(done, ['deliver', 'start receipts', 'start asking', 'start reading', 'start looking']);
});

test('a pause is in effect only when the last reading is over', async () => {
  const { traffic, endReading } = recorded();
  let isPaused = false;
  const paused = traffic.setPaused(true).then(() => {
    isPaused = true;
  });
  await Promise.resolve();
  assert.equal(isPaused, false);
  endReading();
  await paused;
  assert.equal(isPaused, true);
});

test('after the machine slept, everything continues, and every destination is tried at once', async () => {
  const { traffic, done, endReading } = recorded();
  const paused = traffic.setPaused(true);
  endReading();
  await paused;
  done.length = 0;
  await traffic.wake(false);
  assert.deepEqual(done, [
    'deliver',
    'start receipts',
    'start asking',
    'start reading',
    'start looking',
    'try every destination',
  ]);
});

test('federation that the owner paused stays paused after the machine slept', async () => {
  const { traffic, done, endReading } = recorded();
  const woken = traffic.wake(true);
  endReading();
  await woken;
  assert.ok(done.includes('hold deliveries'));
  assert.deepEqual(
    done.filter((what) => what.startsWith('start')),
    [],
  );
});
