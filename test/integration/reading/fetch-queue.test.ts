import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { limits } from '../../../shared/protocol/limits.ts';
import { type LocalNode, startLocalNode } from '../../support/nodes/local-node.ts';
import { reachable } from '../../support/pairing/pairing.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { until } from '../../support/until.ts';

/** Everyone can reach Anna, nobody can reach Hal, who has opened her invite. */
async function hidden(t: TestContext): Promise<{ anna: LocalNode; hal: LocalNode }> {
  const anna = await reachable(await startLocalNode(t, { name: 'anna.test' }));
  const hal = await startLocalNode(t, { name: 'hal.test' });
  const { link } = await anna.api.makePeerInvite({});
  await hal.api.acceptPeerInvite({ link: link ?? '' });
  assert.equal((await anna.api.peer({ server_name: 'hal.test' })).endpoint, null);
  return { anna, hal };
}

test('a node that nobody can call is invited, receives messages, and answers', async (t) => {
  const { anna, hal } = await hidden(t);
  const { room_id } = await anna.api.createRoom({ name: 'Kitchen', join_rule: 'invite' });
  await anna.api.inviteUser({ room_id, user_id: '@hal:hal.test' });
  const invite = await until(
    [anna, hal],
    'the invite at hal',
    async () => (await hal.api.invites({})).items[0],
  );
  await hal.api.acceptInvite({ id: invite.id });
  const { event_id } = await anna.api.postMessage({ room_id, body: 'do you hear me?' });
  await until([anna, hal], 'the message at hal', async () =>
    (await hal.api.timeline({ room_id })).items.some(({ body }) => body === 'do you hear me?'),
  );
  await hal.api.postMessage({ room_id, body: 'loud and clear' });
  await until([anna, hal], 'the answer at anna', async () =>
    (await anna.api.timeline({ room_id })).items.some(({ body }) => body === 'loud and clear'),
  );
  await until([anna, hal], 'the tick at anna', async () => {
    const { delivery } = await anna.api.event({ event_id });
    return delivery.total === 1 && delivery.delivered === 1;
  });
  assert.deepEqual((await anna.api.outbox({})).items, []);
});

test('a peer without an address isn’t called, and that isn’t a problem', async (t) => {
  const { anna, hal } = await hidden(t);
  const { room_id } = await anna.api.createRoom({ name: 'Kitchen', join_rule: 'peers' });
  await hal.api.joinRoom({ room_id });
  await hal.stop();
  await anna.api.postMessage({ room_id, body: 'later, then' });
  const [waiting] = (await anna.api.outbox({})).items;
  assert.match(waiting?.state_text ?? '', /can’t be reached from here\. It collects its messages/);
  const { items } = await anna.api.outboxEntries({ destination: 'hal.test' });
  assert.ok(items.length > 0 && items.every(({ attempts }) => attempts === 0));
  assert.equal((await anna.api.peer({ server_name: 'hal.test' })).state, 'ok');
});

test('a peer can fetch only its own queue, until it confirms receipt', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const [one, two] = [await new RawPeer('one.test').listen(t), await new RawPeer('two.test').listen(t)];
  for (const peer of [one, two]) {
    peer.handlers.set('/event', () => ({ status: 500, body: {} }));
    await node.api.addPeer({ endpoint: peer.url });
  }
  const { room_id } = await node.api.createRoom({ name: 'Room', join_rule: 'peers' });
  for (const peer of [one, two])
    await peer.call(
      node.url,
      'POST',
      '/join',
      JSON.stringify({ origin_server: peer.name, room_id, user_id: `@user:${peer.name}` }),
    );
  const fetchQueue = async (peer: RawPeer, after: number) => {
    const { body } = await peer.call(node.url, 'GET', `/queue?after=${after}`);
    return body as { events: { event_id: string }[]; next: number; more: boolean };
  };
  const posted = await node.api.postMessage({ room_id, body: 'for both' });
  const first = await fetchQueue(one, 0);
  assert.ok(first.events.some(({ event_id }) => event_id === posted.event_id));
  assert.deepEqual((await fetchQueue(one, 0)).events, first.events);
  assert.deepEqual((await fetchQueue(one, first.next)).events, []);
  assert.deepEqual((await fetchQueue(one, 0)).events, []);
  const theirs = await fetchQueue(two, 0);
  assert.ok(theirs.events.some(({ event_id }) => event_id === posted.event_id));
  const { delivery } = await node.api.event({ event_id: posted.event_id });
  assert.equal(delivery.delivered, 1);
  const { points } = await node.api.activity({ span: 'hour' });
  assert.ok(points.reduce((sum, point) => sum + point.delivered, 0) >= 1, 'it counts as traffic');
});

