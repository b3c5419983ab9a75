import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import type { Output } from '../../../shared/api/contract.ts';
import type { LackingView } from '../../../shared/api/views/delivery-views.ts';
import type { CheckView, DoctorView } from '../../../shared/api/views/doctor-views.ts';
import type { PeerModeNow } from '../../../shared/api/views/peer-views.ts';
import type { EventView, TimelineItem } from '../../../shared/api/views/room-views.ts';
import { refusal } from '../../../shared/words/refusal.ts';
import { quoted } from '../../../shared/words/said.ts';
import { folder, page, run, start, withNode } from '../../support/nodes/command-line.ts';
import { peer, room, status } from '../../support/parties/fake-api.ts';

test('status describes the node in aligned lines', async (t) => {
  const { cli } = await withNode(t, { status: async () => status });
  const { code, stdout, stderr } = await cli('status');
  assert.equal(stderr, '');
  assert.equal(code, 0);
  assert.match(stdout, /^server {10}home\.example$/m);
  assert.match(stdout, /^health {10}Working: Everything works\.$/m);
  assert.match(stdout, /^signing key {5}ed25519:1, valid until Jan 15, 2027, 8:00 AM$/m);
  assert.match(stdout, /^outbox {10}4 waiting, 0 failed$/m);
});

test('--json prints the API’s answer, before or after the command’s name', async (t) => {
  const { cli, dir } = await withNode(t, { status: async () => status, peers: async () => page(peer) });
  assert.deepEqual(JSON.parse((await cli('status', '--json')).stdout), status);
  assert.deepEqual(JSON.parse((await cli('peers', '--json')).stdout), page(peer));
  assert.deepEqual(JSON.parse((await cli('peers', '--json', 'list')).stdout), page(peer));
  const leading = await run(['--data-dir', dir, 'peers', 'list', '--json']);
  assert.deepEqual(JSON.parse(leading.stdout), page(peer));
});

test('without --data-dir, the platform’s folder for application data is used', async (t) => {
  const home = await folder(t);
  const env = { HOME: home, XDG_DATA_HOME: home, LOCALAPPDATA: home };
  const { code, stderr } = await run(['status'], env);
  assert.equal(code, 8);
  assert.ok(stderr.includes(home), stderr);
  assert.match(stderr, /paracord-node.*control\.json doesn’t exist\. Start your server with /);
});

test('lists are tables, and say how to get the next page', async (t) => {
  const { cli, calls } = await withNode(t, {
    rooms: async () => ({ items: [room], next: 'abc' }),
    outbox: async () => page(),
    lacking: async () => ({ items: [], silent: [] }),
  });
  const rooms = await cli('rooms', 'list', '--limit', '1', '--cursor', 'xyz');
  assert.deepEqual(calls[0], { name: 'rooms', input: { limit: 1, cursor: 'xyz' } });
  const [heads, row, more] = rooms.stdout.split('\n');
  assert.equal(heads?.indexOf('NAME'), row?.indexOf('Kitchen'));
  assert.equal(more, 'There are more: --cursor abc');
  assert.equal((await cli('outbox')).stdout, 'No pending deliveries.\n');
});

test('the outbox shows what member servers lack, besides what is queued here', async (t) => {
  const lacking: LackingView = {
    server_name: 'carla.test',
    via: 'ben.test',
    waiting: 1,
    unknown: 0,
    held: 0,
    refused: 0,
    reason: 'The room’s server can’t reach it.',
    next_attempt_at: null,
  };
  let answer: Output<'lacking'> = { items: [lacking], silent: [] };
  const { cli } = await withNode(t, { outbox: async () => page(), lacking: async () => answer });
  assert.equal(
    (await cli('outbox')).stdout,
    'No pending deliveries.\nben.test still has to deliver 1 event to carla.test. The room’s server can’t reach it.\n',
  );
  assert.deepEqual(JSON.parse((await cli('outbox', '--json')).stdout).lacking, [lacking]);
  answer = { items: [], silent: ['old.test'] };
  assert.equal(
    (await cli('outbox')).stdout,
    'No pending deliveries.\nold.test doesn’t report which servers have it.\n',
  );
});

