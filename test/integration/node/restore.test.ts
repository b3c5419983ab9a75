import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import SQLite from 'better-sqlite3';
import { moveIntoPlace } from '../../../main/store/backup/restore.ts';
import { ApiError } from '../../../shared/api/client.ts';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import { tempDir } from '../../support/temp.ts';
import { until } from '../../support/until.ts';

let backup: string;
const ends: (() => unknown)[] = [];
const held = { after: (end: unknown) => void ends.push(end as () => unknown) } as Parameters<
  typeof tempDir
>[0];
after(async () => {
  for (const end of ends.reverse()) await end();
});
/** A backup isn't restored into a database (postgres.test.ts). */
const intoFile = { name: 'new.test', setUp: false, onFile: true };

before(async () => {
  const old = await startLocalNode(held, { name: 'anna.test' });
  const { room_id } = await old.api.createRoom({ name: 'Kitchen', join_rule: 'invite' });
  await old.api.postMessage({ room_id, body: 'Who wants soup?' });
  const { folder } = await old.api.backUp({});
  backup = join(tempDir(held), 'anna');
  cpSync(folder, backup, { recursive: true });
  await old.stop();
});

/** A copy of the backup, to be broken. */
function copy(t: TestContext): string {
  const folder = join(tempDir(t), 'backup');
  cpSync(backup, folder, { recursive: true });
  return folder;
}

test('a node without a server becomes that of a backup, without a new process or login', async (t) => {
  const node = await startLocalNode(t, intoFile);
  const { url } = await node.api.makeLoginLink({});
  const login = await fetch(`${node.control}/login`, {
    method: 'POST',
    headers: { origin: node.control, 'sec-fetch-site': 'same-origin' },
    body: JSON.stringify({ code: url.split('/').at(-1) }),
  });
  const headers = {
    cookie: (login.headers.get('set-cookie') ?? '').split(';')[0] ?? '',
    'sec-fetch-site': 'same-origin',
    origin: node.control,
    'content-type': 'application/json',
  };
  const news: string[] = [];
  node.node.changes.subscribe(({ change }) => news.push(change.topic));
  const answer = await fetch(`${node.control}/api/v1/backups/restore`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ folder: backup }),
  });
  assert.deepEqual(await answer.json(), { server_name: 'anna.test', events: 3, rooms: 1 });
  const status = await until([node], 'the node is the old one', async () => {
    const now = await node.api.status({});
    return now.set_up && now.restored_at !== null && now;
  });
  assert.equal(status.server_name, 'anna.test');
  const { items } = await node.api.timeline({
    room_id: (await node.api.rooms({})).items[0]?.room_id ?? '',
  });
  assert.equal(items[0]?.body, 'Who wants soup?');
  await until([node], 'the console answers', async () => {
    const again = await fetch(`${node.control}/api/v1/status`, { headers }).catch(() => null);
    return again?.status === 200;
  });
  assert.ok(news.includes('resync'));
  assert.deepEqual(
    readdirSync(node.dataDir).filter((name) => name.startsWith('restore')),
    [],
  );
});

test('a backup that would not start is refused, and nothing changes', async (t) => {
  const node = await startLocalNode(t, intoFile);
  const other = await startLocalNode(t, { name: 'other.test' });
  const damaged = copy(t);
  const database = readFileSync(join(damaged, 'node.db'));
  database.fill(0x55, 20_000, 90_000);
  writeFileSync(join(damaged, 'node.db'), database);
  const foreign = copy(t);
  cpSync(join(other.dataDir, 'identity.json'), join(foreign, 'identity.json'));
  const sealed = copy(t);
  writeFileSync(join(sealed, 'identity.json'), JSON.stringify({ sealed: 'x' }));
  const without = copy(t);
  rmSync(join(without, 'identity.json'));
  const trapped = copy(t);
  const trap = new SQLite(join(trapped, 'node.db'));
  trap.exec(`CREATE TRIGGER trap AFTER INSERT ON meta
    BEGIN UPDATE federation_peer_trust_state SET mode = 'allow'; END`);
  trap.close();
  for (const [folder, reason] of [
    [trapped, /has a part named “trap”.*another program changed it/],
    ['backups/anna', /isn’t the full path/],
    [tempDir(t), /it has no node\.db/],
    [without, /no identity\.json/],
    [sealed, /sealed by the computer/],
    [foreign, /keys in this backup belong to other\.test/],
    [damaged, /database in this backup can’t be used/],
  ] as const) {
    const before = readdirSync(node.dataDir).sort();
    await assert.rejects(node.api.restoreBackup({ folder }), reason, folder);
    assert.deepEqual(readdirSync(node.dataDir).sort(), before);
    assert.equal((await node.api.status({})).set_up, false);
  }
  await assert.rejects(
    other.api.restoreBackup({ folder: backup }),
    (error) => (error instanceof ProtocolError || error instanceof ApiError) && error.code === 'CONFLICT',
  );
  assert.equal((await other.api.status({})).server_name, 'other.test');
});

