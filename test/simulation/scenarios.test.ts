import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import SQLite from 'better-sqlite3';
import { membersOf, outboxOf, pictureOf, runUntilQuiet, storedEvents } from '../support/sim/checks.ts';
import type { SimNode } from '../support/sim/node.ts';
import { World } from '../support/sim/world.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

interface Pair {
  readonly world: World;
  /** The server of the room. */
  readonly home: SimNode;
  readonly guest: SimNode;
  readonly room_id: string;
  /** How far the two clocks are ahead from their next start on. */
  readonly skewsMs: number[];
}

/**
 * Two nodes, the guest's clock ahead by so much, and a room at the first with the owners of both, `ageMs` old. After
 * seconds only, no node remembers yet that it has run at this time.
 */
async function pair(t: TestContext, guestAheadMs: number, ageMs = minute): Promise<Pair> {
  const skewsMs = [0, guestAheadMs];
  const world = new World(t, { seed: 1, names: ['home.test', 'guest.test'], skewsMs });
  const [home, guest] = [world.node('home.test'), world.node('guest.test')];
  await world.setUp();
  await world.befriend(home, guest);
  const { room_id } = await home.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  await world.wait(guest.api.joinRoom({ room_id }));
  await world.clock.advance(ageMs);
  return { world, home, guest, room_id, skewsMs };
}

async function assertAlike({ home, guest, room_id }: Pair, members: readonly string[]): Promise<void> {
  assert.deepEqual(await pictureOf(guest, room_id), await pictureOf(home, room_id));
  const joined = (await membersOf(home, room_id)).map((member) => member.user_id);
  assert.deepEqual(joined, members);
}

function setApart({ world, home, guest }: Pair): void {
  world.network.cut(home.name, guest.name);
  world.network.cut(guest.name, home.name);
}

for (const aheadMs of [-20 * second, 0, 20 * second]) {
  const clocks = `clocks ${aheadMs / second} s apart`;

  test(`a user who left while the home was unreachable and rejoins is a member, though the leave still waits (${clocks})`, async (t) => {
    const two = await pair(t, aheadMs);
    const { world, home, guest, room_id } = two;
    setApart(two);
    await guest.api.leaveRoom({ room_id });
    await world.clock.advance(40 * second);
    world.network.mendAll();
    assert.equal(outboxOf(guest).length, 1);
    const view = await world.wait(guest.api.joinRoom({ room_id }));
    assert.equal(view.membership, 'joined');
    await guest.api.postMessage({ room_id, body: 'back again' });
    await runUntilQuiet(world);
    await assertAlike(two, ['@guest:guest.test', '@home:home.test']);
    assert.equal((await home.api.timeline({ room_id })).items[0]?.body, 'back again');
  });

  test(`messages that crossed a removal look the same on both sides once their author is back (${clocks})`, async (t) => {
    const two = await pair(t, aheadMs);
    const { world, home, guest, room_id } = two;
    const user_id = '@guest:guest.test';
    world.network.cut(home.name, guest.name);
    await home.api.removeMember({ room_id, user_id });
    await world.clock.advance(second);
    const { event_id } = await guest.api.postMessage({ room_id, body: 'not knowing it yet' });
    await world.clock.advance(3 * second);
    // The home has judged it by now, and comes back with no memory of that but what is on disk.
    home.crash();
    await world.wait(home.start());
    world.network.mendAll();
    await world.wait(home.api.inviteUser({ room_id, user_id }));
    await world.clock.advance(2 * second);
    await world.wait(guest.api.joinRoom({ room_id }));
    await runUntilQuiet(world);
    await assertAlike(two, [user_id, '@home:home.test']);
    const state = (node: SimNode) => storedEvents(node, room_id).find((e) => e.event_id === event_id)?.state;
    assert.equal(state(guest), aheadMs < 0 ? 1 : 0);
    assert.equal(state(home), aheadMs < 0 ? 1 : undefined);
  });
}

test('a server learns that its user was removed although its other user left before the news arrived', async (t) => {
  const two = await pair(t, 0);
  const { world, home, guest, room_id } = two;
  await guest.api.addUser({ localpart: 'gina' });
  await world.wait(guest.api.joinRoom({ room_id, as: '@gina:guest.test' }));
  await world.clock.advance(minute);
  world.network.cut(home.name, guest.name);
  await home.api.removeMember({ room_id, user_id: '@guest:guest.test' });
  await guest.api.leaveRoom({ room_id, as: '@gina:guest.test' });
  await world.clock.advance(minute);
  const { event_id } = await guest.api.postMessage({ room_id, body: 'not knowing it yet' });
  // From now on it has nobody in the room as far as it knows, and doesn't read it.
  await guest.api.leaveRoom({ room_id });
  world.network.mendAll();
  await runUntilQuiet(world);
  assert.deepEqual(await membersOf(guest, room_id), await membersOf(home, room_id));
  assert.equal(storedEvents(guest, room_id).find((event) => event.event_id === event_id)?.state, 0);
});

