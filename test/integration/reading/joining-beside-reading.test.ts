import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wireEvent } from '../../../shared/protocol/events/envelope.ts';
import { extensions } from '../../../shared/protocol/extensions.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { refusalBody } from '../../support/refusal.ts';
import { hangs, json, StandIn, Visitor } from '../../support/stand-in/stand-in.ts';

const room = '!5:raw.test';
const third = new RawPeer('third.test');

/** A room with a message of a server that is unknown to the node. */
async function outside(t: Parameters<typeof Visitor.visit>[0], server: StandIn): Promise<Visitor> {
  const visitor = await Visitor.visit(t, server, []);
  const depth = server.clock.now() - 60_000;
  server.rooms.set(room, [third.message(room, 'by a stranger', { depth, origin_ts: depth })]);
  return visitor;
}

const handsOver = (events: readonly string[]) => () =>
  json(
    `{"joined":true,"room_id":"${room}","guild_id":"5","local_user_id":"9","events":[${events.join(',')}]}`,
  );
/** The result of a promise; null if it waits for time to pass. */
async function endOf<T>({ clock }: StandIn, promise: Promise<T>): Promise<T | null> {
  let end: T | null = null;
  void promise.then((value) => {
    end = value;
  });
  for (let turns = 0; turns < 20 && end === null; turns++) await clock.settle();
  return end;
}

const joinFields = (server: StandIn) => ({
  room,
  type: 'm.member.join',
  state_key: '@a:a.test',
  content: {},
  origin_ts: server.clock.now(),
  depth: server.clock.now(),
});

test('a join and a rejoin at a home of another kind finish at once, however long reading the room takes', async (t) => {
  for (const reading of ['as it is', 'hanging'] as const) {
    const server = new StandIn();
    const visitor = await outside(t, server);
    if (reading === 'hanging') server.handlers.set('/events', hangs);
    const start = server.clock.now();
    await visitor.join(room);
    await visitor.api.postMessage({ room_id: room, body: 'first' });
    for (let i = 0; i < 3; i++) {
      await visitor.api.leaveRoom({ room_id: room });
      assert.equal((await visitor.api.room({ room_id: room })).membership, 'left');
      await visitor.join(room);
      await visitor.api.postMessage({ room_id: room, body: `again ${i}` });
    }
    assert.equal(server.clock.now(), start, 'no time has passed');
    // Events that were read meanwhile don't take the user out again.
    await server.clock.advance(5 * 60_000);
    assert.equal((await visitor.api.room({ room_id: room })).membership, 'joined');
  }
});

test('a join at a Paracord Node ends with its answer, even if requested keys don’t arrive', async (t) => {
  const server = new StandIn();
  server.extensions = extensions;
  const visitor = await outside(t, server);
  server.handlers.set('/keys', (url) =>
    url.searchParams.has('server_name') ? hangs(url) : json(server.peer.keys()),
  );
  server.handlers.set('/join', handsOver([wireEvent(server.peer.event(joinFields(server)))]));
  const start = server.clock.now();
  await visitor.join(room);
  await visitor.api.postMessage({ room_id: room, body: 'at once' });
  assert.equal(server.clock.now(), start);
});

test('a Paracord Node that returns no events is read first, for three seconds at most', async (t) => {
  const server = new StandIn();
  server.extensions = extensions;
  const visitor = await outside(t, server);
  server.handlers.set('/events', hangs);
  const joining = visitor.api.joinRoom({ room_id: room });
  await server.clock.advance(3_000);
  assert.equal((await endOf(server, joining))?.membership, 'joining', 'the join has ended');
  server.rooms.get(room)?.push(server.peer.event(joinFields(server)));
  server.handlers.delete('/events');
  await server.clock.advance(60_000);
  assert.equal((await visitor.api.room({ room_id: room })).membership, 'joined');
});

test('events in a home’s answer go through the usual checks: they let nobody else in', async (t) => {
  const server = new StandIn();
  server.extensions = extensions;
  const visitor = await outside(t, server);
  const forged = third.event(joinFields(server));
  server.handlers.set('/join', handsOver([wireEvent(forged), '{"events":1}', '7']));
  server.handlers.set('/events', hangs);
  const joining = visitor.api.joinRoom({ room_id: room });
  await server.clock.advance(3_000);
  assert.equal((await endOf(server, joining))?.membership, 'joining', 'the join has ended');
});

test('a rejoin doesn’t wait for events that the home had refused', async (t) => {
  const server = new StandIn();
  const visitor = await outside(t, server);
  await visitor.join(room);
  await server.clock.advance(1_000);
  server.handlers.set('/event', () => ({
    kind: 'answer',
    status: 403,
    headers: {},
    body: refusalBody({ message: 'out' }),
  }));
  await visitor.api.postMessage({ room_id: room, body: 'refused' });
  await server.clock.advance(10 * 60_000);
  server.handlers.delete('/event');
  await visitor.api.leaveRoom({ room_id: room });
  server.asked = [];
  await visitor.join(room);
  await server.clock.advance(1_000);
  assert.ok(server.count('POST /event') >= 1, 'the join');
  const [queue] = (await visitor.api.outbox({})).items;
  assert.deepEqual([queue?.queued, queue?.retrying, queue?.parked, queue?.dead], [0, 0, 0, 1]);
});

test('a join whose room takes long to read is shown, and canceling it leaves the room', async (t) => {
  const server = new StandIn();
  const visitor = await outside(t, server);
  server.handlers.set('/events', hangs);
  await visitor.join(room);
  await server.clock.advance(500);
  const { items } = await visitor.api.work({});
  const join = items.find(({ kind }) => kind === 'join');
  assert.deepEqual([join?.about, join?.lasting, join?.can_cancel, join?.total], [room, true, true, null]);
  assert.match(join?.title ?? '', /^Joining /);
  await visitor.api.cancelWork({ id: join!.id });
  assert.equal((await visitor.api.room({ room_id: room })).membership, 'left');
});
