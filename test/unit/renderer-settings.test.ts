import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyState } from '../../renderer/screens/settings/key-state.ts';
import { strengthOf } from '../../renderer/screens/settings/passphrase.ts';
import { portOf, reachSteps, suggestedAddress, wayOf } from '../../renderer/screens/settings/reach.ts';
import { unfielded } from '../../renderer/screens/settings/refusal.ts';
import { sectionOf } from '../../renderer/screens/settings/sections.ts';
import { sizeInWords } from '../../renderer/screens/settings/size.ts';

test('a passphrase is as strong as it is hard to guess, not as it is long', () => {
  const passphrases = {
    elevenchars: 'short',
    aaaaaaaaaaaaaaaaaaaaaaaa: 'weak',
    abcdefghijklmnop: 'weak',
    password1234: 'weak',
    passwordpassword: 'weak',
    'soup soup soup soup soup': 'weak',
    'lantern gravel opera': 'weak',
    'lantern gravel opera quince': 'fair',
    'lantern gravel opera quince mitten tundra': 'strong',
    'vK4!pTz9#mQe': 'strong',
  };
  for (const [passphrase, strength] of Object.entries(passphrases))
    assert.equal(strengthOf(passphrase), strength, passphrase);
});

const listener = (tls: 'off' | 'self-signed', port = 8448) => ({
  url: `${tls === 'off' ? 'http' : 'https'}://127.0.0.1:${port}`,
  tls,
  certificate: null,
});
const codes = (...facts: Parameters<typeof reachSteps>) =>
  reachSteps(...facts).flatMap((step) => step.code ?? []);

test('the port of an address is the one that is meant when none is written', () => {
  assert.equal(portOf('https://a.example'), '443');
  assert.equal(portOf('a.example:8448'), '8448');
  assert.equal(portOf('http://a.example'), '80');
  assert.equal(portOf('a b'), '');
});

test('an address on another port than the listener’s is a proxy’s', () => {
  assert.equal(wayOf(null, listener('self-signed')), 'pull');
  assert.equal(wayOf('https://a.example:8448', listener('self-signed')), 'router');
  assert.equal(wayOf('https://a.example', listener('self-signed')), 'proxy');
});

test('what is proposed as an address fits the way', () => {
  const facts = { listener: listener('self-signed', 7001), serverName: 'a.example' };
  assert.equal(suggestedAddress('router', facts), 'https://a.example:7001');
  assert.equal(suggestedAddress('proxy', facts), 'https://a.example');
});

test('a router is told this machine’s port, and the outer one', () => {
  const facts = {
    listener: listener('self-signed', 7001),
    serverName: 'a.example',
    address: 'https://a.example',
  };
  const [record, rule] = codes('router', facts);
  assert.match(record!, /^a\.example\. {2}A /);
  assert.match(rule!, /TCP 443 .* port 7001/);
});

test('an address of digits needs no record, a local name a line in hosts files', () => {
  const facts = { listener: listener('self-signed'), serverName: '198.51.100.7', address: '' };
  assert.equal(codes('router', facts).length, 1);
  const [line] = codes('router', { ...facts, serverName: 'anna.home.arpa' });
  assert.match(line!, /^192\.168\.1\.20 {2}anna\.home\.arpa$/);
});

test('behind a proxy TLS is left to it, and without one it is not', () => {
  const facts = { serverName: 'a.example', address: '' };
  assert.ok(
    codes('proxy', { ...facts, listener: listener('self-signed') }).some((code) => /--tls off/.test(code)),
  );
  assert.ok(!codes('proxy', { ...facts, listener: listener('off') }).some((code) => /--tls/.test(code)));
  assert.ok(codes('router', { ...facts, listener: listener('off') }).includes('--tls self-signed'));
});

test('a failure that fields tell about needs no note', () => {
  const failure = { code: 'BAD_REQUEST', message: 'no', fields: { owner: 'expected a user name' } };
  assert.equal(unfielded(failure, 'owner', 'domain'), null);
  assert.equal(unfielded(failure, 'domain'), failure);
  const other = { ...failure, fields: {} };
  assert.equal(unfielded(other, 'owner'), other);
  assert.equal(unfielded(null, 'owner'), null);
});

test('a key made after the active one waits, one made before is done', () => {
  const key = (created_at: number, active: boolean) => ({
    key_id: `ed25519:${created_at}`,
    algorithm: 'ed25519' as const,
    public_key: '',
    valid_until: 0,
    created_at,
    active,
    fingerprint: '',
    seen_by: [],
  });
  const [old, active, next] = [key(1, false), key(2, true), key(3, false)];
  const all = [active!, next!, old!];
  assert.deepEqual(
    all.map((one) => keyState(one, all)),
    ['active', 'announced', 'retired'],
  );
});

test('sizes are said as people say them', () => {
  assert.equal(sizeInWords(0), '0 bytes');
  assert.equal(sizeInWords(226_001), '226 kB');
  assert.equal(sizeInWords(1_249_000), '1.2 MB');
  assert.equal(sizeInWords(999_999), '1.0 MB');
});

test('an address of no section shows none', () => {
  assert.equal(sectionOf('keys'), 'keys');
  assert.equal(sectionOf('nonsense'), null);
  assert.equal(sectionOf(undefined), null);
});
