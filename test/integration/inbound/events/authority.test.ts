import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Plain } from '../../../../shared/protocol/coding/json.ts';
import type { Envelope } from '../../../../shared/protocol/events/envelope.ts';
import { addRaw, beGuest } from '../../../support/attack/home.ts';
import {
  assertError,
  besiege,
  joins,
  memberBody,
  refused,
  rowsOf,
  type Siege,
} from '../../../support/attack/node.ts';
import { startLocalNode } from '../../../support/nodes/local-node.ts';
import { RawPeer } from '../../../support/parties/raw-peer.ts';

const forbidden = { status: 403, code: 'FORBIDDEN', proven: true } as const;
const notOfOrigin = { ...forbidden, reason: 'sender_not_of_origin' };

test('sender and event id belong to the server that signs', async (t) => {
  const siege = await besiege(t);
  const { raw, node, room } = siege;
  await addRaw(t, node, 'other.test');
  for (const sender of [
    '@a:a.test',
    '@_home:a.test',
    '@user:other.test',
    '@user:stranger.test',
    '@user:sub.raw.test',
    '@raw.test:other.test',
  ])
    await refused(siege, notOfOrigin, () => raw.post(node.url, raw.message(room, 'forged', { sender })));
  for (const event_id of [
    '$1:a.test',
    '$1:other.test',
    '$1:stranger.test',
    '$1:raw.test:other.test',
    '$raw.test:sub.raw.test',
  ])
    await refused(siege, notOfOrigin, () => raw.post(node.url, raw.message(room, 'forged', { event_id })));
});

test('no server may claim our name or domain, or another server’s', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test', domain: 'chat.a.test' });
  const victim = await new RawPeer('victim.test', 'chat.victim.test').listen(t);
  await node.api.addPeer({ endpoint: victim.url });
  for (const domain of ['a.test', 'chat.a.test', 'victim.test', 'chat.victim.test']) {
    const evil = await new RawPeer('evil.test', domain).listen(t);
    await assert.rejects(node.api.addPeer({ endpoint: evil.url }), /name|domain/, domain);
    assert.equal(rowsOf(node, 'federation_peer_trust_state', `server_name = 'evil.test'`).length, 0);
    assert.equal(rowsOf(node, 'federation_server_keys', `server_name = 'evil.test'`).length, 0);
  }
});

test('only one of two servers with the same name is let in, and the owner learns of the other', async (t) => {
  const siege = await besiege(t);
  const { node, room } = siege;
  const evil = await new RawPeer('evil.test', 'victim.test').listen(t);
  await node.api.addPeer({ endpoint: evil.url });
  const victim = await new RawPeer('victim.test').listen(t);
  await assert.rejects(
    node.api.addPeer({ endpoint: victim.url }),
    /evil\.test already uses one of these names/,
  );
  await node.api.forgetPeer({ server_name: 'evil.test' });
  await node.api.addPeer({ endpoint: victim.url });
  const body = memberBody('evil.test', room, '@user:victim.test');
  assertError(await evil.call(node.url, 'POST', '/join', body), { status: 403, reason: 'origin_unknown' });
  assert.equal((await joins({ ...siege, raw: victim }, '@user:victim.test')).status, 200);
  assert.equal((await victim.post(node.url, victim.message(room, 'mine'))).status, 202);
});

test('a home that vouches for a third server cannot give it our users', async (t) => {
  const guest = await beGuest(t);
  const { node, home, room, told } = guest;
  const puppet = new RawPeer('puppet.test', 'a.test');
  told.set('puppet.test', { ...puppet.keys(), domain: 'a.test' });
  const forged = puppet.message(room, 'as the owner', { sender: '@a:a.test' });
  assertError(await home.post(node.url, forged), { status: 403 });
  const { items } = await node.api.timeline({ room_id: room });
  assert.equal(items.length, 0);
});

/** A message of the owner, and one of a peer's user, in the room of a siege. */
async function twoMessages(t: Parameters<typeof addRaw>[0], siege: Siege) {
  const { raw, node, room } = siege;
  const other = await addRaw(t, node, 'other.test');
  assert.equal((await joins({ ...siege, raw: other }, '@user:other.test')).status, 200);
  assert.equal((await joins(siege, '@second:raw.test')).status, 200);
  const theirs = raw.message(room, 'theirs');
  assert.equal((await raw.post(node.url, theirs)).status, 202);
  const ours = await node.api.postMessage({ room_id: room, body: 'ours' });
  const shown = async () => {
    const { items } = await node.api.timeline({ room_id: room });
    return items.map(({ body, deleted, edited_at, reactions }) => ({ body, deleted, edited_at, reactions }));
  };
  return { other, theirs, ours, shown };
}

const idOf = (event: Envelope): string => (/^\$(\d+):/.exec(event.event_id) ?? [])[1] ?? '';

