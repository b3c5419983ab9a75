import assert from 'node:assert/strict';
import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { placesOf, rotateLog } from '../../../../main/desktop/places.ts';
import { tempDir } from '../../../support/temp.ts';

test('the app writes to the data folder, and reads its own files where it was installed', () => {
  const places = placesOf('/data/ann', '/opt/app/resources/app.asar');
  const { dataDir, own, log, preferences, ...brought } = places;
  assert.equal(dataDir, '/data/ann');
  for (const path of [own, log, preferences]) assert.ok(path.startsWith('/data/ann/desktop'), path);
  for (const path of Object.values(brought)) assert.ok(path.startsWith('/opt/app/resources/'), path);
  assert.equal(places.updateSource, '/opt/app/resources/app-update.yml');
});

test('a large log is moved aside at start and replaces the previous one', (t) => {
  const file = join(tempDir(t), 'node.log');
  rotateLog(file);
  assert.equal(existsSync(file), false);
  writeFileSync(file, 'short');
  rotateLog(file);
  assert.equal(readFileSync(file, 'utf8'), 'short');
  writeFileSync(`${file}.old`, 'older');
  truncateSync(file, 10 * 1024 * 1024 + 1);
  rotateLog(file);
  assert.equal(existsSync(file), false);
  assert.equal(readFileSync(`${file}.old`).length, 10 * 1024 * 1024 + 1);
});
