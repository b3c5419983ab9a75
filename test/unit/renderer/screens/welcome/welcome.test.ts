import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  judgeName,
  likelyOwner,
  type NameQuestion,
  uniquePart,
} from '../../../../../renderer/screens/welcome/advice.ts';
import { placeOf } from '../../../../../renderer/screens/welcome/places.ts';

const judge = (typed: string, inviter: string | null = null) => judgeName(typed, inviter, 'k3f9');

test('the first run begins with three choices, and an opened invite is one of them', () => {
  assert.equal(placeOf(undefined, false), 'start');
  assert.equal(placeOf('nonsense', false), 'start');
  assert.equal(placeOf(undefined, true), 'name');
  assert.equal(placeOf('restore', true), 'restore');
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

test('what isn’t a server name has none, and other letters get their encoded form', () => {
  for (const typed of ['', 'anna chat', 'https://anna.org', 'anna.org:8448', '1.2.3', '@anna:anna.org'])
    assert.deepEqual(judge(typed), { name: null, refused: null, question: null, instead: null }, typed);
  assert.equal(judge('änna.org').name, null);
  assert.equal(judge('änna.org').instead, 'xn--nna-pla.org');
  // The first letter is Cyrillic.
  assert.equal(judge('аnna.org').instead, 'xn--nna-5cd.org');
});

test('a name that never works and the name of the inviter are refused, and one like it is questioned', () => {
  assert.equal(judge('anna.invalid').refused, 'never');
  assert.equal(judge('Ben.org', 'ben.org').refused, 'theirs');
  assert.equal(judge('bernie.org', 'bemie.org').question, 'like');
  assert.equal(judge('ben1.org', 'benl.org').question, 'like');
  assert.equal(judge('anna.org', 'ben.org').question, null);
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

test('the user name is the first part of the server name, unless that names a service', () => {
  const owners = { 'anna.org': 'anna', 'anna-k3f9.internal': 'anna', 'chat.anna.org': '', '8.8.4.4': '' };
  for (const [name, owner] of Object.entries(owners)) assert.equal(likelyOwner(name, 'k3f9'), owner, name);
  assert.equal(likelyOwner(null, 'k3f9'), '');
});
