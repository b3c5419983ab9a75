import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Envelope } from '../../../../shared/protocol/events/envelope.ts';
import { limits } from '../../../../shared/protocol/limits.ts';
import { beGuest } from '../../../support/attack/home.ts';
import {
  assertError,
  besiege,
  HandClock,
  refused,
  rowsOf,
  type Siege,
} from '../../../support/attack/node.ts';
import { befriend, startLocalNode } from '../../../support/nodes/local-node.ts';
import { RawPeer } from '../../../support/parties/raw-peer.ts';
import { until } from '../../../support/until.ts';

const forbidden = { status: 403, code: 'FORBIDDEN', proven: true } as const;
const room = '!9:raw.test';
const us = '@a:a.test';

const about = (peer: RawPeer, type: string, more: { room?: string; who?: string; depth?: number } = {}) =>
  peer.event({
    room: more.room ?? room,
    type,
    state_key: more.who ?? us,
    content: {
      user_id: '1',
      ...(type === 'm.member.invite' ? { guild_name: 'Come in' } : {}),
    },
    ...(more.depth === undefined ? {} : { depth: more.depth }),
  });

async function takes({ node, raw }: Siege, ...events: Envelope[]): Promise<void> {
  for (const event of events) assert.equal((await raw.post(node.url, event)).status, 202);
}

const offered = async ({ node }: Pick<Siege, 'node'>): Promise<string[]> =>
  (await node.api.invites({})).items.map(({ id }) => id);

test('an invite that its home revoked is no longer offered, in whatever order the two arrive', async (t) => {
  const siege = await besiege(t);
  const { raw, node } = siege;
  const now = Date.now();
  const orders = [
    [0, 1],
    [1, 0],
    [0, 1, 2],
    [2, 1, 0],
    [1, 2, 0],
    [2, 0, 1],
  ];
  for (const [n, order] of orders.entries()) {
    const into = `!${n + 10}:raw.test`;
    const at = (type: string, depth: number) => about(raw, type, { room: into, depth: now + depth });
    const events = [at('m.member.invite', 1), at('m.member.uninvite', 2), at('m.member.invite', 3)];
    await takes(siege, ...order.map((index) => events[index]!));
    const last = events[2]!.event_id;
    const expected = order.length === 3 ? [last] : [];
    const shown = (await node.api.invites({})).items.filter(({ room_id }) => room_id === into);
    assert.deepEqual(
      shown.map(({ id }) => id),
      expected,
      order.join(),
    );
    // The same again, as an attacker would replay it.
    await takes(siege, ...order.map((index) => events[index]!));
    const then = (await node.api.invites({})).items.filter(({ room_id }) => room_id === into);
    assert.deepEqual(then, shown, 'replayed');
  }
});

test('a revoked invite can’t be accepted, and the answer says that it was revoked', async (t) => {
  const siege = await besiege(t);
  const { raw, node } = siege;
  const invite = about(raw, 'm.member.invite');
  await takes(siege, invite, about(raw, 'm.member.uninvite'));
  for (const answer of [node.api.acceptInvite, node.api.declineInvite])
    await assert.rejects(answer({ id: invite.event_id }), {
      code: 'CONFLICT',
      message: 'This invite has already been revoked.',
    });
});

test('accepting an invite that the home has revoked, before the revocation arrives, leaves no room behind', async (t) => {
  const siege = await besiege(t);
  const { raw, node } = siege;
  const invite = about(raw, 'm.member.invite');
  await takes(siege, invite);
  raw.handlers.set('/invite', () => ({ status: 403, body: { code: 'FORBIDDEN', message: 'no invite' } }));
  await assert.rejects(node.api.acceptInvite({ id: invite.event_id }), { code: 'FORBIDDEN' });
  assert.deepEqual(
    rowsOf(node, 'rooms').map(({ room_id }) => room_id),
    [siege.room],
  );
  await takes(siege, about(raw, 'm.member.uninvite'));
  assert.deepEqual(await offered(siege), []);
});

test('a user who is invited again sees one invite, and answers all of them at once', async (t) => {
  const siege = await besiege(t);
  const { raw, node } = siege;
  const [first, second] = [about(raw, 'm.member.invite'), about(raw, 'm.member.invite')];
  await takes(siege, first, second);
  assert.deepEqual(await offered(siege), [second.event_id]);
  await node.api.declineInvite({ id: second.event_id });
  assert.deepEqual(await offered(siege), []);
  await assert.rejects(node.api.acceptInvite({ id: first.event_id }), { code: 'CONFLICT' });
});

test('an invite that arrives after its user joined isn’t offered, but one from after a removal is', async (t) => {
  const { node, home, room } = await beGuest(t);
  const told = async (type: string, depth: number, content = {}): Promise<string[]> => {
    const event = home.event({ room, type, state_key: us, depth, content });
    assert.equal((await home.post(node.url, event)).status, 202);
    return (await node.api.invites({})).items.map(({ id }) => (id === event.event_id ? 'this' : id));
  };
  const now = Date.now() + 60_000;
  assert.deepEqual(await told('m.member.invite', now - 3_600_000, { guild_name: 'Old' }), []);
  assert.deepEqual(await told('m.member.leave', now, { removed: true }), []);
  assert.deepEqual(await told('m.member.invite', now + 2, { guild_name: 'New' }), ['this']);
  assert.deepEqual(await told('m.member.join', now + 3), [], 'they came in');
});

