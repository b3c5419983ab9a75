import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { toDrop } from '../../../../main/events/retention.ts';
import { systemPorts } from '../../../../main/kernel/ports.ts';
import { copyRowByRow } from '../../../../main/store/check/mend.ts';
import { openDatabase } from '../../../../main/store/database.ts';
import { matchOf, periodOf, placeAt, placeOfPeriod } from '../../../../main/store/rules/search-table.ts';
import { Store } from '../../../../main/store/store.ts';
import { canonicalJson } from '../../../../shared/protocol/coding/canonical-json.ts';
import { fromPlain, type JsonObject } from '../../../../shared/protocol/coding/json.ts';
import { type Envelope, wireEvent } from '../../../../shared/protocol/events/envelope.ts';
import { searchNeedles } from '../../../../shared/unicode/search-form.ts';
import { searchIndexOf } from '../../../support/database-text.ts';
import { putEvent } from '../../../support/put-rows.ts';
import { quickFolder } from '../../../support/sim/world.ts';

const room_id = '!1:a.test';
const sender = '@a:a.test';
const day = 86_400_000;

function message(n: number, body: string, depth = n): Envelope {
  const content = fromPlain({ body, channel_id: '1', message_id: String(n) }) as JsonObject;
  return {
    event_id: `$${n}:a.test`,
    room_id,
    event_type: 'm.message',
    sender,
    origin_server: 'a.test',
    origin_ts: depth,
    depth,
    state_key: null,
    content,
    contentText: canonicalJson(content),
    signatures: new Map([['k', '0'.repeat(128)]]),
  };
}

function opened(t: TestContext) {
  const path = join(quickFolder(t), 'node.db');
  const store = new Store(path, systemPorts);
  t.after(() => store.close());
  const { search, messages } = store.rules;
  const write = <T>(job: () => T): Promise<T> => store.writer.write(job);
  const add = (n: number, body: string, depth = n, channel_id = '1'): number => {
    const envelope = message(n, body, depth);
    const seq = putEvent(store, { envelope, body: wireEvent(envelope) });
    messages.add({
      seq,
      room_id,
      channel_id,
      event_id: envelope.event_id,
      message_key: `a.test/${n}`,
      sender,
      depth,
      text_seq: seq,
      edited_at: null,
      deleted: 0,
      shown: 1,
    });
    return seq;
  };
  /** The numbers of messages that may be meant, the newest first. */
  const found = (words: string): number[] => {
    const sought = { needles: searchNeedles(words), rooms: [], senders: [], hasFile: false };
    const all: number[] = [];
    for (let before = Number.MAX_SAFE_INTEGER; ; ) {
      const period = store.search.periodBefore(periodOf(before - 1)) ?? null;
      if (period === null) return all;
      const from = placeOfPeriod(period);
      all.push(...store.search.candidates(sought, { period, from, before }, 100).map(({ seq }) => seq));
      before = from;
    }
  };
  return { store, path, search, write, add, found };
}

test('messages are found in the order of their time, whenever they arrived', async (t) => {
  const { search, write, add, found } = opened(t);
  const [newest, oldest, middle] = await write(() => [
    add(1, 'green tea', 90 * day),
    add(2, 'black tea', day),
    add(3, 'no tea', 40 * day),
  ]);
  assert.deepEqual(found('tea'), [], 'not read yet');
  assert.equal(await write(() => search.addNext(2)), true);
  assert.equal(search.isComplete(), false);
  assert.equal(await write(() => search.addNext(2)), false);
  assert.equal(search.isComplete(), true);
  assert.deepEqual(found('tea'), [newest, middle, oldest]);
  assert.deepEqual(found('black'), [oldest]);
});

test('messages of the same moment are all found', async (t) => {
  const { search, write, add, found } = opened(t);
  const seqs = await write(() => Array.from({ length: 30 }, (_, n) => add(n + 1, 'tea', 5)));
  await write(() => search.addNext(100));
  assert.deepEqual(
    found('tea').toSorted((a, b) => a - b),
    seqs,
  );
});

test('messages that are dropped leave no piece in the index', async (t) => {
  const { store, path, search, write, add, found } = opened(t);
  await write(() => {
    store.rooms.insert({ room_id, home: 'a.test', name: 'Room', join_rule: 'invite', created_at: 1 });
    for (let n = 1; n <= 20; n++) add(n, n % 2 === 0 ? 'tea' : 'cocoa', n * day);
    search.addNext(100);
  });
  await write(() => {
    const all = store.retention.old(
      room_id,
      { kind: 'shown', upTo: 100 * day, before: 100 * day },
      { depth: -1, eventId: '' },
      100,
    );
    store.retention.drop(room_id, 'shown', toDrop(all.filter((_, at) => at % 2 === 0)));
  });
  assert.deepEqual(found('cocoa'), []);
  assert.equal(found('tea').length, 10);
  assert.equal(
    searchIndexOf(path).some(({ term }) => term.endsWith('_coc')),
    false,
  );
});

