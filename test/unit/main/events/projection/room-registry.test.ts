import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAccessOf } from '../../../../../main/events/projection/read-access.ts';
import type { Room } from '../../../../../main/events/projection/room-permissions.ts';
import { RoomRegistry, refusedKey } from '../../../../../main/events/projection/room-registry.ts';
import type { UserFact } from '../../../../../main/store/tables/rooms/member-fact-store.ts';
import type { RoomRow } from '../../../../../main/store/tables/rooms/room-store.ts';
import type { PeerDirectory } from '../../../../../main/trust/peer-directory.ts';
import type { UnsignedEvent } from '../../../../../shared/protocol/events/envelope.ts';
import type { Meaning } from '../../../../../shared/protocol/events/event-content.ts';
import {
  type CountedFact,
  comparePositions,
  orderEnd,
  type Position,
} from '../../../../../shared/protocol/room-state.ts';

const [roomId, home] = ['!1:home.test', 'home.test'];
const user = '@a:a.test';
const row = { room_id: roomId, home } as RoomRow;
const fact = (depth: number, change: CountedFact['change']): CountedFact => ({
  depth,
  eventId: `$${depth}:a.test`,
  change,
  role: 'member',
  originTs: depth * 10,
});
const at = (depth: number, eventId = '$m:a.test') => ({ depth, eventId });

/** A registry over tables with one room, and what it asks them. */
function opened({
  facts = [],
  refused,
}: {
  readonly facts?: readonly CountedFact[];
  readonly refused?: string;
} = {}) {
  const asked: string[] = [];
  let rollback = () => {};
  const directory = {
    namesLearnt: 0,
    serverOf: (domain: string) => `${domain} itself`,
    isUs: (server: string) => server === 'a.test itself',
  };
  const sorted = [...facts].sort(comparePositions);
  const matching = (who: string, change?: string) =>
    sorted.filter((each) => who === user && (change === undefined || each.change === change));
  const store = {
    rooms: {
      room: (id: string) => {
        asked.push(`room ${id}`);
        return id === roomId ? row : undefined;
      },
      joinedByServer: () => new Map([['a.test', 2]]),
    },
    events: { highestDepth: () => 7 },
    memberFacts: {
      last: (_: string, who: string, limit: number) => {
        asked.push(`last ${who}`);
        return matching(who).reverse().slice(0, limit);
      },
      before: (_: string, who: string, place: Position, change?: string) => {
        asked.push(`before ${who} ${place === orderEnd ? 'end' : place.depth} ${change}`);
        return matching(who, change).findLast((each) => comparePositions(each, place) < 0) ?? null;
      },
      after: (_: string, who: string, place: Position, change?: string) =>
        matching(who, change).find((each) => comparePositions(each, place) > 0) ?? null,
    },
    meta: { get: (key: string) => (key === refusedKey(roomId) ? refused : undefined) },
    onRollback: (then: () => void) => {
      rollback = then;
    },
  };
  const registry = new RoomRegistry(store as never, directory as unknown as PeerDirectory);
  return { registry, asked, directory, rollback: () => rollback() };
}
const roomIn = (registry: RoomRegistry): Room => registry.get(roomId) ?? assert.fail('no room');

test('a room is read once, and again after something was rolled back, forgotten, or a name was learned', () => {
  const { registry, asked, directory, rollback } = opened();
  const reads = () => {
    roomIn(registry);
    return asked.splice(0).length;
  };
  assert.deepEqual([reads(), reads()], [1, 0]);
  for (const change of [rollback, () => registry.forget(roomId), () => directory.namesLearnt++]) {
    change();
    assert.deepEqual([reads(), reads()], [1, 0]);
  }
  assert.equal(registry.get('!2:home.test'), undefined);
});

test('a room has its home and the servers with members, and stands behind the depth its home refused', () => {
  const { row: found, servers, joined, highestDepth } = roomIn(opened().registry);
  assert.deepEqual(
    { found, servers, joined, highestDepth },
    {
      found: row,
      servers: new Set([home, 'a.test']),
      joined: new Map([['a.test', 2]]),
      highestDepth: 7,
    },
  );
  assert.equal(roomIn(opened({ refused: '12' }).registry).highestDepth, 12);
  assert.equal(roomIn(opened({ refused: '3' }).registry).highestDepth, 7);
  assert.notEqual(refusedKey(roomId), refusedKey('!2:home.test'));
});

