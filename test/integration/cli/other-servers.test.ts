import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CheckView } from '../../../shared/api/views/doctor-views.ts';
import type { AdminRequest, PeerView } from '../../../shared/api/views/peer-views.ts';
import type { RoomView } from '../../../shared/api/views/room-views.ts';
import { page, withNode } from '../../support/nodes/command-line.ts';
import { peer, room, status } from '../../support/parties/fake-api.ts';
import { file, message } from '../../support/timeline-item.ts';

const guild: RoomView = {
  ...room,
  room_id: '!100:guild.test',
  home: 'guild.test',
  homed_here: false,
  home_kind: 'other',
  one_way: true,
  long_texts_dropped_at: ['guild.test'],
};

test('rooms join asks before it joins a room whose home doesn’t show messages to its users', async (t) => {
  const { cli, calls } = await withNode(t, {
    peers: async () => page(peer, { ...peer, server_name: 'Guild', domain: 'guild.test', one_way: true }),
    joinRoom: async () => guild,
    room: async () => guild,
  });
  const warning = /can’t see what you write\. Joining makes a copy .* private channels, too\./;
  const joined = () => calls.filter(({ name }) => name === 'joinRoom').length;
  for (const more of [[], ['--json'], ['--via', 'Guild']]) {
    const { code, stdout, stderr } = await cli('rooms', 'join', '!100:guild.test', ...more);
    assert.equal(code, 2);
    assert.equal(warning.test(stdout), !more.includes('--json'), stdout);
    assert.match(stderr, /Nothing was changed\..* join a room of Guild, .* again with --yes/s);
  }
  assert.equal(joined(), 0);
  const { stdout, code } = await cli('rooms', 'join', '!100:guild.test', '--yes');
  assert.equal(code, 0);
  assert.equal(stdout.split('see what you write').length - 1, 1, 'once');
  assert.doesNotMatch(stdout, /doesn’t show them/);
  assert.equal(joined(), 1);
});

test('joining asks nothing about a room of any other server, and rooms show says what a home doesn’t show', async (t) => {
  const { cli } = await withNode(t, {
    peers: async () =>
      page(peer, { ...peer, server_name: 'other.test', domain: 'other.test', one_way: true }),
    joinRoom: async () => room,
    room: async ({ room_id }) => (room_id === guild.room_id ? guild : room),
  });
  assert.equal((await cli('rooms', 'join', '!100:guild.test')).code, 0);
  assert.match(
    (await cli('rooms', 'show', guild.room_id)).stdout,
    /guild\.test doesn’t run Paracord Node\..* doesn’t show them what you write\. To talk with them, create a room/,
  );
  assert.doesNotMatch((await cli('rooms', 'show', '!100:home.example')).stdout, /doesn’t show/);
});

test('the timeline names files and people, and says what the home doesn’t show', async (t) => {
  const item = {
    ...message(1),
    body: 'hi <@7>',
    mentions: [{ id: '7', user_id: '@bo:a.test' }],
    files: [file('a.txt', 1), file('')],
    files_signed: false,
    delivery: {
      total: 1,
      delivered: 1,
      destinations: [
        {
          server_name: 'guild.test',
          state: 'delivered' as const,
          via: null,
          reason: null,
          next_attempt_at: null,
          at: 1,
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

const publicKey = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
const request: AdminRequest = {
  server_name: 'home.example',
  domain: 'home.example',
  key_id: 'ed25519:1',
  public_key_hex: 'ab',
  federation_endpoint: 'https://home.example/_paracord/federation/v1',
  trusted: true,
  discover: false,
};
const chat: PeerView = { ...peer, server_name: 'chat.test', kind: 'other', admin_request: request };
const check = (result: 'ok' | 'failed'): CheckView => ({
  server_name: 'chat.test',
  at: 1,
  ok: result === 'ok',
  running: false,
  result,
  steps: [{ step: 'signed-read', result, text: '', fix: null }],
});

test('adding a server prints what its admin has to send, and waiting ends when it knows us', async (t) => {
  let asked = 0;
  const { cli, calls } = await withNode(t, {
    addPeer: async () => chat,
    peer: async () => chat,
    status: async () => status,
    checkPeer: async () => check(asked++ === 0 ? 'failed' : 'ok'),
  });
  const key = ['--key', publicKey.toUpperCase(), '--key-id', 'ed25519:1'];
  const { stdout, stderr } = await cli('peers', 'add', 'chat.test', '--name', 'Chat.test', ...key, '--wait');
  assert.equal(stderr, '');
  assert.ok(stdout.includes(`-d '${JSON.stringify(request)}'`), stdout);
  assert.match(stdout, /older than 3\.0\.1/);
  assert.match(
    stdout,
    /\nWaiting until chat\.test knows your server\..*\nchat\.test knows your server\..* never expires/s,
  );
  assert.deepEqual(calls[0]?.input, {
    endpoint: 'https://chat.test',
    server_name: 'Chat.test',
    key: { key_id: 'ed25519:1', public_key: publicKey },
  });
});

test('a script is told how to look again instead of being kept waiting', async (t) => {
  const { cli } = await withNode(t, {
    addPeer: async () => chat,
    peer: async () => ({ ...chat, admin_request: { ...request, discover: true } }),
    status: async () => status,
    checkPeer: async () => check('failed'),
  });
  const { stdout } = await cli('peers', 'add', 'chat.test');
  assert.match(stdout, /"discover":true/);
  assert.match(stdout, /until you rotate your keys\..*paracord-node peers check chat\.test/s);
});

test('after a rotation, the request for each admin is printed again', async (t) => {
  const { cli } = await withNode(t, { rotateKeys: async () => page(), peers: async () => page(peer, chat) });
  const { stdout } = await cli('keys', 'rotate');
  assert.equal(stdout.split('curl -X POST').length - 1, 1);
  assert.match(stdout, /Now the admin of chat\.test must add your server/);
});
