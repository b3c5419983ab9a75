import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { failureOf } from '../../../../renderer/node/failure.ts';

/** Stands in for `$state`, which is just its value outside of effects. */
const plainState = Object.assign((value: unknown) => value, { raw: (value: unknown) => value });
/** Hidden from the type checker, because Svelte's declarations belong to the screens. */
const load = (path: string) => import(new URL(`../../../../renderer/node/${path}`, import.meta.url).href);

interface Live {
  readonly value: string | undefined;
  start(read: () => Promise<string>, kept?: boolean): void;
  refresh(): Promise<void>;
  awaitTold(): void;
  take(value: string): boolean;
  stop(): void;
}
let LiveClass: new () => Live;
before(async () => {
  Object.assign(globalThis, { $state: plainState });
  LiveClass = (await load('live.svelte.ts')).Live;
});

const turn = () => new Promise<void>((done) => setImmediate(done));
const never = () => new Promise<string>(() => {});

test('a hanging read doesn’t keep the next one from starting', async () => {
  const value = new LiveClass();
  value.start(never);
  value.start(async () => 'second');
  await turn();
  assert.equal(value.value, 'second');
  let n = 0;
  value.start(async () => `${++n}`);
  await value.refresh();
  await turn();
  assert.equal(value.value, '2');
});

test('a late result of an old reading is ignored', async () => {
  const value = new LiveClass();
  const late = Promise.withResolvers<string>();
  value.start(() => late.promise);
  value.start(async () => 'new');
  await turn();
  late.resolve('old');
  await turn();
  assert.equal(value.value, 'new');
});

test('a kept value is there until the new one comes, and after a failure', async () => {
  const value = new LiveClass();
  value.start(async () => 'old');
  await turn();
  const next = Promise.withResolvers<string>();
  value.start(() => next.promise, true);
  assert.equal(value.value, 'old');
  next.resolve('new');
  await turn();
  assert.equal(value.value, 'new');
  value.start(() => Promise.reject(new Error('lost')), true);
  await turn();
  assert.equal(value.value, 'new');
  value.start(never);
  assert.equal(value.value, undefined);
});

test('a value that a change should bring is read if no change does', async (t) => {
  t.mock.timers.enable();
  // Immediates stand still too.
  const answered = async () => {
    for (let n = 0; n < 10; n++) await null;
  };
  const value = new LiveClass();
  let n = 0;
  value.start(async () => `${++n}`);
  await answered();
  value.awaitTold();
  assert.equal(value.take('told'), true);
  t.mock.timers.tick(60_000);
  await answered();
  assert.equal(value.value, 'told');
  value.awaitTold();
  t.mock.timers.tick(60_000);
  await answered();
  assert.equal(value.value, '2');
  value.stop();
});

test('nothing is read after the component is gone', async () => {
  const value = new LiveClass();
  let reads = 0;
  const first = Promise.withResolvers<string>();
  value.start(() => {
    reads++;
    return first.promise;
  });
  void value.refresh();
  value.stop();
  first.resolve('');
  await turn();
  await value.refresh();
  assert.equal(reads, 1);
});

test('a call that gets no answer ends, and says that the node does not answer', async (t) => {
  const asked: AbortSignal[] = [];
  const limit = new AbortController();
  t.mock.method(AbortSignal, 'timeout', () => limit.signal);
  t.mock.method(globalThis, 'fetch', (_url: string, { signal }: { signal: AbortSignal }) => {
    asked.push(signal);
    return new Promise((_, fail) => signal.addEventListener('abort', () => fail(signal.reason)));
  });
  class Stream {
    addEventListener() {}
    close() {}
  }
  const document = { visibilityState: 'visible', addEventListener() {} };
  const location = { origin: 'http://127.0.0.1' };
  // A real channel would keep this process running.
  class Channel {
    postMessage() {}
  }
  Object.assign(globalThis, { document, location, EventSource: Stream, BroadcastChannel: Channel });
  const { HttpLink } = await load('http-link.svelte.ts');
  const answer = new HttpLink(false).api.status({}).catch((error: unknown) => error);
  await turn();
  assert.equal(asked.length, 1);
  limit.abort(new DOMException('', 'TimeoutError'));
  assert.equal(failureOf(await answer).code, 'OFFLINE');
});
