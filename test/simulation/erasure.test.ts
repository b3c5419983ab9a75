import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import SQLite from 'better-sqlite3';
import { filesAsText, tablesAsText } from '../support/database-text.ts';
import { outboxOf, pictureOf, runUntilQuiet } from '../support/sim/checks.ts';
import type { SimNode } from '../support/sim/node.ts';
import { World } from '../support/sim/world.ts';

const second = 1000;
const minute = 60 * second;

/** Found nowhere else. */
const marker = 'the-words-that-must-go';

interface Three {
  readonly world: World;
  readonly a: SimNode;
  readonly b: SimNode;
  readonly c: SimNode;
  readonly room_id: string;
}

/** Three nodes that know each other, and a room homed at the first with the owners of all in it. */
async function three(t: TestContext, joined = ['b.test', 'c.test'], allFriends = true): Promise<Three> {
  const names = ['a.test', 'b.test', 'c.test'];
  const world = new World(t, { seed: 7, names });
  const [a, b, c] = names.map((name) => world.node(name)) as [SimNode, SimNode, SimNode];
  await world.setUp();
  await world.befriend(a, b);
  if (allFriends) await world.befriend(b, c);
  await world.befriend(a, c);
  const { room_id } = await a.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  for (const name of joined) await world.wait(world.node(name).api.joinRoom({ room_id }));
  await world.clock.advance(minute);
  return { world, a, b, c, room_id };
}

const holds = (node: SimNode, text = marker) => ({
  tables: tablesAsText(node.databasePath).includes(text),
  files: filesAsText(node.databasePath).includes(text),
});
const nothing = { tables: false, files: false };

function assertGone(nodes: readonly SimNode[], text = marker): void {
  for (const node of nodes) assert.deepEqual(holds(node, text), nothing, `${node.name} holds “${text}”`);
}

const shown = async (node: SimNode, room_id: string) =>
  (await node.api.timeline({ room_id })).items
    .map(({ body, deleted }) => (deleted ? '(deleted)' : body))
    .reverse();

function cutOff({ world, a, b, c }: Three, lonely: SimNode): void {
  for (const other of [a, b, c].filter((node) => node !== lonely)) {
    world.network.cut(lonely.name, other.name);
    world.network.cut(other.name, lonely.name);
  }
}

test('a minute after a delete, the message, its edits and its reactions are on no node: not in a table, not in a file', async (t) => {
  const all = await three(t);
  const { world, a, b, c, room_id } = all;
  const long = `${marker} ${'and more '.repeat(2_000)}`;
  const { event_id } = await b.api.postMessage({ room_id, body: long });
  await b.api.postMessage({ room_id, body: 'stays' });
  await world.clock.advance(minute);
  await b.api.editMessage({ room_id, event_id, body: `edited ${marker}` });
  await c.api.react({ room_id, event_id, emoji: '🫏' });
  await world.clock.advance(minute);
  for (const node of [a, b, c]) assert.deepEqual(holds(node), { tables: true, files: true });

  await b.api.deleteMessage({ room_id, event_id });
  await world.clock.advance(minute);
  assertGone([a, b, c]);
  assertGone([a, b, c], '🫏');
  const today = new Date(world.clock.now()).toLocaleDateString('en', { dateStyle: 'long' });
  for (const node of [a, b, c]) {
    assert.deepEqual(await shown(node, room_id), ['(deleted)', 'stays']);
    assert.equal((await node.api.timeline({ room_id })).items[1]?.reactions.length, 0);
    await assert.rejects(node.api.event({ event_id }), (error: Error & { code: string; status: number }) => {
      assert.deepEqual([error.code, error.status], ['GONE', 410]);
      assert.equal(
        error.message,
        `This server erased the text of ${event_id} on ${today} because the message was deleted.`,
      );
      return true;
    });
  }
});

test('the owner of the home can erase someone else’s message everywhere', async (t) => {
  const { world, a, b, c, room_id } = await three(t);
  const { event_id } = await c.api.postMessage({ room_id, body: marker });
  await world.clock.advance(second);
  await a.api.deleteMessage({ room_id, event_id });
  await world.clock.advance(minute);
  assertGone([a, b, c]);
});

