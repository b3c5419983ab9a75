import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DatabaseAddress } from '../../../../../main/store/postgres/address.ts';
import { connectTo } from '../../../../../main/store/postgres/connect.ts';
import { takeToken } from '../../../../../main/store/postgres/database-state.ts';
import { tablesOf } from '../../../../../main/store/postgres/schema.ts';
import type { SharedDatabase } from '../../../../../main/store/postgres/shared-database.ts';
import { atEnd } from '../../../../support/at-end.ts';
import { databaseFor, noPostgres, startPostgres } from '../../../../support/daemons/postgres.ts';
import { type Line, lineTo } from '../../../../support/standby/line.ts';
import { ask, assertEqual, follow, lead } from '../../../../support/standby/shared-store.ts';
import { tempDir } from '../../../../support/temp.ts';
import { until } from '../../../../support/until.ts';

const needs = { skip: noPostgres };

const isUnreachable = { code: 'DATABASE_UNREACHABLE' };

test(
  'what a store writes is in the database, survives reopening, and a lost copy is rebuilt',
  needs,
  async (t) => {
    const [url, path] = [await databaseFor(t), join(tempDir(t), 'node.db')];
    const first = await lead(t, url, path);
    await first.put('color', 'blue\0\x1a');
    await assertEqual(first);
    assert.equal(first.database.version, 2);
    await first.close();
    const second = await lead(t, url, path);
    assert.equal(second.store.meta.get('color'), 'blue\0\x1a');
    await second.put('color', 'red');
    await second.close();
    for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true });
    const third = await lead(t, url, path);
    assert.equal(third.store.meta.get('color'), 'red');
    await assertEqual(third);
  },
);

test('a copy that is behind applies what it lacks, and forgets what was read before', needs, async (t) => {
  const leader = await lead(t, await databaseFor(t), join(tempDir(t), 'node.db'));
  const { database, store: follower } = await follow(t, leader, join(tempDir(t), 'node.db'));
  const rooms = () => follower.rooms.countByHome('a.test').here;
  assert.equal(rooms(), 0);
  const room = { room_id: '!1:a.test', home: 'a.test', name: 'Hall', join_rule: 'peers' as const };
  await leader.store.writer.write(() => leader.store.rooms.insert({ ...room, created_at: 1 }));
  let forgotten = 0;
  follower.onRollback(() => forgotten++);
  for (const value of ['one', 'two', 'three']) await leader.put('count', value);
  // A poll and a notification at the same time.
  const both = await Promise.all([database.catchUp(), database.catchUp()]);
  assert.deepEqual(both, [leader.database.version, leader.database.version]);
  assert.equal(follower.meta.get('count'), 'three');
  assert.equal(rooms(), 1);
  assert.equal(forgotten, 1);
  await assertEqual({ ...leader, database });
  await assert.rejects(
    follower.writer.write(() => {}),
    { code: 'SERVICE_UNAVAILABLE' },
  );
});

test('an open transaction can be read here, but nothing leaves before it is committed', needs, async (t) => {
  const { store, put } = await lead(t, await databaseFor(t), join(tempDir(t), 'node.db'));
  assert.equal(store.writer.onDisk(), null);
  const begun = Promise.withResolvers<void>();
  const written = store.writer.write(() => {
    store.meta.put('color', 'blue');
    begun.resolve();
  });
  await begun.promise;
  const order: string[] = [];
  assert.equal(store.meta.get('color'), 'blue');
  assert.equal(store.writer.emptyLog(), false);
  const left = store.writer.onDisk()?.then(() => order.push('left'));
  assert.ok(left);
  await Promise.all([left, written.then(() => order.push('settled'))]);
  assert.deepEqual(order, ['left', 'settled']);
  await put('color', 'red');
  assert.equal(store.writer.onDisk(), null);
});

test(
  'a job that fails alone takes no neighbor with it, whether here or in the database',
  needs,
  async (t) => {
    const leader = await lead(t, await databaseFor(t), join(tempDir(t), 'node.db'));
    const { store, database, put, address } = leader;
    const tooLong = 'x'.repeat(3_000);
    // SQLite takes a key of any length.
    const long = Array.from(tooLong, (_, at) => String.fromCharCode(0x4e00 + ((at * 7919) % 20_000))).join(
      '',
    );
    const all = await Promise.allSettled([
      put('a', '1'),
      store.writer.write(() => {
        throw new Error('no');
      }),
      put('b', '2'),
      put(long, '3'),
      put('c', '4'),
    ]);
    assert.deepEqual(
      all.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'],
    );
    assert.equal((all[3] as PromiseRejectedResult).reason.code, '54000');
    assert.equal(database.copy.prepare('SELECT count(*) FROM meta').pluck().get(), 3);
    await assertEqual({ ...leader, address });
  },
);

