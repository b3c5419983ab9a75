import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { AcceptanceView, InvitePreview } from '../../../shared/api/views/pairing-views.ts';
import { page, withNode } from '../../support/nodes/command-line.ts';

const bin = fileURLToPath(new URL('../../../main/cli/bin.mjs', import.meta.url));
const link = 'paracord://join/b.test/abc';
const preview: InvitePreview = {
  server_name: 'ben.test',
  domain: 'ben.test',
  endpoint: 'https://ben.test:8448',
  key_id: 'ed25519:1',
  fingerprint: 'dokiba-bomiba',
  tls_sha256: null,
  expires_at: 1_800_000_000_000,
  inviter: 'Ben',
  is_peer: false,
  started_over: false,
  room: null,
};
const connected = { server_name: 'ben.test', state: 'connected', text: 'Connected.' } as AcceptanceView;
const noTerminal =
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') === true
    ? false
    : 'no “script” to make a terminal with (Debian: apt-get install bsdutils)';

/** The command in a terminal, with someone who answers. */
async function attended(answer: string, ...args: string[]) {
  const command = [process.execPath, bin, ...args].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let seen = '';
  child.stdout.on('data', (chunk) => {
    seen += chunk;
    if (/\[y\/N\]/.test(seen)) child.stdin.end(`${answer}\n`);
  });
  await once(child, 'close');
  return seen;
}

test('in a terminal, opening a link asks for confirmation before it trusts the server', {
  skip: noTerminal,
}, async (t) => {
  const { calls, dir } = await withNode(t, {
    previewPeerInvite: async () => preview,
    acceptPeerInvite: async () => connected,
  });
  const accepted = () => calls.filter(({ name }) => name === 'acceptPeerInvite').length;
  for (const answer of ['n', '', 'perhaps']) {
    const said = await attended(answer, 'accept', link, '--data-dir', dir);
    assert.match(said, /dokiba-bomiba.*Trust ben\.test\? \[y\/N\].*Nothing was changed\./s);
    assert.equal(accepted(), 0);
  }
  assert.match(await attended('y', 'accept', link, '--data-dir', dir), /Connected\./);
  assert.equal(accepted(), 1);
});

test('without a terminal, opening a link needs --yes', async (t) => {
  const { cli, calls } = await withNode(t, {
    previewPeerInvite: async () => preview,
    acceptPeerInvite: async () => connected,
  });
  const accepted = () => calls.filter(({ name }) => name === 'acceptPeerInvite').length;
  for (const more of [[], ['--json']]) {
    const { code, stdout, stderr } = await cli('accept', link, ...more);
    assert.equal(code, 2);
    assert.match(stderr, /Nothing was changed.*dokiba-bomiba.*again with --yes/s);
    assert.equal(stdout.includes('dokiba-bomiba'), more.length === 0, 'the words to compare');
  }
  assert.equal(accepted(), 0);
  assert.match((await cli('accept', link, '--yes')).stdout, /Connected\./);
  assert.equal(JSON.parse((await cli('accept', link, '--yes', '--json')).stdout).state, 'connected');
  assert.equal(accepted(), 2);
});

test('an unanswered link can be canceled on the command line', async (t) => {
  const { cli, calls } = await withNode(t, {
    waitingAcceptances: async () => page(),
    giveUpAcceptance: async () => ({ done: true as const }),
  });
  assert.match((await cli('waiting')).stdout, /^No accepted invites are waiting for an answer/);
  assert.equal((await cli('waiting', 'drop', 'ben.test')).stdout, 'Stopped waiting for ben.test.\n');
  assert.deepEqual(calls.at(-1), { name: 'giveUpAcceptance', input: { server_name: 'ben.test' } });
});

test('the hours of an invite are checked when they are entered', async (t) => {
  const { cli, calls } = await withNode(t);
  for (const hours of ['0', '721', 'x']) {
    const { code, stderr } = await cli('invite', '--hours', hours);
    assert.equal(code, 2);
    assert.match(stderr, /--hours: expected (?:1 to 720 hours|a whole number)/);
  }
  assert.deepEqual(calls, []);
});
