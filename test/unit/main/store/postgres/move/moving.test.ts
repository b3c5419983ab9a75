import assert from 'node:assert/strict';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemPorts } from '../../../../../../main/kernel/ports.ts';
import { type Db, openDatabase } from '../../../../../../main/store/database.ts';
import { DatabaseAddress } from '../../../../../../main/store/postgres/address.ts';
import { connectTo, type Session } from '../../../../../../main/store/postgres/connect.ts';
import { digestsIn, digestsOf } from '../../../../../../main/store/postgres/copying.ts';
import {
  type MoveResult,
  moveToDatabase,
  moveToFile,
  type Watch,
} from '../../../../../../main/store/postgres/move/moving.ts';
import { describeDatabase, roleOfFile, tryLock } from '../../../../../../main/store/postgres/move/roles.ts';
import {
  type DatabaseRole,
  type Verdict,
  whoHoldsIt,
} from '../../../../../../main/store/postgres/move/truth.ts';
import { tablesOf } from '../../../../../../main/store/postgres/schema.ts';
import { SharedDatabase } from '../../../../../../main/store/postgres/shared-database.ts';
import type { ProtocolError } from '../../../../../../shared/protocol/errors.ts';
import { fileOf, fill, load, type MovingFile } from '../../../../../support/daemons/moving-file.ts';
import { databaseFor, noPostgres } from '../../../../../support/daemons/postgres.ts';
import { type Fate, through } from '../../../../../support/daemons/postgres-proxy.ts';
import { tempDir } from '../../../../../support/temp.ts';

const options = { skip: noPostgres };
const { clock } = systemPorts;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

const watched = (signal = new AbortController().signal): Watch => ({
  signal,
  onProgress: () => {},
  onSettled: () => {},
  // However busy this computer is, a switch isn't given up.
  clock: { after: () => () => {} },
});

async function sessionOf(t: TestContext, url: string): Promise<Session> {
  const session = await connectTo(new DatabaseAddress(url));
  t.after(() => session.close());
  return session;
}

async function bothSides(db: Db, session: Session) {
  await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  const there = await digestsIn(session, tablesOf(db));
  await session.query('COMMIT');
  return { here: await digestsOf(db, tablesOf(db)), there };
}

/** As the node does: the writer goes on with the database. */
async function moveThere(
  file: MovingFile,
  url: string,
  watch = watched(),
  server: string | null = 'anna.test',
) {
  const address = new DatabaseAddress(url);
  const used = Promise.withResolvers<SharedDatabase>();
  const result = await moveToDatabase(file, address, server, watch, (use) => {
    const database = SharedDatabase.adopt({ address, path: file.path, clock }, file.db, use);
    file.writer.engine = database;
    used.resolve(database);
    void use.lock.close();
    return false;
  });
  return { result, database: await used.promise };
}

async function moveBack(file: MovingFile, database: SharedDatabase): Promise<MoveResult> {
  return await moveToFile(file, database.toLeave, watched(), () => {
    file.writer.engine = null;
    void database.release();
  });
}

const rowsOfLoad = ({ db }: Pick<MovingFile, 'db'>) =>
  db.prepare<[], string>("SELECT value FROM meta WHERE key LIKE 'load %'").pluck().all();

async function rowsOfLoadThere(session: Session): Promise<number[]> {
  const rows = await session.query<{ value: string }>("SELECT value FROM meta WHERE key LIKE 'load %'");
  return rows.map(({ value }) => Number(value));
}

/** Writes that were confirmed and aren't there. */
const lostOf = (held: readonly number[], confirmed: Iterable<number>): number[] => {
  const there = new Set(held);
  return [...confirmed].filter((one) => !there.has(one));
};

test(
  'data moves there and back while it changes: nothing is lost, and both are equal',
  options,
  async (t) => {
    const file = fileOf(t);
    fill(file, 4_000);
    const url = await databaseFor(t);
    const session = await sessionOf(t, url);
    const writing = load(t, file);
    const there = await moveThere(file, url);
    assert.ok(writing.confirmed.size > 10);
    assert.ok(there.result.rows > 3_000);
    assert.deepEqual(roleOfFile(file.db).role, 'copy');
    assert.equal((await describeDatabase(session)).role.role, 'truth');
    const before = writing.confirmed.size;
    while (writing.confirmed.size < before + 20) await turn();
    const back = await moveBack(file, there.database);
    assert.deepEqual(roleOfFile(file.db), { role: 'truth' });
    const { role, token } = await describeDatabase(session);
    assert.equal(role.role, 'left');
    assert.deepEqual(
      await bothSides(file.db, session).then(({ there }) => Object.keys(there).length > 20),
      true,
    );
    const confirmed = await writing.stop();
    assert.deepEqual(
      rowsOfLoad(file)
        .map(Number)
        .sort((a, b) => a - b),
      [...confirmed],
    );
    // The old one is fenced: what its last leader sends is refused.
    await assert.rejects(session.query('SELECT pn_commit($1, 99, $2, $3)', [token - 1, 'x', '{}']));
    t.diagnostic(`paused for ${there.result.pausedMs} ms and ${back.pausedMs} ms`);
  },
);

