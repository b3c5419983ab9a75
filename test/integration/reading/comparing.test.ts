import assert from 'node:assert/strict';
import { test } from 'node:test';
import SQLite from 'better-sqlite3';
import { digestOf } from '../../../main/events/room-digest.ts';
import { parseEnvelope, wireEvent } from '../../../shared/protocol/events/envelope.ts';
import { extensions } from '../../../shared/protocol/extensions.ts';
import { pictureOf, storedEvents } from '../../support/sim/checks.ts';
import type { SimNode } from '../../support/sim/node.ts';
import { placed } from '../../support/sim/placed.ts';
import { World } from '../../support/sim/world.ts';
import { json, StandIn, Visitor } from '../../support/stand-in/stand-in.ts';

const minute = 60_000;
const hour = 60 * minute;

/** Removes events as if the disk had lost them unnoticed. */
function punchHole(node: SimNode, eventIds: readonly string[]): void {
  const db = new SQLite(node.databasePath);
  for (const id of eventIds) {
    db.prepare(
      'DELETE FROM federation_receipts WHERE event_seq IN (SELECT seq FROM federation_events WHERE event_id = ?)',
    ).run(id);
    db.prepare('DELETE FROM messages WHERE event_id = ?').run(id);
    db.prepare('DELETE FROM federation_events WHERE event_id = ?').run(id);
  }
  db.close();
}

/** Removes the first invite, and the revocation of the second, as if they had never come. */
function forgetInvites(node: SimNode, lost: string, notRevoked: string): void {
  const db = new SQLite(node.databasePath);
  db.prepare('DELETE FROM room_invites WHERE user_id = ?').run(lost);
  db.prepare("UPDATE room_invites SET status = 'pending' WHERE user_id = ?").run(notRevoked);
  db.close();
}

test('a gap in a room is found and filled, at the home and at a member, and nothing is read without one', async (t) => {
  const world = new World(t, { seed: 3, names: ['home.test', 'guest.test'] });
  const [home, guest] = [world.node('home.test'), world.node('guest.test')];
  await world.setUp();
  await world.befriend(home, guest);
  const { room_id } = await home.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  await world.wait(guest.api.joinRoom({ room_id }));
  const written: string[] = [];
  for (let n = 0; n < 30; n++) {
    const by = n % 2 === 0 ? home : guest;
    written.push((await by.api.postMessage({ room_id, body: `message ${n}` })).event_id);
    await world.clock.advance(1000);
  }
  await world.clock.advance(hour);
  const before = await pictureOf(home, room_id);
  for (const node of [home, guest]) await world.wait(node.stop());
  punchHole(home, written.slice(3, 9));
  punchHole(guest, written.slice(20, 21));
  for (const node of [home, guest]) await node.start();
  assert.equal(storedEvents(home, room_id).length, storedEvents(guest, room_id).length - 5);
  await world.clock.advance(hour);
  for (const node of [home, guest]) assert.deepEqual(await pictureOf(node, room_id), before, node.name);
});

test('an invite that the home lost unnoticed comes back from the invited server, and so does its revocation', async (t) => {
  const world = new World(t, { seed: 3, names: ['home.test', 'guest.test'] });
  const [home, guest] = [world.node('home.test'), world.node('guest.test')];
  await world.setUp(['ann', 'bob']);
  await world.befriend(home, guest);
  const { room_id } = await home.api.createRoom({ name: 'Closed', join_rule: 'invite' });
  for (const user_id of ['@ann:guest.test', '@bob:guest.test'])
    await world.wait(home.api.inviteUser({ room_id, user_id }));
  await world.wait(home.api.revokeInvite({ room_id, user_id: '@bob:guest.test' }));
  await world.clock.advance(minute);
  const before = storedEvents(home, room_id);
  const isLost = ({ event_type, subject }: (typeof before)[number]) =>
    event_type === (subject === '@ann:guest.test' ? 'm.member.invite' : 'm.member.uninvite');
  const lost = before.filter(isLost).map(({ event_id }) => event_id);
  assert.equal(lost.length, 2);
  await world.wait(home.stop());
  punchHole(home, lost);
  await home.start();
  const open = async () => (await home.api.sentInvites({ room_id })).items.map(({ user_id }) => user_id);
  assert.deepEqual(await open(), ['@bob:guest.test']);
  await world.clock.advance(hour);
  assert.deepEqual(storedEvents(home, room_id), before);
  assert.deepEqual(await open(), ['@ann:guest.test']);
});

test('an invite that the invited server lost unnoticed comes back from the home, and so does its revocation', async (t) => {
  const world = new World(t, { seed: 3, names: ['home.test', 'guest.test'] });
  const [home, guest] = [world.node('home.test'), world.node('guest.test')];
  await world.setUp(['ann', 'bob']);
  await world.befriend(home, guest);
  const { room_id } = await home.api.createRoom({ name: 'Closed', join_rule: 'invite' });
  for (const user_id of ['@ann:guest.test', '@bob:guest.test', '@guest:guest.test'])
    await world.wait(home.api.inviteUser({ room_id, user_id }));
  await world.clock.advance(minute);
  const [declined] = (await guest.api.invites({ as: '@guest:guest.test' })).items;
  await world.wait(guest.api.declineInvite({ id: declined!.id }));
  await world.wait(home.api.revokeInvite({ room_id, user_id: '@bob:guest.test' }));
  await world.clock.advance(minute);
  const invited = async () => (await guest.api.invites({})).items.map(({ user_id }) => user_id);
  assert.deepEqual(await invited(), ['@ann:guest.test']);
  const lost = storedEvents(guest, room_id)
    .filter(({ event_type, subject }) =>
      subject === '@bob:guest.test' ? event_type === 'm.member.uninvite' : subject === '@ann:guest.test',
    )
    .map(({ event_id }) => event_id);
  assert.equal(lost.length, 2);
  await world.wait(guest.stop());
  punchHole(guest, lost);
  forgetInvites(guest, '@ann:guest.test', '@bob:guest.test');
  await guest.start();
  assert.deepEqual(await invited(), ['@bob:guest.test']);
  await world.clock.advance(hour);
  assert.deepEqual(await invited(), ['@ann:guest.test'], 'what its user declined stays declined');
});

