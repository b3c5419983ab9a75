import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemPorts } from '../../main/kernel/ports.ts';
import { bodies, pictureOf } from '../support/browser/picture.ts';
import { LeapingClock } from '../support/leaping-clock.ts';
import { shareRoom, startLocalNode } from '../support/nodes/local-node.ts';
import { reachable } from '../support/pairing/pairing.ts';
import { RawPeer } from '../support/parties/raw-peer.ts';
import { until } from '../support/until.ts';

test('events of a quarantined peer are held and listed, and can be released in order or discarded', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const b = await startLocalNode(t, { name: 'b.test' });
  const room = await shareRoom(a, b, 'Room');
  await a.api.changePeer({ server_name: 'b.test', mode: 'quarantine', reason: 'spam?' });
  for (const body of ['one', 'two', 'three']) await b.api.postMessage({ room_id: room, body });
  const held = await until([a, b], 'three held events', async () => {
    const { items } = await a.api.heldEvents({ server_name: 'b.test' });
    return items.length === 3 && items;
  });
  assert.deepEqual(
    held.map((event) => event.body),
    ['one', 'two', 'three'],
  );
  assert.deepEqual(bodies(await pictureOf(a.api, room)), []);

  await a.api.discardHeld({ server_name: 'b.test', event_ids: [held[1]?.event_id ?? ''] });
  const released = await a.api.releaseHeld({ server_name: 'b.test' });
  assert.deepEqual(released, { released: 2, refused: [] });
  assert.deepEqual(bodies(await pictureOf(a.api, room)), ['one', 'three']);

  await a.api.changePeer({ server_name: 'b.test', mode: 'allow' });
  await b.api.postMessage({ room_id: room, body: 'four' });
  await until([a, b], 'the peer is heard from again', async () =>
    bodies(await pictureOf(a.api, room)).includes('four'),
  );
  assert.deepEqual(
    bodies(await pictureOf(a.api, room)),
    ['one', 'three', 'four'],
    'the discarded one stays out',
  );
});

test('an event that a peer held and released reads as delivered at its sender, quarantined or trusted again', async (t) => {
  const clock = new LeapingClock();
  const ports = { ...systemPorts, clock };
  const a = await startLocalNode(t, { name: 'a.test', ports });
  const b = await startLocalNode(t, { name: 'b.test', ports });
  const room = await shareRoom(a, b, 'Room');
  await a.api.changePeer({ server_name: 'b.test', mode: 'quarantine' });
  const write = async (body: string) => (await b.api.postMessage({ room_id: room, body })).event_id;
  const [one, two, three] = [await write('one'), await write('two'), await write('three')];
  const stateOf = async (event_id: string) =>
    (await b.api.event({ event_id })).delivery.destinations.find(
      ({ server_name }) => server_name === 'a.test',
    )?.state;
  for (const id of [one, two, three])
    await until([a, b], 'it is held', async () => (await stateOf(id)) === 'held');
  await a.api.releaseHeld({ server_name: 'b.test', event_ids: [one] });
  await clock.leap(61_000);
  await until([a, b], 'the first one is delivered', async () => (await stateOf(one)) === 'delivered');
  assert.equal(await stateOf(two), 'held');

  await a.api.changePeer({ server_name: 'b.test', mode: 'allow' });
  await a.api.releaseHeld({ server_name: 'b.test', event_ids: [two] });
  await write('four');
  await until([a, b], 'the second one is delivered', async () => (await stateOf(two)) === 'delivered');
  assert.equal(await stateOf(three), 'held');
  assert.equal((await b.api.lacking({})).items.find(({ server_name }) => server_name === 'a.test')?.held, 1);
  // Nobody will approve it any more.
  await a.api.discardHeld({ server_name: 'b.test' });
  await write('five');
  await until([a, b], 'the third one waits no more', async () => (await stateOf(three)) === 'delivered');
});