test('the last facts about a user are looked up once, and older ones each time', () => {
  const few = [fact(3, 'join'), fact(5, 'leave')];
  const many = Array.from({ length: 12 }, (_, n) => fact(n + 1, n % 2 === 0 ? 'join' : 'leave'));
  for (const facts of [few, many]) {
    const { registry, asked } = opened({ facts });
    const room = roomIn(registry);
    asked.length = 0;
    assert.deepEqual([registry.wasIn(room, user), registry.wasIn(room, user)], [true, true]);
    assert.equal(registry.isMemberAt(room, user, at(4)), facts === few);
    const reads = asked.splice(0);
    assert.deepEqual(
      reads,
      facts === few ? [`last ${user}`] : [`last ${user}`, `before ${user} 4 undefined`],
    );
  }
});

test('a home that names a user speaks for users of others; ours come and go by themselves, unless thrown out', () => {
  const meant = (facts: readonly CountedFact[], change: 'join' | 'leave', depth: number, subject = user) => {
    const { registry } = opened({ facts });
    const meaning: Meaning = { kind: 'membership', change, subject, role: 'member' };
    const event = {
      room_id: roomId,
      origin_server: home,
      state_key: null,
      depth,
      event_id: '$m:home.test',
      content: new Map([['membership_user_id', subject]]),
    };
    const read = registry.meaningIn(roomIn(registry), event as unknown as UnsignedEvent, meaning);
    return read.kind === 'membership' ? read.change : read.kind;
  };
  assert.deepEqual(
    [meant([], 'join', 5, '@b:b.test'), meant([], 'leave', 5, '@b:b.test')],
    ['join', 'leave'],
  );
  const joined = [fact(3, 'join')];
  assert.deepEqual(
    [meant([], 'join', 5), meant(joined, 'join', 5), meant([fact(3, 'leave')], 'join', 5)],
    ['other', 'other', 'other'],
    'nobody of ours is let in by another server',
  );
  assert.deepEqual([meant(joined, 'leave', 5), meant([], 'leave', 5)], ['remove', 'other']);
  const left = [...joined, fact(4, 'leave')];
  assert.equal(meant(left, 'leave', 5), 'leave', 'the answer to a leave of ours');
  assert.equal(meant([...joined, fact(4, 'remove')], 'leave', 5), 'other');
  const back = [...left, fact(5, 'join')];
  assert.equal(meant(back, 'leave', 60_005), 'other', 'the same, by a clock that is ahead of ours');
  assert.equal(meant(back, 'leave', 60_006), 'remove');
  const answered = [...left, fact(5, 'leave'), fact(6, 'join')];
  assert.equal(meant(answered, 'leave', 7), 'remove', 'each leave of ours is answered once');
});

test('what a server may read is the union of what its users could, however often they came and went', () => {
  const told = (...facts: UserFact[]) => {
    const reading = readAccessOf(facts);
    return Array.from({ length: 12 }, (_, depth) => (reading?.includes(depth) ? depth : ''))
      .join(' ')
      .trim();
  };
  const [a, b] = ['@a:gone.test', '@b:gone.test'];
  const of = (user_id: string, depth: number, change: UserFact['change']) => ({ user_id, depth, change });
  const come = [of(a, 1, 'join'), of(a, 2, 'leave'), of(a, 4, 'join'), of(a, 5, 'join'), of(a, 6, 'remove')];
  assert.equal(told(...come).replaceAll(/ +/g, ' '), '1 2 4 5 6');
  assert.equal(told(...come, of(b, 6, 'join'), of(b, 8, 'leave')).replaceAll(/ +/g, ' '), '1 2 4 5 6 7 8');
  assert.equal(told(...come, of(b, 0, 'join'), of(b, 9, 'leave')).split(' ').length, 10);
  assert.equal(told(of(a, 9, 'join'), of(b, 3, 'leave')).replaceAll(/ +/g, ' '), '9 10 11');
  assert.equal(readAccessOf([of(a, 3, 'leave'), of(a, 5, 'remove')]), null);
  assert.equal(readAccessOf(come)?.rows, come.length);
});
