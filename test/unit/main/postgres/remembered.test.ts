import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DatabaseAddress } from '../../../../main/postgres/address.ts';
import { addressIn, rememberDatabase, rememberedDatabase } from '../../../../main/postgres/remembered.ts';
import { DataFolderUnusableError } from '../../../../main/store/data-lock.ts';
import { DatabaseServerError } from '../../../../main/store/engine.ts';
import { tempDir } from '../../../support/temp.ts';

const url = 'postgres://ann:secret@db.example/paracord';

test('a data folder remembers its database, with the password, for its owner only', (t) => {
  const dir = tempDir(t);
  assert.equal(rememberedDatabase(dir), null);
  rememberDatabase(dir, new DatabaseAddress(url));
  assert.equal(rememberedDatabase(dir)?.url, url);
  assert.equal(statSync(join(dir, 'database.json')).mode & 0o777, 0o600);
  chmodSync(join(dir, 'database.json'), 0o644);
  rememberDatabase(dir, new DatabaseAddress('postgres://ann:changed@db.example/paracord'));
  assert.equal(statSync(join(dir, 'database.json')).mode & 0o777, 0o600);
});

test('the same database is not written again', (t) => {
  const dir = tempDir(t);
  rememberDatabase(dir, new DatabaseAddress(url));
  const { ino } = statSync(join(dir, 'database.json'));
  rememberDatabase(dir, new DatabaseAddress(url));
  assert.equal(statSync(join(dir, 'database.json')).ino, ino);
});

test('a folder that went back to SQLite names no database', (t) => {
  const dir = tempDir(t);
  rememberDatabase(dir, new DatabaseAddress(url));
  rememberDatabase(dir, null);
  assert.equal(rememberedDatabase(dir), null);
  assert.equal(existsSync(join(dir, 'database.json')), false);
});

test('a file that names no database stops the start, and is not quoted', (t) => {
  const dir = tempDir(t);
  for (const text of ['', '{"url":"secret"}', '{"url":5}', `{"url":"${url}`]) {
    writeFileSync(join(dir, 'database.json'), text);
    assert.throws(
      () => rememberedDatabase(dir),
      (error) => error instanceof DatabaseServerError && !error.message.includes('secret'),
    );
    assert.equal(readFileSync(join(dir, 'database.json'), 'utf8'), text);
  }
});

test('a file that cannot be read makes the folder unusable', (t) => {
  const dir = tempDir(t);
  mkdirSync(join(dir, 'database.json'));
  assert.throws(() => rememberedDatabase(dir), DataFolderUnusableError);
});

test('an address that is wrong is refused with the name of its flag, and its password is not quoted', () => {
  const refused = (flag: string, expected: string) =>
    assert.throws(() => addressIn(flag), {
      exit: 'usage',
      message: new RegExp(`^(?!.*sec)--database: .*${expected}`),
    });
  refused('', 'starts with postgres:');
  refused('mysql://ann:secret@db/name', 'starts with postgres:');
  refused('postgres:///paracord', 'names no host');
  refused('postgres://ann:secret@db', 'doesn’t name the database');
  refused('postgres://ann:sec/ret@db/n', '%2F for /');
});
