import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refuseStrange, visitorOf } from '../../../../../main/http/entrance/guard.ts';

const visit = {
  headers: { host: '192.168.1.5:8448' },
  method: 'GET',
  isTls: true,
  localAddress: '::ffff:192.168.1.5',
  remoteAddress: '192.168.1.9',
  hosts: new Set(['a.test']),
};
const refused = (change: Partial<Parameters<typeof refuseStrange>[0]>) =>
  assert.throws(() => refuseStrange({ ...visit, ...change }), { code: 'FORBIDDEN' });

test('over TLS, the address that the connection came in at is a name of ours', () => {
  refuseStrange(visit);
  refused({ headers: { host: '192.168.1.6:8448' } });
  refused({ localAddress: '127.0.0.1', headers: { host: '127.0.0.1:8448' } });
});

test('without TLS, only a proxy in the home network or on this computer is believed to have it', () => {
  const plain = { isTls: false, headers: { host: 'a.test' } };
  refuseStrange({ ...visit, ...plain });
  refused({ ...plain, remoteAddress: '93.184.216.34' });
  refused({ ...plain, headers: { host: 'a.test', 'x-forwarded-proto': 'http' } });
  refused({ isTls: false });
});

test('the visitor of a proxy on this computer is the last one that it names, and otherwise unknown', () => {
  assert.equal(visitorOf({ 'x-forwarded-for': '10.0.0.1, 203.0.113.9' }, '127.0.0.1'), '203.0.113.9');
  assert.equal(visitorOf({}, '127.0.0.1'), null);
  assert.equal(
    visitorOf({ 'x-forwarded-for': '10.0.0.1' }, '203.0.113.9'),
    '203.0.113.9',
    'nobody else is believed',
  );
});
