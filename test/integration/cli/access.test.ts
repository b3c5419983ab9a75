import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import type { Api } from '../../../shared/api/contract.ts';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import { binPath } from '../../support/nodes/child-node.ts';
import { withNode } from '../../support/nodes/command-line.ts';
import { status } from '../../support/parties/fake-api.ts';

const passphrase = 'correct horse battery staple';
const file = { file_name: 'home.example-recovery-2026-01-02.json', text: '{"sealed":"…"}\n' };
const token = { id: 'ab12', name: 'helper', user_id: '@bob:home.example', created_at: 1_700_000_000_000 };
const backup = { folder: '/data/backups/one', bytes: 1_234_567, created_at: 1_700_000_000_000 };

const namesOf = (calls: readonly { name: string }[]) => calls.map(({ name }) => name);

async function withFiles(t: TestContext, answers: Partial<Api> = {}) {
  const node = await withNode(t, {
    status: async () => status,
    exportIdentity: async () => file,
    recoverIdentity: async () => status,
    diagnostics: async () => ({ file_name: 'd.json', text: '{"version":"1"}\n' }),
    ...answers,
  });
  const at = (name: string) => join(node.dir, name);
  writeFileSync(at('pass'), `${passphrase}\n`);
  return { ...node, at };
}

test('keys export reads the passphrase from a file, without its line break, and writes a file only the owner can read', async (t) => {
  const { cli, calls, at } = await withFiles(t);
  const out = at('recovery.json');
  const { code, stdout, stderr } = await cli(
    'keys',
    'export',
    '--passphrase-file',
    at('pass'),
    '--output',
    out,
  );
  assert.equal(code, 0, stderr);
  assert.deepEqual(calls.slice(1), [{ name: 'exportIdentity', input: { passphrase } }]);
  assert.match(stdout, /^Saved .*recovery\.json\. Store it on another device/);
  assert.equal(readFileSync(out, 'utf8'), file.text);
  assert.equal(statSync(out).mode & 0o777, 0o600);
});

test('an existing file is not overwritten', async (t) => {
  const { cli, at } = await withFiles(t);
  writeFileSync(at('precious'), 'mine');
  for (const words of [['keys', 'export', '--passphrase-file', at('pass')], ['diagnostics']]) {
    const { code, stderr } = await cli(...words, '--output', at('precious'));
    assert.equal(code, 2);
    assert.match(stderr, /already exists\. Use --output to name another file\.\n$/);
  }
  const nowhere = await cli('diagnostics', '--output', join(at('precious'), 'below'));
  assert.equal(nowhere.code, 2);
  assert.match(nowhere.stderr, /Couldn’t write/);
  assert.equal(readFileSync(at('precious'), 'utf8'), 'mine');
});

test('without a file the passphrase comes from standard input', async (t) => {
  const { dir, calls } = await withFiles(t);
  const child = spawn(process.execPath, [binPath, 'keys', 'export', '--json', '--data-dir', dir]);
  child.stdin.end(`${passphrase}\r\n`);
  const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(stdout), file);
  assert.deepEqual(calls.slice(1), [{ name: 'exportIdentity', input: { passphrase } }]);
});

test('a passphrase on the command line is refused, without a call to the node', async (t) => {
  const { cli, calls, at } = await withFiles(t);
  const { code, stderr } = await cli('keys', 'export', '--passphrase', passphrase, '--output', at('x'));
  assert.equal(code, 2);
  assert.equal(stderr.includes(passphrase), false);
  const missing = await cli('keys', 'export', '--passphrase-file', at('nothing'));
  assert.equal(missing.code, 2);
  assert.match(missing.stderr, /^--passphrase-file: couldn’t read .*nothing \(ENOENT\)\.\n$/);
  assert.deepEqual(namesOf(calls), ['status']);
  assert.equal(existsSync(at('x')), false);
});

test('the node creates no recovery file if it can’t be written, so none is noted as saved', async (t) => {
  const { cli, calls, at } = await withFiles(t);
  writeFileSync(at('precious'), 'mine');
  for (const output of [at('precious'), join(at('precious'), 'below'), at('no-folder/file')]) {
    const { code } = await cli('keys', 'export', '--passphrase-file', at('pass'), '--output', output);
    assert.equal(code, 2);
  }
  assert.deepEqual(namesOf(calls).includes('exportIdentity'), false);
});

test('without --output, the recovery file is named after the server and the day', async (t) => {
  const { dir, calls, at } = await withFiles(t);
  const args = ['keys', 'export', '--passphrase-file', at('pass'), '--data-dir', dir];
  const child = spawn(process.execPath, [binPath, ...args], { cwd: dir });
  const [code] = await once(child, 'close');
  assert.equal(code, 0);
  assert.deepEqual(namesOf(calls), ['status', 'exportIdentity']);
  const [name] = readdirSync(dir).filter((each) => each.endsWith('.json') && each !== 'control.json');
  assert.match(name ?? '', /^home\.example-recovery-\d{4}-\d\d-\d\d\.json$/);
});

