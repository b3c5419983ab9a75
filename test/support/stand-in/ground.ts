import type { TestContext } from 'node:test';
import { systemPorts } from '../../../main/kernel/ports.ts';
import type { TimelineItem } from '../../../shared/api/views/room-views.ts';
import { LeapingClock } from '../leaping-clock.ts';
import { type LocalNode, startLocalNode } from '../nodes/local-node.ts';
import { until } from '../until.ts';
import type { StandInOptions } from './host.ts';
import { StandInServer } from './server.ts';

/** A node and the stand-in for the existing server, on one clock that the test can set ahead. */
export interface StandInGround {
  readonly server: StandInServer;
  readonly a: LocalNode;
  readonly clock: LeapingClock;
}

/** The two don't know each other yet. */
export async function strangers(
  t: Pick<TestContext, 'after'>,
  options: StandInOptions = {},
): Promise<StandInGround> {
  const clock = new LeapingClock();
  const server = await StandInServer.start(t, { clock, ...options });
  const a = await startLocalNode(t, { name: 'a.test', ports: { ...systemPorts, clock } });
  return { server, a, clock };
}

/** Each has added the other. */
export async function acquainted(
  t: Pick<TestContext, 'after'>,
  options: StandInOptions = {},
): Promise<StandInGround> {
  const ground = await strangers(t, options);
  await ground.a.api.addPeer({ endpoint: ground.server.url });
  await ground.server.addPeer(ground.a);
  return ground;
}

/** The node's owner is in the stand-in's guild. */
export async function inItsGuild(
  t: Pick<TestContext, 'after'>,
  options: StandInOptions = {},
): Promise<StandInGround> {
  const ground = await acquainted(t, options);
  await ground.a.api.joinRoom({ room_id: ground.server.room });
  return ground;
}

/** The timeline of a room at a node, oldest first. */
export const shownIn = async (a: LocalNode, room_id: string): Promise<TimelineItem[]> =>
  (await a.api.timeline({ room_id, limit: 500 })).items.toReversed();

/** Waits for a message with this text. */
export const showing = (a: LocalNode, room_id: string, body: string): Promise<TimelineItem> =>
  until([a], `the message "${body}"`, async () =>
    (await shownIn(a, room_id)).find((item) => item.body === body),
  );
