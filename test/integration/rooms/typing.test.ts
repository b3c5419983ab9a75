import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { writeTyping } from '../../../shared/protocol/typing.ts';
import { besiege, HandClock, rowsOf, user } from '../../support/attack/node.ts';
import { type LocalNode, roomOfBoth, twoFriends } from '../../support/nodes/local-node.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { until } from '../../support/until.ts';

/** Who was reported as writing, by room, for the owner's screens. */
async function watch(t: Pick<TestContext, 'after'>, { control, node }: LocalNode) {
  const ending = new AbortController();
  t.after(() => ending.abort());
  const headers = { authorization: `Bearer ${node.token}` };
  const answer = await fetch(`${control}/api/v1/stream`, { headers, signal: ending.signal });
  let text = '';
  const read = async () => {
    for await (const piece of answer.body!) text += Buffer.from(piece).toString();
  };
  read().catch(() => {});
  return {
    get typing(): { room_id: string; users: string[] }[] {
      return [...text.matchAll(/^event: typing\ndata: (.*)$/gm)].map(([, data = '']) => JSON.parse(data));
    },
    /** Resolves once everything that was announced before is here. */
    caughtUp: async (announce: () => Promise<unknown>, topic: string) => {
      const before = text.length;
      await announce();
      await until([], topic, () => text.slice(before).includes(`event: ${topic}\n`));
    },
  };
}

test('a node shows who is writing on the other one', async (t) => {
  const { a, b } = await twoFriends(t);
  const room_id = await roomOfBoth(a, b);
  const screen = await watch(t, b);
  await until([b], 'the report', async () => {
    await a.api.typing({ room_id });
    return screen.typing.length > 0;
  });
  assert.deepEqual(screen.typing[0], { topic: 'typing', room_id, users: ['@a:a.test'] });
});

test('a peer reports only its own users, in rooms that it is in, and a flood of reports is shown rarely and stored nowhere', async (t) => {
  const clock = new HandClock();
  const { node, raw, room } = await besiege(t, { ports: clock.ports });
  const secret = await node.api.createRoom({ name: 'Secret', join_rule: 'invite' });
  const screen = await watch(t, node);
  const report = (room_id: string, ...user_ids: string[]) =>
    raw.call(node.url, 'POST', '/typing', writeTyping({ room_id, user_ids }));
  const shown = async () => {
    await screen.caughtUp(() => node.api.createRoom({ name: 'Next', join_rule: 'invite' }), 'room');
    return screen.typing.map(({ users }) => users);
  };

  const replays = rowsOf(node, 'federation_transport_replay_cache');
  const closed = await report(secret.room_id, user);
  assert.deepEqual([closed.status, closed.body.details], [403, { reason: 'room_closed' }]);
  assert.equal((await report('!404:a.test', user)).status, 403);
  assert.equal((await report(room, '@a:a.test', '@nobody:raw.test')).status, 200);
  assert.deepEqual(await shown(), []);
  clock.time += 2_000;
  for (let nr = 0; nr < 30; nr++) assert.equal((await report(room, user, '@a:a.test')).status, 200);
  assert.deepEqual(await shown(), [[user]]);
  assert.equal((await raw.call(node.url, 'POST', '/typing', '{"room_id":7}')).status, 400);
  assert.deepEqual(rowsOf(node, 'federation_transport_replay_cache'), replays);

  const stranger = await new RawPeer('stranger.test').listen(t);
  const body = writeTyping({ room_id: room, user_ids: [user] });
  assert.equal((await stranger.call(node.url, 'POST', '/typing', body)).status, 403);
  assert.deepEqual(await shown(), [[user]]);
});

test('a user writes only in rooms that they are in and that aren’t archived', async (t) => {
  const { node } = await besiege(t);
  const other = await node.api.addUser({ localpart: 'ann' });
  const { room_id } = await node.api.createRoom({ name: 'Secret', join_rule: 'invite' });
  await assert.rejects(node.api.typing({ room_id, as: other.user_id }), { code: 'FORBIDDEN' });
  await node.api.archiveRoom({ room_id, archived: true });
  await assert.rejects(node.api.typing({ room_id }), { code: 'FORBIDDEN', message: /archived/ });
});
