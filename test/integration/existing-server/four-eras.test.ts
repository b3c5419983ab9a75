import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { LeapingClock } from '../../support/leaping-clock.ts';
import { type LocalNode, startLocalNode } from '../../support/nodes/local-node.ts';
import { type EraName, eras } from '../../support/stand-in/era.ts';
import { showing } from '../../support/stand-in/ground.ts';
import { StandInServer } from '../../support/stand-in/server.ts';
import { until } from '../../support/until.ts';

interface World {
  readonly a: LocalNode;
  readonly servers: readonly StandInServer[];
}

/** One node, and a server of each era; all have added each other. */
async function world(t: TestContext): Promise<World> {
  const clock = new LeapingClock();
  const a = await startLocalNode(t, { name: 'a.test', ports: { ...systemPorts, clock } });
  const servers: StandInServer[] = [];
  for (const [at, era] of (Object.keys(eras) as EraName[]).entries())
    servers.push(
      await StandInServer.start(t, {
        era,
        clock,
        name: `s${at}.test`,
        domain: `s${at}.test`,
        takesMirrors: true,
      }),
    );
  for (const server of servers) {
    await a.api.addPeer({ endpoint: server.url });
    await server.addPeer(a);
    for (const other of servers) if (other !== server) await server.addPeer(other);
  }
  return { a, servers };
}

const shownAt = (server: StandInServer, room: string, body: string) =>
  server.shown.get(room)?.find((message) => message.body === body);

const showsAt = ({ a }: World, server: StandInServer, room: string, body: string) =>
  until([a], `"${body}" at ${server.name}`, () => shownAt(server, room, body));

const eachOf = <T>(items: readonly T[], act: (item: T) => Promise<unknown>) => Promise.all(items.map(act));

test('four eras federate with one node at once: a room of ours', async (t) => {
  const all = await world(t);
  const { a, servers } = all;
  const { room_id, channels } = await a.api.createRoom({ name: 'Ours', join_rule: 'peers' });
  const channel = channels[0]?.channel_id ?? '';
  // The newest is there first. It learns of the others before its copy of the room exists, and forgets them.
  for (const server of servers.toReversed())
    assert.equal((await a.api.inviteUser({ room_id, user_id: server.user('dave') })).joined, true);
  await until([a], 'all told', async () => (await a.api.outbox({})).items.length === 0);
  const { event_id } = await a.api.postMessage({ room_id, body: 'hello' });
  await eachOf(servers, (server) => showsAt(all, server, room_id, 'hello'));

  // Before 3.0, messages have the time of the start of their second, and so come before a join in the same second.
  await servers[0]?.nextSecond();
  const ids = servers.map((server) => server.writeInMirror('dave', room_id, channel, `from ${server.name}`));
  await eachOf(servers, (server) => showing(a, room_id, `from ${server.name}`));
  const others = (server: StandInServer) => servers.filter((other) => other !== server);
  await eachOf(servers, (server) =>
    eachOf(others(server), (other) => showsAt(all, server, room_id, `from ${other.name}`)),
  );

  await a.api.editMessage({ room_id, event_id, body: 'hello again' });
  await eachOf(servers, (server) => showsAt(all, server, room_id, 'hello again'));
  for (const server of servers) await server.react('dave', event_id, '👍');
  await until([a], 'the one reaction that says to what', async () => {
    const { reactions } = await showing(a, room_id, 'hello again');
    return reactions[0]?.users.includes(servers.at(-1)?.user('dave') ?? '');
  });
  for (const event_id of ids) await a.api.react({ room_id, event_id, emoji: '🎉' });
  await eachOf(servers, (server) =>
    eachOf(others(server), async (other) => {
      const message = await showsAt(all, server, room_id, `from ${other.name}`);
      await until([a], 'our reaction', () => message.reactions.has('@a:a.test 🎉'));
    }),
  );
  await a.api.deleteMessage({ room_id, event_id });
  await eachOf(servers, (server) =>
    until([a], `nothing of it at ${server.name}`, () => !shownAt(server, room_id, 'hello again')),
  );

  const newest = servers.at(-1) as StandInServer;
  const dave = servers[0]?.user('dave') ?? '';
  const knows = () => newest.rooms.get(room_id)?.members.has(dave);
  assert.equal(knows(), true);
  await a.api.removeMember({ room_id, user_id: dave });
  await until([a], 'the removal there', () => !knows());
  assert.equal(await newest.joinMirror('erin', room_id), 200);
  newest.writeInMirror('erin', room_id, channel, 'me too');
  await showing(a, room_id, 'me too');
});

const membership = async ({ a }: World, room_id: string) => (await a.api.room({ room_id })).membership;

test('four eras federate with one node at once: their guilds', async (t) => {
  const all = await world(t);
  const { a, servers } = all;
  const b = await a.api.addUser({ localpart: 'b' });
  const inGuilds = servers.filter(({ era }) => era.showsInGuild);
  for (const { room } of servers) {
    await a.api.joinRoom({ room_id: room });
    await a.api.joinRoom({ room_id: room, as: b.user_id });
    await a.api.postMessage({ room_id: room, body: 'from afar' });
    await a.api.postMessage({ room_id: room, body: 'and me', as: b.user_id });
  }
  await eachOf(servers, async (server) => {
    const { room, api } = server;
    for (const body of ['from afar', 'and me']) await showsAt(all, server, room, body);
    const joins = api.calls.filter((call) => call === 'POST /_paracord/federation/v1/join');
    assert.equal(joins.length, 2, 'each user asks to be let in');
    const id = await server.post('bob', 'welcome');
    const { event_id } = await showing(a, room, 'welcome');
    await server.edit('bob', id, 'welcome, all');
    await showing(a, room, 'welcome, all');
    await a.api.react({ room_id: room, event_id, emoji: '👍' });
  });
  const hidden = await Promise.all(
    servers.map(async ({ room }) => {
      const { not_shown_at } = (await showing(a, room, 'from afar')).delivery;
      return [(await a.api.room({ room_id: room })).one_way, not_shown_at];
    }),
  );
  const shown = [false, null];
  assert.deepEqual(hidden, [[true, 's0.test'], shown, shown, shown], 'known of the oldest only');
  await eachOf(inGuilds, (server) =>
    until([a], 'our reaction', () =>
      shownAt(server, server.room, 'welcome, all')?.reactions.has('@a:a.test 👍'),
    ),
  );
  for (const { room } of servers) {
    const { items } = await a.api.members({ room_id: room });
    assert.ok(
      !items.some(({ user_id }) => user_id.startsWith('@server:')),
      'the server itself isn’t a member',
    );
  }

  for (const { room } of servers) {
    await a.api.leaveRoom({ room_id: room });
    await a.api.joinRoom({ room_id: room });
    await a.api.postMessage({ room_id: room, body: 'back again' });
  }
  await eachOf(servers, async (server) => {
    await showsAt(all, server, server.room, 'back again');
    assert.equal(await membership(all, server.room), 'joined');
  });

  for (const server of servers) await server.kick(server.remoteUser('@a:a.test'));
  await eachOf(servers, ({ room, name }) =>
    until([a], `that our user is out at ${name}`, async () => (await membership(all, room)) === 'removed'),
  );
});
