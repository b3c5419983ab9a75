import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { agreedOffset, ClockTrust, contradiction, doubtOf } from '../../../../main/clocks/clock-trust.ts';
import { systemPorts } from '../../../../main/kernel/ports.ts';
import { Store } from '../../../../main/store/store.ts';
import { tempDir } from '../../../support/temp.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const minute = 60_000;
const year = 365 * 86_400_000;
const none = { seen: null, offsets: [] as number[], leapMs: 0, accepted: null, notBefore: 0 };
const clock = { ...none, now: year };

test('without peers and without a past, nothing contradicts a clock', () => {
  assert.equal(doubtOf(clock), null);
});

test('one peer never makes our clock wrong beyond doubt, two that agree do, from five minutes on', () => {
  assert.equal(doubtOf({ ...clock, offsets: [-year] }), null);
  assert.deepEqual(doubtOf({ ...clock, offsets: [-year, -year + 900] }), {
    by: 'peers',
    offsetMs: -year + 900,
  });
  assert.equal(doubtOf({ ...clock, offsets: [4 * minute, 4 * minute] }), null);
});

test('peers that disagree with each other prove nothing; one liar among many does not stop the others', () => {
  assert.equal(agreedOffset([year, -year]), null);
  assert.equal(agreedOffset([year, year, 0]), null, 'two of three are not more than two thirds');
  assert.equal(agreedOffset([year, 0, 10, 20]), 20);
  assert.equal(doubtOf({ ...clock, offsets: [year, 0, 10, 20] }), null);
});

test('a clock five minutes behind our past is wrong, unless a peer’s clock agrees with it', () => {
  const seen = clock.now + 5 * minute;
  assert.deepEqual(doubtOf({ ...clock, seen }), { by: 'past', offsetMs: 5 * minute });
  assert.equal(doubtOf({ ...clock, seen: seen - 1 }), null);
  assert.equal(doubtOf({ ...clock, seen, offsets: [500] }), null);
});

test('our clock before a jump is one more clock: with one peer that agrees with it, the jump was wrong', () => {
  assert.equal(doubtOf({ ...clock, leapMs: year }), null, 'nobody else saw it');
  assert.deepEqual(doubtOf({ ...clock, leapMs: year, offsets: [-year + 2_000] }), {
    by: 'leap',
    offsetMs: -year + 2_000,
  });
  assert.equal(doubtOf({ ...clock, leapMs: year, offsets: [0] }), null, 'the computer was asleep');
  assert.equal(doubtOf({ ...clock, leapMs: year, offsets: [-2 * year] }), null);
});

test('a clock before the time at which the program was installed is wrong, even if peers agree with it', () => {
  const notBefore = clock.now + 1;
  assert.deepEqual(doubtOf({ ...clock, notBefore }), { by: 'program', offsetMs: 1 });
  assert.equal(doubtOf({ ...clock, notBefore, offsets: [0, 10] })?.by, 'program');
  assert.equal(doubtOf({ ...clock, notBefore, ignored: notBefore }), null, 'the owner knows better');
  assert.equal(doubtOf({ ...clock, notBefore: clock.now }), null);
});

test('the owner’s confirmation applies only to that difference', () => {
  const offsets = [year, year];
  assert.equal(doubtOf({ ...clock, offsets, accepted: year + 100 }), null);
  assert.notEqual(doubtOf({ ...clock, offsets, accepted: year / 2 }), null);
});

async function trustOf(t: TestContext) {
  const time = new VirtualClock();
  const store = new Store(join(tempDir(t), 'node.db'), { ...systemPorts, clock: time });
  t.after(() => store.close());
  const facts: string[] = [];
  const offsets: number[] = [];
  const parts = {
    store,
    clock: time,
    notBefore: 0,
    clockOffsets: {
      all: () => offsets.map((clock_offset_ms, n) => ({ server_name: `s${n}.test`, clock_offset_ms })),
    },
    tell: ({ fact }: { fact: string }) => void facts.push(fact),
  };
  const trust = new ClockTrust(parts);
  /** Lets this many half minutes pass. */
  const pass = async (rounds: number) => {
    for (let round = 0; round < rounds; round++) {
      await time.advance(30_000);
      await trust.observe();
    }
  };
  return { time, trust, facts, offsets, pass, again: () => new ClockTrust(parts) };
}

test('a clock that runs fast for a minute never becomes our past', async (t) => {
  const { time, trust, facts, pass } = await trustOf(t);
  await pass(40);
  assert.equal(trust.isConfirmed, true);
  time.setWallClock(time.now() + year);
  await pass(2);
  time.setWallClock(time.now() - year);
  facts.length = 0;
  await pass(1);
  assert.equal(trust.doubt, null);
  assert.deepEqual(facts, ['clock-settled'], 'what was dated meanwhile is put right');
});

test('a clock that ran fast for long and is back where it was is right again', async (t) => {
  const { time, trust, facts, pass, again } = await trustOf(t);
  await pass(40);
  time.setWallClock(time.now() + year);
  await pass(40);
  assert.equal(again().doubt, null);
  time.setWallClock(time.now() - year);
  assert.equal(trust.doubt?.by, 'past', 'until it is looked at');
  facts.length = 0;
  await pass(1);
  assert.equal(trust.doubt, null);
  assert.ok(facts.includes('clock-settled'));
  assert.equal(again().doubt, null, 'after a restart too');
});

