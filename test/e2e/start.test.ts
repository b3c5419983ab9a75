import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { createClient } from '../../shared/api/client.ts';
import { certificateFor } from '../support/attack/tls.ts';
import { binPath, startChildNode } from '../support/nodes/child-node.ts';
import { startLocalNode } from '../support/nodes/local-node.ts';
import { tempDir } from '../support/temp.ts';
import { until } from '../support/until.ts';

const endMsMax = 120_000;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A start that is expected to end by itself. */
function run(...flags: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const argv = [binPath, '--headless', '--tls', 'off', ...flags];
    const child = spawn(process.execPath, argv, { timeout: endMsMax, killSignal: 'SIGKILL' });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

const free = ['--listen', '127.0.0.1:0', '--control', '127.0.0.1:0'];

test('a ready node says so in one line, keeps control.json while it runs, and ends with 0 on SIGTERM', async (t) => {
  const dataDir = join(tempDir(t), 'node');
  const node = await startChildNode({ name: 'a.test', dataDir }, t);
  const file = join(dataDir, 'control.json');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const { url, token } = JSON.parse(readFileSync(file, 'utf8')) as { url: string; token: string };
  assert.equal(url, node.control);
  const status = await fetch(`${url}/api/v1/status`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(status.status, 200);
  assert.equal(await node.stop(), 0);
  assert.equal(existsSync(file), false);
});

test('a first start prints what the README shows', async (t) => {
  const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');
  const shown = /```\n([^`]*\nready federation=[^`]*)```/.exec(readme)?.[1] ?? '';
  const patterns = shown
    .trim()
    .split('\n')
    .map((line) =>
      line
        .replace(/[.?[\]()]/g, '\\$&')
        .replaceAll('…', '\\S+')
        .replace(/844[89]/g, '\\d+'),
    );
  assert.equal(patterns.length, 3);
  const dataDir = join(tempDir(t), 'node');
  const child = spawn(process.execPath, [binPath, '--headless', '--data-dir', dataDir, ...free]);
  t.after(() => child.kill('SIGKILL'));
  let printed = '';
  for (const output of [child.stderr, child.stdout])
    output.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
  // They come through two pipes, in any order.
  await until([], `these lines: ${shown}`, () =>
    patterns.every((pattern) => new RegExp(`^${pattern}$`, 'm').test(printed)),
  );
});

test('with a self-signed certificate, a node listens on https with the same one after a restart', async (t) => {
  const dataDir = join(tempDir(t), 'node');
  const first = await startChildNode({ name: 'a.test', dataDir, flags: ['--tls', 'self-signed'] }, t);
  assert.match(first.federation, /^https:/);
  const certificate = readFileSync(join(dataDir, 'tls-cert.pem'), 'utf8');
  const peer = await startChildNode({ name: 'b.test', dataDir: join(tempDir(t), 'peer') }, t);
  const added = await peer.api.addPeer({ endpoint: first.federation });
  assert.equal(added.server_name, 'a.test');
  assert.match(added.tls_sha256 ?? '', /^[0-9a-f]{64}$/, 'pinned at first sight');
  assert.equal(await first.stop(), 0);
  const again = await startChildNode({ name: 'a.test', dataDir, flags: ['--tls', 'self-signed'] }, t);
  assert.equal(readFileSync(join(dataDir, 'tls-cert.pem'), 'utf8'), certificate);
  assert.equal(await again.stop(), 0);
  assert.equal(await peer.stop(), 0);
});

test('a data folder in use, a wrong server name and a newer database each give one line and a code', async (t) => {
  const dataDir = join(tempDir(t), 'node');
  const node = await startChildNode({ name: 'a.test', dataDir, onFile: true }, t);
  const inUse = await run('--data-dir', dataDir, ...free);
  assert.equal(inUse.code, 4);
  assert.match(
    inUse.stderr,
    /^Paracord Node is already running with the data folder .*\. Stop it there, or .* --data-dir\.\n$/,
  );
  await node.stop();

  const other = await run('--data-dir', dataDir, '--server-name', 'b.test', ...free);
  assert.equal(other.code, 7);
  assert.match(other.stderr, /^--server-name: the data in .* belongs to a\.test.*\n$/);

  const db = new Database(join(dataDir, 'node.db'));
  db.pragma('user_version = 999');
  db.close();
  const newer = await run('--data-dir', dataDir, ...free);
  assert.equal(newer.code, 5);
  assert.match(newer.stderr, /^A newer version created the database .* \(schema 999; .*\n$/);
});

test('a port in use names the flag to change', async (t) => {
  const blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
  t.after(() => blocker.close());
  const { port } = blocker.address() as AddressInfo;
  const dataDir = join(tempDir(t), 'node');
  const listen = await run(
    '--data-dir',
    dataDir,
    '--listen',
    `127.0.0.1:${port}`,
    '--control',
    '127.0.0.1:0',
  );
  assert.equal(listen.code, 3);
  assert.match(listen.stderr, /^Port \d+ on 127\.0\.0\.1 is in use.*--listen HOST:PORT\.\n$/);
  const control = await run(
    '--data-dir',
    dataDir,
    '--listen',
    '127.0.0.1:0',
    '--control',
    `127.0.0.1:${port}`,
  );
  assert.equal(control.code, 3);
  assert.match(control.stderr, /--control HOST:PORT/);
});

test('wrong flags, a control API open to the network, and unusable TLS files are refused before anything is created', async (t) => {
  const dataDir = join(tempDir(t), 'node');
  for (const [flags, said] of [
    [['--listen', 'nonsense'], /--listen: expected HOST:PORT/],
    [['--server-name', 'UPPER_case!'], /--server-name: /],
    [['--control', '0.0.0.0:8449'], /--control: .* loopback/],
    [['--frobnicate'], /There is no option --frobnicate\./],
  ] as const) {
    const ended = await run('--data-dir', dataDir, ...flags);
    assert.equal(ended.code, 2, ended.stderr);
    assert.match(ended.stderr, said);
    assert.equal(ended.stderr.trim().split('\n').length, 1);
    assert.equal(existsSync(dataDir), false);
  }
  const file = join(tempDir(t), 'a file');
  writeFileSync(file, '');
  for (const impossible of ['/proc/nothing/here', join(file, 'below')]) {
    const ended = await run('--data-dir', impossible, ...free);
    assert.equal(ended.code, 2);
    assert.match(ended.stderr, /^The data folder .* can’t be used: .*--data-dir\.\n$/);
  }
  const cert = join(tempDir(t), 'cert.pem');
  writeFileSync(cert, 'no certificate');
  const tls = await run(
    '--data-dir',
    dataDir,
    ...free,
    '--tls',
    'files',
    '--tls-cert',
    cert,
    '--tls-key',
    cert,
  );
  assert.equal(tls.code, 2);
  assert.match(tls.stderr, /don’t form a usable pair/);
});

test('a node without a name answers peers 503 and its owner what to do', async (t) => {
  const dataDir = join(tempDir(t), 'node');
  const child = spawn(process.execPath, [binPath, '--tls', 'off', '--data-dir', dataDir, ...free]);
  t.after(() => child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const line = await new Promise<string>((resolve) =>
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString())),
  );
  const federation = /federation=(\S+)/.exec(line)?.[1];
  const answer = await fetch(`${federation}/.well-known/paracord/server`);
  assert.equal(answer.status, 503);
  assert.equal(((await answer.json()) as { code: string }).code, 'SERVICE_UNAVAILABLE');
  assert.match(stderr, /There is no display, so your server runs without a window/);
  assert.match(stderr, /has no name yet/);
});

test('logs have levels and contain no secrets, even at the most verbose; a CPU profile is written at the end', async (t) => {
  const dataDir = join(tempDir(t), 'node');
  const profile = join(tempDir(t), 'node.cpuprofile');
  const flags = ['--log-level', 'debug', '--cpu-profile', profile];
  const node = await startChildNode({ name: 'a.test', dataDir, flags }, t);
  const { keys } = JSON.parse(readFileSync(join(dataDir, 'identity.json'), 'utf8')) as {
    keys: { seed: string }[];
  };
  await assert.rejects(node.api.addPeer({ endpoint: 'http://127.0.0.1:1' }));
  await fetch(`${node.federation}/_paracord/federation/v1/event`, { method: 'POST', body: 'nonsense' });
  assert.equal(await node.stop(), 0);
  const lines = node
    .stderr()
    .trim()
    .split('\n')
    // The login link is written for the owner. It is not a log line.
    .filter((line) => !line.startsWith('Log in to the console '))
    .map((line) => JSON.parse(line) as { level: string });
  assert.ok(lines.some((line) => line.level === 'info'));
  assert.ok(lines.some((line) => line.level === 'debug'));
  for (const secret of [node.token, ...keys.map((key) => key.seed)])
    assert.equal(node.stderr().includes(secret), false);
  const { nodes } = JSON.parse(readFileSync(profile, 'utf8')) as { nodes: unknown[] };
  assert.ok(nodes.length > 10);
  assert.equal(statSync(profile).mode & 0o777, 0o600, 'it says what the node did');
});

test('a signal to npm start stops the node, which leaves its folder in order', {
  timeout: 60_000,
}, async (t) => {
  const dataDir = join(tempDir(t), 'node');
  const project = fileURLToPath(new URL('../..', import.meta.url));
  const flags = ['--headless', '--tls', 'off', '--server-name', 'a.test', '--data-dir', dataDir, ...free];
  // In its own process group, so that nothing keeps running if this test fails.
  const npm = spawn('npm', ['start', '--', ...flags], { cwd: project, detached: true });
  let stdout = '';
  let stderr = '';
  let waitsFor = 'the ready line';
  t.after(() => {
    if (waitsFor !== 'nothing') t.diagnostic(`waited for ${waitsFor}; npm wrote ${stdout}${stderr}`);
    try {
      process.kill(-(npm.pid ?? 0), 'SIGKILL');
    } catch {
      // It has ended.
    }
  });
  npm.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  // The pipe ends when nobody writes to it any more: neither npm, nor its shell, nor the node.
  const ended = once(npm.stdout, 'close');
  const ready = new Promise<void>((resolve) => {
    npm.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      // npm writes the script before it, unless the npm that runs these tests was told to be silent.
      if (/^ready /m.test(stdout)) resolve();
    });
  });
  await Promise.race([ready, ended]);
  assert.match(stdout, /^ready /m, stderr);
  waitsFor = 'npm and the node to end';
  npm.kill('SIGTERM');
  await ended;
  assert.equal(existsSync(join(dataDir, 'control.json')), false);
  waitsFor = 'the next start';
  const again = await startChildNode({ name: 'a.test', dataDir }, t);
  waitsFor = 'the next node to end';
  assert.equal(await again.stop(), 0);
  waitsFor = 'nothing';
});

