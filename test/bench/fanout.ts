import { join } from 'node:path';
import { startChildNode } from '../support/nodes/child-node.ts';
import { exactly, startCrowd } from './crowd.ts';
import { quantile } from './numbers.ts';

const servers = 300;
const posts = 100;
const addedAtOnce = 16;

/**
 * One room with a user of each of 300 servers: until all have joined and know of each other, and how long a post into it
 * takes to be answered.
 */
export async function benchFanOut(dir: string): Promise<string[]> {
  const crowd = await startCrowd(servers, 'ours');
  const node = await startChildNode({ name: 'home.test', dataDir: join(dir, 'home') });
  const toAdd = [...crowd.urls];
  const add = async () => {
    for (let url = toAdd.pop(); url !== undefined; url = toAdd.pop())
      await node.api.addPeer({ endpoint: url });
  };
  await Promise.all(Array.from({ length: addedAtOnce }, add));
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
  const ms = (q: number) => `${quantile(answered, q).toFixed(1)} ms`;
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  return [
    `${servers} users of ${servers} servers join      ${seconds(Math.max(told.at, joinedAt) - begun)}   (wanted: within 5 s; answered after ${seconds(joinedAt - begun)}; ${told.arrived} events in ${told.requests} requests, ${read} events read)`,
    `post into that room, one by one  median ${ms(0.5)}, p95 ${ms(0.95)}, worst ${ms(1)}   (wanted: median within 30 ms)`,
    `${posts} posts at all ${servers} servers         ${seconds(delivered.at - postsBegun)} (${Math.round((posts * servers) / ((delivered.at - postsBegun) / 1000))} deliveries/s, ${(delivered.arrived / delivered.requests).toFixed(1)} events/request)`,
  ];
}
