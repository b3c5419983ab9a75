import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wireEvent } from '../../../shared/protocol/events/envelope.ts';
import { extensions } from '../../../shared/protocol/extensions.ts';
import { wellKnownPath } from '../../../shared/protocol/transport.ts';
import { quoted } from '../../../shared/words/said.ts';
import { hangs, json, StandIn, Visitor, webPage } from '../../support/stand-in/stand-in.ts';

const room = '!5:raw.test';
const other = '!6:raw.test';
const minute = 60_000;
/** A server of another kind is read every 15 seconds, give or take a fifth. */
const readWithinMs = 18_000;
const beyond = ['GET /queue', 'POST /peers/', 'POST /reach', 'GET /keys?'];

test('a server that lists no calls beyond the draft is never asked one, and is read', async (t) => {
  const server = new StandIn();
  const visitor = await Visitor.visit(t, server, [room]);
  server.write(room, 'hello');
  assert.ok((await visitor.wait(room, 'hello')) <= readWithinMs);
  await server.clock.advance(60 * minute);
  for (const call of beyond) assert.equal(server.count(call), 0, call);
  assert.ok(server.asked.every((asked) => !asked.includes('since=')));
});

const lies: Readonly<Record<string, (server: StandIn) => void>> = {
  'answers each of them with a web page': () => {},
  'never answers the queue': (server) => server.handlers.set('/queue', hangs),
  'answers the queue with nonsense': (server) =>
    server.handlers.set('/queue', () => json({ events: 'many', next: 'soon' })),
  'answers the queue for ever': (server) => {
    let next = 0;
    server.handlers.set('/queue', () => json({ events: [], next: ++next, more: true }));
  },
  'breaks off the queue': (server) =>
    server.handlers.set('/queue', () => ({
      kind: 'network',
      error: quoted('connection reset'),
      code: 'ECONNRESET',
    })),
};

for (const [what, lie] of Object.entries(lies))
  test(`a server that lists every call beyond the draft and ${what} is still read`, async (t) => {
    const server = new StandIn();
    server.extensions = extensions;
    lie(server);
    const visitor = await Visitor.visit(t, server, [room]);
    await server.clock.advance(10 * minute);
    assert.ok(server.count('GET /queue') > 0, 'it lists the queue, so it was asked');
    server.asked = [];
    for (let i = 0; i < 5; i++) {
      server.write(room, `message ${i}`);
      // A Paracord Node is read this often when there is nothing new.
      assert.ok((await visitor.wait(room, `message ${i}`)) <= 20_000, `message ${i}`);
    }
  });

test('a call that a server lists and answers with a web page is left out for a minute at first, for an hour at most', async (t) => {
  const server = new StandIn();
  server.extensions = extensions;
  await Visitor.visit(t, server, [room]);
  // The pause has grown to an hour by then.
  await server.clock.advance(3 * 60 * minute);
  server.asked = [];
  await server.clock.advance(10 * 60 * minute);
  const asked = server.count('GET /queue');
  assert.ok(asked >= 8 && asked <= 14, `${asked} times in ten hours`);
  const looked = server.asked.filter((each) => each.includes(wellKnownPath)).length;
  assert.ok(looked >= 3 && looked <= 40, `its discovery document was read ${looked} times`);
});

test('an upgraded peer is read in our form within hours, and a downgraded one misses nothing', async (t) => {
  const server = new StandIn();
  const visitor = await Visitor.visit(t, server, [room]);
  server.write(room, 'by depth');
  await visitor.wait(room, 'by depth');
  const byArrival = ({ searchParams }: URL) => {
    const events = server.rooms.get(room) ?? [];
    const since = searchParams.get('since');
    const seen = since === null ? 0 : Number(since.replace('e.', ''));
    return json(
      `{"events":[${events.slice(seen).map(wireEvent).join(',')}],"next":"e.${events.length}","more":false}`,
    );
  };
  server.extensions = extensions;
  server.handlers.set('/events', byArrival);
  await server.clock.advance(4 * 60 * minute);
  assert.ok(
    server.asked.at(-1)?.startsWith('GET /') && server.asked.some((each) => each.includes('since=e.1')),
  );
  // Arrives late, with a depth long past: reading by arrival finds it.
  server.write(room, 'late', server.clock.now() - 60 * minute);
  assert.ok((await visitor.wait(room, 'late')) < 10 * minute);

  server.extensions = [];
  server.handlers.delete('/events');
  server.write(room, 'after the way back');
  server.write(room, 'and from long ago', server.clock.now() - 26 * 60 * minute);
  for (const body of ['after the way back', 'and from long ago'])
    assert.ok((await visitor.wait(room, body)) < 10 * minute, body);
  assert.equal(new Set(await visitor.bodies(room)).size, 4);
});

