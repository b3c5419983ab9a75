import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changedAbove } from '../../../../../../renderer/screens/rooms/timeline/rows.ts';
import { TimelinePages } from '../../../../../../renderer/screens/rooms/timeline/timeline-pages.ts';
import type { TimelineItem } from '../../../../../../shared/api/views/room-views.ts';
import { message } from '../../../../../support/timeline-item.ts';

const sizes = { first: 10, page: 10, seek: 10, pageMax: 20, grownMax: 40, keptMax: 30, ahead: 3 };

/** A room's messages as the node answers them; each answer waits until the test lets it go, where asked for. */
class Room {
  items: TimelineItem[] = [];
  reads: { limit: number; cursor?: string }[] = [];
  held: (() => void)[] | null = null;
  broken = false;

  constructor(count: number) {
    for (let n = 0; n < count; n++) this.items.push(message(n));
  }

  read = async (page: { limit: number; cursor?: string }) => {
    this.reads.push(page);
    if (this.held !== null) await new Promise<void>((go) => this.held?.push(go));
    if (this.broken) throw new Error('out of order');
    const before = page.cursor === undefined ? Number.POSITIVE_INFINITY : Number(page.cursor);
    const all = this.items.filter((item) => item.depth < before).sort((a, b) => b.depth - a.depth);
    const items = all.slice(0, page.limit);
    return { items, next: all.length > page.limit ? String(items.at(-1)?.depth) : null };
  };
}

async function open(room: Room) {
  const arrived: string[] = [];
  const pages = new TimelinePages(
    room.read,
    (items) => arrived.push(...items.map((item) => item.event_id)),
    sizes,
  );
  await pages.refresh();
  return {
    pages,
    arrived,
    ids: () => pages.rows.map((row) => row.id),
    bodies: () => pages.rows.map((row) => row.item?.body ?? null),
  };
}

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => message(from + at).event_id);

test('reads backwards, oldest row first, until the first message is there', async () => {
  const room = new Room(25);
  const { pages, ids } = await open(room);
  assert.deepEqual(ids(), numbers(15, 25));
  assert.equal(pages.complete, false);
  await pages.loadOlder();
  await pages.loadOlder();
  await pages.loadOlder();
  assert.deepEqual(ids(), numbers(0, 25));
  assert.equal(pages.complete, true);
  assert.equal(room.reads.length, 3);
});

test('reads on by itself when the view comes near the oldest row', async () => {
  const room = new Room(40);
  const { pages, ids } = await open(room);
  pages.look(5, 9);
  assert.equal(room.reads.length, 1);
  pages.look(2, 6);
  await pages.refresh();
  assert.deepEqual(ids(), numbers(20, 40));
});

test('reads back to a message page by page, and no farther', async () => {
  const room = new Room(100);
  const { pages, ids } = await open(room);
  assert.equal(await pages.loadTo(message(65).event_id), true);
  assert.deepEqual(ids(), numbers(60, 100));
  assert.equal(room.reads.length, 4);
  assert.equal(await pages.loadTo(message(65).event_id), true);
  assert.equal(room.reads.length, 4, 'what is there is not read again');
});

test('looking for a message that isn’t there ends at the beginning, and otherwise after 200 pages', async () => {
  const small = new Room(25);
  const { pages } = await open(small);
  assert.equal(await pages.loadTo('$nowhere:a.test'), false);
  assert.equal(small.reads.length, 3);

  const large = new Room(2500);
  const opened = await open(large);
  assert.equal(await opened.pages.loadTo('$nowhere:a.test'), false);
  assert.equal(large.reads.length, 201);
});

test('looking for a message stops where reading fails, and finds it once reading works again', async () => {
  const room = new Room(40);
  const { pages } = await open(room);
  room.broken = true;
  assert.equal(await pages.loadTo(message(5).event_id), false);
  assert.equal(room.reads.length, 2);
  assert.ok(pages.failure);
  room.broken = false;
  assert.equal(await pages.loadTo(message(5).event_id), true);
});

test('looking for a message waits for a page that is being read already', async () => {
  const room = new Room(40);
  const { pages, ids } = await open(room);
  room.held = [];
  const reading = pages.loadOlder();
  const found = pages.loadTo(message(25).event_id);
  for (let turn = 0; turn < 200; turn++) await Promise.resolve();
  for (const go of room.held) go();
  await reading;
  assert.equal(await found, true);
  assert.deepEqual(ids(), numbers(20, 40));
  assert.equal(room.reads.length, 2);
});

