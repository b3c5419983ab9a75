import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  askAgainMs,
  awayAfterMs,
  judgeRoom,
  type MemberServer,
  mayWrite,
  type RoomClaim,
  type SignedByUs,
} from '../../../../main/recovery/judge.ts';

const roomId = '!1:a.test';
const info: SignedByUs = {
  roomId,
  sender: '@ann:a.test',
  originTs: 5,
  meaning: {
    kind: 'room',
    name: 'Lobby',
    joinRule: 'peers',
    topic: '',
    description: '',
    picture: null,
    pinned: [],
    archived: false,
    writers: 'everybody',
    slowSeconds: 0,
    channels: [],
    direct: null,
  },
};
const said: SignedByUs = { ...info, originTs: 7, meaning: { kind: 'other' } };
const judge = (claim: Partial<RoomClaim>) =>
  judgeRoom(
    { roomId, isKnown: false, isOurs: true, home: 'a.test', isHomeAllowed: false, signed: [], ...claim },
    '@_home:a.test',
  );

test('a room of ours is proven by an event that only a home writes, about the same room', () => {
  assert.deepEqual(judge({ signed: [said, info] }), {
    kind: 'home',
    name: 'Lobby',
    joinRule: 'peers',
    createdAt: 5,
  });
  assert.deepEqual(judge({ signed: [said] }), { kind: 'lost' });
  assert.deepEqual(judge({ signed: [{ ...info, roomId: '!2:a.test' }] }), { kind: 'lost' });
  assert.deepEqual(judge({}), { kind: 'lost' });
});

test('a room elsewhere is proven by any event that our user wrote in it, if its home is a peer', () => {
  const there = { isOurs: false, home: 'b.test', isHomeAllowed: true } as const;
  assert.deepEqual(judge({ ...there, signed: [said] }), {
    kind: 'member',
    home: 'b.test',
    users: ['@ann:a.test'],
    createdAt: 7,
  });
  assert.deepEqual(judge({ ...there, isHomeAllowed: false, signed: [said] }), { kind: 'elsewhere' });
  assert.deepEqual(judge({ ...there, signed: [] }), { kind: 'elsewhere' });
  assert.deepEqual(judge({ ...there, signed: [{ ...said, roomId: '!2:b.test' }] }), { kind: 'elsewhere' });
  assert.deepEqual(judge({ ...there, signed: [{ ...said, sender: '@_home:a.test' }] }), {
    kind: 'elsewhere',
  });
});

test('a room that is known is left as it is', () => {
  assert.deepEqual(judge({ isKnown: true, signed: [info] }), { kind: 'known' });
});

const now = 1_000_000;
const server = (name: string, more: Partial<MemberServer> = {}): MemberServer => ({
  name,
  isAskable: true,
  isRead: false,
  unreachedSince: null,
  ...more,
});
const may = (servers: MemberServer[], more: Partial<{ home: string; holdUntil: number }> = {}) =>
  mayWrite({ home: 'home.test', servers, holdUntil: now + 1, now, ...more });

test('a room is written to once its home and all members within reach have been read', () => {
  const read = { isRead: true };
  assert.equal(may([server('home.test'), server('b.test', read)]), false);
  assert.equal(may([server('home.test', read), server('b.test')]), false);
  assert.equal(may([server('home.test', read), server('b.test', read)]), true);
  assert.equal(may([]), true, 'nobody else is in it');
});

test('a member that is away is not waited for; a home is, and so is a member that just failed', () => {
  const away = { unreachedSince: now - awayAfterMs };
  const home = server('home.test', { isRead: true });
  assert.equal(may([home, server('b.test', away)]), true);
  assert.equal(may([home, server('b.test', { unreachedSince: now - awayAfterMs + 1 })]), false);
  assert.equal(may([home, server('b.test', { isAskable: false })]), true);
  assert.equal(may([server('home.test', away)]), false);
  assert.equal(may([server('home.test', { isAskable: false })]), false);
});

test('after a while the room can be written to, no matter who has not answered', () => {
  assert.equal(may([server('home.test'), server('b.test')], { holdUntil: now }), true);
});

test('a peer that does not answer is asked less and less often, and never given up', () => {
  assert.deepEqual([1, 2, 3, 20].map(askAgainMs), [15_000, 30_000, 60_000, 3_600_000]);
});
