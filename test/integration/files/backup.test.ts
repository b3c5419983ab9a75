import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  faceBytes,
  getFile,
  getPicture,
  pictureBytes,
  pathIn as placeOf,
  postFile,
  sha256,
} from '../../support/nodes/files.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import { tempDir } from '../../support/temp.ts';
import { until } from '../../support/until.ts';

const bytes = pictureBytes('kept');
const hash = sha256(bytes);
const pathIn = (folder: string): string => join(folder, 'files', hash.slice(0, 2), hash.slice(2));

test('files and pictures of people and rooms are in a backup and come back with it, also if they were deleted since', async (t) => {
  const old = await startLocalNode(t, { name: 'a.test', onFile: true });
  const { room_id } = await old.api.createRoom({ name: 'Lobby', join_rule: 'invite' });
  const event_id = await postFile(old, room_id, bytes);
  const [face, sign] = [faceBytes('kept'), faceBytes('of the room')];
  await old.api.changeProfile({ picture: face.toString('base64') });
  await old.api.describeRoom({ room_id, picture: sign.toString('base64') });
  const { folder, bytes: size } = await old.api.backUp({});
  assert.deepEqual(readFileSync(pathIn(folder)), bytes);
  assert.ok(size > bytes.length);
  await postFile(old, room_id, pictureBytes('later'));
  assert.equal((await old.api.drill({})).missing?.files, 1);
  await old.api.deleteMessage({ room_id, event_id });
  await old.api.changeProfile({ picture: null });
  await old.api.describeRoom({ room_id, picture: null });
  await until([old], 'all are gone', async () =>
    [pathIn(old.dataDir), placeOf(old, face), placeOf(old, sign)].every((path) => !existsSync(path)),
  );
  assert.deepEqual(readFileSync(pathIn(folder)), bytes, 'the backup still has it');
  await old.stop();

  const stick = join(tempDir(t), 'stick');
  cpSync(folder, stick, { recursive: true });
  // A restore takes only files of messages from a folder that somebody else may have made.
  writeFileSync(join(stick, 'files', 'notes.txt'), 'x');
  mkdirSync(join(stick, 'files', 'ff'), { recursive: true });
  symlinkSync('/etc/hostname', join(stick, 'files', 'ff', 'f'.repeat(62)));
  const node = await startLocalNode(t, { name: 'new.test', setUp: false, onFile: true });
  await node.api.restoreBackup({ folder: stick });
  const back = await until([node], 'the node is back', () =>
    getFile(node, { room_id, event_id }).catch(() => false as const),
  );
  assert.deepEqual(Buffer.from(await back.arrayBuffer()), bytes);
  for (const [of, shown] of [['@a:a.test', face] as const, [room_id, sign] as const])
    assert.deepEqual(Buffer.from(await (await getPicture(node, of, shown)).arrayBuffer()), shown);
  assert.equal(existsSync(join(node.dataDir, 'files', 'notes.txt')), false);
  assert.equal(existsSync(join(node.dataDir, 'files', 'ff')), false);
});

test('a backup can leave the files out', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test', onFile: true });
  const { room_id } = await node.api.createRoom({ name: 'Lobby', join_rule: 'invite' });
  await postFile(node, room_id, bytes);
  const { folder } = await node.api.backUp({ without_files: true });
  assert.equal(existsSync(join(folder, 'files')), false);
});
