import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import SQLite from 'better-sqlite3';
import { systemPorts } from '../../../../../main/kernel/ports.ts';
import { Backups, whyNot } from '../../../../../main/store/backup/backup.ts';
import { Store } from '../../../../../main/store/store.ts';
import { type Job, type Progress, Work } from '../../../../../main/work.ts';
import { ProtocolError } from '../../../../../shared/protocol/errors.ts';
import { tempDir } from '../../../../support/temp.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';
import { inEnglish } from '../../../../support/words.ts';

const identity = '{"sealed":"as the platform sealed it"}';

const nobody = { random: systemPorts.random, tell: () => {} };
const backupsOf = (dataDir: string, clock: VirtualClock, work = new Work({ clock, ...nobody })) =>
  new Backups({ dataDir, clock, work, tell: () => {} });

function setUp(t: TestContext) {
  const dir = tempDir(t);
  const clock = new VirtualClock(Date.UTC(2026, 4, 6, 7, 8, 9, 12));
  const store = new Store(join(dir, 'node.db'), systemPorts);
  t.after(() => store.close());
  writeFileSync(join(dir, 'identity.json'), identity, { mode: 0o644 });
  return { dir, clock, store, backups: backupsOf(dir, clock), made: join(dir, 'backups') };
}
const failed = (work: Promise<unknown>, words: RegExp) =>
  assert.rejects(work, (error) => {
    assert.ok(error instanceof ProtocolError, String(error));
    assert.equal(error.code, 'SERVICE_UNAVAILABLE');
    assert.match(error.message, words);
    return true;
  });

test('a backup is a folder of its own with everything the node needs, for its owner’s eyes', async (t) => {
  const { dir, store, backups, made } = setUp(t);
  writeFileSync(join(dir, 'tls-key.pem'), 'KEY');
  writeFileSync(join(dir, 'tls-cert.pem'), 'CERT');
  writeFileSync(join(dir, 'control.json'), '{"token":"of this run"}');
  await store.writer.write(() => store.meta.put('answer', '42'));
  const backup = await backups.make('a.test');
  assert.equal(backup.folder, join(made, 'a.test-2026-05-06T07-08-09.012Z'));
  assert.deepEqual(readdirSync(backup.folder).sort(), [
    'identity.json',
    'node.db',
    'tls-cert.pem',
    'tls-key.pem',
  ]);
  assert.equal(
    readFileSync(join(backup.folder, 'identity.json'), 'utf8'),
    identity,
    'as it lies there, sealed',
  );
  for (const file of readdirSync(backup.folder))
    assert.equal(statSync(join(backup.folder, file)).mode & 0o777, 0o600, file);
  for (const folder of [made, backup.folder]) assert.equal(statSync(folder).mode & 0o777, 0o700);
  const copy = new SQLite(join(backup.folder, 'node.db'), { readonly: true });
  t.after(() => copy.close());
  const meta = copy.prepare('SELECT value FROM meta WHERE key = ?');
  assert.deepEqual(meta.get('answer'), { value: '42' });
  assert.equal(copy.pragma('integrity_check', { simple: true }), 'ok');
  assert.deepEqual(meta.get('life'), { value: 'backup' }, 'so that a restore is noticed');
  assert.equal(store.meta.get('life'), undefined, 'and the original is left alone');
  const sizes = readdirSync(backup.folder).map((file) => statSync(join(backup.folder, file)).size);
  assert.equal(
    backup.bytes,
    sizes.reduce((sum, size) => sum + size, 0),
  );
});

test('backups are listed newest first; incomplete ones, other folders and empty ones aren’t', async (t) => {
  const { clock, backups, made } = setUp(t);
  assert.deepEqual(await backups.list(), []);
  const first = await backups.make('a.test');
  await clock.advance(86_400_000);
  const second = await backups.make('a.test');
  mkdirSync(join(made, 'a.test-2026-05-06T07-08-09.013Z.unfinished'));
  mkdirSync(join(made, 'a.test-2026-05-06T07-08-09.014Z'));
  mkdirSync(join(made, 'photos'));
  writeFileSync(join(made, 'a.test-2026-05-06T07-08-09.015Z'), 'a file');
  assert.deepEqual(await backups.list(), [second, first]);
});

test('two simultaneous requests make one backup, and both callers get it', async (t) => {
  const { backups } = setUp(t);
  const [one, two] = await Promise.all([backups.make('a.test'), backups.make('a.test')]);
  assert.deepEqual(one, two);
  assert.equal((await backups.list()).length, 1);
});

test('a name that is special to a file system isn’t special here', async (t) => {
  const { backups, made } = setUp(t);
  const { folder } = await backups.make('../x:8448/y');
  assert.ok(folder.startsWith(`${made}/.._x_8448_y-`));
});