test('a server that changes its list with every reading cannot make us read it all the time', async (t) => {
  const server = new StandIn();
  const visitor = await Visitor.visit(t, server, [room]);
  let looks = 0;
  server.handlers.set(wellKnownPath, () =>
    json({
      server_name: 'raw.test',
      domain: 'raw.test',
      federation_endpoint: 'https://elsewhere.test/f',
      extensions: looks++ % 2 === 0 ? extensions : [],
    }),
  );
  await server.clock.advance(12 * 60 * minute);
  assert.ok(looks <= 60, `${looks} looks in twelve hours`);
  server.write(room, 'still read');
  assert.ok((await visitor.wait(room, 'still read')) <= 20_000);
  const peer = await visitor.api.peer({ server_name: 'raw.test' });
  assert.ok(peer.endpoint?.startsWith('http://raw.test/'), 'its address is not taken from there');
});

test('a discovery document that becomes unreadable doesn’t change how a peer is read', async (t) => {
  const server = new StandIn();
  const visitor = await Visitor.visit(t, server, [room]);
  server.handlers.set(wellKnownPath, hangs);
  await server.clock.advance(4 * 60 * minute);
  server.write(room, 'hello');
  assert.ok((await visitor.wait(room, 'hello')) <= readWithinMs);
});

test('a room that can’t be read three times in a row is reported by name, doesn’t hold up others, and recovers', async (t) => {
  const server = new StandIn();
  const visitor = await Visitor.visit(t, server, [room, other]);
  let broken = true;
  server.handlers.set('/events', (url) => {
    if (broken && url.searchParams.get('room_id') === room) return webPage;
    const events = server.rooms.get(url.searchParams.get('room_id') ?? '') ?? [];
    return json(`{"events":[${events.map(wireEvent).join(',')}]}`);
  });
  const found = async () =>
    (await visitor.api.doctor({})).findings.filter(({ code }) => code === 'room-unreadable');
  await server.clock.advance(2_000);
  assert.deepEqual(await found(), []);
  await server.clock.advance(2 * minute);
  server.write(other, 'from the other room');
  assert.ok((await visitor.wait(other, 'from the other room')) <= readWithinMs);
  const [finding, ...more] = await found();
  assert.deepEqual(more, []);
  assert.match(finding?.title ?? '', /“Guild” can’t be read/);
  assert.match(
    finding?.text ?? '',
    /tried to read the room on user’s server\. It answers with a web page instead of events/,
  );
  const peer = await visitor.api.peer({ server_name: 'raw.test' });
  assert.match(peer.state_text, /“Guild” can’t be read\. It answers with a web page instead of events/);
  assert.equal(peer.unreadable_rooms, 1);
  assert.match((await visitor.api.status({})).health.text, /“Guild” can’t be read/);

  broken = false;
  server.write(room, 'readable again');
  assert.ok((await visitor.wait(room, 'readable again')) <= 6 * minute);
  assert.deepEqual(await found(), []);
  assert.equal((await visitor.api.peer({ server_name: 'raw.test' })).state_text, 'Connected.');
});

test('rooms of an unreachable peer aren’t reported one by one', async (t) => {
  const server = new StandIn();
  const visitor = await Visitor.visit(t, server, [room, other]);
  server.isDown = true;
  await server.clock.advance(30 * minute);
  const { findings } = await visitor.api.doctor({});
  assert.ok(!findings.some(({ code }) => code === 'room-unreadable'));
});

test('rooms that never answer are reported, and don’t hold up others', async (t) => {
  const server = new StandIn();
  const third = '!7:raw.test';
  const visitor = await Visitor.visit(t, server, [room, other, third]);
  server.handlers.set('/events', (url) => {
    if (url.searchParams.get('room_id') !== third) return new Promise(() => {});
    return json(`{"events":[${(server.rooms.get(third) ?? []).map(wireEvent).join(',')}]}`);
  });
  await server.clock.advance(10 * minute);
  server.write(third, 'hello');
  const waited = await visitor.wait(third, 'hello');
  assert.ok(waited <= 50_000, `${waited} ms`);
  const { findings } = await visitor.api.doctor({});
  assert.ok(findings.some(({ code, text }) => code === 'room-unreadable' && /timed out/.test(text)));
});
