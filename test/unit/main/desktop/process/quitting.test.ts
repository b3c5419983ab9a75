import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drainMsMax, Quitting, startMsMax } from '../../../../../main/desktop/process/quitting.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

function leaving(
  answer: boolean | Promise<boolean>,
  stop: () => Promise<void> = async () => {},
  starting: () => Promise<unknown> | null = () => null,
) {
  const clock = new VirtualClock();
  const seen = { asked: 0, stops: 0, exits: [] as number[], errors: 0 };
  const again: string[] = [];
  const notices: { over: AbortSignal; answer: (now: boolean) => void }[] = [];
  const quitting = new Quitting({
    ask: async () => {
      seen.asked++;
      return answer;
    },
    starting,
    sayStarting: (over) => new Promise((answer) => void notices.push({ over, answer })),
    stop: () => {
      seen.stops++;
      return stop();
    },
    exit: (code) => void seen.exits.push(code),
    startAgain: () => void again.push('again'),
    clock,
    log: { error: () => void seen.errors++ },
  });
  const failed = (error: unknown) => void again.push(String(error));
  return { quitting, clock, seen, again, failed, notices };
}

test('asks, drains, and quits', async () => {
  const { quitting, seen } = leaving(true);
  await quitting.afterAsking();
  assert.deepEqual(seen, { asked: 1, stops: 1, exits: [0], errors: 0 });
  assert.equal(quitting.isGone, true);
});

test('stays when the owner says no, and asks again another time', async () => {
  const { quitting, seen } = leaving(false);
  await quitting.afterAsking();
  assert.deepEqual(seen, { asked: 1, stops: 0, exits: [], errors: 0 });
  assert.equal(quitting.isLeaving, false);
  await quitting.afterAsking();
  assert.equal(seen.asked, 2);
});

test('a second quit during the question or while draining changes nothing', async () => {
  const answer = Promise.withResolvers<boolean>();
  const drained = Promise.withResolvers<void>();
  const { quitting, seen, clock } = leaving(answer.promise, () => drained.promise);
  const first = quitting.afterAsking();
  await quitting.afterAsking();
  assert.equal(seen.asked, 1);
  answer.resolve(true);
  await clock.settle();
  assert.equal(quitting.isLeaving, true);
  assert.equal(quitting.isGone, false);
  await quitting.afterAsking();
  await quitting.atOnce();
  drained.resolve();
  await first;
  assert.deepEqual(seen, { asked: 1, stops: 1, exits: [0], errors: 0 });
});

test('a node that doesn’t stop is abandoned after five seconds', async () => {
  const { quitting, seen, clock } = leaving(true, () => new Promise(() => {}));
  void quitting.afterAsking();
  await clock.advance(drainMsMax - 1);
  assert.deepEqual(seen.exits, []);
  await clock.advance(1);
  assert.deepEqual(seen.exits, [0]);
});

test('a start that takes long is waited for, and the owner sees that it is; then the node drains', async () => {
  const start = Promise.withResolvers<void>();
  const drained = Promise.withResolvers<void>();
  const { quitting, seen, clock, notices } = leaving(
    true,
    () => drained.promise,
    () => start.promise,
  );
  const gone = quitting.atOnce();
  await clock.advance(1_999);
  assert.equal(notices.length, 0);
  await clock.advance(50_000);
  assert.equal(notices.length, 1);
  assert.deepEqual([seen.stops, seen.exits, notices[0]?.over.aborted], [0, [], false]);
  start.resolve();
  await clock.settle();
  assert.deepEqual([seen.stops, seen.exits, notices[0]?.over.aborted], [1, [], true]);
  await clock.advance(drainMsMax - 1);
  assert.deepEqual(seen.exits, []);
  drained.resolve();
  await gone;
  assert.deepEqual(seen, { asked: 0, stops: 1, exits: [0], errors: 0 });
});

test('a start that fails while the app quits has nothing more to wait for', async () => {
  const start = Promise.withResolvers<void>();
  const { quitting, seen } = leaving(true, undefined, () => start.promise);
  const gone = quitting.atOnce();
  start.reject(new Error('the port is in use'));
  await gone;
  assert.deepEqual(seen.exits, [0]);
});

