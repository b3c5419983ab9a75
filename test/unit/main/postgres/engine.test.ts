import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DatabaseAddress } from '../../../../main/postgres/address.ts';
import { connectTo } from '../../../../main/postgres/connect.ts';
import { tablesOf } from '../../../../main/postgres/schema.ts';
import { atEnd } from '../../../support/at-end.ts';
import { databaseFor, noPostgres } from '../../../support/daemons/postgres.ts';
import { lineTo } from '../../../support/standby/line.ts';
import { ask, assertEqual, lead } from '../../../support/standby/shared-store.ts';
import { tempDir } from '../../../support/temp.ts';

const needs = { skip: noPostgres };

const isLost = { code: 'SERVICE_UNAVAILABLE' };

test(
  'a store’s writes are in the database and survive reopening, and a lost copy is rebuilt',
  needs,
  async (t) => {
    const [url, path] = [await databaseFor(t), join(tempDir(t), 'node.db')];
    const first = await lead(t, url, path);
    await first.put('color', 'blue\0\x1a');
    await assertEqual(first.address, first.copy);
    await first.close();
    const second = await lead(t, url, path);
    assert.equal(second.store.meta.get('color'), 'blue\0\x1a');
    await second.put('color', 'red');
    await second.close();
    for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true });
    const third = await lead(t, url, path);
    assert.equal(third.store.meta.get('color'), 'red');
    await assertEqual(third.address, third.copy);
  },
);

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
    const { store, copy, put, address } = leader;
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
    assert.equal(copy.prepare('SELECT count(*) FROM meta').pluck().get(), 3);
    await assertEqual(address, copy);
  },
);

test(
  'once another node has a token, this one writes nothing more, and its lead is over',
  needs,
  async (t) => {
    const [url, path] = [await databaseFor(t), join(tempDir(t), 'node.db')];
    const first = await lead(t, url, path);
    await first.put('color', 'blue');
    const ended: string[] = [];
    first.lead.onEnd(({ message }) => ended.push(message));
    let rollbacks = 0;
    first.store.onRollback(() => rollbacks++);
    const second = await lead(t, url, join(tempDir(t), 'node.db'));
    await assert.rejects(first.put('color', 'red'), isLost);
    assert.deepEqual(ended, ['another node has taken over']);
    assert.equal(rollbacks, 1);
    assert.equal(first.get('color'), 'blue');
    await assert.rejects(first.put('color', 'red'), isLost);
    await assert.rejects(first.store.writer.onDisk() ?? Promise.resolve(), isLost, 'nothing leaves any more');
    await second.put('color', 'green');
    await assertEqual(second.address, second.copy);
  },
);

test('a commit whose session was ended is not lost, and this node writes nothing more', needs, async (t) => {
  const [url, path] = [await databaseFor(t), join(tempDir(t), 'node.db')];
  const first = await lead(t, url, path);
  await first.put('color', 'blue');
  const interrupted = first.store.writer.write(() => {
    first.store.meta.put('color', 'red');
    first.lead.session.abandon();
  });
  await assert.rejects(interrupted, isLost);
  assert.equal(first.get('color'), 'blue', 'rolled back');
  await assert.rejects(first.put('size', 'small'), isLost);
  await first.close();
  const next = await lead(t, url, path);
  assert.equal(next.get('size'), undefined);
  await next.put('size', 'large');
  await assertEqual(next.address, next.copy);
});

test('a commit whose answer was lost is in the copy once the node leads again', needs, async (t) => {
  const url = new URL(await databaseFor(t));
  const direct = new DatabaseAddress(url.href);
  const line = await lineTo(t, Number(url.port));
  url.port = String(line.port);
  const path = join(tempDir(t), 'node.db');
  const first = await lead(t, url.href, path);
  await first.put('color', 'blue');
  // Pruning begins after that. If its answer were lost, the next commit would wait behind it.
  await first.lead.session.query('SELECT 1');
  const heard = Promise.withResolvers<void>();
  const listener = await connectTo(direct);
  atEnd(t, () => listener.close());
  listener.onNotify(heard.resolve);
  await listener.query('LISTEN paracord_node_version');
  line.swallowAnswers();
  const refused = assert.rejects(first.put('color', 'red'), isLost);
  await heard.promise;
  line.breakAll();
  await refused;
  assert.equal(first.get('color'), 'blue');
  await first.close();
  const next = await lead(t, direct.url, path);
  assert.equal(next.get('color'), 'red');
  await assertEqual(next.address, next.copy);
});

test('a row of the outbox is handed out once its transaction is committed', needs, async (t) => {
  const { store, copy } = await lead(t, await databaseFor(t), join(tempDir(t), 'node.db'));
  const { outbox, writer } = store;
  const begun = Promise.withResolvers<void>();
  const queued = writer.write(() => {
    copy.exec(`
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
  const { address, copy, lead: holding } = await lead(t, await databaseFor(t), join(tempDir(t), 'node.db'));
  const names = [...tablesOf(copy).map(({ name }) => name), 'sqlite_sequence'];
  const changes = JSON.stringify(Object.fromEntries(names.map((name) => [name, { put: [], drop: [] }])));
  await ask(address, (session) =>
    session.query('SELECT pn_commit($1, 2, $2, $3)', [holding.token, 'stamp', changes]),
  );
  const state = await ask(address, (session) => session.query('SELECT version FROM node_state'));
  assert.deepEqual(state, [{ version: 2 }]);
});
