import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { wireEvent } from '../../../shared/protocol/events/envelope.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import { beGuest } from '../../support/attack/home.ts';
import { besiege, joins, memberBody, refused, rowsOf, user } from '../../support/attack/node.ts';
import { pictureOf, sameEverywhere } from '../../support/browser/picture.ts';
import { type LocalNode, shareRoom, startLocalNode } from '../../support/nodes/local-node.ts';
import { joined, openTo } from '../../support/nodes/people.ts';
import { threeServers } from '../../support/nodes/three-servers.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { until } from '../../support/until.ts';

const [ann, ben, cleo] = ['@a:a.test', '@b:b.test', '@c:c.test'] as const;

const roleOf = async ({ api }: LocalNode, room_id: string, who: string) =>
  (await api.members({ room_id })).items.find(({ user_id }) => user_id === who)?.role;
const membershipOf = async ({ api }: LocalNode, room_id: string) => (await api.room({ room_id })).membership;

/** A room of a.test, whose owner makes the owner of b.test a moderator. That of c.test is an ordinary member. */
async function party(t: TestContext) {
  const { a: b, b: a, c, room: room_id } = await threeServers(t, ['b.test', 'a.test', 'c.test']);
  const nodes = [a, b, c];
  await a.api.setModerator({ room_id, user_id: ben, moderator: true });
  await until(nodes, 'the role', async () =>
    (await Promise.all(nodes.map((node) => roleOf(node, room_id, ben)))).every(
      (role) => role === 'moderator',
    ),
  );
  const same = (what: string) =>
    until(nodes, what, () =>
      sameEverywhere(
        nodes.map(({ api }) => api),
        room_id,
      ),
    );
  return { a, b, c, nodes, room_id, same };
}

test('a moderator on another server bans somebody on a third one with a reason, and ends that', async (t) => {
  const { a, b, c, nodes, room_id } = await party(t);
  await b.api.banUser({ room_id, user_id: cleo, reason: 'noise' });
  // The home’s answer says it already.
  assert.equal(await roleOf(b, room_id, cleo), undefined);
  await until(nodes, 'the ban', async () => (await membershipOf(c, room_id)) === 'banned');
  for (const { api } of nodes)
    assert.deepEqual(
      (await api.removals({ room_id })).items.map(({ user_id, banned, by, reason }) => [
        user_id,
        banned,
        by,
        reason,
      ]),
      [[cleo, true, ben, 'noise']],
    );
  await assert.rejects(c.api.joinRoom({ room_id }), { code: 'FORBIDDEN', message: /banned/ });
  await assert.rejects(b.api.banUser({ room_id, user_id: cleo }), { code: 'CONFLICT', message: /banned/ });
  await assert.rejects(b.api.removeMember({ room_id, user_id: cleo }), {
    code: 'CONFLICT',
    message: /isn’t in the room/,
  });
  await b.api.unbanUser({ room_id, user_id: cleo });
  assert.deepEqual((await a.api.removals({ room_id })).items, []);
  await a.api.inviteUser({ room_id, user_id: cleo });
  await until(
    nodes,
    'the invite at b',
    async () => (await b.api.sentInvites({ room_id })).items.length === 1,
  );
  await b.api.revokeInvite({ room_id, user_id: cleo });
  assert.deepEqual((await a.api.sentInvites({ room_id })).items, []);
  assert.deepEqual((await b.api.sentInvites({ room_id })).items, []);
});

test('a moderator on another server deletes what anybody wrote and pins, and everybody sees who deleted it', async (t) => {
  const { a, b, c, nodes, room_id, same } = await party(t);
  const kept = await a.api.postMessage({ room_id, body: 'kept' });
  const noise = await c.api.postMessage({ room_id, body: 'noise' });
  const owners = await a.api.postMessage({ room_id, body: 'by the owner' });
  await until(nodes, 'the messages', async () => (await b.api.timeline({ room_id })).items.length === 3);
  const { event_id } = await b.api.deleteMessage({ room_id, event_id: noise.event_id, client_key: 'one' });
  assert.equal((await a.api.event({ event_id })).event_type, 'm.message.delete');
  assert.deepEqual(
    await b.api.deleteMessage({ room_id, event_id: noise.event_id, client_key: 'one' }),
    { event_id },
    'a repeated call',
  );
  await b.api.deleteMessage({ room_id, event_id: owners.event_id });
  await assert.rejects(b.api.deleteMessage({ room_id, event_id: noise.event_id }), { code: 'CONFLICT' });
  const { pinned } = await b.api.pinMessage({ room_id, event_id: kept.event_id, pinned: true });
  assert.deepEqual(pinned, [kept.event_id]);
  await same('the room everywhere');
  await until(nodes, 'the pin', async () => (await c.api.room({ room_id })).pinned.length === 1);
  for (const { api } of nodes) {
    const by = new Map(
      (await api.timeline({ room_id })).items.map((item) => [item.event_id, item.deleted_by]),
    );
    assert.deepEqual([by.get(noise.event_id), by.get(owners.event_id)], [ben, ben]);
    assert.deepEqual((await api.room({ room_id })).pinned, [kept.event_id]);
  }
  await b.api.pinMessage({ room_id, event_id: kept.event_id, pinned: false });
  assert.deepEqual((await a.api.room({ room_id })).pinned, []);
});

