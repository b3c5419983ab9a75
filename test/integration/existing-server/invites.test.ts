import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import { acquainted } from '../../support/stand-in/ground.ts';

test('an invite lets in the user of a server that ignores invites, and only that user', async (t) => {
  const { server, a } = await acquainted(t);
  const { room_id } = await a.api.createRoom({ name: 'Ours', join_rule: 'invite' });
  const answer = await a.api.inviteUser({ room_id, user_id: server.user('dave') });
  assert.equal(answer.joined, true);
  const { items } = await a.api.members({ room_id });
  assert.deepEqual(
    items.map((member) => member.user_id),
    ['@a:a.test', server.user('dave')],
  );
});

test('a direct chat is a room of two with both names on a server that knows no direct chats', async (t) => {
  const { server, a } = await acquainted(t);
  const dave = server.user('dave');
  const { room_id, name, direct } = await a.api.startDirect({ person: dave });
  assert.deepEqual([name, direct], ['dave', { user_id: dave, picture: null, state: 'joined', newer: null }]);
  assert.equal((await a.api.startDirect({ person: dave })).room_id, room_id);
  const { event_id } = await a.api.postMessage({ room_id, body: 'Hello' });
  const { envelope } = await a.api.event({ event_id });
  assert.match(envelope, /"guild_name":"a, dave"/);
});

test('a user of a Paracord Node who is invited decides for themselves', async (t) => {
  const { a } = await acquainted(t);
  const b = await startLocalNode(t, { name: 'b.test' });
  await a.api.addPeer({ endpoint: b.url });
  const { room_id } = await a.api.createRoom({ name: 'Ours', join_rule: 'invite' });
  const answer = await a.api.inviteUser({ room_id, user_id: '@b:b.test' });
  assert.equal(answer.joined, false);
  assert.equal((await a.api.members({ room_id })).items.length, 1);
});
