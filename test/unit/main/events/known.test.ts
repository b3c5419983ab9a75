import assert from 'node:assert/strict';
import { test } from 'node:test';
import { copyOf, isKnown } from '../../../../main/events/known.ts';
import { hashOf } from '../../../../main/events/projection/erasure.ts';
import type { RuleTables } from '../../../../main/events/projection/room-writer.ts';
import type { VerifiedEvent } from '../../../../main/events/verify.ts';
import { writeErased } from '../../../../main/store/erased-body.ts';
import type { EventRow } from '../../../../main/store/tables/rooms/event-store.ts';
import { type Envelope, parseEnvelope, wireEvent } from '../../../../shared/protocol/events/envelope.ts';
import { refused } from '../../../support/words.ts';

const [origin, hop] = ['a.test', 'home.test'];

function message(body: string, files: readonly string[] | null = null, key = 'k'): Envelope {
  const attachments = files === null ? {} : { attachments: files.map((filename) => ({ filename })) };
  return parseEnvelope(
    JSON.stringify({
      event_id: '$1:a.test',
      room_id: '!1:home.test',
      event_type: 'm.message',
      sender: '@a:a.test',
      origin_server: origin,
      origin_ts: 1,
      depth: 1,
      state_key: null,
      content: { body, channel_id: '1', message_id: '1', ...attachments },
      signatures: { [origin]: { [key]: 'ab'.repeat(64) } },
    }),
  );
}

const rowOf = (envelope: Envelope, change: Partial<EventRow> = {}): EventRow =>
  ({ body: wireEvent(envelope), files_unsigned: 0, received_from: hop, ...change }) as EventRow;

/** The outcome for a copy of an event that is already stored. */
function judged(
  row: EventRow,
  envelope: Envelope,
  { by = hop as string | null, filesUnsigned = false } = {},
) {
  const replaced: unknown[] = [];
  const tables = {
    events: { replaceCopy: (...args: unknown[]) => replaced.push(args) },
  } as unknown as RuleTables;
  const event = { envelope, filesUnsigned, body: wireEvent(envelope), hop: by } as VerifiedEvent;
  const known = () => isKnown(tables, row, event);
  return { known, replaced, event };
}

test('the same bytes again are a duplicate', () => {
  const { known, replaced } = judged(rowOf(message('x')), message('x'));
  assert.equal(known(), true);
  assert.deepEqual(replaced, []);
});

test('a copy that differs in its signatures only is the same event', () => {
  for (const files of [null, ['a']]) {
    const { known, replaced } = judged(rowOf(message('x', files)), message('x', files, 'other'));
    assert.equal(known(), true);
    assert.deepEqual(replaced, []);
  }
});

test('another text under the same id is a conflict, and the first one stays', () => {
  const { known, replaced } = judged(rowOf(message('x')), message('y'));
  assert.deepEqual(refused(known), [
    ...['CONFLICT', 'event.id_taken', { event: '$1:a.test' }],
    { scope: 'event', reason: 'event_id_conflict' },
  ]);
  assert.deepEqual(replaced, []);
});

test('only the origin’s own word about unsigned files replaces another’s', () => {
  const stored = message('x', ['a']);
  const told = message('x', ['b']);
  const unsigned = (change: Partial<EventRow>, by: string) => {
    const row = rowOf(stored, { files_unsigned: 1, ...change });
    const { known, replaced, event } = judged(row, told, { by, filesUnsigned: true });
    assert.equal(known(), true);
    if (replaced.length > 0) assert.deepEqual(replaced, [[row, copyOf(event)]]);
    return replaced.length;
  };
  assert.equal(unsigned({}, origin), 1);
  assert.equal(unsigned({}, hop), 0);
  assert.equal(unsigned({ received_from: origin }, origin), 0, 'the first word of the origin stays');
  const same = judged(rowOf(stored, { files_unsigned: 1 }), stored, { by: origin, filesUnsigned: true });
  assert.equal(same.known(), true);
  assert.deepEqual(same.replaced, [], 'nothing to replace');
  const signed = judged(rowOf(stored), told);
  assert.equal(refused(signed.known)[0], 'CONFLICT');
});

test('an erased event is recognized by its signed text, and is new if we only have reports of it', () => {
  const envelope = message('x');
  const erased = (hash: string | null) =>
    rowOf(envelope, { body: writeErased(envelope, { why: 'deleted', at: 5, hash }, null) });
  const { known, replaced } = judged(erased(hashOf(envelope, false)), envelope, { by: origin });
  assert.equal(known(), true);
  assert.deepEqual(replaced, [], 'its words don’t come back');
  assert.equal(refused(judged(erased(hashOf(message('y'), false)), envelope).known)[0], 'CONFLICT');
  assert.equal(judged(erased(null), envelope).known(), false);
});
