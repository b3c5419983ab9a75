import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Envelope, wireEvent } from '../../../../shared/protocol/events/envelope.ts';
import { limits } from '../../../../shared/protocol/limits.ts';
import { federationPrefix } from '../../../../shared/protocol/transport.ts';
import {
  assertError,
  besiege,
  HandClock,
  joins,
  memberBody,
  refused,
  rowsOf,
  type Siege,
  takes,
  user,
} from '../../../support/attack/node.ts';
import { ask } from '../../../support/attack/socket.ts';
import { type RawAnswer, RawPeer } from '../../../support/parties/raw-peer.ts';

const forbidden = { status: 403, code: 'FORBIDDEN', proven: true } as const;
const paths = ['/invite', '/join', '/leave'] as const;

const bodyOf = (path: string, origin: string, room: string, who: string): string =>
  path === '/invite'
    ? JSON.stringify({ origin_server: origin, room_id: room, sender: who, max_age_seconds: null })
    : memberBody(origin, room, who);

const call = (
  { raw, node }: Siege,
  path: string,
  origin: string,
  room: string,
  who: string,
): Promise<RawAnswer> => raw.call(node.url, 'POST', path, bodyOf(path, origin, room, who));

/** A second allowed peer, its user in the room too. */
async function neighbour(t: Parameters<typeof besiege>[0], siege: Siege): Promise<RawPeer> {
  const other = await new RawPeer('other.test').listen(t);
  other.handlers.set('/event', takes);
  await siege.node.api.addPeer({ endpoint: other.url });
  assert.equal((await joins({ ...siege, raw: other }, '@user:other.test')).status, 200);
  return other;
}

test('the signer is the caller: the body names no other server, and the user belongs to it', async (t) => {
  const siege = await besiege(t);
  await neighbour(t, siege);
  for (const path of paths) {
    for (const origin of ['other.test', 'a.test', 'stranger.test', 'RAW.test', 'raw.test.', ' raw.test'])
      await refused(siege, forbidden, () => call(siege, path, origin, siege.room, user));
    for (const who of [
      '@user:other.test',
      '@a:a.test',
      '@_home:a.test',
      '@x:raw.test.evil.test',
      '@x:sub.raw.test',
    ])
      await refused(siege, forbidden, () => call(siege, path, 'raw.test', siege.room, who));
  }
});

test('rooms that aren’t homed here, or don’t exist, are 404', async (t) => {
  const siege = await besiege(t);
  for (const path of paths)
    for (const room of ['!1:raw.test', '!1:other.test', '!1:a.test', '!9223372036854775807:a.test'])
      await refused(siege, { status: 404, code: 'NOT_FOUND', proven: true }, () =>
        call(siege, path, 'raw.test', room, user),
      );
});

test('bodies of the wrong shape are 400 and say which field', async (t) => {
  const siege = await besiege(t);
  const { raw, node, room } = siege;
  const good = { origin_server: 'raw.test', room_id: room, user_id: user, sender: user };
  for (const path of paths) {
    const fields = ['origin_server', 'room_id', path === '/invite' ? 'sender' : 'user_id'];
    for (const field of fields)
      for (const value of [undefined, null, 5, '', [], {}, 'x'.repeat(2000)]) {
        const answer = await refused(siege, { status: 400, proven: true }, () =>
          raw.call(node.url, 'POST', path, JSON.stringify({ ...good, [field]: value })),
        );
        assert.match(String(answer.body.message), new RegExp(field));
      }
    for (const text of ['', '[]', 'null', '"x"', '{'])
      await refused(siege, { status: 400, proven: true }, () => raw.call(node.url, 'POST', path, text));
  }
  for (const max_age_seconds of [1.5, '60', {}, true])
    await refused(siege, { status: 400, proven: true }, () =>
      raw.call(node.url, 'POST', '/invite', JSON.stringify({ ...good, max_age_seconds })),
    );
  for (const [asked, given] of [
    [0, 60],
    [-5, 60],
    [59, 60],
    [60, 60],
    [86_400, 86_400],
    [1e15, 86_400],
    [null, 3600],
  ] as const) {
    const answer = await raw.call(
      node.url,
      'POST',
      '/invite',
      JSON.stringify({ ...good, max_age_seconds: asked }),
    );
    assert.equal(answer.body.expires_in_seconds, given);
  }
});

