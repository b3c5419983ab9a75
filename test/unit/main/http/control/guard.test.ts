import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CallerCheck, isLocal, refuseForeign } from '../../../../../main/http/control/guard.ts';
import { refused } from '../../../../support/words.ts';

const caller = (address: string): CallerCheck => ({
  port: 8449,
  secure: false,
  allowedHosts: ['console.example'],
  address,
});

test('a request is local if it comes from this computer and is addressed to it', () => {
  for (const address of ['127.0.0.1', '127.0.0.9', '::1', '::ffff:127.0.0.1'])
    for (const host of ['127.0.0.1:8449', 'localhost:8449', '[::1]:8449'])
      assert.equal(isLocal({ host }, caller(address)), true, `${address} ${host}`);
  for (const host of ['127.0.0.1:21901', 'localhost']) {
    assert.equal(isLocal({ host }, caller('127.0.0.1')), true, `through a forwarded port: ${host}`);
    refuseForeign({ host, origin: `http://${host}` }, 'POST', caller('127.0.0.1'));
    for (const origin of ['http://127.0.0.1:8449', 'http://localhost:3000'])
      assert.equal(
        refused(() => refuseForeign({ host, origin }, 'POST', caller('127.0.0.1')))[1],
        'control.other_origin',
      );
  }
  for (const host of ['localhost.evil.test:8449', '127.0.0.1.evil.test', '127.0.0.1:8449:1', ''])
    assert.equal(isLocal({ host }, caller('127.0.0.1')), false, host);
  assert.equal(isLocal({ host: 'console.example' }, caller('127.0.0.1')), false);
});

test('a request from elsewhere isn’t local, whatever its Host header says', () => {
  for (const address of [
    '192.168.1.7',
    '172.17.0.1',
    '::ffff:192.168.1.7',
    'fe80::1%eth0',
    '2001:db8::1',
    '',
  ])
    for (const host of ['127.0.0.1:8449', 'localhost:8449', '[::1]:8449']) {
      assert.equal(isLocal({ host }, caller(address)), false, `${address} ${host}`);
      assert.deepEqual(refused(() => refuseForeign({ host }, 'GET', caller(address))).slice(0, 3), [
        'FORBIDDEN',
        'control.bad_host',
        { host, port: 8449 },
      ]);
    }
  refuseForeign({ host: 'console.example' }, 'GET', caller('192.168.1.7'));
});
