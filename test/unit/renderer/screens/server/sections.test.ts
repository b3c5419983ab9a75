import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeOf } from '../../../../../renderer/screens/server/sections.ts';

test('an address below Server leads to its section, and an unknown one nowhere', () => {
  assert.deepEqual(placeOf([]), { section: 'status' });
  assert.deepEqual(placeOf(['connections', 'ben.example']), { section: 'connections', name: 'ben.example' });
  assert.deepEqual(placeOf(['settings']), { section: 'settings', setting: 'general' });
  assert.deepEqual(placeOf(['settings', 'setup']), { section: 'settings', setting: 'setup' });
  assert.deepEqual(placeOf(['settings', 'tokens']), { section: 'settings', setting: 'tokens' });
  assert.equal(placeOf(['nonsense']), null);
  assert.equal(placeOf(['settings', 'nonsense']), null);
});
