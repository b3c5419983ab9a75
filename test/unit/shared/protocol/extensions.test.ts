import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readBody, WellKnown } from '../../../../shared/protocol/bodies.ts';
import { readExtensions } from '../../../../shared/protocol/extensions.ts';

test('the extensions of a discovery document are names, each once, in one order', () => {
  assert.deepEqual(readExtensions(['reach', 'queue', 'reach', 'x.later']), ['queue', 'reach', 'x.later']);
});

test('malformed extensions in a discovery document are left out, and the rest is kept', () => {
  assert.deepEqual(readExtensions(['queue', 7, null, '', 'two words', 'UPPER', 'a'.repeat(65)]), ['queue']);
  for (const value of [undefined, null, 'queue', { queue: true }, 7])
    assert.deepEqual(readExtensions(value), []);
  const many = Array.from({ length: 500 }, (_, i) => `x${i}`);
  assert.equal(readExtensions(many).length, 100);
});

test('a discovery document without extensions is that of a server of another kind', () => {
  const told = { server_name: 'a.test', domain: 'a.test', federation_endpoint: '/x' };
  assert.deepEqual(readBody(WellKnown, JSON.stringify(told)).extensions, []);
  assert.deepEqual(readBody(WellKnown, JSON.stringify({ ...told, extensions: 'queue' })).extensions, []);
});
