import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as clocks from '../../../../main/clocks/clock-refusal.ts';
import { type CallAnswer, toldOffset } from '../../../../main/clocks/clock-told.ts';
import { errorBody } from '../../../../shared/protocol/errors.ts';
import { checkTimestamp } from '../../../../shared/protocol/transport.ts';
import { allInEnglish } from '../../../support/words.ts';

const clockRefusal = (...args: Parameters<typeof clocks.clockRefusal>) => {
  const refusal = clocks.clockRefusal(...args);
  return refusal && allInEnglish<{ offsetMs: number; text: string; fix: string }>(refusal);
};
const now = Date.parse('2025-01-01T00:00:00Z');
const unknown = { peerMs: null, othersMs: null };
const dated = (at: number, more: Partial<CallAnswer> = {}): CallAnswer => ({
  status: 200,
  headers: { date: new Date(at).toUTCString() },
  body: '{}',
  ...more,
});

/** The answer of a Paracord Node whose clock is `offsetMs` ahead of the clock of this computer. */
function refusedBy(offsetMs: number): CallAnswer {
  try {
    checkTimestamp(now, now + offsetMs);
  } catch (error) {
    const { status, body } = errorBody(error);
    return { status, headers: {}, body: JSON.stringify(body) };
  }
  throw new Error('was taken');
}

test('a date is read as the middle of its second and of the round trip', () => {
  assert.equal(toldOffset(dated(now), now, now), 500);
  assert.equal(toldOffset(dated(now + 600_000), now, now + 1000), 600_000);
});

test('readings that are slow, cached, without a time or overtaken by a clock change are ignored', () => {
  assert.equal(toldOffset(dated(now), now, now + 4_001), null);
  assert.equal(toldOffset(dated(now), now, now - 1), null);
  assert.equal(
    toldOffset(dated(now, { headers: { date: new Date(now).toUTCString(), age: '5' } }), now, now),
    null,
  );
  for (const date of ['gibberish', '', undefined])
    assert.equal(toldOffset({ status: 200, headers: { date }, body: '' }, now, now), null);
});

test('a refusal because of the time gives it to the millisecond', () => {
  assert.equal(toldOffset(refusedBy(-600_123), now, now + 20), -600_133);
});

test('a refusal by a Paracord Node names the difference, with no date and no other peer', () => {
  const refusal = clockRefusal(refusedBy(-600_000), now, unknown);
  assert.equal(refusal?.offsetMs, -600_000);
  assert.match(
    refusal?.text ?? '',
    /^Its clock is 10 minutes behind the clock of this computer\. 60 seconds are allowed\./,
  );
  assert.match(refusal?.text ?? '', /either clock may be wrong/);
  assert.match(refusal?.fix ?? '', /Set time automatically.*If its clock is right, tell the peer’s owner\./);
});

test('the existing server, which doesn’t give its time, is judged by its date, or by earlier readings', () => {
  const silent = dated(now + 310_000, { status: 401, body: '{"message":"unauthorized"}' });
  assert.match(
    clockRefusal(silent, now, unknown)?.text ?? '',
    /^Its clock is 5 minutes ahead of the clock of this computer/,
  );
  const undated = { ...silent, headers: {} };
  assert.equal(clockRefusal(undated, now, unknown), null);
  assert.equal(clockRefusal(undated, now, { peerMs: 61_000, othersMs: 0 })?.offsetMs, 61_000);
  assert.equal(clockRefusal(undated, now, { peerMs: 40_000, othersMs: 0 }), null);
});

test('a refusal for another reason is not blamed on the clock', () => {
  assert.equal(clockRefusal(dated(now, { status: 401 }), now, unknown), null);
  assert.equal(clockRefusal(dated(now + 600_000, { status: 403 }), now, unknown), null);
  const body = (details: unknown) => JSON.stringify({ details });
  for (const details of [
    { reason: 'clock', our_time: now, difference_ms: 5 },
    { reason: 'clock', our_time: 'now', difference_ms: 1e300 },
    { reason: 'replay', our_time: now, difference_ms: 600_000 },
    null,
    'clock',
  ])
    assert.equal(clockRefusal({ status: 401, headers: {}, body: body(details) }, now, unknown), null);
  for (const text of ['', 'null', '[', `{"a":"${'x'.repeat(20_000)}"}`])
    assert.equal(clockRefusal({ status: 401, headers: {}, body: text }, now, unknown), null);
});

test('all other peers decide whose clock is wrong', () => {
  const of = (othersMs: clocks.Consensus) =>
    allInEnglish<{ text: string; fix: string }>(clocks.disagreement(600_000, othersMs));
  assert.match(of(200).text, /so the peer’s clock seems to be wrong/);
  assert.match(of(200).fix, /^Ask its owner/);
  assert.match(of(601_000).text, /so the clock of this computer seems to be wrong/);
  assert.match(of(601_000).fix, /^Turn on “Set time automatically” on this computer/);
  assert.match(of(-90_000).text, /agree with neither/);
  assert.match(of('disagree').text, /Other peers disagree about the time, so either clock may be wrong/);
  assert.match(of('disagree').fix, /If its clock is right, tell the peer’s owner/);
});
