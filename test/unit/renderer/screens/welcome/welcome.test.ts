import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  judgeName,
  type NameQuestion,
  serverNameOf,
  uniquePart,
  userNameOf,
} from '../../../../../renderer/screens/welcome/advice.ts';
import { placeOf } from '../../../../../renderer/screens/welcome/places.ts';

const judge = (typed: string) => judgeName(typed, 'k3f9');

test('the first run begins with a name, except to restore a server, and ends with the first invite', () => {
  const unnamed = { isNamed: false, isSetUp: false };
  for (const place of [undefined, 'nonsense', 'where', 'invited', 'name', 'send'])
    assert.equal(placeOf(place, unnamed), 'start', place);
  assert.equal(placeOf('restore', unnamed), 'restore');
  const named = { isNamed: true, isSetUp: false };
  for (const place of ['where', 'invited', 'name'] as const) assert.equal(placeOf(place, named), place);
  assert.equal(placeOf('send', named), 'start');
  assert.equal(placeOf('send', { isNamed: false, isSetUp: true }), 'send');
});

test('a user name is made of any name, and is always valid', () => {
  const names = {
    ' Anna ': 'anna',
    'Änne Groß': 'aenne-gross',
    'A\u0308nne': 'aenne',
    'José María': 'jose-maria',
    'Søren Å.': 'soeren-aa',
    Ｂｅｎ: 'ben',
    '-_-': 'me',
    Анна: 'me',
    '🐈': 'me',
  };
  for (const [name, user] of Object.entries(names)) assert.equal(userNameOf(name), user, name);
  assert.match(userNameOf(`${'x'.repeat(31)} y`), /^x{31}$/);
});

test('without a domain, a server’s name is made of the user name and a few letters', () => {
  assert.equal(serverNameOf('aenne-gross', 'k3f9'), 'aenne-gross-k3f9.internal');
  assert.equal(judge(serverNameOf('a.b_c', 'k3f9')).question, null);
});

test('names that others could have too, or that may be mistaken, are questioned', () => {
  const questions: Record<string, NameQuestion | null> = {
    'chat.anna-family.org': null,
    ' Anna.Dev. ': null,
    'testing.org': null,
    'local.host': null,
    localhost: 'loopback',
    'anna.localhost': 'loopback',
    '127.0.0.1': 'loopback',
    anna: 'single',
    'anna.local': 'mdns',
    'anna.test': 'reserved',
    'anna.example': 'reserved',
    'anna.example.com': 'reserved',
    'anna.home.arpa': 'local',
    'anna.lan': 'local',
    'anna.internal': 'local',
    'xn--nna-5cd.org': 'encoded',
    '192.168.1.20': 'privateIpv4',
    '172.31.0.1': 'privateIpv4',
    '172.32.0.1': 'ipv4',
    '100.100.0.1': 'privateIpv4',
    '8.8.4.4': 'ipv4',
  };
  for (const [name, question] of Object.entries(questions)) {
    const judged = judge(name);
    assert.deepEqual([judged.question, judged.refused], [question, null], name);
    assert.notEqual(judged.name, null, name);
  }
});

test('a text that can’t be a server name gives none, and other letters get their encoded form', () => {
  for (const typed of ['', 'anna chat', 'https://anna.org', 'anna.org:8448', '1.2.3', '@anna:anna.org'])
    assert.deepEqual(judge(typed), { name: null, refused: null, question: null, instead: null }, typed);
  assert.equal(judge('änna.org').name, null);
  assert.equal(judge('änna.org').instead, 'xn--nna-pla.org');
  // The first letter is Cyrillic.
  assert.equal(judge('аnna.org').instead, 'xn--nna-5cd.org');
});

test('a name that never works is refused', () => {
  assert.equal(judge('anna.invalid').refused, 'never');
});

test('a single word becomes a name that nobody else has, which isn’t questioned', () => {
  const { instead } = judge('anna');
  assert.equal(instead, 'anna-k3f9.internal');
  assert.deepEqual(judge('anna-k3f9.internal'), {
    name: 'anna-k3f9.internal',
    refused: null,
    question: null,
    instead: null,
  });
  assert.equal(judge('anna.local').instead, 'anna-k3f9.internal');
  assert.match(uniquePart(Uint8Array.of(0, 99, 200, 255)), /^[a-z2-9]{4}$/);
});
