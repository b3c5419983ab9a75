import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failsHere, sayNetworkError } from '../../../../main/client/say-network-error.ts';

const failed = (code: string) => failsHere(sayNetworkError(Object.assign(new Error('no'), { code })));

test('a call fails here if there is no network or no name server, and elsewhere otherwise', () => {
  for (const code of ['ENETUNREACH', 'ENETDOWN', 'EAI_AGAIN']) assert.equal(failed(code), true, code);
  for (const code of [
    'ECONNREFUSED',
    'ENOTFOUND',
    'EHOSTUNREACH',
    'ETIMEDOUT',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
  ])
    assert.equal(failed(code), false, code);
  assert.equal(failsHere(null), false);
});