test('events that a peer fetched show as delivered on every screen at once', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const peer = await new RawPeer('raw.test').listen(t);
  peer.handlers.set('/event', () => ({ status: 500, body: {} }));
  await node.api.addPeer({ endpoint: peer.url });
  const { room_id } = await node.api.createRoom({ name: 'Room', join_rule: 'peers' });
  const member = JSON.stringify({ origin_server: peer.name, room_id, user_id: `@user:${peer.name}` });
  await peer.call(node.url, 'POST', '/join', member);
  const { event_id } = await node.api.postMessage({ room_id, body: 'hello' });
  const news: unknown[] = [];
  const stop = node.node.changes.subscribe((change) => void news.push(change));
  t.after(stop);
  const { body } = await peer.call(node.url, 'GET', '/queue?after=0');
  await peer.call(node.url, 'GET', `/queue?after=${body.next}`);
  assert.ok(
    news.some((one) => JSON.stringify(one).includes(`"event_id":"${event_id}","outcome":"delivered"`)),
    JSON.stringify(news),
  );
});

test('strangers, blocked servers and nonsense get nothing from the queue', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const peer = await new RawPeer('raw.test').listen(t);
  assert.equal((await peer.call(node.url, 'GET', '/queue')).status, 403);
  await node.api.addPeer({ endpoint: peer.url });
  assert.equal((await peer.call(node.url, 'GET', '/queue')).status, 200);
  for (const after of ['-1', 'x', '1.5', '9'.repeat(20)])
    assert.equal((await peer.call(node.url, 'GET', `/queue?after=${after}`)).status, 400, after);
  await node.api.changePeer({ server_name: 'raw.test', mode: 'block' });
  assert.equal((await peer.call(node.url, 'GET', '/queue')).status, 403);
});

test('a node that nobody can call gets everything that waits, however large it is', async (t) => {
  const { anna, hal } = await hidden(t);
  const { room_id } = await anna.api.createRoom({ name: 'Kitchen', join_rule: 'peers' });
  await hal.api.joinRoom({ room_id });
  const { port } = { port: Number(new URL(hal.url).port) };
  await hal.stop();
  const member = await new RawPeer('raw.test').listen(t);
  member.handlers.set('/event', () => ({ status: 202, body: { inserted: true } }));
  await anna.api.addPeer({ endpoint: member.url });
  const join = JSON.stringify({ origin_server: 'raw.test', room_id, user_id: '@user:raw.test' });
  assert.equal((await member.call(anna.url, 'POST', '/join', join)).status, 200);
  const large = 'x'.repeat(limits.contentBytesMax - 500);
  for (let i = 0; i < 36; i++)
    assert.equal((await member.post(anna.url, member.message(room_id, large))).status, 202);
  await anna.api.postMessage({ room_id, body: 'behind all that' });
  const [first] = (await anna.api.outbox({})).items.filter(({ server_name }) => server_name === 'hal.test');
  assert.ok((first?.queued ?? 0) >= 37);

  const back = await startLocalNode(t, { name: 'hal.test', dataDir: hal.dataDir, port, setUp: false });
  // The server reads 72 MB, as a member and from the queue, and Anna allows 64 in the first minute.
  const patienceMs = 120_000;
  await until(
    [anna, back],
    'the last message at hal',
    async () =>
      (await back.api.timeline({ room_id, limit: 1 })).items.some(({ body }) => body === 'behind all that'),
    patienceMs,
  );
  await until(
    [anna, back],
    'an empty queue at anna',
    async () => (await anna.api.outbox({})).items.length === 0,
    patienceMs,
  );
});