test('a node that npm was starting when a signal ended its shell doesn’t start', {
  skip: process.platform === 'linux' ? false : 'only Linux says so',
}, async (t) => {
  const dataDir = join(tempDir(t), 'node');
  const argv = [binPath, '--headless', '--tls', 'off', '--data-dir', dataDir, ...free];
  // The command in the braces becomes the node, but not before its shell has ended.
  const shell = spawn('sh', ['-c', '{ read -r go <&3; exec "$0" "$@"; } &', process.execPath, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, npm_lifecycle_event: 'start' },
    detached: true,
  });
  t.after(() => {
    try {
      process.kill(-(shell.pid ?? 0), 'SIGKILL');
    } catch {
      // It has ended.
    }
  });
  const [, stdout, , go] = shell.stdio as unknown as [null, Readable, Readable, Writable];
  const ended = once(stdout, 'close');
  const said = new Promise<string>((resolve) =>
    stdout.once('data', (chunk: Buffer) => resolve(chunk.toString())),
  );
  await once(shell, 'exit');
  go.end('\n');
  assert.equal(await Promise.race([said, ended.then(() => '')]), '');
  assert.equal(existsSync(dataDir), false);
});

test('a node that cannot start again after a restore ends with the reason and its exit code', async (t) => {
  const old = await startLocalNode(t, { name: 'a.test' });
  const { folder } = await old.api.backUp({});
  await old.stop();
  const dataDir = join(tempDir(t), 'new');
  const [cert, key] = [join(tempDir(t), 'cert.pem'), join(tempDir(t), 'key.pem')];
  const pair = await certificateFor('a.test');
  writeFileSync(cert, pair.cert);
  writeFileSync(key, pair.key);
  const tls = ['--tls', 'files', '--tls-cert', cert, '--tls-key', key];
  const child = spawn(process.execPath, [binPath, '--headless', '--data-dir', dataDir, ...free, ...tls]);
  t.after(() => child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const closed = once(child, 'close');
  await once(child.stdout, 'data');
  const { url, token } = JSON.parse(readFileSync(join(dataDir, 'control.json'), 'utf8'));
  rmSync(cert);
  await createClient({ baseUrl: url, token, fetch }).restoreBackup({ folder });
  assert.deepEqual(await closed, [2, null], stderr);
  assert.match(stderr, /cert\.pem/);
  assert.equal(existsSync(join(dataDir, 'control.json')), false, 'it was stopped in order');
});