test('a start is waited for one minute, or until the owner quits at once', async () => {
  const never = () => new Promise(() => {});
  const slow = leaving(true, undefined, never);
  void slow.quitting.atOnce();
  await slow.clock.advance(startMsMax - 1);
  assert.deepEqual(slow.seen.exits, []);
  await slow.clock.advance(1);
  assert.deepEqual(slow.seen, { asked: 0, stops: 0, exits: [0], errors: 1 });
  assert.equal(slow.notices[0]?.over.aborted, true);

  const impatient = leaving(true, undefined, never);
  void impatient.quitting.atOnce();
  await impatient.clock.advance(2_000);
  impatient.notices[0]?.answer(true);
  await impatient.clock.settle();
  assert.deepEqual(impatient.seen.exits, [0]);

  const patient = leaving(true, undefined, never);
  void patient.quitting.atOnce();
  await patient.clock.advance(2_000);
  patient.notices[0]?.answer(false);
  await patient.clock.settle();
  assert.deepEqual(patient.seen.exits, []);
});

test('a node that fails to stop is logged and left', async () => {
  const { quitting, seen } = leaving(true, async () => {
    throw new Error('the disk is full');
  });
  await quitting.afterAsking();
  assert.deepEqual(seen, { asked: 1, stops: 1, exits: [0], errors: 1 });
});

test('the system shutting down does not wait for the question', async () => {
  const answer = Promise.withResolvers<boolean>();
  const { quitting, seen } = leaving(answer.promise);
  const asking = quitting.afterAsking();
  await quitting.atOnce();
  assert.deepEqual(seen.exits, [0]);
  answer.resolve(true);
  await asking;
  assert.deepEqual(seen, { asked: 1, stops: 1, exits: [0], errors: 0 });
});

test('an update takes over once the node has stopped, instead of the exit', async () => {
  const { quitting, seen, failed } = leaving(true);
  let installed = 0;
  await quitting.atOnce({ takeOver: () => installed++, msMax: 5_000, failed });
  assert.deepEqual(seen, { asked: 0, stops: 1, exits: [], errors: 0 });
  assert.equal(installed, 1);
});

test('if an update can’t be installed, the app starts again, and knows why', async () => {
  const thrown = leaving(true);
  const takeOver = () => {
    throw new Error('the file is gone');
  };
  await thrown.quitting.atOnce({ takeOver, msMax: 5_000, failed: thrown.failed });
  assert.deepEqual(thrown.seen, { asked: 0, stops: 1, exits: [1], errors: 1 });
  assert.deepEqual(thrown.again, ['Error: the file is gone', 'again']);

  const told = leaving(true);
  await told.quitting.atOnce({
    takeOver: (failed) => {
      failed('no space left');
      failed('and once more');
    },
    msMax: 5_000,
    failed: told.failed,
  });
  await told.clock.advance(5_000);
  assert.deepEqual(told.seen.exits, [1]);
  assert.deepEqual(told.again, ['no space left', 'again'], 'once');
});

test('a failure that can’t even be written down doesn’t keep the app from starting again', async () => {
  const { quitting, seen, again } = leaving(true);
  const failed = () => {
    throw new Error('the disk is full');
  };
  await quitting.atOnce({ takeOver: (report) => report('no'), msMax: 5_000, failed });
  assert.deepEqual([seen.exits, again], [[1], ['again']]);
});

test('an installer that neither reports nor quits doesn’t leave the app without its node', async () => {
  const { quitting, seen, clock, again, failed } = leaving(true);
  await quitting.atOnce({ takeOver: () => {}, msMax: 5_000, failed });
  await clock.advance(4_999);
  assert.deepEqual(seen.exits, []);
  await clock.advance(1);
  assert.deepEqual(seen, { asked: 0, stops: 1, exits: [1], errors: 1 });
  assert.equal(again.at(-1), 'again');
});

test('a system that shuts down is never held up by an update, before it takes over or while', async () => {
  const drained = Promise.withResolvers<void>();
  const before = leaving(true, () => drained.promise);
  let installed = 0;
  const successor = { takeOver: () => void installed++, msMax: 60_000, failed: before.failed };
  const ending = before.quitting.atOnce(successor);
  await before.quitting.atOnce();
  drained.resolve();
  await ending;
  assert.deepEqual([installed, before.seen.exits], [0, [0]]);

  const during = leaving(true);
  await during.quitting.atOnce(successor);
  await during.quitting.atOnce();
  assert.deepEqual([installed, during.seen.exits], [1, [0]]);
});
