import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import pg from 'pg';
import { DatabaseAddress } from '../../../../main/postgres/address.ts';
import { connectTo, DatabaseFencedError } from '../../../../main/postgres/connect.ts';
import { databaseFailure } from '../../../../main/postgres/failure.ts';
import { DatabaseServerError } from '../../../../main/store/engine.ts';
import { atEnd } from '../../../support/at-end.ts';
import { databaseFor, noPostgres, startPostgres, startStandby } from '../../../support/daemons/postgres.ts';
import { freePorts } from '../../../support/nodes/free-ports.ts';
import { tempDir } from '../../../support/temp.ts';

/** The failure of a start whose database answers like the one at `url`. */
async function failureAt(url: string, sql = 'SELECT 1') {
  const address = new DatabaseAddress(url);
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    await client.query(sql);
  } catch (error) {
    const failure = databaseFailure(error, address);
    assert.ok(failure instanceof DatabaseServerError, String(error));
    return failure;
  } finally {
    await client.end().catch(() => {});
  }
  throw new Error('it works');
}

/** The failure of a node that connects to the database at `url`. */
async function failureOfConnecting(url: string) {
  const address = new DatabaseAddress(url);
  const error = await connectTo(address).then(
    () => assert.fail('it connects'),
    (reason: Error) => reason,
  );
  const failure = databaseFailure(error, address);
  assert.ok(failure instanceof DatabaseServerError, String(error));
  return failure;
}

async function changed(t: TestContext, change: (url: URL) => void): Promise<string> {
  const url = new URL(await databaseFor(t));
  change(url);
  return url.href;
}

const skip = noPostgres;

test('no PostgreSQL is there: exit code 12, because it may come back', async () => {
  const [port] = await freePorts(1);
  const failure = await failureAt(`postgres://ann:secret@127.0.0.1:${port}/paracord`);
  assert.equal(failure.exit, 'databaseUnreachable');
  assert.match(failure.message, new RegExp(`127.0.0.1:${port}/paracord can’t be reached \\(ECONN`));
});

test('a host name without an address: exit code 12', async () => {
  const failure = await failureAt('postgres://ann:secret@nowhere.invalid/paracord');
  assert.equal(failure.exit, 'databaseUnreachable');
});

test('a wrong password is the owner’s to correct, and is not shown', { skip }, async (t) => {
  const failure = await failureAt(
    await changed(t, (url) => {
      url.password = 'wrong-secret';
    }),
  );
  assert.equal(failure.exit, 'usage');
  assert.match(failure.message, /doesn’t let your server use .*password authentication failed/);
  assert.doesNotMatch(failure.message, /wrong-secret/);
});

test('a database that does not exist', { skip }, async (t) => {
  const failure = await failureAt(
    await changed(t, (url) => {
      url.pathname = '/missing';
    }),
  );
  assert.equal(failure.exit, 'usage');
  assert.match(failure.message, /no such database: 127.0.0.1:\d+\/missing /);
});

test('a user who may not create tables', { skip }, async (t) => {
  const url = await databaseFor(t);
  const failure = await failureAt(
    url,
    'CREATE ROLE guest_role; SET ROLE guest_role; CREATE TABLE notes (id integer)',
  );
  assert.equal(failure.exit, 'usage');
  assert.match(failure.message, /may not create tables .*OWNER TO/);
});

test('a standby of PostgreSQL: exit code 12, because another server may be the primary soon', {
  skip,
}, async (t) => {
  const primary = await startPostgres();
  atEnd(t, () => primary.stop());
  const standby = await startStandby(primary);
  atEnd(t, () => standby.stop());
  const failure = await failureOfConnecting(standby.url);
  assert.equal(failure.exit, 'databaseUnreachable');
  assert.match(failure.message, /is read-only, because this PostgreSQL is a standby/);
});

test('a database that refuses to write isn’t called a standby', { skip }, async (t) => {
  const failure = await failureAt(await databaseFor(t), 'BEGIN READ ONLY; CREATE TABLE notes (id integer)');
  assert.equal(failure.exit, 'databaseUnreachable');
  assert.match(failure.message, /is read-only \(cannot execute CREATE TABLE in a read-only transaction\)/);
  assert.doesNotMatch(failure.message, /standby/);
});

for (const encoding of ['SQL_ASCII', 'LATIN1'])
  test(`a database with the encoding ${encoding} is refused`, { skip }, async (t) => {
    const failure = await failureOfConnecting(
      await databaseFor(t, `ENCODING '${encoding}' LOCALE 'C' TEMPLATE template0`),
    );
    assert.equal(failure.exit, 'usage');
    assert.ok(
      failure.message.includes(`isn’t a UTF-8 database (the encoding of the database is ${encoding})`),
    );
    assert.match(failure.message, /createdb --encoding UTF8/);
  });

test('PostgreSQL without TLS, where the address asks for it', { skip }, async (t) => {
  const failure = await failureAt(await changed(t, (url) => url.searchParams.set('sslmode', 'verify-full')));
  assert.equal(failure.exit, 'usage');
  assert.match(failure.message, /can’t be encrypted/);
});

test('a certificate file that is missing is named, and is the owner’s to correct', async (t) => {
  const missing = join(tempDir(t), 'missing.crt');
  const url = `postgres://ann:secret@127.0.0.1:1/paracord?sslmode=verify-full&sslrootcert=${missing}`;
  const failure = await failureOfConnecting(url);
  assert.equal(failure.exit, 'usage');
  assert.ok(failure.message.includes(missing), failure.message);
  assert.match(failure.message, /sslrootcert/);
  assert.doesNotMatch(failure.message, /secret/);
});

test('a node that was refused ends because another one has taken over', () => {
  const failure = databaseFailure(
    new DatabaseFencedError(),
    new DatabaseAddress('postgres://ann:secret@db.example/paracord'),
  );
  assert.ok(failure instanceof DatabaseServerError);
  assert.equal(failure.exit, 'databaseLost');
  assert.match(failure.message, /^Another node has taken over the database db\.example:5432\/paracord/);
});

test('an error about something else stays unchanged', () => {
  const address = new DatabaseAddress('postgres://db.example/paracord');
  const others = [new Error('a bug'), Object.assign(new Error('no'), { code: 'EADDRINUSE' })];
  for (const error of others) assert.equal(databaseFailure(error, address), error);
});
