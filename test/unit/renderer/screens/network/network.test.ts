import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPublicAddress } from '../../../../../renderer/parts/controls/checks.ts';
import { fieldsOf, problemWith, tlsOf } from '../../../../../renderer/screens/network/certificate-form.ts';
import {
  isBroken,
  isClash,
  movedAddress,
  portOf,
  proposedAddress,
  reachSteps,
  rowsOf,
  standingOf,
  suggestedAddress,
  tlsFor,
  wayOf,
} from '../../../../../renderer/screens/network/reach.ts';
import type { TlsConfig } from '../../../../../shared/api/contract/tls.ts';
import { status } from '../../../../support/parties/fake-api.ts';

const listener = (tls: 'off' | 'self-signed', port = 8448) => ({
  url: `${tls === 'off' ? 'http' : 'https'}://127.0.0.1:${port}`,
  problem: null,
  tls,
  lacks_proxy: false,
  certificate: null,
});
const closed = {
  ...status.reach,
  verdict: { ...status.reach.verdict, kind: 'closed' as const },
  offers: null,
};
const mapped = {
  mapping: { ...status.reach.mapping, state: 'mapped' as const, external_port: 9001 },
  verdict: { kind: 'mapped' as const, text: '', fix: null },
  offers: 'https://203.0.113.9:9001',
  local: null,
};
const facts = { reach: closed, serverName: 'a.example', address: '', tlsByFlag: false };
const codes = (...given: Parameters<typeof reachSteps>) =>
  reachSteps(...given).flatMap((step) => step.code ?? []);

test('an address without a port has the default one', () => {
  assert.equal(portOf('https://a.example'), '443');
  assert.equal(portOf('a.example:8448'), '8448');
  assert.equal(portOf('http://a.example'), '80');
  assert.equal(portOf('a b'), '');
});

test('peers connect through a proxy if the proxy does TLS, whatever the ports', () => {
  assert.equal(wayOf(null, listener('self-signed')), 'pull');
  assert.equal(wayOf('https://a.example', listener('self-signed')), 'router');
  assert.equal(wayOf('https://a.example:8448', listener('off')), 'proxy');
});

test('the proposed address fits the choice, and the router’s answer', () => {
  const named = { ...facts, listener: listener('self-signed', 7001) };
  assert.equal(suggestedAddress('router', named), 'https://a.example:7001');
  assert.equal(suggestedAddress('proxy', named), 'https://a.example');
  assert.equal(suggestedAddress('router', { ...named, reach: mapped }), 'https://a.example:9001');
  const nameless = { ...named, reach: mapped, serverName: 'anna.home' };
  assert.equal(suggestedAddress('router', nameless), 'https://203.0.113.9:9001');
});

test('another way to get a certificate proposes another address: that of a proxy has the name and its own port', () => {
  const at = { ...facts, listener: listener('self-signed', 7001) };
  const stored = 'https://chat.example:7001';
  assert.equal(proposedAddress('router', at, stored), stored);
  assert.equal(proposedAddress('proxy', at, stored), 'https://chat.example');
  const behind = { ...facts, listener: listener('off', 7001) };
  assert.equal(proposedAddress('proxy', behind, 'https://chat.example:9443'), 'https://chat.example:9443');
  assert.equal(isClash('proxy', { ...at, address: stored }), true);
  assert.equal(isClash('proxy', { ...at, address: 'https://chat.example' }), false);
  assert.equal(isClash('router', { ...at, address: stored }), false);
});

test('a router needs a rule for this machine’s port, and the outer router too, unless it opens ports by itself', () => {
  const at = { ...facts, listener: listener('self-signed', 7001), address: 'https://a.example' };
  const [record, rule] = codes('router', at);
  assert.match(record!, /^a\.example\. {2}A /);
  assert.match(rule!, /TCP 443 .* port 7001/);
  const steps = reachSteps('router', { ...at, reach: mapped });
  assert.ok(steps.some(({ text }) => /already forwards connections/.test(text)));
  assert.ok(!steps.some(({ code }) => /^TCP/.test(code ?? '')));
});

test('the record to create contains this network’s address once the router has reported it', () => {
  const at = { ...facts, listener: listener('self-signed') };
  const outside = (external_address: string) => ({
    ...at,
    reach: { ...mapped, mapping: { ...mapped.mapping, external_address } },
  });
  assert.equal(codes('router', outside('203.0.113.9'))[0], 'a.example.  A  203.0.113.9');
  assert.equal(codes('router', outside('2001:db8::9'))[0], 'a.example.  AAAA  2001:db8::9');
});

test('a way that works is ok, one that only fetches waits, and a port or certificate that fails needs its owner', () => {
  assert.equal(standingOf({ ...status, reach: mapped }), 'ok');
  assert.equal(standingOf({ ...status, reach: closed }), 'waiting');
  const deaf = { ...status, listener: { ...listener('self-signed'), url: '' } };
  assert.equal(standingOf(deaf), 'needs');
  assert.equal(isBroken(deaf), true);
  assert.equal(isBroken({ ...status, listener: listener('self-signed') }), false);
});

test('port, certificate, router and address are shown separately, each with its result', () => {
  const results = (change: object) =>
    rowsOf({ ...status, ...change }).map(({ step, result }) => `${step} ${result}`);
  assert.deepEqual(results({ reach: mapped, public_url: null }), [
    'port ok',
    'certificate ok',
    'router ok',
    'address ok',
  ]);
  assert.equal(results({ reach: closed, public_url: null }).at(-1), 'address skipped');
  assert.deepEqual(
    results({ reach: closed, listener: { ...listener('off'), url: '', problem: 'Port 8448 is in use.' } }),
    ['port failed', 'certificate skipped', 'router failed', 'address ok'],
  );
});