test('a node that was off for three days has everything within an hour of its start', async (t) => {
  const two = await pair(t, 0);
  const { world, home, guest, room_id } = two;
  await world.wait(guest.stop());
  for (let at = 0; at < 12; at++) {
    await home.api.postMessage({ room_id, body: `while you were away ${at}` });
    await world.clock.advance(day / 4);
  }
  await world.wait(guest.start());
  await guest.api.postMessage({ room_id, body: 'on again' });
  await world.clock.advance(hour);
  assert.deepEqual([...outboxOf(home), ...outboxOf(guest)], []);
  await assertAlike(two, ['@guest:guest.test', '@home:home.test']);
});

test('a laptop that sleeps for three days with mail in its outbox sends it within a minute of waking', async (t) => {
  const two = await pair(t, 5 * second);
  const { world, home, guest, room_id } = two;
  setApart(two);
  await guest.api.postMessage({ room_id, body: 'just before the lid closed' });
  await home.api.postMessage({ room_id, body: 'into the void' });
  await world.clock.advance(hour);
  // Timers stop on both, but time passes.
  world.clock.sleep(3 * day);
  world.network.mendAll();
  await world.clock.advance(minute);
  assert.deepEqual([...outboxOf(home), ...outboxOf(guest)], []);
  await assertAlike(two, ['@guest:guest.test', '@home:home.test']);
});

test('a message written with a clock set back an hour is placed after its author’s join, so that it shows', async (t) => {
  const two = await pair(t, 0, second);
  const { world, home, guest, room_id, skewsMs } = two;
  // Too short a life for its time to be remembered, and too few peers to tell.
  await world.wait(guest.stop());
  skewsMs[1] = -hour;
  await guest.start();
  const { event_id } = await guest.api.postMessage({ room_id, body: 'an hour ago' });
  skewsMs[1] = 0;
  guest.crash();
  await world.wait(guest.start());
  await runUntilQuiet(world);
  await assertAlike(two, ['@guest:guest.test', '@home:home.test']);
  assert.equal(storedEvents(home, room_id).find((event) => event.event_id === event_id)?.state, 1);
});

for (const behindMs of [-20 * second, -55 * second])
  test(`an answer is below what it answers, although its author’s clock is ${-behindMs / second} s slow and they have just come in`, async (t) => {
    const two = await pair(t, behindMs);
    const { world, home, guest } = two;
    const { room_id } = await home.api.createRoom({ name: 'Late', join_rule: 'peers' });
    const say = (node: SimNode, body: string) => node.api.postMessage({ room_id, body });
    await say(home, 'before they came');
    await world.wait(guest.api.joinRoom({ room_id }));
    // In the same millisecond as their join, and several at once.
    await Promise.all(['hello', 'to', 'all'].map((body) => say(guest, body)));
    for (let turn = 0; turn < 3; turn++) {
      await say(home, `question ${turn}`);
      await world.clock.advance(second);
      await say(guest, `answer ${turn}`);
      await world.clock.advance(second);
    }
    // Neither has seen what the other writes now, so their clocks decide.
    setApart(two);
    await say(home, 'written first, unseen');
    await world.clock.advance(second);
    await say(guest, 'written second, unseen');
    world.network.mendAll();
    await runUntilQuiet(world);
    await say(guest, 'after all of it');
    await runUntilQuiet(world);
    assert.deepEqual(await pictureOf(guest, room_id), await pictureOf(home, room_id));
    const shown = (await home.api.timeline({ room_id, limit: 50 })).items.map(({ body }) => body).reverse();
    const turns = [0, 1, 2].flatMap((turn) => [`question ${turn}`, `answer ${turn}`]);
    assert.deepEqual(shown, [
      ...['before they came', 'hello', 'to', 'all', ...turns],
      ...['written second, unseen', 'written first, unseen', 'after all of it'],
    ]);
  });

test('a dead letter is removed once its receiver shows that it has the event', async (t) => {
  const two = await pair(t, 0);
  const { world, home, room_id } = two;
  setApart(two);
  await home.api.postMessage({ room_id, body: 'refused at first' });
  await world.clock.advance(second);
  home.crash();
  const db = new SQLite(home.databasePath);
  db.exec("UPDATE federation_outbound_queue SET state = 'dead', last_status = 403");
  db.close();
  await world.wait(home.start());
  assert.deepEqual(
    outboxOf(home).map(({ state }) => state),
    ['dead'],
  );
  // It reads the event in the room, and lists it from then on.
  world.network.mendAll();
  await world.clock.advance(hour);
  assert.deepEqual(outboxOf(home), []);
  await assertAlike(two, ['@guest:guest.test', '@home:home.test']);
});

