import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Envelope, wireEvent } from '../../../../shared/protocol/events/envelope.ts';
import {
  type BatchResult,
  readBatchResults,
  writeBatch,
  writeBatchResults,
} from '../../../../shared/protocol/events/event-batch.ts';
import { extensions } from '../../../../shared/protocol/extensions.ts';
import { limits } from '../../../../shared/protocol/limits.ts';
import { federationPrefix } from '../../../../shared/protocol/transport.ts';
import {
  besiege,
  HandClock,
  joins,
  refused,
  rowsOf,
  type Siege,
  takes,
  user,
} from '../../../support/attack/node.ts';
import { ask } from '../../../support/attack/socket.ts';
import { startLocalNode } from '../../../support/nodes/local-node.ts';
import { RawPeer, type RawRequest } from '../../../support/parties/raw-peer.ts';
import { until } from '../../../support/until.ts';

const batchOf = (events: readonly string[], after?: string) =>
  writeBatch(
    events.map((event) => ({ event, sentTo: [] as string[] })),
    after,
  );

/** Sends events in one request. Returns the answer to each. */
async function send({ node, raw }: Siege, events: readonly string[], timestamp = Date.now(), after?: string) {
  const body = batchOf(events, after);
  const target = `${federationPrefix}/events`;
  const answer = await ask(
    node.url,
    'POST',
    target,
    Object.entries(raw.headers('POST', target, body, timestamp)),
    body,
  );
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const results = readBatchResults(JSON.stringify(answer.body), events.length);
  assert.ok(results);
  return results;
}

const outcomes = (results: readonly BatchResult[]) =>
  results.map(({ status, body }) => {
    const answer = JSON.parse(body) as { inserted?: boolean; details?: { reason?: string } | null };
    return status === 202 ? answer.inserted : (answer.details?.reason ?? status);
  });

const shown = async ({ node, room }: Siege) =>
  (await node.api.timeline({ room_id: room })).items.map(({ body }) => body).reverse();

const messages = ({ raw, room }: Siege, count: number) =>
  Array.from({ length: count }, (_, n) => raw.message(room, `message ${n}`));

test('events in one request are stored in order, each with its own answer, and repeats are known', async (t) => {
  const siege = await besiege(t);
  const events = messages(siege, limits.batchEventsMax).map(wireEvent);
  assert.deepEqual(
    outcomes(await send(siege, events)),
    events.map(() => true),
  );
  const stored = rowsOf<{ body: string }>(siege.node, 'federation_events').slice(-events.length);
  assert.deepEqual(
    stored.map(({ body }) => body),
    events,
  );
  assert.deepEqual(
    outcomes(await send(siege, events)),
    events.map(() => false),
  );
});

test('a problem with one event doesn’t hold up the others in its request', async (t) => {
  const siege = await besiege(t);
  const { raw, room } = siege;
  const [first, last] = messages(siege, 2) as [Envelope, Envelope];
  const forged = { ...raw.message(room, 'forged'), content: last.content, contentText: last.contentText };
  const stranger = new RawPeer('stranger.test');
  const results = await send(siege, [
    wireEvent(first),
    wireEvent(forged),
    '{}',
    '5',
    wireEvent(stranger.message(room, 'by a stranger')),
    wireEvent(raw.message(room, 'by another user', { sender: '@user:a.test' })),
    wireEvent(last),
  ]);
  assert.deepEqual(outcomes(results), [true, 403, 400, 400, 'origin_unknown', 'sender_not_of_origin', true]);
  assert.deepEqual(await shown(siege), ['message 0', 'message 1']);
});

test('each event of a batch sees the effects of those before it', async (t) => {
  const siege = await besiege(t);
  const { raw, room } = siege;
  const leave = raw.event({ room, type: 'm.member.leave', state_key: user, content: {} });
  const [before, after] = messages(siege, 2) as [Envelope, Envelope];
  const results = await send(siege, [before, leave, after].map(wireEvent));
  assert.deepEqual(outcomes(results), [true, true, 'not_a_member']);
});

test('events of a quarantined peer are held, one by one', async (t) => {
  const siege = await besiege(t);
  await siege.node.api.changePeer({ server_name: 'raw.test', mode: 'quarantine' });
  const results = await send(siege, messages(siege, 3).map(wireEvent));
  assert.deepEqual(outcomes(results), Array(3).fill('origin_quarantined'));
  assert.equal((await siege.node.api.heldEvents({ server_name: 'raw.test' })).items.length, 3);
});

test('a batch counts as one request for each of its events', async (t) => {
  const clock = new HandClock();
  const siege = await besiege(t, { ports: clock.ports });
  const server_name = 'raw.test';
  await siege.node.api.changePeer({ server_name, limits: { requests_per_minute: 60, burst: 3 } });
  const events = messages(siege, 5).map(wireEvent);
  const results = await send(siege, events, clock.time);
  assert.deepEqual(outcomes(results), [true, true, true, 429, 429]);
  assert.equal(results[3]?.retryAfterSeconds, 1);
  clock.time += 3000;
  assert.deepEqual(outcomes(await send(siege, events.slice(3), clock.time)), [true, true]);
});

