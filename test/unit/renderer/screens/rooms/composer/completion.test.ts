import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askedAt, callOf, peopleFor } from '../../../../../../renderer/screens/rooms/composer/completion.ts';

const member = (user_id: string, display_name: string) => ({
  user_id,
  display_name,
  picture: null,
  server: user_id.split(':')[1] ?? '',
  role: 'member' as const,
  can_moderate: true,
  joined_at: 0,
});
const members = [
  member('@me:a.test', 'Me'),
  member('@ben:a.test', 'Ben'),
  member('@ben:b.test', 'Benjamin'),
  member('@cleo:b.test', 'Dr. Cleo Berg'),
  member('@anna:a.test', 'Mum'),
];

/** `|` is the caret. */
const asked = (text: string) => askedAt(text.replace('|', ''), text.indexOf('|'));

test('a colon and two letters before the caret ask for an emoji', () => {
  assert.deepEqual(asked(':sm|'), { kind: 'emoji', query: 'sm', from: 0 });
  assert.deepEqual(asked('so (:grö| later'), { kind: 'emoji', query: 'grö', from: 4 });
  for (const text of [':s|', 'a:sm|', ':sm |', 'https://sm|', '12:30|', ':|', '|:sm'])
    assert.equal(asked(text), null, text);
});

test('an at sign before the caret asks for a person', () => {
  assert.deepEqual(asked('@|'), { kind: 'person', query: '', from: 0 });
  assert.deepEqual(asked('hi (@be|'), { kind: 'person', query: 'be', from: 4 });
  for (const text of ['me@a|', '@ben |', 'https://a.test/@a|']) assert.equal(asked(text), null, text);
});

test('people are found by their names and user names, and nobody mentions themselves', () => {
  const found = (query: string) => peopleFor(members, query, '@me:a.test').map(({ user_id }) => user_id);
  assert.deepEqual(found('be'), ['@ben:a.test', '@ben:b.test', '@cleo:b.test']);
  assert.deepEqual(found('ANNA'), ['@anna:a.test']);
  assert.deepEqual(found('m'), ['@anna:a.test']);
  assert.equal(found('').length, 4);
});

test('a name that two people of the room have is sent with the server', () => {
  assert.equal(callOf('@cleo:b.test', members), '@cleo');
  assert.equal(callOf('@ben:b.test', members), '@ben:b.test');
});
