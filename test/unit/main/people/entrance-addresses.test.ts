import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AddressCall,
  type AddressFacts,
  entranceAddress,
  entranceProblem,
} from '../../../../main/people/entrance-addresses.ts';
import { allInEnglish } from '../../../support/words.ts';

const nothing = { pushShown: false, passkeyUsed: false };
const home = { home: '192.168.1.7', outside: '81.2.69.160' };
const here = (...leadsTo: string[]): AddressCall => ({ leadsTo, result: 'here', failures: 0 });
const facts = (url: string, change: Partial<AddressFacts> = {}): AddressFacts => ({
  url,
  isTrusted: true,
  isKept: false,
  call: here('81.2.69.160'),
  ...change,
});

test('name and certificate decide what works at an address', () => {
  const rows = [
    [facts('https://anna.example'), 'domain', 'tested', 'expected', 'expected'],
    [facts('https://anna.dedyn.io:8448', { isKept: true }), 'kept-name', 'tested', 'expected', 'expected'],
    [facts('https://box.tail1234.ts.net'), 'tailscale', 'tested', 'expected', 'expected'],
    [facts('https://81.2.69.160:8448'), 'ip', 'tested', 'expected', 'never'],
    [facts('https://[2a02:810d::7]:8448'), 'ip', 'tested', 'expected', 'never'],
    [facts('https://anna.example:8448', { isTrusted: false }), 'self-signed', 'tested', 'never', 'never'],
    [facts('https://192.168.1.7:8448', { isTrusted: false }), 'home', 'tested', 'never', 'never'],
  ] as const;
  for (const [one, ...expected] of rows) {
    const { kind, chat, install, passkey, next } = entranceAddress(one, home, nothing);
    assert.deepEqual([kind, chat, install, passkey], expected, one.url);
    assert.equal(next === null, kind === 'domain' || kind === 'kept-name');
  }
});

test('nothing counts as tested before a test, nor after one that failed', () => {
  const { chat, at_home } = entranceAddress(facts('https://anna.example', { call: null }), home, nothing);
  assert.deepEqual([chat, at_home], ['expected', null]);
  for (const result of ['silent', 'refused-certificate', 'another-server'] as const) {
    const call = { leadsTo: ['81.2.69.160'], result, failures: 1 };
    const failed = entranceAddress(facts('https://anna.example', { call }), home, nothing);
    assert.deepEqual([failed.chat, failed.install, failed.passkey], ['failed', 'failed', 'failed']);
  }
});

test('push and passkeys count as tested once a device has used them there, while the address leads here', () => {
  const done = { pushShown: true, passkeyUsed: true };
  const works = (one: AddressFacts, both = done) => {
    const { install, passkey } = entranceAddress(one, home, both);
    return [install, passkey];
  };
  const name = 'https://anna.example';
  assert.deepEqual(works(facts(name)), ['tested', 'tested']);
  assert.deepEqual(works(facts(name, { call: null })), ['tested', 'tested']);
  assert.deepEqual(works(facts(name), { ...done, pushShown: false }), ['expected', 'tested']);
  assert.deepEqual(works(facts(name), { ...done, passkeyUsed: false }), ['tested', 'expected']);
  const call = { leadsTo: [], result: 'silent', failures: 1 } as const;
  assert.deepEqual(works(facts(name, { call })), ['failed', 'failed']);
  assert.deepEqual(works(facts('https://192.168.1.7:8448', { isTrusted: false })), ['never', 'never']);
  assert.deepEqual(works(facts('https://81.2.69.160:8448')), ['tested', 'never']);
});

test('the owner learns whether an address leads here at home', () => {
  const said = (url: string, call: AddressCall, isKept = false) =>
    entranceAddress(facts(url, { call, isKept }), home, nothing).at_home?.code;
  const name = 'https://anna.example:8448';
  assert.equal(said(name, here('81.2.69.160')), 'entrance.hairpin');
  assert.equal(said(name, here('192.168.1.7')), 'entrance.local_name');
  assert.equal(said(name, here('192.168.1.7'), true), 'entrance.home_name');
  assert.equal(said('https://192.168.1.7:8448', here('192.168.1.7')), 'entrance.home_address');
  assert.equal(said('https://81.2.69.160:8448', here('81.2.69.160')), 'entrance.hairpin_address');
});

test('the owner learns why an address doesn’t lead here at home, and what to do', () => {
  const said = (call: Pick<AddressCall, 'leadsTo' | 'result'>, isKept = false) => {
    const one = facts('https://anna.example:8448', { call: { ...call, failures: 1 }, isKept });
    const { text, fix } = entranceProblem(one, home) ?? {};
    const words = allInEnglish<string>(entranceAddress(one, home, nothing).at_home ?? '');
    assert.equal(words, `${allInEnglish(text ?? '')} ${allInEnglish(fix ?? '')}`);
    return [text?.code, fix?.code].map((code) => code?.replace('entrance.', ''));
  };
  const silent = (...leadsTo: string[]) => ({ leadsTo, result: 'silent' }) as const;
  assert.deepEqual(said(silent('81.2.69.160')), ['no_hairpin', 'no_hairpin_fix']);
  assert.deepEqual(said(silent('81.2.69.99')), ['silent', 'silent_fix']);
  assert.deepEqual(said(silent('192.168.1.7')), ['silent', 'silent_fix']);
  assert.deepEqual(said(silent()), ['not_resolved', 'not_resolved_fix']);
  assert.deepEqual(said(silent(), true), ['not_resolved', 'not_resolved_kept_fix']);
  const leadsTo = ['81.2.69.160'];
  assert.deepEqual(said({ leadsTo, result: 'another-server' }), ['another_server', 'answer_fix']);
  assert.deepEqual(said({ leadsTo, result: 'refused-certificate' }), [
    'refused_certificate',
    'refused_certificate_fix',
  ]);
  assert.equal(entranceProblem(facts('https://anna.example', { call: null }), home), null);
  assert.equal(entranceProblem(facts('https://anna.example'), home), null);
});