test('an event from just before a lost disk is no sign of a second node, though the clock was set back since', async (t) => {
  const two = await pair(t, 20 * second);
  const { world, guest, room_id, skewsMs } = two;
  await guest.backUp();
  await guest.api.postMessage({ room_id, body: 'in front of the clock' });
  await world.clock.advance(second);
  guest.crash();
  guest.restore();
  skewsMs[1] = -20 * second;
  await guest.start();
  await runUntilQuiet(world);
  await assertAlike(two, ['@guest:guest.test', '@home:home.test']);
  const { findings } = await guest.api.doctor({});
  assert.deepEqual(
    findings.filter(({ code }) => code === 'key-used-elsewhere'),
    [],
  );
});

test('a channel that is made with a clock set back an hour is there once the clock is right', async (t) => {
  const two = await pair(t, 0, second);
  const { world, home, room_id, skewsMs } = two;
  await home.api.addChannel({ room_id, name: 'before' });
  await world.wait(home.stop());
  skewsMs[0] = -hour;
  await home.start();
  await home.api.addChannel({ room_id, name: 'an hour ago' });
  await world.wait(home.stop());
  skewsMs[0] = 0;
  await home.start();
  await runUntilQuiet(world);
  await assertAlike(two, ['@guest:guest.test', '@home:home.test']);
  const { channels } = await home.api.room({ room_id });
  assert.deepEqual(
    channels.map(({ name }) => name),
    ['general', 'before', 'an hour ago'],
  );
});

test('a channel stays although the time comes at which a fast clock had dated an earlier list', async (t) => {
  const two = await pair(t, 0);
  const { world, home, room_id, skewsMs } = two;
  await world.wait(home.stop());
  skewsMs[0] = hour;
  await home.start();
  await home.api.addChannel({ room_id, name: 'too early' });
  await world.wait(home.stop());
  skewsMs[0] = 0;
  await home.start();
  await world.clock.advance(12 * minute);
  await home.api.addChannel({ room_id, name: 'in time' });
  await world.clock.advance(2 * hour);
  await assertAlike(two, ['@guest:guest.test', '@home:home.test']);
  const { channels } = await home.api.room({ room_id });
  assert.deepEqual(
    channels.map(({ name }) => name),
    ['general', 'too early', 'in time'],
  );
});

test('a channel that was on a lost disk is added again next to a newer one', async (t) => {
  const two = await pair(t, 0);
  const { world, home, room_id } = two;
  await home.backUp();
  await home.api.addChannel({ room_id, name: 'after the backup' });
  await world.clock.advance(second);
  setApart(two);
  home.crash();
  home.restore();
  await home.start();
  await world.clock.advance(11 * minute);
  await home.api.addChannel({ room_id, name: 'without the guest' });
  world.network.mendAll();
  await runUntilQuiet(world);
  await assertAlike(two, ['@guest:guest.test', '@home:home.test']);
  const { channels } = await home.api.room({ room_id });
  assert.deepEqual(
    channels.map(({ name }) => name),
    ['general', 'without the guest', 'after the backup'],
  );
});

test('a room whose events all seem to lie in the future is not forgotten when a join fails', async (t) => {
  const two = await pair(t, 0);
  const { world, home, guest, room_id, skewsMs } = two;
  await home.api.postMessage({ room_id, body: 'before' });
  await world.clock.advance(second);
  await world.wait(guest.stop());
  skewsMs[1] = -hour;
  await guest.start();
  await guest.api.trustClock({});
  await world.clock.advance(minute);
  await assert.rejects(world.wait(guest.api.joinRoom({ room_id })));
  await world.wait(guest.stop());
  skewsMs[1] = 0;
  await guest.start();
  await runUntilQuiet(world);
  await assertAlike(two, ['@guest:guest.test', '@home:home.test']);
  assert.equal((await guest.api.timeline({ room_id })).items[0]?.body, 'before');
});

test('a user whose last join was on a lost disk is in the room again, although the room itself was not lost', async (t) => {
  const two = await pair(t, 0);
  const { world, home, guest, room_id } = two;
  await guest.api.leaveRoom({ room_id });
  await world.clock.advance(minute);
  await guest.backUp();
  await world.wait(guest.api.joinRoom({ room_id }));
  await home.api.postMessage({ room_id, body: 'after the join' });
  await world.clock.advance(minute);
  guest.crash();
  guest.restore();
  await guest.start();
  await runUntilQuiet(world);
  await assertAlike(two, ['@guest:guest.test', '@home:home.test']);
});