test('edits by others, and deletes by users who aren’t moderators, have no effect', async (t) => {
  const siege = await besiege(t);
  const { raw, node, room } = siege;
  const { other, theirs, ours, shown } = await twoMessages(t, siege);
  const before = await shown();
  const about = (message_id: string, target_event_id?: string) => ({
    channel_id: '1',
    message_id,
    target_event_id,
  });
  const aboutTheirs = about(idOf(theirs), theirs.event_id);
  const aboutOurs = about(ours.message_id, ours.event_id);
  const later = Date.now() + 60_000;
  const attempts: [RawPeer, string, ReturnType<typeof about>, string?][] = [
    [other, '@user:other.test', aboutTheirs],
    [other, '@user:other.test', aboutOurs],
    [other, '@user:other.test', about(idOf(theirs))],
    [other, '@user:other.test', about(ours.message_id)],
    [raw, '@second:raw.test', aboutTheirs],
    [raw, '@second:raw.test', about(idOf(theirs))],
    [raw, '@user:raw.test', aboutOurs],
  ];
  for (const [by, sender, content] of attempts)
    for (const type of ['m.message.edit', 'm.message.delete']) {
      const event = by.event({ room, type, sender, depth: later, content: { ...content, body: 'defaced' } });
      assert.equal((await by.post(node.url, event)).status, 202, `${sender} ${type}`);
    }
  assert.deepEqual(await shown(), before);
  const react = other.event({ room, type: 'm.reaction.add', content: { ...aboutOurs, emoji: '👍' } });
  assert.equal((await other.post(node.url, react)).status, 202);
  const unreact = raw.event({
    room,
    type: 'm.reaction.remove',
    depth: later,
    content: { ...aboutOurs, emoji: '👍' },
  });
  assert.equal((await raw.post(node.url, unreact)).status, 202);
  const reactions = (await shown()).flatMap((item) => item.reactions);
  assert.deepEqual(reactions, [{ emoji: '👍', users: ['@user:other.test'] }]);
});

test('an event whose content is about another guild than its room is refused, unless it names a message', async (t) => {
  const siege = await besiege(t);
  const { raw, node, room } = siege;
  const guild = /^!(\d+):/.exec(room)?.[1] ?? '';
  const event = (type: string, guild_id?: Plain) => {
    const place = { channel_id: '1', message_id: '5', body: 'x', emoji: 'x' };
    return raw.event({ room, type, content: { ...place, ...(guild_id === undefined ? {} : { guild_id }) } });
  };
  const other = { ...forbidden, reason: 'guild_differs' };
  for (const type of ['m.message', 'm.member.leave', 'm.poll'])
    await refused(siege, other, () => raw.post(node.url, event(type, '7')));
  for (const wrong of [`0${guild}`, ` ${guild}`, '', 7, {}, [guild], true])
    await refused(siege, other, () => raw.post(node.url, event('m.message', wrong)));
  for (const type of ['m.message.edit', 'm.message.delete', 'm.reaction.add', 'm.reaction.remove'])
    assert.equal((await raw.post(node.url, event(type, '7'))).status, 202, type);
  for (const right of [guild, undefined, null])
    assert.equal((await raw.post(node.url, event('m.poll', right))).status, 202);
});

test('no event has an effect in another room', async (t) => {
  const siege = await besiege(t);
  const { raw, node, room } = siege;
  const elsewhere = await node.api.createRoom({ name: 'Elsewhere', join_rule: 'invite' });
  const secret = await node.api.postMessage({ room_id: elsewhere.room_id, body: 'secret' });
  const content = {
    channel_id: '1',
    message_id: secret.message_id,
    target_event_id: secret.event_id,
    body: 'x',
    emoji: 'x',
  };
  for (const type of ['m.message.edit', 'm.message.delete', 'm.reaction.add']) {
    await raw.post(node.url, raw.event({ room, type, content }));
    await refused(siege, forbidden, () =>
      raw.post(node.url, raw.event({ room: elsewhere.room_id, type, content })),
    );
  }
  const [item] = (await node.api.timeline({ room_id: elsewhere.room_id })).items;
  assert.deepEqual([item?.body, item?.deleted, item?.reactions], ['secret', false, []]);
});

test('edits and deletes by authors and by the room’s owner take effect', async (t) => {
  const siege = await besiege(t);
  const { raw, node, room } = siege;
  const { theirs, ours, shown } = await twoMessages(t, siege);
  const edit = raw.event({
    room,
    type: 'm.message.edit',
    content: { channel_id: '1', message_id: idOf(theirs), body: 'better' },
  });
  assert.equal((await raw.post(node.url, edit)).status, 202);
  assert.ok((await shown()).some(({ body }) => body === 'better'));
  for (const event_id of [theirs.event_id, ours.event_id])
    await node.api.deleteMessage({ room_id: room, event_id });
  assert.deepEqual(
    (await shown()).map(({ deleted }) => deleted),
    [true, true],
  );
});
