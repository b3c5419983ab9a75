import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Outgoing } from '../../../../../../renderer/screens/rooms/composer/outgoing.ts';

const as = '@a:a.test';

/**
 * A node that writes each key once, and fails as specified: before it wrote, or after, so that only the answer is lost.
 */
function world() {
  const written = new Map<string, string>();
  const failures: ('before' | 'after')[] = [];
  let keys = 0;
  const ports = {
    post: async ({ body = '', client_key, ...rest }: { body?: string; as: string; client_key: string }) => {
      assert.deepEqual(rest, { as });
      const failure = failures.shift();
      if (failure === 'before') throw new TypeError('nobody answers');
      if (!written.has(client_key)) written.set(client_key, body);
      if (failure === 'after') throw new TypeError('the answer is lost');
    },
    newKey: () => `key ${++keys}`,
    changed: () => {},
  };
  const outgoing = new Outgoing(ports);
  const bodies = () => [...written.values()];
  const waiting = () => outgoing.unsent.map((each) => each.body);
  return { ports, outgoing, failures, bodies, waiting };
}

test('writes messages in order', async () => {
  const { outgoing, bodies, waiting } = world();
  await Promise.all([outgoing.add('one', as), outgoing.add('two', as), outgoing.add('three', as)]);
  await outgoing.send();
  assert.deepEqual(bodies(), ['one', 'two', 'three']);
  assert.deepEqual(waiting(), []);
});

test('a message that fails holds up those behind it until it is retried', async () => {
  const { outgoing, failures, bodies, waiting } = world();
  failures.push('before');
  await outgoing.add('one', as);
  assert.match(String(outgoing.failure), /nobody answers/);
  await outgoing.add('two', as);
  assert.deepEqual(waiting(), ['one', 'two']);
  assert.deepEqual(bodies(), []);
  await outgoing.send();
  assert.deepEqual(bodies(), ['one', 'two']);
  assert.equal(outgoing.failure, null);
});

test('a message whose answer was lost is sent again with the same key', async () => {
  const { outgoing, failures, bodies, waiting } = world();
  failures.push('after');
  await outgoing.add('one', as);
  assert.deepEqual(waiting(), ['one']);
  await outgoing.send();
  assert.deepEqual(bodies(), ['one']);
  assert.deepEqual(waiting(), []);
});

test('the same text sent twice on purpose has two keys', async () => {
  const { outgoing, failures, bodies } = world();
  await outgoing.add('ok', as);
  failures.push('before');
  await outgoing.add('ok', as);
  await outgoing.send();
  assert.deepEqual(bodies(), ['ok', 'ok']);
});

test('a message keeps its key when the page is loaded again', async () => {
  const { ports, outgoing, failures, bodies } = world();
  failures.push('after');
  await outgoing.add('one', as);
  const after = new Outgoing(ports);
  after.restore(JSON.parse(JSON.stringify(outgoing.unsent)));
  await after.send();
  assert.deepEqual(bodies(), ['one']);
  assert.deepEqual(after.unsent, []);
});

test('a message can be withdrawn, but not while it is being sent', async () => {
  const { ports } = world();
  let go = () => {};
  const post = () => new Promise((_, fail) => (go = () => fail(new Error('no'))));
  const outgoing = new Outgoing({ ...ports, post });
  const sending = outgoing.add('one', as);
  const key = outgoing.unsent[0]?.key ?? '';
  assert.equal(outgoing.discard(key), null);
  go();
  await sending;
  assert.equal(outgoing.discard(key)?.body, 'one');
  assert.equal(outgoing.failure, null);
});
