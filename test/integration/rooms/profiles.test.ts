import assert from 'node:assert/strict';
import { test } from 'node:test';
import { besiege, rowsOf } from '../../support/attack/node.ts';
import { friendsInRoom, type LocalNode } from '../../support/nodes/local-node.ts';
import { until } from '../../support/until.ts';

const calledAt = async ({ api }: LocalNode, room_id: string, user: string) =>
  (await api.members({ room_id })).items.find(({ user_id }) => user_id === user)?.display_name;

test('a person’s name is shown on other servers, also after each change, and in rooms joined later', async (t) => {
  const { a, b, room_id } = await friendsInRoom(t);
  assert.equal(await calledAt(a, room_id, '@b:b.test'), 'b');
  for (const name of ['Ben', 'Benjamin']) {
    await b.api.changeProfile({ display_name: name });
    await until([a, b], name, async () => (await calledAt(a, room_id, '@b:b.test')) === name);
  }
  const later = (await a.api.createRoom({ name: 'Later', join_rule: 'peers' })).room_id;
  await b.api.joinRoom({ room_id: later });
  await until([a, b], 'later', async () => (await calledAt(a, later, '@b:b.test')) === 'Benjamin');
  await b.api.changeProfile({ display_name: 'b' });
  await until(
    [a, b],
    'nothing but the user name',
    async () => (await calledAt(a, later, '@b:b.test')) === 'b',
  );
});

test('a server gets a person’s name once, and nothing about people who go by their user name', async (t) => {
  const { a, b, room_id } = await friendsInRoom(t);
  const profiles = () => rowsOf(a, 'federation_events', "event_type = 'm.member.profile'");
  assert.equal(profiles().length, 0);
  await b.api.changeProfile({ display_name: 'Ben' });
  await b.api.changeProfile({ display_name: 'Ben' });
  await until([a, b], 'Ben', async () => (await calledAt(a, room_id, '@b:b.test')) === 'Ben');
  assert.equal(profiles().length, 1);
});

test('an admin’s rename of a local user reaches other servers, and nobody renames people of another', async (t) => {
  const { a, b, room_id } = await friendsInRoom(t);
  const { user_id: carla } = await a.api.addUser({ localpart: 'carla' });
  await a.api.joinRoom({ room_id, as: carla });
  await a.api.changePersonProfile({ user_id: carla, display_name: 'Carla' });
  await until([a, b], 'Carla', async () => (await calledAt(b, room_id, carla)) === 'Carla');
  await assert.rejects(
    a.api.changePersonProfile({ user_id: '@b:b.test', display_name: 'x' }),
    /no user @b:b\.test/,
  );
});

test('a peer names its own users and nobody else, and a name that looks like another’s is marked', async (t) => {
  const { raw, node, room } = await besiege(t);
  const profile = (sender: string, state_key: string | null, display_name: string) => ({
    ...raw.event({ room, type: 'm.member.profile', state_key, content: { display_name }, sender }),
  });
  const ours = '@a:a.test';
  await node.api.changeProfile({ display_name: 'Anna' });
  const forged = await raw.post(node.url, profile(ours, ours, 'Eve'));
  assert.equal(forged.status, 403);
  assert.equal((await raw.post(node.url, profile('@user:raw.test', ours, 'Eve'))).status, 400);
  assert.equal(await calledAt(node, room, ours), 'Anna');
  const warningAfter = async (name: string) => {
    assert.equal((await raw.post(node.url, profile('@user:raw.test', '@user:raw.test', name))).status, 202);
    const { items } = await node.api.members({ room_id: room });
    return items.find(({ user_id }) => user_id === '@user:raw.test');
  };
  assert.equal((await warningAfter('Ulla'))?.name_warning, undefined);
  assert.match((await warningAfter('Аnna'))?.name_warning ?? '', /@a:a\.test/);
  const hidden = await warningAfter('An\u200bna');
  assert.equal(hidden?.display_name, 'An\ufffdna');
  assert.ok(hidden?.name_warning);
});

test('a removed user who never logged in leaves their rooms, and nobody speaks for them', async (t) => {
  const { a, b, room_id } = await friendsInRoom(t);
  const { user_id: carla } = await a.api.addUser({ localpart: 'carla' });
  await a.api.joinRoom({ room_id, as: carla });
  await until([a, b], 'Carla', async () => (await calledAt(b, room_id, carla)) === 'carla');
  await a.api.removeAccount({ user_id: carla });
  await until([a, b], 'gone', async () => (await calledAt(b, room_id, carla)) === undefined);
  const listed = (await a.api.accounts({})).items.find(({ user_id }) => user_id === carla);
  assert.notEqual(listed?.removed_at, null);
});