test('TLS that is off fails until a proxy has been seen', () => {
  const certificateOf = (lacks_proxy: boolean) =>
    rowsOf({ ...status, listener: { ...listener('off'), lacks_proxy } }).find(
      ({ step }) => step === 'certificate',
    );
  assert.equal(certificateOf(false)?.result, 'skipped');
  assert.equal(certificateOf(true)?.result, 'failed');
  assert.match(String(certificateOf(true)?.text), /Nobody can connect until a proxy is in front/);
});

test('an address of digits needs no record, a local name a line in hosts files', () => {
  const at = { ...facts, listener: listener('self-signed'), serverName: '198.51.100.7' };
  assert.equal(codes('router', at).length, 1);
  assert.equal(codes('router', { ...at, address: 'https://[2001:db8::1]:8448' }).length, 1);
  const [line] = codes('router', { ...at, serverName: 'anna.home.arpa' });
  assert.match(line!, /^<address of this computer> {2}anna\.home\.arpa$/);
});

test('the snippet for a proxy holds the address with its port, and this node’s listener', () => {
  const at = { ...facts, listener: listener('off', 7001), address: 'https://a.example:9443' };
  const [, caddy] = codes('proxy', at);
  assert.match(caddy ?? '', /^a\.example:9443 \{/);
  assert.match(caddy ?? '', /reverse_proxy 127\.0\.0\.1:7001/);
});

test('TLS is left to a proxy only if there is one', () => {
  assert.equal(tlsFor('proxy', listener('self-signed')), 'off');
  assert.equal(tlsFor('router', listener('off')), 'self-signed');
  for (const [way, tls] of [
    ['proxy', 'off'],
    ['router', 'self-signed'],
    ['pull', 'off'],
    ['pull', 'self-signed'],
  ] as const)
    assert.equal(tlsFor(way, listener(tls)), null);
});

test('if a flag sets the TLS mode, the message names the flag to change', () => {
  const flagged = { ...facts, tlsByFlag: true };
  const told = (way: 'proxy' | 'router', tls: 'off' | 'self-signed') =>
    codes(way, { ...flagged, listener: listener(tls) }).filter((code) => code.startsWith('--tls'));
  assert.deepEqual(told('proxy', 'self-signed'), ['--tls off --listen 127.0.0.1:8448']);
  assert.deepEqual(told('router', 'off'), ['--tls self-signed']);
  assert.deepEqual([told('proxy', 'off'), told('router', 'self-signed')], [[], []]);
});

test('an address that names the listener’s port moves with it, any other stays', () => {
  const at = listener('self-signed');
  assert.equal(movedAddress('https://a.example:8448', at, '9000'), 'https://a.example:9000');
  assert.equal(movedAddress('https://a.example:8448', at, '443'), 'https://a.example');
  assert.equal(movedAddress('https://a.example', at, '9000'), null);
  assert.equal(movedAddress('https://a.example:8448', at, '8448'), null);
  assert.equal(movedAddress('https://a.example:8448', at, '9x'), null);
  assert.equal(movedAddress('https://a.example:8448', listener('off'), '9000'), null);
  assert.equal(movedAddress(null, at, '9000'), null);
});

test('the certificate’s form shows the settings, and saving it unchanged changes nothing', () => {
  const acme = {
    mode: 'acme' as const,
    terms_agreed: true as const,
    names: ['a.example', '192.0.2.1'],
    email: 'ann@a.example',
    directory: 'https://ca.example/directory',
    challenge: 'tls-alpn-01' as const,
    http: { host: '0.0.0.0', port: 8402 },
  } satisfies TlsConfig;
  const set: TlsConfig[] = [
    { mode: 'off' },
    { mode: 'self-signed' },
    { mode: 'files', cert_file: '/c.pem', key_file: '/k.pem' },
    acme,
  ];
  for (const tls of set) assert.deepEqual(tlsOf(tls.mode, fieldsOf(tls), tls), tls);
});

test('names may be written as people write lists, and an invalid one is reported', () => {
  const fields = { ...fieldsOf({ mode: 'off' }), names: ' a.example,  b.example 192.0.2.1;' };
  const tls = tlsOf('acme', fields, { mode: 'off' });
  assert.deepEqual(tls.mode === 'acme' && tls.names, ['a.example', 'b.example', '192.0.2.1']);
  assert.equal(problemWith('names', fields.names), null);
  assert.match(problemWith('names', 'a.example:443') ?? '', /^Expected a domain name or an IP address/);
  assert.match(problemWith('email', 'ann') ?? '', /^Expected one email address such as/);
  assert.match(problemWith('directory', 'ca.example') ?? '', /^Expected the https address/);
});

test('a single word is refused as a public address while it is typed', () => {
  const good = [
    'https://chat.example:8448',
    'chat.example',
    '203.0.113.7:8448',
    'https://[2001:db8::1]:8448',
  ];
  for (const address of [...good, 'http://localhost:8448'])
    assert.equal(checkPublicAddress(address), null, address);
  for (const address of ['banana', 'https://banana', 'banana:8448', 'anna.invalid', 'ftp://chat.example', ''])
    assert.notEqual(checkPublicAddress(address), null, address);
});
