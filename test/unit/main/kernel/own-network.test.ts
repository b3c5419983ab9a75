import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOnNetwork } from '../../../../main/kernel/own-network.ts';

const address = (value: string, internal = false) => ({
  address: value,
  internal,
  netmask: '',
  mac: '',
  cidr: null,
  ...(value.includes(':') ? { family: 'IPv6' as const, scopeid: 0 } : { family: 'IPv4' as const }),
});
const loopback = [address('127.0.0.1', true), address('::1', true)];

test('a computer is on a network if it has an address there', () => {
  assert.equal(
    isOnNetwork(() => ({ lo: loopback, eth0: [address('192.168.1.7')] })),
    true,
  );
  assert.equal(
    isOnNetwork(() => ({ lo: loopback, eth0: [address('2001:db8::7')] })),
    true,
  );
});

test('an address that the computer gave itself is no network', () => {
  assert.equal(
    isOnNetwork(() => ({ lo: loopback })),
    false,
  );
  assert.equal(
    isOnNetwork(() => ({ lo: loopback, wlan0: [address('169.254.3.4'), address('fe80::1')] })),
    false,
  );
});

test('a system that doesn’t say is taken to be on a network', () => {
  const forbidden = () => {
    throw new Error('not permitted');
  };
  assert.equal(isOnNetwork(forbidden), true);
});
