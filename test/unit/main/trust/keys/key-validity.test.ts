import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeyRow } from '../../../../../main/store/tables/peer-store.ts';
import {
  acceptedUntil,
  aheadMs,
  currentKey,
  type ExtensionFacts,
  expiredText,
  extensionMs,
  keyStanding,
  keyToExtend,
  lineTo,
} from '../../../../../main/trust/keys/key-validity.ts';
import { inEnglish } from '../../../../support/words.ts';

const now = Date.UTC(2026, 0, 10);
const path = '/_paracord/federation/v1';
const key = (more: Partial<KeyRow> = {}): KeyRow => ({
  server_name: 'b.test',
  key_id: 'k1',
  public_key: 'aa',
  valid_until: now - 1,
  source: 'peer',
  first_seen_at: 0,
  extended_at: null,
  extended_until: null,
  ended_at: null,
  chain: null,
  domain: null,
  ...more,
});
const facts = (more: Partial<ExtensionFacts> = {}): ExtensionFacts => ({
  now,
  isOn: true,
  line: 'verified',
  pinned: [key()],
  published: [key()],
  ...more,
});

test('a connection is trusted over https, verified or pinned, and over http only within this computer', () => {
  const lines: [string, string | null, ReturnType<typeof lineTo>][] = [
    ['https://b.test:8448', null, 'verified'],
    ['https://192.168.1.5', 'ab', 'pinned'],
    ['https://127.0.0.1:7001', 'ab', 'pinned'],
    ['http://127.0.0.1:7001', null, 'loopback'],
    ['http://127.9.9.9', null, 'loopback'],
    ['http://[::1]:7001', null, 'loopback'],
    ['http://localhost:7001', null, 'loopback'],
    ['http://192.168.1.5:8448', null, 'open'],
    ['http://b.test', null, 'open'],
    // A pin means nothing where no certificate is shown.
    ['http://b.test', 'ab', 'open'],
    ['http://127.0.0.1.b.test', null, 'open'],
    ['http://localhost.b.test', null, 'open'],
    ['http://[::ffff:10.0.0.1]', null, 'open'],
    ['http://[::2]', null, 'open'],
  ];
  for (const [base, pin, line] of lines) assert.equal(lineTo(base + path, pin), line, base);
});

test('a key that its server still serves after it expired is extended over a trusted connection', () => {
  for (const line of ['verified', 'pinned', 'loopback'] as const)
    assert.deepEqual(keyToExtend(facts({ line })), key(), line);
});

test('a key isn’t extended over plain http, without an address, without an answer, or if the owner turned it off', () => {
  assert.equal(keyToExtend(facts({ line: 'open' })), 'open-line');
  assert.equal(keyToExtend(facts({ line: null })), 'no-address');
  assert.equal(keyToExtend(facts({ published: null })), 'no-answer');
  assert.equal(keyToExtend(facts({ isOn: false })), 'off');
});

test('a key is not extended if its server serves another one under its id, or none', () => {
  assert.equal(keyToExtend(facts({ published: [key({ public_key: 'bb' })] })), 'not-served');
  assert.equal(keyToExtend(facts({ published: [key({ key_id: 'k2' })] })), 'not-served');
  assert.equal(keyToExtend(facts({ published: [] })), 'not-served');
  assert.equal(keyToExtend(facts({ pinned: [key({ source: 'home:c.test' })] })), 'not-served');
});

test('a retired key is never extended, although its server keeps serving it for old events', () => {
  const retired = key({ key_id: 'old', public_key: 'cc', valid_until: now - 90 });
  const fresh = key({ valid_until: now + 10 * aheadMs });
  assert.equal(keyToExtend(facts({ pinned: [retired, fresh], published: [retired, fresh] })), null);
  // Both have expired: only the one that was in use until the end is extended, in whatever order they are served.
  for (const published of [
    [retired, key()],
    [key(), retired],
  ])
    assert.equal((keyToExtend(facts({ pinned: [retired, key()], published })) as KeyRow).key_id, 'k1');
  // Someone who has the retired key gains nothing if we don't know the new one.
  assert.equal(keyToExtend(facts({ pinned: [retired], published: [retired, key()] })), 'not-served');
});

test('a key is extended an hour before it expires and not earlier, and so is an extended one', () => {
  const ending = (valid_until: number) =>
    keyToExtend(facts({ pinned: [key({ valid_until })], published: [key({ valid_until })] }));
  assert.equal(ending(now + aheadMs + 1), null);
  assert.notEqual(ending(now + aheadMs), null);
  const extended = (extended_until: number | null) =>
    keyToExtend(facts({ pinned: [key({ extended_at: now - 5, extended_until })] }));
  assert.equal(extended(now + aheadMs + 1), null);
  assert.notEqual(extended(now + aheadMs), null);
  assert.equal(extended(null), null, 'for good');
});

test('the standing of a key follows from its expiry and its extension', () => {
  const later = { extended_at: now - 10, extended_until: now + 10 };
  assert.equal(keyStanding(key({ valid_until: now }), now), 'valid');
  assert.equal(keyStanding(key(), now), 'expired');
  assert.equal(keyStanding(key(later), now), 'by_day');
  assert.equal(keyStanding(key(later), now + 11), 'expired');
  assert.equal(keyStanding(key({ extended_at: now - 10 }), now), 'for_good');
  assert.equal(acceptedUntil(key({ ...later, valid_until: now + 99 })), now + 99, 'renewed since');
});

test('the sentence that says why nothing is accepted names the day, the reason and the next step', () => {
  assert.match(
    inEnglish(expiredText(now, 'open-line')),
    /^Its key expired on January (?:9|10), 2026, so your server accepts nothing from it\..*plain HTTP.*extend it under “Keys”/,
  );
  assert.match(inEnglish(expiredText(now, 'off')), /turned off in your settings/);
  assert.match(
    inEnglish(expiredText(now, 'no-answer')),
    /couldn’t read the key at its address.*retries every 10 minutes/,
  );
  assert.match(inEnglish(expiredText(now, 'not-served')), /Ask its owner which key/);
  assert.match(inEnglish(expiredText(now, 'no-address')), /Set its address/);
  assert.match(inEnglish(expiredText(now, null)), /checking whether the key is still in use/);
});

test('a key that has ended is accepted up to then, whatever is served or extended later', () => {
  const ended = key({ valid_until: now + 10 * extensionMs, ended_at: now - 5 });
  assert.equal(acceptedUntil(ended), now - 5);
  assert.equal(keyStanding(ended, now), 'expired');
  assert.equal(acceptedUntil({ ...ended, extended_at: now }), now - 5);
  assert.equal(acceptedUntil({ ...ended, valid_until: now - 9 }), now - 9);
  assert.equal(currentKey([ended]), null);
  assert.equal(keyToExtend(facts({ pinned: [{ ...ended, valid_until: now - 1 }] })), 'not-served');
});
