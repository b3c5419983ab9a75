import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needs, placeOf, sections, settings } from '../../../../../renderer/screens/server/sections.ts';
import { contract } from '../../../../../shared/api/contract.ts';
import { isAtLeast } from '../../../../../shared/api/roles.ts';

test('an address below Server leads to its section, and an unknown one nowhere', () => {
  assert.deepEqual(placeOf([]), { section: 'status' });
  assert.deepEqual(placeOf(['connections', 'ben.example']), { section: 'connections', name: 'ben.example' });
  assert.deepEqual(placeOf(['settings']), { section: 'settings', setting: 'general' });
  assert.deepEqual(placeOf(['settings', 'setup']), { section: 'settings', setting: 'setup' });
  assert.deepEqual(placeOf(['settings', 'tokens']), { section: 'settings', setting: 'tokens' });
  assert.equal(placeOf(['nonsense']), null);
  assert.equal(placeOf(['settings', 'nonsense']), null);
});

test('an admin sees the places below Server where the contract lets them act, a member none', () => {
  const shownTo = (role: 'admin' | 'member') => {
    const may = (place: Parameters<typeof needs>[0]) => isAtLeast(role, contract[needs(place)].access.least);
    return [
      ...sections.filter((section) => may({ section, name: undefined })),
      ...settings.filter((setting) => may({ section: 'settings', setting })),
    ];
  };
  assert.deepEqual(shownTo('admin'), ['connections', 'deliveries', 'network', 'about']);
  assert.deepEqual(shownTo('member'), []);
});
