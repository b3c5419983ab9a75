import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concernsRooms, RoomReading } from '../../../../../renderer/screens/rooms/list/room-reading.ts';
import type { RoomView } from '../../../../../shared/api/views/room-views.ts';

const me = '@me:a.test';
const wrote = (room_id: string) => ({ topic: 'timeline', room_id, event_id: '$1:a.test' }) as const;

/** A node with ten rooms; what was read of it. */
function opened() {
  let version = 1;
  const unreadable = new Set<string>();
  const asked: string[] = [];
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
  );
  const read = async () => {
    asked.length = 0;
    version++;
    const rooms = await reading.read();
    return { asked: [...asked], fresh: rooms.flatMap((each, at) => (each.unread === version ? [at] : [])) };
  };
  return { reading, read, asked, unreadable, ids };
}

test('somebody writes or reads all the time, and others reading change nothing', () => {
  assert.equal(concernsRooms(wrote('!1:a.test'), me), 'often');
  const read = { topic: 'read', room_id: '!1:a.test' } as const;
  assert.equal(concernsRooms({ ...read, user_id: me }, me), 'often');
  assert.equal(concernsRooms({ ...read, user_id: '@other:a.test' }, me), false);
  assert.equal(concernsRooms({ topic: 'members', room_id: '!1:a.test' }, me), true);
  assert.equal(concernsRooms({ topic: 'keys' }, me), false);
});

test('only the rooms in which somebody wrote are read again', async () => {
  const { reading, read } = opened();
  assert.deepEqual((await read()).asked, [`all as ${me}`]);
  for (const room of ['!3:a.test', '!7:a.test', '!3:a.test']) reading.concerns(wrote(room));
  assert.deepEqual(await read(), { asked: ['!3:a.test', '!7:a.test'], fresh: [3, 7] });
  // Not on the list: hidden, or not joined.
  reading.concerns(wrote('!elsewhere:a.test'));
  assert.deepEqual((await read()).asked, []);
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

test('what changes while it reads is read the next time', async () => {
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
