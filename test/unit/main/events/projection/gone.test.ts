import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goneIfErased } from '../../../../../main/events/projection/gone.ts';
import { filesIn, readStored, wordsOf } from '../../../../../main/events/projection/stored.ts';
import { writeErased } from '../../../../../main/store/erased-body.ts';
import type { EventRow } from '../../../../../main/store/tables/rooms/event-store.ts';
import { parseEnvelope, wireEvent } from '../../../../../shared/protocol/events/envelope.ts';
import { told } from '../../../../support/words.ts';

const event = (type: string, content: object) =>
  parseEnvelope(
    JSON.stringify({
      event_id: '$1:a.test',
      room_id: '!1:a.test',
      event_type: type,
      sender: '@a:a.test',
      origin_server: 'a.test',
      origin_ts: 1,
      depth: 1,
      state_key: null,
      content,
      signatures: { 'a.test': { k: 'ab'.repeat(64) } },
    }),
  );
const names = { channel_id: '1', message_id: '1' };
const message = event('m.message', { ...names, body: 'said', attachments: [{ filename: 'a.txt', size: 7 }] });
const erased = (why: 'deleted' | 'edited') => writeErased(message, { why, at: 5, hash: null }, null);

test('a request for an event whose text was erased is answered with when and why', () => {
  const gone = (body: string) => goneIfErased({ event_id: '$1:a.test', body } as EventRow);
  for (const why of ['deleted', 'edited'] as const)
    assert.deepEqual(told(gone(erased(why))), [
      ...['GONE', `event.erased_${why}`, { event: '$1:a.test', at: 5 }],
      { reason: why, erased_at: 5 },
    ]);
  assert.equal(gone(wireEvent(message)), null);
});

test('a stored event is read back with its meaning, and an erased one without its words', () => {
  const whole = readStored({ body: wireEvent(message) });
  assert.deepEqual([whole.erased, whole.meaning.kind, whole.event.event_id], [null, 'message', '$1:a.test']);
  const left = readStored({ body: erased('edited') });
  assert.deepEqual([left.erased, left.meaning.kind, left.event.event_id], ['edited', 'message', '$1:a.test']);
});

test('words and files are those of messages that are still there', () => {
  const edit = wireEvent(event('m.message.edit', { ...names, body: 'edited' }));
  const other = wireEvent(event('m.reaction.add', { ...names, emoji: '👍' }));
  assert.deepEqual(
    [wireEvent(message), edit, other, erased('deleted'), null].map((body) => wordsOf(body)),
    ['said', 'edited', null, null, null],
  );
  assert.deepEqual(
    filesIn(wireEvent(message)).map(({ name }) => name),
    ['a.txt'],
  );
  assert.deepEqual([edit, other, erased('deleted')].map(filesIn), [[], [], []]);
});
