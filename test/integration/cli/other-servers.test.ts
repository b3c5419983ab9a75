import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RoomView } from '../../../shared/api/views/room-views.ts';
import { page, withNode } from '../../support/nodes/command-line.ts';
import { room } from '../../support/parties/fake-api.ts';
import { message } from '../../support/timeline-item.ts';

const guild: RoomView = {
  ...room,
  home: 'guild.test',
  homed_here: false,
  home_kind: 'other',
  one_way: true,
  other_servers: ['guild.test'],
};

test('joining a room whose home doesn’t show messages to its users says so', async (t) => {
  const { cli } = await withNode(t, { joinRoom: async () => guild, room: async () => room });
  const { stdout } = await cli('rooms', 'join', '!100:guild.test');
  assert.match(
    stdout,
    /guild\.test does not run Paracord Node\..* does not show them what you write\. To talk with them, create a room/,
  );
  assert.doesNotMatch((await cli('rooms', 'show', '!100:home.example')).stdout, /does not show/);
});

test('a message that is too long for users of another server is sent with a warning', async (t) => {
  const posted = { event_id: '$1:a', message_id: '1' };
  const { cli, calls } = await withNode(t, {
    room: async () => guild,
    postMessage: async () => posted,
    editMessage: async () => posted,
  });
  const note = /2,001 bytes\. guild\.test may refuse messages longer than 2,000 bytes\./;
  assert.match((await cli('send', '!100:guild.test', 'x'.repeat(2001))).stdout, note);
  assert.match((await cli('edit', '!100:guild.test', '$1:a', 'x'.repeat(2001))).stdout, note);
  assert.equal((await cli('send', '!100:guild.test', 'x'.repeat(2000))).stdout, 'Sent $1:a.\n');
  assert.deepEqual(
    calls.map(({ name }) => name),
    ['room', 'postMessage', 'room', 'editMessage', 'postMessage'],
  );
});

test('the timeline names files and people, and says what the home doesn’t show', async (t) => {
  const item = {
    ...message(1),
    body: 'hi <@7>',
    mentions: [{ id: '7', user_id: '@bo:a.test' }],
    files: [
      { name: 'a.txt', size: 1 },
      { name: '', size: null },
    ],
    files_signed: false,
    delivery: {
      total: 1,
      delivered: 1,
      destinations: [
        {
          ...{ server_name: 'guild.test', state: 'delivered' as const, via: null, reason: null },
          ...{ next_attempt_at: null, at: 1 },
        },
      ],
      not_shown_at: 'guild.test',
    },
  };
  const { cli } = await withNode(t, { timeline: async () => page(item) });
  const { stdout } = await cli('timeline', '!1:a');
  assert.match(stdout, /@b:b\.test {2}hi @bo:a\.test\n/);
  assert.match(stdout, /2 files on b\.test \(names not signed\): a\.txt, unnamed file/);
  assert.match(stdout, /Accepted by guild\.test, which doesn’t show it to its users\n/);
  assert.doesNotMatch(stdout, /delivered/);
});
