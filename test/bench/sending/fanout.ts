import { join } from 'node:path';
import { startChildNode } from '../../support/nodes/child-node.ts';
import { type Ground, quantile, type Result } from '../report/result.ts';
import { addAll, exactly, startCrowd } from './crowd.ts';

const servers = 300;
const posts = 100;

/**
 * One room with a user of each of 300 servers: until all have joined and know of each other, and how long a post into it
 * takes to be answered.
 */
export async function benchFanOut({ dir }: Ground): Promise<Result> {
  const crowd = await startCrowd(servers, 'ours');
  const node = await startChildNode({ name: 'home.test', dataDir: join(dir, 'home') });
  await addAll(node, crowd);
  const { room_id } = await node.api.createRoom({ name: 'Crowd', join_rule: 'peers' });

  // The join of each goes to those who are in by then, itself included.
  await crowd.expect((servers * (servers + 1)) / 2);
  const begun = exactly();
  const read = await crowd.join(node.federation, room_id);
  const joinedAt = exactly();
  const told = await crowd.arrived();

  const answered: number[] = [];
  await crowd.expect(posts * servers);
  const postsBegun = exactly();
  for (let i = 0; i < posts; i++) {
    const at = performance.now();
    await node.api.postMessage({ room_id, body: `message ${i}, of average length` });
    answered.push(performance.now() - at);
  }
  const delivered = await crowd.arrived();
  await node.stop();
  await crowd.stop();
  const seconds = (ms: number) => ms / 1000;
  return {
    measures: [
      {
        what: `${servers} users of ${servers} servers join one room`,
        unit: 's',
        values: [seconds(Math.max(told.at, joinedAt) - begun)],
        wanted: { atMost: 5 },
      },
      { what: 'the same, until each join is answered', unit: 's', values: [seconds(joinedAt - begun)] },
      {
        what: `a post into that room, until it is answered, median`,
        unit: 'ms',
        values: [quantile(answered, 0.5)],
        wanted: { atMost: 30 },
      },
      { what: 'the same, p95', unit: 'ms', values: [quantile(answered, 0.95)] },
      {
        what: `deliveries of ${posts} posts to all servers`,
        unit: 'events/s',
        values: [(posts * servers) / seconds(delivered.at - postsBegun)],
      },
    ],
    boundedBy:
      'the two processors, which the node shares with the process that stands in for the 300 servers',
    notes: [
      `${told.arrived} events about the joins traveled in ${told.requests} requests, and the servers read ${read} more. Each request with posts carried ${(delivered.arrived / delivered.requests).toFixed(1)}.`,
    ],
  };
}