test('a place that cannot be written to gives a reason and leaves nothing, and the next try is a new one', async (t) => {
  const { dir, backups, made } = setUp(t);
  writeFileSync(made, 'a file is in the way');
  await failed(
    backups.make('a.test'),
    /^No backup was made in .*: something that isn’t a folder is in the way/,
  );
  assert.equal(readFileSync(made, 'utf8'), 'a file is in the way');
  rmSync(made);
  rmSync(join(dir, 'identity.json'));
  mkdirSync(join(dir, 'identity.json'));
  await failed(backups.make('a.test'), /^No backup was made/);
  assert.deepEqual(readdirSync(made), []);
  rmSync(join(dir, 'identity.json'), { recursive: true });
  await backups.make('a.test');
});

test('an existing backup is not overwritten', async (t) => {
  const { backups, made } = setUp(t);
  const { folder } = await backups.make('a.test');
  const before = readFileSync(join(folder, 'node.db'));
  await failed(backups.make('a.test'), /already exists/);
  assert.deepEqual(readFileSync(join(folder, 'node.db')), before);
  assert.equal(readdirSync(made).length, 1);
});

test('the next backup removes what a crashed one left behind', async (t) => {
  const { backups, made } = setUp(t);
  const half = join(made, 'a.test-2026-01-01T00-00-00.000Z.unfinished');
  mkdirSync(half, { recursive: true });
  writeFileSync(join(half, 'node.db'), 'half');
  await backups.make('a.test');
  assert.equal(existsSync(half), false);
});

test('a damaged database doesn’t produce a backup', async (t) => {
  const dir = tempDir(t);
  const db = new SQLite(join(dir, 'node.db'));
  db.exec('CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT); CREATE TABLE t (x)');
  const put = db.prepare('INSERT INTO t VALUES (?)');
  for (let at = 0; at < 500; at++) put.run('x'.repeat(500));
  db.close();
  const bytes = readFileSync(join(dir, 'node.db'));
  writeFileSync(join(dir, 'node.db'), Buffer.concat([bytes.subarray(0, -8192), Buffer.alloc(8192, 0xa5)]));
  const backups = backupsOf(dir, new VirtualClock());
  await failed(backups.make('a.test'), /the copy is damaged|malformed/);
  assert.deepEqual(await backups.list(), []);
  assert.deepEqual(readdirSync(join(dir, 'backups')), []);
});

test('a full disk and other causes are explained in words', () => {
  const say = (code: string) => whyNot(Object.assign(new Error('raw'), { code }), '/b');
  for (const code of ['ENOSPC', 'SQLITE_FULL'])
    assert.equal(
      inEnglish(say(code)),
      `No backup was made in /b: the disk is full (${code}). Nothing was left behind.`,
    );
  assert.match(inEnglish(say('EROFS')), /read-only/);
  assert.match(inEnglish(say('EACCES')), /may not write there/);
  assert.equal(inEnglish(say('EWEIRD')), 'No backup was made in /b: raw. Nothing was left behind.');
});

test('a backup reports how much is copied, and is a snapshot although the node writes meanwhile', async (t) => {
  const { dir, clock, store } = setUp(t);
  const write = (key: string) => store.writer.write(() => store.meta.put(key, 'x'.repeat(200_000)));
  for (let at = 0; at < 60; at++) await write(`filler-${at}`);
  store.meta.put('answer', 'before');
  const told: (Progress | 'ended' | 'settled')[] = [];
  const begin = (): Job => ({
    isLong: true,
    advance: (progress) => {
      if (told.length === 0) store.meta.put('answer', 'after');
      told.push(progress);
    },
    settle: () => void told.push('settled'),
    end: () => void told.push('ended'),
  });
  const { folder } = await new Backups({ dataDir: dir, clock, work: { begin }, tell: () => {} }).make(
    'a.test',
  );
  const copying = told.filter((each) => typeof each === 'object' && each.total !== null) as Progress[];
  assert.ok(copying.length >= 3, `${copying.length} steps`);
  assert.ok(copying.every(({ done }, at) => done >= (copying[at - 1]?.done ?? 0)));
  assert.ok(copying.every(({ done, total }) => done < (total ?? 0) && (total ?? 0) > 12_000_000));
  assert.deepEqual(told.slice(-2), ['settled', 'ended']);
  const copy = new SQLite(join(folder, 'node.db'), { readonly: true });
  t.after(() => copy.close());
  assert.deepEqual(copy.prepare("SELECT value FROM meta WHERE key = 'answer'").get(), { value: 'before' });
});

test('a canceled backup says so and leaves nothing, and the next one is made', async (t) => {
  const { dir, clock, made } = setUp(t);
  const work = new Work({ clock, ...nobody });
  const backups = backupsOf(dir, clock, work);
  const running = backups.make('a.test');
  await work.cancel(work.items()[0]!.id);
  await assert.rejects(running, (error) => {
    assert.ok(error instanceof ProtocolError);
    assert.deepEqual([error.code, error.details], ['CONFLICT', { reason: 'canceled' }]);
    return true;
  });
  assert.deepEqual([readdirSync(made), work.items()], [[], []]);
  await backups.make('a.test');
});