test('an event is shown with the servers that have it, or why not and when it is retried', async (t) => {
  const told: EventView = {
    envelope: '{}',
    event_id: '$1:a',
    room_id: '!1:b',
    event_type: 'm.message',
    origin_server: 'a.test',
    received_from: null,
    received_at: 1_700_000_000_000,
    effect: 'applied',
    attempts: [],
    signature: { key_id: 'k', state: 'verified', vouched_by: null, covers_files: true },
    delivery: {
      total: 2,
      delivered: 1,
      not_shown_at: null,
      destinations: [
        {
          server_name: 'ben.test',
          state: 'delivered',
          via: null,
          reason: null,
          next_attempt_at: null,
          at: 1_700_000_000_000,
        },
        {
          server_name: 'carla.test',
          state: 'handed_over',
          via: 'ben.test',
          reason: null,
          next_attempt_at: null,
          at: null,
        },
      ],
    },
  };
  const { cli } = await withNode(t, { event: async () => told });
  const { stdout } = await cli('event', '$1:a');
  assert.match(stdout, /^Delivered to ben\.test\.$/m);
  assert.match(stdout, /^ben\.test {4}Nov 14, 2023, 10:13 PM {2}Delivered\.$/m);
  assert.match(
    stdout,
    /^carla\.test {2}– {23}Delivered to ben\.test\. Not known yet whether carla\.test has it\.$/m,
  );
});

test('a room and a channel may be named instead of numbered', async (t) => {
  const { cli, calls } = await withNode(t, {
    rooms: async () => page(room, { ...room, room_id: '!7:a', name: 'Twin' }, { ...room, name: 'twin' }),
    room: async () => room,
    postMessage: async () => ({ event_id: '$1:a', message_id: '1' }),
  });
  const sent = await cli(
    'send',
    'kitchen',
    'Hello there',
    '--channel',
    'garden',
    '--as',
    '@bob:home.example',
  );
  assert.equal(sent.stdout, 'Sent $1:a.\n');
  assert.deepEqual(calls.at(-1), {
    name: 'postMessage',
    input: { room_id: room.room_id, body: 'Hello there', channel_id: '102', as: '@bob:home.example' },
  });
  const ambiguous = await cli('send', 'TWIN', 'Hello');
  assert.equal(ambiguous.code, 2);
  assert.match(
    ambiguous.stderr,
    /^Several rooms are called “TWIN”\. Run “paracord-node rooms” to see the IDs\.$/m,
  );
  const unknown = await cli('send', 'Cellar', 'Hello');
  assert.match(unknown.stderr, /^There is no room called “Cellar”/);
});

test('each command calls its procedure with its arguments', async (t) => {
  const event = async () => ({ event_id: '$1:a' });
  const { cli, calls } = await withNode(t, {
    setUp: async () => status,
    addPeer: async () => ({ ...peer, endpoint: null }),
    changePeer: async () => peer,
    releaseHeld: async () => ({ released: 2, refused: [] }),
    createRoom: async () => room,
    joinRoom: async () => room,
    editMessage: event,
    react: event,
    unreact: event,
    retryOutbox: async () => ({ retried: 1 }),
    giveUpOutbox: async () => ({ done: true }),
    addUser: async () => assert.fail('refused by the validation'),
  });
  const id = '!1:a';
  const typed: [string[], object][] = [
    [['setup', 'home.example', '--owner', 'ann'], { server_name: 'home.example', owner: 'ann' }],
    [['peers', 'add', 'https://a.example:1'], { endpoint: 'https://a.example:1' }],
    [['peers', 'add', 'a.example:8448'], { endpoint: 'https://a.example:8448' }],
    [['peers', 'add', 'a.example', '--mode', 'quarantine'], { server_name: 'a.example', mode: 'quarantine' }],
    [
      ['peers', 'block', 'a.example', '--reason', 'spam'],
      { server_name: 'a.example', mode: 'block', reason: 'spam' },
    ],
    [
      ['peers', 'release', 'a.example', '$1:a', '$2:a'],
      { server_name: 'a.example', event_ids: ['$1:a', '$2:a'] },
    ],
    [
      ['rooms', 'create', 'X', '--rule', 'peers', '--channel', 'a', 'b'],
      { name: 'X', join_rule: 'peers', channels: ['a', 'b'] },
    ],
    [['rooms', 'create', 'X'], { name: 'X', join_rule: 'invite' }],
    [['rooms', 'join', id, '--via', 'a.example'], { room_id: id, via: 'a.example' }],
    [['edit', id, '$1:a', 'new words'], { room_id: id, event_id: '$1:a', body: 'new words' }],
    [['react', id, '$1:a', '👍'], { room_id: id, event_id: '$1:a', emoji: '👍' }],
    [['react', id, '$1:a', '👍', '--remove'], { room_id: id, event_id: '$1:a', emoji: '👍' }],
    [['outbox', 'retry', 'a.example'], { destination: 'a.example' }],
    [['outbox', 'drop', 'a.example', '$1:a'], { destination: 'a.example', event_id: '$1:a' }],
  ];
  const outcomes = await Promise.all(typed.map(([args]) => cli(...args)));
  for (const [at, { code, stderr }] of outcomes.entries()) assert.equal(code, 0, `${typed[at]}: ${stderr}`);
  const sorted = (inputs: readonly unknown[]) => inputs.map((input) => JSON.stringify(input)).sort();
  // Commands also ask for running work, and before a join for what the peer does.
  const asked = calls.filter(({ name }) => name !== 'work' && name !== 'peers');
  assert.deepEqual(sorted(asked.map(({ input }) => input)), sorted(typed.map(([, input]) => input)));
});

