import assert from 'node:assert/strict';
import { test } from 'node:test';
import { destinationWords, summaryWords } from '../../shared/api/delivery-words.ts';
import { wordsIn } from '../../shared/words/words.ts';
import { befriend, type LocalNode, startLocalNode } from '../support/nodes/local-node.ts';
import { again, threeServers } from '../support/nodes/three-servers.ts';
import { reachable } from '../support/pairing/pairing.ts';
import { until } from '../support/until.ts';

const words = wordsIn('en');
const delivery = async ({ api }: LocalNode, event_id: string) => (await api.event({ event_id })).delivery;

test('the origin learns from the room’s home which servers have its message, and why one doesn’t', async (t) => {
  const { a, b, c, room, reports } = await threeServers(t, ['a.test', 'b.test', 'c.test']);
  const first = await a.api.postMessage({ room_id: room, body: 'everybody here?' });
  await until([a, b, c], 'all have it', async () => {
    const summary = await delivery(a, first.event_id);
    return summary.delivered === 2 && summary;
  });

  await c.stop();
  // Or the report might come before anybody has looked.
  reports.hold();
  const second = await a.api.postMessage({ room_id: room, body: 'C is away' });
  const third = await a.api.postMessage({ room_id: room, body: 'still away' });
  await until([a, b], 'handed to the home', async () => {
    const summary = await delivery(a, second.event_id);
    return summaryWords(words, summary) === 'Delivered to b.test';
  });
  reports.release();
  const away = await until([a, b], 'why C lacks it', async () => {
    const summary = await delivery(a, second.event_id);
    return (
      summary.destinations.some((one) => one.server_name === 'c.test' && one.state === 'retrying') && summary
    );
  });
  assert.equal(summaryWords(words, away), 'Delivered to 1 of 2 other servers');
  const [atB, atC] = away.destinations;
  assert.deepEqual([atB?.server_name, atB?.state, atB?.via], ['b.test', 'delivered', null]);
  assert.deepEqual([atC?.server_name, atC?.via], ['c.test', 'b.test']);
  assert.match(
    destinationWords(words, atC!, Date.now()),
    /^Not delivered yet\. The room’s server can’t reach it\. Next try (?:in \d+ seconds?|now)\.$/,
  );
  const behind = await until([a, b], 'why C lacks the next one', async () => {
    const [, atC] = (await delivery(a, third.event_id)).destinations;
    // While an attempt is under way, the home gives no reason for what is behind it.
    return atC?.state === 'retrying' && atC.reason !== null && atC;
  });
  assert.equal(behind.reason, 'The room’s server can’t reach it.');
  const { items } = await a.api.lacking({});
  assert.deepEqual(
    items.map(({ server_name, via, waiting, unknown }) => [server_name, via, waiting, unknown]),
    [['c.test', 'b.test', 2, 0]],
  );

  await b.stop();
  const home = await again(t, b);
  const member = await again(t, c);
  for (const { event_id } of [second, third])
    await until([a, home, member], 'all have it after all', async () => {
      const summary = await delivery(a, event_id);
      return summaryWords(words, summary) === 'Delivered to both other servers';
    });
  assert.deepEqual((await a.api.lacking({})).items, []);
});

test('an origin that nobody can call asks the home who has its message', async (t) => {
  const anna = await reachable(await startLocalNode(t, { name: 'anna.test' }));
  const hal = await startLocalNode(t, { name: 'hal.test' });
  const cara = await startLocalNode(t, { name: 'cara.test' });
  const { link } = await anna.api.makePeerInvite({});
  await hal.api.acceptPeerInvite({ link: link ?? '' });
  await befriend(anna, cara);
  const { room_id } = await anna.api.createRoom({ name: 'Kitchen', join_rule: 'peers' });
  await hal.api.joinRoom({ room_id });
  await cara.api.joinRoom({ room_id });
  const nodes = [anna, hal, cara];
  await until(nodes, 'three members at hal', async () => {
    return (await hal.api.members({ room_id })).items.length === 3;
  });
  const { event_id } = await hal.api.postMessage({ room_id, body: 'from behind a router' });
  await until(nodes, 'hal knows that both have it', async () => {
    const summary = await delivery(hal, event_id);
    return summaryWords(words, summary) === 'Delivered to both other servers';
  });
  assert.deepEqual((await hal.api.lacking({})).items, []);
});