test(
  'a database that dies in the middle: rolled back, refused with 503, and on it goes',
  needs,
  async (t) => {
    const server = await startPostgres();
    atEnd(t, () => server.stop());
    const leader = await lead(t, await server.database(), join(tempDir(t), 'node.db'));
    const { store, put, database } = leader;
    await put('color', 'blue');
    let rollbacks = 0;
    store.onRollback(() => rollbacks++);
    const interrupted = store.writer.write(() => {
      store.meta.put('color', 'red');
      server.signal('SIGKILL');
    });
    const beside = put('size', 'small');
    await assert.rejects(interrupted, isUnreachable);
    await assert.rejects(beside, isUnreachable);
    assert.equal(rollbacks, 1);
    assert.equal(store.meta.get('color'), 'blue');
    assert.equal(store.meta.get('size'), undefined);
    assert.equal(store.disk.trouble, 'unreachable');
    await assert.rejects(store.writer.onDisk() ?? Promise.resolve(), isUnreachable);
    const refused = await put('size', 'small').catch((error) => store.disk.answerTo(error));
    assert.equal((refused as { code: string }).code, 'SERVICE_UNAVAILABLE');
    assert.equal((refused as { retryAfterSeconds: number }).retryAfterSeconds, 5);
    await server.restart();
    await database.whenReachable();
    await put('size', 'large');
    assert.equal(store.disk.trouble, null);
    assert.equal(store.writer.onDisk(), null);
    assert.equal(store.meta.get('color'), 'blue');
    await assertEqual(leader);
  },
);

test(
  'a database that stands still: writes fail after 10 s, and what it was sent is found',
  needs,
  async (t) => {
    const server = await startPostgres();
    atEnd(t, () => server.stop());
    const leader = await lead(t, await server.database(), join(tempDir(t), 'node.db'));
    const { store, put, database } = leader;
    await put('color', 'blue');
    const { version } = database;
    const sent = store.writer.write(() => {
      store.meta.put('color', 'red');
      server.signal('SIGSTOP');
    });
    await assert.rejects(sent, isUnreachable);
    assert.equal(store.meta.get('color'), 'blue');
    await assert.rejects(put('size', 'small'), isUnreachable);
    server.signal('SIGCONT');
    await database.whenReachable();
    await put('size', 'large');
    // It may have got the statement before it stood still.
    const isThere = database.version === version + 2;
    assert.equal(store.meta.get('color'), isThere ? 'red' : 'blue');
    await assertEqual(leader);
  },
);

test('a commit whose answer was lost is found before the next write', needs, (t) =>
  loseAnswer(t, ({ line }) => line.breakAll()),
);

test('an answer isn’t waited for once another session got none, and the commit is found', needs, (t) =>
  loseAnswer(t, ({ line, database }) => {
    line.answerAgain();
    database.doubt();
  }),
);

async function loseAnswer(
  t: TestContext,
  lose: (at: { line: Line; database: SharedDatabase }) => void,
): Promise<void> {
  const url = new URL(await databaseFor(t));
  const direct = new DatabaseAddress(url.href);
  const line = await lineTo(t, Number(url.port));
  url.port = String(line.port);
  const leader = await lead(t, url.href, join(tempDir(t), 'node.db'));
  const { store, put, database } = leader;
  await put('color', 'blue');
  const { version } = database;
  const heard = Promise.withResolvers<void>();
  const listener = await connectTo(direct);
  atEnd(t, () => listener.close());
  listener.onNotify(() => heard.resolve());
  await listener.query('LISTEN paracord_node_version');
  // A process that has run for a while deletes old changes after its first write. That answer isn't the one to lose.
  await database.catchUp();
  line.swallowAnswers();
  const refused = assert.rejects(put('color', 'red'), isUnreachable);
  await heard.promise;
  lose({ line, database });
  await refused;
  assert.equal(store.meta.get('color'), 'blue');
  await database.whenReachable();
  const seen = await store.writer.write(() => store.meta.get('color'));
  assert.equal(seen, 'red', 'nothing is decided before the copy has it');
  assert.equal(database.version, version + 1);
  await put('color', 'green');
  await assertEqual(leader);
}

