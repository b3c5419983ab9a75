import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startChildNode } from '../../support/nodes/child-node.ts';
import { type Ground, quantile, type Result, ratios } from '../report/result.ts';
import { addAll, exactly, startCrowd } from './crowd.ts';

const servers = 100;
const hanging = 25;
const everyMs = 100;

/**
 * A room with a user of each of 100 servers, and a message every 100 ms: how long it takes to 75 of them, while the
 * other 25 answer too, and while those accept requests and never answer.
 */
export async function benchHanging({ dir, isShort }: Ground): Promise<Result> {
  const rounds = isShort ? 1 : 2;
  // Longer than it takes until a request is given up.
  const hangingMs = isShort ? 5_000 : 17_000;
  const healthyMs = 5_000;
  const crowd = await startCrowd(servers, 'ours');
  const node = await startChildNode({ name: 'home.test', dataDir: join(dir, 'home') });
  await addAll(node, crowd);
  const { room_id } = await node.api.createRoom({ name: 'Crowd', join_rule: 'peers' });
  await crowd.expect((servers * (servers + 1)) / 2);
  await crowd.join(node.federation, room_id);
  await crowd.arrived();

  let posted = 0;
  const measure = async (ms: number): Promise<number[]> => {
    const times = new Map<number, number>();
    const count = Math.round(ms / everyMs);
    await crowd.expect(count * (servers - hanging));
    const begun = performance.now();
    for (let i = 0; i < count; i++) {
      await wait(Math.max(begun + i * everyMs - performance.now(), 0));
      times.set(++posted, exactly());
      await node.api.postMessage({ room_id, body: `message #${posted}#, of average length` });
    }
    const { arrivals } = await crowd.arrived();
    return arrivals.flatMap(([server, at, post]) => {
      const from = times.get(post);
      return server < hanging || from === undefined ? [] : [at - from];
    });
  };
  const none: number[] = [];
  const some: number[] = [];
  await measure(1_000);
  for (let round = 0; round < rounds; round++) {
    none.push(quantile(await measure(healthyMs), 0.99));
    await crowd.hang(Array.from({ length: hanging }, (_, index) => index));
    some.push(quantile(await measure(hangingMs), 0.99));
    await crowd.hang([]);
    // What waited for the others is delivered before the next round.
    for (let index = 0; index < hanging; index++)
      await node.api.retryOutbox({ destination: `s${index}.test` });
    while ((await node.api.outbox({})).items.some(({ queued, retrying }) => queued + retrying > 0))
      await wait(200);
  }
  await node.stop();
  await crowd.stop();
  const ms = (what: string, values: readonly number[]) => ({ what, unit: 'ms' as const, values });
  return {
    measures: [
      ratios(
        `p99 to ${servers - hanging} healthy peers beside ${hanging} that hang / beside none`,
        some,
        none,
        {
          atMost: 1.2,
        },
      ),
      ms('p99 from the post until the message arrives, beside none', none),
      ms(`the same beside ${hanging} that hang`, some),
    ],
    boundedBy: `the time for ${servers} signed requests, one after the other, after each post`,
  };
}
