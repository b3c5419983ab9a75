import { type Counts, meanOf } from './counts.ts';
import { ScaleWorld, type Scene } from './world.ts';

const minute = 60_000;
/** Until rounds of catch-up are as rare as they get. */
const warmUpMs = 30 * minute;
const windowMs = 12 * minute;
const messagesPerHour = 60;
const seed = 1;

/** For each server and hour. */
export interface Rates {
  readonly all: Counts;
  /** Servers that are the home of a room, and those that aren't; null if there are none. */
  readonly homes: Counts | null;
  readonly members: Counts | null;
}

export interface SceneResult {
  readonly scene: Scene;
  readonly idle: Rates;
  readonly busy: Rates;
  /** The simulation's own cost. */
  readonly cpuSeconds: number;
  readonly memoryMb: number;
}

const sizes = [2, 30, 300];
const star = { rooms: 1, isMesh: false };

/** The scenes, by the plot that they are for. */
export const scenes: Readonly<Record<'servers' | 'room' | 'friends' | 'down', readonly Scene[]>> = {
  servers: sizes.flatMap((roomSize) =>
    [10, 100, 1_000, 10_000].flatMap((servers) =>
      servers >= roomSize ? [{ ...star, servers, roomSize }] : [],
    ),
  ),
  room: [2, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000].map((servers) => ({
    ...star,
    servers,
    roomSize: servers,
  })),
  friends: [1, 3, 10, 30, 100, 300].map((rooms) => ({
    servers: 10,
    roomSize: 10,
    rooms,
    isMesh: true,
    isCircle: true,
  })),
  down: [0, 0.1, 0.3].map((down) => ({ ...star, servers: 1_000, roomSize: 30, down })),
};

export async function runScene(scene: Scene): Promise<SceneResult> {
  const began = process.cpuUsage();
  const world = new ScaleWorld(scene, seed);
  await world.start(scene.isMesh);
  await world.clock.advanceTogether(warmUpMs);
  const idle = await ratesOf(world, () => {});
  const busy = await ratesOf(world, () => {
    world.planMessages((messagesPerHour * windowMs) / 3_600_000, windowMs);
  });
  const { user, system } = process.cpuUsage(began);
  const memoryMb = Math.round(process.memoryUsage().rss / 1e6);
  return { scene, idle, busy, cpuSeconds: Math.round((user + system) / 1e5) / 10, memoryMb };
}

async function ratesOf(world: ScaleWorld, begin: () => void): Promise<Rates> {
  const [homes, members] = [world.homes(), world.members()];
  const measured = world.measure([...homes, ...members]);
  begin();
  await world.clock.advanceTogether(windowMs);
  const counts = measured();
  const hours = windowMs / 3_600_000;
  const mean = (some: readonly Counts[]) => (some.length > 0 ? meanOf(some, hours) : null);
  return {
    all: meanOf(counts, hours),
    homes: mean(counts.slice(0, homes.length)),
    members: mean(counts.slice(homes.length)),
  };
}