test(
  'a copy of a primary that was replaced meanwhile is not used, and the next attempt succeeds',
  needs,
  async (t) => {
    const url = new URL(await databaseFor(t));
    const { address } = await lead(t, url.href, join(tempDir(t), 'node.db'));
    const port = Number(url.port);
    let connections = 0;
    const server = createServer({ pauseOnConnect: true }, async (socket) => {
      connections += 1;
      // The first session copies, the second keeps what is committed meanwhile. The third one reaches a database that has
      // something else.
      if (connections === 3)
        await ask(address, (session) => session.query("UPDATE node_state SET stamp = 'other'"));
      const to = connect(port, '127.0.0.1', () => socket.pipe(to).pipe(socket));
      for (const each of [socket, to]) each.on('error', () => {});
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    atEnd(t, () => server.close());
    url.port = String((server.address() as { port: number }).port);
    const path = join(tempDir(t), 'node.db');
    const changing = { address: new DatabaseAddress(url.href) };
    await assert.rejects(follow(t, changing, path), isUnreachable);
    assert.equal(connections, 3);
    await assertEqual(await follow(t, changing, path));
  },
);

test('once another node has a token, this one writes nothing more, not even a part', needs, async (t) => {
  const [url, path] = [await databaseFor(t), join(tempDir(t), 'node.db')];
  const first = await lead(t, url, path);
  await first.put('color', 'blue');
  let fenced = 0;
  first.database.on('fenced', () => fenced++);
  const second = await lead(t, url, join(tempDir(t), 'node.db'));
  await assert.rejects(first.put('color', 'red'), { code: 'DATABASE_FENCED' });
  assert.equal(fenced, 1);
  assert.equal(first.store.disk.trouble, 'fenced');
  assert.equal(first.store.meta.get('color'), 'blue');
  assert.equal(first.database.token, null);
  await assert.rejects(first.put('color', 'red'), { code: 'DATABASE_FENCED' });
  await second.put('color', 'green');
  await assertEqual(second);
});

/** Whatever is written to `meta` takes the database so many seconds. */
const slowDown = (address: DatabaseAddress, seconds: number): Promise<unknown> =>
  ask(address, (session) =>
    session.query(`
      CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_sleep(${seconds}); RETURN NEW; END';
      CREATE TRIGGER slowly BEFORE INSERT ON meta FOR EACH STATEMENT EXECUTE FUNCTION slowly()`),
  );
const isWriting = (address: DatabaseAddress): Promise<boolean> =>
  ask(address, async (session) => {
    const sql =
      "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()";
    return (await session.query(sql)).length > 0;
  });

test('while a large transaction is written, the leader’s beats are stored', needs, async (t) => {
  const { address, database, put } = await lead(t, await databaseFor(t), join(tempDir(t), 'node.db'));
  await slowDown(address, 1);
  const stored = put('color', 'blue');
  await until([], 'the transaction to be under way', () => isWriting(address));
  const session = await connectTo(address, { statementMs: 500 });
  atEnd(t, () => session.close());
  await session.query('UPDATE node_state SET beat = clock_timestamp() WHERE token = $1', [database.token]);
  await stored;
});

test('a transaction is refused if another node takes the lead while it is written', needs, async (t) => {
  const first = await lead(t, await databaseFor(t), join(tempDir(t), 'node.db'));
  const { address, database } = first;
  await first.put('color', 'blue');
  await slowDown(address, 1);
  const stored = first.put('color', 'red');
  const refused = assert.rejects(stored, { code: 'DATABASE_FENCED' });
  await until([], 'the transaction to be under way', () => isWriting(address));
  await ask(address, (session) => takeToken(session));
  await refused;
  assert.equal(first.store.meta.get('color'), 'blue');
  await assertEqual({ address, database });
});

test('a row of the outbox is handed out once its transaction is committed', needs, async (t) => {
  const { store, database } = await lead(t, await databaseFor(t), join(tempDir(t), 'node.db'));
  const { outbox, writer } = store;
  const begun = Promise.withResolvers<void>();
  const queued = writer.write(() => {
    database.copy.exec(`
      INSERT INTO federation_events (event_id, room_id, event_type, sender, origin_server, origin_ts, depth, state,
        body, key_id, received_at) VALUES ('$1', '!1:a.test', 'm.message', '@1:a.test', 'a.test', 1, 1, 1, '{}', 'k', 1);
      INSERT INTO federation_outbound_queue (destination, room_id, event_seq, state, enqueued_at, also_sent_to)
        VALUES ('b.test', '!1:a.test', 1, 'queued', 1, '')`);
    begun.resolve();
  });
  await begun.promise;
  const seen = [
    outbox.load('b.test', '!1:a.test', 0, 10).length,
    outbox.loadNew(0, 10).length,
    outbox.newest(),
  ];
  assert.deepEqual(seen, [0, 0, 0]);
  await queued;
  assert.equal(outbox.load('b.test', '!1:a.test', 0, 10).length, 1);
  assert.equal(outbox.newest(), 1);
});

test('changes of every table can be written', needs, async (t) => {
  const { address, database } = await lead(t, await databaseFor(t), join(tempDir(t), 'node.db'));
  const names = [...tablesOf(database.copy).map(({ name }) => name), 'sqlite_sequence'];
  const changes = JSON.stringify(Object.fromEntries(names.map((name) => [name, { put: [], drop: [] }])));
  await ask(address, (session) =>
    session.query('SELECT pn_commit($1, 2, $2, $3)', [database.token, 'stamp', changes]),
  );
  assert.equal(await database.catchUp(), 2);
});
