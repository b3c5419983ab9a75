import { join } from 'node:path';
import { follow } from '../../support/follow.ts';
import { startChildNode } from '../../support/nodes/child-node.ts';
import { type Ground, type Measure, quantile, type Result } from '../report/result.ts';

const rounds = 5;
const samples = 60;

/** The time from the call that posts on A until B's live stream reports it: two processes, over loopback. */
export async function benchLatency({ dir }: Ground): Promise<Result> {
  const [a, b] = await Promise.all([
    startChildNode({ name: 'a.test', dataDir: join(dir, 'a') }),
    startChildNode({ name: 'b.test', dataDir: join(dir, 'b') }),
  ]);
  await a.api.addPeer({ endpoint: b.federation });
  await b.api.addPeer({ endpoint: a.federation });
  const room = await a.api.createRoom({ name: 'Latency', join_rule: 'peers' });
  await b.api.joinRoom({ room_id: room.room_id });
  const stream = await follow(b);
  const took: number[][] = [];
  for (let round = 0; round < rounds; round++) {
    const times: number[] = [];
    for (let i = 0; i < samples; i++) {
      const begun = performance.now();
      const posted = a.api.postMessage({ room_id: room.room_id, body: `message ${round}.${i}` });
      await stream.next((change) => change.topic === 'timeline');
      times.push(performance.now() - begun);
      await posted;
    }
    took.push(times);
  }
  stream.close();
  await Promise.all([a.stop(), b.stop()]);
  const at = (what: string, q: number): Measure => ({
    what: `posted on A to visible on B, ${what}`,
    unit: 'ms',
    values: took.map((times) => quantile(times, q)),
  });
  return {
    measures: [{ ...at('median', 0.5), wanted: { atMost: 25 } }, at('p95', 0.95), at('worst', 1)],
    boundedBy: 'two commits that wait for the disk, one on each server',
  };
}