test('the role ends when its owner takes it back, or the moderator leaves; everything else stays the home’s', async (t) => {
  const { a, b, c, nodes, room_id } = await party(t);
  const none = { code: 'FORBIDDEN', message: /Only the owner and the moderators/ };
  await assert.rejects(b.api.changeRoom({ room_id, name: 'Mine' }), { code: 'FORBIDDEN' });
  await assert.rejects(b.api.setModerator({ room_id, user_id: cleo, moderator: true }), {
    code: 'FORBIDDEN',
  });
  await assert.rejects(c.api.banUser({ room_id, user_id: ben }), none);
  for (const user_id of [ann, ben])
    await assert.rejects(b.api.banUser({ room_id, user_id }), /owns or moderates|Leave the room/);
  await b.api.leaveRoom({ room_id });
  await until(nodes, 'the leave', async () => (await roleOf(a, room_id, ben)) === undefined);
  await b.api.joinRoom({ room_id });
  assert.equal(await roleOf(b, room_id, ben), 'member');
  await assert.rejects(b.api.banUser({ room_id, user_id: cleo }), none);
  await a.api.setModerator({ room_id, user_id: ben, moderator: true });
  await until(nodes, 'the role', async () => (await roleOf(b, room_id, ben)) === 'moderator');
  await a.api.setModerator({ room_id, user_id: ben, moderator: false });
  await assert.rejects(b.api.banUser({ room_id, user_id: cleo }), { code: 'FORBIDDEN' });
  assert.equal((await pictureOf(a.api, room_id)).members.length, 3);
});

test('a child or a guest who has the role can’t use it, and neither can the owner of their server', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const home = await startLocalNode(t, { name: 'home.test' });
  const room_id = await shareRoom(home, a);
  await openTo(a);
  const kim = '@kim:a.test';
  const visitor = await joined(a, 'kim');
  const { api } = visitor;
  await api.joinRoom({ room_id });
  await home.api.setModerator({ room_id, user_id: kim, moderator: true });
  await until([home, a], 'the role', async () => (await roleOf(a, room_id, kim)) === 'moderator');
  const ban = () => api.banUser({ room_id, user_id: ann });
  await a.api.changeRole({ user_id: kim, role: 'guest' });
  await visitor.logIn('kim');
  await assert.rejects(ban(), { code: 'FORBIDDEN', message: /Your account may not use/ });
  await a.api.changeRole({ user_id: kim, role: 'child' });
  await visitor.logIn('kim');
  await assert.rejects(ban(), { code: 'FORBIDDEN', message: /until a guardian allows it/ });
  await assert.rejects(a.api.banUser({ room_id, user_id: kim }), {
    code: 'FORBIDDEN',
    message: /is neither/,
  });
  assert.equal(await roleOf(home, room_id, ann), 'member');
});

test('a user of a server that doesn’t know the request can’t be made a moderator', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const raw = await new RawPeer('raw.test').listen(t);
  raw.extensions = raw.extensions.filter((name) => name !== 'moderate');
  await node.api.addPeer({ endpoint: raw.url });
  const { room_id } = await node.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  await joins({ node, raw, room: room_id });
  const [member] = (await node.api.members({ room_id })).items.filter(({ user_id }) => user_id === user);
  assert.equal(member?.can_moderate, false);
  await assert.rejects(node.api.setModerator({ room_id, user_id: user, moderator: true }), {
    code: 'BAD_REQUEST',
    message: /raw\.test can’t ask your server/,
  });
});

/** A hand-made server whose user moderates the room, with a child of the room's owner in it. */
async function siegeOfModerators(t: TestContext) {
  const siege = await besiege(t);
  const { node, raw, room: room_id } = siege;
  await node.api.setModerator({ room_id, user_id: user, moderator: true });
  const { user_id: carla } = await node.api.addUser({ localpart: 'carla' });
  await node.api.joinRoom({ room_id, as: carla });
  const moderate = (body: object) =>
    raw.call(node.url, 'POST', '/moderate', JSON.stringify({ room_id, moderator: user, ...body }));
  const state = () =>
    rowsOf(node, 'room_members', `user_id = '${carla}' AND room_id = '${room_id}'`).map(({ state }) => state);
  return { siege, node, raw, room_id, carla, moderate, state };
}

