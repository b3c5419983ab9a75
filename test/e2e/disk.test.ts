import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ApiError } from '../../shared/api/client.ts';
import { overwrite } from '../support/damage.ts';
import { binPath, startChildNode } from '../support/nodes/child-node.ts';
import { RawPeer } from '../support/parties/raw-peer.ts';
import { tempDir } from '../support/temp.ts';

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
const skip = isRoot ? false : 'needs root on Linux: it mounts a small disk';
const flags = ['--listen', '127.0.0.1:0', '--control', '127.0.0.1:0', '--tls', 'off'];

/** A folder on a separate disk. */
function smallDisk(t: TestContext, megabytes: number): string {
  const disk = mkdtempSync(join(tmpdir(), 'paracord-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', disk]);
  t.after(() => {
    execFileSync('umount', ['-l', disk]);
    rmdirSync(disk);
  });
  return disk;
}

/** The same, where a mapped file gets its space late. */
function ext4Disk(t: TestContext, megabytes: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'paracord-disk-'));
  const [image, disk] = [join(folder, 'image'), join(folder, 'disk')];
  writeFileSync(image, '');
  truncateSync(image, megabytes * 1_048_576);
  mkdirSync(disk);
  execFileSync('mkfs.ext4', ['-q', '-m', '0', image]);
  execFileSync('mount', ['-o', 'loop', image, disk]);
  t.after(() => {
    execFileSync('umount', ['-l', disk]);
    rmSync(folder, { recursive: true });
  });
  return disk;
}

/** Uses up all the space, also the blocks of a removed file, which ext4 returns late. */
function fill(disk: string): string {
  const file = join(disk, 'ballast');
  for (let before = -1, size = 0; size > before; ) {
    before = size;
    try {
      for (let part = 0; ; part++)
        writeFileSync(file, Buffer.alloc(part < 100 ? 1_000_000 : 1000), { flag: 'a' });
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
    }
    execFileSync('sync', ['-f', disk]);
    ({ size } = statSync(file));
  }
  return file;
}

/** Waits for the end of a start that has to fail. One that succeeds is killed, so its code is null. */
function run(options: { uid?: number }, ...args: string[]): Promise<{ code: number | null; stderr: string }> {
  return new Promise((resolve) => {
    const ids = options.uid === undefined ? {} : { uid: options.uid, gid: options.uid };
    const child = spawn(process.execPath, [binPath, '--headless', ...args], ids);
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.stdout.on('data', (chunk: Buffer) => {
      if (chunk.includes('ready federation=')) child.kill('SIGKILL');
    });
    child.once('close', (code) => resolve({ code, stderr }));
  });
}

test('on a full disk, the owner and peers are asked to retry, and everything continues once there is space', {
  skip,
}, async (t) => {
  const disk = smallDisk(t, 12);
  const node = await startChildNode({ name: 'a.test', dataDir: join(disk, 'node') }, t);
  const raw = await new RawPeer('raw.test').listen(t);
  await node.api.addPeer({ endpoint: raw.url });
  const { room_id } = await node.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  const join_ = JSON.stringify({ origin_server: 'raw.test', room_id, user_id: '@user:raw.test' });
  assert.equal((await raw.call(node.federation, 'POST', '/join', join_)).status, 200);

  const ballast = fill(disk);
  const body = 'x'.repeat(300_000);
  const refused = (error: unknown) =>
    error instanceof ApiError && error.status === 503 && /disk is full/.test(error.message);
  await assert.rejects(async () => {
    // Free space in the log's last block is used up first.
    for (let n = 0; n < 20; n++) await node.api.postMessage({ room_id, body });
  }, refused);
  const pushed = await raw.post(node.federation, raw.message(room_id, body));
  assert.equal(pushed.status, 503);
  assert.equal(pushed.headers.get('retry-after'), '60');
  const { findings } = await node.api.doctor({});
  assert.equal(findings.find(({ code }) => code === 'disk-full')?.severity, 'error');

  rmSync(ballast);
  await node.api.postMessage({ room_id, body });
  assert.equal((await raw.post(node.federation, raw.message(room_id, 'now'))).status, 202);
  assert.ok(!(await node.api.doctor({})).findings.some(({ code }) => code === 'disk-full'));
  assert.equal(await node.stop(), 0);
});

