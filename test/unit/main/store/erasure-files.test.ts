import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import SQLite from 'better-sqlite3';
import { toDrop } from '../../../../main/events/retention.ts';
import { systemPorts } from '../../../../main/kernel/ports.ts';
import { copyRowByRow } from '../../../../main/store/check/mend.ts';
import { createFile, type Db, openDatabase } from '../../../../main/store/database.ts';
import { writeErased } from '../../../../main/store/erased-body.ts';
import { Store } from '../../../../main/store/store.ts';
import { eventState } from '../../../../main/store/tables/rooms/event-store.ts';
import { canonicalJson } from '../../../../shared/protocol/coding/canonical-json.ts';
import { fromPlain, type JsonObject } from '../../../../shared/protocol/coding/json.ts';
import { type Envelope, parseEnvelope, wireEvent } from '../../../../shared/protocol/events/envelope.ts';
import { filesAsText } from '../../../support/database-text.ts';
import { putEvent } from '../../../support/put-rows.ts';
import { Dice } from '../../../support/sim/dice.ts';
import { quickFolder } from '../../../support/sim/world.ts';

const wordOf = (n: number): string => `<word ${n}>`;
const wordsIn = (path: string): Set<string> => new Set(filesAsText(path).match(/<word \d+>/g));

function pagesOf(path: string): { pages: number; free: number } {
  const db = new SQLite(path, { readonly: true });
  const count = (pragma: string) => Number(db.pragma(pragma, { simple: true }));
  const counts = { pages: count('page_count'), free: count('freelist_count') };
  db.close();
  return counts;
}

/** So long that some rows need pages of their own. */
const bodyOf = (n: number, dice: Dice): string =>
  wordOf(n).repeat(dice.chance(0.1) ? dice.between(50, 900) : dice.between(1, 20));

function envelope(n: number, body: string): Envelope {
  const content = fromPlain({ body, channel_id: '1', message_id: String(n) }) as JsonObject;
  return {
    event_id: `$${n}:a.test`,
    room_id: '!1:a.test',
    event_type: 'm.message',
    sender: '@a:a.test',
    origin_server: 'a.test',
    origin_ts: n,
    depth: n,
    state_key: null,
    content,
    contentText: canonicalJson(content),
    signatures: new Map([['k', '0'.repeat(128)]]),
  };
}

function openStore(t: TestContext): { store: Store; path: string } {
  const path = join(quickFolder(t), 'node.db');
  const store = new Store(path, systemPorts);
  t.after(() => store.close());
  return { store, path };
}

test('many texts erased in any order leave nothing in the files', async (t) => {
  const { store, path } = openStore(t);
  const dice = new Dice(3);
  const live: number[] = [];
  const gone: number[] = [];
  const write = (n: number): void => {
    // Three to a page: when all of them are short, SQLite puts pages together.
    const event = envelope(n, wordOf(n).repeat(dice.chance(0.1) ? 900 : dice.between(60, 110)));
    putEvent(store, {
      envelope: event,
      body: wireEvent(event),
      state: dice.chance(0.2) ? eventState.ahead : eventState.applied,
    });
    live.push(n);
  };
  const erase = (): void => {
    const [chosen = 0] = live.splice(dice.below(live.length), 1);
    const row = store.events.byId(`$${chosen}:a.test`);
    assert.ok(row);
    const how = { why: 'deleted', at: 1, hash: 'h' } as const;
    const body = writeErased(envelope(chosen, ''), how, Buffer.byteLength(row.body));
    store.rules.events.setState(row.seq, eventState.applied);
    store.rules.events.erase(row.seq, body);
    gone.push(chosen);
  };
  for (let n = 1; n <= 1000; n++)
    await store.writer.write(() => {
      write(n);
      if (dice.chance(0.3)) erase();
    });
  while (live.length > 30) await store.writer.write(erase);
  // So much was written that the thread that moves the log may be using it.
  while (!(await store.erasures.scrub()));
  const found = wordsIn(path);
  assert.deepEqual(
    gone.filter((n) => found.has(wordOf(n))),
    [],
  );
  assert.ok(live.every((n) => found.has(wordOf(n))));
});