test('a message that changed is read again where others answer it', async () => {
  const room = new Room(5);
  const { pages } = await open(room);
  const quote = (words: string) => ({
    event_id: message(1).event_id,
    message: { sender: '@b:b.test', text: words, deleted: false, unverified: false, files: [] },
  });
  const reply = { ...message(5), reply_to: quote('message 1') };
  room.items.push(reply);
  await pages.put(reply, true);
  room.items[1] = { ...message(1), body: 'edited' };
  room.items[5] = { ...reply, reply_to: quote('edited') };
  await pages.put(room.items[1], true);
  await pages.put(message(0), true);
  assert.equal(pages.rows[5]?.item?.reply_to?.message?.text, 'edited');
  assert.equal(room.reads.length, 2, 'and nothing else is');
});

test('announces only messages newer than all before', async () => {
  const room = new Room(5);
  const { pages, arrived, ids } = await open(room);
  assert.deepEqual(arrived, []);
  room.items.push(message(5), message(6), message(2.5));
  await pages.refresh();
  assert.deepEqual(arrived, [message(5).event_id, message(6).event_id]);
  assert.equal(ids()[3], message(2.5).event_id);
});

test('keeps rows as they are where nothing changed', async () => {
  const room = new Room(5);
  const { pages } = await open(room);
  const before = [...pages.rows];
  room.items[2] = { ...message(2), body: 'edited', edited_at: 9 };
  await pages.refresh();
  assert.deepEqual(
    pages.rows.map((row, at) => row === before[at]),
    [true, true, false, true, true],
  );
});

test('leaves no gap when more came than one answer holds', async () => {
  const room = new Room(12);
  const { pages, ids } = await open(room);
  for (let n = 12; n < 700; n++) room.items.push(message(n));
  await pages.refresh();
  assert.deepEqual(ids(), numbers(2, 700));
  await pages.loadOlder();
  assert.deepEqual(ids(), numbers(0, 700));
});

test('messages out of view are read again when they come into view', async () => {
  const room = new Room(30);
  const { pages, bodies } = await open(room);
  await pages.loadOlder();
  await pages.loadOlder();
  pages.look(25, 29);
  room.items[4] = { ...message(4), body: 'edited' };
  await pages.refresh();
  assert.equal(bodies()[4], message(4).body);
  pages.look(3, 8);
  await pages.touch('nobody');
  await pages.refresh();
  assert.equal(bodies()[4], 'edited');
});

test('drops rows that are far away, and reads them again', async () => {
  const room = new Room(100);
  const { pages, ids, bodies } = await open(room);
  for (let i = 0; i < 9; i++) {
    pages.look(3, 8);
    await pages.loadOlder();
  }
  assert.deepEqual(ids(), numbers(0, 100));
  const atHand = bodies().filter((body) => body !== null).length;
  assert.ok(atHand <= sizes.keptMax + 2 * sizes.page, `${atHand} at hand`);
  const away = bodies().indexOf(null);
  assert.ok(away > 0);
  pages.look(away, away + 5);
  await pages.touch('nobody');
  await pages.refresh();
  assert.equal(bodies()[away], message(away).body);
});

test('a change that arrives while a page is being read is not lost', async () => {
  const room = new Room(5);
  const { pages, bodies } = await open(room);
  room.held = [];
  const first = pages.refresh();
  // The first reading is in progress when the next change arrives.
  await Promise.resolve();
  room.items[0] = { ...message(0), body: 'edited' };
  const second = pages.refresh();
  const held = room.held;
  room.held = null;
  for (const go of held) go();
  await Promise.all([first, second]);
  assert.equal(bodies()[0], 'edited');
  assert.equal(room.reads.length, 3);
});

test('an answer that arrives after the close changes nothing', async () => {
  const room = new Room(5);
  const { pages, arrived } = await open(room);
  room.items.push(message(5));
  room.held = [];
  const refreshed = pages.refresh();
  await Promise.resolve();
  pages.close();
  for (const go of room.held) go();
  await refreshed;
  assert.deepEqual(arrived, []);
  assert.equal(pages.rows.length, 5);
});

test('after a failure it keeps what it has, and continues only on request', async () => {
  const room = new Room(25);
  const { pages, ids } = await open(room);
  room.broken = true;
  await pages.loadOlder();
  assert.match(String(pages.failure), /out of order/);
  assert.deepEqual(ids(), numbers(15, 25));
  const { length } = room.reads;
  pages.look(0, 5);
  assert.equal(room.reads.length, length);
  room.broken = false;
  await pages.loadOlder();
  assert.equal(pages.failure, null);
  assert.deepEqual(ids(), numbers(5, 25));
});

