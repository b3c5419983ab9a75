import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countedMax, LeftCounts } from '../../../../../main/http/federation/left-counts.ts';

const roomId = '!1:a.test';

/** A room with the events 1 to `size`. Notes after which event each count began, and how much it looked at. */
function roomOf(size: number) {
  const counts: { from: number; looked: number }[] = [];
  const room = { size };
  const events = {
    lastSeq: () => room.size,
    countAfterSeq: (_room: string, from: number, max: number) => {
      const looked = Math.min(Math.max(room.size - from, 0), max);
      counts.push({ from, looked });
      return looked;
    },
  };
  const left = new LeftCounts({ store: { events } });
  const page = (since: number, events = 50) => ({ roomId, since, last: since + events, events });
  return { room, counts, left, page };
}

test('a server that reads page by page has its room counted once', () => {
  const { counts, left, page } = roomOf(1_000);
  assert.equal(left.after('b.test', page(0)), 950);
  assert.equal(left.after('b.test', page(50)), 900);
  assert.equal(left.after('b.test', page(100)), 850);
  assert.deepEqual(
    counts.map(({ looked }) => looked),
    [950, 0, 0],
  );
});

test('a page that is read again is not counted again', () => {
  const { counts, left, page } = roomOf(1_000);
  assert.deepEqual([left.after('b.test', page(0)), left.after('b.test', page(0))], [950, 950]);
  assert.deepEqual(
    counts.map(({ looked }) => looked),
    [950, 0],
  );
});

test('events that arrive between two pages are counted', () => {
  const { room, left, page } = roomOf(100);
  assert.equal(left.after('b.test', page(0)), 50);
  room.size += 7;
  assert.equal(left.after('b.test', page(0)), 57);
  assert.equal(left.after('b.test', page(50)), 7);
});

test('a page that does not follow the one before is counted by itself', () => {
  const { left, page } = roomOf(1_000);
  assert.equal(left.after('b.test', page(0)), 950);
  assert.equal(left.after('b.test', page(700)), 250);
  assert.equal(left.after('c.test', page(50)), 900);
});

test('the number for a large room is not known until less than the limit is left', () => {
  const { counts, left, page } = roomOf(2 * countedMax);
  const big = countedMax / 10;
  const seen = Array.from({ length: 19 }, (_, n) => left.after('b.test', page(n * big, big)));
  const known = seen.findIndex((each) => each !== null);
  assert.equal(seen[known], 2 * countedMax - (known + 1) * big);
  assert.equal(seen.slice(known).includes(null), false);
  assert.equal(counts.filter(({ looked }) => looked > 0).length <= 4, true);
});
