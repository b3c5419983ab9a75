import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import SQLite from 'better-sqlite3';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import { type LocalNode, shareRoom, startLocalNode } from '../../support/nodes/local-node.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';

const filesIn = (folder: string) =>
  readdirSync(folder).map((name) => [
    name,
    statSync(join(folder, name)).mtimeMs,
    readFileSync(join(folder, name)),
  ]);

test('a drill says that the newest backup would start, what it lacks, and which peers have that', async (t) => {
  const [a, b] = [await startLocalNode(t, { name: 'a.test' }), await startLocalNode(t, { name: 'b.test' })];
  const room_id = await shareRoom(a, b, 'Old');
  await a.api.backUp({});
  const { folder } = await a.api.backUp({});
  const fresh = await a.api.drill({});
  assert.deepEqual(fresh.problems, []);
  assert.equal(fresh.folder, folder);
  assert.deepEqual(fresh.missing, {
    events: 0,
    events_only_here: 0,
    rooms: [],
    users: [],
    decisions: [],
    keys: 0,
    files: 0,
  });

  const raw = await new RawPeer('raw.test').listen(t);
  await a.api.addPeer({ endpoint: raw.url });
  await a.api.addUser({ localpart: 'zoe' });
  await a.api.rotateKeys({});
  await a.api.postMessage({ room_id, body: 'b has it, too' });
  const { room_id: alone } = await a.api.createRoom({ name: 'Alone', join_rule: 'invite' });
  await a.api.postMessage({ room_id: alone, body: 'nobody else has it' });
  const before = filesIn(folder);
  const view = await a.api.drill({});
  assert.deepEqual(view.problems, []);
  assert.deepEqual(view.missing, {
    events: 4,
    events_only_here: 3,
    rooms: ['Alone'],
    users: ['@zoe:a.test'],
    decisions: ['raw.test'],
    keys: 1,
    files: 0,
  });
  assert.deepEqual(filesIn(folder), before, 'the backup is as it was');
  assert.deepEqual(
    readdirSync(join(a.dataDir, 'backups')).filter((name) => name.includes('drill')),
    [],
    'nothing is left behind',
  );
});

test('a drill says that a backup is damaged, and what to do', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  await assert.rejects(node.api.drill({}), (error) => {
    assert.ok(error instanceof ProtocolError);
    return error.code === 'NOT_FOUND' && error.message.includes('There is no backup');
  });
  const { folder } = await node.api.backUp({});
  const path = join(folder, 'node.db');
  truncateSync(path, Math.floor(statSync(path).size / 2));
  writeFileSync(join(folder, 'identity.json'), '{}');
  const view = await node.api.drill({});
  assert.equal(view.missing, null);
  assert.match(view.problems[0] ?? '', /couldn’t start with this backup/);
  assert.match(view.problems[1] ?? '', /no identity\.json that can be read/);
  assert.ok(existsSync(path));
  assert.equal((await node.api.status({})).set_up, true, 'the node runs on');
});

test('a drill says that the database of a backup is empty', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const { folder } = await node.api.backUp({});
  const path = join(folder, 'node.db');
  for (const empty of [() => truncateSync(path, 0), () => new SQLite(path).exec('VACUUM').close()]) {
    empty();
    const { problems, missing } = await node.api.drill({});
    assert.deepEqual(problems, ['The database in this backup is empty. Make a new backup.']);
    assert.equal(missing, null);
  }
});

test('a drill recognizes a database of another server', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const other: LocalNode = await startLocalNode(t, { name: 'b.test' });
  const { folder } = await node.api.backUp({});
  copyFileSync(join((await other.api.backUp({})).folder, 'node.db'), join(folder, 'node.db'));
  const { problems } = await node.api.drill({});
  assert.match(problems[0] ?? '', /^The database in this backup belongs to another server or to other keys/);
});

test('a drill recognizes a backup of another server', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const other: LocalNode = await startLocalNode(t, { name: 'b.test' });
  const { folder } = await node.api.backUp({});
  writeFileSync(join(folder, 'identity.json'), readFileSync(join(other.dataDir, 'identity.json')));
  const { problems } = await node.api.drill({});
  assert.deepEqual(problems, [
    'The identity in this backup belongs to another server, b.test. Make a new backup.',
  ]);
});

test('a drill of a backup whose files are pipes doesn’t wait for a writer, and says what is wrong', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test', onFile: true });
  const { folder } = await node.api.backUp({});
  const becomesPipe = (name: string): void => {
    rmSync(join(folder, name));
    execFileSync('mkfifo', [join(folder, name)]);
  };
  becomesPipe('identity.json');
  assert.match((await node.api.drill({})).problems[0] ?? '', /no identity\.json that can be read/);
  becomesPipe('node.db');
  await assert.rejects(node.api.drill({}), /not a regular file/);
  assert.deepEqual((await node.api.work({})).items, []);
});
