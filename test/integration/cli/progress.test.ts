import assert from 'node:assert/strict';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { WorkView } from '../../../shared/api/views/node-views.ts';
import { refusal } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import { page, run, start, withNode } from '../../support/nodes/command-line.ts';
import { room, status } from '../../support/parties/fake-api.ts';

const backup: WorkView = {
  id: 'w1',
  kind: 'backup',
  about: null,
  title: 'Making a backup',
  done: 0,
  total: null,
  text: '',
  started_at: 1,
  can_cancel: true,
  lasting: true,
};

/** A node whose backup advances one step each time the command line has read the previous step. */
async function backingUp(t: Parameters<typeof withNode>[0], steps: readonly Partial<WorkView>[]) {
  const left = [...steps];
  const ended = Promise.withResolvers<void>();
  const node = await withNode(t, {
    backUp: async () => {
      node.changes.publish({ topic: 'work' });
      await ended.promise;
      return { folder: '/b', bytes: 1, created_at: 1, verified: true };
    },
    work: async () => {
      const step = left.shift();
      if (step === undefined) ended.resolve();
      else setImmediate(() => node.changes.publish({ topic: 'work' }));
      return page({ ...backup, ...step });
    },
    cancelWork: async ({ id }) => {
      assert.equal(id, 'w1');
      ended.reject(refusal('CONFLICT', said('work.backup_canceled')));
      return { done: true };
    },
  });
  return node;
}

test('if piped, a backup shows its progress in plain lines on stderr, and its result on stdout', async (t) => {
  const node = await backingUp(t, [
    { done: 40, total: 100, text: '40 of 100 MB copied' },
    { done: 41, total: 100, text: '41 of 100 MB copied' },
    { done: 100, total: 100, text: '100 of 100 MB copied' },
    { done: 100, total: 100, text: '100 of 100 MB copied' },
  ]);
  const { code, stdout, stderr } = await run(['backup', '--data-dir', node.dir]);
  assert.equal(code, 0, stderr);
  assert.equal(stderr, 'Making a backup: 40 of 100 MB copied\nMaking a backup: 100 of 100 MB copied\n');
  assert.match(stdout, /^Saved a backup in \/b/);
});

test('with --json only the answer is printed, without progress', async (t) => {
  const node = await withNode(t, {
    backUp: async () => ({ folder: '/b', bytes: 1, created_at: 1, verified: true }),
  });
  const { stderr, stdout } = await run(['backup', '--json', '--data-dir', node.dir]);
  assert.equal(stderr, '');
  assert.equal(JSON.parse(stdout).folder, '/b');
  assert.deepEqual(
    node.calls.map(({ name }) => name),
    ['backUp'],
  );
});

test('Ctrl-C cancels a backup, which says that nothing was left behind', {
  skip: process.platform === 'win32' && 'Windows has no SIGINT for processes',
}, async (t) => {
  const many = Array.from({ length: 10_000 }, () => ({}));
  const node = await backingUp(t, many);
  const child = start(['backup', '--data-dir', node.dir]);
  const stderr = text(child.stderr);
  // The command line listens for Ctrl-C from its first line on.
  await once(child.stderr, 'data');
  child.kill('SIGINT');
  const [code] = await once(child, 'close');
  assert.notEqual(code, 0);
  assert.match(await stderr, /The backup was canceled\. Nothing was left behind\.\n$/);
});

test('a restore shows what it found, and asks for the full path of the folder', async (t) => {
  const { cli, calls } = await withNode(t, {
    restoreBackup: async () => ({ server_name: 'anna.test', events: 3, rooms: 1 }),
  });
  const { stdout, code } = await cli('restore', '/backups/anna');
  assert.equal(code, 0);
  assert.match(stdout, /^Checked the backup of anna\.test, with 3 events in 1 room\./);
  assert.deepEqual(calls.find(({ name }) => name === 'restoreBackup')?.input, { folder: '/backups/anna' });
});

test('a join command ends once the room has been read', async (t) => {
  const join: WorkView = { ...backup, kind: 'join', about: room.room_id, title: 'Joining Kitchen' };
  const answers = [page(join), page(join)];
  const { cli, calls } = await withNode(t, {
    joinRoom: async () => ({ ...room, name: room.room_id }),
    room: async () => room,
    work: async () => answers.shift() ?? page<WorkView>(),
  });
  const { stdout, code, stderr } = await cli('rooms', 'join', room.room_id);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /Kitchen/);
  assert.equal(calls.at(-1)?.name, 'room');
});

test('status shows running work', async (t) => {
  const short = { ...backup, id: 'w2', lasting: false, title: 'Short' };
  const { cli } = await withNode(t, {
    status: async () => status,
    work: async () => page({ ...backup, text: '1 of 2 MB copied' }, short),
  });
  const { stdout } = await cli('status');
  assert.match(stdout, /in progress +Making a backup: 1 of 2 MB copied\n/);
  assert.doesNotMatch(stdout, /Short/);
});
