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
  // Longer than it takes until a request is given up.
  const hangingMs = isShort ? 5_000 : 17_000;
  const healthyMs = isShort ? 3_000 : 10_000;
  const crowd = await startCrowd(servers, 'ours');
  const node = await startChildNode({ name: 'home.test', dataDir: join(dir, 'home') });
  await addAll(node, crowd);
  const { room_id } = await node.api.createRoom({ name: 'Crowd', join_rule: 'peers' });
  await crowd.expect((servers * (servers + 1)) / 2);
  await crowd.join(node.federation, room_id);
  await crowd.arrived();

  let posted = 0;
  /** How long each took to arrive, in ms: a list for each half of the time. */
  const measure = async (ms: number): Promise<readonly [number[], number[]]> => {
    const times = new Map<number, number>();
    const count = Math.round(ms / everyMs);
    const middle = posted + count / 2;
    await crowd.expect(count * (servers - hanging));
    const begun = performance.now();
    for (let i = 0; i < count; i++) {
      await wait(Math.max(begun + i * everyMs - performance.now(), 0));
      times.set(++posted, exactly());
      await node.api.postMessage({ room_id, body: `message #${posted}#, of average length` });
    }
    const { arrivals } = await crowd.arrived();
    const halves: readonly [number[], number[]] = [[], []];
    for (const [server, at, post] of arrivals) {
      const from = times.get(post);
      if (server >= hanging && from !== undefined) halves[post <= middle ? 0 : 1].push(at - from);
    }
    return halves;
  };
  const p99s = async (ms: number) => (await measure(ms)).map((half) => quantile(half, 0.99));
  await measure(1_000);
  const none = await p99s(healthyMs);
  await crowd.hang(Array.from({ length: hanging }, (_, index) => index));
  const some = await p99s(hangingMs);
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