/** The moments of a move at which something could end. */
const moments = /pn_commit|node_state SET|CREATE SCHEMA|COMMIT|DECLARE rows .* FROM "meta"/;

/** The most writes from one moment to the next. Each copy contains all of them, and a busy computer is slow to copy. */
const writesPerMoment = 20;

/** Notes who would have the data if the process ended now, at each moment, and lets it go on. */
class Coroner {
  readonly #session: Session;
  readonly #file: MovingFile;
  readonly #folder: string;
  readonly #writing;
  readonly verdicts: Verdict[] = [];
  #writesLeft = writesPerMoment;

  constructor(t: TestContext, file: MovingFile, session: Session) {
    this.#session = session;
    this.#file = file;
    this.#folder = tempDir(t);
    this.#writing = load(t, file, () => this.#writesLeft-- > 0);
  }

  stop(): Promise<unknown> {
    return this.#writing.stop();
  }

  async look(text: string): Promise<'pass'> {
    const [at] = moments.exec(text) ?? [];
    if (at === undefined) return 'pass';
    // First: what is confirmed while the rows are read need not be among them.
    const confirmed = [...this.#writing.confirmed];
    const { role } = await describeDatabase(this.#session);
    const inDatabase = role.role === 'empty' ? [] : await rowsOfLoadThere(this.#session);
    this.verdicts.push(this.#judge(at, role, inDatabase, confirmed));
    this.#writesLeft = writesPerMoment;
    return 'pass';
  }

  /** Exactly one of the two is the truth, and has every write that was confirmed. */
  #judge(
    at: string,
    role: DatabaseRole,
    inDatabase: readonly number[],
    confirmed: readonly number[],
  ): Verdict {
    const copy = join(this.#folder, 'copy.db');
    // A killed process leaves its files as they are.
    for (const end of ['', '-wal']) copyFileSync(this.#file.path + end, copy + end);
    const db = openDatabase(copy);
    try {
      const verdict = whoHoldsIt(roleOfFile(db), role);
      assert.ok(['file', 'database', 'open-database', 'free-file'].includes(verdict), `${verdict} at ${at}`);
      const isInFile = verdict === 'file' || verdict === 'free-file';
      const held = isInFile ? rowsOfLoad({ db }).map(Number) : inDatabase;
      assert.deepEqual(lostOf(held, confirmed), [], `lost at ${at}: ${verdict}`);
      return verdict;
    } finally {
      db.close();
      for (const end of ['', '-wal', '-shm']) rmSync(copy + end, { force: true });
    }
  }
}

test('killed at any moment of a move there or back, one of the two has everything', options, async (t) => {
  const file = fileOf(t);
  fill(file, 100);
  const url = await databaseFor(t);
  const coroner = new Coroner(t, file, await sessionOf(t, url));
  const failed = Promise.withResolvers<never>();
  const proxied = await through(t, url, (text) =>
    coroner.look(text).catch((error) => {
      failed.reject(error);
      return 'lost';
    }),
  );
  const thereAndBack = async () => moveBack(file, (await moveThere(file, proxied)).database);
  await Promise.race([thereAndBack(), failed.promise]);
  await coroner.stop();
  // In this order: before the deciding write, before PostgreSQL records it, and before it decides the move back.
  assert.deepEqual([...new Set(coroner.verdicts)], ['file', 'open-database', 'database']);
  t.diagnostic(`${coroner.verdicts.length} moments`);
});

/** Breaks the connection the first time that a message matches. */
const breakAt = (what: RegExp, fate: Fate) => {
  const seen = { count: 0 };
  const decide = (text: string): Fate => (what.test(text) && seen.count++ === 0 ? fate : 'pass');
  return { seen, decide };
};

for (const [what, message] of [
  ['while rows are copied', /json_populate_recordset\(NULL::"meta"/],
  ['when the copy is committed', /^Q.{4}COMMIT/s],
  ['while changes are sent', /pn_commit/],
  ['while both are compared', /DECLARE rows/],
] as const)
  for (const fate of ['lost', 'unanswered'] as const)
    test(
      `a connection that breaks ${what} (${fate}) changes nothing, and the move can be repeated`,
      options,
      async (t) => {
        const file = fileOf(t);
        fill(file, 50);
        const url = await databaseFor(t);
        const { seen, decide } = breakAt(message, fate);
        const broken = await through(t, url, decide);
        const writing = load(t, file);
        await assert.rejects(moveThere(file, broken), {
          code: 'SERVICE_UNAVAILABLE',
          message: /was not moved to 127/,
        });
        assert.ok(seen.count > 0);
        assert.deepEqual(roleOfFile(file.db), { role: 'truth' });
        const before = writing.confirmed.size;
        while (writing.confirmed.size < before + 3) await turn();
        const { database } = await moveThere(file, url);
        await writing.stop();
        assert.deepEqual(new Set(rowsOfLoad(file).map(Number)), writing.confirmed);
        await database.release();
        file.writer.engine = null;
      },
    );

test('a connection that breaks right after the decision changes nothing about it', options, async (t) => {
  const file = fileOf(t);
  const url = await databaseFor(t);
  const session = await sessionOf(t, url);
  const { decide } = breakAt(/SET role = 'truth'/, 'lost');
  const writing = load(t, file);
  const { database } = await moveThere(file, await through(t, url, decide));
  assert.equal(roleOfFile(file.db).role, 'copy');
  const isOpen = async () => (await describeDatabase(session)).role.role === 'truth';
  while (!(await isOpen())) await turn();
  await writing.stop();
  assert.deepEqual(lostOf(await rowsOfLoadThere(session), writing.confirmed), []);
  await database.close();
  file.writer.engine = null;
});

test('a move back is decided by the database, even if its answer is lost', options, async (t) => {
  for (const fate of ['lost', 'unanswered'] as const) {
    const file = fileOf(t);
    const url = await databaseFor(t);
    const session = await sessionOf(t, url);
    const { decide } = breakAt(/SET role = 'left'/, fate);
    const { database } = await moveThere(file, await through(t, url, decide));
    if (fate === 'lost')
      await assert.rejects(moveBack(file, database), {
        code: 'SERVICE_UNAVAILABLE',
        message: /was not moved/,
      });
    else await moveBack(file, database);
    const { role } = await describeDatabase(session);
    assert.equal(role.role, fate === 'lost' ? 'truth' : 'left');
    assert.equal(whoHoldsIt(roleOfFile(file.db), role), fate === 'lost' ? 'database' : 'file');
    await database.close();
    file.writer.engine = null;
  }
});

test('a wrong target is refused with a sentence, and nothing changes there or here', options, async (t) => {
  const file = fileOf(t);
  fill(file, 3);
  const url = await databaseFor(t);
  const session = await sessionOf(t, url);
  const refused = async (code: string, message: RegExp, to = url) => {
    await assert.rejects(moveThere(file, to), (error: ProtocolError) => {
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /test-password/);
      return true;
    });
    assert.deepEqual(roleOfFile(file.db), { role: 'truth' });
    assert.deepEqual(triggersIn(file), []);
  };
  await session.query('CREATE SCHEMA paracord_node; CREATE TABLE paracord_node.of_others (a integer)');
  await refused('CONFLICT', /is not empty: another program.*Nothing was changed/);
  assert.deepEqual(await session.query('SELECT * FROM of_others'), []);
  await session.query('DROP SCHEMA paracord_node CASCADE');

  const { database } = await moveThere(file, url);
  await database.release();
  file.writer.engine = null;
  await file.writer.write(() => file.db.exec('DELETE FROM copy_state'));
  await refused('CONFLICT', /already.*Nothing was changed/);
  await session.query("UPDATE federation_server_keys SET server_name = 'ben.test'");
  await refused('CONFLICT', /another server, ben\.test/);
  // A second node, whose owner named the database of the first in the wizard.
  await assert.rejects(moveThere(file, url, watched(), null), {
    code: 'CONFLICT',
    message: /belongs to ben\.test, and this node does not have the identity.* copy identity\.json/,
  });
  await session.query('UPDATE node_state SET schema = 9999');
  await refused('CONFLICT', /newer version of Paracord Node: it has schema 9,999/);

  const nobody = new URL(url);
  nobody.username = 'no_rights';
  await session.query("CREATE ROLE no_rights LOGIN PASSWORD 'test-password'").catch(() => {});
  await session.query('DROP SCHEMA paracord_node CASCADE');
  await refused('CONFLICT', /does not let this node create its tables.*Nothing was changed/, nobody.href);
  nobody.port = '1';
  await refused('SERVICE_UNAVAILABLE', /could not connect to 127\.0\.0\.1:1\//, nobody.href);
  const other = await sessionOf(t, url);
  assert.ok(await tryLock(other));
  await refused('CONFLICT', /Another node is using/);
});

const triggersIn = ({ db }: MovingFile) => db.prepare('SELECT name FROM sqlite_temp_master').all();

test('a canceled move leaves nothing behind', options, async (t) => {
  const file = fileOf(t);
  fill(file, 500);
  const url = await databaseFor(t);
  const ending = new AbortController();
  const watch: Watch = { ...watched(ending.signal), onProgress: () => ending.abort(new Error('canceled')) };
  await assert.rejects(moveThere(file, url, watch), /canceled/);
  assert.deepEqual(roleOfFile(file.db), { role: 'truth' });
  assert.deepEqual(triggersIn(file), []);
  const session = await sessionOf(t, url);
  assert.notEqual((await describeDatabase(session)).role.role, 'truth');
});
