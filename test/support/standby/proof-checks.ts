import assert from 'node:assert/strict';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { DatabaseAddress } from '../../../main/postgres/address.ts';
import { connectTo } from '../../../main/postgres/connect.ts';
import { type Digests, digestsIn, digestsOf } from '../../../main/postgres/copying.ts';
import { type Table, tablesOf } from '../../../main/postgres/schema.ts';
import { isErasedSql } from '../../../main/store/erased-body.ts';
import { until } from '../until.ts';
import type { MixedWriters } from './mixed-writers.ts';
import type { PlacedTwin } from './placed-twin.ts';
import type { PostgresPair } from './postgres-pair.ts';
import type { Recorder } from './recorder.ts';

/** The evidence from a world in which two nodes take turns. */
export interface Evidence {
  readonly writers: MixedWriters;
  readonly twins: readonly [PlacedTwin, PlacedTwin];
  readonly recorder: Recorder;
  readonly database: PostgresPair;
}

const patienceMs = 120_000;

const openCopy = ({ dataDir }: PlacedTwin) => new SQLite(join(dataDir, 'node.db'), { readonly: true });

function read<T>(twin: PlacedTwin, sql: string): T[] {
  const db = openCopy(twin);
  try {
    return db.prepare(sql).pluck().all() as T[];
  } finally {
    db.close();
  }
}

/** After each round. */
export async function checkSame(evidence: Evidence): Promise<void> {
  const { writers, twins, recorder, database } = evidence;
  assert.deepEqual(writers.wrong, [], 'answers that no fault explains');
  assert.deepEqual(recorder.faults, [], 'two signers');
  assert.deepEqual(await database.primary.ask(twoCommitters), { count: 0 }, 'two nodes committed in turn');
  await untilCopiesAreEqual(evidence);
  // Both copies are what the database has, so it is enough to look at one.
  const [twin] = twins;
  const stored = new Set(read<string>(twin, 'SELECT event_id FROM federation_events'));
  const lost = [...writers.acknowledged].filter(([id]) => !stored.has(id));
  assert.deepEqual(lost, [], 'acknowledged and lost');
  const unknown = [...recorder.received.keys()].filter((id) => !stored.has(id));
  assert.deepEqual(unknown, [], 'delivered, but not part of the history');
  assertOnce(twin, writers.texts);
}

/** Checks in the end that the peer has received everything that it had to. */
export async function checkAll(evidence: Evidence, leader: PlacedTwin): Promise<void> {
  const { api } = leader;
  for (const { server_name: destination } of (await api.outbox({})).items)
    await api.retryOutbox({ destination });
  await until(
    [],
    'everything to be delivered',
    async () => (await api.outbox({})).items.length === 0,
    patienceMs,
  );
  await checkSame(evidence);
  const owed = read<string>(
    leader,
    `SELECT event_id FROM federation_events WHERE origin_server = 'a.test' AND NOT ${isErasedSql('body')}
     AND event_type NOT IN ('m.member.join', 'm.room.info')`,
  );
  assert.deepEqual(
    owed.filter((id) => !evidence.recorder.received.has(id)),
    [],
    'every event of the rooms is with the peer',
  );
}

function assertOnce(twin: PlacedTwin, texts: ReadonlySet<string>): void {
  const found = read<string>(
    twin,
    `SELECT json_extract(body, '$.content.body') FROM federation_events
     WHERE event_type IN ('m.message', 'm.message.edit') AND NOT ${isErasedSql('body')}`,
  ).filter((text) => texts.has(text));
  const times = new Map<string, number>();
  for (const text of found) times.set(text, (times.get(text) ?? 0) + 1);
  assert.deepEqual(
    [...times].filter(([, count]) => count > 1),
    [],
    'written twice',
  );
  const sameDepth = read(
    twin,
    `SELECT depth FROM federation_events WHERE origin_server = 'a.test'
     GROUP BY room_id, depth HAVING count(*) > 1`,
  );
  assert.deepEqual(sameDepth, [], 'two events of this server have the same depth');
}

const notingCommits = `
CREATE SCHEMA proof;
CREATE TABLE proof.commits (version bigint PRIMARY KEY, token bigint);
CREATE FUNCTION proof.note() RETURNS trigger AS $$
BEGIN
  INSERT INTO proof.commits VALUES (NEW.version, NEW.token);
  RETURN NULL;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER note AFTER INSERT ON paracord_node.node_changes
  FOR EACH ROW EXECUTE FUNCTION proof.note();`;

/** A transaction with an older token than one before it. */
const twoCommitters = `
SELECT count(*)::int AS count FROM (SELECT token, max(token) OVER (ORDER BY version) AS last FROM proof.commits) c
WHERE token < last`;

/** From now on, the database remembers with which token each transaction was committed. */
export const noteCommits = ({ primary }: PostgresPair): Promise<unknown> => primary.ask(notingCommits);

/** All tables of both copies have the rows that PostgreSQL has, at the same version. */
async function untilCopiesAreEqual({ twins, database }: Evidence): Promise<void> {
  const copy = openCopy(twins[0]);
  const tables = tablesOf(copy);
  copy.close();
  let seen = '';
  await until(
    [],
    'both copies to have the version of the database',
    async () => {
      const there = await snapshotOf(database);
      const here = twins.map(snapshotOfCopy);
      try {
        const versions = [there, ...here].map(({ version }) => version);
        seen = versions.join(', ');
        if (new Set(versions).size > 1) return false;
        const expected = await there.read(tables);
        for (const [at, each] of here.entries())
          assert.deepEqual(
            await each.read(tables),
            expected,
            `the copy of node ${at + 1} differs from the database`,
          );
        return true;
      } finally {
        for (const { close } of [there, ...here]) await close();
      }
    },
    patienceMs,
  ).catch((error: Error) => {
    if (error instanceof assert.AssertionError) throw error;
    throw new Error(`${error.message}; the last versions of the database and the copies: ${seen}`);
  });
}

/** Everything as it is at one moment. Reading it takes seconds, in which the leader may write on. */
interface Snapshot {
  readonly version: number;
  read(tables: readonly Table[]): Promise<Digests>;
  close(): unknown;
}

async function snapshotOf({ url }: PostgresPair): Promise<Snapshot> {
  const session = await connectTo(new DatabaseAddress(url));
  await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const [state] = await session.query<{ version: number }>('SELECT version FROM node_state');
  return {
    version: state?.version ?? 0,
    read: (tables) => digestsIn(session, tables),
    close: () => session.close(),
  };
}

function snapshotOfCopy(twin: PlacedTwin): Snapshot {
  const db = openCopy(twin);
  db.exec('BEGIN');
  return {
    version: db.prepare('SELECT version FROM copy_state').pluck().get() as number,
    read: (tables) => digestsOf(db, tables),
    close: () => db.close(),
  };
}
