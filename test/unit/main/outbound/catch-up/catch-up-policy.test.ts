import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  mayHideMore,
  nextPageDepth,
  overlapMs,
  type PullFacts,
  placeAfter,
  pullIntervalMs,
  startDepth,
  sweepEveryMs,
  sweepMs,
  Undecided,
  widerPage,
} from '../../../../../main/outbound/catch-up/catch-up-policy.ts';
import { fromPlain } from '../../../../../shared/protocol/coding/json.ts';

const facts: PullFacts = { pullOnly: false, pushes: false, quietRounds: 0, failures: 0, isOfOurKind: true };
const interval = (change: Partial<PullFacts>): number => pullIntervalMs({ ...facts, ...change });
const rounds = [0, 1, 2, 3, 5, 8, 10, 100, 1e9];

test('a peer that only answers is asked every second, at most every five', () => {
  assert.equal(interval({ pullOnly: true }), 1000);
  assert.equal(interval({ pullOnly: true, quietRounds: 1e9 }), 5000);
});

test('a Paracord Node that pushes is asked every minute, at most every ten', () => {
  assert.equal(interval({ pushes: true }), 60_000);
  assert.equal(interval({ pushes: true, quietRounds: 1e9 }), 600_000);
});

test('a peer of another kind is asked every 15 seconds at least, however reliably it pushes', () => {
  for (const quietRounds of rounds) {
    const beside = interval({ pushes: true, isOfOurKind: false, quietRounds });
    assert.ok(beside <= 15_000, `${quietRounds}: ${beside}`);
  }
});

test('a peer of another kind that fails is asked every 30 seconds at least', () => {
  assert.deepEqual(
    [1, 2, 3, 4, 1000].map((failures) => interval({ failures, isOfOurKind: false })),
    [5000, 10_000, 20_000, 30_000, 30_000],
  );
});

test('a peer of which neither is known is asked every three seconds, at most every fifteen', () => {
  assert.equal(interval({}), 3000);
  assert.equal(interval({ quietRounds: 1e9 }), 15_000);
});

test('a peer that fails is asked less and less often, down to every five minutes, whatever else is known about it', () => {
  assert.deepEqual(
    [1, 2, 3, 7, 1000].map((failures) => interval({ failures, pullOnly: true })),
    [5000, 10_000, 20_000, 300_000, 300_000],
  );
});

test('the quieter a peer is, the longer the wait', () => {
  for (const kind of [{ pullOnly: true }, { pushes: true }, {}]) {
    const waits = rounds.map((quietRounds) => interval({ ...kind, quietRounds }));
    assert.deepEqual(
      waits,
      [...waits].sort((a, b) => a - b),
    );
    assert.ok(waits.every(Number.isFinite));
  }
});

test('reading by depth begins a little before where it ended, now and then a day before, and at first at the beginning', () => {
  const now = 1_760_000_000_000;
  const depth = now - 1000;
  assert.equal(startDepth({ depth: 0, sweptAt: 0 }, now), 0);
  assert.equal(startDepth({ depth, sweptAt: now - sweepEveryMs + 1 }, now), depth - overlapMs);
  assert.equal(startDepth({ depth, sweptAt: now - sweepEveryMs }, now), depth - sweepMs);
  assert.equal(startDepth({ depth: 5, sweptAt: now }, now), 0);
});

test('a page that is not full is the last', () => {
  assert.equal(nextPageDepth(0, [], 3), null);
  assert.equal(nextPageDepth(0, [1, 2], 3), null);
});

test('a full page is followed by one that starts at its last depth again, if that makes progress', () => {
  assert.equal(nextPageDepth(0, [5, 6, 7], 3), 6);
  assert.equal(nextPageDepth(6, [7, 7, 7], 3), 7, 'the same depth again would be the same page');
  assert.equal(nextPageDepth(7, [7, 7, 7], 3), null);
});

/** Reads a peer page by page as catch-up does. */
function readAll(depths: readonly number[], pageSize: number): Set<number> {
  const seen = new Set<number>();
  let asked = 0;
  let limit = pageSize;
  for (let pages = 0; pages < 200; pages++) {
    const page = depths
      .map((depth, at) => ({ depth, at }))
      .filter(({ depth }) => depth > asked)
      .slice(0, limit);
    for (const { at } of page) seen.add(at);
    const found = page.map(({ depth }) => depth);
    const wider = widerPage(found, limit);
    if (wider !== null) {
      limit = wider;
      continue;
    }
    const next = nextPageDepth(asked, found, limit);
    limit = pageSize;
    if (next === null) return seen;
    assert.ok(next > asked);
    asked = next;
  }
  return assert.fail('does not end');
}

test('reading page by page returns everything, also if several events have the same depth', () => {
  const depths = [1, 2, 2, 3, 4, 4, 5, 9, 9, 9, 9, 9, 10];
  for (const limit of [1, 2, 3, 4, 5, 10, 100])
    assert.equal(readAll(depths, limit).size, depths.length, `limit ${limit}`);
});

test('a page is asked for again only while it is full of one depth and may be larger', () => {
  assert.equal(widerPage([7, 7], 2), 4);
  assert.equal(widerPage([7, 8], 2), null);
  assert.equal(widerPage([7], 2), null);
  assert.equal(
    widerPage(
      Array.from({ length: 600 }, () => 7),
      600,
    ),
    1000,
  );
  assert.equal(
    widerPage(
      Array.from({ length: 1000 }, () => 7),
      1000,
    ),
    null,
    'nobody answers with more',
  );
});

test('an event that can’t be judged is skipped after more than five rounds and fifteen minutes, not after only one of the two', () => {
  const minute = 60_000;
  const soon = new Undecided();
  for (let round = 0; round < 100; round++) assert.equal(soon.met(round * 1000), false);
  assert.equal(soon.met(15 * minute), true);
  const rare = new Undecided();
  for (let round = 0; round < 5; round++) assert.equal(rare.met(round * 60 * minute), false);
  assert.equal(rare.met(5 * 60 * minute), true);
  rare.clear();
  assert.equal(rare.met(6 * 60 * minute), false, 'what comes later has its own time');
});

test('reading continues from the place that a peer names, unless it leads back or too far ahead', () => {
  const now = 1_000_000;
  const after = (asked: readonly [number, string], end: readonly [number, string] | null) => {
    const at = ([depth, eventId]: readonly [number, string]) => ({ depth, eventId });
    const place = placeAfter(at(asked), { end: end && at(end) }, now);
    return place && [place.depth, place.eventId];
  };
  assert.deepEqual(after([5, ''], [6, '$a']), [6, '$a']);
  assert.deepEqual(after([5, '$a'], [5, '$b']), [5, '$b']);
  assert.deepEqual(after([5, ''], [now + 60_000, '$a']), [now + 60_000, '$a']);
  for (const end of [null, [4, '$z'], [5, '$a'], [5, ''], [now + 60_001, '$b']] as const)
    assert.equal(after([5, '$a'], end), null);
  assert.equal(after([5, ''], [5, '$a']), null, 'all of that depth was asked for before');
});

test('more may come after a page that is full, large, or ends behind its last event', () => {
  const [end, event] = [
    { depth: 7, eventId: '$b' },
    (id: string) => fromPlain({ depth: 7, origin_ts: 7, event_id: id }),
  ];
  const more = (ids: readonly string[], isLarge = false) =>
    mayHideMore({ events: ids.map(event), isLarge }, end, 3);
  assert.deepEqual([more(['$a', '$b']), more([]), more(['$a'])], [false, true, true]);
  assert.deepEqual([more(['$0', '$a', '$b']), more(['$b'], true)], [true, true]);
});