test('a clock that ran fast for long is our past after a restart, until a peer or the owner says otherwise', async (t) => {
  const { time, offsets, pass, again } = await trustOf(t);
  await pass(40);
  time.setWallClock(time.now() + year);
  await pass(40);
  time.setWallClock(time.now() - year);
  const trust = again();
  await trust.observe();
  assert.equal(trust.doubt?.by, 'past');
  assert.throws(() => trust.require(), { code: 'SERVICE_UNAVAILABLE', retryAfterSeconds: 60 });
  offsets.push(100);
  await trust.observe();
  offsets.length = 0;
  assert.equal(trust.doubt, null);
  assert.equal(again().doubt, null);
});

test('a jump that one peer does not follow stops the writing, and its end starts it again', async (t) => {
  const { time, trust, facts, offsets, pass } = await trustOf(t);
  offsets.push(200);
  await pass(2);
  assert.equal(trust.isConfirmed, true, 'two clocks that agree');
  time.setWallClock(time.now() + year);
  offsets[0] = 200 - year;
  await pass(1);
  assert.equal(trust.doubt?.by, 'leap');
  assert.throws(() => trust.require());
  time.setWallClock(time.now() - year);
  offsets[0] = 200;
  facts.length = 0;
  await pass(1);
  trust.require();
  assert.ok(facts.includes('clock-settled'), 'what was dated meanwhile is put right');
});

test('a clock that is corrected after the start is not compared with its earlier, wrong time', async (t) => {
  const { time, trust, offsets, pass } = await trustOf(t);
  time.setWallClock(time.now() + year);
  offsets.push(-year);
  await pass(2);
  assert.equal(trust.doubt, null, 'the peer’s clock is the wrong one, as far as anyone knows');
});

test('the owner’s word counts against the clock before a jump, and against the time of installation', async (t) => {
  const { time, trust, offsets, pass } = await trustOf(t);
  offsets.push(0);
  await pass(2);
  time.setWallClock(time.now() + year);
  offsets[0] = -year;
  await pass(1);
  assert.equal(trust.doubt?.by, 'leap');
  await trust.accept();
  await pass(1);
  trust.require();

  const store = new Store(join(tempDir(t), 'node.db'), { ...systemPorts, clock: time });
  t.after(() => store.close());
  const parts = { store, clock: time, clockOffsets: { all: () => [] }, tell: () => {} };
  const notBefore = time.now() + 1;
  const early = new ClockTrust({ ...parts, notBefore });
  assert.equal(early.doubt?.by, 'program');
  await early.accept();
  assert.equal(early.doubt, null);
  assert.equal(new ClockTrust({ ...parts, notBefore: notBefore + 1 }).doubt?.by, 'program');
});

test('a clock is not confirmed while each known peer contradicts it, even a single one, unless the owner says it is right', async (t) => {
  const { trust, facts, offsets, pass } = await trustOf(t);
  await pass(40);
  offsets.push(54 * minute);
  assert.equal(trust.doubt, null, 'one peer is not enough to stop writing');
  assert.equal(trust.isConfirmed, false, 'nor is our clock enough to date again what was written before');
  await pass(1);
  offsets.push(minute);
  assert.equal(trust.isConfirmed, true, 'one that agrees settles it');
  facts.length = 0;
  await pass(1);
  assert.deepEqual(facts, ['clock-settled']);
  offsets.pop();
  await trust.accept();
  assert.equal(trust.isConfirmed, true);
  assert.equal(contradiction([54 * minute, 55 * minute, 56 * minute], null), 55 * minute);
  assert.equal(contradiction([54 * minute, 4 * minute], null), null);
  assert.equal(contradiction([], null), null);
});

test('each run repairs what an earlier one wrote with the wrong date: once a peer agrees with its clock, or after ten minutes', async (t) => {
  const { time, facts, offsets, pass, again } = await trustOf(t);
  await pass(40);
  const observe = async (trust: ClockTrust, rounds: number) => {
    for (let round = 0; round < rounds; round++) {
      await time.advance(30_000);
      await trust.observe();
    }
  };
  facts.length = 0;
  const lonely = again();
  await observe(lonely, 19);
  assert.deepEqual(facts, [], 'peers may still contradict it');
  await observe(lonely, 1);
  assert.deepEqual(facts, ['clock-settled']);
  await observe(lonely, 20);
  assert.deepEqual(facts, ['clock-settled'], 'once');
  offsets.push(500);
  await observe(again(), 2);
  assert.deepEqual(facts, ['clock-settled', 'clock-settled']);
});

test('a board that starts with an old date signs nothing until its clock is set', async (t) => {
  const { time, pass, again } = await trustOf(t);
  await pass(40);
  const right = time.now();
  time.setWallClock(1);
  const trust = again();
  assert.throws(() => trust.require());
  time.setWallClock(right + minute);
  await trust.observe();
  trust.require();
});
