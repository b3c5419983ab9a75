import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faceBytes, getPicture, sha256 } from '../../support/nodes/files.ts';
import type { LocalNode } from '../../support/nodes/local-node.ts';
import { shareRoom, startLocalNode } from '../../support/nodes/local-node.ts';

const usersOf = async ({ api }: Pick<LocalNode, 'api'>) =>
  (await api.users({})).items.map(({ user_id }) => user_id);

test('a server that nobody knows can have another name, and a friend then knows it by that alone', async (t) => {
  const node = await startLocalNode(t, { name: 'typo.test', onFile: true });
  const friend = await startLocalNode(t, { name: 'ben.test', onFile: true });
  const [before] = (await node.api.keys({})).items;
  const renamed = await node.api.rename({ server_name: 'Anna.test', domain: 'example.test' });
  assert.deepEqual(
    [renamed.server_name, renamed.domain, renamed.name_fixed_by],
    ['anna.test', 'example.test', null],
  );
  const [key, ...others] = (await node.api.keys({})).items;
  assert.deepEqual(others, []);
  assert.notEqual(key?.key_id, before?.key_id, 'what the old name signed proves nothing about the new one');
  assert.match((await usersOf(node))[0] ?? '', /:example\.test$/);

  await shareRoom(node, friend);
  assert.deepEqual(
    (await friend.api.peers({})).items.map(({ server_name }) => server_name),
    ['anna.test'],
  );
  assert.equal((await node.api.status({})).name_fixed_by, 'peer');
  await assert.rejects(
    node.api.rename({ server_name: 'late.test' }),
    /The name anna\.test can no longer be changed: other servers know it/,
  );
});

test('the owner has the same picture under another name', async (t) => {
  const node = await startLocalNode(t, { name: 'typo.test', onFile: true });
  const face = faceBytes('owner');
  await node.api.changeProfile({ about: 'Bees', picture: face.toString('base64') });
  await node.api.rename({ server_name: 'anna.test' });
  const account = await node.api.account({});
  assert.deepEqual([account.about, account.picture], ['Bees', sha256(face)]);
  assert.equal((await getPicture(node, account.user_id, face)).status, 200);
});

test('a room, an open invite and a bot keep the name as it is', async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test', onFile: true });
  const fixed = async () => (await node.api.status({})).name_fixed_by;
  await node.api.changeSettings({ public_url: 'https://anna.test' });
  const { id } = await node.api.makePeerInvite({ expires_in_seconds: 3600 });
  assert.equal(await fixed(), 'invite');
  await node.api.revokePeerInvite({ id });
  assert.equal(await fixed(), null);
  const [user_id = ''] = await usersOf(node);
  const token = await node.api.addToken({ name: 'clock', user_id });
  assert.equal(await fixed(), 'people');
  await node.api.revokeToken({ id: token.id });
  await node.api.createRoom({ name: 'Kitchen', join_rule: 'peers' });
  assert.equal(await fixed(), 'room');
  await assert.rejects(node.api.rename({ server_name: 'other.test' }), /it is in the rooms and messages/);
});
