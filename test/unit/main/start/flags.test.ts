import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlagError, type RawStartFlags, readStartFlags } from '../../../../main/start/flags.ts';

const read = (raw: RawStartFlags) => readStartFlags(raw, '/data', {});

function refused(raw: RawStartFlags, message: RegExp): void {
  assert.throws(
    () => read(raw),
    (error) => error instanceof FlagError && message.test(error.message),
    JSON.stringify(raw),
  );
}

test('without flags a node listens for peers everywhere and for its owner here', () => {
  assert.deepEqual(read({}), {
    headless: false,
    dataDir: '/data',
    serverName: undefined,
    listen: { host: '::', port: 8448 },
    publicUrl: undefined,
    tls: { mode: 'self-signed' },
    byFlag: new Set(),
    control: { host: '127.0.0.1', port: 8449 },
    consoleHost: undefined,
    owner: 'owner',
    domain: undefined,
    newDatabase: false,
    database: undefined,
    logLevel: 'info',
    cpuProfile: undefined,
  });
});

test('every flag is accepted', () => {
  assert.deepEqual(
    read({
      headless: true,
      dataDir: './here',
      serverName: 'Chat.Example.',
      listen: '127.0.0.1:0',
      publicUrl: 'https://Chat.example:8448/',
      tls: 'files',
      tlsCert: 'c.pem',
      tlsKey: 'k.pem',
      control: 'localhost:1234',
      consoleHost: 'Console.example',
      owner: 'ann',
      domain: 'example.org',
      newDatabase: false,
      database: 'postgres://ann@db.example/paracord',
      logLevel: 'debug',
      cpuProfile: './profile',
    }),
    {
      headless: true,
      dataDir: './here',
      serverName: 'chat.example',
      listen: { host: '127.0.0.1', port: 0 },
      publicUrl: 'https://chat.example:8448',
      tls: { mode: 'files', cert_file: 'c.pem', key_file: 'k.pem' },
      byFlag: new Set(['port', 'tls']),
      control: { host: 'localhost', port: 1234 },
      consoleHost: 'console.example',
      owner: 'ann',
      domain: 'example.org',
      newDatabase: false,
      database: 'postgres://ann@db.example/paracord',
      logLevel: 'debug',
      cpuProfile: './profile',
    },
  );
});

test('the result is frozen all the way down', () => {
  const flags = read({});
  for (const part of [flags, flags.listen, flags.control, flags.tls]) assert.ok(Object.isFrozen(part));
});

test('the address of a database comes from the flag, or else from the environment', () => {
  const fromVariable = (url: string, raw: RawStartFlags = {}) =>
    readStartFlags(raw, '/data', { PARACORD_NODE_DATABASE: url }).database;
  assert.equal(fromVariable('postgres://db.example/a'), 'postgres://db.example/a');
  const database = 'postgresql://db.example/b';
  assert.equal(fromVariable('postgres://db.example/a', { database }), database);
});

test('an address is HOST:PORT, IPv6 in brackets', () => {
  assert.deepEqual(read({ listen: '[::1]:8448' }).listen, { host: '::1', port: 8448 });
  assert.deepEqual(read({ listen: '[::]:65535' }).listen, { host: '::', port: 65_535 });
  const wrong = [
    '8448',
    ':8448',
    'host',
    'host:',
    'host:65536',
    'host:-1',
    'host:1.5',
    'host:99999999',
    '::1:8448',
  ];
  for (const listen of [
    ...wrong,
    '[::1]',
    '[nohex]:1',
    '[1.2.3.4]:1',
    'a b:1',
    'https://host:1',
    'me@host:1',
    '',
  ]) {
    refused({ listen }, /^--listen: expected HOST:PORT such as .*0 to 65535/);
    refused({ control: listen }, /^--control: expected HOST:PORT/);
  }
});

test('the name of a proxy in front of the console isn’t this computer', () => {
  for (const consoleHost of ['localhost', 'LOCALHOST', '127.0.0.1', '127.1.2.3'])
    refused(
      { consoleHost },
      /^--console-host: .* is this computer, where the console answers without this flag/,
    );
});

test('a server name is only a name', () => {
  for (const name of ['https://chat.example', 'chat.example:8448', 'a b', '@ann:chat.example', '', '-a']) {
    refused({ serverName: name }, /^--server-name: .*Expected something like chat\.example/);
    refused({ domain: name }, /^--domain: .*Expected/);
  }
});

