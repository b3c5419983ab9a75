import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Acceptances } from '../../../../main/pairing/acceptances.ts';
import { says, unreachable } from '../../../support/pairing/ground.ts';
import { busy, held, invited, minutes, takes } from '../../../support/pairing/invited.ts';
import { inEnglish } from '../../../support/words.ts';

test('opening a link again shortly before its next try doesn’t report that it waited', async (t) => {
  const { acceptances, meet, linkOf, clock, notices } = await invited(t);
  const anna = meet('anna.test');
  const link = linkOf(anna);
  anna.accept = busy;
  await acceptances.accept(link);
  const slow = held();
  anna.accept = () => slow.answer;
  const accepting = acceptances.accept(link);
  await clock.advance(15_000);
  slow.release(await takes(anna)());
  assert.equal((await accepting).state, 'connected');
  await clock.settle();
  assert.deepEqual(notices, []);
});

test('after success no timer is left', async (t) => {
  const { acceptances, admin, meet, linkOf, clock, notices, modeOf } = await invited(t);
  const anna = meet('anna.test');
  const link = linkOf(anna);
  anna.accept = busy;
  await acceptances.accept(link);
  assert.equal(clock.timers, 1);
  anna.accept = takes(anna);
  assert.equal((await acceptances.accept(link)).state, 'connected');
  assert.equal(clock.timers, 0);
  await admin.forget('anna.test');
  await clock.advance(60 * minutes);
  assert.equal(modeOf('anna.test'), undefined);
  assert.deepEqual(notices, []);
});

test('a waiting invite is tried less and less often, and at once when its server calls', async (t) => {
  const { acceptances, meet, linkOf, clock, notices, connected } = await invited(t);
  const anna = meet('anna.test');
  let tries = 0;
  anna.accept = () => {
    tries++;
    return busy();
  };
  await acceptances.accept(linkOf(anna));
  await clock.advance(15_000 + 30_000 + 60_000);
  assert.equal(tries, 4);
  await clock.advance(119_999);
  assert.equal(tries, 4);
  anna.accept = takes(anna);
  await clock.advance(1);
  assert.deepEqual(notices, ['anna.test is now connected. It had been waiting for your server.']);
  assert.deepEqual(connected, ['anna.test']);
  assert.deepEqual(acceptances.waiting(), []);
  assert.equal(clock.timers, 0);
});

test('no timer outlives a stop, also of an attempt that was under way', async (t) => {
  const { acceptances, meet, linkOf, clock } = await invited(t);
  const [anna, ben] = [meet('anna.test'), meet('ben.test')];
  anna.accept = busy;
  await acceptances.accept(linkOf(anna));
  const slow = held();
  ben.accept = () => slow.answer;
  const accepting = acceptances.accept(linkOf(ben));
  await clock.settle();
  const stopped = acceptances.stop();
  slow.release(unreachable);
  await stopped;
  assert.equal((await accepting).state, 'waiting');
  assert.equal(clock.timers, 0);
});

test('a full disk loses no invite: it is retried and succeeds', async (t) => {
  const { acceptances, meet, linkOf, clock, store, notices, modeOf } = await invited(t);
  const anna = meet('anna.test');
  anna.accept = busy;
  await acceptances.accept(linkOf(anna));
  anna.accept = takes(anna);
  const fails = () => {
    throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
  };
  const [put, remove] = [
    t.mock.method(store.acceptances, 'put', fails),
    t.mock.method(store.acceptances, 'remove', fails),
  ];
  await clock.advance(15_000);
  assert.equal(acceptances.waiting().length, 1);
  put.mock.restore();
  await clock.advance(30_000);
  assert.equal(acceptances.waiting().length, 1);
  assert.deepEqual(notices, []);
  remove.mock.restore();
  await clock.advance(60_000);
  assert.deepEqual(acceptances.waiting(), []);
  assert.equal(modeOf('anna.test'), 'allow');
  assert.deepEqual(notices, ['anna.test is now connected. It had been waiting for your server.']);
});

test('a refusal that cannot be noted on a full disk ends the invite when it can', async (t) => {
  const { acceptances, meet, linkOf, clock, store, notices, modeOf } = await invited(t);
  const anna = meet('anna.test');
  anna.accept = busy;
  await acceptances.accept(linkOf(anna));
  anna.accept = () => says(403, { message: 'no' });
  const full = t.mock.method(store.acceptances, 'remove', () => {
    throw new Error('database or disk is full');
  });
  await clock.advance(15_000);
  assert.equal(acceptances.waiting().length, 1);
  full.mock.restore();
  await clock.advance(30_000);
  assert.deepEqual(acceptances.waiting(), []);
  assert.equal(modeOf('anna.test'), undefined);
  assert.deepEqual(notices, [
    'The invite from anna.test failed. anna.test refuses the invite. It answers with an error: “no”',
  ]);
});

test('a link that can’t be kept isn’t opened, and isn’t retried without the owner', async (t) => {
  const { acceptances, meet, linkOf, clock, store } = await invited(t);
  const anna = meet('anna.test');
  t.mock.method(store.acceptances, 'put', () => {
    throw new Error('database or disk is full');
  });
  await assert.rejects(acceptances.accept(linkOf(anna)), /disk is full/);
  assert.deepEqual([acceptances.waiting(), anna.asked.length, clock.timers], [[], 1, 0], 'only the offer');
});

test('an automatic attempt that is given up isn’t reported', async (t) => {
  const { acceptances, meet, linkOf, clock, notices } = await invited(t);
  const anna = meet('anna.test');
  anna.accept = busy;
  await acceptances.accept(linkOf(anna));
  const slow = held();
  anna.accept = () => slow.answer;
  await clock.advance(15_000);
  await acceptances.giveUp('anna.test');
  slow.release(await takes(anna)());
  await clock.settle();
  assert.deepEqual([notices, clock.timers], [[], 0]);
});

test('trust ends with the invite that it came with, also after a restart', async (t) => {
  const ground = await invited(t);
  const { acceptances, meet, linkOf, clock, modeOf, onDisk, notices } = ground;
  const anna = meet('anna.test');
  anna.accept = busy;
  await acceptances.accept(linkOf(anna));
  await acceptances.stop();
  const again = new Acceptances({
    ...ground,
    contacts: { heardFrom: () => {} },
    tell: (fact) => {
      if (fact.fact === 'notice') notices.push(inEnglish(fact.said));
    },
  });
  again.start();
  t.after(() => again.stop());
  assert.equal(modeOf('anna.test'), 'allow');
  await clock.advance(75 * minutes);
  assert.deepEqual(onDisk('anna.test'), { mode: undefined, waits: 0 });
  assert.match(notices.join(), /^The invite from anna\.test failed\. .* has expired/);
});
