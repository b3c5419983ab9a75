import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { destinationWords, summaryWords } from '../../shared/api/delivery-words.ts';
import { befriend, type LocalNode, startLocalNode } from '../support/local-node.ts';
import { until } from '../support/until.ts';

interface Three {
  readonly a: LocalNode;
  readonly b: LocalNode;
  readonly c: LocalNode;
  readonly room: string;
}

/** A room homed at B with the owners of A and C in it, who are no peers of each other. */
async function three(t: TestContext): Promise<Three> {
  const a = await startLocalNode(t, { name: 'a.test' });
  const b = await startLocalNode(t, { name: 'b.test' });
  const c = await startLocalNode(t, { name: 'c.test' });
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
  return { a, b, c, room };
}

const delivery = async ({ api }: LocalNode, event_id: string) => (await api.event({ event_id })).delivery;

const back = (t: TestContext, { name, dataDir, url, control }: LocalNode): Promise<LocalNode> =>
  startLocalNode(t, {
    ...{ name, dataDir, setUp: false },
    port: Number(new URL(url).port),
    controlPort: Number(new URL(control).port),
  });

test('the origin is told by the room’s home who has its message, and why a member server does not', async (t) => {
  const { a, b, c, room } = await three(t);
  const first = await a.api.postMessage({ room_id: room, body: 'everybody here?' });
  await until([a, b, c], 'all have it', async () => {
    const summary = await delivery(a, first.event_id);
    return summary.delivered === 2 && summary;
  });

  await c.stop();
  const second = await a.api.postMessage({ room_id: room, body: 'C is away' });
  const third = await a.api.postMessage({ room_id: room, body: 'still away' });
  await until([a, b], 'handed to the home', async () => {
    const summary = await delivery(a, second.event_id);
    return summaryWords(summary) === 'Handed to b.test';
  });
  const away = await until([a, b], 'why C lacks it', async () => {
    const summary = await delivery(a, second.event_id);
    return (
      summary.destinations.some((one) => one.server_name === 'c.test' && one.state === 'retrying') && summary
    );
  });
  assert.equal(summaryWords(away), '1 of 2 other servers have it');
  const [atB, atC] = away.destinations;
  assert.deepEqual([atB?.server_name, atB?.state, atB?.via], ['b.test', 'delivered', null]);
  assert.deepEqual([atC?.server_name, atC?.via], ['c.test', 'b.test']);
  assert.match(
    destinationWords(atC!, Date.now()),
    /^Does not have it yet\. b\.test cannot reach it\. Next try (?:in \d+ s|any moment)\.$/,
  );
  const behind = (await delivery(a, third.event_id)).destinations[1];
  assert.deepEqual([behind?.state, behind?.reason], ['retrying', 'b.test cannot reach it.']);
  const { items } = await a.api.lacking({});
  assert.deepEqual(
    items.map(({ server_name, via, waiting, unknown }) => [server_name, via, waiting, unknown]),
    [['c.test', 'b.test', 2, 0]],
  );

  await b.stop();
  const home = await back(t, b);
  const member = await back(t, c);
  for (const { event_id } of [second, third])
    await until([a, home, member], 'all have it after all', async () => {
      const summary = await delivery(a, event_id);
      return summaryWords(summary) === 'All 2 other servers have it';
    });
  assert.deepEqual((await a.api.lacking({})).items, []);
});
