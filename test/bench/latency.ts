import { join } from 'node:path';
import { follow } from '../support/follow.ts';
import { startChildNode } from '../support/nodes/child-node.ts';
import { quantile } from './numbers.ts';

const samples = 300;

/** The time from the call that posts on A until B's live stream reports it: two processes, over loopback. */
export async function benchLatency(dir: string): Promise<string[]> {
  const [a, b] = await Promise.all([
    startChildNode({ name: 'a.test', dataDir: join(dir, 'a') }),
    startChildNode({ name: 'b.test', dataDir: join(dir, 'b') }),
  ]);
  await a.api.addPeer({ endpoint: b.federation });
  await b.api.addPeer({ endpoint: a.federation });
  const room = await a.api.createRoom({ name: 'Latency', join_rule: 'peers' });
  await b.api.joinRoom({ room_id: room.room_id });
  const stream = await follow(b);
  const took: number[] = [];
  for (let i = 0; i < samples; i++) {
    const begun = performance.now();
    const posted = a.api.postMessage({ room_id: room.room_id, body: `message ${i}` });
    await stream.next((change) => change.topic === 'timeline');
    took.push(performance.now() - begun);
    await posted;
  }
  stream.close();
  await Promise.all([a.stop(), b.stop()]);
  const ms = (q: number) => `${quantile(took, q).toFixed(1)} ms`;
  return [
    `posted on A to visible on B  median ${ms(0.5)}, p95 ${ms(0.95)}, worst ${ms(1)}   (wanted: median within 25 ms)`,
  ];
}
