import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  concernsRooms,
  RoomReading,
  type Spot,
} from '../../../../../renderer/screens/rooms/list/room-reading.ts';
import type { RoomView, TimelineItem } from '../../../../../shared/api/views/room-views.ts';

const me = '@me:a.test';
const wrote = (room_id: string) => ({ topic: 'timeline', room_id, event_id: '$1:a.test' }) as const;

/** A node with ten rooms; what was read of it. */
function opened() {
  let version = 1;
  const unreadable = new Set<string>();
  const asked: string[] = [];
  let at: Spot | null = null;
  const room = (room_id: string) => ({ room_id, unread: version }) as unknown as RoomView;
  const ids = Array.from({ length: 10 }, (_, n) => `!${n}:a.test`);
  const reading = new RoomReading(
    {
      async rooms({ as }) {
        asked.push(`all as ${as}`);
        return { items: ids.filter((id) => !unreadable.has(id)).map(room), next: null };
      },
      async room({ room_id }) {
        asked.push(room_id);
        if (unreadable.has(room_id)) throw new Error('not yours');
        return room(room_id);
      },
    },
    me,
    () => at,
    () => asked.push('again'),
  );
  const read = async () => {
    asked.length = 0;
    version++;
    const rooms = await reading.read();
    return { asked: [...asked], fresh: rooms.flatMap((each, at) => (each.unread === version ? [at] : [])) };
  };
  const look = (where: Spot) => {
    at = where;
  };
  return { reading, read, asked, unreadable, ids, look };
}

test('somebody writes or reads all the time, and others reading change nothing', () => {
  assert.equal(concernsRooms(wrote('!1:a.test'), me, null), 'often');
  const read = { topic: 'read', room_id: '!1:a.test' } as const;
  assert.equal(concernsRooms({ ...read, user_id: me }, me, null), 'often');
  assert.equal(concernsRooms({ ...read, user_id: '@other:a.test' }, me, null), false);
  assert.equal(concernsRooms({ topic: 'members', room_id: '!1:a.test' }, me, null), true);
  assert.equal(concernsRooms({ topic: 'keys' }, me, null), false);
});

test('only the rooms in which somebody wrote are read again, or all once one of them isn’t listed', async () => {
  const { reading, read } = opened();
  assert.deepEqual((await read()).asked, [`all as ${me}`]);
  for (const room of ['!3:a.test', '!7:a.test', '!3:a.test']) reading.concerns(wrote(room));
  assert.deepEqual(await read(), { asked: ['!3:a.test', '!7:a.test'], fresh: [3, 7] });
  // It may be a direct chat that was hidden, which a message brings back.
  reading.concerns(wrote('!elsewhere:a.test'));
  assert.deepEqual((await read()).asked, [`all as ${me}`]);
});

test('many changed rooms, and any other change, are one answer about all', async () => {
  const { reading, read, ids } = opened();
  await read();
  for (const room of ids.slice(0, 6)) reading.concerns(wrote(room));
  assert.equal((await read()).fresh.length, 10);
  for (const news of [{ topic: 'room', room_id: '!1:a.test' }, { topic: 'resync' }] as const) {
    reading.concerns(news);
    reading.concerns(wrote('!1:a.test'));
    assert.deepEqual((await read()).asked, [`all as ${me}`], news.topic);
  }
});

test('a room that can’t be read any more is gone from the list', async () => {
  const { reading, read, unreadable } = opened();
  await read();
  unreadable.add('!3:a.test');
  reading.concerns(wrote('!3:a.test'));
  assert.equal((await read()).fresh.length, 9);
});

test('a change during a reading is read the next time', async () => {
  const { reading, read, asked } = opened();
  await read();
  reading.concerns(wrote('!1:a.test'));
  const first = read();
  reading.concerns(wrote('!2:a.test'));
  reading.concerns({ topic: 'members', room_id: '!2:a.test' });
  await first;
  assert.deepEqual(asked, ['!1:a.test']);
  assert.deepEqual((await read()).asked, [`all as ${me}`]);
});

const arrived = (about: object = {}) => {
  const item = { event_id: '$1:a.test', sender: '@ben:a.test', channel_id: '1', ...about };
  return { ...wrote('!1:a.test'), item: item as TimelineItem };
};
const room = { room_id: '!1:a.test', unread: 99 } as RoomView;
const read = { topic: 'read', room_id: room.room_id, user_id: me } as const;
const now = { room, total: { unread: 99, mentions: 0 } };

test('a message that arrives where the user looks waits until it is marked as read', () => {
  const at = { roomId: '!1:a.test', channelId: '1' };
  assert.equal(concernsRooms(arrived(), me, at), 'told');
  assert.equal(concernsRooms(arrived(), me, { ...at, channelId: undefined }), 'told');
  assert.equal(concernsRooms(wrote('!1:a.test'), me, at), 'often');
  assert.equal(concernsRooms(arrived(), me, null), 'often');
  assert.equal(concernsRooms(arrived(), me, { ...at, roomId: '!2:a.test' }), 'often');
  assert.equal(concernsRooms(arrived({ channel_id: '2' }), me, at), 'often');
  assert.equal(concernsRooms(arrived({ sender: me }), me, at), 'often', 'nobody marks their own');
  assert.equal(concernsRooms(arrived({ event_id: '$0:a.test' }), me, at), 'often', 'an edit isn’t marked');
});

test('a room is shown as its change brings it, without a request', async (t) => {
  t.mock.timers.enable();
  const { reading, asked, look } = opened();
  await reading.read();
  asked.length = 0;
  look({ roomId: '!1:a.test', channelId: '1' });
  assert.equal(reading.concerns(arrived()), false);
  assert.equal(reading.concerns({ ...read, now }), true);
  const rooms = await reading.read();
  assert.deepEqual(asked, []);
  assert.equal(rooms.find(({ room_id }) => room_id === room.room_id)?.unread, 99);
  assert.equal(reading.concerns({ ...read, user_id: '@ben:a.test', now }), false);
  t.mock.timers.tick(60_000);
  assert.deepEqual(asked, []);
});

test('a room whose new message nobody could mark as read is read again', async (t) => {
  t.mock.timers.enable();
  const { reading, read, asked, look } = opened();
  await read();
  asked.length = 0;
  look({ roomId: '!1:a.test', channelId: '1' });
  reading.concerns(arrived());
  t.mock.timers.tick(1_000);
  assert.deepEqual((await read()).asked, [], 'it may still be told');
  t.mock.timers.tick(60_000);
  assert.deepEqual(asked, ['again']);
  assert.deepEqual(await read(), { asked: ['!1:a.test'], fresh: [1] });
});

test('a room that is read while the list is on its way is read again', async () => {
  const { reading, asked } = opened();
  await reading.read();
  reading.concerns(wrote('!2:a.test'));
  const first = reading.read();
  assert.equal(reading.concerns({ ...read, now }), 'often');
  await first;
  asked.length = 0;
  await reading.read();
  assert.deepEqual(asked, ['!1:a.test']);
});