test('only the home of the room revokes an invite to it, and only for users of ours', async (t) => {
  const siege = await besiege(t);
  const { raw, node } = siege;
  const stranger = await new RawPeer('other.test').listen(t);
  await node.api.addPeer({ endpoint: stranger.url });
  const invite = about(raw, 'm.member.invite');
  await takes(siege, invite);
  await refused(siege, { ...forbidden, reason: 'not_by_home' }, () =>
    stranger.post(node.url, about(stranger, 'm.member.uninvite')),
  );
  // The server's own word about a room of the same number, or about a room of ours.
  await refused(siege, { ...forbidden, reason: 'not_by_home' }, () =>
    stranger.post(node.url, about(stranger, 'm.member.uninvite', { room: siege.room })),
  );
  assert.equal(
    (await stranger.post(node.url, about(stranger, 'm.member.uninvite', { room: '!9:other.test' }))).status,
    202,
  );
  await refused(siege, { ...forbidden, reason: 'no_such_user' }, () =>
    raw.post(node.url, about(raw, 'm.member.uninvite', { who: '@ghost:a.test' })),
  );
  await refused(siege, { ...forbidden, reason: 'not_by_home' }, () =>
    raw.post(node.url, about(raw, 'm.member.uninvite', { who: '@user:other.test' })),
  );
  // Signed by the stranger in the name of the home.
  const forged = { ...about(raw, 'm.member.uninvite'), signatures: about(stranger, 'm.x').signatures };
  assert.equal((await stranger.post(node.url, forged)).status, 403);
  assert.deepEqual(await offered(siege), [invite.event_id]);
});

test('a member’s server can’t revoke an invite into a room homed here', async (t) => {
  const siege = await besiege(t);
  const { raw, node } = siege;
  const bob = (await node.api.addUser({ localpart: 'bob', display_name: 'Bob' })).user_id;
  await node.api.inviteUser({ room_id: siege.room, user_id: bob });
  for (const type of ['m.member.uninvite', 'm.member.leave'])
    await refused(siege, { ...forbidden, reason: 'not_by_home' }, () =>
      raw.post(node.url, about(raw, type, { room: siege.room, who: bob })),
    );
  assert.equal((await offered(siege)).length, 1);
});

test('a flood of revocations comes at the pace of invites, and is stored without offering anything', async (t) => {
  const clock = new HandClock();
  const siege = await besiege(t, { ports: clock.ports });
  const { raw, node } = siege;
  let taken = 0;
  let last = await raw.post(node.url, about(raw, 'm.member.uninvite', { room: '!100:raw.test' }));
  for (; last.status === 202; taken++)
    last = await raw.post(node.url, about(raw, 'm.member.uninvite', { room: `!${101 + taken}:raw.test` }));
  assertError(last, { status: 429, code: 'RATE_LIMITED' });
  assert.ok(taken <= limits.roomInvites.burst, `${taken} revocations`);
  assert.deepEqual(rowsOf(node, 'room_invites'), []);
  assert.equal(rowsOf(node, 'rooms').length, 1, 'no room comes to be');
});

test('the user who invited someone, or a moderator, revokes the invite, and the user’s server drops it', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const b = await startLocalNode(t, { name: 'b.test' });
  await befriend(a, b);
  const bob = '@b:b.test';
  const [carl, dora] = await Promise.all(
    ['carl', 'dora'].map(
      async (name) => (await a.api.addUser({ localpart: name, display_name: name })).user_id,
    ),
  );
  const { room_id } = await a.api.createRoom({ name: 'Ours', join_rule: 'invite' });
  for (const who of [carl!, dora!]) {
    await a.api.inviteUser({ room_id, user_id: who });
    const [invite] = (await a.api.invites({ as: who })).items;
    await a.api.acceptInvite({ id: invite!.id });
  }
  await a.api.inviteUser({ room_id, user_id: bob, as: carl });
  const sent = await until([a], 'the invite arrived', async () => {
    const { items } = await a.api.sentInvites({ room_id });
    return items.some(({ arrived }) => arrived) && items;
  });
  assert.deepEqual(
    sent.map(({ user_id, server, inviter }) => [user_id, server, inviter]),
    [[bob, 'b.test', carl]],
  );
  const [invite] = (await b.api.invites({})).items;
  assert.ok(invite);

  await assert.rejects(a.api.revokeInvite({ room_id, user_id: bob, as: dora }), { code: 'FORBIDDEN' });
  await assert.rejects(b.api.revokeInvite({ room_id, user_id: bob }), { code: 'NOT_FOUND' });
  await a.api.revokeInvite({ room_id, user_id: bob, as: carl });
  assert.deepEqual((await a.api.sentInvites({ room_id })).items, []);
  await assert.rejects(a.api.revokeInvite({ room_id, user_id: bob, as: carl }), { code: 'NOT_FOUND' });
  await until([b], 'the invite is gone', async () => (await b.api.invites({})).items.length === 0);
  await assert.rejects(b.api.acceptInvite({ id: invite.id }), { code: 'CONFLICT' });
  await assert.rejects(b.api.joinRoom({ room_id }), { code: 'FORBIDDEN' });

  // A moderator revokes what another gave; a newer invite counts again, and joining ends it.
  await a.api.inviteUser({ room_id, user_id: bob, as: carl });
  await a.api.revokeInvite({ room_id, user_id: bob });
  await a.api.inviteUser({ room_id, user_id: bob });
  const again = await until([b], 'the newest invite', async () => {
    const { items } = await b.api.invites({});
    return items.length === 1 && items[0]?.inviter === us && items[0];
  });
  assert.equal((await b.api.acceptInvite({ id: again.id })).membership, 'joined');
  assert.deepEqual((await a.api.sentInvites({ room_id })).items, []);
  await assert.rejects(a.api.revokeInvite({ room_id, user_id: bob }), { code: 'BAD_REQUEST' });
});
