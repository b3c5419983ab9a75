import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { People, type SimRoom } from './actions.ts';
import { runUntilQuiet } from './checks.ts';
import { Disasters } from './disaster.ts';
import { HostileServer } from './hostile.ts';
import type { SimNode } from './node.ts';
import { assertConverged, assertNothingForged } from './verdict.ts';
import { World } from './world.ts';

const steps = Number(process.env.SIM_STEPS ?? 150);

/** Hardships of a world, besides a bad network and crashes. */
export interface Hardship {
  /** A peer of the middle node lies in the shared room. */
  readonly hostile?: boolean;
  /** In some of a node's lives its clock is wrong by up to this much. */
  readonly leapMsMax?: number;
  /** Disks are lost, and come back from backups, from recovery files, or incomplete. */
  readonly disasters?: boolean;
}

const users = ['ann', 'bob'];

/** a – b – c, where a and c aren't peers: one room at b with users of all three, one at a with users of a and b. */
async function chain(
  t: TestContext,
  seed: number,
  hardship: Hardship,
): Promise<{
  world: World;
  rooms: SimRoom[];
  people: People;
  hostile: HostileServer | null;
  disasters: Disasters | null;
}> {
  const names = ['a.test', 'b.test', 'c.test'];
  // In every third world, servers have another name than the domain of their users.
  const domainOf = (name: string) => (seed % 3 === 0 ? `of-${name}` : name);
  const world = new World(t, {
    seed,
    names,
    domainOf,
    skewMsMax: 20_000,
    ...(hardship.leapMsMax === undefined ? {} : { leapMsMax: hardship.leapMsMax }),
  });
  const [a, b, c] = ['a.test', 'b.test', 'c.test'].map((name) => world.node(name));
  assert.ok(a && b && c);
  await world.setUp(users);
  await world.befriend(a, b);
  await world.befriend(b, c);
  const open = await b.api.createRoom({ name: 'Open', join_rule: 'peers', channels: ['general', 'random'] });
  const closed = await a.api.createRoom({ name: 'Closed', join_rule: 'invite' });
  const rooms = [
    { id: open.room_id, home: b, nodes: [a, b, c] },
    { id: closed.room_id, home: a, nodes: [a, b] },
  ];
  const people = new People(world, rooms, users);
  for (const room of rooms)
    for (const node of room.nodes)
      for (const user of people.usersOf(node))
        if (world.dice.chance(0.6)) await seat(world, room, node, user);
  const hostile = hardship.hostile ? await HostileServer.join(world, b, open.room_id) : null;
  await world.clock.advance(60_000);
  const peers = new Map([
    ['a.test', ['b.test']],
    ['b.test', ['a.test', 'c.test', ...(hostile ? [hostile.name] : [])]],
    ['c.test', ['b.test']],
  ]);
  const disasters = hardship.disasters ? new Disasters({ world, rooms, people, users, peers }) : null;
  return { world, rooms, people, hostile, disasters };
}

async function seat(world: World, room: SimRoom, node: SimNode, user: string): Promise<void> {
  const { items } = await room.home.api.members({ room_id: room.id });
  if (items.some((member) => member.user_id === user)) return;
  await world.wait(room.home.api.inviteUser({ room_id: room.id, user_id: user }));
  await world.wait(node.api.joinRoom({ room_id: room.id, as: user }));
}

/** One thing that goes wrong in the world, or is repaired. */
async function misfortune(world: World): Promise<void> {
  const { dice, network, nodes, clock } = world;
  const node = dice.pick(nodes);
  const other = dice.pick(nodes);
  if (!node || !other) return;
  switch (dice.below(9)) {
    case 0:
      network.cut(node.name, other.name);
      world.note(`cut ${node.name} > ${other.name}`);
      break;
    case 1:
      network.mendAll();
      world.note('mended');
      break;
    case 2:
      node.crash(dice.between(1, 6));
      world.note(`${node.name} is about to crash`);
      break;
    case 3:
      node.crash();
      world.note(`${node.name} crashed`);
      break;
    case 4:
      if (node.isUp) void node.stop();
      world.note(`${node.name} stops`);
      break;
    case 5:
      network.weather = { loss: dice.next() * 0.3, repeat: 0.2, delayMsMax: dice.between(1, 4000) };
      world.note('other weather');
      break;
    case 6:
      if (!dice.chance(0.2)) break;
      clock.sleep(dice.between(1, 72) * 3_600_000);
      world.note('everything slept');
      break;
    default:
      await clock.advance(dice.between(1_000, 600_000));
      for (const each of nodes) if (!each.isUp) await world.wait(each.start());
      world.note('all up');
  }
}

/** One world from one seed. Throws with what is wrong at the end; returns a hash of everything that happened. */
export async function live(t: TestContext, seed: number, hardship: Hardship = {}): Promise<string> {
  const { world, rooms, people, hostile, disasters } = await chain(t, seed, hardship);
  const { dice, clock, network } = world;
  world.clocksMayLeap = true;
  network.weather = { loss: 0.1, repeat: 0.1, delayMsMax: 300 };
  try {
    for (let step = 0; step < steps; step++) {
      if (dice.chance(0.12)) await misfortune(world);
      if (disasters && dice.chance(0.05)) await disasters.act();
      // Sometimes many things at once, without any time between them.
      for (let acts = dice.chance(0.1) ? 6 : 1; acts > 0; acts--) people.act();
      if (hostile && dice.chance(0.4)) hostile.act();
      await clock.advance(dice.chance(0.1) ? dice.between(1_000, 120_000) : dice.between(0, 1_500));
    }
    await clock.advance(30_000);
    hostile?.rest();
    await world.heal();
    await disasters?.chores();
    await runUntilQuiet(world);
    await assertConverged(
      world,
      rooms.filter((room) => !disasters?.lostRooms.has(room.id)),
      people,
      disasters ? hostile?.saidTwice : undefined,
    );
    if (hostile) assertNothingForged(world, hostile);
    if (disasters && !hostile) await disasters.assertNoFalseAlarm();
    return world.traceHash();
  } catch (error) {
    console.error(`What happened:\n${world.trace.join('\n')}`);
    const only = hardship.disasters ? 'disks' : 'three-nodes';
    console.error(`To repeat it: npm run test:simulation -- --first ${seed} --seeds 1 --only ${only}`);
    throw error;
  }
}