test('only the server of a moderator of this room may ask, and only about ordinary members', async (t) => {
  const { siege, node, raw, room_id, carla, moderate, state } = await siegeOfModerators(t);
  const ban = { act: 'ban', user_id: carla };
  const no = { status: 403, code: 'FORBIDDEN', proven: true } as const;
  const none = { ...no, reason: 'not_a_moderator' } as const;
  const other = (await node.api.createRoom({ name: 'Other', join_rule: 'peers' })).room_id;
  await node.api.joinRoom({ room_id: other, as: carla });
  const { event_id } = await node.api.postMessage({ room_id: other, body: 'elsewhere' });
  for (const [what, expected, body] of [
    ['another room', none, { ...ban, room_id: other }],
    ['no room', none, { ...ban, room_id: '!404:a.test' }],
    ['another server’s room', none, { ...ban, room_id: '!1:raw.test' }],
    ['a user who isn’t in the room', none, { ...ban, moderator: '@nobody:raw.test' }],
    ['a user of the home', no, { ...ban, moderator: ann }],
    ['a user of a third server', no, { ...ban, moderator: cleo }],
    ['nobody', { ...no, status: 400, code: 'BAD_REQUEST' }, { ...ban, moderator: 'bob' }],
    ['the owner', no, { act: 'ban', user_id: ann }],
    ['the owner', no, { act: 'remove', user_id: ann }],
    ['themselves', { ...no, status: 400, code: 'BAD_REQUEST' }, { act: 'ban', user_id: user }],
    ['somebody unknown', { ...no, status: 409, code: 'CONFLICT' }, { act: 'ban', user_id: cleo }],
    ['nobody banned', { ...no, status: 409, code: 'CONFLICT' }, { act: 'unban', user_id: carla }],
    ['nobody invited', { ...no, status: 409, code: 'CONFLICT' }, { act: 'uninvite', user_id: cleo }],
    ['a message of another room', { ...no, status: 409, code: 'CONFLICT' }, { act: 'delete', event_id }],
    ['a message of another room', { ...no, status: 409, code: 'CONFLICT' }, { act: 'pin', event_id }],
    ['an unknown act', { ...no, status: 400, code: 'BAD_REQUEST' }, { act: 'own', user_id: carla }],
    ['no act', { ...no, status: 400, code: 'BAD_REQUEST' }, { user_id: carla }],
    ['no user', { ...no, status: 400, code: 'BAD_REQUEST' }, { act: 'ban' }],
    [
      'a long reason',
      { ...no, status: 400, code: 'BAD_REQUEST' },
      { ...ban, reason: 'x'.repeat(limits.reasonCharsMax + 1) },
    ],
  ] as const)
    await t.test(what, async () => {
      await refused(siege, expected, () => moderate(body));
    });
  await node.api.setModerator({ room_id, user_id: carla, moderator: true });
  await refused(siege, no, () => moderate(ban));
  await node.api.setModerator({ room_id, user_id: carla, moderator: false });

  const stranger = await new RawPeer('stranger.test').listen(t);
  const body = JSON.stringify({ room_id, moderator: user, ...ban });
  for (const [from, headers] of [
    [stranger, {}],
    [stranger, { 'x-paracord-origin': 'raw.test' }],
  ] as const)
    assert.equal((await from.call(node.url, 'POST', '/moderate', body, headers)).status, 403);
  raw.addressing = null;
  await refused(siege, { status: 401 }, () => moderate(ban));
  raw.addressing = undefined;
  for (const [standing, again] of [
    ['quarantine', 'origin_quarantined'],
    ['block', 'origin_blocked'],
  ] as const) {
    await node.api.changePeer({ server_name: raw.name, mode: standing });
    await refused(siege, { status: 403, reason: again }, () => moderate(ban));
    await node.api.changePeer({ server_name: raw.name, mode: 'allow' });
  }
  assert.deepEqual(state(), ['joined']);
});

