import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  lastingAddresses,
  parseProcIpv6Route,
  parseProcRoute,
  parseRouteGet,
  parseRoutePrint4,
  parseRoutePrint6,
} from '../../../../../main/reach/mapper/network.ts';

test('Linux: of two default routes the one with the lower metric counts, and only while it is up', () => {
  const text = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0
eth0\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
tun0\t00000000\t01000A0A\t0002\t0\t0\t50\t00000000\t0\t0\t0
eth0\t0002A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0
`;
  assert.deepEqual(parseProcRoute(text), { address: '192.168.2.1', interface: 'eth0' });
  assert.equal(parseProcRoute(text.split('\n').slice(0, 1).join('\n')), null);
  assert.equal(parseProcRoute(''), null);
});

test('Linux: an IPv6 router is named with its interface', () => {
  const zero = '0'.repeat(32);
  const text = [
    `24000002000000000000000000000000 40 ${zero} 00 ${zero} 00000100 00000001 00000000 00000001     eth0`,
    `${zero} 00 ${zero} 00 fe800000000000000000000000000001 00000400 00000003 00000000 00000003     eth0`,
    `${zero} 00 ${zero} 00 ${zero} ffffffff 00000001 00000000 00200200       lo`,
  ].join('\n');
  assert.deepEqual(parseProcIpv6Route(text), { address: 'fe80::1%eth0', interface: 'eth0' });
  assert.equal(parseProcIpv6Route(''), null);
});

test('a default route may have no router: PPP, LTE, WireGuard', () => {
  const zero = '0'.repeat(32);
  const proc = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
ppp0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0
*\t00000000\t00000000\t0201\t0\t0\t0\t00000000\t0\t0\t0
`;
  assert.deepEqual(parseProcRoute(proc), { address: null, interface: 'ppp0' });
  assert.equal(parseProcRoute(proc.replace(/ppp0.*\n/, '')), null, 'unreachable');
  const proc6 = `${zero} 00 ${zero} 00 ${zero} 00000400 00000001 00000000 00000001     wg0`;
  assert.deepEqual(parseProcIpv6Route(proc6), { address: null, interface: 'wg0' });
  assert.equal(parseProcIpv6Route(proc6.replace('00000001     wg0', '00000201     eth0')), null);
  assert.deepEqual(parseRoutePrint4('  0.0.0.0  0.0.0.0  Auf Verbindung  10.64.0.9  25'), {
    address: null,
    interface: '',
    localAddress: '10.64.0.9',
  });
  assert.deepEqual(parseRoutePrint6(' 12  281 ::/0   On-link'), { address: null, interface: '12' });
});

test('Linux: temporary addresses are distinguished from those that stay', () => {
  const text = `24000002000000000000000000000002 02 40 00 80     eth0
240000020000000012ab34cd56ef7890 02 40 00 01     eth0
fe800000000000000000000000000001 02 40 20 80     eth0
`;
  assert.deepEqual([...lastingAddresses(text)], ['2400:2::2', 'fe80::1']);
});

test('macOS: the output of `route get` is read', () => {
  const text = `   route to: default
destination: default
       mask: default
    gateway: 192.168.1.1
  interface: en0
      flags: <UP,GATEWAY,DONE,STATIC,PRCLONING,GLOBAL>
`;
  assert.deepEqual(parseRouteGet(text), { address: '192.168.1.1', interface: 'en0' });
  assert.deepEqual(parseRouteGet(text.replace('192.168.1.1', 'fe80::1%en0')), {
    address: 'fe80::1%en0',
    interface: 'en0',
  });
  assert.deepEqual(parseRouteGet(text.replace('192.168.1.1', 'utun3')), { address: null, interface: 'en0' });
  assert.equal(parseRouteGet('route: writing to routing socket: not in table'), null);
});

test('Windows: the output of `route print` is read, in any language', () => {
  const text = `
IPv4-Routentabelle
===========================================================================
Aktive Routen:
     Netzwerkziel    Netzwerkmaske          Gateway    Schnittstelle Metrik
          0.0.0.0          0.0.0.0     192.168.9.1     192.168.9.5     55
          0.0.0.0          0.0.0.0      192.168.1.1      192.168.1.23     25
===========================================================================
`;
  assert.deepEqual(parseRoutePrint4(text), {
    address: '192.168.1.1',
    interface: '',
    localAddress: '192.168.1.23',
  });
  assert.equal(parseRoutePrint4('Keine'), null);
  const text6 = `
 If Metric Network Destination      Gateway
 12    281 ::/0                     fe80::1
`;
  assert.deepEqual(parseRoutePrint6(text6), { address: 'fe80::1%12', interface: '12' });
});