const room = '!5:raw.test';

/** A node in a room of a hand-made home that answers with `digest`. */
async function atHome(t: Parameters<typeof Visitor.visit>[0], digest: (url: URL) => object | string) {
  const server = new StandIn();
  const visitor = await Visitor.visit(t, server, [room]);
  server.extensions = extensions;
  server.handlers.set('/queue', () => json({ events: [], next: 0, more: false }));
  server.handlers.set('/digest', (url) => json(digest(url)));
  const events = () => server.rooms.get(room) ?? [];
  server.handlers.set('/events', (url) => {
    const { searchParams } = url;
    if (searchParams.get('since') !== null) return json('{"events":[],"next":"e.1","more":false}');
    const page = events().filter(({ depth }) => depth > Number(searchParams.get('since_depth')));
    return json(
      `{"events":[${page
        .slice(0, Number(searchParams.get('limit')))
        .map(wireEvent)
        .join(',')}]}`,
    );
  });
  // Until its list of extensions has been read, and a little longer.
  await server.clock.advance(4 * hour);
  server.asked = [];
  return { server, visitor };
}

const readsByDepth = (server: StandIn): number =>
  server.asked.filter((asked) => asked.startsWith('GET /events') && !asked.includes('since=')).length;

test('an event that the home counts and never sent is read by depth', async (t) => {
  const { server, visitor } = await atHome(t, ({ searchParams }) => ({
    blocks: [
      {
        to: Number(searchParams.get('until_depth')),
        ...digestOf(
          placed(server.rooms.get(room) ?? []).filter(
            ({ depth }) =>
              depth > Number(searchParams.get('since_depth')) &&
              depth <= Number(searchParams.get('until_depth')),
          ),
        ),
      },
    ],
  }));
  server.write(room, 'forgotten');
  await server.clock.advance(5 * minute);
  assert.ok(!(await visitor.bodies(room)).includes('forgotten'), 'it may still be on its way');
  await server.clock.advance(30 * minute);
  assert.deepEqual(await visitor.bodies(room), ['forgotten']);
  const reads = readsByDepth(server);
  await server.clock.advance(hour);
  assert.equal(readsByDepth(server), reads, 'what is the same is not read again');
});

test('a gap is also filled if a wrong clock gave a signed event its depth', async (t) => {
  const { server, visitor } = await atHome(t, ({ searchParams }) => {
    const [since, until] = ['since_depth', 'until_depth'].map((name) => Number(searchParams.get(name)));
    const counted = placed(server.rooms.get(room) ?? []).filter(
      ({ depth }) => depth > Number(since) && depth <= Number(until),
    );
    return { blocks: [{ to: Number(until), ...digestOf(counted) }] };
  });
  const byDepth = server.handlers.get('/events');
  server.handlers.set('/events', (url, ...rest) => {
    if (url.searchParams.get('since') === null && url.searchParams.get('until_depth') === null)
      return json({ events: [] });
    return byDepth?.(url, ...rest) ?? json({ events: [] });
  });
  const followed = server.clock.now() + 3650 * 24 * hour;
  const event = server.peer.message(room, 'signed far ahead', {
    origin_ts: server.clock.now(),
    depth: followed,
  });
  server.rooms.get(room)?.push(parseEnvelope(wireEvent(event)));
  await server.clock.advance(hour);
  assert.deepEqual(await visitor.bodies(room), ['signed far ahead']);
});

test('a peer with false digests makes us read a few pages every ten minutes, and the same false digest one page a day', async (t) => {
  let n = 0;
  let isNew = true;
  const lie = ({ searchParams }: URL) => {
    const since = Number(searchParams.get('since_depth'));
    const digest = () => (isNew ? ++n : 1).toString(16).padStart(64, '0');
    return {
      blocks: Array.from({ length: 16 }, (_, at) => ({ to: since + at + 1, count: 256, digest: digest() })),
    };
  };
  const { server } = await atHome(t, lie);
  server.write(room, 'there');
  await server.clock.advance(2 * hour);
  const asked = server.count('GET /digest');
  assert.ok(asked > 5 && asked <= 12, `${asked} times in two hours`);
  assert.ok(readsByDepth(server) <= asked * 8, `${readsByDepth(server)} readings`);
  isNew = false;
  server.handlers.set('/digest', ({ searchParams }) =>
    json({ blocks: [{ to: Number(searchParams.get('until_depth')), count: 9, digest: 'ee'.repeat(32) }] }),
  );
  await server.clock.advance(hour);
  server.asked = [];
  await server.clock.advance(hour);
  assert.ok(server.count('GET /digest') > 2);
  assert.equal(readsByDepth(server), 0);
});

test('a peer that lists the call but gives another answer isn’t asked for a while', async (t) => {
  const { server, visitor } = await atHome(t, () => ({ blocks: [{ to: -5 }] }));
  await server.clock.advance(2 * hour);
  const asked = server.count('GET /digest');
  assert.ok(asked <= 12, `${asked} times in two hours`);
  assert.equal(readsByDepth(server), 0);
  assert.equal((await visitor.api.peer({ server_name: 'raw.test' })).state, 'ok');
});
