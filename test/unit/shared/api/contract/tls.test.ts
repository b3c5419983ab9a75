import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contract } from '../../../../../shared/api/contract.ts';
import { checkedInput } from '../../../../../shared/api/input.ts';

const change = (tls: unknown): unknown => checkedInput(contract.changeSettings.input, { tls });
const refused = (tls: unknown, message: RegExp): void => {
  assert.throws(() => change(tls), { code: 'BAD_REQUEST', message });
};

test('an ACME certificate needs the owner’s agreement to the terms, and nothing else', () => {
  assert.deepEqual(change({ mode: 'acme', terms_agreed: true }), {
    tls: {
      mode: 'acme',
      terms_agreed: true,
      names: [],
      email: null,
      directory: 'https://acme-v02.api.letsencrypt.org/directory',
      challenge: null,
      http: null,
    },
  });
  for (const terms_agreed of [false, 'yes', 1])
    refused(
      { mode: 'acme', terms_agreed },
      /^tls\.terms_agreed: expected true: you have to agree to the terms/,
    );
  refused({ mode: 'acme' }, /^tls\.terms_agreed: /);
});

test('each invalid field about certificates says what it expects', () => {
  const acme = { mode: 'acme', terms_agreed: true };
  refused({ mode: 'on' }, /^tls\.mode: expected one of off, self-signed, files, acme/);
  refused('off', /^tls: expected one of/);
  refused({ mode: 'files', cert_file: '', key_file: 'k' }, /^tls\.cert_file: expected the path of the cert/);
  refused({ ...acme, names: ['chat.example:443'] }, /^tls\.names\.0: expected a domain name or an IP/);
  refused({ ...acme, email: 'ann' }, /^tls\.email: expected one email address/);
  refused({ ...acme, directory: 'http://ca.example' }, /^tls\.directory: expected the https address/);
  refused({ ...acme, challenge: 'dns-02' }, /^tls\.challenge: expected one of http-01, tls-alpn-01, dns-01/);
  refused({ ...acme, http: { host: '0.0.0.0', port: 70_000 } }, /^tls\.http\.port: expected a port from 0/);
});
