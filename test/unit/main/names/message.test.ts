import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  nameBytes,
  queryBytes,
  readAnswer,
  signed,
  types,
  updateBytes,
} from '../../../../main/names/dns/message.ts';

const key = { name: 'node-key', secret: Buffer.alloc(32, 7) };
const update = updateBytes(7, 'home.test', 60, [
  { name: 'chat.home.test', type: 'A', values: [Buffer.from([81, 2, 69, 160])] },
]);

/** The answer of a server to it, signed or not. */
function answer(id = 7): Buffer {
  const bytes = Buffer.from(queryBytes(id, 'home.test', types.SOA));
  bytes.writeUInt16BE(0xa800, 2);
  return bytes;
}

test('an answer without a valid signature is not believed', () => {
  const { mac } = signed(update, key, 1_700_000_000);
  assert.throws(() => readAnswer(answer(), { key, mac }), /no valid signature/);
  // Signed as a request, not as the answer to ours.
  const other = signed(answer(), key, 1_700_000_000).bytes;
  assert.throws(() => readAnswer(other, { key, mac }), /no valid signature/);
  assert.equal(readAnswer(answer(), null).code, 0);
});

test('a name that points forwards or to itself ends the reading', () => {
  const header = Buffer.from([0, 7, 0x84, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  for (const target of [12, 40])
    assert.throws(
      () => readAnswer(Buffer.concat([header, Buffer.from([0xc0, target, 0, 6, 0, 1])]), null),
      RangeError,
    );
});

test('every cut of an answer is refused, and doesn’t keep the reader busy', () => {
  const whole = signed(update, key, 1_700_000_000).bytes;
  for (let length = 0; length < whole.length; length++)
    assert.throws(() => readAnswer(whole.subarray(0, length), null), RangeError, String(length));
});

test('a label has at most 63 bytes', () => {
  assert.throws(() => nameBytes(`${'a'.repeat(64)}.test`), RangeError);
  assert.throws(() => nameBytes('a..test'), RangeError);
});