test('messages of one sender are grouped across pages', async () => {
  const room = new Room(12);
  room.items = room.items.map((item) => ({ ...item, sender: '@a:a.test' }));
  const { pages } = await open(room);
  assert.equal(pages.rows[0]?.startsGroup, true);
  await pages.loadOlder();
  assert.deepEqual(
    pages.rows.map((row) => row.startsGroup),
    [true, ...Array<boolean>(11).fill(false)],
  );
});

test('a message that came with its change is added without reading', async () => {
  const room = new Room(5);
  const { pages, ids, arrived } = await open(room);
  const kept = pages.rows[2];
  await pages.put(message(5), true);
  assert.deepEqual(ids(), numbers(0, 6));
  assert.deepEqual(arrived, [message(5).event_id]);
  assert.equal(pages.rows[2], kept, 'the others stay as they are');
  assert.equal(room.reads.length, 1);
});

test('a message that is there already changes in its place', async () => {
  const room = new Room(25);
  const { pages, bodies, arrived } = await open(room);
  const before = pages.rows;
  await pages.put({ ...message(20), body: 'edited' }, true);
  assert.equal(bodies()[5], 'edited');
  assert.deepEqual(
    pages.rows.map((row, at) => row === before[at]).filter((same) => !same),
    [false],
  );
  assert.deepEqual(arrived, []);
  assert.equal(room.reads.length, 1);
});

test('a message that came with its change opens a timeline that could not be read', async () => {
  const room = new Room(5);
  room.broken = true;
  const { pages, ids } = await open(room);
  assert.notEqual(pages.failure, null);
  room.broken = false;
  room.items.push(message(5));
  await pages.put(message(5), true);
  assert.deepEqual(ids(), numbers(0, 6));
  assert.equal(pages.failure, null);
});

test('a late message is read where it belongs, unless it is from before the first one shown', async () => {
  const room = new Room(40);
  const late = room.items.splice(35, 1)[0]!;
  const { pages, ids } = await open(room);
  assert.deepEqual(ids(), [...numbers(29, 35), ...numbers(36, 40)]);
  room.items.push(late);
  await pages.put(late, true);
  await pages.refresh();
  assert.deepEqual(ids(), numbers(29, 40));
  const { length } = room.reads;
  await pages.put(message(3), true);
  assert.deepEqual([ids().length, room.reads.length], [11, length]);
});

test('what is known of a message elsewhere is never added here', async () => {
  const { pages, ids } = await open(new Room(5));
  await pages.put(message(9), false);
  assert.deepEqual(ids(), numbers(0, 5));
});

test('messages that came with their changes while a page was read are not lost', async () => {
  const room = new Room(5);
  const { pages, ids } = await open(room);
  room.held = [];
  const reading = pages.refresh();
  const put = pages.put(message(5), true);
  await Promise.resolve();
  room.held.forEach((go) => void go());
  await Promise.all([reading, put]);
  assert.deepEqual(ids(), numbers(0, 6));
});

test('rows that many messages pushed above the view are dropped, and read again on the way back', async () => {
  const room = new Room(10);
  const { pages, ids } = await open(room);
  for (let n = 10; n < 41; n++) {
    room.items.push(message(n));
    pages.look(n - 5, n);
    await pages.put(message(n), true);
  }
  assert.deepEqual(ids(), numbers(31, 41));
  assert.equal(room.reads.length, 2);
  await pages.loadOlder();
  assert.deepEqual(ids(), numbers(21, 41));
});

test('no row is dropped while somebody looks at the rows above', async () => {
  const room = new Room(10);
  const { pages, ids } = await open(room);
  pages.look(3, 8);
  for (let n = 10; n < 60; n++) {
    room.items.push(message(n));
    await pages.put(message(n), true);
  }
  assert.deepEqual(ids(), numbers(0, 60));
  assert.equal(room.reads.length, 1);
});

test('rows that came above the view keep the distance from the end, rows below it do not', () => {
  const rows = numbers(0, 10).map((id) => ({ id, item: null, startsDay: false, startsGroup: false }));
  assert.equal(changedAbove(rows.slice(3), rows, 0), true);
  assert.equal(changedAbove(rows.slice(0, 7), rows, 5), false);
  assert.equal(changedAbove([...rows.slice(0, 2), ...rows.slice(3)], rows, 5), true);
  assert.equal(changedAbove(rows, rows, 5), false);
});
