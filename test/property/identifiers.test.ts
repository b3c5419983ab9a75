import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import {
  isDecimalId,
  messageEventId,
  normalizeServerName,
  otherEventId,
  parseEventId,
  parseRoomId,
  parseUserId,
  requireServerName,
  roomId,
  userId,
} from '../../shared/protocol/identifiers.ts';
import { limits } from '../../shared/protocol/limits.ts';
import { said } from '../../shared/words/said.ts';
import { decimalId, localpart, serverName } from './arbitraries.ts';

const where = said('id.where_user');

const isBadRequest = (error: unknown): boolean =>
  error instanceof ProtocolError && error.code === 'BAD_REQUEST';
const refuses = (read: () => unknown): void => assert.throws(read, isBadRequest);

test('a composed id parses into its parts', () => {
  fc.assert(
    fc.property(localpart, decimalId, serverName, fc.maxSafeNat(), (local, id, server, time) => {
      assert.deepEqual(parseUserId(userId(local, server)), { localpart: local, server });
      assert.deepEqual(parseRoomId(roomId(id, server)), { guildId: id, server });
      assert.deepEqual(parseEventId(messageEventId(id, server)), { server });
      assert.deepEqual(parseEventId(otherEventId('m.reaction.add', `${id}:👍`, time, server)), { server });
    }),
  );
});

test('the first colon ends a localpart, the last one an event id', () => {
  refuses(() => parseUserId('@a:b:chat.example'));
  assert.deepEqual(parseEventId('$m_x:1:2:chat.example'), { server: 'chat.example' });
});

test('a typed name is normalized: case, surrounding spaces, trailing dot', () => {
  const upper = (name: string, mask: readonly boolean[]): string =>
    [...name].map((char, at) => (mask[at % mask.length] ? char.toUpperCase() : char)).join('');
  const mask = fc.array(fc.boolean(), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(serverName, mask, fc.boolean(), fc.constantFrom('', ' ', '\n\t'), (name, cases, dot, blank) =>
      assert.equal(normalizeServerName(blank + upper(name, cases) + (dot ? '.' : '') + blank), name),
    ),
  );
});

const notNames = [
  '',
  '.',
  ' ',
  'chat.example:8448',
  'user@chat.example',
  'user:pw@chat.example',
  'https://chat.example',
  'chat.example/path',
  'chat.example?x',
  'chat.example#x',
  'chat.example\\x',
  '[::1]',
  '::1',
  'fe80::1',
  'bücher.example',
  'chat\u3002example',
  'chat.example..',
  'chat..example',
  '.chat.example',
  '-chat.example',
  'chat-.example',
  'chat_x.example',
  'chat example',
  'chat.example\u0000',
  `${'a'.repeat(64)}.example`,
  '*.example',
  '%63hat.example',
];

test('ports, user info, paths, IPv6, letters outside ASCII and the like aren’t names', () => {
  for (const name of notNames) refuses(() => normalizeServerName(name));
});

test('a letter that only becomes ASCII in lower case is refused too', () => {
  refuses(() => normalizeServerName('\u212Aey.example'));
});

test('an IPv4 address has one spelling', () => {
  assert.equal(normalizeServerName('192.0.2.1'), '192.0.2.1');
  for (const other of ['127.1', '2130706433', '0x7f.1', '0x7f000001', '010.0.0.1', '1.2.3.256', '1.2.3.4.5'])
    refuses(() => normalizeServerName(other));
});

test('an accepted name has one form, which a URL parser leaves unchanged', () => {
  const scraps = fc
    .array(
      fc.constantFrom('a', 'B', '1', '0', '0x', '-', '.', ':', '@', '[', 'é', 'K', '\u212a', ' ', '%', 'xn'),
      {
        maxLength: 8,
      },
    )
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.oneof(scraps, fc.string(), serverName), (typed) => {
      let name: string;
      try {
        name = normalizeServerName(typed);
      } catch (error) {
        assert.ok(isBadRequest(error));
        return;
      }
      assert.equal(normalizeServerName(name), name);
      assert.equal(requireServerName(name, where), name);
      if (!name.includes('xn--')) assert.equal(new URL(`https://${name}/`).hostname, name);
    }),
    { numRuns: 5000 },
  );
});

test('a name inside an id is accepted unchanged or refused', () => {
  for (const name of [...notNames, 'Chat.example', 'CHAT.EXAMPLE', 'chat.example.', ' chat.example']) {
    refuses(() => requireServerName(name, where));
    refuses(() => parseUserId(`@alice:${name}`));
    refuses(() => parseRoomId(`!1:${name}`));
    refuses(() => parseEventId(`$1:${name}`));
  }
});

test('rooms are numbered from 1 to the largest signed 64-bit integer', () => {
  for (const id of ['1', '9007199254740993', String(2n ** 63n - 1n)])
    assert.deepEqual(parseRoomId(`!${id}:b.test`), { guildId: id, server: 'b.test' });
  for (const id of [
    '0',
    '-1',
    '01',
    '+1',
    '1.0',
    '1e3',
    ' 1',
    '0x1',
    '١',
    String(2n ** 63n),
    '9'.repeat(30),
    '',
  ])
    refuses(() => parseRoomId(`!${id}:b.test`));
});

test('a decimal id is distinguished from any other text', () => {
  fc.assert(
    fc.property(fc.oneof(fc.bigInt(-5n, 2n ** 64n).map(String), fc.string()), (text) => {
      const expected = /^[1-9][0-9]*$/.test(text) && BigInt(text) < 2n ** 63n;
      assert.equal(isDecimalId(text), expected);
    }),
  );
});

test('ids without sigil, middle or end are refused', () => {
  for (const text of [
    '',
    '@',
    '@:',
    '@a',
    '@a:',
    '@:b.test',
    'a:b.test',
    '!1:b.test',
    '@a b:c',
    '@a\u0000:c',
  ])
    refuses(() => parseUserId(text));
  for (const text of ['', '!', '!:', '!1', '!1:', '!:b.test', '1:b.test', '@1:b.test', '!a:b.test'])
    refuses(() => parseRoomId(text));
  for (const text of ['', '$', '$:', '$1', '$1:', '$:b.test', '1:b.test', '$a b:b.test', '$a\u007f:b.test'])
    refuses(() => parseEventId(text));
});

test('names and ids may be as long as their limit, and not one longer', () => {
  const name = (length: number): string => {
    const full = `${'a'.repeat(49)}.`.repeat(Math.ceil(length / 50)).slice(0, length);
    return full.replace(/.$/, 'b');
  };
  assert.equal(normalizeServerName(name(limits.serverNameCharsMax)).length, 253);
  refuses(() => normalizeServerName(name(limits.serverNameCharsMax + 1)));
  assert.ok(parseUserId(`@${'a'.repeat(limits.localpartCharsMax)}:b.test`));
  refuses(() => parseUserId(`@${'a'.repeat(limits.localpartCharsMax + 1)}:b.test`));
  const event = (length: number): string => `$${'1'.repeat(length - ':b.test'.length - 1)}:b.test`;
  assert.ok(parseEventId(event(limits.eventIdCharsMax)));
  refuses(() => parseEventId(event(limits.eventIdCharsMax + 1)));
});

test('a refusal shows the refused text, but not all of it', () => {
  assert.throws(
    () => parseUserId('x'.repeat(10_000)),
    (error: Error) => error.message.includes('xxx') && error.message.length < 300,
  );
});
