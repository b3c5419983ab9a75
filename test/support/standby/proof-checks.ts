import assert from 'node:assert/strict';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { isErasedSql } from '../../../main/store/erased-body.ts';
import { DatabaseAddress } from '../../../main/store/postgres/address.ts';
import { connectTo } from '../../../main/store/postgres/connect.ts';
import { type Digests, digestsIn, digestsOf } from '../../../main/store/postgres/copying.ts';
import { type Table, tablesOf } from '../../../main/store/postgres/schema.ts';
import { pictureOf } from '../browser/picture.ts';
import { until } from '../until.ts';
import type { MixedWriters } from './mixed-writers.ts';
import type { PlacedTwin } from './placed-twin.ts';
import type { PostgresPair } from './postgres-pair.ts';
import type { Lead, Recorder } from './recorder.ts';

/** What is known of a world in which two nodes take turns. */
export interface Evidence {
  readonly writers: MixedWriters;
  readonly twins: readonly [PlacedTwin, PlacedTwin];
  /** The leader itself delivers to it. */
  readonly recorder: Recorder;
  /** A standby delivers to it, while there is one. */
  readonly far: Recorder;
  readonly database: PostgresPair;
  readonly rooms: readonly string[];
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

/** After each round: `rooms` are those whose pictures are compared. */
export async function checkSame(evidence: Evidence, rooms: readonly string[]): Promise<void> {
  const { writers, twins, recorder, far, database } = evidence;
  assert.deepEqual(writers.wrong, [], 'answers that no fault explains');
  assert.deepEqual([...recorder.faults, ...far.faults], [], 'two signers');
  assert.deepEqual(recorder.strayed(await leadsIn(database)), [], 'signed while another node led');
  await untilCopiesAreEqual(evidence);
  // Both copies are what the database has, so it is enough to look at one.
  const [twin] = twins;
  const stored = new Set(read<string>(twin, 'SELECT event_id FROM federation_events'));
  const lost = [...writers.acknowledged].filter(([id]) => !stored.has(id));
  assert.deepEqual(lost, [], 'acknowledged and lost');
  const received = [...recorder.received.keys(), ...far.received.keys()];
  const unknown = received.filter((id) => !stored.has(id));
  assert.deepEqual(unknown, [], 'delivered, but not part of the history');
  assertOnce(twin, writers.texts);
  for (const room of rooms)
    await until(
      [],
      'both nodes to show the same',
      async () => {
        // Without an answer it is tried again.
        const [one, other] = await Promise.all(
          twins.map(({ api }) => pictureOf(api, room).catch(() => null)),
        );
        return one && JSON.stringify(one) === JSON.stringify(other);
      },
      patienceMs,
    );
}

/** In the end: the same of all rooms, and the peer has received everything that it had to. */
export async function checkAll(evidence: Evidence): Promise<void> {
  const { twins, recorder, far, rooms, database } = evidence;
  for (const { server_name: destination } of (await twins[0].api.outbox({})).items)
    await twins[0].api.retryOutbox({ destination });
  await until(
    [],
    'everything to be delivered',
    async () => (await twins[0].api.outbox({})).items.length === 0,
    patienceMs,
  );
  await checkSame(evidence, rooms);
  const owed = read<string>(
    twins[0],
    `SELECT event_id FROM federation_events WHERE origin_server = 'a.test' AND NOT ${isErasedSql('body')}
     AND event_type NOT IN ('m.member.join', 'm.room.info')`,
  );
  for (const { received } of [recorder, far])
    assert.deepEqual(
      owed.filter((id) => !received.has(id)),
      [],
      'every event of the rooms is with the peer',
    );
  assert.notDeepEqual(far.strayed(await leadsIn(database)), [], 'a standby has sent for the leader');
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
  const sameTime = read(
    twin,
    `SELECT origin_ts FROM federation_events WHERE origin_server = 'a.test'
     GROUP BY origin_ts HAVING count(*) > 1`,
  );
  assert.deepEqual(sameTime, [], 'two events were signed at the same time');
  const sameDepth = read(
    twin,
    `SELECT depth FROM federation_events WHERE origin_server = 'a.test'
     GROUP BY room_id, depth HAVING count(*) > 1`,
  );
  assert.deepEqual(sameDepth, [], 'two events of this server have the same depth');
}

const notingLeads = `
CREATE SCHEMA proof;
CREATE TABLE proof.leads (token bigint, leader text, at timestamptz DEFAULT clock_timestamp());
INSERT INTO proof.leads SELECT token, leader, '2000-01-01' FROM paracord_node.node_state;
CREATE FUNCTION proof.note() RETURNS trigger AS $$
BEGIN
  INSERT INTO proof.leads (token, leader) VALUES (NEW.token, NEW.leader);
  RETURN NULL;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER note AFTER UPDATE OF token ON paracord_node.node_state
  FOR EACH ROW EXECUTE FUNCTION proof.note();`;

/** From now on, the database remembers who led when. */
export const noteLeads = ({ primary }: PostgresPair): Promise<unknown> => primary.ask(notingLeads);

async function leadsIn({ primary }: PostgresPair): Promise<Lead[]> {
  const found = await primary.ask<{ leads: { at: number; url: string }[] }>(
    `SELECT json_agg(json_build_object('at', extract(epoch FROM at) * 1000, 'url', leader::json->>'url')
       ORDER BY token) AS leads FROM proof.leads`,
  );
  return (found?.leads ?? []).map(({ at, url }) => ({ at, address: new URL(url).hostname }));
}

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
