import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { pictureOf } from '../support/browser/picture.ts';
import { startChildNode } from '../support/nodes/child-node.ts';
import { tempDir } from '../support/temp.ts';

test('a backup taken while messages are being written is complete, blocks nothing, and can be started', async (t) => {
  const dataDir = join(tempDir(t), 'node');
  const node = await startChildNode({ name: 'a.test', dataDir, flags: ['--tls', 'self-signed'] }, t);
  const room = (await node.api.createRoom({ name: 'Busy', join_rule: 'invite' })).room_id;
  // Some megabytes, so that copying takes more than a moment.
  const long = 'x'.repeat(100_000);
  for (let at = 0; at < 100; at++) await node.api.postMessage({ room_id: room, body: long });

  let writing = true;
  const answered: string[] = [];
  const writers = Array.from({ length: 8 }, async () => {
    while (writing) {
      answered.push((await node.api.postMessage({ room_id: room, body: 'written meanwhile' })).event_id);
    }
  });
  while (answered.length < 20) await node.api.status({});
  const before = [...answered];
  const backup = await node.api.backUp({});
  const writtenMeanwhile = answered.length;
  writing = false;
  await Promise.all(writers);
  assert.equal(backup.verified, true);
  assert.ok(backup.bytes > 10_000_000);
  assert.ok(writtenMeanwhile > 10, `${writtenMeanwhile} were written meanwhile`);

  for (const file of ['node.db', 'identity.json', 'tls-key.pem'])
    assert.equal(statSync(join(backup.folder, file)).mode & 0o777, 0o600, file);
  const copy = new Database(join(backup.folder, 'node.db'), { readonly: true });
  assert.equal(copy.pragma('integrity_check', { simple: true }), 'ok');
  copy.close();
  assert.deepEqual(readdirSync(join(dataDir, 'backups')).length, 1);

  const { timeline: whole } = await pictureOf(node.api, room);
  assert.ok(answered.every((id) => whole.some((item) => item.event_id === id)));
  assert.equal(await node.stop(), 0);

  const restoredDir = join(tempDir(t), 'restored');
  cpSync(backup.folder, restoredDir, { recursive: true });
  const restored = await startChildNode(
    { name: 'a.test', dataDir: restoredDir, flags: ['--tls', 'self-signed'] },
    t,
  );
  const { timeline } = await pictureOf(restored.api, room);
  const ids = new Set(timeline.map((item) => item.event_id));
  assert.deepEqual(
    before.filter((id) => !ids.has(id)),
    [],
    'what was answered before the backup began is in it',
  );
  assert.ok(timeline.length >= 100);
  assert.ok((await restored.api.status({})).restored_at !== null);
  assert.equal(
    readFileSync(join(restoredDir, 'tls-cert.pem'), 'utf8'),
    readFileSync(join(dataDir, 'tls-cert.pem'), 'utf8'),
    'the certificate that peers have pinned',
  );
  assert.match(restored.stderr(), /restored from a backup or copied/);
  assert.equal(await restored.stop(), 0);
});