test('the timeline reads from top to bottom, and texts of peers can’t control the terminal', async (t) => {
  const item: TimelineItem = {
    event_id: '$1:a',
    channel_id: '1',
    message_id: '1',
    sender: '@bob:friend.example',
    origin_server: 'friend.example',
    origin_ts: 1_700_000_000_000,
    depth: 1,
    arrival: 1,
    mentions_me: false,
    body: 'first \u001b[2J line\nsecond',
    edited_at: 1_700_000_000_001,
    deleted: false,
    unverified: false,
    deleted_by: null,
    files: [],
    files_signed: true,
    mentions: [],
    reply_to: null,
    forwarded: false,
    reactions: [{ emoji: '👍', users: ['@a:a', '@b:b'] }],
    delivery: { total: 2, delivered: 1, destinations: [], not_shown_at: null },
  };
  const gone: TimelineItem = { ...item, event_id: '$2:a', body: null, deleted: true, reactions: [] };
  const answered = { sender: '@a:a', text: null, deleted: false, unverified: false, files: [] };
  const replies = [
    { ...answered, text: 'Who\ncomes?' },
    { ...answered, text: '', files: [{ name: 'cat.png', content_type: 'image/png' }] },
    { ...answered, deleted: true },
    null,
  ].map((message): TimelineItem => ({ ...gone, reply_to: { event_id: '$1:a', message } }));
  const { cli } = await withNode(t, { timeline: async () => page(...replies.toReversed(), gone, item) });
  const { stdout } = await cli('timeline', '!1:a');
  assert.equal(
    stdout,
    [
      'Nov 14, 2023, 10:13 PM  @bob:friend.example  first �[2J line ⏎ second  (edited)',
      '                        $1:a  👍 2  Delivered to 1 of 2 other servers',
      'Nov 14, 2023, 10:13 PM  @bob:friend.example  (deleted)',
      '                        $2:a  Delivered to 1 of 2 other servers',
      ...[
        'Reply to @a:a: Who ⏎ comes?',
        'Reply to @a:a: cat.png',
        'Reply to @a:a: (deleted)',
        'Reply to a message that isn’t here',
      ].flatMap((line) => [
        'Nov 14, 2023, 10:13 PM  @bob:friend.example  (deleted)',
        `                        ${line}`,
        '                        $2:a  Delivered to 1 of 2 other servers',
      ]),
      '',
    ].join('\n'),
  );
});

