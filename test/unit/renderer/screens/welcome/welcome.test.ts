import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindOfName, nextThings } from '../../../../../renderer/screens/welcome/advice.ts';
import { after, before, placeOf } from '../../../../../renderer/screens/welcome/steps/steps.ts';

const peers = { total: 0, ok: 0, waiting: 0, unreachable: 0, silent: 0, blocked: 0, quarantined: 0 };
const nobody = { set_up: false, recovery_saved_at: null, public_url: null, peers };
const named = { ...nobody, set_up: true };

test('a node without a name is at the name, or at its recovery, whatever the address says', () => {
  assert.equal(placeOf(undefined, nobody), 'name');
  assert.equal(placeOf('peer', nobody), 'name');
  assert.equal(placeOf('recover', nobody), 'recover');
  assert.equal(placeOf('recover', named), 'keys');
});

test('a named node is where the address says', () => {
  assert.equal(placeOf('name', named), 'name');
  assert.equal(placeOf('done', named), 'done');
});

test('without an address the wizard goes on at the first step that is not done', () => {
  const saved = { ...named, recovery_saved_at: 1 };
  assert.equal(placeOf(undefined, named), 'keys');
  assert.equal(placeOf('nonsense', saved), 'reachability');
  assert.equal(placeOf(undefined, { ...saved, public_url: 'https://a.example' }), 'peer');
  const all = { ...saved, public_url: 'https://a.example', peers: { ...peers, total: 1 } };
  assert.equal(placeOf(undefined, all), 'done');
});

test('steps lead forth and back, and stay at the ends', () => {
  assert.equal(after('name'), 'keys');
  assert.equal(after('done'), 'done');
  assert.equal(before('keys'), 'name');
  assert.equal(before('name'), 'name');
});

test('the form of a name shows who can find it', () => {
  const kinds = {
    'chat.example': 'domain',
    ' Chat.Example. ': 'domain',
    '8.8.4.4': 'ipv4',
    '192.168.1.20': 'privateIpv4',
    '172.31.0.1': 'privateIpv4',
    '172.32.0.1': 'ipv4',
    '100.100.0.1': 'privateIpv4',
    '127.0.0.1': 'loopback',
    localhost: 'loopback',
    'anna.home.arpa': 'local',
    'anna.lan': 'local',
    anna: 'single',
    'anna chat': null,
    'https://chat.example': null,
    '': null,
  };
  for (const [name, kind] of Object.entries(kinds)) assert.equal(kindOfName(name), kind, name);
});

test('next steps begin with skipped ones, and there are always three', () => {
  assert.deepEqual(nextThings({ recovery_saved_at: null, peers }), ['recovery', 'peer', 'room']);
  assert.deepEqual(nextThings({ recovery_saved_at: 1, peers }), ['peer', 'room', 'overview']);
  const one = { ...peers, total: 1 };
  assert.deepEqual(nextThings({ recovery_saved_at: null, peers: one }), ['recovery', 'room', 'compare']);
  assert.deepEqual(nextThings({ recovery_saved_at: 1, peers: one }), ['room', 'compare', 'overview']);
});