test('a closed room stays closed, and a join request leaves nothing behind', async (t) => {
  const siege = await besiege(t);
  const closed = await siege.node.api.createRoom({ name: 'Closed', join_rule: 'invite' });
  for (const path of ['/invite', '/join'])
    await refused(siege, { ...forbidden, reason: 'room_closed' }, () =>
      call(siege, path, 'raw.test', closed.room_id, user),
    );
  const left = await call(siege, '/leave', 'raw.test', closed.room_id, user);
  assert.equal(left.body.left, false);
});

test('a removed user stays out, whatever it sends, until the home lets it in again', async (t) => {
  const siege = await besiege(t);
  const { raw, node, room } = siege;
  const before = raw.message(room, 'before');
  await raw.post(node.url, before);
  await node.api.removeMember({ room_id: room, user_id: user });
  for (const path of ['/invite', '/join'])
    await refused(siege, { ...forbidden, reason: 'room_closed' }, () =>
      call(siege, path, 'raw.test', room, user),
    );
  const join = (content: object) =>
    raw.event({ room, type: 'm.member.join', content: content as Record<string, string>, state_key: user });
  const events = [join({}), join({ role: 'owner' }), raw.message(room, 'still here')];
  for (const event of events) assertError(await raw.post(node.url, event), forbidden);
  // Leaving by its own wish must not turn "removed" into "left", which could come back.
  await raw.post(node.url, raw.event({ room, type: 'm.member.leave', content: {}, state_key: user }));
  assert.equal((await call(siege, '/leave', 'raw.test', room, user)).body.left, false);
  await refused(siege, { ...forbidden, reason: 'room_closed' }, () =>
    call(siege, '/join', 'raw.test', room, user),
  );
  assert.equal(rowsOf(node, 'room_members', `user_id = '${user}'`)[0]?.state, 'removed');
  await node.api.inviteUser({ room_id: room, user_id: user });
  assert.equal((await joins(siege)).status, 200);
  assert.equal((await raw.post(node.url, raw.message(room, 'back'))).status, 202);
});

test('a removed user is not shown with events dated back, once a few minutes have passed', async (t) => {
  const clock = new HandClock();
  const siege = await besiege(t, { ports: clock.ports });
  const { raw, node, room } = siege;
  const send = (event: Envelope) => {
    const target = `${federationPrefix}/event`;
    const body = wireEvent(event);
    return ask(node.url, 'POST', target, Object.entries(raw.headers('POST', target, body, clock.time)), body);
  };
  clock.time += 10_000;
  const before = clock.time;
  const dated = (text: string) => raw.message(room, text, { origin_ts: before, depth: before });
  const known = dated('known');
  assert.equal((await send(known)).status, 202);
  clock.time += 60_000;
  await node.api.removeMember({ room_id: room, user_id: user });
  clock.time += limits.afterRemovalMsMax;
  assert.equal((await send(dated('was on its way'))).status, 202);
  clock.time += 1;
  const leave = { room, type: 'm.member.leave', content: {}, state_key: user };
  const edit = { room, type: 'm.message.edit', content: { target_event_id: known.event_id, body: 'edited' } };
  const reaction = {
    room,
    type: 'm.reaction.add',
    content: { target_event_id: known.event_id, emoji: '👍' },
  };
  const about = { message_id: known.event_id.slice(1).split(':')[0] ?? '' };
  // Whether it leaves again, before or after its removal, changes nothing about that.
  for (const depth of [before, clock.time])
    assert.equal((await send(raw.event({ ...leave, origin_ts: depth, depth }))).status, 202);
  for (const late of [
    dated('dated back'),
    raw.event({ room, type: 'm.of.tomorrow', content: {}, origin_ts: before, depth: before }),
    ...[edit, reaction].map((one) =>
      raw.event({ ...one, content: { ...one.content, ...about }, origin_ts: before, depth: before }),
    ),
  ])
    assertError(await send(late), { ...forbidden, reason: 'not_a_member' });
  assert.equal((await send(known)).body.inserted, false, 'a repeat is one');
  const { items } = await node.api.timeline({ room_id: room });
  assert.deepEqual(items.map(({ body }) => body).sort(), ['known', 'was on its way']);
  // A server may always delete its own messages.
  assert.equal((await send(raw.event({ room, type: 'm.message.delete', content: about }))).status, 202);
});

