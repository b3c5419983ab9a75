import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DatabaseAddress } from '../../../../main/postgres/address.ts';
import { connectTo, type Session } from '../../../../main/postgres/connect.ts';
import { localFileAt } from '../../../../main/postgres/copy.ts';
import {
  becomeCopy,
  describeDatabase,
  leave,
  noteLeaving,
  openForUse,
  whereDataIs,
} from '../../../../main/postgres/marks.ts';
import { createDatabase } from '../../../../main/postgres/state.ts';
import { openDatabase } from '../../../../main/store/database.ts';
import { databaseFor, noPostgres } from '../../../support/daemons/postgres.ts';
import { tempDir } from '../../../support/temp.ts';

const options = { skip: noPostgres };

interface Sides {
  readonly path: string;
  readonly address: DatabaseAddress;
  readonly session: Session;
  /** The ID of the database. */
  readonly id: string;
}

/** A database that a move is filling, and a file that says it is the truth, or a copy of it, or of another one. */
async function filling(t: TestContext, copyOf: 'it' | 'another' | null): Promise<Sides> {
  const address = new DatabaseAddress(await databaseFor(t));
  const session = await connectTo(address);
  t.after(() => session.close());
  const path = join(tempDir(t), 'node.db');
  const db = openDatabase(path);
  const { id, version, stamp } = await createDatabase(session, address, db, 'filling');
  if (copyOf !== null) becomeCopy(db, copyOf === 'it' ? id : 'another', version, stamp);
  db.prepare("INSERT INTO meta (key, value) VALUES ('something', '1')").run();
  db.close();
  return { path, address, session, id };
}

/** The truth was in the database, and the move `leaving` returned it to a file. */
async function left(sides: Sides, leaving: string, noted: string | null): Promise<void> {
  await openForUse(sides.session, sides.id);
  const db = openDatabase(sides.path);
  if (noted !== null) noteLeaving(db, noted);
  db.close();
  assert.ok(await leave(sides.session, 0, leaving));
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
    const { path, address, session, id } = await filling(t, 'it');
    assert.equal(await whereDataIs(path, address, true), 'database');
    assert.deepEqual((await describeDatabase(session)).mark, { role: 'truth', database: id });
    assert.equal(await whereDataIs(path, address, true), 'database');
  },
);

test(
  'a move back that was interrupted between its two writes is finished: the file is used',
  options,
  async (t) => {
    const sides = await filling(t, 'it');
    await left(sides, 'm', 'm');
    assert.equal(await whereDataIs(sides.path, sides.address, true), 'file');
    assert.equal(localFileAt(sides.path)?.copy, null);
  },
);

test('a copy of a database that moved to another file is refused, and stays a copy', options, async (t) => {
  const sides = await filling(t, 'it');
  await left(sides, 'm', null);
  await assert.rejects(whereDataIs(sides.path, sides.address, true), {
    code: 'DATABASE_MOVED',
  });
  assert.ok(localFileAt(sides.path)?.copy);
});

test('a file that is a copy of another database, and the database, stay as they are', options, async (t) => {
  const { path, address, session, id } = await filling(t, 'another');
  assert.equal(await whereDataIs(path, address, true), 'database');
  assert.deepEqual((await describeDatabase(session)).mark, { role: 'filling', database: id });
  assert.ok(localFileAt(path)?.copy);
});
