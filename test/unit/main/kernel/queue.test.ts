import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SerialQueue, SerialQueues } from '../../../../main/kernel/queue.ts';

function jobs() {
  const log: string[] = [];
  const ends = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();
  const job = (name: string) => async (): Promise<string> => {
    log.push(`${name} starts`);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    ends.set(name, { resolve, reject });
    await promise;
    log.push(`${name} ends`);
    return name;
  };
  return { log, ends, job };
}
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('a job starts when the one before it has ended, even if that one failed', async () => {
  const { log, ends, job } = jobs();
  const queue = new SerialQueue();
  const first = queue.run(job('first'));
  const second = queue.run(job('second'));
  const third = queue.run(() => 'third');
  await turn();
  assert.deepEqual(log, ['first starts']);
  ends.get('first')!.reject(new Error('no luck'));
  await assert.rejects(first, /no luck/);
  await turn();
  assert.deepEqual(log, ['first starts', 'second starts']);
  ends.get('second')!.resolve();
  assert.equal(await second, 'second');
  assert.equal(await third, 'third');
});

test('a queue is idle once every job given so far has ended, well or not', async () => {
  const { ends, job } = jobs();
  const queue = new SerialQueue();
  await queue.idle();
  const failing = queue.run(job('failing')).catch(() => 'failed');
  let idle = false;
  const waiting = queue.idle().then(() => {
    idle = true;
  });
  await turn();
  assert.equal(idle, false);
  ends.get('failing')!.reject(new Error('no luck'));
  await waiting;
  assert.equal(await failing, 'failed');
});

test('jobs of one key wait for each other, and those of another key do not', async () => {
  const { log, ends, job } = jobs();
  const queues = new SerialQueues();
  const all = [queues.run('a', job('a1')), queues.run('a', job('a2')), queues.run('b', job('b1'))];
  await turn();
  assert.deepEqual(log, ['a1 starts', 'b1 starts']);
  ends.get('a1')!.resolve();
  await turn();
  assert.deepEqual(log, ['a1 starts', 'b1 starts', 'a1 ends', 'a2 starts']);
  ends.get('a2')!.resolve();
  ends.get('b1')!.resolve();
  assert.deepEqual(await Promise.all(all), ['a1', 'a2', 'b1']);
});

test('a key whose jobs have ended is forgotten', async () => {
  const queues = new SerialQueues();
  await queues.run('a', async () => {});
  await queues.run('b', async () => Promise.reject(new Error('no luck'))).catch(() => {});
  assert.equal(queues.size, 0);
});
