import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { SharedStream } from '../../../../renderer/node/shared-stream.ts';

/** A page of the console, and what it did. */
function opened(t: TestContext, state: 'hidden' | 'visible' = 'visible') {
  const turned: (() => void)[] = [];
  const done: string[] = [];
  const document = {
    visibilityState: state,
    addEventListener: (_: string, turn: () => void) => void turned.push(turn),
  };
  const stream = new SharedStream({
    take: () => done.push('take'),
    give: () => done.push('give'),
    hear: (message) => done.push(message.kind === 'news' ? message.news.topic : message.connection),
    connection: () => 'open',
    at: () => 'e-1',
    page: document,
  });
  t.after(() => stream.close());
  stream.join();
  const turn = (to: 'hidden' | 'visible'): void => {
    document.visibilityState = to;
    for (const each of turned) each();
  };
  return { stream, done, turn };
}

/** Until locks and messages have arrived. */
async function settles(isSo: () => boolean): Promise<void> {
  for (let turns = 0; turns < 1000 && !isSo(); turns++) await new Promise<void>((done) => setImmediate(done));
  assert.ok(isSo());
}

test('the first page gets the stream, and passes changes on to the others', async (t) => {
  const first = opened(t);
  await settles(() => first.stream.holds);
  const second = opened(t, 'hidden');
  const third = opened(t);
  await settles(() => third.done.includes('open'));
  first.stream.passOn({ topic: 'peer', server_name: 'a.test' });
  await settles(() => [second, third].every(({ done }) => done.at(-1) === 'peer'));
  second.stream.passOn({ topic: 'keys' });
  first.stream.leave();
  await settles(() => second.stream.holds || third.stream.holds);
  assert.ok(!third.done.includes('keys'), 'only the page with the stream reports');
});

test('a visible page takes the stream from a hidden one, whichever was first', async (t) => {
  const hidden = opened(t, 'hidden');
  await settles(() => hidden.stream.holds);
  const visible = opened(t);
  await settles(() => visible.stream.holds);
  assert.deepEqual(hidden.done.slice(0, 2), ['take', 'give']);
  visible.turn('hidden');
  hidden.turn('visible');
  await settles(() => hidden.stream.holds);
  assert.ok(!visible.stream.holds);
  hidden.turn('hidden');
  assert.ok(hidden.stream.holds, 'no visible page wants it');
});

test('a page whose stream is frozen with it loses the stream to one that is visible', async (t) => {
  const frozen = Promise.withResolvers<void>();
  t.after(() => frozen.resolve());
  const name = 'paracord-node stream';
  const held = new Promise<void>((started) => {
    void navigator.locks
      .request(name, () => {
        started();
        return frozen.promise;
      })
      .catch(() => {});
  });
  await held;
  t.mock.timers.enable();
  const hidden = opened(t, 'hidden');
  const visible = opened(t);
  t.mock.timers.tick(999);
  assert.deepEqual([hidden.done, visible.done], [[], []]);
  t.mock.timers.tick(1);
  t.mock.timers.reset();
  await settles(() => visible.stream.holds);
  assert.ok(!hidden.stream.holds);
});

test('a page that left neither gets the stream nor hears anything', async (t) => {
  const gone = opened(t);
  gone.stream.leave();
  const other = opened(t);
  await settles(() => other.stream.holds);
  other.stream.passOn({ topic: 'keys' });
  other.stream.report();
  const third = opened(t);
  await settles(() => third.done.includes('open'));
  assert.deepEqual(gone.done, []);
});
