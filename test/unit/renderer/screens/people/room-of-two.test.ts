import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roomOfTwo } from '../../../../../renderer/screens/people/room-of-two.ts';

const mia = '@mia:anna.test';
const name = 'ben and mia';

/** The calls that `roomOfTwo` makes, answered by rooms in memory. */
function rooms() {
  const all: { room_id: string; name: string; members: string[]; invited: string[] }[] = [];
  const failing = { invites: false };
  const of = (id: string) => all.find(({ room_id }) => room_id === id)!;
  const page = <T>(items: readonly T[]) => Promise.resolve({ items, next: null });
  const users = (ids: readonly string[]) => page(ids.map((user_id) => ({ user_id })));
  const api = {
    rooms: () =>
      page(
        all.map(({ room_id, name, members }) => ({
          room_id,
          name,
          membership: 'joined',
          join_rule: 'invite',
          homed_here: true,
          member_count: members.length,
        })),
      ),
    members: ({ room_id }: { room_id: string }) => users(of(room_id).members),
    sentInvites: ({ room_id }: { room_id: string }) => users(of(room_id).invited),
    async createRoom(room: { name: string }) {
      const room_id = `!${all.length}:anna.test`;
      all.push({ room_id, name: room.name, members: ['@ben:anna.test'], invited: [] });
      return { room_id };
    },
    async inviteUser({ room_id, user_id }: { room_id: string; user_id: string }) {
      if (failing.invites) throw new Error('refused');
      of(room_id).invited.push(user_id);
    },
  };
  return { all, failing, open: () => roomOfTwo({ api: api as never }, mia, name) };
}

test('somebody who was invited is not invited again, and once in, the room of the two is found by its members', async () => {
  const { all, open } = rooms();
  const made = await open();
  assert.equal(await open(), made);
  assert.deepEqual(all[0]?.invited, [mia]);
  all[0]!.invited = [];
  all[0]!.members.push(mia);
  all[0]!.name = 'Renamed';
  assert.equal(await open(), made);
  assert.equal(all.length, 1);
});

test('after an invite that failed or was declined, the same room is used, and they are invited again', async () => {
  const { all, failing, open } = rooms();
  failing.invites = true;
  await assert.rejects(open());
  await assert.rejects(open(), 'nobody is alone in a room without an invite');
  failing.invites = false;
  await open();
  assert.deepEqual(all[0]?.invited, [mia]);
  all[0]!.invited = [];
  await open();
  assert.deepEqual(all[0]?.invited, [mia]);
  assert.equal(all.length, 1);
});

test('a room of two with somebody else is not taken', async () => {
  const { all, open } = rooms();
  all.push({
    room_id: '!other:anna.test',
    name,
    members: ['@ben:anna.test', '@otto:anna.test'],
    invited: [],
  });
  assert.notEqual(await open(), '!other:anna.test');
});
