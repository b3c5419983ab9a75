import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unfielded } from '../../../../../renderer/node/failure.ts';
import { keyState, loadRating } from '../../../../../renderer/screens/settings/keys/keys.ts';
import { sizeInWords } from '../../../../../renderer/text/format.ts';

test('a passphrase is as strong as it is hard to guess, not as it is long', async () => {
  const strengthOf = await loadRating();
  const passphrases = {
    elevenchars: 'short',
    aaaaaaaaaaaaaaaaaaaaaaaa: 'weak',
    abcdefghijklmnop: 'weak',
    password1234: 'weak',
    passwordpassword: 'weak',
    'soup soup soup soup soup': 'weak',
    'Summer2026!!': 'weak',
    'lantern gravel opera': 'fair',
    'lantern gravel opera quince': 'strong',
    'lantern gravel opera quince mitten tundra': 'strong',
    'vK4!pTz9#mQe': 'fair',
    'vK4!pTz9#mQeR7dWx2?n': 'strong',
  };
  for (const [passphrase, strength] of Object.entries(passphrases))
    assert.equal(strengthOf(passphrase), strength, passphrase);
});

test('a failure shown at its fields needs no note', () => {
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

test('sizes are shown as people write them', () => {
  assert.equal(sizeInWords(0), '0 bytes');
  assert.equal(sizeInWords(226_001), '226 kB');
  assert.equal(sizeInWords(1_249_000), '1.2 MB');
  assert.equal(sizeInWords(999_999), '1.0 MB');
});