test('deleted messages are withdrawn from the queue for a server that is down, which gets the delete and a placeholder', async (t) => {
  const all = await three(t);
  const { world, a, b, c, room_id } = all;
  cutOff(all, c);
  const { event_id } = await b.api.postMessage({ room_id, body: marker });
  await b.api.editMessage({ room_id, event_id, body: `edited ${marker}` });
  await world.clock.advance(second);
  await a.api.react({ room_id, event_id, emoji: '🎉' });
  await world.clock.advance(second);
  assert.equal(outboxOf(b).length, 2);
  const deleted = await b.api.deleteMessage({ room_id, event_id });
  await world.clock.advance(minute);
  const waiting = [...outboxOf(a), ...outboxOf(b)].map((row) => `${row.event_type} for ${row.destination}`);
  assert.deepEqual(new Set(waiting), new Set(['m.message.delete for c.test']));
  assertGone([a, b]);

  world.network.mendAll();
  await runUntilQuiet(world);
  assert.deepEqual([a, b, c].flatMap(outboxOf), []);
  assert.ok(tablesAsText(c.databasePath).includes(deleted.event_id), 'it has the delete');
  assertGone([c]);
  assert.deepEqual(await shown(c, room_id), ['(deleted)']);
  assert.deepEqual(await pictureOf(c, room_id), await pictureOf(a, room_id));
});

test('dead letters of deleted messages are withdrawn as well', async (t) => {
  const all = await three(t);
  const { world, a, b, c, room_id } = all;
  cutOff(all, c);
  await b.api.changeSettings({ outbox_max_age_days: 1 });
  const { event_id } = await b.api.postMessage({ room_id, body: marker });
  await world.clock.advance(minute);
  // A day of two nodes that talk to each other would be most of what these tests take.
  await world.wait(a.stop());
  await world.clock.advance(26 * 60 * minute);
  await world.wait(a.start());
  assert.deepEqual(
    outboxOf(b).map((row) => row.state),
    ['dead'],
  );
  await b.api.deleteMessage({ room_id, event_id });
  assert.deepEqual(new Set(outboxOf(b).map((row) => row.event_type)), new Set(['m.message.delete']));
  await world.clock.advance(minute);
  assertGone([a, b]);
  world.network.mendAll();
  await runUntilQuiet(world);
  assertGone([c]);
});

test('a late joiner sees that something was deleted, where, and whose it was, but not the text', async (t) => {
  const { world, a, b, c, room_id } = await three(t, ['b.test']);
  await b.api.postMessage({ room_id, body: 'before' });
  const { event_id } = await b.api.postMessage({ room_id, body: marker });
  await b.api.postMessage({ room_id, body: 'after' });
  await world.clock.advance(second);
  await b.api.deleteMessage({ room_id, event_id });
  await world.clock.advance(second);
  await world.wait(c.api.joinRoom({ room_id }));
  await runUntilQuiet(world);
  assert.deepEqual(await shown(c, room_id), ['before', '(deleted)', 'after']);
  assert.deepEqual(await pictureOf(c, room_id), await pictureOf(a, room_id));
  assertGone([c]);
});

test('a late joiner gets past a whole page of deleted messages', async (t) => {
  const { world, a, c, room_id } = await three(t, []);
  for (let n = 0; n < 450; n++) {
    const { event_id } = await a.api.postMessage({ room_id, body: marker });
    await a.api.deleteMessage({ room_id, event_id });
  }
  await a.api.postMessage({ room_id, body: 'at the end' });
  await world.wait(c.api.joinRoom({ room_id }));
  await runUntilQuiet(world);
  const { items } = await c.api.timeline({ room_id, limit: 500 });
  assert.equal(items.length, 451);
  assert.equal(items[0]?.body, 'at the end');
});

test('a node that dies right after a delete has scrubbed its files a minute after it is back', async (t) => {
  const { world, a, room_id } = await three(t, []);
  const { event_id } = await a.api.postMessage({ room_id, body: marker });
  const { event_id: other } = await a.api.postMessage({ room_id, body: 'other' });
  a.crash(2);
  await a.api.deleteMessage({ room_id, event_id }).catch(() => {});
  await a.api.deleteMessage({ room_id, event_id: other }).catch(() => {});
  assert.equal(a.isUp, false);
  await world.wait(a.start());
  assert.deepEqual(holds(a), { tables: false, files: true }, 'the log still has it');
  await world.clock.advance(minute);
  assertGone([a]);
});

test('a reader that blocks scrubbing only delays it', async (t) => {
  const { world, a, room_id } = await three(t, []);
  const { event_id } = await a.api.postMessage({ room_id, body: marker });
  const reader = new SQLite(a.databasePath, { readonly: true });
  t.after(() => reader.close());
  reader.exec('BEGIN');
  reader.prepare('SELECT count(*) FROM federation_events').get();
  await a.api.deleteMessage({ room_id, event_id });
  await world.clock.advance(2 * minute);
  assert.equal(holds(a).files, true);
  await a.api.postMessage({ room_id, body: 'the node goes on meanwhile' });
  reader.exec('COMMIT');
  await world.clock.advance(minute);
  assertGone([a]);
});

