import assert from 'node:assert/strict';
import { test } from 'node:test';
import { devicesOf } from '../../../../../renderer/screens/accounts/devices.ts';

test('devices are only counted for people who can log in, and for an owner only if there are some', () => {
  assert.equal(devicesOf({ role: 'member', removed_at: null, devices: 2 }), '2 devices');
  assert.equal(devicesOf({ role: 'guest', removed_at: null, devices: 0 }), 'logged out');
  assert.equal(devicesOf({ role: 'owner', removed_at: null, devices: 1 }), '1 device');
  assert.equal(devicesOf({ role: 'owner', removed_at: null, devices: 0 }), null);
  assert.equal(devicesOf({ role: null, removed_at: null, devices: 0 }), null);
  assert.equal(devicesOf({ role: 'member', removed_at: 1, devices: 0 }), null);
});
