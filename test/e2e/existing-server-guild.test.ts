import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ExistingServer, skipWithoutServer } from '../support/existing-server.ts';
import { startLocalNode } from '../support/local-node.ts';
import { until } from '../support/until.ts';

/** What changes in a guild of an existing server from one day to the next, told by the server itself. */
const skip = skipWithoutServer;

/** Our user among the members of the guild, as that server knows it. */
async function standIn(server: ExistingServer): Promise<string> {
  type Member = { readonly user: { readonly id: string; readonly username: string } };
  const members = await server.ask<Member[]>('admin', 'GET', `/guilds/${server.guild}/members`);
  const found = members.find(({ user }) => user.username.startsWith('a_'));
  assert.ok(found, 'our user is in the guild');
  return found.user.id;
}

test('a kick, a ban, a new name and files in a guild of an existing server are seen here', {
  skip,
}, async (t) => {
  const server = await ExistingServer.start(t);
  const a = await startLocalNode(t, { name: 'a.test' });
  await a.api.addPeer({ endpoint: server.url });
  await server.addPeer(a);
  const { room: room_id } = server;
  const room = () => a.api.room({ room_id });
  const timeline = async () => (await a.api.timeline({ room_id })).items;
  await a.api.joinRoom({ room_id });
  assert.equal((await room()).home_kind, 'other');

  await server.post('admin', 'before');
  await until([a], 'the first message', async () =>
    (await timeline()).some((item) => item.body === 'before'),
  );
  await server.ask('admin', 'PATCH', `/guilds/${server.guild}`, { name: 'Renamed' });
  await server.ask('admin', 'PATCH', `/channels/${server.channel}`, { name: 'renamed-too' });
  const id = await standIn(server);
  await server.post('admin', `hello <@${id}>`);
  const greeted = await until([a], 'the greeting', async () =>
    (await timeline()).find((item) => item.body === `hello <@${id}>`),
  );
  assert.deepEqual(greeted.mentions, [{ id, user_id: '@a:a.test' }]);
  const { name, channels } = await room();
  assert.deepEqual([name, channels.map((channel) => channel.name)], ['Renamed', ['renamed-too']]);

  await server.post('admin', 'look', {
    attachment_ids: [await server.upload('admin', 'notes.txt', 'secret')],
  });
  await server.post('admin', '', { attachment_ids: [await server.upload('admin', 'only.txt', 'x')] });
  const withFiles = await until([a], 'both messages with files', async () => {
    const items = (await timeline()).filter((item) => item.origin_server === server.name);
    return items.length === 4 && items.slice(0, 2).toReversed();
  });
  const bodies = withFiles.map((item) => item.body);
  assert.deepEqual(bodies.toSorted(), ['', 'look']);
  const look = withFiles.find((item) => item.body === 'look');
  // Releases before files were federated tell nothing of them.
  if (look && look.files.length > 0) {
    assert.deepEqual(look.files, [{ name: 'notes.txt', size: 6 }]);
    assert.equal(look.files_signed, false);
  } else t.diagnostic('This release tells nothing of files.');

  await server.ask('admin', 'DELETE', `/guilds/${server.guild}/members/${id}`);
  await until([a], 'the kick', async () => (await room()).membership === 'removed');
  await assert.rejects(
    a.api.postMessage({ room_id, body: 'still here?' }),
    /paracord\.test removed @a:a\.test/,
  );
  assert.equal((await a.api.joinRoom({ room_id })).membership, 'joined');
  await a.api.postMessage({ room_id, body: 'back' });
  await server.ask('admin', 'PUT', `/guilds/${server.guild}/bans/${await standIn(server)}`, {});
  await until([a], 'the ban', async () => (await room()).membership === 'removed');
});
