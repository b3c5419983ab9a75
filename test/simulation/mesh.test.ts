import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outboxOf, pictureOf, runUntilQuiet, storedEvents, timelineOf } from '../support/sim/checks.ts';
import { World } from '../support/sim/world.ts';

const names = ['a.test', 'b.test', 'c.test', 'd.test', 'e.test'];
const count = 500;

test('one of five nodes that is down while 500 events are written then has each once, in order, with later edits', async (t) => {
  const world = new World(t, { seed: 5, names, skewMsMax: 10_000 });
  await world.setUp();
  for (const [i, one] of world.nodes.entries())
    for (const other of world.nodes.slice(i + 1)) await world.befriend(one, other);
  const [home] = world.nodes;
  const down = world.node('e.test');
  assert.ok(home);
  const { room_id } = await home.api.createRoom({ name: 'Mesh', join_rule: 'peers' });
  for (const node of world.nodes) if (node !== home) await world.wait(node.api.joinRoom({ room_id }));
  await world.clock.advance(60_000);
  await world.wait(down.stop());

  const writers = world.nodes.filter((node) => node !== down);
  const bodies = new Map<string, string | null>();
  world.network.weather = { loss: 0.1, repeat: 0.1, delayMsMax: 200 };
  for (let n = 0; n < count; n++) {
    const writer = writers[n % writers.length];
    assert.ok(writer);
    const { event_id } = await writer.api.postMessage({ room_id, body: `number ${n}` });
    bodies.set(event_id, `number ${n}`);
    if (n % 10 === 3) {
      await writer.api.editMessage({ room_id, event_id, body: `number ${n}, corrected` });
      bodies.set(event_id, `number ${n}, corrected`);
    } else if (n % 10 === 7) {
      await writer.api.deleteMessage({ room_id, event_id });
      bodies.set(event_id, null);
    }
    if (n % 5 === 0) await world.clock.advance(world.dice.between(1, 2_000));
  }
  await world.clock.advance(3_600_000);
  assert.deepEqual(
    storedEvents(down, room_id).filter((event) => event.event_type === 'm.message'),
    [],
  );

  await world.heal();
  await runUntilQuiet(world);
  const expected = await pictureOf(home, room_id);
  for (const node of world.nodes) assert.deepEqual(await pictureOf(node, room_id), expected, node.name);
  const shown = (await timelineOf(down, room_id)).reverse();
  assert.equal(shown.length, count);
  assert.deepEqual(new Map(shown.map((item) => [item.event_id, item.body])), bodies);
  for (const [i, item] of shown.entries()) {
    const before = shown[i - 1];
    assert.ok(
      !before || before.depth < item.depth || before.event_id < item.event_id,
      'in the order of the room',
    );
  }
  // 500 messages, 50 edits, 50 deletes, five joins, one room.
  assert.equal(storedEvents(down, room_id).length, count + 100 + names.length + 1);
  assert.deepEqual(world.nodes.flatMap(outboxOf), []);
  assert.deepEqual(world.network.violations, []);
});