test('a peer without an address is quarantined, released, blocked and unblocked like any other', async (t) => {
  const a = await reachable(await startLocalNode(t, { name: 'a.test' }));
  const b = await startLocalNode(t, { name: 'b.test' });
  const { link } = await a.api.makePeerInvite({});
  assert.equal((await b.api.acceptPeerInvite({ link: link ?? '' })).state, 'connected');
  const room = (await a.api.createRoom({ name: 'Room', join_rule: 'peers' })).room_id;
  await b.api.joinRoom({ room_id: room });
  const server_name = 'b.test';
  assert.equal((await a.api.changePeer({ server_name, mode: 'quarantine' })).endpoint, null);
  await b.api.postMessage({ room_id: room, body: 'one' });
  await until(
    [a, b],
    'one held event',
    async () => (await a.api.heldEvents({ server_name })).items.length > 0,
  );
  assert.deepEqual(await a.api.releaseHeld({ server_name }), { released: 1, refused: [] });

  await a.api.changePeer({ server_name, mode: 'block' });
  await b.api.postMessage({ room_id: room, body: 'two' });
  await until([a, b], 'a refusal', async () => (await b.api.outbox({})).items[0]?.parked === 1);
  assert.equal((await a.api.changePeer({ server_name, mode: 'allow' })).mode, 'allow');
  await b.api.retryOutbox({ destination: 'a.test' });
  await until([a, b], 'both messages', async () => bodies(await pictureOf(a.api, room)).length === 2);
  assert.deepEqual(bodies(await pictureOf(a.api, room)), ['one', 'two']);
});

test('blocking a peer stops queued events and running requests, and allowing it sends them', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const raw = await new RawPeer('raw.test').listen(t);
  await a.api.addPeer({ endpoint: raw.url });
  raw.handlers.set('/event', () => ({ status: 202, body: { event_id: 'x', inserted: true } }));
  const room = (await a.api.createRoom({ name: 'Room', join_rule: 'peers' })).room_id;
  const body = JSON.stringify({ origin_server: raw.name, room_id: room, user_id: `@user:${raw.name}` });
  await raw.call(a.url, 'POST', '/join', body);
  await until(
    [a],
    'nothing waits',
    async () => (await a.api.outbox({})).items.length === 0 || undefined,
  ).catch(() => {});
  raw.handlers.set('/event', () => 'hang');
  const sent = () => raw.requests.filter((request) => request.path.endsWith('/event')).length;
  const before = sent();
  await a.api.postMessage({ room_id: room, body: 'in flight' });
  await a.api.postMessage({ room_id: room, body: 'queued' });
  await until(
    [a],
    'one in flight',
    async () => (await a.api.outbox({})).items[0]?.in_flight === 1 || sent() > before,
  );
  await a.api.changePeer({ server_name: 'raw.test', mode: 'block', reason: 'enough' });
  await until([a], 'cut off', async () => (await a.api.outbox({})).items[0]?.in_flight === 0);
  assert.match((await a.api.outbox({})).items[0]?.state_text ?? '', /You have blocked it/);
  const refused = await raw.post(a.url, raw.message(room, 'let me in'));
  assert.equal(refused.status, 403);
  assert.match(String(refused.body.message), /blocked/);
  const whileBlocked = sent();

  raw.handlers.set('/event', () => ({ status: 202, body: { event_id: 'x', inserted: true } }));
  await a.api.retryOutbox({ destination: 'raw.test' });
  assert.equal(sent(), whileBlocked, 'nothing goes out to a blocked peer');
  await a.api.changePeer({ server_name: 'raw.test', mode: 'allow' });
  await until([a], 'both delivered', async () => (await a.api.outbox({})).items.length === 0);
});

test('a peer over its limit is asked to wait, and a peer with a limit of 0 is refused', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const raw = await new RawPeer('raw.test').listen(t);
  const other = await new RawPeer('other.test').listen(t);
  await a.api.addPeer({ endpoint: raw.url });
  await a.api.addPeer({ endpoint: other.url });
  await a.api.changePeer({ server_name: 'raw.test', limits: { requests_per_minute: 60, burst: 2 } });
  const read = (peer: RawPeer) => peer.call(a.url, 'GET', '/event/$1:a.test');
  assert.equal((await read(raw)).status, 404);
  assert.equal((await read(raw)).status, 404);
  const limited = await read(raw);
  assert.equal(limited.status, 429);
  assert.equal(limited.headers.get('retry-after'), '1');
  assert.equal((await read(other)).status, 404, 'the limit is one peer’s own');
  await a.api.changePeer({ server_name: 'other.test', limits: { requests_per_minute: 0, burst: 0 } });
  assert.equal((await read(other)).status, 429);
});
