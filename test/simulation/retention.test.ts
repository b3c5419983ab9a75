import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import SQLite from 'better-sqlite3';
import { digestOf } from '../../main/events/room-digest.ts';
import { EventStore } from '../../main/store/tables/rooms/event-store.ts';
import { filesAsText } from '../support/database-text.ts';
import { runUntilQuiet, storedEvents, timelineOf } from '../support/sim/checks.ts';
import type { SimNode } from '../support/sim/node.ts';
import { World } from '../support/sim/world.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

const query = <T>(node: SimNode, sql: string, ...values: string[]): T[] => {
  const db = new SQLite(node.databasePath);
  try {
    const statement = db.prepare<string[], T>(sql);
    if (statement.reader) return statement.all(...values);
    statement.run(...values);
    return [];
  } finally {
    db.close();
  }
};
/** Returns what a server compares with others: what it has, and what it dropped. */
function digest(node: SimNode, roomId: string) {
  const db = new SQLite(node.databasePath, { readonly: true });
  try {
    const all = { eventsMax: 10_000, bytesMax: 1e9 };
    return digestOf(new EventStore(db).placed(roomId, -1, Number.MAX_SAFE_INTEGER, all).rows);
  } finally {
    db.close();
  }
}
const dropped = (node: SimNode) =>
  query<{ n: number }>(node, 'SELECT count(*) AS n FROM dropped_events')[0]?.n ?? 0;
const shown = async (node: SimNode, roomId: string) =>
  (await timelineOf(node, roomId)).map(({ body, deleted }) => (deleted ? '(deleted)' : body)).reverse();
const word = (n: number) => `<word ${n}>`;
const wordsIn = (node: SimNode) => new Set(filesAsText(node.databasePath).match(/<word \d+>/g));

interface Lobby {
  readonly world: World;
  readonly home: SimNode;
  readonly guest: SimNode;
  readonly room_id: string;
  /** IDs of the messages, by their number. */
  readonly ids: readonly string[];
}

/** A room of two servers with twelve messages in turn, some of them edited, deleted or reacted to. */
async function lobby(t: TestContext, more: readonly string[] = []): Promise<Lobby> {
  const world = new World(t, { seed: 5, names: ['home.test', 'guest.test', ...more] });
  const [home, guest] = [world.node('home.test'), world.node('guest.test')];
  await world.setUp();
  await world.befriend(home, guest);
  const { room_id } = await home.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  await world.wait(guest.api.joinRoom({ room_id }));
  const ids: string[] = [];
  for (let n = 0; n < 12; n++) {
    const by = n % 2 === 0 ? home : guest;
    ids.push((await by.api.postMessage({ room_id, body: `${word(n)} written` })).event_id);
    await world.clock.advance(second);
  }
  const id = (n: number) => ids[n] ?? '';
  await home.api.editMessage({ room_id, event_id: id(2), body: `${word(2)} edited` });
  await guest.api.react({ room_id, event_id: id(2), emoji: '🫏' });
  await guest.api.deleteMessage({ room_id, event_id: id(3) });
  await world.clock.advance(5 * minute);
  return { world, home, guest, room_id, ids };
}

/** Time passes while the servers are off, which costs nothing, and then a little while they are on. */
async function pass({ world }: Pick<Lobby, 'world'>, ms: number): Promise<void> {
  const up = world.nodes.filter((node) => node.isUp);
  for (const node of up) await world.wait(node.stop());
  await world.clock.advance(ms);
  for (const node of up) await node.start();
  await world.clock.advance(20 * minute);
}

/** More than a day later, when the first twelve are old and two more are not. */
async function dayLater(all: Lobby): Promise<void> {
  const { world, home, guest, room_id } = all;
  await pass(all, 23 * hour);
  for (const [n, by] of [home, guest].entries()) {
    await by.api.postMessage({ room_id, body: word(20 + n) });
    // The second is written after the first has arrived, so all show them in this order.
    await world.clock.advance(minute);
  }
  await pass(all, 3 * hour);
}

