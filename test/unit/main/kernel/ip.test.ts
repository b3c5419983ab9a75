import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addressBytes,
  addressKind,
  addressText,
  isPrivateAddress,
  networkOf,
} from '../../../../main/kernel/ip.ts';

/** First and last address of each range, and the neighbours that are public. */
const refused: Readonly<Record<string, readonly string[]>> = {
  'this network': ['0.0.0.0', '0.255.255.255'],
  private: ['10.0.0.0', '10.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.0', '192.168.255.255'],
  'carrier-grade NAT': ['100.64.0.0', '100.127.255.255'],
  loopback: ['127.0.0.1', '127.255.255.255', '::1'],
  'link-local': ['169.254.0.0', '169.254.169.254', 'fe80::1', 'febf::1'],
  'protocol and documentation': [
    '192.0.0.1',
    '192.0.2.1',
    '198.51.100.1',
    '203.0.113.1',
    '2001:db8::1',
    '3fff::1',
  ],
  benchmarking: ['198.18.0.0', '198.19.255.255'],
  'multicast, reserved, broadcast': [
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    'ff02::1',
  ],
  unspecified: ['::'],
  'unique local': ['fc00::1', 'fdff:ffff::1'],
  'site-local': ['fec0::1', 'feff::1'],
  discard: ['100::1'],
  'IPv4 compatible': ['::127.0.0.1', '::7f00:1'],
  'IPv4 mapped': [
    '::ffff:127.0.0.1',
    '::FFFF:10.0.0.1',
    '::ffff:7f00:1',
    '0:0:0:0:0:ffff:c0a8:1',
    '::ffff:a9fe:a9fe',
  ],
  'IPv4 translated': ['::ffff:0:127.0.0.1', '::ffff:0:7f00:1', '::ffff:0:10.0.0.1'],
  NAT64: [
    ...['64:ff9b::7f00:1', '64:ff9b::127.0.0.1', '64:FF9B::10.0.0.1', '0064:ff9b:0:0:0:0:c0a8:1'],
    ...['64:ff9b::', '64:ff9b:1::1', '64:ff9b:1:ffff::1', '64:ff9b::a00:1%eth0'],
  ],
  '6to4': ['2002:7f00:1::', '2002:c0a8:1::1', '192.88.99.1'],
  Teredo: ['2001::1', '2001:0:ffff::1'],
  'with a zone': ['fe80::1%eth0', '::1%lo', '::ffff:127.0.0.1%eth0', 'fe80::1%25eth0'],
};

for (const [what, addresses] of Object.entries(refused))
  test(`${what}: a remote can’t make us call it`, () => {
    for (const address of addresses) assert.equal(isPrivateAddress(address), true, address);
  });

test('public addresses next to those ranges are allowed', () => {
  for (const address of [
    '1.0.0.0',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '169.253.255.255',
    '169.255.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.0.1.0',
    '192.167.255.255',
    '192.169.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2606:4700::1111',
    '64:ff9b::5db8:d80a',
    '64:ff9b::8.8.8.8',
    '2001:4860:4860::8888',
    '2a00::1',
    '::ffff:8.8.8.8',
    '::ffff:808:808',
  ])
    assert.equal(isPrivateAddress(address), false, address);
});

test('anything that isn’t an address is treated as private', () => {
  for (const text of [
    '',
    'localhost',
    'chat.example',
    '127.1',
    '0x7f.0.0.1',
    '2130706433',
    '1.2.3.4.5',
    '[::1]',
    '::g',
  ])
    assert.equal(isPrivateAddress(text), true, text);
});

test('addresses go to 16 bytes and back', () => {
  for (const address of [
    '203.0.113.7',
    '0.0.0.0',
    '::',
    '::1',
    '2400:2::2',
    'fe80::1',
    '2001:db8:1:2:3:4:5:6',
  ])
    assert.equal(addressText(addressBytes(address)), address);
  assert.equal(addressText(addressBytes('fe80::1%eth0')), 'fe80::1');
});

test('one sender is an IPv4 address, or the /64 of an IPv6 address', () => {
  for (const [address, network] of [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80::/64'],
    ['::1', '::/64'],
    ['', ''],
    ['not an address', 'not an address'],
  ] as const)
    assert.equal(networkOf(address), network, address);
});

test('an address is of one kind', () => {
  const kinds = {
    none: ['0.0.0.0', '::', '', 'router.lan', '1.2.3', '127.evil.example', '127.1', null],
    loopback: ['127.0.0.1', '127.8.0.1', '::1', '::ffff:127.0.0.1', 'localhost'],
    shared: ['100.64.0.1', '100.127.255.255', '192.0.0.2'],
    private: ['192.168.1.1', '10.0.0.1', '172.16.0.1', '169.254.1.1', 'fd00::1', 'fe80::1%eth0'],
    public: ['9.9.9.9', '::ffff:9.9.9.9', '100.63.0.1', '100.128.0.1', '2400:2::2'],
  };
  for (const [kind, addresses] of Object.entries(kinds))
    for (const address of addresses) assert.equal(addressKind(address), kind, String(address));
});