test('a text that can’t be read any more empties the index, which is then made again', async (t) => {
  const { store, path, search, write, add, found } = opened(t);
  const [lost] = await write(() => [add(1, 'cocoa'), add(2, 'tea')]);
  await write(() => search.addNext(10));
  const db = openDatabase(path);
  db.prepare("UPDATE federation_events SET body = 'x' WHERE seq = ?").run(lost);
  db.close();
  await write(() => store.rules.messages.setDeleted(lost ?? 0));
  assert.deepEqual(searchIndexOf(path), []);
  await write(() => search.addNext(10));
  assert.deepEqual(found('cocoa'), []);
  assert.equal(found('tea').length, 1);
});

test('a change that is rolled back leaves the index as it was', async (t) => {
  const { store, search, write, add, found } = opened(t);
  await write(() => add(1, 'tea'));
  const failing = write(() => {
    search.addNext(10);
    throw new Error('no');
  });
  await assert.rejects(failing);
  assert.deepEqual(found('tea'), []);
  await write(() => search.addNext(10));
  const [seq] = found('tea');
  await assert.rejects(
    write(() => {
      store.rules.messages.setDeleted(seq ?? 0);
      throw new Error('no');
    }),
  );
  assert.deepEqual(found('tea'), [seq]);
  await write(() => store.rules.messages.setDeleted(seq ?? 0));
  assert.deepEqual(found('tea'), []);
});

test('a database that was repaired row by row has an empty index, which is made again', async (t) => {
  const { store, path, search, write, add } = opened(t);
  await write(() => {
    add(1, 'tea');
    search.addNext(10);
  });
  while (!(await store.erasures.scrub()));
  const copy = copyRowByRow(path, () => {});
  assert.ok(copy !== null);
  const repaired = new Store(copy, systemPorts);
  t.after(() => repaired.close());
  assert.equal(repaired.rules.search.isComplete(), false);
  await repaired.writer.write(() => repaired.rules.search.addNext(10));
  assert.deepEqual(searchIndexOf(copy), searchIndexOf(path));
});

test('a query names pieces in quotation marks, and is limited', () => {
  const parts = [{ period: 1, run: 2 }];
  const sought = { needles: searchNeedles('"x" OR'), rooms: [], senders: [], hasFile: false };
  assert.equal(matchOf(sought, parts), '(("1_2__x_") AND ("1_2__or"))');
  assert.equal(matchOf({ ...sought, needles: [] }, parts), null);
  const long = searchNeedles('abcdefghijklmnopqrstuvwxyz'.repeat(20));
  assert.ok((matchOf({ ...sought, needles: long }, parts) ?? '').length < 500);
  assert.equal(matchOf({ ...sought, needles: [], rooms: Array.from({ length: 100 }, String) }, parts), null);
  assert.equal(periodOf(placeAt(Number.MAX_SAFE_INTEGER)) > periodOf(placeAt(0)), true);
  assert.ok(Number.isSafeInteger(placeAt(Number.MAX_SAFE_INTEGER) + 2 ** 21));
});

test('the neighbors of a message in a quiet channel are not looked for in the whole room', async (t) => {
  const { store, write, add } = opened(t);
  const [first, , last] = await write(() => [
    add(1, 'first', 1, 'quiet'),
    Array.from({ length: 98 }, (_, n) => add(n + 2, 'between')),
    add(200, 'last', 200, 'quiet'),
  ]);
  const beside = (seq: unknown) => {
    const row = store.messages.shown(Number(seq));
    assert.ok(row);
    const { before, after } = store.messages.beside(row);
    return [before?.seq, after?.seq];
  };
  assert.deepEqual(
    [beside(first), beside(last)],
    [
      [undefined, last],
      [first, undefined],
    ],
  );
  await write(() => [add(100, 'more'), add(101, 'more')]);
  assert.deepEqual(
    [beside(first), beside(last)],
    [
      [undefined, undefined],
      [undefined, undefined],
    ],
  );
});

test('only a few large messages are read in one transaction', async (t) => {
  const { search, write, add, found } = opened(t);
  await write(() => Array.from({ length: 4 }, (_, n) => add(n + 1, `word ${'x'.repeat(100_000)}`)));
  assert.equal(await write(() => search.addNext(50)), true);
  assert.deepEqual(found('word'), [2, 1]);
  assert.equal(await write(() => search.addNext(50)), false);
  assert.deepEqual(found('word'), [4, 3, 2, 1]);
});

test('the lists of many transactions are joined, and messages are found as before', async (t) => {
  const { store, path, search, write, add, found } = opened(t);
  await write(() => Array.from({ length: 40 }, (_, n) => add(n + 1, `word ${n}`)));
  while (await write(() => search.addNext(1)));
  const lists = () => {
    const db = openDatabase(path);
    const count = db.prepare<[], number>('SELECT count(DISTINCT segid) FROM search_index_idx').pluck().get();
    db.close();
    return count ?? 0;
  };
  const [all, before] = [found('word'), lists()];
  while (await write(() => search.join()));
  assert.ok(lists() < before / 2, `${before} lists became ${lists()}`);
  assert.deepEqual(found('word'), all);
  assert.equal(all.length, 40);
  const [newest = 0] = all;
  await write(() => store.rules.messages.setDeleted(newest));
  assert.deepEqual(found('word'), all.slice(1));
});