test('doctor tests the node and every peer, marks each step and exits 6 when something is wrong', async (t) => {
  const checks: Record<string, CheckView> = {
    'good.example': {
      server_name: 'good.example',
      at: 1,
      running: false,
      ok: true,
      result: 'ok',
      steps: [{ step: 'tcp', result: 'ok', text: 'connected', fix: null }],
    },
    'bad.example': {
      server_name: 'bad.example',
      at: 1,
      running: false,
      ok: false,
      result: 'failed',
      steps: [
        { step: 'tcp', result: 'failed', text: 'refused', fix: 'Ask its owner.' },
        { step: 'well-known', result: 'skipped', text: '', fix: null },
      ],
    },
  };
  let names = ['good.example', 'bad.example', 'odd.example', 'blocked.example', 'known.example'];
  const modes = { 'blocked.example': 'block', 'known.example': 'known' } as Record<string, PeerModeNow>;
  const fine: DoctorView = {
    findings: [],
    self: {
      at: 1,
      running: false,
      steps: [
        { step: 'identity', result: 'ok', text: 'It has a name.', fix: null },
        { step: 'tls', result: 'skipped', text: 'Not tested: TLS is off.', fix: null },
      ],
    },
  };
  let doctor: DoctorView = {
    findings: [
      {
        code: 'node-offline',
        subject: null,
        severity: 'error',
        title: 'Offline',
        text: 'No peer can be reached.',
        depends_on: [],
        fix: 'Check the network.',
        help: 'docs/failures/node-offline.md',
      },
      {
        code: 'peer-unreachable',
        subject: 'bad.example',
        severity: 'warning',
        title: 'bad.example',
        text: 'bad.example: refused',
        depends_on: ['node-offline'],
        fix: null,
        help: 'docs/failures/peer-unreachable.md',
      },
    ],
    self: fine.self,
  };
  const { cli, url } = await withNode(t, {
    status: async () => status,
    doctor: async () => doctor,
    runDoctor: async () => doctor,
    peers: async () =>
      page(...names.map((server_name) => ({ ...peer, server_name, mode: modes[server_name] ?? 'allow' }))),
    checkPeer: async ({ server_name }) => {
      const check = checks[server_name];
      if (!check) throw refusal('CONFLICT', quoted('This peer is odd.'));
      return check;
    },
  });
  const bad = await cli('doctor');
  assert.equal(bad.code, 6);
  assert.match(bad.stdout, /^✓ good\.example\n {2}✓ tcp {2}connected$/m);
  assert.match(
    bad.stdout,
    /^✗ bad\.example\n {2}✗ tcp {9}refused\n {16}→ Ask its owner\.\n {2}– well-known$/m,
  );
  assert.match(bad.stdout, /^✗ odd\.example\n {2}✗ name {2}This peer is odd\.$/m);
  assert.match(bad.stdout, /^– blocked\.example /m, 'what the owner blocked is left alone');
  assert.doesNotMatch(bad.stdout, /known\.example/);
  assert.match(bad.stdout, /^✓ home\.example\n {2}✓ identity {2}It has a name\.\n {2}– tls {7}Not tested/m);
  assert.match(
    bad.stdout,
    /^✗ Offline: No peer can be reached\. \(1 related problem\)\n {4}→ Check the network\.\n {4}More about this: /m,
  );
  assert.ok(bad.stdout.includes(`More about this: ${url}/#/help/node-offline\n`));
  assert.match(bad.stdout, /^Needs attention: 2 of 3 peers, 1 finding\.$/m);
  const checked = await cli('peers', 'check', 'bad.example');
  assert.equal(checked.code, 6);
  assert.match(checked.stdout, /→ Ask its owner\./);
  names = ['good.example'];
  doctor = fine;
  const good = await cli('doctor', '--json');
  assert.equal(good.code, 0);
  assert.deepEqual(JSON.parse(good.stdout), { ok: true, ...fine, items: [checks['good.example']] });
});

test('a check that tested nothing has no check mark, and a server that nobody has decided on isn’t a peer', async (t) => {
  const steps = [{ step: 'name', result: 'skipped', text: 'Not tested: no address.', fix: null }] as const;
  const nothing = { server_name: 'a.example', at: 1, running: false, ok: false, steps: [...steps] };
  const { cli } = await withNode(t, {
    checkPeer: async () => ({ ...nothing, result: 'not_tested' }),
    peer: async () => ({ ...peer, mode: 'known' }),
  });
  const { code, stdout } = await cli('peers', 'check', 'a.example');
  assert.equal(code, 0);
  assert.equal(stdout, '– a.example\n  – name  Not tested: no address.\n');
  assert.match((await cli('peers', 'show', 'a.example')).stdout, /^mode +not a peer$/m);
});

test('help lists commands, flags and exit codes', async () => {
  const { code, stdout } = await run(['--help']);
  assert.equal(code, 0);
  for (const word of ['doctor', '--public-url', 'Exit codes:', ' 8  Your server isn’t running']) {
    assert.ok(stdout.includes(word), word);
  }
  assert.match((await run(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
});

test('watch prints changes as they happen and exits with 8 when the node stops', async (t) => {
  const { dir, app, changes } = await withNode(t);
  const { promise: subscribed, resolve } = Promise.withResolvers<void>();
  const subscribe = changes.subscribe.bind(changes);
  t.mock.method(changes, 'subscribe', (...given: Parameters<typeof subscribe>) => {
    resolve();
    return subscribe(...given);
  });
  const child = start(['watch', '--json', '--data-dir', dir]);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  await subscribed;
  changes.publish({ topic: 'peer', server_name: 'friend.example' });
  assert.deepEqual(JSON.parse((await lines.next()).value ?? ''), {
    topic: 'peer',
    server_name: 'friend.example',
  });
  app.endStreams();
  const [code] = await once(child, 'close');
  assert.equal(code, 8);
});
