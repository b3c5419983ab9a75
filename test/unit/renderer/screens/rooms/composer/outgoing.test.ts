import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Outgoing } from '../../../../../../renderer/screens/rooms/composer/outgoing.ts';
import type { TimelineItem } from '../../../../../../shared/api/views.ts';
import { message } from '../../../../../support/timeline-item.ts';

const as = '@a:a.test';

/** A node that writes messages, and fails as told: before it wrote, or after, so that only the answer is lost. */
function world() {
  const written: TimelineItem[] = [message(0)];
  const failures: ('before' | 'after')[] = [];
  const ports = {
    post: async ({ body, ...rest }: { body: string; as: string }) => {
      assert.deepEqual(rest, { as }, 'what the page remembers of a message is not the node’s');
      const failure = failures.shift();
      if (failure === 'before') throw new TypeError('nobody answers');
      const item = { ...message(written.length * 2), body };
      written.push(item);
      if (failure === 'after') throw new TypeError('the answer is lost');
      return { event_id: item.event_id };
    },
    since: async () => written,
    newest: async () => {
      const item = written.at(-1);
      return item ? { depth: item.depth, eventId: item.event_id } : null;
    },
    changed: () => {},
  };
  const outgoing = new Outgoing(ports, { unsent: [], sent: [] });
  const bodies = () => written.slice(1).map((item) => item.body);
  const waiting = () => outgoing.unsent.map((each) => each.body);
  return { ports, outgoing, failures, bodies, waiting };
}

test('writes messages in their order', async () => {
  const { outgoing, bodies, waiting } = world();
  await Promise.all([outgoing.add('one', as), outgoing.add('two', as), outgoing.add('three', as)]);
  await outgoing.send();
  assert.deepEqual(bodies(), ['one', 'two', 'three']);
  assert.deepEqual(waiting(), []);
});

test('a message that fails stops those behind it, until it is tried again', async () => {
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

test('a message whose answer was lost is not written twice', async () => {
  const { outgoing, failures, bodies, waiting } = world();
  failures.push('after');
  await outgoing.add('one', as);
  assert.deepEqual(waiting(), ['one']);
  await outgoing.send();
  assert.deepEqual(bodies(), ['one']);
  assert.deepEqual(waiting(), []);
});

test('the same words said twice on purpose are written twice', async () => {
  const { outgoing, failures, bodies } = world();
  await outgoing.add('ok', as);
  failures.push('before');
  await outgoing.add('ok', as);
  await outgoing.send();
  assert.deepEqual(bodies(), ['ok', 'ok']);
  failures.push('after', 'before');
  await outgoing.add('ok', as);
  await outgoing.send();
  await outgoing.add('ok', as);
  await outgoing.send();
  assert.deepEqual(bodies(), ['ok', 'ok', 'ok', 'ok']);
});

test('what was under way when the page went is looked for before it is written again', async () => {
  const { ports, outgoing, failures, bodies } = world();
  failures.push('after');
  await outgoing.add('one', as);
  const kept = JSON.parse(JSON.stringify({ unsent: outgoing.unsent, sent: outgoing.sent }));
  const after = new Outgoing(ports, kept);
  await after.send();
  assert.deepEqual(bodies(), ['one']);
  assert.deepEqual(after.unsent, []);
});

test('a message can be taken back, but not while it is being sent', async () => {
  const { ports, failures } = world();
  let go = () => {};
  const outgoing = new Outgoing(
    { ...ports, post: () => new Promise((_, fail) => (go = () => fail(new Error('no')))) },
    { unsent: [], sent: [] },
  );
  const sending = outgoing.add('one', as);
  await Promise.resolve();
  const key = outgoing.unsent[0]?.key ?? '';
  assert.equal(outgoing.discard(key), null);
  await ports.newest();
  go();
  await sending;
  assert.equal(outgoing.discard(key), 'one');
  assert.equal(outgoing.failure, null);
  assert.deepEqual(failures, []);
});