test('a former moderator is refused, and the role doesn’t come back with a join', async (t) => {
  const { siege, node, raw, room_id, carla, moderate, state } = await siegeOfModerators(t);
  const none = { status: 403, reason: 'not_a_moderator', proven: true } as const;
  const ban = { act: 'ban', user_id: carla };
  await node.api.setModerator({ room_id, user_id: user, moderator: false });
  await refused(siege, none, () => moderate(ban));
  await node.api.setModerator({ room_id, user_id: user, moderator: true });
  assert.equal((await raw.call(node.url, 'POST', '/leave', memberBody(raw.name, room_id, user))).status, 200);
  await refused(siege, none, () => moderate(ban));
  assert.equal((await joins(siege)).status, 200);
  await refused(siege, none, () => moderate(ban));
  // A server can’t give its users the role.
  const join = raw.event({
    room: room_id,
    type: 'm.member.join',
    state_key: user,
    content: { moderator: true },
  });
  await raw.post(node.url, join);
  await refused(siege, none, () => moderate(ban));
  assert.deepEqual(state(), ['joined']);
});

test('a repeated request does nothing, and a moderator’s server decides only so fast', async (t) => {
  const { node, room_id, carla, moderate } = await siegeOfModerators(t);
  const events = () => rowsOf(node, 'federation_events', `room_id = '${room_id}'`).length;
  const ban = { act: 'ban', user_id: carla };
  const first = await moderate({ ...ban, reason: 'noise' });
  assert.equal(first.status, 200);
  const [event] = first.body.events as { event_id: string }[];
  assert.equal(event?.event_id, first.body.event_id);
  const before = events();
  assert.equal((await moderate(ban)).status, 409);
  const { event_id } = await node.api.postMessage({ room_id, body: 'x' });
  await moderate({ act: 'pin', event_id });
  const pinned = await moderate({ act: 'pin', event_id });
  assert.deepEqual([pinned.status, pinned.body], [200, { event_id: null, events: [] }]);
  assert.equal(events(), before + 2);
  let last = pinned;
  for (let nr = 0; nr <= 2 * limits.moderations.burst && last.status !== 429; nr++)
    last = await moderate({ act: 'unban', user_id: cleo });
  assert.equal(last.status, 429);
  assert.ok(Number(last.headers.get('retry-after')) >= 1);
});

test('a home that refuses, hangs up, answers nonsense or is older: a sentence says so, and nothing is stored', async (t) => {
  const { node, home, room: room_id } = await beGuest(t);
  const says = (content: Parameters<RawPeer['event']>[0]['content']) =>
    node.api.banUser({ room_id, user_id: '@user:home.test', ...(content as object) });
  await assert.rejects(says({}), { code: 'FORBIDDEN', message: /is neither/ });
  const role = home.event({
    room: room_id,
    type: 'm.member.join',
    state_key: ann,
    content: { moderator: true },
  });
  assert.equal((await home.post(node.url, role)).status, 202, wireEvent(role));
  const asked = () => home.requests.filter(({ path }) => path.endsWith('/moderate')).length;
  const stored = () => rowsOf(node, 'federation_events').length;
  const before = stored();
  for (const [answer, code, message] of [
    [
      { status: 403, body: { code: 'FORBIDDEN', message: 'no\u202e way' } },
      'FORBIDDEN',
      /refuses\. .*no� way/,
    ],
    [{ status: 409, body: { code: 'CONFLICT', message: 'gone' } }, 'CONFLICT', /refuses\. .*gone/],
    [{ status: 429, body: { code: 'RATE_LIMITED', message: 'slow' } }, 'SERVICE_UNAVAILABLE', /slow/],
    [{ status: 503, body: { code: 'SERVICE_UNAVAILABLE', message: 'busy' } }, 'SERVICE_UNAVAILABLE', /busy/],
    [{ status: 200, body: 'thanks' }, 'BAD_REQUEST', /./],
    [{ status: 200, body: { event_id: 7 } }, 'BAD_REQUEST', /event_id/],
  ] as const) {
    home.handlers.set('/moderate', () => answer);
    await assert.rejects(says({}), { code, message });
  }
  home.handlers.set('/moderate', () => (response) => void response.socket?.destroy());
  await assert.rejects(says({}), { code: 'SERVICE_UNAVAILABLE', message: /can’t be reached.*Try again/ });
  // An event of somebody else doesn’t come in with the answer.
  const forged = { ...home.message(room_id, 'forged'), sender: '@b:b.test', origin_server: 'b.test' };
  const body = `{"event_id":null,"events":[${wireEvent(forged)},7,{"a":1}]}`;
  home.handlers.set('/moderate', () => ({ status: 200, body }));
  await says({});
  assert.equal(stored(), before);
  assert.equal(asked(), 8, 'each was asked once');

  home.handlers.delete('/moderate');
  const old = { code: 'BAD_REQUEST', message: /home\.test can no longer be asked/ };
  await assert.rejects(says({}), old);
  await assert.rejects(says({}), old);
  assert.equal(asked(), 9, 'and then not for a while');
});