test('a start on a full disk fails with one line that says so', { skip }, async (t) => {
  const disk = smallDisk(t, 2);
  fill(disk);
  const ended = await run({}, '--data-dir', join(disk, 'node'), '--server-name', 'a.test', ...flags);
  assert.equal(ended.code, 11, ended.stderr);
  assert.match(ended.stderr, /^The disk with the data folder .* is full .*\n$/);
});

test('a start on a full disk after a crash fails with one line that says so, however little is left', {
  skip,
}, async (t) => {
  const disk = ext4Disk(t, 24);
  const dataDir = join(disk, 'node');
  const node = await startChildNode({ name: 'a.test', dataDir, onFile: true }, t);
  await node.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  await node.kill();
  // As the restart of the computer leaves them.
  rmSync(join(dataDir, 'node.db-shm'));
  const spare = join(disk, 'spare');
  for (const pages of [0, 2, 4, 6]) {
    writeFileSync(spare, Buffer.alloc(pages * 4096));
    const ballast = fill(disk);
    rmSync(spare);
    const ended = await run({}, '--data-dir', dataDir, '--server-name', 'a.test', ...flags);
    rmSync(ballast);
    // A log that ended early leaves a start enough.
    if (pages > 2 && ended.code === null) break;
    assert.equal(ended.code, 11, `${pages} pages left: ${ended.stderr}`);
    assert.match(ended.stderr, /^The disk with the data folder .* is full .*\n$/);
  }
  const again = await startChildNode({ name: 'a.test', dataDir }, t);
  assert.equal((await again.api.rooms({})).items.length, 1);
});

test('a node whose folder became read-only still stops when asked to', { skip }, async (t) => {
  const disk = smallDisk(t, 12);
  const dataDir = join(disk, 'node');
  const node = await startChildNode({ name: 'a.test', dataDir }, t);
  execFileSync('mount', ['--bind', disk, disk]);
  execFileSync('mount', ['-o', 'remount,bind,ro', disk]);
  try {
    assert.equal(await node.stop(), 0);
  } finally {
    execFileSync('umount', ['-l', disk]);
  }
});

test('a drill on a disk that became read-only says so, and doesn’t advise to free space', {
  skip,
}, async (t) => {
  const disk = smallDisk(t, 12);
  const node = await startChildNode({ name: 'a.test', dataDir: join(disk, 'node') }, t);
  await node.api.backUp({});
  execFileSync('mount', ['--bind', disk, disk]);
  execFileSync('mount', ['-o', 'remount,bind,ro', disk]);
  try {
    await assert.rejects(node.api.drill({}), {
      message: `The backup couldn’t be copied to ${join(disk, 'node')}: the file system is read-only (EROFS). The backup wasn’t changed. Solve that, then try again.`,
    });
  } finally {
    execFileSync('umount', ['-l', disk]);
  }
});

test('a node whose database is damaged while it runs keeps running, stops when asked to, and doesn’t restart again and again', async (t) => {
  const dataDir = join(tempDir(t), 'node');
  const node = await startChildNode({ name: 'a.test', dataDir }, t);
  const { room_id } = await node.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  overwrite(t, dataDir, 'federation_events', 'rooms', 'users', 'meta', 'federation_peer_trust_state');
  await assert.rejects(node.api.postMessage({ room_id, body: 'no' }), { status: 503 });
  const { findings } = await node.api.doctor({});
  assert.ok(findings.some(({ code, fix }) => code === 'database-damaged' && /repair/.test(fix ?? '')));
  assert.equal(await node.stop(), 0);

  const ended = await run({}, '--data-dir', dataDir, '--server-name', 'a.test', ...flags);
  assert.equal(ended.code, 5, ended.stderr);
  assert.match(ended.stderr, /^The database .* is damaged .*paracord-node repair.*\n$/);
  const unit = readFileSync(join(import.meta.dirname, '../../build/paracord-node.service'), 'utf8');
  assert.match(unit, /^RestartPreventExitStatus=.*\b5\b/m);
});

test('a folder of another user, or one that may not be written to, is refused in one line', {
  skip,
}, async (t) => {
  const nobody = 65_534;
  const folder = tempDir(t);
  chmodSync(folder, 0o755);
  const dataDir = join(folder, 'node');
  await (await startChildNode({ name: 'a.test', dataDir }, t)).stop();
  for (const mode of [0o700, 0o755]) {
    chmodSync(dataDir, mode);
    const ended = await run({ uid: nobody }, '--data-dir', dataDir, ...flags);
    assert.equal(ended.code, 2, ended.stderr);
    assert.match(ended.stderr, /^The data folder .* can’t be used.*\n$/);
  }
});
