import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lengthOf, messageCharactersMax } from '../../../../../../renderer/screens/rooms/composer/length.ts';

test('a message that comes near the limit shows it, and one beyond it is not sent', () => {
  const max = messageCharactersMax;
  assert.deepEqual(lengthOf(''), { state: 'fine' });
  assert.deepEqual(lengthOf('a'.repeat(max * 0.8)), { state: 'fine' });
  assert.deepEqual(lengthOf('a'.repeat(max * 0.8 + 1)), { state: 'near', count: max * 0.8 + 1, max });
  assert.deepEqual(lengthOf(`${'a'.repeat(max)}\n\n`), { state: 'near', count: max, max });
  assert.deepEqual(lengthOf('a'.repeat(70_000)), { state: 'over', count: 70_000, max });
  assert.equal(lengthOf('🐕'.repeat(max)).state, 'near');
});
