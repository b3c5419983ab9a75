import type { TestContext } from 'node:test';
import { systemPorts } from '../../../main/kernel/ports.ts';
import type { Input } from '../../../shared/api/contract.ts';
import { LeapingClock } from '../leaping-clock.ts';
import { startLocalNode } from '../nodes/local-node.ts';
import { joined, openEntrance, type Visitor } from '../nodes/people.ts';
import { until } from '../until.ts';
import { type PushService, startPushService } from './push-service.ts';

export const gatherMs = 2_000;
/** Answers like a push service that is asked too often. */
export const busy: PushService['answer'] = (_, response) =>
  void response.writeHead(429, { 'retry-after': '90' }).end();
export const bodies = ({ accepted }: PushService): unknown[] =>
  accepted.map(({ text }) => JSON.parse(text).body);

/** A node with a room that Ben is in, whose phone is notified by a push service. */
export async function phone(t: TestContext, choice: Partial<Input<'turnPushOn'>> = {}) {
  const clock = new LeapingClock();
  const service = await startPushService(t, () => clock.now());
  const with_ = { ports: { ...systemPorts, clock }, parts: { http: service.http } };
  const node = await openEntrance(t, with_);
  const { room_id } = await node.api.createRoom({ name: 'Family', join_rule: 'invite' });
  const ben = await joined(node, 'ben', { rooms: [room_id] });
  const on = async (who: Visitor, more: Partial<Input<'turnPushOn'>> = {}) => {
    const { endpoint, keys } = await service.subscribe();
    const choice = { language: 'en', time_zone: 'Europe/Berlin', ...more };
    await who.api.turnPushOn({ endpoint, ...keys, ...choice });
    return endpoint;
  };
  const endpoint = await on(ben, choice);
  const say = async (body: string, room = room_id) => node.api.postMessage({ room_id: room, body });
  /** Everything that arrived is notified of. */
  const gather = async (running = node) => {
    await until([running], 'the timer', () => clock.isSetFor(0, gatherMs));
    await clock.leap(gatherMs);
  };
  const device = async (who = ben) => (await who.api.devices({})).items[0]!;
  /** The node with the same data folder, at the same address, once it was stopped. */
  const start = () =>
    startLocalNode(t, {
      ...with_,
      name: 'a.test',
      dataDir: node.dataDir,
      port: Number(new URL(node.url).port),
      setUp: false,
    });
  return { service, clock, node, room_id, ben, on, endpoint, say, gather, device, start };
}