test('a public address is what the setting takes: a host with or without a port, no path, user or query', () => {
  assert.equal(read({ publicUrl: 'http://10.0.0.1:8448' }).publicUrl, 'http://10.0.0.1:8448');
  assert.equal(read({ publicUrl: 'Chat.example:443' }).publicUrl, 'https://chat.example');
  const federation = 'https://chat.example/_paracord/federation/v1/';
  assert.equal(read({ publicUrl: federation }).publicUrl, 'https://chat.example');
  for (const publicUrl of ['ftp://a', 'https://me@a', 'https://a/chat', 'https://[bad', ''])
    refused({ publicUrl }, /^--public-url: .*(?:isn’t an address|isn’t supported|must not)/);
});

test('certificate files belong to --tls files, which needs both', () => {
  assert.deepEqual(read({ tls: 'off' }).tls, { mode: 'off' });
  refused({ tls: 'on' }, /^--tls: expected off, self-signed, files, or acme, got “on”/);
  refused({ tls: 'files', tlsKey: 'k' }, /^--tls-cert: expected the path of the certificate chain/);
  refused({ tls: 'files', tlsCert: 'c' }, /^--tls-key: expected the path of the private key/);
  refused({ tls: 'off', tlsCert: 'c' }, /^--tls-cert: works only with --tls files/);
  refused({ tlsKey: 'k' }, /^--tls-key: works only with/);
});

test('an ACME certificate needs the owner’s agreement, and comes from Let’s Encrypt unless another authority is named', () => {
  assert.deepEqual(read({ tls: 'acme', acmeAgree: true }).tls, {
    mode: 'acme',
    terms_agreed: true,
    names: [],
    email: null,
    directory: 'https://acme-v02.api.letsencrypt.org/directory',
    challenge: null,
    http: null,
  });
  refused({ tls: 'acme' }, /^--acme-agree: .*acme-v02\.api\.letsencrypt\.org.*terms/);
});

test('every flag about ACME is accepted', () => {
  const raw = {
    tls: 'acme',
    acmeAgree: true,
    acmeEmail: 'ann@chat.example',
    acmeName: ['Chat.Example.', '198.51.100.7', '[2001:DB8::1]', 'chat.example'],
    acmeDirectory: 'https://ca.example/dir',
    acmeChallenge: 'tls-alpn-01',
    acmeHttp: '127.0.0.1:8402',
  };
  assert.deepEqual(read(raw).tls, {
    mode: 'acme',
    terms_agreed: true,
    names: ['Chat.Example.', '198.51.100.7', '[2001:DB8::1]', 'chat.example'],
    email: 'ann@chat.example',
    directory: 'https://ca.example/dir',
    challenge: 'tls-alpn-01',
    http: { host: '127.0.0.1', port: 8402 },
  });
});

test('an invalid flag about ACME is refused', () => {
  const acme = { tls: 'acme', acmeAgree: true };
  refused({ tls: 'off', acmeAgree: true }, /^--acme-agree: works only with --tls acme/);
  refused({ acmeName: ['a.example'] }, /^--acme-name: works only with/);
  refused({ ...acme, tlsKey: 'k' }, /^--tls-key: works only with --tls files/);
  refused({ ...acme, acmeName: ['https://a.example'] }, /^--acme-name: expected a domain name or an IP/);
  refused({ ...acme, acmeName: Array.from({ length: 26 }, (_, i) => `a${i}.example`) }, /at most 25/);
  refused({ ...acme, acmeEmail: 'ann' }, /^--acme-email: expected one address/);
  refused(
    { ...acme, acmeChallenge: 'dns-02' },
    /^--acme-challenge: expected http-01, tls-alpn-01, or dns-01/,
  );
  for (const acmeDirectory of ['ca.example', 'http://ca.example/dir', 'http://127.0.0.1.example/'])
    refused({ ...acme, acmeDirectory }, /^--acme-directory: expected the https address/);
});

test('owner, log level and data folder say what they expect', () => {
  for (const owner of ['', 'Ann', '.ann', 'a'.repeat(65), 'a b'])
    refused({ owner }, /^--owner: expected 1 to 64 small letters/);
  refused({ cpuProfile: '' }, /^--cpu-profile: expected a file, got an empty value/);
  refused({ logLevel: 'loud' }, /^--log-level: expected error, warn, info, or debug, got “loud”/);
  refused({ dataDir: '' }, /^--data-dir: expected a folder/);
});
