import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { type JsonObject, parseJson } from '../../../../../shared/protocol/coding/json.ts';
import {
  attachmentsOf,
  filesOf,
  mayHaveUnsignedFiles,
  signedText,
} from '../../../../../shared/protocol/events/attachments.ts';
import {
  isLongForOthers,
  listedMentions,
  mentionedIds,
  namesCalled,
  utf8Bytes,
  withNames,
} from '../../../../../shared/protocol/events/body.ts';
import {
  canonicalEvent,
  type Envelope,
  parseEnvelope,
} from '../../../../../shared/protocol/events/envelope.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const files = (attachments: unknown) => filesOf(parseJson(JSON.stringify({ attachments })) as JsonObject);
const nameOf = (filename: unknown) => files([{ filename }])[0]?.name;

const unknown = {
  name: '',
  size: null,
  id: null,
  hash: null,
  type: null,
  width: null,
  height: null,
  thumbhash: null,
};

test('a file is what its fields say; anything else is dropped', () => {
  const hash = sha256('x');
  const whole = {
    filename: 'a.txt',
    size: 12,
    id: '7',
    content_hash: hash,
    content_type: 'image/svg+xml',
    width: 3,
    height: 4,
    thumbhash: '1QcSHQRnh493V4dIh4eXh1h4kJUI',
  };
  const note = {
    name: 'a.txt',
    size: 12,
    id: '7',
    hash,
    type: 'image/svg+xml',
    width: 3,
    height: 4,
    thumbhash: whole.thumbhash,
  };
  assert.deepEqual(files([{ ...whole, origin_url: 'https://evil.example/x', html: '<b>' }]), [note]);
  assert.deepEqual(files(attachmentsOf([note])), [note]);
  assert.deepEqual(files([{ filename: 'a.txt' }]), [{ ...unknown, name: 'a.txt' }]);
  for (const size of [-1, 1.5, 1e300, '12', null, [1]])
    assert.deepEqual(files([{ filename: 'a', size }]), [{ ...unknown, name: 'a' }]);
  const wrong: Record<string, unknown[]> = {
    id: ['0', '-1', 7, '9'.repeat(30), '../1'],
    content_hash: [hash.toUpperCase(), `${hash}0`, hash.slice(1), 7, '../../etc/passwd'],
    content_type: ['text/html; charset=x', 'image', 'IMAGE/PNG', 7, `a/${'b'.repeat(100)}`],
    width: [-1, 0.5, '3', 100_001],
    thumbhash: ['"><script>', 'a', 'x'.repeat(60), 7],
  };
  for (const [field, values] of Object.entries(wrong))
    for (const value of values) assert.deepEqual(files([{ [field]: value }]), [unknown], `${field} ${value}`);
  for (const list of [null, 'a.txt', { filename: 'a.txt' }, 7, [], ['a.txt', null, [7]]])
    assert.deepEqual(files(list), []);
  assert.equal(files(Array.from({ length: 500 }, () => ({ filename: 'a' }))).length, 20);
});

test('the name of a file cannot move the cursor, turn its own letters around or break the line', () => {
  assert.equal(nameOf('photo\u202egpj.exe'), 'photo�gpj.exe');
  assert.equal(nameOf('\u2066a\u2069\u200b\u0000\u001b[2Jb\u2028c\n\td'), '�a�[2Jb c d');
  assert.equal(nameOf('  two   words '), 'two words');
  assert.equal(nameOf('Übersicht – 日本語.pdf'), 'Übersicht – 日本語.pdf');
  for (const none of [undefined, 7, '', ['a']]) assert.equal(nameOf(none), '');
});

test('a long name keeps its end, which shows what kind of file it is', () => {
  const name = nameOf(`${'holiday'.repeat(200)}.jpg.exe`) ?? '';
  assert.equal([...name].length, 120);
  assert.match(name, /^holiday.*….*\.jpg\.exe$/);
  assert.equal([...(nameOf('👍'.repeat(500)) ?? '')].length, 120);
});

test('a mention is shown with its name if that is known, and unchanged otherwise', () => {
  const body = 'hi <@12>, <@!13>, <@&14>, <@x>, <#12> and <@99>';
  assert.deepEqual(mentionedIds(body), ['12', '13', '99']);
  const names: Record<string, string> = { 12: 'bob', 13: '<@99>' };
  assert.equal(
    withNames(body, (id) => names[id]),
    'hi @bob, @<@99>, <@&14>, <@x>, <#12> and <@99>',
  );
  assert.equal(
    mentionedIds('<@1>'.repeat(9) + Array.from({ length: 900 }, (_, i) => `<@${i}>`).join('')).length,
    50,
  );
});

test('the users in the list of mentions are read once each, at most 50, without malformed entries', () => {
  const listed = (mentions: unknown) =>
    listedMentions(parseJson(JSON.stringify({ 'm.mentions': mentions })) as JsonObject);
  assert.deepEqual(listed({ user_ids: ['@a:a.test', '@b:b.test', '@a:a.test'] }), ['@a:a.test', '@b:b.test']);
  assert.deepEqual(listed({ user_ids: ['a', 7, null, ['@a:a.test'], '@b:b.test'] }), ['@b:b.test']);
  for (const none of [null, 7, '@a:a.test', ['@a:a.test'], {}, { user_ids: '@a:a.test' }])
    assert.deepEqual(listed(none), []);
  assert.deepEqual(listedMentions(new Map()), []);
  assert.equal(listed({ user_ids: Array.from({ length: 900 }, (_, at) => `@u${at}:a.test`) }).length, 50);
});

test('a number in angle brackets names a user by number, not a user whose name is that number', () => {
  assert.deepEqual(namesCalled('<@7>, <@!7> and <@12>'), []);
  assert.deepEqual(namesCalled('<@7x>, <@ann>, <@8 and @9>'), ['7x', 'ann', '8', '9']);
});

test('a message may have been signed before its files were added; any other event was signed whole', () => {
  const event = (event_type: string, content: object): Envelope =>
    parseEnvelope(
      JSON.stringify({
        event_id: '$1:a.test',
        room_id: '!1:a.test',
        event_type,
        sender: '@a:a.test',
        content,
        origin_server: 'a.test',
        origin_ts: 1,
        depth: 1,
        state_key: null,
        signatures: { 'a.test': { k: 'ab'.repeat(64) } },
      }),
    );
  const files = { body: 'x', attachments: [{ filename: 'a' }] };
  assert.equal(mayHaveUnsignedFiles(event('m.message', files)), true);
  assert.equal(mayHaveUnsignedFiles(event('m.message', { body: 'x' })), false);
  assert.equal(mayHaveUnsignedFiles(event('m.message.edit', files)), false);
  const message = event('m.message', files);
  assert.equal(signedText(message, true), canonicalEvent(event('m.message', { body: 'x' })));
  assert.equal(signedText(message, false), canonicalEvent(message));
  assert.notEqual(signedText(message, true), signedText(message, false));
  assert.ok(message.content.has('attachments'), 'the event keeps its files');
});

test('a body is too long for the existing server beyond 2,000 bytes of UTF-8', () => {
  for (const letter of ['a', '\u007f', '\u0080', '\u07ff', '\u0800', '\ud7ff', '\ue000', '👍', '\u{10fc00}'])
    assert.equal(utf8Bytes(`${letter}b`), Buffer.byteLength(`${letter}b`), letter);
  assert.equal(isLongForOthers('é'.repeat(1000)), false);
  assert.equal(isLongForOthers(`${'é'.repeat(1000)}a`), true);
});
