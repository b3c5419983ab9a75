import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openDatabase } from '../../../../../../main/store/database.ts';
import { DatabaseAddress } from '../../../../../../main/store/postgres/address.ts';
import { connectTo, type Session } from '../../../../../../main/store/postgres/connect.ts';
import { whereDataIs } from '../../../../../../main/store/postgres/move/opening.ts';
import {
  becomeCopy,
  createForFilling,
  describeDatabase,
  leave,
  noteLeaving,
  openForUse,
  roleOfFileAt,
} from '../../../../../../main/store/postgres/move/roles.ts';
import { tablesOf } from '../../../../../../main/store/postgres/schema.ts';
import { databaseFor, noPostgres } from '../../../../../support/daemons/postgres.ts';
import { tempDir } from '../../../../../support/temp.ts';

const options = { skip: noPostgres };

interface Sides {
  readonly path: string;
  readonly address: DatabaseAddress;
  readonly session: Session;
}

/** A database that a move is filling, and a file that says it is the truth, or a copy of `copyOf`. */
async function filling(t: TestContext, copyOf: string | null): Promise<Sides> {
  const address = new DatabaseAddress(await databaseFor(t));
  const session = await connectTo(address);
  t.after(() => session.close());
  const path = join(tempDir(t), 'node.db');
  const db = openDatabase(path);
  const state = { id: 'd', schema: 1, version: 1, stamp: 's', token: 1 };
  await createForFilling(session, tablesOf(db), state);
  if (copyOf !== null) becomeCopy(db, copyOf, state.version, state.stamp);
  db.prepare("INSERT INTO meta (key, value) VALUES ('something', '1')").run();
  db.close();
  return { path, address, session };
}

/** The truth was in the database, and the move `leaving` returned it to a file. */
async function left(sides: Sides, leaving: string, noted: string | null): Promise<void> {
  await openForUse(sides.session, 'd');
  const db = openDatabase(sides.path);
  noteLeaving(db, noted);
  db.close();
  assert.ok(await leave(sides.session, { token: 1, version: 1, leaving }));
}

test(
  'a file that never moved is used, unless the owner names the database for this start',
  options,
  async (t) => {
    const { path, address } = await filling(t, null);
    assert.equal(await whereDataIs(path, address, true), 'file');
    assert.equal(await whereDataIs(path, address, false), 'database');
  },
);

test(
  'a move that was interrupted between its two writes is finished: the database is used',
  options,
  async (t) => {
    const { path, address, session } = await filling(t, 'd');
    assert.equal(await whereDataIs(path, address, true), 'database');
    assert.deepEqual((await describeDatabase(session)).role, { role: 'truth', database: 'd' });
    assert.equal(await whereDataIs(path, address, true), 'database');
  },
);

test(
  'a move back that was interrupted between its two writes is finished: the file is used',
  options,
  async (t) => {
    const sides = await filling(t, 'd');
    await left(sides, 'm', 'm');
    assert.equal(await whereDataIs(sides.path, sides.address, true), 'file');
    assert.deepEqual(roleOfFileAt(sides.path), { role: 'truth' });
  },
);

test('a copy of a database that moved to another file is refused, and stays a copy', options, async (t) => {
  const sides = await filling(t, 'd');
  await left(sides, 'm', null);
  await assert.rejects(whereDataIs(sides.path, sides.address, true), {
    code: 'DATABASE_FENCED',
  });
  assert.equal(roleOfFileAt(sides.path)?.role, 'copy');
});

test('a file that is a copy of another database, and the database, stay as they are', options, async (t) => {
  const { path, address, session } = await filling(t, 'e');
  assert.equal(await whereDataIs(path, address, true), 'database');
  assert.deepEqual((await describeDatabase(session)).role, { role: 'filling', database: 'd' });
  assert.equal(roleOfFileAt(path)?.role, 'copy');
});
