import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  challengeServerName,
  chooseChallenge,
  chooseProfile,
  identifierOf,
} from '../../../../main/tls/identifiers.ts';

test('names and addresses are distinguished, each in its canonical form', () => {
  assert.deepEqual(identifierOf('Chat.Example.'), { type: 'dns', value: 'chat.example' });
  assert.deepEqual(identifierOf('192.0.2.1'), { type: 'ip', value: '192.0.2.1' });
  assert.deepEqual(identifierOf('[2001:DB8:0:0::1]'), { type: 'ip', value: '2001:db8::1' });
  assert.deepEqual(identifierOf('1.2.3'), { type: 'dns', value: '1.2.3' });
});

test('whatever a certificate of others names is read without an exception', () => {
  for (const name of [
    'fe80::1%1',
    '[fe80::1%25eth0]',
    '::1%',
    'fe80::1%]',
    '[',
    '[]',
    '::ffff:1.2.3.4%a',
    '',
  ])
    assert.equal(identifierOf(name).type, 'dns', name);
});

test('a TLS-ALPN-01 check of an address uses its reverse name', () => {
  const asked = (name: string) => challengeServerName(identifierOf(name));
  assert.equal(asked('chat.example'), 'chat.example');
  assert.equal(asked('192.0.2.7'), '7.2.0.192.in-addr.arpa');
  assert.equal(
    asked('2001:db8::1'),
    '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa',
  );
  assert.equal(
    asked('2001:db8:1:2:3:4:5:6'),
    '6.0.0.0.5.0.0.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa',
  );
  assert.match(asked('::'), /^(0\.){32}ip6\.arpa$/);
});

test('the challenge type is the one that reaches this server’s port, unless the owner chose one', () => {
  const both = ['dns-01', 'http-01', 'tls-alpn-01'];
  assert.equal(chooseChallenge(both, null, { listen: 8448, public: null }), 'http-01');
  assert.equal(chooseChallenge(both, null, { listen: 8448, public: 443 }), 'tls-alpn-01');
  assert.equal(chooseChallenge(both, null, { listen: 443, public: null }), 'tls-alpn-01');
  assert.equal(chooseChallenge(both, null, { listen: 443, public: 8448 }), 'http-01');
  assert.equal(chooseChallenge(['tls-alpn-01'], null, { listen: 8448, public: null }), 'tls-alpn-01');
  assert.equal(chooseChallenge(both, 'tls-alpn-01', { listen: 8448, public: null }), 'tls-alpn-01');
  assert.equal(chooseChallenge(['http-01'], 'tls-alpn-01', { listen: 443, public: 443 }), null);
  assert.equal(chooseChallenge(['dns-01'], null, { listen: 443, public: 443 }), null);
});

test('the short-lived profile is asked for addresses only, where it is listed', () => {
  const [name, address] = [identifierOf('a.test'), identifierOf('192.0.2.1')];
  assert.equal(chooseProfile([name, address], { classic: '', shortlived: '' }), 'shortlived');
  assert.equal(chooseProfile([name], { classic: '', shortlived: '' }), null);
  assert.equal(chooseProfile([address], { classic: '' }), null);
  assert.equal(chooseProfile([address], Object.create({ shortlived: '' }) as Record<string, unknown>), null);
});
