import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromPlain, type JsonObject, parseJson } from '../../../../../shared/protocol/coding/json.ts';
import type { UnsignedEvent } from '../../../../../shared/protocol/events/envelope.ts';
import {
  meaningOfRedacted,
  redactedFrom,
  redactedText,
} from '../../../../../shared/protocol/events/redaction.ts';
import { limits } from '../../../../../shared/protocol/limits.ts';
import { refused } from '../../../../support/words.ts';

const place = {
  guild_id: '1',
  channel_id: '2',
  message_id: '3',
  target_event_id: '$3:a.test',
  channel_name: 'general',
  guild_name: null,
};
const event: UnsignedEvent = {
  event_id: '$1:a.test',
  room_id: '!1:a.test',
  event_type: 'm.message',
  sender: '@a:a.test',
  origin_server: 'a.test',
  origin_ts: 5,
  depth: 7,
  state_key: null,
  content: fromPlain({ ...place, body: 'words', attachments: [] }) as JsonObject,
};
const text = redactedText(event, 'deleted');
const left = (change: object) => parseJson(JSON.stringify({ ...JSON.parse(text), ...change }));
const content = (value: object) => Object.fromEntries(redactedFrom(left({ content: value })).content);

test('the remains of an event are its place and its subject, with nothing of its text', () => {
  assert.equal(
    text,
    '{"event_id":"$1:a.test","room_id":"!1:a.test","event_type":"m.message","sender":"@a:a.test"' +
      ',"origin_server":"a.test","origin_ts":5,"content":{"channel_id":"2","channel_name":"general"' +
      ',"guild_id":"1","guild_name":null,"message_id":"3","target_event_id":"$3:a.test"},"depth":7,"erased":"deleted"}',
  );
  assert.deepEqual(redactedFrom(parseJson(text)), {
    ...event,
    content: fromPlain(place),
    erased: 'deleted',
  });
  assert.equal(redactedFrom(left({ erased: 'edited' })).erased, 'edited');
});

test('an edited message still answers what it answered and is forwarded, and a deleted one is neither', () => {
  const reply = {
    ...event,
    content: fromPlain({ ...place, body: 'words', reply_to: '$7:a.test', forwarded: true }) as JsonObject,
  };
  for (const isKept of [true, false]) {
    const read = (erased: 'edited' | 'deleted') => {
      const { content } = redactedFrom(parseJson(redactedText(reply, erased, isKept)), isKept);
      return [content.get('reply_to'), content.get('forwarded')];
    };
    assert.deepEqual(read('edited'), ['$7:a.test', true]);
    assert.deepEqual(read('deleted'), [undefined, undefined]);
  }
  const forged = left({ content: { ...place, reply_to: '$7:a.test', forwarded: true } });
  for (const field of ['reply_to', 'forwarded']) assert.equal(redactedFrom(forged).content.has(field), false);
  const odd = left({ content: { ...place, forwarded: 'yes' }, erased: 'edited' });
  assert.equal(redactedFrom(odd).content.has('forwarded'), false);
});

test('the depth that was signed is passed on, and the one that counts is used', () => {
  const depth = 5 + limits.depthBeyondTimeMsMax + 1;
  const read = redactedFrom(left({ depth }));
  assert.deepEqual([read.depth, read.signedDepth], [5, depth]);
  assert.ok(redactedText(read, 'deleted').includes(`"depth":${depth},`));
});

test('invalid ids are left out of the remains of an event', () => {
  assert.deepEqual(content({ ...place, body: 'words', x: 1 }), place);
  for (const [field, value] of [
    ['guild_id', '0'],
    ['channel_id', 2],
    ['message_id', 'x'],
    ['target_event_id', '3:a.test'],
    ['target_event_id', `$${'x'.repeat(limits.eventIdCharsMax)}`],
    ['channel_name', 'x'.repeat(201)],
    ['guild_name', 7],
  ] as const)
    assert.ok(!(field in content({ ...place, [field]: value })), field);
  assert.deepEqual(content([]), {});
});

test('malformed remains of an event are refused', () => {
  for (const change of [
    { erased: 'lost' },
    { erased: undefined },
    { event_id: '' },
    { event_type: '' },
    { event_type: 'x'.repeat(limits.eventTypeCharsMax + 1) },
    { sender: 7 },
    { origin_server: 'x'.repeat(limits.serverNameCharsMax + 1) },
    { origin_ts: -1 },
    { depth: 1.5 },
  ])
    assert.deepEqual(
      refused(() => redactedFrom(left(change))),
      ['BAD_REQUEST', 'wire.erased_event', {}],
      JSON.stringify(change),
    );
  assert.equal(refused(() => redactedFrom(null))[1], 'wire.erased_event');
  for (const [change, code] of [
    [{ event_id: '1:a.test' }, 'id.event'],
    [{ room_id: '1:a.test' }, 'id.room'],
    [{ sender: 'a:a.test' }, 'id.user'],
  ] as const)
    assert.equal(refused(() => redactedFrom(left(change)))[1], code);
});

test('an erased event keeps its meaning, without text', () => {
  const meaning = (change: object) => meaningOfRedacted(redactedFrom(left(change)));
  const message = meaning({});
  assert.deepEqual(
    [message.kind, 'body' in message && message.body, 'messageId' in message && message.messageId],
    ['message', '', '3'],
  );
  assert.equal(meaning({ event_type: 'm.message.edit' }).kind, 'edit');
  assert.equal(meaning({ event_type: 'm.reaction.add' }).kind, 'reaction');
  assert.equal(refused(() => meaning({ content: {} }))[0], 'BAD_REQUEST');
});
