import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { signedHash } from '../../../../../../main/store/tables/rooms/signed-hash.ts';
import type { Plain } from '../../../../../../shared/protocol/coding/json.ts';
import { parseEnvelope, wireEvent } from '../../../../../../shared/protocol/events/envelope.ts';

const body = (content: { [key: string]: Plain }, keys = ['k'], more = {}): string =>
  wireEvent(
    parseEnvelope(
      JSON.stringify({
        event_id: '$1:a.test',
        room_id: '!1:a.test',
        event_type: 'm.message',
        sender: '@a:a.test',
        origin_server: 'a.test',
        origin_ts: 5,
        depth: 5,
        state_key: null,
        content,
        ...more,
        signatures: { 'a.test': Object.fromEntries(keys.map((key) => [key, 'ab'.repeat(64)])) },
      }),
    ),
  );
const hex = (text: string, files_unsigned: 0 | 1 = 0) =>
  signedHash({ body: text, files_unsigned }).toString('hex');

test('the hash is that of the event as it is sent, up to its signatures', () => {
  const sent =
    '{"event_id":"$1:a.test","room_id":"!1:a.test","event_type":"m.message","sender":"@a:a.test",' +
    '"origin_server":"a.test","origin_ts":5,"content":{"body":"x"},"depth":5,"state_key":null';
  assert.equal(hex(body({ body: 'x' })), hash('sha256', sent));
});

test('any other text has another hash, and other signatures, whatever their keys are called, have the same', () => {
  const one = hex(body({ body: 'x' }));
  assert.equal(hex(body({ body: 'x' }, ['other', 'signatures', ',"signatures":{'])), one);
  for (const other of [body({ body: 'y' }), body({ body: 'x' }, ['k'], { depth: 6 })])
    assert.notEqual(hex(other), one);
  const quoting = (end: string) => body({ body: 'x' }, ['k'], { state_key: `,"signatures":{${end}` });
  assert.notEqual(hex(quoting('1')), hex(quoting('2')));
});

test('files that the signature doesn’t cover make no difference, and others do', () => {
  const [none, one, other] = [
    body({ body: 'x' }),
    ...['a', 'b'].map((filename) => body({ attachments: [{ filename }], body: 'x' })),
  ] as [string, string, string];
  assert.equal(hex(one, 1), hex(none));
  assert.equal(hex(other, 1), hex(none));
  assert.notEqual(hex(one), hex(other));
});
