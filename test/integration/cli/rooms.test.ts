import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { withNode } from '../../support/nodes/command-line.ts';
import { room } from '../../support/parties/fake-api.ts';
import { tempDir } from '../../support/temp.ts';

const done = async () => ({ done: true as const });
const { room_id } = room;

test('rooms delete and delete-channel ask first, and delete nothing without a yes', async (t) => {
  const { cli, calls } = await withNode(t, { room: async () => room, deleteRoom: done, deleteChannel: done });
  const [channel] = room.channels;
  for (const command of [
    ['delete', room_id],
    ['delete-channel', room_id, channel?.name ?? ''],
  ]) {
    const refused = await cli('rooms', ...command);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /Nothing was deleted\..*--yes/);
    assert.equal((await cli('rooms', ...command, '--yes')).code, 0);
  }
  assert.deepEqual(
    calls.filter(({ name }) => name.startsWith('delete')).map(({ input }) => input),
    [{ room_id }, { room_id, channel_id: channel?.channel_id }],
  );
});

test('rooms hand-over can leave afterwards, and rename-channel takes the name of a channel', async (t) => {
  const { cli, calls } = await withNode(t, {
    room: async () => room,
    handRoomOver: async () => room,
    leaveRoom: async () => ({ ...room, membership: 'left' as const }),
    renameChannel: done,
  });
  const user_id = '@carla:a.test';
  assert.equal(
    (await cli('rooms', 'hand-over', room_id, user_id)).stdout,
    '@carla:a.test owns the room, too.\n',
  );
  const left = await cli('rooms', 'hand-over', room_id, user_id, '--leave', '--json');
  assert.equal(JSON.parse(left.stdout).membership, 'left');
  const [channel] = room.channels;
  await cli('rooms', 'rename-channel', room_id, channel?.name ?? '', 'garden');
  assert.deepEqual(
    calls.filter(({ name }) => name !== 'room').map(({ name, input }) => [name, input]),
    [
      ['handRoomOver', { room_id, user_id }],
      ['handRoomOver', { room_id, user_id }],
      ['leaveRoom', { room_id }],
      ['renameChannel', { room_id, channel_id: channel?.channel_id, name: 'garden' }],
    ],
  );
});

test('rooms hide removes a room from the list, and --undo shows it again', async (t) => {
  const { cli, calls } = await withNode(t, { hideRoom: done });
  await cli('rooms', 'hide', room_id);
  await cli('rooms', 'hide', room_id, '--undo', '--as', '@carla:a.test');
  assert.deepEqual(
    calls.map(({ input }) => input),
    [
      { room_id, hidden: true },
      { room_id, hidden: false, as: '@carla:a.test' },
    ],
  );
});

test('rooms remove and ban carry a reason, and moderator --undo takes the role back', async (t) => {
  const { cli, calls } = await withNode(t, {
    removeMember: done,
    banUser: done,
    unbanUser: done,
    setModerator: done,
    removals: async () => ({
      items: [
        {
          user_id: '@ben:b.test',
          display_name: 'Ben',
          banned: true,
          by: '@a:a.test',
          reason: 'spam',
          at: 0,
        },
      ],
      next: null,
    }),
  });
  const user_id = '@ben:b.test';
  await cli('rooms', 'remove', room_id, user_id, '--reason', 'noise');
  await cli('rooms', 'ban', room_id, user_id, '--reason', 'spam', '--as', '@carla:a.test');
  await cli('rooms', 'unban', room_id, user_id);
  await cli('rooms', 'moderator', room_id, user_id);
  await cli('rooms', 'moderator', room_id, user_id, '--undo');
  assert.match((await cli('rooms', 'removals', room_id)).stdout, /@ben:b\.test +banned +@a:a\.test .* spam/);
  assert.deepEqual(
    calls.filter(({ name }) => name !== 'removals').map(({ name, input }) => [name, input]),
    [
      ['removeMember', { room_id, user_id, reason: 'noise' }],
      ['banUser', { room_id, user_id, reason: 'spam', as: '@carla:a.test' }],
      ['unbanUser', { room_id, user_id }],
      ['setModerator', { room_id, user_id, moderator: true }],
      ['setModerator', { room_id, user_id, moderator: false }],
    ],
  );
});

test('rooms describe, rooms writing, rooms archive and pin change what they name, and nothing else', async (t) => {
  const about = { ...room, topic: 'Cake', description: 'On\nSunday', picture: 'ab'.repeat(32) };
  const [face, large] = ['face.png', 'large.png'].map((name) => join(tempDir(t), name)) as [string, string];
  writeFileSync(face, 'bytes');
  writeFileSync(large, Buffer.alloc(65_537));
  const { cli, calls } = await withNode(t, {
    describeRoom: async () => about,
    archiveRoom: async () => about,
    setWriting: async () => ({ ...about, writers: 'moderators' as const, slow_seconds: 60 }),
    pinMessage: async () => about,
  });
  const described = await cli('rooms', 'describe', room_id, '--topic', 'Cake');
  assert.match(described.stdout, /^topic +Cake\ndescription +On ⏎ Sunday\npicture +(?:ab){32}$/m);
  await cli('rooms', 'describe', room_id, '--description', '');
  await cli('rooms', 'describe', room_id, '--picture', face);
  await cli('rooms', 'describe', room_id, '--remove-picture');
  assert.match((await cli('rooms', 'describe', room_id, '--picture', large)).stderr, /64 KiB/);
  const written = await cli('rooms', 'writing', room_id, '--who', 'moderators', '--slow', '60');
  assert.match(written.stdout, /^who can write +only owners and moderators, one message in 60 seconds$/m);
  await cli('rooms', 'archive', room_id);
  await cli('rooms', 'archive', room_id, '--undo');
  await cli('pin', room_id, '$1:a.test');
  await cli('pin', room_id, '$1:a.test', '--undo');
  assert.deepEqual(
    calls.map(({ input }) => input),
    [
      { room_id, topic: 'Cake' },
      { room_id, description: '' },
      { room_id, picture: Buffer.from('bytes').toString('base64') },
      { room_id, picture: null },
      { room_id, writers: 'moderators', slow_seconds: 60 },
      { room_id, archived: true },
      { room_id, archived: false },
      { room_id, event_id: '$1:a.test', pinned: true },
      { room_id, event_id: '$1:a.test', pinned: false },
    ],
  );
});
