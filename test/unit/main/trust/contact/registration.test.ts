import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  adminRequestOf,
  keyEndsSoonAt,
  mayHaveEnded,
  needsRegistering,
  usesDiscover,
  versionNews,
} from '../../../../../main/trust/contact/registration.ts';

const now = 1_800_000_000_000;
const day = 86_400_000;
const proof = (days: number, form: 'bare' | 'addressed' | null = 'addressed') => ({
  form,
  proved_key: 'ed25519:now',
  proved_at: now - days * day,
});

test('the end of our key there is near from the 25th to the 30th day after its first proof', () => {
  assert.equal(keyEndsSoonAt(proof(24.9), now), null);
  assert.equal(keyEndsSoonAt(proof(25), now), now + 5 * day);
  assert.equal(keyEndsSoonAt(proof(29.9), now), now + 0.1 * day);
  assert.equal(keyEndsSoonAt(proof(30), now), null, 'it was pinned');
  assert.equal(keyEndsSoonAt(proof(26, 'bare'), now), null, 'keeps discovered keys');
  assert.equal(keyEndsSoonAt({ ...proof(26), proved_at: null }, now), null);
});

test('a refusal long after the first proof may mean that a discovered key has ended', () => {
  assert.deepEqual(
    [3, 25, 31, 400].map((days) => mayHaveEnded(proof(days), now)),
    [false, true, true, true],
  );
  assert.equal(mayHaveEnded(proof(31, 'bare'), now), false);
});

test('the admin has something to send until our active key is proved, and when it is refused or ends', () => {
  const needs = (days: number, key = 'ed25519:now', isRefused = false) =>
    needsRegistering(proof(days), key, isRefused, now);
  assert.equal(needs(3), false);
  assert.equal(needs(3, 'ed25519:next'), true);
  assert.equal(needs(3, 'ed25519:now', true), true);
  assert.equal(needs(27), true);
  assert.equal(needs(31), false);
  assert.equal(needsRegistering({ ...proof(0), proved_key: null }, 'ed25519:now', false, now), true);
});

test('a pin is asked for wherever it may work', () => {
  assert.equal(usesDiscover({ form: 'bare' }, null), true);
  assert.equal(usesDiscover({ form: null }, 'not_added'), true);
  assert.equal(usesDiscover({ form: null }, 'addressed_refused'), false);
  assert.equal(usesDiscover({ form: 'addressed' }, 'not_added'), false);
  assert.equal(usesDiscover({ form: null }, null), false);
});

test('a change of version is news for a week, and the first one that is learned never', () => {
  const news = (form_before: 'bare' | 'addressed' | null, form: 'bare' | 'addressed', days: number) =>
    versionNews({ form, form_before, form_since: now - days * day }, now);
  assert.equal(news(null, 'addressed', 0), null);
  assert.equal(news('bare', 'addressed', 6.9), 'updated');
  assert.equal(news('bare', 'addressed', 7.1), null);
  assert.equal(news('addressed', 'bare', 1), 'went_back');
});

test('the request has the fields and the order of the documentation', () => {
  const ours = {
    serverName: 'anna.example',
    domain: 'chat.anna.example',
    endpoint: 'https://anna.example:8448/_paracord/federation/v1',
    keyId: 'ed25519:8a3dff5e',
    publicKey: 'e699',
  };
  assert.equal(
    JSON.stringify(adminRequestOf(ours, false)),
    '{"server_name":"anna.example","domain":"chat.anna.example","federation_endpoint":"https://anna.example:8448/_paracord/federation/v1","public_key_hex":"e699","key_id":"ed25519:8a3dff5e","trusted":true,"discover":false}',
  );
});