test('held events are erased with the delete, and aren’t accepted again', async (t) => {
  const { world, a, b, c, room_id } = await three(t);
  await c.api.changePeer({ server_name: 'b.test', mode: 'quarantine' });
  const { event_id } = await b.api.postMessage({ room_id, body: marker });
  const { event_id: stays } = await b.api.postMessage({ room_id, body: 'stays held' });
  await world.clock.advance(minute);
  assert.equal((await c.api.heldEvents({ server_name: 'b.test' })).items.length, 2);
  await a.api.deleteMessage({ room_id, event_id });
  await world.clock.advance(minute);
  const { items } = await c.api.heldEvents({ server_name: 'b.test' });
  assert.deepEqual(
    items.map((item) => item.event_id),
    [stays],
  );
  assertGone([a, b, c]);
});

test('without a history, earlier versions are erased once no server waits for them, and the newest text stays', async (t) => {
  const all = await three(t, ['b.test']);
  const { world, a, b, c, room_id } = all;
  await a.api.changeSettings({ keep_edit_history: false });
  cutOff(all, b);
  const { event_id } = await a.api.postMessage({ room_id, body: `first ${marker}` });
  await a.api.editMessage({ room_id, event_id, body: `second ${marker}` });
  await a.api.editMessage({ room_id, event_id, body: 'third' });
  await world.clock.advance(minute);
  assertGone([a], `second ${marker}`);
  assert.equal(holds(a).tables, true, 'b.test still has to get the message that was edited');
  world.network.mendAll();
  await runUntilQuiet(world);
  assertGone([a]);
  assert.equal(holds(b).tables, true, 'the other owner keeps history');
  await world.wait(c.api.joinRoom({ room_id }));
  await runUntilQuiet(world);
  for (const node of [a, b, c]) assert.deepEqual(await shown(node, room_id), ['third']);
  assert.deepEqual(await pictureOf(c, room_id), await pictureOf(a, room_id));
  await assert.rejects(a.api.event({ event_id }), /a newer edit replaced it/);

  await a.api.changeSettings({ keep_edit_history: true });
  await a.api.editMessage({ room_id, event_id, body: 'fourth' });
  await world.clock.advance(minute);
  assert.equal(holds(a, 'third').tables, true, 'from now on');
  await a.api.deleteMessage({ room_id, event_id });
  await world.clock.advance(minute);
  for (const text of [marker, 'third', 'fourth']) assertGone([a, b, c], text);
});

test('turning the history off erases the earlier versions', async (t) => {
  const { world, a, room_id } = await three(t, []);
  for (let n = 0; n < 250; n++) {
    const { event_id } = await a.api.postMessage({ room_id, body: `first ${marker} ${n}` });
    await a.api.editMessage({ room_id, event_id, body: `now ${n}` });
  }
  await a.api.postMessage({ room_id, body: 'never edited' });
  await a.api.changeSettings({ keep_edit_history: false });
  await world.clock.advance(minute);
  assertGone([a]);
  const { items } = await a.api.timeline({ room_id, limit: 500 });
  assert.equal(items.filter((item) => item.body?.startsWith('now ')).length, 250);
  assert.equal(items[0]?.body, 'never edited');
});

test('no server is shown to lack a deleted message', async (t) => {
  const all = await three(t, ['b.test', 'c.test'], false);
  const { world, a, b, c, room_id } = all;
  cutOff(all, c);
  const { event_id } = await b.api.postMessage({ room_id, body: marker });
  await world.clock.advance(5 * minute);
  const lacking = (node: SimNode) => {
    const db = new SQLite(node.databasePath, { readonly: true });
    try {
      return db
        .prepare<[string], { server_name: string }>(
          `SELECT r.server_name FROM federation_receipts r JOIN federation_events e ON e.seq = r.event_seq
           WHERE e.event_id = ? AND r.state NOT IN ('has', 'untold')`,
        )
        .all(event_id);
    } finally {
      db.close();
    }
  };
  assert.deepEqual(lacking(b), [{ server_name: 'c.test' }]);
  await b.api.deleteMessage({ room_id, event_id });
  await world.clock.advance(5 * minute);
  assert.deepEqual(lacking(b), []);
  assertGone([a, b]);
  world.network.mendAll();
  await runUntilQuiet(world);
  assert.deepEqual(await pictureOf(c, room_id), await pictureOf(a, room_id));
});
