import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import type { SettingsView } from '../../../shared/api/views/node-views.ts';
import { withNode } from '../../support/nodes/command-line.ts';

const settings: SettingsView = {
  paused: false,
  public_url: 'https://home.example:8448',
  outbox_max_age_days: 30,
  default_limits: { requests_per_minute: 6000, burst: 2000 },
  extend_keys: true,
  port_mapping: true,
  port: 8448,
  tls: { mode: 'self-signed' },
  keep_edit_history: true,
  language: 'system',
  quiet_hours: null,
  people_log_in: false,
  files: { person_mb: 5_000, all_mb: 20_000, spare_mb: 1_000, fetched_mb: 0 },
  by_flag: ['port'],
};

test('settings shows what is set, and what a flag overrides', async (t) => {
  const { cli } = await withNode(t, { settings: async () => settings });
  const { stdout } = await cli('settings');
  assert.match(stdout, /^public address +https:\/\/home\.example:8448$/m);
  assert.match(stdout, /^port +8448 \(set by a flag, which overrides this setting\)$/m);
  assert.match(stdout, /^TLS +self-signed$/m);
  assert.match(stdout, /^edits +earlier versions are kept$/m);
  assert.deepEqual(JSON.parse((await cli('settings', '--json')).stdout), settings);
});

test('settings change changes only the named settings', async (t) => {
  const { cli, calls } = await withNode(t, {
    settings: async () => settings,
    changeSettings: async () => settings,
  });
  const changed = async (...args: string[]) => {
    const { code, stderr } = await cli('settings', 'change', ...args);
    assert.equal(code, 0, stderr);
    return calls.at(-1)?.input;
  };
  assert.deepEqual(await changed('--port', '443', '--public-url', 'https://home.example'), {
    port: 443,
    public_url: 'https://home.example',
  });
  assert.deepEqual(await changed('--public-url', 'none', '--port-mapping', 'no'), {
    public_url: null,
    port_mapping: false,
  });
  assert.deepEqual(await changed('--extend-keys', 'no'), { extend_keys: false });
  assert.deepEqual(await changed('--keep-edit-history', 'no'), { keep_edit_history: false });
  assert.deepEqual(await changed('--language', 'de'), { language: 'de' });
  assert.deepEqual(await changed('--files-per-person', '100', '--files-fetched', '5'), {
    files: { person_mb: 100, all_mb: 20_000, spare_mb: 1_000, fetched_mb: 5 },
  });
  assert.deepEqual(await changed('--files-total', '0', '--files-spare', '2000'), {
    files: { person_mb: 5_000, all_mb: 0, spare_mb: 2_000, fetched_mb: 0 },
  });
  assert.deepEqual(await changed('--quiet-hours', '22:00-07:00'), {
    quiet_hours: { from: '22:00', to: '07:00' },
  });
  // Refused, instead of half of it being ignored.
  assert.notEqual((await cli('settings', 'change', '--quiet-hours', '22:00-07:00-x')).code, 0);
  assert.deepEqual(await changed('--quiet-hours', 'none'), { quiet_hours: null });
  assert.deepEqual(await changed('--tls', 'files', '--tls-cert', 'c.pem', '--tls-key', '/k.pem'), {
    tls: { mode: 'files', cert_file: resolve('c.pem'), key_file: '/k.pem' },
  });
  assert.deepEqual(await changed('--tls', 'acme', '--acme-agree', '--acme-name', 'a.example', 'b.example'), {
    tls: {
      mode: 'acme',
      terms_agreed: true,
      names: ['a.example', 'b.example'],
      email: null,
      directory: 'https://acme-v02.api.letsencrypt.org/directory',
      challenge: null,
      http: null,
    },
  });
});

test('only the named fields of an ACME certificate change, and another authority needs another agreement', async (t) => {
  const tls = {
    mode: 'acme' as const,
    terms_agreed: true as const,
    names: ['home.example'],
    email: 'ann@home.example',
    directory: 'https://ca.example/directory',
    staging: 'https://ca.example/staging',
    challenge: null,
    http: null,
  };
  const { cli, calls } = await withNode(t, {
    settings: async () => ({ ...settings, tls }),
    changeSettings: async () => settings,
  });
  const changed = async (...args: string[]) => {
    const { code, stderr } = await cli('settings', 'change', ...args);
    assert.equal(code, 0, stderr);
    return calls.at(-1)?.input;
  };
  const http = { host: '0.0.0.0', port: 8402 };
  assert.deepEqual(await changed('--acme-http', '0.0.0.0:8402'), { tls: { ...tls, http } });
  assert.deepEqual(await changed('--tls', 'acme', '--acme-challenge', 'tls-alpn-01'), {
    tls: { ...tls, challenge: 'tls-alpn-01' },
  });
  const other = ['--acme-directory', 'https://other.example/dir'];
  assert.match((await cli('settings', 'change', ...other)).stderr, /--acme-agree: .*other\.example/);
  const { staging: _, ...rest } = tls;
  assert.deepEqual(await changed(...other, '--acme-agree'), {
    tls: { ...rest, directory: 'https://other.example/dir' },
  });
});

test('a change of port, TLS or address says what is left to do', async (t) => {
  const { cli } = await withNode(t, {
    settings: async () => ({ ...settings, by_flag: [] }),
    changeSettings: async () => settings,
  });
  const said = async (...args: string[]) => (await cli('settings', 'change', ...args)).stdout;
  assert.match(
    await said('--port', '9000'),
    /The public address still names port 8448\. .* --public-url URL\./,
  );
  const both = await said('--port', '9000', '--public-url', 'https://home.example:9000');
  assert.doesNotMatch(both, /still names/);
  assert.match(both, /Peers are learning about the change\. Run “paracord-node doctor”/);
  assert.doesNotMatch(await said('--outbox-days', '3'), /Peers are learning/);
});

test('settings change reports invalid values without a call to the node', async (t) => {
  const { cli, calls } = await withNode(t, { settings: async () => settings });
  for (const [args, why] of [
    [[], /Nothing to change\. Run “paracord-node settings change --help”/],
    [
      ['--tls', 'acme'],
      /--acme-agree: .* Read the terms of that certificate authority, and add this flag if you agree/,
    ],
    [['--tls-cert', 'c.pem'], /--tls-cert: works only with --tls files/],
    [['--port', 'x'], /--port: expected a whole number/],
    [['--port-mapping', 'perhaps'], /--port-mapping: expected yes or no/],
  ] as const) {
    const { code, stderr } = await cli('settings', 'change', ...args);
    assert.equal(code, 2);
    assert.match(stderr, why);
  }
  assert.ok(calls.every(({ name }) => name === 'settings'));
});

test('settings retry-certificate retries a pending certificate', async (t) => {
  const { cli, calls } = await withNode(t, { retryCertificate: async () => ({ done: true as const }) });
  assert.match(
    (await cli('settings', 'retry-certificate')).stdout,
    /^Retrying now\. Run “paracord-node status”/,
  );
  assert.equal(calls[0]?.name, 'retryCertificate');
});
