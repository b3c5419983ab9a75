import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withNode } from '../../support/nodes/command-line.ts';
import { room } from '../../support/parties/fake-api.ts';

const here = { ...room, homed_here: true };
const kept = { days: 90, megabytes: null, dropped_to: Date.UTC(2026, 8, 2) };

test('rooms retention says how much of a room is kept, and up to when messages are gone', async (t) => {
  const { cli } = await withNode(t, { room: async () => room });
  assert.equal(
    (await cli('rooms', 'retention', room.room_id)).stdout,
    'Your server keeps all messages of Kitchen.\n',
  );
  const limited = await withNode(t, { room: async () => ({ ...room, retention: kept }) });
  assert.equal(
    (await limited.cli('rooms', 'retention', room.room_id)).stdout,
    'Your server keeps the messages of Kitchen of the last 90 days.\nMessages from before Sep 2, 2026, 12:00 AM are no longer on your server.\n',
  );
});

test('rooms retention says what a limit means before it asks, and changes nothing without a yes', async (t) => {
  const { cli, calls } = await withNode(t, {
    room: async () => here,
    limitRoom: async () => ({ ...here, retention: kept }),
  });
  const refused = await cli('rooms', 'retention', room.room_id, '--days', '90');
  assert.equal(refused.code, 2);
  assert.match(refused.stdout, /removed from your server for good\..*\n.*people who join later.*can’t get/);
  assert.match(refused.stderr, /Nothing was changed\..*--yes/);
  assert.deepEqual(
    calls.map(({ name }) => name),
    ['room'],
  );
  assert.equal((await cli('rooms', 'retention', room.room_id, '--days', '90', '--yes')).code, 0);
  assert.equal(
    (await cli('rooms', 'retention', room.room_id, '--off')).code,
    0,
    'drops nothing, so asks nothing',
  );
  assert.deepEqual(
    calls.filter(({ name }) => name === 'limitRoom').map(({ input }) => input),
    [
      { room_id: room.room_id, days: 90, megabytes: null },
      { room_id: room.room_id, days: null, megabytes: null },
    ],
  );
});