test('if the node creates no recovery file, no file is left behind', async (t) => {
  const refuse = async () => {
    throw new ProtocolError('SERVICE_UNAVAILABLE', 'This server has no name yet.');
  };
  const { cli, at } = await withFiles(t, { exportIdentity: refuse });
  const { code, stderr } = await cli('keys', 'export', '--passphrase-file', at('pass'), '--output', at('x'));
  assert.notEqual(code, 0);
  assert.match(stderr, /no name yet/);
  assert.equal(existsSync(at('x')), false);
});

test('a passphrase that is too short is refused with what is expected', async (t) => {
  const { cli, at } = await withFiles(t);
  writeFileSync(at('short'), 'elevenchars');
  const { code, stderr } = await cli('keys', 'export', '--passphrase-file', at('short'));
  assert.equal(code, 2);
  assert.match(stderr, /at least 12 characters/);
  assert.equal(stderr.includes('elevenchars'), false);
});

test('keys recover sends the file unchanged, and prints which server the node is', async (t) => {
  const { cli, calls, at } = await withFiles(t);
  writeFileSync(at('recovery.json'), file.text);
  const args = ['keys', 'recover', at('recovery.json'), '--passphrase-file', at('pass')];
  const { code, stdout, stderr } = await cli(...args);
  assert.equal(code, 0, stderr);
  assert.deepEqual(calls, [{ name: 'recoverIdentity', input: { text: file.text, passphrase } }]);
  assert.match(stdout, /^home\.example is back, and asks its peers/);
  const missing = await cli('keys', 'recover', at('nothing'), '--passphrase-file', at('pass'));
  assert.match(missing.stderr, /couldn’t read .*nothing \(ENOENT\)/);
});

test('tokens are listed, created and revoked; a new one is on its own line', async (t) => {
  const { cli, calls } = await withNode(t, {
    tokens: async () => ({ items: [{ ...token, last_used_at: null }], next: null }),
    addToken: async () => ({ ...token, last_used_at: null, token: 'paracord_abc' }),
    revokeToken: async () => ({ done: true }),
  });
  assert.match(
    (await cli('tokens')).stdout,
    /^ab12 {3}helper {2}@bob:home\.example {2}Nov 14, 2023, 10:13 PM {2}–$/m,
  );
  const made = await cli('tokens', 'add', '@bob:home.example', 'helper');
  assert.equal(made.stdout.split('\n')[0], 'paracord_abc');
  assert.match(made.stdout, /writes as @bob:home\.example\. It is shown only now\./);
  assert.equal((await cli('tokens', 'revoke', 'ab12')).stdout, 'Revoked ab12.\n');
  assert.deepEqual(calls.slice(1), [
    { name: 'addToken', input: { user_id: '@bob:home.example', name: 'helper' } },
    { name: 'revokeToken', input: { id: 'ab12' } },
  ]);
});

test('backup prints its path and that it was verified; backups lists them; both print JSON', async (t) => {
  const { cli } = await withNode(t, {
    backUp: async () => ({ ...backup, verified: true }),
    backups: async () => ({ items: [backup], next: null }),
  });
  assert.match(
    (await cli('backup')).stdout,
    /^Saved a backup in \/data\/backups\/one \(1\.2 MB\) and verified it\./,
  );
  assert.deepEqual(JSON.parse((await cli('backup', '--json')).stdout), { ...backup, verified: true });
  assert.match((await cli('backups')).stdout, /^Nov 14, 2023, 10:13 PM {2}1\.2 MB {2}\/data\/backups\/one$/m);
  assert.deepEqual(JSON.parse((await cli('backups', '--json')).stdout).items, [backup]);
});

test('diagnostics prints, or writes to a named file', async (t) => {
  const { cli, at } = await withFiles(t);
  assert.equal((await cli('diagnostics', '--output', '-')).stdout, '{"version":"1"}\n');
  assert.match((await cli('diagnostics', '--output', at('d.json'))).stdout, /Read it before you share it/);
  assert.equal(readFileSync(at('d.json'), 'utf8'), '{"version":"1"}\n');
});

test('status reports a missing recovery file and a restored folder', async (t) => {
  const { cli } = await withNode(t, {
    status: async () => ({ ...status, recovery_saved_at: null, restored_at: 1_700_000_000_000 }),
  });
  const { stdout } = await cli('status');
  assert.match(
    stdout,
    /^recovery file {3}none with the current keys\. Run “paracord-node keys export” to save one$/m,
  );
  assert.match(stdout, /^restored {8}Nov 14, 2023, 10:13 PM, from a backup or a copy$/m);
});
