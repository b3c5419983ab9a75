import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startLocalNode } from '../support/nodes/local-node.ts';
import { RawPeer } from '../support/parties/raw-peer.ts';
import { until } from '../support/until.ts';

const peers = 20;
const messages = 25;

test('one hanging, one refusing and one failing peer among twenty do not hold up the others', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const room = (await node.api.createRoom({ name: 'Twenty', join_rule: 'peers' })).room_id;
  const raws: RawPeer[] = [];
  for (let i = 0; i < peers; i++) {
    const raw = await new RawPeer(`p${i}.test`).listen(t);
    await node.api.addPeer({ endpoint: raw.url });
    raw.handlers.set('/event', () => ({ status: 202, body: { event_id: 'x', inserted: true } }));
    const body = JSON.stringify({ origin_server: raw.name, room_id: room, user_id: `@user:${raw.name}` });
    assert.equal((await raw.call(node.url, 'POST', '/join', body)).status, 200);
    raws.push(raw);
  }
  raws[0]?.handlers.set('/event', () => 'hang');
  raws[1]?.handlers.set('/event', () => ({ status: 403, body: { code: 'FORBIDDEN', message: 'not you' } }));
  raws[2]?.handlers.set('/event', () => ({
    status: 500,
    body: { code: 'INTERNAL_ERROR', message: 'broken' },
  }));

  const posted: string[] = [];
  for (let i = 0; i < messages; i++)
    posted.push((await node.api.postMessage({ room_id: room, body: `message ${i}` })).event_id);
  const latencies = await until([node], 'every message at the seventeen healthy peers', async () => {
    const found: number[] = [];
    for (const event_id of posted) {
      const { attempts } = await node.api.event({ event_id });
      const delivered = attempts.filter((attempt) => attempt.outcome === 'delivered');
      if (delivered.length !== peers - 3) return false;
      found.push(...delivered.map((attempt) => attempt.latency_ms));
    }
    return found;
  });
  latencies.sort((x, y) => x - y);
  const at = (q: number) => `${latencies[Math.floor((latencies.length - 1) * q)]?.toFixed(1)} ms`;
  t.diagnostic(`delivery to the healthy peers: median ${at(0.5)}, p95 ${at(0.95)}, worst ${at(1)}`);

  const outbox = (await node.api.outbox({})).items;
  assert.deepEqual(outbox.map((each) => each.server_name).sort(), ['p0.test', 'p1.test', 'p2.test']);
  const refused = await node.api.outboxEntries({ destination: 'p1.test' });
  assert.equal(refused.items[0]?.state, 'parked');
  assert.equal(refused.items[0]?.last_status, 403);
  const failing = await node.api.outboxEntries({ destination: 'p2.test' });
  assert.equal(failing.items[0]?.last_status, 500);
  assert.ok((failing.items[0]?.attempts ?? 0) >= 1);

  raws[1]?.handlers.set('/event', () => ({ status: 202, body: { event_id: 'x', inserted: true } }));
  await node.api.retryOutbox({ destination: 'p1.test' });
  await until([node], 'deliveries to be accepted again', async () => {
    const items = (await node.api.outbox({})).items;
    return !items.some((each) => each.server_name === 'p1.test');
  });
  const order =
    raws[1]?.requests.filter((request) => request.path.endsWith('/event')).map((each) => each.body) ?? [];
  const delivered = order.slice(-messages).map((body) => (JSON.parse(body) as { event_id: string }).event_id);
  assert.deepEqual(delivered, posted, 'in the order they were written');
});

test('a refused event becomes a dead letter, the next one is delivered, and the owner can retry or give up', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const raw = await new RawPeer('raw.test').listen(t);
  await node.api.addPeer({ endpoint: raw.url });
  const room = (await node.api.createRoom({ name: 'Room', join_rule: 'peers' })).room_id;
  const body = JSON.stringify({ origin_server: raw.name, room_id: room, user_id: `@user:${raw.name}` });
  // A word that no signature can contain, because those are hexadecimal.
  let refusing = 'mischief';
  raw.handlers.set('/event', (request) =>
    request.body.includes(refusing)
      ? { status: 400, body: { code: 'BAD_REQUEST', message: 'too bad' } }
      : { status: 202, body: { event_id: 'x', inserted: true } },
  );
  await raw.call(node.url, 'POST', '/join', body);
  const bad = await node.api.postMessage({ room_id: room, body: 'mischief' });
  const good = await node.api.postMessage({ room_id: room, body: 'good' });
  await until([node], 'the good one delivered', async () => {
    const { delivery } = await node.api.event({ event_id: good.event_id });
    return delivery.delivered === 1;
  });
  const [dead] = (await node.api.outboxEntries({ destination: 'raw.test' })).items;
  assert.equal(dead?.event_id, bad.event_id);
  assert.equal(dead?.state, 'dead');
  assert.match(dead?.last_error ?? '', /too bad/);

  refusing = 'nothing any more';
  await node.api.retryOutbox({ destination: 'raw.test', event_ids: [bad.event_id] });
  await until([node], 'replayed', async () => (await node.api.outbox({})).items.length === 0);

  refusing = 'worse';
  const worse = await node.api.postMessage({ room_id: room, body: 'worse' });
  await until([node], 'dead again', async () => (await node.api.outbox({})).items[0]?.dead === 1);
  await node.api.giveUpOutbox({ destination: 'raw.test', event_id: worse.event_id });
  assert.equal((await node.api.outbox({})).items.length, 0);
});