test('events that are dropped leave nothing in the files, and no copies of the rows beside them', async (t) => {
  const { store, path } = openStore(t);
  const dice = new Dice(5);
  const [busy, quiet] = ['!1:a.test', '!2:a.test'];
  const inQuiet: number[] = [];
  await store.writer.write(() => {
    for (const room_id of [busy, quiet])
      store.rooms.insert({ room_id, home: 'a.test', name: 'Room', join_rule: 'invite', created_at: 1 });
    for (let n = 1; n <= 3000; n++) {
      const room_id = dice.chance(0.5) ? busy : quiet;
      if (room_id === quiet) inQuiet.push(n);
      const event = { ...envelope(n, bodyOf(n, dice)), room_id };
      putEvent(store, { envelope: event, body: wireEvent(event) });
    }
  });
  const dropped: string[] = [];
  for (let last = 0; last >= 0; )
    last = await store.writer.write(() => {
      const old = store.retention.old(
        busy,
        { kind: 'shown', upTo: 2500, before: 2500 },
        { depth: last, eventId: '\u{10ffff}' },
        100,
      );
      const gone = toDrop(old);
      store.retention.drop(busy, 'shown', gone);
      dropped.push(...gone.map(({ event_id }) => event_id));
      return old.at(-1)?.depth ?? -1;
    });
  assert.ok(dropped.length > 1000 && dropped.length < 1500, String(dropped.length));
  store.erasures.needsScrub();
  while (!(await store.erasures.scrub()));
  const left = wordsIn(path);
  assert.deepEqual(
    dropped.filter((id) => left.has(wordOf(Number(/\d+/.exec(id)?.[0])))),
    [],
    'nothing of what was dropped is left',
  );
  assert.ok(inQuiet.every((n) => left.has(wordOf(n))));
  const { pages, free } = pagesOf(path);
  assert.ok(free > 0.25 * pages, `${free} of ${pages} pages are free`);
  // Had SQLite left copies of rows that it moved, they would still be there after the rows are erased.
  await store.writer.write(() => {
    for (const n of inQuiet) {
      const row = store.events.byId(`$${n}:a.test`);
      assert.ok(row);
      assert.equal(row.body, wireEvent(parseEnvelope(row.body)), 'untouched');
      const how = { why: 'deleted', at: 1, hash: 'h' } as const;
      const body = writeErased(envelope(n, ''), how, Buffer.byteLength(row.body));
      store.rules.events.erase(row.seq, body);
    }
  });
  while (!(await store.erasures.scrub()));
  const kept = wordsIn(path);
  assert.deepEqual(
    inQuiet.filter((n) => kept.has(wordOf(n))),
    [],
  );
});

test('a repaired database, and one that is filled from elsewhere, have each text once', (t) => {
  const folder = quickFolder(t);
  const [path, filled] = [join(folder, 'node.db'), join(folder, 'filled.db')];
  const fill = (db: Db) => {
    const put = db.prepare('INSERT INTO meta (key, value) VALUES (?, ?)');
    for (let n = 0; n < 60; n++) put.run(`key ${n}`, `${wordOf(n)}${'x'.repeat(600)}`);
    db.close();
  };
  fill(openDatabase(path));
  fill(createFile(filled));
  const repaired = copyRowByRow(path, () => {}) ?? '';
  for (const file of [path, repaired, filled]) {
    const words = filesAsText(file).match(/<word \d+>/g) ?? [];
    assert.deepEqual([words.length, new Set(words).size], [60, 60], file);
  }
});

test('held events that are released or discarded leave nothing in the files', async (t) => {
  const { store, path } = openStore(t);
  const dice = new Dice(4);
  const gone: number[] = [];
  const held = new Set<number>();
  for (let n = 1; n <= 600; n++)
    await store.writer.write(() => {
      const row = {
        event_id: `$${n}`,
        server_name: 'b.test',
        hop: 'b.test',
        room_id: '!1:a.test',
        event_type: 'm.message',
        sender: '@b:b.test',
        origin_ts: n,
        body: bodyOf(n, dice),
        received_at: n,
        about: `b.test/${n}`,
      };
      store.rules.queues.hold(row);
      held.add(n);
      const chosen = 1 + dice.below(n);
      if (dice.chance(0.95) && held.delete(chosen)) {
        if (dice.chance(0.5)) store.rules.queues.dropHeld(`$${chosen}`);
        else store.held.discard(`$${chosen}`);
        gone.push(chosen);
      }
    });
  const before = store.held.page('b.test', 0, 1000);
  // A neighbor in the same commit fails, so the scrubbing there is undone and done again.
  const scrubbed = store.erasures.scrub();
  const neighbor = store.writer.write(() => {
    throw new Error('undo');
  });
  await assert.rejects(neighbor, /undo/);
  // The thread that moves the log may be in the way.
  for (let isDone = await scrubbed; !isDone; ) isDone = await store.erasures.scrub();
  const found = wordsIn(path);
  assert.deepEqual(
    gone.filter((n) => found.has(wordOf(n))),
    [],
  );
  assert.deepEqual(store.held.page('b.test', 0, 1000), before);
});
