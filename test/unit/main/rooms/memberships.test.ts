import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fact } from '../../../../main/facts.ts';
import { Memberships } from '../../../../main/rooms/memberships.ts';
import type { Tx } from '../../../../main/store/writer.ts';

type Deps = ConstructorParameters<typeof Memberships>[0];

/** Rooms `!here` and `!there`, and an invite to the second; `done` records the calls. */
function world(join: () => Promise<void> = async () => {}, isChild = false) {
  const done: string[] = [];
  const told: Fact['fact'][] = [];
  const invite = { event_id: '$i', room_id: '!there:b.test', user_id: '@ann:a.test', home: 'b.test' };
  const status = { now: 'pending' };
  const note = (what: string) => async (roomId: string) => {
    await join();
    done.push(`${what} ${roomId}`);
  };
  const deps = {
    store: {
      consents: {
        isChild: () => isChild,
        isRestricted: () => false,
        unread: (_child: string, room: string) => void done.push(`unread ${room}`),
        isUnread: () => true,
      },
      rooms: {
        invite: (id: string) => (id === '$i' ? { ...invite, status: status.now } : undefined),
        answerInvites: (_room: string, _user: string, next: string) => {
          status.now = next;
        },
      },
      writer: { write: async (job: (tx: Tx) => void) => job({ afterCommit: (then) => then() }) },
    },
    keyring: { serverName: 'a.test' },
    directory: { serverOf: (domain: string) => domain, isOfOurKind: () => true },
    registry: { get: () => undefined },
    actors: { memberRoom: (id: string) => ({ row: { home: id.slice(id.indexOf(':') + 1) } }) },
    home: { join: note('home.join'), leave: note('home.leave') },
    remote: {
      join: note('remote.join'),
      leave: note('remote.leave'),
      nextReading: async (room: string) => void done.push(`read ${room}`),
    },
    readState: { hide: async () => {} },
    tell: ({ fact }: Fact) => void told.push(fact),
  } as unknown as Deps;
  return { memberships: new Memberships(deps), done, told, status };
}

test('a room homed here is joined and left here, any other at its home', async () => {
  const { memberships, done, told } = world();
  for (const room of ['!here:a.test', '!there:b.test']) {
    await memberships.join(room, '@ann:a.test', undefined);
    await memberships.leave(room, '@ann:a.test');
  }
  assert.deepEqual(done, [
    'home.join !here:a.test',
    'home.leave !here:a.test',
    'remote.join !there:b.test',
    'remote.leave !there:b.test',
  ]);
  assert.deepEqual(told, ['room-changed', 'room-changed']);
});

test('a room of another server stays closed to a child until its members are read, also beside somebody from home', async () => {
  const { memberships, done } = world(undefined, true);
  await memberships.join('!there:b.test', '@mia:a.test', undefined);
  assert.deepEqual(done, ['unread !there:b.test', 'remote.join !there:b.test', 'read !there:b.test']);
});

test('an invite is accepted only once its room is joined; then it cannot be answered again', async () => {
  const { memberships, told, status } = world();
  assert.equal((await memberships.accept('$i')).status, 'accepted');
  assert.deepEqual([status.now, told], ['accepted', ['room-changed', 'invite-answered']]);
  await assert.rejects(memberships.decline('$i'), /This invite has already been accepted/);
  await assert.rejects(memberships.accept('$other'), /There is no invite \$other/);
});

test('an invite to a room that cannot be joined stays open', async () => {
  const { memberships, told, status } = world(() => Promise.reject(new Error('b.test refuses')));
  await assert.rejects(memberships.accept('$i'), /b\.test refuses/);
  assert.deepEqual([status.now, told], ['pending', []]);
});
