import { join } from 'node:path';
import { follow } from '../../support/follow.ts';
import { startChildNode } from '../../support/nodes/child-node.ts';
import type { Ground, Measure, Result } from '../report/result.ts';
import { FarAway } from './far.ts';

/** How far away, in ms, and the events per second that are wanted. */
const distances = [
  [50, 1000],
  [150, 400],
] as const;
const postsAtOnce = 64;

/** One busy room, homed on A, whose only other member server B is far away: two processes and a slow line. */
export async function benchRoundTrip({ dir, isShort }: Ground): Promise<Result> {
  const measures: Measure[] = [];
  for (const [roundTripMs, atLeast] of distances) {
    const rounds = isShort ? 1 : 3;
    const count = (isShort ? 1 : 3) * atLeast;
    const [a, b] = await Promise.all([
      startChildNode({ name: 'a.test', dataDir: join(dir, `a${roundTripMs}`) }),
      startChildNode({ name: 'b.test', dataDir: join(dir, `b${roundTripMs}`) }),
    ]);
    const line = new FarAway(Number(new URL(b.federation).port), roundTripMs);
    await a.api.addPeer({ endpoint: await line.listen() });
    const lineBack = new FarAway(Number(new URL(a.federation).port), roundTripMs);
    await b.api.addPeer({ endpoint: await lineBack.listen() });
    const { room_id } = await a.api.createRoom({ name: 'Busy', join_rule: 'peers' });
    await b.api.joinRoom({ room_id });
    // A peer may send 100 events a second, unless the owner allows more.
    await b.api.changeSettings({ default_limits: { requests_per_minute: 10_000_000, burst: 10_000_000 } });
    const stream = await follow(b);
    // Otherwise B would also read what A pushes.
    lineBack.close();
    const values: number[] = [];
    for (let round = 0; round < rounds; round++) {
      line.close();
      await postAll(count, (i) =>
        a.api.postMessage({ room_id, body: `message ${round}.${i}, of average length` }),
      );
      line.open();
      const begun = performance.now();
      await a.api.retryOutbox({ destination: 'b.test' });
      for (let arrived = 0; arrived < count; arrived++)
        await stream.next((change) => change.topic === 'timeline');
      values.push(count / ((performance.now() - begun) / 1000));
    }
    stream.close();
    await Promise.all([a.stop(), b.stop()]);
    line.stop();
    lineBack.stop();
    measures.push({
      what: `one busy room over ${roundTripMs} ms round trip`,
      unit: 'events/s',
      values,
      wanted: { atLeast },
    });
  }
  return {
    measures,
    boundedBy: 'the round trip: a room has at most four batches of 64 events on their way',
    notes: [
      'The line delays every byte by half a round trip. It loses nothing, and has no limit of its own. B cannot call A, so it gets everything by pushes.',
    ],
  };
}

async function postAll(count: number, post: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const some = async () => {
    while (next < count) await post(next++);
  };
  await Promise.all(Array.from({ length: postsAtOnce }, some));
}
