import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { binPath, startChildNode } from '../support/nodes/child-node.ts';
import { tempDir } from '../support/temp.ts';

const isLinux = process.platform === 'linux';
const isRoot = isLinux && process.getuid?.() === 0;
const noCompiler =
  spawnSync('cc', ['--version']).status === 0 ? false : 'no C compiler (Debian: apt-get install gcc)';

function run(args: readonly string[], env: NodeJS.ProcessEnv, uid?: number) {
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    const ids = uid === undefined ? {} : { uid, gid: uid };
    const child = spawn(process.execPath, [binPath, ...args], { env, cwd: '/', ...ids });
    const read = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].on('data', (chunk: Buffer) => {
        read[name] += chunk;
      });
    child.once('close', (code) => resolve({ code, ...read }));
  });
}

test('a user whom the system knows only by a number starts a node and commands with --data-dir', {
  skip: isRoot ? false : 'needs root on Linux: it becomes another user',
}, async (t) => {
  const dataDir = join(tempDir(t), 'node');
  chmodSync(join(dataDir, '..'), 0o777);
  const env = { PATH: process.env.PATH };
  const ids = { uid: 54_321, gid: 54_321 };
  const flags = [
    '--listen',
    '127.0.0.1:0',
    '--control',
    '127.0.0.1:0',
    '--tls',
    'off',
    '--server-name',
    'a.test',
  ];
  const node = spawn(process.execPath, [binPath, '--headless', '--data-dir', dataDir, ...flags], {
    env,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
    ...ids,
  });
  t.after(() => node.kill('SIGKILL'));
  let said = '';
  const ready = Promise.withResolvers<void>();
  for (const stream of [node.stdout, node.stderr])
    stream.on('data', (chunk: Buffer) => {
      said += chunk;
      if (said.includes('ready federation=')) ready.resolve();
    });
  node.once('close', () => ready.reject(new Error(said)));
  await ready.promise;
  const status = await run(['status', '--data-dir', dataDir], env, ids.uid);
  assert.deepEqual([status.code, status.stderr], [0, '']);
  const without = await run(['status'], env, ids.uid);
  assert.deepEqual(
    [without.code, without.stderr],
    [2, '--data-dir: this user has no home folder. Name the folder for the data\n'],
  );
});

test('a node runs in a folder whose file system keeps no permissions, and leaves nothing half written', {
  skip: isLinux ? noCompiler : 'Linux only',
}, async (t) => {
  const folder = tempDir(t);
  const source = join(folder, 'refuse.c');
  writeFileSync(
    source,
    '#include <errno.h>\nint chmod(const char *p, unsigned m) { errno = EPERM; return -1; }\nint fchmod(int f, unsigned m) { errno = EPERM; return -1; }\n',
  );
  const library = join(folder, 'refuse.so');
  execFileSync('cc', ['-w', '-shared', '-fPIC', '-o', library, source]);
  const dataDir = join(folder, 'node');
  const node = await startChildNode({ name: 'a.test', dataDir, env: { LD_PRELOAD: library } }, t);
  const { folder: backup } = await node.api.backUp({});
  assert.deepEqual((await node.api.drill({})).problems, []);
  assert.ok(existsSync(join(backup, 'identity.json')));
  assert.deepEqual(
    readdirSync(dataDir).filter((name) => name.endsWith('.new')),
    [],
  );
  assert.equal(await node.stop(), 0);
});

test('a program without screens, in a folder with #, ? and % in its name, runs without a link that leads nowhere', async (t) => {
  const program = join(tempDir(t), 'a#b?c%20d%');
  const project = join(import.meta.dirname, '../..');
  mkdirSync(join(program, 'node_modules'), { recursive: true });
  for (const part of ['main', 'shared', 'build', 'package.json'])
    cpSync(join(project, part), join(program, part), { recursive: true });
  // The folder is as NODE_ENV=production npm ci leaves it.
  for (const name of readdirSync(join(project, 'node_modules')))
    if (name !== 'vite' && name !== '.cache')
      symlinkSync(join(project, 'node_modules', name), join(program, 'node_modules', name));
  const dataDir = join(tempDir(t), 'node');
  const node = await startChildNode(
    { name: 'a.test', dataDir, program: join(program, 'main/cli/bin.mjs') },
    t,
  );
  assert.match(node.stderr(), /There are no screens.*npm ci --include=dev/);
  assert.doesNotMatch(node.stderr(), /http:/);
  const page = await fetch(node.control, { headers: { accept: 'text/html' } });
  assert.equal(page.status, 503);
  assert.match(
    await page.text(),
    /^The screens haven’t been built\. Run “npm ci --include=dev” and then “npm run build”/,
  );
  await node.api.backUp({});
  assert.deepEqual((await node.api.drill({})).problems, []);
  const { status, stderr } = spawnSync(process.execPath, ['build/prepare.mjs'], {
    cwd: program,
    encoding: 'utf8',
  });
  assert.deepEqual(
    [status, stderr],
    [0, 'No screens: npm left out the parts that build them. Run: npm ci --include=dev\n'],
  );
});

test('a proxy in the environment doesn’t get what the command line says to the node on this computer', async (t) => {
  const node = await startChildNode({ name: 'a.test', dataDir: join(tempDir(t), 'node') }, t);
  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(502).end('from the proxy');
  }).listen(0, '127.0.0.1');
  proxy.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url}`);
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  t.after(() => proxy.close());
  await new Promise((listening) => proxy.once('listening', listening));
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const env = {
    ...process.env,
    NODE_USE_ENV_PROXY: '1',
    HTTP_PROXY: address,
    http_proxy: address,
    NO_PROXY: '',
    no_proxy: '',
  };
  for (const command of [['status'], ['backup']]) {
    const { code, stderr } = await run([...command, '--data-dir', node.dataDir], env);
    assert.deepEqual([code, asked], [0, []], stderr);
  }
});
