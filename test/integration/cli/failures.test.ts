import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { refusal } from '../../../shared/words/refusal.ts';
import { quoted } from '../../../shared/words/said.ts';
import { binPath } from '../../support/nodes/child-node.ts';
import { run, withNode } from '../../support/nodes/command-line.ts';
import { status } from '../../support/parties/fake-api.ts';
import { tempDir } from '../../support/temp.ts';

test('a refusal by the node is one line on stderr, or the error body with --json', async (t) => {
  const { cli } = await withNode(t, {
    peer: async () => {
      throw refusal('NOT_FOUND', quoted('No peer is called a.example.'), {
        details: { server_name: 'a.example' },
      });
    },
  });
  const plain = await cli('peers', 'show', 'a.example');
  assert.deepEqual(plain, { code: 9, stdout: '', stderr: 'No peer is called a.example.\n' });
  const json = await cli('peers', 'show', 'a.example', '--json');
  assert.equal(json.code, 9);
  assert.deepEqual(JSON.parse(json.stderr), {
    code: 'NOT_FOUND',
    message: 'No peer is called a.example.',
    details: { server_name: 'a.example' },
  });
});

test('invalid input exits with 2 and names the field', async (t) => {
  const { cli } = await withNode(t);
  const { code, stderr } = await cli('users', 'add', 'Bob!');
  assert.equal(code, 2);
  assert.match(stderr, /^localpart: expected 1 to 64 small letters/);
});

test('a token of an earlier run exits with 9', async (t) => {
  const { dir, url, cli } = await withNode(t, { status: async () => status });
  await writeFile(join(dir, 'control.json'), JSON.stringify({ url, token: 'old' }));
  const { code, stderr } = await cli('status');
  assert.equal(code, 9);
  assert.match(stderr, /This isn’t the token of your running server/);
});

test('if the node isn’t running, the command exits with 8 and says how to start it', async (t) => {
  const { dir, cli, app, close } = await withNode(t);
  app.endStreams();
  await close();
  const stopped = await cli('status');
  assert.equal(stopped.code, 8);
  assert.match(
    stopped.stderr,
    /doesn’t respond \(ECONNREFUSED\)\. Start your server with “paracord-node --data-dir /,
  );
  await writeFile(join(dir, 'control.json'), '{"url":"nonsense"}');
  assert.equal((await cli('status')).code, 8);
  await rm(join(dir, 'control.json'));
  const never = await cli('status', '--json');
  assert.equal(never.code, 8);
  assert.equal(JSON.parse(never.stderr).code, 'NOT_RUNNING');
});

test('an unknown command exits with 2 and says where to find help', async () => {
  const wrong: [string[], RegExp][] = [
    [['frobnicate'], /There is no command “frobnicate”\. Run “paracord-node --help”/],
    [['peers', 'lsit'], /There is no command “peers lsit”\. Use peers with one of these: list, add/],
    [['edit', 'Kitchen', '$1:a'], /The argument <text> is missing\. Run the command with --help/],
    [['send', 'Kitchen'], /A message needs a text or a file\. Run the command with --help/],
    [['status', '--bogus'], /There is no option --bogus\./],
    [['send', 'Kitchen', '- milk'], /There is no option “- milk”\. If it is text, put -- before it/],
    [['send', 'Kitchen', '-milk'], /There is no option “-m[^”]*”\. If it is text, put -- before it/],
    [['send', 'Kitchen', '--- milk'], /If it is text, put -- before it/],
    [['peers', '--jsno'], /There is no option --jsno\. Did you mean --json\?/],
    [['peers', '--limit'], /The option --limit <number> needs a value\./],
    [['peers', '--limit', 'many'], /--limit: expected a whole number, got “many”/],
    [['rooms', 'create', 'X', '--rule', 'all'], /--rule <rule>: expected one of peers, invite, got “all”/],
    [
      ['--listen', '127.0.0.1:1', 'status'],
      /--listen starts your server, so you can’t use it before “status”/,
    ],
    [['--listen', 'nowhere'], /--listen: expected HOST:PORT/],
  ];
  const outcomes = await Promise.all(wrong.map(([args]) => run(args)));
  for (const [at, { code, stdout, stderr }] of outcomes.entries()) {
    assert.equal(code, 2, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, wrong[at]![1]);
    assert.equal(stderr.trim().split('\n').length, 1);
  }
});

const olderNode = [
  '--import',
  `data:text/javascript,Object.defineProperty(process,'versions',{value:{node:'20.1.0'}})`,
];

test('an older Node.js hands over to the one that was installed with the package', async () => {
  const { code, stdout, stderr } = await run(['--version'], {}, olderNode);
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
});

test('an older Node.js without the installed one says which version is needed and exits with 10', async (t) => {
  const alone = join(tempDir(t), 'bin.mjs');
  copyFileSync(binPath, alone);
  const start = (env: NodeJS.ProcessEnv) =>
    spawnSync(process.execPath, [...olderNode, alone, 'status'], { encoding: 'utf8', env });
  const { status, stdout, stderr } = start({});
  assert.equal(status, 10);
  assert.equal(stdout, '');
  assert.match(stderr, /^Paracord Node needs Node\.js 24 or newer, but this is Node\.js 20\.1\.0\. .*\n$/);
  assert.match(
    start({ LC_ALL: 'de_AT.UTF-8' }).stderr,
    /^Paracord Node braucht Node\.js 24 oder neuer, hier läuft aber Node\.js 20\.1\.0\./,
  );
});
