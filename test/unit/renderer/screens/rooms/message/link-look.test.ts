import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  hostBehind,
  isOnlyEmoji,
  lineOf,
  linkLook,
} from '../../../../../../renderer/screens/rooms/message/message-text.ts';
import { message } from '../../../../../support/timeline-item.ts';

test('the host of a link stands behind its words', () => {
  const look = { href: 'https://a.test/x?y', behind: 'a.test', isInWords: true };
  assert.deepEqual(linkLook('the photos', 'https://a.test/x?y'), look);
  assert.equal(linkLook('photos', 'https://bücher.example').behind, 'xn--bcher-kva.example');
});

test('words that are the true address need no other', () => {
  for (const words of ['https://a.test/x', 'a.test', 'A.test/elsewhere'])
    assert.deepEqual(linkLook(words, 'https://a.test/x'), {
      href: 'https://a.test/x',
      behind: null,
      isInWords: true,
    });
});

test('an address in letters that can look like others has its host in plain ones behind it', () => {
  const behind = 'xn--bnk-6cd.example';
  const to = 'https://b\u0430nk.example/';
  assert.equal(hostBehind(to, `https://${behind}/`), behind);
  for (const words of ['b\u0430nk.example', to])
    assert.deepEqual(linkLook(words, to), { href: `https://${behind}/`, behind, isInWords: true });
  for (const host of [behind, 'bank.example'])
    assert.equal(hostBehind(`https://${host}/`, `https://${host}/`), null);
});

test('words that look like another address can’t be clicked', () => {
  for (const words of [
    'https://bank.example',
    'bank.example',
    'see bank.example',
    'bank。example',
    'ｂａｎｋ．ｅｘａｍｐｌｅ',
    'bank\u200b.example',
    '\u202eelpmaxe.knab',
    'https://a.test bank.example',
    'https://a.test.bank.example',
  ])
    assert.deepEqual(
      linkLook(words, 'https://a.test/x'),
      { href: 'https://a.test/x', behind: 'https://a.test/x', isInWords: false },
      words,
    );
});

test('an address that names somebody before its host is only text', () => {
  const to = 'https://bank.example@a.test/';
  assert.deepEqual(linkLook('photos', to), { href: null, behind: to, isInWords: false });
});

test('a message of a few emoji has no words', () => {
  for (const body of ['👍', '❤️ 👩‍👩‍👧\n🇨🇭', '😀'.repeat(12)]) assert.equal(isOnlyEmoji(body), true, body);
  for (const body of ['', ' ', '1', 'ok 👍', '👍.', '😀'.repeat(13)])
    assert.equal(isOnlyEmoji(body), false, body);
});

test('a line about a message has no marks', () => {
  const item = { ...message(1), body: '**Hi** `you`' };
  assert.equal(
    lineOf(item, (id) => id),
    'Hi you',
  );
});