for (const keeper of ['home', 'guest'] as const)
  test(`events that the ${keeper} drops are gone there and nowhere else, count as present, and don't come back`, async (t) => {
    const all = await lobby(t);
    const { world, room_id, ids } = all;
    const [node, other] = keeper === 'home' ? [all.home, all.guest] : [all.guest, all.home];
    const before = await shown(other, room_id);
    await node.api.limitRoom({ room_id, days: 1, megabytes: null });
    await dayLater(all);
    const now = [...before, word(20), word(21)];
    assert.deepEqual(await shown(other, room_id), now);
    assert.deepEqual(await shown(node, room_id), [word(20), word(21)]);
    const left = wordsIn(node);
    assert.deepEqual(
      ids.filter((_, n) => left.has(word(n))),
      [],
      'not in the file either',
    );
    const { retention } = await node.api.room({ room_id });
    assert.ok(retention.dropped_to !== null && retention.dropped_to <= node.now() - 24 * hour);
    assert.deepEqual(digest(node, room_id), digest(other, room_id));
    const events = storedEvents(node, room_id).map(({ event_id }) => event_id);
    const kept = query<{ event_type: string }>(
      node,
      'SELECT event_type FROM federation_events WHERE room_id = ? ORDER BY seq',
      room_id,
    );
    assert.deepEqual(
      kept.map(({ event_type }) => event_type).filter((type) => type.startsWith('m.me')),
      [...['m.member.join', 'm.member.join', 'm.message.delete', 'm.message', 'm.message']],
    );

    // It reads everything again from the beginning, and gets everything again.
    const count = dropped(node);
    await world.wait(node.stop());
    query(node, 'DELETE FROM federation_sync_cursors');
    await node.start();
    await world.clock.advance(20 * minute);
    assert.deepEqual(
      storedEvents(node, room_id).map(({ event_id }) => event_id),
      events,
    );
    assert.equal(dropped(node), count);

    // The owner keeps everything again: dropped events don't come back, and nothing more is dropped.
    await node.api.limitRoom({ room_id, days: null, megabytes: null });
    await pass(all, 25 * hour);
    assert.deepEqual(await shown(node, room_id), [word(20), word(21)]);
  });

test('events that a peer still waits for are not dropped', async (t) => {
  const all = await lobby(t);
  const { world, home, guest, room_id } = all;
  await world.wait(guest.stop());
  await home.api.postMessage({ room_id, body: 'for later' });
  await home.api.limitRoom({ room_id, days: 1, megabytes: null });
  await pass(all, 30 * hour);
  assert.deepEqual(await shown(home, room_id), ['for later']);
  await guest.start();
  await runUntilQuiet(world);
  assert.equal((await shown(guest, room_id)).at(-1), 'for later');
});

test('a delete of a dropped message stays, so a copy that arrives late is not shown', async (t) => {
  const all = await lobby(t, ['late.test']);
  const { world, home, guest, room_id, ids } = all;
  await home.api.limitRoom({ room_id, days: 1, megabytes: null });
  await dayLater(all);
  await world.wait(guest.api.deleteMessage({ room_id, event_id: ids[5] ?? '' }));
  await world.clock.advance(minute);
  const late = world.node('late.test');
  await world.befriend(home, late);
  await world.wait(late.api.joinRoom({ room_id }));
  await runUntilQuiet(world);
  assert.deepEqual(await shown(late, room_id), [word(20), word(21)], 'a new member gets what is kept');
  const deletes = `SELECT 1 FROM federation_events WHERE event_type = 'm.message.delete'`;
  for (const node of [home, late]) assert.equal(query(node, deletes).length, 2, node.name);
});

test('a server that lost everything gets its last events back from a member that drops', async (t) => {
  const all = await lobby(t);
  const { world, home, guest, room_id } = all;
  await guest.api.limitRoom({ room_id, days: 1, megabytes: null });
  await dayLater(all);
  await home.backUp();
  home.crash();
  await world.wait(home.stopped);
  home.emptyDisk();
  await home.start();
  await home.recover();
  await world.befriend(home, guest);
  await world.clock.advance(hour);
  assert.deepEqual(await shown(home, room_id), [word(20), word(21)]);
  assert.equal((await home.api.room({ room_id })).name, 'Lobby');
});
