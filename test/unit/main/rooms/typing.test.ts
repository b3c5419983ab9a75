import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Room } from '../../../../main/events/projection/room-registry.ts';
import { Typing } from '../../../../main/rooms/typing.ts';
import type { PeerRow } from '../../../../main/store/tables/peer-store.ts';
import { limits } from '../../../../shared/protocol/limits.ts';
import type { ClosedBy } from '../../../../shared/protocol/room-state.ts';
import { parseTyping, writeTyping } from '../../../../shared/protocol/typing.ts';

const { everyMs, serversMax, usersMax } = limits.typing;
const room_id = '!1:a.test';

function world(servers: readonly string[] = ['a.test', 'b.test']) {
  let now = 1_000_000;
  let paused = false;
  const asleep = new Set<string>();
  const others = new Set<string>();
  const banned = new Set<string>();
  const closed = new Map<string, ClosedBy>();
  const calls: { server: string; body: string; end: () => void }[] = [];
  const told: (readonly string[])[] = [];
  const room = { servers: new Set(servers), row: {} } as unknown as Room;
  const typing = new Typing({
    store: {
      rooms: {
        member: (_: string, user: string) => ({
          state: user.startsWith('@left') ? 'left' : 'joined',
          server: user.slice(user.indexOf(':') + 1),
        }),
      },
    } as unknown as ConstructorParameters<typeof Typing>[0]['store'],
    actors: {
      local: (as) => as ?? '@a:a.test',
      writableRoom: () => room,
      isMember: (_, user) => !banned.has(user),
    },
    registry: {
      get: (id) => (id === room_id ? room : undefined),
      closedNow: (_, user) => closed.get(user) ?? null,
    },
    directory: {
      get: (server) => ({ server_name: server, endpoint: `https://${server}` }) as PeerRow,
      isAllowed: () => true,
      isUs: (server) => server === 'a.test',
      answers: (server) => !others.has(server),
    },
    contacts: { isAwake: (server) => !asleep.has(server) },
    client: {
      call: async ({ server = '' }, { path, body = '' }) => {
        assert.equal(path, '/typing');
        await new Promise<void>((end) => calls.push({ server, body, end }));
        return { kind: 'aborted' } as never;
      },
    },
    settings: { get: () => ({ paused }) as never },
    clock: { now: () => now, after: () => () => {} },
    tell: (fact) => {
      if (fact.fact === 'typing') told.push(fact.users);
    },
  });
  return {
    typing,
    room,
    calls,
    told,
    asleep,
    others,
    banned,
    closed,
    pass: (ms: number) => {
      now += ms;
    },
    pause: () => {
      paused = true;
    },
    bodies: () => calls.map(({ body }) => parseTyping(body).user_ids),
  };
}
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test('one room is reported once in a while, with all who are writing there', async () => {
  const { typing, calls, told, bodies, pass } = world();
  typing.writes(room_id, '@a:a.test');
  typing.writes(room_id, '@b:a.test');
  typing.writes(room_id, '@a:a.test');
  assert.deepEqual([bodies(), told], [[['@a:a.test']], [['@a:a.test']]]);
  calls[0]?.end();
  await settled();
  pass(everyMs);
  typing.writes(room_id, '@a:a.test');
  assert.deepEqual(bodies()[1], ['@a:a.test', '@b:a.test']);
  calls[1]?.end();
  await settled();
  pass(2 * everyMs);
  typing.writes(room_id, '@a:a.test');
  assert.deepEqual(bodies()[2], ['@a:a.test'], 'the other one has stopped');
});

test('somebody who was banned is not reported any more', async () => {
  const { typing, calls, told, bodies, banned, pass } = world();
  typing.writes(room_id, '@a:a.test');
  typing.writes(room_id, '@b:a.test');
  calls[0]?.end();
  await settled();
  banned.add('@b:a.test');
  pass(everyMs);
  typing.writes(room_id, '@a:a.test');
  assert.deepEqual([bodies()[1], told[1]], [['@a:a.test'], ['@a:a.test']]);
});

test('only servers that know the call and are awake get it, and no server while the node is paused', () => {
  const { typing, calls, told, asleep, others, pass, pause } = world([
    'a.test',
    'b.test',
    'c.test',
    'd.test',
  ]);
  asleep.add('c.test');
  others.add('d.test');
  typing.writes(room_id, undefined);
  assert.equal(calls.length, 1);
  pass(everyMs);
  pause();
  typing.writes(room_id, undefined);
  assert.equal(calls.length, 1);
  assert.equal(told.length, 2, 'people here see it all the same');
});

test('a server that has not answered gets no second call', async () => {
  const { typing, calls, pass } = world();
  typing.writes(room_id, undefined);
  pass(everyMs);
  typing.writes(room_id, undefined);
  assert.equal(calls.length, 1);
  calls[0]?.end();
  await settled();
  pass(everyMs);
  typing.writes(room_id, undefined);
  assert.equal(calls.length, 2);
});

test('a room with many servers is reported to people here only', () => {
  const names = Array.from({ length: serversMax }, (_, nr) => `s${nr}.test`);
  const most = world(['a.test', ...names]);
  most.typing.writes(room_id, undefined);
  assert.equal(most.calls.length, serversMax);
  const more = world(['a.test', ...names, 'one-more.test']);
  more.typing.writes(room_id, undefined);
  assert.deepEqual([more.calls.length, more.told.length], [0, 1]);
});

test('a peer reports users of its own who are in the room, and a flood of reports is passed on rarely', () => {
  const { typing, told, pass } = world();
  const users = ['@b:b.test', '@a:a.test', '@left:b.test', '@c:c.test', '@b:b.test'];
  const body = writeTyping({ room_id, user_ids: users });
  for (let nr = 0; nr < 100; nr++) typing.take('b.test', body);
  assert.deepEqual(told, [['@b:b.test']]);
  pass(everyMs);
  typing.take('b.test', body);
  assert.equal(told.length, 2);
});

test('nobody is shown as writing who may not write', () => {
  const { typing, closed, told } = world();
  closed.set('@b:b.test', 'only_moderators');
  typing.take('b.test', writeTyping({ room_id, user_ids: ['@b:b.test', '@c:b.test'] }));
  assert.deepEqual(told, [['@c:b.test']]);
});

test('a peer without a member in the room reports nothing', () => {
  const { typing, told } = world();
  const refused = { code: 'FORBIDDEN' };
  const own = writeTyping({ room_id, user_ids: ['@c:c.test'] });
  assert.throws(() => typing.take('c.test', own), refused);
  const elsewhere = writeTyping({ room_id: '!2:a.test', user_ids: ['@b:b.test'] });
  assert.throws(() => typing.take('b.test', elsewhere), refused);
  assert.deepEqual(told, []);
});

test('a report that isn’t a list, or is a long one, is refused', () => {
  const { typing } = world();
  const many = Array.from({ length: usersMax + 1 }, (_, nr) => `@u${nr}:b.test`);
  for (const body of [
    '',
    '[]',
    '{}',
    writeTyping({ room_id, user_ids: many }),
    `{"room_id":"${room_id}","user_ids":[1]}`,
  ])
    assert.throws(() => typing.take('b.test', body), { code: 'BAD_REQUEST' }, body);
});
