import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayGoOn } from '../../../../main/addresses/address-notices.ts';

const named = (known: string | null, endpoint: string, byOwner: 0 | 1 = 1): boolean | 'refused' => {
  try {
    return mayGoOn({ endpoint: known, endpoint_by_owner: byOwner }, endpoint);
  } catch {
    return 'refused';
  }
};

test('an address in a private network is only accepted from a peer that is already in one of the same kind', () => {
  const lan = 'https://192.168.1.20:8448';
  assert.equal(named(lan, 'https://192.168.1.21'), true);
  assert.equal(named(lan, 'https://[fd00::21]'), true);
  assert.equal(named(lan, 'https://127.0.0.1'), 'refused');
  assert.equal(named(lan, 'https://localhost'), 'refused');
  assert.equal(named(lan, 'https://192.168.1.21', 0), 'refused');
  assert.equal(named('https://127.0.0.1:1', 'https://localhost'), true);
  assert.equal(named('https://127.0.0.1:1', 'https://192.168.1.21'), 'refused');
  for (const known of ['https://b.test', 'https://127.b.test', 'https://1.1.1.1', null])
    for (const host of ['192.168.1.21', '127.0.0.1', 'localhost', '[::1]'])
      assert.equal(named(known, `https://${host}`), 'refused', `${known} ${host}`);
});

test('a public address no longer has the owner’s word once a peer names it', () => {
  for (const known of ['https://192.168.1.20', 'https://b.test', 'http://b.test', null])
    for (const host of ['c.test', '1.1.1.1', '127.c.test'])
      assert.equal(named(known, `https://${host}`), false, `${known} ${host}`);
});

test('plain http is only accepted from a peer that already uses it, and never with a name', () => {
  assert.equal(named('http://192.168.1.20', 'http://192.168.1.21'), true);
  assert.equal(named('http://1.1.1.1', 'http://1.0.0.1'), true);
  assert.equal(named('http://1.1.1.1', 'http://192.168.1.21'), 'refused');
  assert.equal(named('https://192.168.1.20', 'http://192.168.1.21'), 'refused');
  assert.equal(named('http://192.168.1.20', 'http://c.test'), 'refused');
  assert.equal(named('http://c.test', 'http://c.test:1'), 'refused');
  assert.equal(named('http://1.1.1.1', 'http://1.0.0.1', 0), 'refused');
});
