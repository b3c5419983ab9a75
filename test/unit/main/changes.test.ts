import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChangeFeed, type NumberedChange } from '../../../main/changes.ts';

const ports = (seed = 1) => ({
  clock: { now: () => 1_700_000_000_000, after: () => () => {} },
  random: { next: () => 0.5, bytes: (length: number) => Buffer.alloc(length, seed) },
});
const peer = (n: number) => ({ topic: 'peer', server_name: `s${n}.example` }) as const;

test('every listener gets each change, numbered from 1, until it leaves', () => {
  const feed = new ChangeFeed(ports());
  const seen: NumberedChange[] = [];
  const leave = feed.subscribe((change) => seen.push(change));
  feed.publish({ topic: 'keys' });
  feed.publish(peer(2));
  leave();
  feed.publish({ topic: 'settings' });
  assert.deepEqual(seen, [
    { id: 1, at: 1_700_000_000_000, change: { topic: 'keys' } },
    { id: 2, at: 1_700_000_000_000, change: peer(2) },
  ]);
  assert.equal(feed.lastId, 3);
});

test('a change that only counts now is passed on, but neither numbered nor kept', () => {
  const feed = new ChangeFeed(ports());
  const seen: NumberedChange[] = [];
  feed.subscribe((change) => seen.push(change));
  feed.publish(peer(1));
  for (let n = 0; n < 3000; n++) feed.pass({ topic: 'typing', room_id: '!1:a.test', users: [] });
  assert.equal(seen.length, 3001);
  assert.equal(seen.at(-1)?.id, 1);
  assert.equal(feed.lastId, 1);
  assert.deepEqual(feed.since(feed.epoch, 0), [seen[0]]);
});

test('since returns the changes after an id, oldest first', () => {
  const feed = new ChangeFeed(ports());
  for (let n = 1; n <= 5; n++) feed.publish(peer(n));
  const since = feed.since(feed.epoch, 3);
  assert.ok(since !== 'resync');
  assert.deepEqual(
    since.map(({ id }) => id),
    [4, 5],
  );
  assert.deepEqual(feed.since(feed.epoch, 5), []);
});

test('a reader that was away for more than a thousand changes has to read everything again', () => {
  const feed = new ChangeFeed(ports());
  for (let n = 1; n <= 2500; n++) feed.publish(peer(n));
  const since = feed.since(feed.epoch, 1500);
  assert.ok(since !== 'resync');
  assert.equal(since.length, 1000);
  assert.equal(since[0]?.id, 1501);
  assert.equal(since.at(-1)?.id, 2500);
  assert.equal(feed.since(feed.epoch, 1499), 'resync');
});

test('another run, an id not given yet and a negative id are not known', () => {
  const feed = new ChangeFeed(ports(1));
  feed.publish({ topic: 'keys' });
  assert.equal(feed.since(new ChangeFeed(ports(2)).epoch, 1), 'resync');
  assert.equal(feed.since(feed.epoch, 2), 'resync');
  assert.equal(feed.since(feed.epoch, -1), 'resync');
  assert.match(feed.epoch, /^[0-9a-f]{16}$/);
});

test('a listener that throws doesn’t keep others from receiving changes', () => {
  const failures: unknown[] = [];
  const feed = new ChangeFeed(ports(), (error) => failures.push(error));
  const heard: number[] = [];
  const broken = new Error('broken');
  feed.subscribe(() => {
    throw broken;
  });
  feed.subscribe(({ id }) => heard.push(id));
  feed.publish({ topic: 'invites' });
  assert.deepEqual(heard, [1]);
  assert.deepEqual(failures, [broken]);
});

test('without an error handler, publish throws what listeners threw', () => {
  const feed = new ChangeFeed(ports());
  feed.subscribe(() => {
    throw new Error('broken');
  });
  assert.throws(() => feed.publish({ topic: 'invites' }), AggregateError);
  assert.equal(feed.lastId, 1);
});
