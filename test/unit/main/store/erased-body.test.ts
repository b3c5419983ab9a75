import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isErased, readErased, writeErased } from '../../../../main/store/erased-body.ts';
import { canonicalJson } from '../../../../shared/protocol/coding/canonical-json.ts';
import { fromPlain, type JsonObject, type Plain } from '../../../../shared/protocol/coding/json.ts';
import { type Envelope, wireEvent } from '../../../../shared/protocol/events/envelope.ts';

const hash = 'a'.repeat(64);

function event(content: { [key: string]: Plain }, more: Partial<Envelope> = {}): Envelope {
  const object = fromPlain(content) as JsonObject;
  return {
    event_id: '$9:b.test',
    room_id: '!1:a.test',
    event_type: 'm.message',
    sender: '@bé:b.test',
    origin_server: 'b.test',
    origin_ts: 5,
    depth: 6,
    state_key: null,
    content: object,
    contentText: canonicalJson(object),
    signatures: new Map([['k', '0'.repeat(128)]]),
    ...more,
  };
}

const place = {
  guild_id: '7',
  channel_id: '1',
  message_id: '9',
  target_event_id: '$8:b.test',
  channel_name: 'général',
  guild_name: 'Hall',
};

test('an erased event has as many bytes as the text it replaces, so that it overwrites it', () => {
  const texts = fc.string({ unit: 'grapheme', maxLength: 300 });
  fc.assert(
    fc.property(texts, texts, (body, extra) => {
      const wire = wireEvent(event({ ...place, body, extra }));
      const erased = writeErased(
        event({ ...place, body, extra }),
        { why: 'deleted', at: 1, hash },
        Buffer.byteLength(wire),
      );
      assert.equal(Buffer.byteLength(erased), Buffer.byteLength(wire));
      assert.deepEqual([isErased({ body: erased }), isErased({ body: wire })], [true, false]);
    }),
  );
});

test('a version that an edit replaced keeps its files, as long as they fit where its text was', () => {
  const attachments = [{ filename: 'cat.png', size: 3 }];
  const message = event({ ...place, body: 'words', attachments });
  const bytes = Buffer.byteLength(wireEvent(message));
  const filesOf = (body: string) => readErased({ body }).left.content.get('attachments');
  const written = writeErased(message, { why: 'edited', at: 77, hash }, bytes);
  assert.ok(!written.includes('words'));
  assert.equal(Buffer.byteLength(written), bytes);
  assert.deepEqual(filesOf(written), message.content.get('attachments'));
  assert.equal(filesOf(writeErased(message, { why: 'edited', at: 77, hash }, 300)), undefined);
  const again = writeErased(readErased({ body: written }).left, { why: 'deleted', at: 78, hash }, bytes);
  assert.ok(!again.includes('cat.png'));
});

test('an erased event keeps its place, its sender and the hash, and nothing else', () => {
  const content = { ...place, body: 'words', attachments: [{ name: 'words' }], state: 'words' };
  const written = writeErased(event(content, { state_key: 'words' }), { why: 'deleted', at: 77, hash }, null);
  assert.ok(!written.includes('words'));
  const { left, ...about } = readErased({ body: written });
  assert.deepEqual(about, { at: 77, hash });
  assert.deepEqual(left, {
    event_id: '$9:b.test',
    room_id: '!1:a.test',
    event_type: 'm.message',
    sender: '@bé:b.test',
    origin_server: 'b.test',
    origin_ts: 5,
    depth: 6,
    state_key: null,
    erased: 'deleted',
    content: fromPlain(place),
  });
});

test('an invalid address doesn’t hide untranslated words', () => {
  const content = {
    guild_id: 'words',
    channel_id: 'words',
    message_id: '9',
    target_event_id: 'words',
    body: '',
  };
  assert.ok(!writeErased(event(content), { why: 'deleted', at: 1, hash }, null).includes('words'));
});

test('“deleted” overwrites “edited” in place', () => {
  const edited = writeErased(event(place), { why: 'edited', at: 1, hash: null }, null);
  const { left, at } = readErased({ body: edited });
  const deleted = writeErased(left, { why: 'deleted', at, hash: null }, Buffer.byteLength(edited));
  assert.equal(Buffer.byteLength(deleted), Buffer.byteLength(edited));
});
