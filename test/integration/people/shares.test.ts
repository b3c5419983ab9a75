import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call } from '../../support/nodes/control-server.ts';
import { roomOfBoth, twoFriends } from '../../support/nodes/local-node.ts';
import { joined, openTo, Visitor } from '../../support/nodes/people.ts';
import { until } from '../../support/until.ts';

/** How often each status came. */
async function flood(times: number, ask: () => Promise<{ readonly status: number }>) {
  const answers = await Promise.all(Array.from({ length: times }, ask));
  return Map.groupBy(answers, ({ status }) => status);
}

test('visitors who flood the entrance are slowed down, and peers and people are served as before', async (t) => {
  const { a, b } = await twoFriends(t);
  const room_id = await roomOfBoth(a, b);
  await openTo(a);
  const ben = await joined(a, 'ben');
  const stranger = new Visitor(a, { 'x-forwarded-for': '198.51.100.66' });
  const statuses = await flood(400, () => stranger.send('GET', '/api/v1/account'));
  assert.ok((statuses.get(429)?.length ?? 0) > 50, 'the rate of a visitor');
  assert.equal(statuses.has(200), false);
  const { event_id } = await b.api.postMessage({ room_id, body: 'through the flood' });
  await until([a, b], 'the message of the peer', async () => {
    const { items } = await a.api.timeline({ room_id });
    return items.some((item) => item.event_id === event_id);
  });
  assert.equal((await ben.send('GET', '/api/v1/account')).status, 200);
});

test('strangers who flood the federation take nothing from people who are logged in', async (t) => {
  const { a } = await twoFriends(t);
  await openTo(a);
  const ben = await joined(a, 'ben');
  const push = () =>
    call(a.url, 'POST', '/_paracord/federation/v1/events', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ filler: 'x'.repeat(200_000) }),
    });
  const [statuses, answers] = await Promise.all([
    flood(100, push),
    flood(50, () => ben.send('GET', '/api/v1/account')),
  ]);
  assert.equal(statuses.has(200) || statuses.has(202), false);
  assert.deepEqual([...answers.keys()], [200]);
});