test('later events of a removed user don’t count, though the removal had to be dated ahead', async (t) => {
  const clock = new HandClock();
  const siege = await besiege(t, { ports: clock.ports });
  const { raw, node, room } = siege;
  const ahead = raw.message(room, 'ten minutes ahead', { depth: clock.time + 600_000 });
  assert.equal((await raw.post(node.url, ahead)).status, 202);
  await node.api.removeMember({ room_id: room, user_id: user });
  const at = clock.time + 1000;
  const later = raw.message(room, 'later', { origin_ts: at, depth: at });
  assertError(await raw.post(node.url, later), { ...forbidden, reason: 'not_a_member' });
});

test('a server decides about its own members only, and not about rooms homed here', async (t) => {
  const siege = await besiege(t);
  const { raw, node, room } = siege;
  await neighbour(t, siege);
  const event = (
    type: string,
    state_key: string,
    content: Record<string, string | boolean | string[]> = {},
  ) => raw.event({ room, type, state_key, content });
  const taken = [
    event('m.member.leave', '@user:other.test'),
    event('m.member.leave', '@a:a.test'),
    event('m.member.leave', user, { removed: true }),
    event('m.member.leave', user, { removed: true, banned: true }),
    event('m.member.join', '@new:other.test'),
    event('m.member.join', '@a:a.test', { role: 'owner' }),
    event('m.member.invite', '@friend:raw.test'),
    event('m.member.invite', '@a:a.test'),
    event('m.room.info', '', { name: 'Mine now', join_rule: 'peers', channels: [] }),
    event('m.channel.delete', '', { channel_id: '1' }),
  ];
  for (const one of taken)
    await t.test(`${one.event_type} ${one.state_key}`, async () => {
      await refused(siege, { ...forbidden, reason: 'not_by_home' }, () => raw.post(node.url, one));
    });
  for (const claim of [{ role: 'owner' }, { moderator: true }])
    await raw.post(node.url, event('m.member.join', user, claim));
  assert.equal(rowsOf(node, 'room_members', `user_id = '${user}'`)[0]?.role, 'member');
  const members = await node.api.members({ room_id: room });
  assert.deepEqual(members.items.map(({ user_id }) => user_id).sort(), [
    '@a:a.test',
    '@user:other.test',
    user,
  ]);
});

test('replaying an old join does nothing', async (t) => {
  const siege = await besiege(t);
  const { raw, node, room } = siege;
  const join = raw.event({ room, type: 'm.member.join', content: {}, state_key: user });
  assert.equal((await raw.post(node.url, join)).status, 202);
  assert.equal((await call(siege, '/leave', 'raw.test', room, user)).body.left, true);
  const again = await raw.post(node.url, join);
  assert.equal(again.body.inserted, false);
  assert.equal(rowsOf(node, 'room_members', `user_id = '${user}'`)[0]?.state, 'left');
  assertError(await raw.post(node.url, raw.message(room, 'after leaving')), forbidden);
});

test('an invite is accepted only from the room’s home, and only for a user that exists', async (t) => {
  const siege = await besiege(t);
  const { raw, node, room } = siege;
  const invite = (into: string, state_key: string) =>
    raw.event({ room: into, type: 'm.member.invite', state_key, content: { guild_name: 'Come in' } });
  for (const [into, who] of [
    ['!9:raw.test', '@ghost:a.test'],
    ['!9:raw.test', '@user:other.test'],
    ['!9:other.test', '@a:a.test'],
    ['!9:a.test', '@a:a.test'],
    [room, '@a:a.test'],
  ] as const)
    await refused(siege, forbidden, () => raw.post(node.url, invite(into, who)));
  assert.equal((await raw.post(node.url, invite('!9:raw.test', '@a:a.test'))).status, 202);
  const { items } = await node.api.invites({});
  assert.deepEqual(
    items.map(({ room_id, home, inviter }) => [room_id, home, inviter]),
    [['!9:raw.test', 'raw.test', user]],
  );
  assert.equal(rowsOf(node, 'rooms').length, 1, 'nobody is in a room for having been invited');
});
