import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { LogFile, placesOf } from '../../../../main/desktop/places.ts';
import { tempDir } from '../../../support/temp.ts';

test('the app writes to the data folder, and reads its own files where it was installed', () => {
  const places = placesOf('/data/ann', '/opt/app/resources/app.asar');
  const { dataDir, own, log, preferences, ...brought } = places;
  assert.equal(dataDir, '/data/ann');
  for (const path of [own, log, preferences]) assert.ok(path.startsWith('/data/ann/desktop'), path);
  for (const path of Object.values(brought)) assert.ok(path.startsWith('/opt/app/resources/'), path);
  assert.equal(places.updateSource, '/opt/app/resources/app-update.yml');
});

test('a log that has grown large is moved aside while the app runs, and replaces the previous one', (t) => {
  const file = join(tempDir(t), 'node.log');
  const limit = 10 * 1024 * 1024;
  const log = new LogFile(file);
  log.write('first\n');
  assert.equal(readFileSync(file, 'utf8'), 'first\n');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  writeFileSync(`${file}.old`, 'older');
  log.write('x'.repeat(limit));
  log.write('second\n');
  assert.equal(readFileSync(file, 'utf8'), 'second\n');
  assert.equal(statSync(`${file}.old`).size, limit + 6);
  const later = new LogFile(file);
  later.write('third\n');
  assert.equal(readFileSync(file, 'utf8'), 'second\nthird\n', 'another start adds to it');
});

test('a log that can’t be written or moved ends nothing', (t) => {
  const dir = tempDir(t);
  new LogFile(join(dir, 'none', 'node.log')).write('lost\n');
  const file = join(dir, 'node.log');
  mkdirSync(join(`${file}.old`, 'in the way'), { recursive: true });
  const log = new LogFile(file);
  log.write('x'.repeat(10 * 1024 * 1024 + 1));
  log.write('kept\n');
  assert.equal(readFileSync(file, 'utf8').slice(-6), 'xkept\n');
});