test('events behind one that has to wait also wait, but only in its room', async (t) => {
  const siege = await besiege(t);
  const { node, raw, room } = siege;
  const other = await node.api.createRoom({ name: 'Other', join_rule: 'peers' });
  assert.equal((await joins({ ...siege, room: other.room_id })).status, 200);
  const change = (n: number) =>
    raw.event({
      room,
      type: n % 2 === 0 ? 'm.member.leave' : 'm.member.join',
      state_key: '@second:raw.test',
      content: { user_id: '@second:raw.test' },
      sender: '@second:raw.test',
    });
  const count = limits.memberChanges.burst;
  const results = await send(siege, [
    ...Array.from({ length: count + 1 }, (_, n) => wireEvent(change(n + 1))),
    wireEvent(raw.message(room, 'behind')),
    wireEvent(raw.message(other.room_id, 'beside')),
  ]);
  assert.deepEqual(outcomes(results).slice(count), [429, 429, true]);
  assert.deepEqual(await shown(siege), []);
});

test('a recorded batch is accepted once, and a request that isn’t a batch stores nothing', async (t) => {
  const siege = await besiege(t);
  const target = `${federationPrefix}/events`;
  const body = batchOf(messages(siege, 2).map(wireEvent));
  const headers = Object.entries(siege.raw.headers('POST', target, body));
  assert.equal((await ask(siege.node.url, 'POST', target, headers, body)).status, 200);
  await refused(siege, { status: 409, code: 'CONFLICT', reason: 'replay' }, () =>
    ask(siege.node.url, 'POST', target, headers, body),
  );
  const good = wireEvent(siege.raw.message(siege.room, 'good'));
  for (const bad of [
    '{"events":[]}',
    batchOf(Array(limits.batchEventsMax + 1).fill(good)),
    `{"events":[{"event":${good}},{"event":[${'0,'.repeat(limits.jsonValuesMax)}0]}]}`,
  ])
    await refused(siege, { status: 400, code: 'BAD_REQUEST', proven: true }, () =>
      siege.raw.call(siege.node.url, 'POST', '/events', bad),
    );
});

test('requests that arrive in the wrong order are stored in the right one', async (t) => {
  const siege = await besiege(t);
  const events = messages(siege, 9);
  const part = (from: number) =>
    send(siege, events.slice(from, from + 3).map(wireEvent), Date.now() + from, events[from - 1]?.event_id);
  const [third, second, first] = await Promise.all([part(6), part(3), part(0)]);
  for (const results of [first, second, third]) assert.deepEqual(outcomes(results), [true, true, true]);
  assert.deepEqual(
    await shown(siege),
    events.map((_, n) => `message ${n}`),
  );
  const stored = rowsOf<{ event_id: string }>(siege.node, 'federation_events').slice(-events.length);
  assert.deepEqual(
    stored.map(({ event_id }) => event_id),
    events.map(({ event_id }) => event_id),
  );
});

/** A peer that lists `events.batch` and fails until three events wait for it. */
async function recovering(t: Parameters<typeof besiege>[0], answerTo: (request: RawRequest) => unknown) {
  const node = await startLocalNode(t, { name: 'a.test' });
  const raw = await new RawPeer('raw.test').listen(t);
  raw.extensions = extensions;
  await node.api.addPeer({ endpoint: raw.url });
  const { room_id: room } = await node.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  raw.handlers.set('/event', () => ({ status: 503, body: { code: 'SERVICE_UNAVAILABLE', message: 'no' } }));
  raw.handlers.set('/events', (request) => ({
    status: 200,
    body: request.method === 'GET' ? { events: [] } : answerTo(request),
  }));
  assert.equal((await joins({ node, raw, room })).status, 200);
  for (const body of ['one', 'two', 'three']) await node.api.postMessage({ room_id: room, body });
  raw.handlers.set('/event', takes);
  await until([node], 'nothing waits', async () => (await node.api.outbox({})).items.length === 0);
  return raw.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/events'));
}

test('waiting events for a peer that accepts batches are sent in one request', async (t) => {
  const requests = await recovering(t, ({ body }) => {
    const { events } = JSON.parse(body) as { readonly events: readonly object[] };
    const result = { status: 202, retryAfterSeconds: null, body: '{"inserted":true}' };
    return JSON.parse(writeBatchResults(events.map(() => result)));
  });
  const counts = requests.map(({ body }) => (JSON.parse(body) as { events: object[] }).events.length);
  assert.ok(counts.length > 0 && counts.every((count) => count >= 2), `${counts}`);
});

test('a peer with an unusable answer to a batch gets the events one by one', async (t) => {
  assert.equal((await recovering(t, () => ({ events: [] }))).length, 1);
});
