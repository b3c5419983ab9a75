import type { TestContext } from 'node:test';
import { HeldReports } from '../parties/held-reports.ts';
import { until } from '../until.ts';
import { befriend, type LocalNode, startLocalNode } from './local-node.ts';

/** A room homed at B, with the owners of A and C in it. A and C aren't peers of each other. */
export interface ThreeServers {
  readonly a: LocalNode;
  readonly b: LocalNode;
  readonly c: LocalNode;
  readonly room: string;
  /** Holds the reports of B to A, and what A asks B for, until one of them is started again. */
  readonly reports: Pick<HeldReports, 'hold' | 'release'>;
}

export async function threeServers(
  t: TestContext,
  names: readonly [a: string, b: string, c: string],
): Promise<ThreeServers> {
  const [asked, told] = [new HeldReports(), new HeldReports()];
  const [a, b, c] = await Promise.all([
    startLocalNode(t, { name: names[0], parts: { http: asked } }),
    startLocalNode(t, { name: names[1], parts: { http: told } }),
    startLocalNode(t, { name: names[2] }),
  ]);
  await befriend(a, b);
  await befriend(b, c);
  const room = (await b.api.createRoom({ name: 'Hall', join_rule: 'peers' })).room_id;
  await a.api.joinRoom({ room_id: room });
  await c.api.joinRoom({ room_id: room });
  await until([a, b, c], 'three members at A and C', async () => {
    const sizes = await Promise.all(
      [a, c].map(async ({ api }) => (await api.members({ room_id: room })).items.length),
    );
    return sizes.every((size) => size === 3);
  });
  const reports = {
    hold() {
      for (const each of [asked, told]) each.hold();
    },
    release() {
      for (const each of [asked, told]) each.release();
    },
  };
  return { a, b, c, room, reports };
}

/** Starts the same server again, at the same address. */
export const again = (t: TestContext, { name, dataDir, url, control }: LocalNode): Promise<LocalNode> =>
  startLocalNode(t, {
    name,
    dataDir,
    setUp: false,
    port: Number(new URL(url).port),
    controlPort: Number(new URL(control).port),
  });