test('a backup with an empty database is refused, and the refusal says so', async (t) => {
  const node = await startLocalNode(t, intoFile);
  const folder = copy(t);
  writeFileSync(join(folder, 'node.db'), '');
  await assert.rejects(node.api.restoreBackup({ folder }), {
    message: 'The database in this backup is empty. Nothing was changed. Use an older backup.',
  });
});

test('a folder whose files are pipes, devices or links is refused at once, and nothing in it is read', async (t) => {
  const node = await startLocalNode(t, intoFile);
  const secret = join(tempDir(t), 'secret');
  writeFileSync(secret, 'of another program');
  for (const file of ['node.db', 'identity.json', 'tls-key.pem', 'acme-accounts.json'])
    for (const put of [
      (path: string) => void execFileSync('mkfifo', [path]),
      (path: string) => symlinkSync('/dev/zero', path),
      (path: string) => symlinkSync(secret, path),
    ]) {
      const folder = copy(t);
      rmSync(join(folder, file), { force: true });
      put(join(folder, file));
      await assert.rejects(node.api.restoreBackup({ folder }), /isn’t a regular file/, file);
      assert.equal((await node.api.status({})).set_up, false);
    }
});

test('a restore that is canceled before the switch changes nothing, and can be done again', async (t) => {
  const node = await startLocalNode(t, intoFile);
  const files = readdirSync(node.dataDir).sort();
  const running = node.api.restoreBackup({ folder: backup });
  const { items } = await node.api.work({});
  assert.deepEqual(
    items.map(({ kind, can_cancel }) => [kind, can_cancel]),
    [['restore', true]],
  );
  await node.api.cancelWork({ id: items[0]!.id });
  await assert.rejects(running, /The restore was canceled\. Nothing was changed\./);
  assert.deepEqual(readdirSync(node.dataDir).sort(), files);
  assert.deepEqual((await node.api.work({})).items, []);
  assert.equal((await node.api.restoreBackup({ folder: backup })).server_name, 'anna.test');
});

test('an interrupted move is finished by the next start, the identity last', (t) => {
  const dataDir = tempDir(t);
  const ready = join(dataDir, 'restore.ready');
  mkdirSync(ready);
  writeFileSync(join(dataDir, 'node.db'), 'empty');
  writeFileSync(join(dataDir, 'node.db-wal'), 'of the empty one');
  for (const file of ['node.db', 'identity.json', 'tls-key.pem']) writeFileSync(join(ready, file), file);
  moveIntoPlace(dataDir);
  assert.equal(readFileSync(join(dataDir, 'node.db'), 'utf8'), 'node.db');
  assert.equal(existsSync(join(dataDir, 'node.db-wal')), false);
  // The folder looks as after a crash: the database is in place, the identity isn't.
  mkdirSync(ready);
  writeFileSync(join(ready, 'identity.json'), 'identity');
  rmSync(join(dataDir, 'identity.json'));
  moveIntoPlace(dataDir);
  assert.equal(readFileSync(join(dataDir, 'identity.json'), 'utf8'), 'identity');
  assert.equal(readFileSync(join(dataDir, 'node.db'), 'utf8'), 'node.db');
  assert.equal(existsSync(ready), false);
  moveIntoPlace(dataDir);
});
