import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proxySnippet } from '../../../shared/api/proxy-snippets.ts';
import { wordsIn } from '../../../shared/words/words.ts';
import { withNode } from '../../support/nodes/command-line.ts';
import { status } from '../../support/parties/fake-api.ts';

const comments = wordsIn('en').network.proxyComments;

const { certificate } = status.listener;
const off = {
  url: 'http://127.0.0.1:8448',
  problem: null,
  tls: 'off',
  lacks_proxy: false,
  certificate: null,
} as const;

test('status shows the issuer of the certificate, how long it is valid, and its problems', async (t) => {
  const problem = 'Port 80 of home.example must reach this machine.';
  const { cli } = await withNode(t, {
    status: async () => ({
      ...status,
      listener: { ...status.listener, certificate: certificate && { ...certificate, problem } },
    }),
  });
  const { stdout } = await cli('status');
  assert.match(stdout, /^certificate +self-signed, valid until Jan 15, 2027, 8:00 AM$/m);
  assert.match(stdout, /^ +public key SHA-256 (ab){32}$/m);
  assert.match(stdout, /^ +Port 80 of home\.example must reach this machine\.$/m);
});

test('proxy prints a snippet for the public address and the listener', async (t) => {
  const listener = { ...off, url: 'http://127.0.0.1:7001' };
  const { cli } = await withNode(t, { status: async () => ({ ...status, listener }) });
  const facts = { publicHost: 'home.example:8448', upstream: '127.0.0.1:7001' };
  assert.equal(
    (await cli('proxy', 'nginx')).stdout.trimEnd(),
    proxySnippet('nginx', facts, comments).trimEnd(),
  );
  const { stdout } = await cli(
    'proxy',
    'caddy',
    '--host',
    'chat.example',
    '--upstream',
    'node:9000',
    '--json',
  );
  assert.equal(
    (JSON.parse(stdout) as { snippet: string }).snippet,
    proxySnippet('caddy', { publicHost: 'chat.example', upstream: 'node:9000' }, comments),
  );
});

test('proxy says if the proxy and the node would need the same port', async (t) => {
  const { cli } = await withNode(t, { status: async () => ({ ...status, listener: off }) });
  assert.match(
    (await cli('proxy', 'nginx')).stdout,
    /^# On one machine, the proxy can’t use the port your server listens on\. .*--public-url https:\/\/home\.example”/,
  );
});

test('proxy says if the node has TLS on, and only accepts hosts', async (t) => {
  const { cli } = await withNode(t, { status: async () => status });
  assert.match(
    (await cli('proxy', 'caddy')).stdout,
    /^# Your server still handles TLS itself\. Turn that off with “paracord-node settings change --tls off”/,
  );
  for (const args of [
    ['proxy', 'apache'],
    ['proxy', 'nginx', '--host', 'a;}'],
    ['proxy', 'caddy', '--upstream', 'a b'],
  ]) {
    const { code, stderr } = await cli(...args);
    assert.equal(code, 2, args.join(' '));
    assert.match(stderr, /expected/i);
  }
});
