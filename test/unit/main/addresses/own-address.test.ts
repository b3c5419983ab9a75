import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownAddressFinder } from '../../../../main/addresses/own-address.ts';

const [publicUrl, local] = ['https://9.9.9.9:8448', 'https://192.168.1.2:8448'];
const given = (at: { publicUrl: string | null; local: string | null }, theirs?: string | null) => {
  const { endpoint } = ownAddressFinder(at, () => 'pin')(theirs);
  return endpoint && new URL(endpoint).origin;
};

test('a server in our own kind of network gets our address there, everybody else the public one', () => {
  const at = { publicUrl, local };
  assert.equal(given(at, 'https://192.168.1.3:8448/x'), local);
  assert.equal(given(at, 'https://10.0.0.3:8448/x'), local);
  for (const theirs of [
    undefined,
    null,
    'https://8.8.8.8/x',
    'https://ben.example/x',
    'https://127.0.0.1:1/x',
  ])
    assert.equal(given(at, theirs), publicUrl, `${theirs}`);
});

test('without a public address, only a server in our own kind of network gets one', () => {
  const at = { publicUrl: null, local };
  assert.equal(given(at, 'https://192.168.1.3:8448/x'), local);
  assert.equal(given(at, 'https://8.8.8.8/x'), null);
  assert.equal(given({ publicUrl: null, local: null }, 'https://192.168.1.3/x'), null);
});

test('an address in the network that the owner has set is given there, too', () => {
  const named = 'https://192.168.1.2:9000';
  assert.equal(given({ publicUrl: named, local }, 'https://192.168.1.3:8448/x'), named);
});
