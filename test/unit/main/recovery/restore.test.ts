import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Restore } from '../../../../main/recovery/restore.ts';
import { asOrdinaryUser } from '../../../support/daemons/ordinary-user.ts';
import { tempDir } from '../../../support/temp.ts';

const parts = (dataDir: string) =>
  ({
    dataDir,
    store: { peers: { ownKeys: () => [] }, events: { lastSeq: () => 0 }, place: { isFile: true } },
    keyring: { isSetUp: false },
    work: { begin: () => ({ end: () => {} }) },
    startAgain: () => assert.fail('nothing was restored'),
  }) as unknown as ConstructorParameters<typeof Restore>[0];

test('a backup that this user may not read is refused for that', async (t) => {
  const backup = join(tempDir(t), 'backup');
  mkdirSync(backup, { mode: 0o755 });
  for (const file of ['node.db', 'identity.json', 'tls-key.pem']) writeFileSync(join(backup, file), '{}');
  chmodSync(join(backup, '..'), 0o755);
  for (const [name, file] of [
    ['node.db', 'node.db'],
    ['identity.json', 'identity.json'],
    ['tls-key.pem', 'tls-key.pem'],
    ['.', 'node.db'],
  ] as const) {
    chmodSync(join(backup, name), 0o000);
    await assert.rejects(
      asOrdinaryUser(() => new Restore(parts(join(backup, '..'))).run(backup)),
      (error: Error) => {
        assert.ok(
          error.message.startsWith(`This user may not read ${join(backup, file)} (EACCES).`),
          error.message,
        );
        return true;
      },
    );
    chmodSync(join(backup, name), 0o755);
  }
});
