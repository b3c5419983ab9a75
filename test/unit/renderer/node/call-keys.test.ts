import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallKeys } from '../../../../renderer/node/call-keys.ts';

test('a call that is tried again has the key of the first try, and a new one once it has worked', async () => {
  const keys = new CallKeys();
  const seen: string[] = [];
  const call = (fails: boolean) => async (key: string) => {
    seen.push(key);
    if (fails) throw new Error('the answer is lost');
  };
  await assert.rejects(keys.once(['delete', '$1'], call(true)));
  await keys.once(['delete', '$1'], call(false));
  await keys.once(['delete', '$1'], call(false));
  await keys.once(['delete', '$2'], call(false));
  assert.equal(seen[0], seen[1]);
  assert.equal(new Set(seen).size, 3);
  for (const key of seen) assert.match(key, /^[0-9a-f]{32}$/);
});
