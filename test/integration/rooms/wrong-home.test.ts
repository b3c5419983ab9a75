import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { addRaw } from '../../support/attack/home.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import type { RawPeer } from '../../support/parties/raw-peer.ts';

const theirs = '!5:home.test';
const asked = (peer: RawPeer) => peer.requests.filter(({ path }) => /\/(invite|join)$/.test(path)).length;

async function ground(t: TestContext) {
  const node = await startLocalNode(t, { name: 'a.test' });
  const home = await addRaw(t, node, 'home.test');
  const answer = (room_id: string) => ({
    accepted: true,
    joined: true,
    room_id,
    guild_id: '5',
    guild_name: 'Theirs',
    default_channel_id: '1',
    local_user_id: '9',
  });
  for (const path of ['/invite', '/join'])
    home.handlers.set(path, () => ({ status: 200, body: answer(theirs) }));
  const isUntouched = async () => {
    assert.deepEqual((await node.api.rooms({})).items, []);
    assert.equal((await node.api.status({})).events, 0);
  };
  return { node, home, answer, isUntouched };
}

for (const path of ['/invite', '/join'])
  for (const found of ['!5:victim.test', '!6:home.test', '!7:a.test'])
    test(`a home that answers ${path} for ${found} instead of its own room is refused, and nothing is stored`, async (t) => {
      const { node, home, answer, isUntouched } = await ground(t);
      home.handlers.set(path, () => ({ status: 200, body: answer(found) }));
      await assert.rejects(
        node.api.joinRoom({ room_id: theirs }),
        new RegExp(`home\\.test was asked about the room !5:home\\.test, but answered about ${found}\\.`),
      );
      await isUntouched();
    });

test('a link that leads to another server than the room’s own is refused before that server is asked', async (t) => {
  const { node, home, isUntouched } = await ground(t);
  await addRaw(t, node, 'victim.test');
  for (const room_id of ['!5:victim.test', '!5:stranger.test'])
    await assert.rejects(
      node.api.joinRoom({ room_id, via: 'home.test' }),
      /belongs to .*\. home\.test is another server and can’t let you in\./,
    );
  assert.equal(asked(home), 0);
  await isUntouched();
});

test('a peer that later says another domain is reported, and neither its address nor its users change', async (t) => {
  const { node, home } = await ground(t);
  const before = await node.api.peer({ server_name: 'home.test' });
  Object.assign(home, { domain: 'victim.test', extensions: ['reach'] });
  const check = await node.api.checkPeer({ server_name: 'home.test' });
  const step = check.steps.find((one) => one.step === 'well-known');
  assert.equal(step?.result, 'failed');
  assert.match(step?.text ?? '', /domain is victim\.test, but home\.test was added with home\.test/);
  await assert.rejects(
    node.api.changePeer({ server_name: 'home.test', endpoint: home.url }),
    /domain is victim\.test/,
  );
  const after = await node.api.peer({ server_name: 'home.test' });
  assert.deepEqual([after.domain, after.endpoint], [before.domain, before.endpoint]);

  const { room_id } = await node.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  const join = (user_id: string) =>
    home.call(node.url, 'POST', '/join', JSON.stringify({ origin_server: 'home.test', room_id, user_id }));
  assert.equal((await join('@user:victim.test')).status, 403);
  assert.equal((await join('@user:home.test')).status, 200);
});
