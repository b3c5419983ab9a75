import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import SQLite from 'better-sqlite3';
import { SharedDatabase } from '../../../../../main/store/postgres/shared-database.ts';
import { atEnd } from '../../../../support/at-end.ts';
import { databaseFor, noPostgres } from '../../../../support/daemons/postgres.ts';
import { ask, lead } from '../../../../support/standby/shared-store.ts';
import { tempDir } from '../../../../support/temp.ts';
import { until } from '../../../../support/until.ts';

const needs = { skip: noPostgres };

test(
  'a text that was overwritten leaves the files of a standby, although nothing more is written',
  needs,
  async (t) => {
    const leader = await lead(t, await databaseFor(t), join(tempDir(t), 'node.db'));
    const path = join(tempDir(t), 'node.db');
    const timers: (() => void)[] = [];
    const after = (_: number, run: () => void) => {
      timers.push(run);
      return () => {};
    };
    const options = { address: leader.address, path, clock: { after } };
    const database = await SharedDatabase.open(options, null);
    atEnd(t, async () => {
      await database.close();
      database.copy.close();
    });
    await leader.put('text', 'a secret');
    await database.catchUp();
    await leader.put('text', 'XXXXXXXX');
    await database.catchUp();
    const found = () => ['', '-wal'].filter((end) => readFileSync(path + end).includes('a secret'));
    assert.deepEqual(found(), ['-wal']);
    const reader = new SQLite(path);
    reader.exec('BEGIN; SELECT count(*) FROM meta');
    reader.prepare('SELECT count(*) FROM meta').get();
    for (const run of timers.splice(0)) run();
    assert.deepEqual(found(), ['-wal'], 'a reader needs it');
    reader.close();
    for (const run of timers.splice(0)) run();
    assert.deepEqual(found(), []);
    assert.deepEqual(timers, [], 'nothing more is due');
  },
);

test(
  'what changes contained is removed from a database whose node has nothing to write',
  needs,
  async (t) => {
    const { address, store, put } = await lead(t, await databaseFor(t), join(tempDir(t), 'node.db'));
    await put('text', 'a secret');
    t.mock.method(performance, 'now', () => 1e9);
    await ask(address, (session) =>
      session.query("UPDATE node_changes SET at = now() - interval '11 minutes'"),
    );
    await store.writer.write(() => {});
    await until([], 'the changes to be removed', () =>
      ask(address, async (session) => (await session.query('SELECT 1 FROM node_changes')).length === 0),
    );
  },
);
