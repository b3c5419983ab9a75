import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DrillView, RecoveryView } from '../../../shared/api/views/recovery-views.ts';
import { withNode } from '../../support/nodes/command-line.ts';

const at = 1_700_000_000_000;
const nothing: RecoveryView = {
  state: 'none',
  why: null,
  began_at: null,
  answered: [],
  unanswered: [],
  unfinished: false,
  messages: {},
  held_rooms: 0,
  held_until: null,
  recovered: { events: 0, rooms: 0, users: 0, keys: 0 },
  elsewhere: 0,
  lost: 0,
  items: [],
  unconfirmed: [],
};
const found: RecoveryView = {
  ...nothing,
  state: 'running',
  why: 'restored',
  began_at: at,
  held_rooms: 2,
  held_until: at + 600_000,
  answered: ['b.example'],
  unanswered: ['c.example'],
  recovered: { events: 5, rooms: 1, users: 0, keys: 1 },
  elsewhere: 1,
  lost: 0,
  items: [
    {
      kind: 'room',
      id: '!7:c.example',
      name: '!7:c.example',
      outcome: 'elsewhere',
      told_by: 'c.example',
      text: 'x',
    },
    {
      kind: 'room',
      id: '!5:a.example',
      name: 'Lobby',
      outcome: 'recovered',
      told_by: 'b.example',
      text: 'x',
    },
  ],
  unconfirmed: [{ server_name: 'b.example', mode: 'allow' }],
};

test('recovery says what came back, what is known elsewhere, what is lost, and whom to confirm', async (t) => {
  const { cli, calls } = await withNode(t, { recovery: async () => found, startRecovery: async () => found });
  const { code, stdout, stderr } = await cli('recovery');
  assert.equal(code, 0, stderr);
  for (const part of [
    '(a backup was restored)',
    '2 rooms are still being read.',
    '5 events, 1 room, 0 users, 1 key',
    '1 room that a peer knows your users from. To get it back, join it again.',
    'Not asked yet',
    'Lobby !5:a.example',
    'known elsewhere',
    'recovery confirm',
    'allowed',
  ])
    assert.ok(stdout.includes(part), `${part} isn’t in\n${stdout}`);
  await cli('recovery', 'start');
  assert.deepEqual(
    calls.map(({ name }) => name),
    ['recovery', 'startRecovery'],
  );
});

test('recovery confirm confirms all peers, or those that are named', async (t) => {
  const { cli, calls } = await withNode(t, { confirmTrust: async () => nothing });
  const { stdout } = await cli('recovery', 'confirm');
  assert.match(stdout, /As far as your server knows, it has lost nothing/);
  await cli('recovery', 'confirm', 'b.example', 'c.example');
  assert.deepEqual(
    calls.map(({ input }) => input),
    [{}, { server_names: ['b.example', 'c.example'] }],
  );
});

const drill: DrillView = {
  folder: '/data/backups/one',
  created_at: at,
  problems: [],
  events: 12,
  missing: {
    events: 3,
    events_only_here: 1,
    rooms: ['Lobby'],
    users: [],
    decisions: ['c.example'],
    keys: 1,
    files: 2,
  },
};

test('drill says what a restore would lack, and fails if the backup can’t be used', async (t) => {
  const answers = [drill, { ...drill, missing: null, problems: ['The database can’t be opened.'] }];
  const { cli } = await withNode(t, { drill: async () => answers.shift() ?? drill });
  const good = await cli('drill');
  assert.equal(good.code, 0, good.stderr);
  for (const part of [
    '/data/backups/one',
    'Its 12 events are intact.',
    '3 events. 1 of them is on no other server.',
    'Lobby',
    'c.example',
    '1 key.',
    '2 files of messages.',
  ])
    assert.ok(good.stdout.includes(part), `${part} isn’t in\n${good.stdout}`);
  const bad = await cli('drill');
  assert.equal(bad.code, 6);
  assert.match(bad.stdout, /The database can’t be opened\./);
});
