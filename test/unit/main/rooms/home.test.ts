import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Descriptions } from '../../../../main/rooms/descriptions.ts';
import { RoomHome, type RoomHomeDeps } from '../../../../main/rooms/home.ts';
import { changeWork } from '../../../../main/trust/limits/peer-budgets.ts';
import type { UnsignedEvent } from '../../../../shared/protocol/events/envelope.ts';

const roomId = '!1:a.test';

/** A home whose commits a test finishes: each call of `commit` ends all that have begun. */
function home(joinRule: 'peers' | 'invite' = 'peers', hasUser = async () => true) {
  const members = new Set<string>();
  const written: string[] = [];
  const room = {
    row: {
      room_id: roomId,
      home: 'a.test',
      name: 'Kitchen',
      join_rule: joinRule,
      pinned: '[]',
      direct: null,
    },
    servers: new Set(['a.test', 'c.test', 'd.test']),
  };
  const charged: unknown[] = [];
  const paced: unknown[] = [];
  const ends: (() => void)[] = [];
  const write = async (event: UnsignedEvent): Promise<void> => {
    written.push(event.event_type);
    await new Promise<void>((end) => ends.push(end));
    if (event.event_type === 'm.member.join') members.add(String(event.state_key));
  };
  const deps = {
    actors: {
      local: () => '@ann:a.test',
      homedHere: () => room,
      moderates: () => true,
      requireOwner: () => room,
      isMember: (_: unknown, user: string) => members.has(user),
      voice: () => '@ann:a.test',
      signerFor: () => '@ann:a.test',
    },
    store: {
      consents: { isChild: () => false },
      rooms: {
        channels: () => [],
        member: (_: string, user: string) => (user === '@old:b.test' ? { state: 'left' } : undefined),
      },
      events: { lastInvite: () => null },
      files: { picture: () => null },
    },
    pace: {
      membership: (...args: unknown[]) => paced.push(['membership', ...args]),
      newUser: (...args: unknown[]) => paced.push(['newUser', ...args]),
    },
    budgets: { chargeWork: (...args: unknown[]) => charged.push(args) },
    directory: { serverOf: (server: string) => server, standing: () => 'allowed', isOfOurKind: () => true },
    peerListings: { hasUser },
    keyring: { serverName: 'a.test' },
    registry: {
      get: () => room,
      standing: () => null,
      serverOfUser: () => 'b.test',
      directOf: () => null,
      isFor: () => true,
    },
    composer: {
      write,
      stamp: (room_id: string, sender: string) => ({
        serverName: 'a.test',
        domain: 'a.test',
        sender,
        roomId: room_id,
        originTs: 1,
        depth: 1,
      }),
    },
  } as unknown as RoomHomeDeps & ConstructorParameters<typeof Descriptions>[0];
  /** Everything written by now gets to disk together. */
  const commit = async () => {
    await new Promise(setImmediate);
    for (const end of ends.splice(0)) end();
    await new Promise(setImmediate);
  };
  const home = new RoomHome(deps);
  const descriptions = new Descriptions({ ...deps, home });
  return { home, descriptions, written, commit, charged, paced };
}

test('users who ask to join while another join is written are admitted in one commit', async () => {
  const { home: rooms, written, commit } = home();
  const all = [rooms.join(roomId, '@u0:b.test')];
  await new Promise(setImmediate);
  for (let i = 1; i < 300; i++) all.push(rooms.join(roomId, `@u${i}:b.test`));
  await commit();
  await commit();
  await Promise.all(all);
  assert.equal(written.length, 300);
});

test('a user who asks twice at the same time is admitted once', async () => {
  const { home: rooms, written, commit } = home();
  const all = [rooms.join(roomId, '@u:b.test'), rooms.join(roomId, '@u:b.test')];
  await commit();
  await Promise.all(all);
  assert.deepEqual(written, ['m.member.join']);
});

test('a user who may not join doesn’t stop others who ask at the same time', async () => {
  const { home: rooms, commit } = home('invite');
  const refused = assert.rejects(rooms.join(roomId, '@u:b.test'), /invite/);
  const other = assert.rejects(rooms.join(roomId, '@v:b.test'), /invite/);
  await commit();
  await Promise.all([refused, other]);
});

test('a change of the room that was asked for first is decided before the joins after it', async () => {
  const { home: rooms, descriptions, written, commit } = home();
  const changed = descriptions.change(roomId, { name: 'Cellar' }, undefined);
  const joined = rooms.join(roomId, '@u:b.test');
  await new Promise(setImmediate);
  assert.deepEqual(written, ['m.room.info']);
  await commit();
  await commit();
  await Promise.all([changed, joined]);
  assert.deepEqual(written, ['m.room.info', 'm.member.join']);
});

test('a user who joins while their server is asked whether it has them gets no invite', async () => {
  const asked = Promise.withResolvers<boolean>();
  const { home: rooms, written, commit } = home('peers', () => asked.promise);
  const invited = assert.rejects(rooms.invite(roomId, '@u:b.test', undefined), /already in the room/);
  const joined = rooms.join(roomId, '@u:b.test');
  await new Promise(setImmediate);
  // The join is under way, and not stored yet.
  asked.resolve(true);
  await commit();
  await Promise.all([invited, joined]);
  assert.deepEqual(written, ['m.member.join']);
});

test('a join costs its server as much as the events that it makes the home send, at once', () => {
  const { home: rooms, charged, paced } = home();
  const join = (user_id: string) =>
    void rooms.answerJoin('b.test', { origin_server: 'b.test', room_id: roomId, user_id });
  join('@new:b.test');
  join('@old:b.test');
  assert.deepEqual(charged, Array(2).fill(['b.test', changeWork + 3]));
  assert.deepEqual(paced, [
    ['membership', 'b.test', roomId, '@new:b.test'],
    ['newUser', 'b.test', roomId],
    ['membership', 'b.test', roomId, '@old:b.test'],
  ]);
});
