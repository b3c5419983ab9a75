import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Plain } from '../../../shared/protocol/coding/json.ts';
import { addRaw } from '../../support/attack/home.ts';
import { assertError, besiege, rowsOf } from '../../support/attack/node.ts';
import { befriend, type LocalNode, startLocalNode } from '../../support/nodes/local-node.ts';
import { addOther, beGuildGuest, file, guildMessage, withField } from '../../support/parties/other-home.ts';
import { until } from '../../support/until.ts';

const shown = async (node: LocalNode, room: string) =>
  (await node.api.timeline({ room_id: room })).items.map(({ body, files, files_signed }) => ({
    body,
    files,
    files_signed,
  }));
const named = (...names: string[]) =>
  names.map((name) => ({
    name,
    size: 10,
    content_type: 'text/plain',
    width: null,
    height: null,
    thumbhash: null,
    place: 'named',
  }));
const refused = { status: 403, code: 'FORBIDDEN' };

test('a message whose files were added after it was signed is shown, with their names marked as unsigned', async (t) => {
  const guest = await beGuildGuest(t);
  const { node, home, room } = guest;
  const message = withField(guildMessage(guest, 'see this'), 'attachments', [file('notes.txt')]);
  assert.equal((await home.post(node.url, message)).status, 202);
  const silent = withField(guildMessage(guest, ''), 'attachments', [file('a.png'), file('b.png')]);
  assert.equal((await home.post(node.url, silent)).status, 202);
  assert.deepEqual(await shown(node, room), [
    { body: '', files: named('a.png', 'b.png'), files_signed: false },
    { body: 'see this', files: named('notes.txt'), files_signed: false },
  ]);
  const event = await node.api.event({ event_id: message.event_id });
  assert.equal(event.signature.covers_files, false);
  assert.match(event.envelope, /notes\.txt/);
});

test('files that are signed with the rest of a message are marked as signed', async (t) => {
  const guest = await beGuildGuest(t);
  const { node, home, room } = guest;
  await home.post(node.url, guildMessage(guest, 'signed', { attachments: [file('notes.txt')] }));
  assert.deepEqual(await shown(node, room), [
    { body: 'signed', files: named('notes.txt'), files_signed: true },
  ]);
});

test('a node may not leave its files unsigned', async (t) => {
  const siege = await besiege(t);
  const { node, raw, room } = siege;
  assert.ok(raw.extensions.includes('events.since'));
  const message = withField(raw.message(room, 'hello'), 'attachments', [file('notes.txt')]);
  assertError(await raw.post(node.url, message), refused);
  assert.deepEqual(await shown(node, room), []);
});

test('only the files of a message may be unsigned', async (t) => {
  const guest = await beGuildGuest(t);
  const { node, home, room } = guest;
  const message = guildMessage(guest, 'as signed');
  await home.post(node.url, message);
  const files: Plain = [file('notes.txt')];
  const edit = home.event({
    room,
    type: 'm.message.edit',
    content: { body: 'edited', message_id: String(message.content.get('message_id')) },
  });
  const other = guildMessage(guest, 'another');
  const about = { channel_id: '1', message_id: String(message.content.get('message_id')) };
  const forged = [
    withField(edit, 'attachments', files),
    withField(home.event({ room, type: 'm.message.delete', content: about }), 'attachments', files),
    withField(home.event({ room, type: 'm.member.join', content: {} }), 'attachments', files),
    withField(other, 'embeds', files),
    withField(withField(other, 'attachments', files), 'body', 'changed'),
    withField(withField(other, 'attachments', files), 'channel_id', '2'),
    { ...withField(other, 'attachments', files), sender: '@admin:guild.test' },
    { ...withField(other, 'attachments', files), depth: other.depth + 1 },
  ];
  for (const event of forged) assertError(await home.post(node.url, event), refused);
  assert.deepEqual(await shown(node, room), [{ body: 'as signed', files: [], files_signed: true }]);
});

test('if the files are signed too, nothing about them can be changed', async (t) => {
  const guest = await beGuildGuest(t);
  const { node, home, room } = guest;
  const message = guildMessage(guest, 'signed', { attachments: [file('notes.txt')] });
  assertError(await home.post(node.url, withField(message, 'attachments', [file('virus.exe')])), refused);
  assertError(await home.post(node.url, withField(message, 'attachments', undefined)), refused);
  assert.equal((await home.post(node.url, message)).status, 202);
  assertError(await home.post(node.url, withField(message, 'attachments', [file('virus.exe')])), refused);
  assert.deepEqual(await shown(node, room), [
    { body: 'signed', files: named('notes.txt'), files_signed: true },
  ]);
});

test('a server that adds, changes or drops unsigned files in transit changes nothing but their names', async (t) => {
  const guest = await beGuildGuest(t);
  const { node, home, room } = guest;
  const message = guildMessage(guest, 'the words');
  const copies = [[file('first.txt')], undefined, [file('other.txt')], [], 'no list'] as const;
  const answers: unknown[] = [];
  for (const copy of copies)
    answers.push((await home.post(node.url, withField(message, 'attachments', copy as Plain))).status);
  assert.deepEqual(answers, [202, 202, 202, 202, 202]);
  assert.equal(rowsOf(node, 'federation_events', `event_type = 'm.message'`).length, 1);
  assert.deepEqual(await shown(node, room), [
    { body: 'the words', files: named('first.txt'), files_signed: false },
  ]);
  assert.deepEqual((await node.api.peer({ server_name: home.name })).warnings, []);
  // Another text under the same id is still another event.
  const id = String(message.content.get('message_id'));
  const changed = guildMessage(guest, 'other words', {}, { id });
  for (const event of [changed, withField(changed, 'attachments', [file('first.txt')])])
    assertError(await home.post(node.url, event), { status: 409, reason: 'event_id_conflict' });
});

test('the word of the author’s own server about the files replaces that of a relay', async (t) => {
  const node = await besiege(t);
  const { raw: relay, room } = node;
  const other = await addOther(t, node.node, 'other.test');
  assert.equal(
    (
      await other.call(
        node.node.url,
        'POST',
        '/join',
        JSON.stringify({ origin_server: other.name, room_id: room, user_id: '@user:other.test' }),
      )
    ).status,
    200,
  );
  const message = other.message(room, 'look');
  const posts = [
    [relay, [file('virus.exe')], 'virus.exe'],
    [relay, [file('worse.exe')], 'virus.exe'],
    [other, [file('notes.txt')], 'notes.txt'],
    [relay, [file('virus.exe')], 'notes.txt'],
    [other, [file('later.txt')], 'notes.txt'],
  ] as const;
  for (const [by, files, expected] of posts) {
    assert.equal((await by.post(node.node.url, withField(message, 'attachments', files))).status, 202);
    assert.deepEqual(await shown(node.node, room), [
      { body: 'look', files: named(expected), files_signed: false },
    ]);
  }
});

test('a message with unsigned files is relayed by the home, and accepted by a member that knows its author through the home', async (t) => {
  const { node, room } = await besiege(t);
  const member = await startLocalNode(t, { name: 'b.test' });
  await befriend(node, member);
  await member.api.joinRoom({ room_id: room });
  const other = await addOther(t, node, 'other.test');
  const join = JSON.stringify({ origin_server: other.name, room_id: room, user_id: '@user:other.test' });
  await other.call(node.url, 'POST', '/join', join);
  await other.post(node.url, withField(other.message(room, 'pass it on'), 'attachments', [file('y.txt')]));
  await until([node, member], 'the message at the other member', async () => {
    const items = await shown(member, room);
    return items.length > 0 && items;
  });
  assert.deepEqual(await shown(member, room), [
    { body: 'pass it on', files: named('y.txt'), files_signed: false },
  ]);
  const known = rowsOf(member, 'federation_peer_trust_state', "server_name = 'other.test'");
  assert.equal(known[0]?.mode, 'known');
});

test('a file list of any size and shape can at most hide a name', async (t) => {
  const guest = await beGuildGuest(t);
  const { node, home, room } = guest;
  const nested = (levels: number): Plain => (levels === 0 ? 'x' : [nested(levels - 1)]);
  const lists: [Plain, number][] = [
    [Array.from({ length: 2000 }, () => file('a.txt')), 202],
    // More values than one event may have.
    [Array.from({ length: 5000 }, () => file('a.txt')), 400],
    [[file('x'.repeat(100_000))], 202],
    [nested(20), 202],
    [nested(40), 400],
    [[file('x'.repeat(1_100_000))], 400],
    [{ filename: 'a.txt' }, 202],
  ];
  for (const [list, status] of lists) {
    const answer = await home.post(node.url, withField(guildMessage(guest, 'hi'), 'attachments', list));
    assert.equal(answer.status, status, JSON.stringify(list).slice(0, 60));
  }
  const files = (await shown(node, room)).map((item) => item.files);
  assert.deepEqual(
    files.map((each) => each.length),
    [0, 0, 1, 20],
  );
  assert.ok(files.flat().every((each) => each.name.length <= 120));
});

test('the files of a deleted message are gone with its text', async (t) => {
  const guest = await beGuildGuest(t);
  const { node, home, room } = guest;
  const message = withField(guildMessage(guest, 'gone soon'), 'attachments', [file('secret.txt')]);
  await home.post(node.url, message);
  const about = { channel_id: '1', message_id: String(message.content.get('message_id')) };
  await home.post(node.url, home.event({ room, type: 'm.message.delete', content: about }));
  assert.deepEqual(await shown(node, room), [{ body: null, files: [], files_signed: false }]);
  const late = withField(message, 'attachments', [file('again.txt')]);
  await home.post(node.url, late);
  assert.deepEqual((await shown(node, room))[0]?.files, []);
});

test('an erased message that comes again with other unsigned files is a repeat, and its files stay gone', async (t) => {
  const guest = await beGuildGuest(t);
  const { node, home, room } = guest;
  const message = guildMessage(guest, 'words');
  await home.post(node.url, withField(message, 'attachments', [file('first.txt')]));
  await home.post(
    node.url,
    home.event({
      room,
      type: 'm.message.delete',
      content: {
        guild_id: guest.guild,
        channel_id: '1',
        message_id: String(message.content.get('message_id')),
      },
    }),
  );
  for (const copy of [message, withField(message, 'attachments', [file('secret.txt')])]) {
    const answer = await home.post(node.url, copy);
    assert.deepEqual([answer.status, answer.body.inserted], [202, false]);
  }
  assert.deepEqual(await shown(node, room), [{ body: null, files: [], files_signed: false }]);
  assert.doesNotMatch(JSON.stringify(rowsOf(node, 'federation_events')), /secret|first\.txt/);
});

test('a held message with unsigned files is released as such a message', async (t) => {
  const guest = await beGuildGuest(t);
  const { node, home, room } = guest;
  await node.api.changePeer({ server_name: home.name, mode: 'quarantine' });
  const message = withField(guildMessage(guest, 'held'), 'attachments', [file('notes.txt')]);
  assertError(await home.post(node.url, message), { status: 403 });
  const silent = withField(guildMessage(guest, ''), 'attachments', [file('notes.txt')]);
  assertError(await home.post(node.url, silent), { status: 403 });
  const { items } = await node.api.heldEvents({ server_name: home.name });
  assert.deepEqual(
    items.map((event) => event.body),
    ['held', null],
  );
  await node.api.discardHeld({ server_name: home.name, event_ids: [silent.event_id] });
  await node.api.changePeer({ server_name: home.name, mode: 'allow' });
  await node.api.releaseHeld({ server_name: home.name });
  assert.deepEqual(await shown(node, room), [
    { body: 'held', files: named('notes.txt'), files_signed: false },
  ]);
});

test('unsigned files don’t let strangers in', async (t) => {
  const guest = await beGuildGuest(t);
  const stranger = await addRaw(t, guest.node, 'stranger.test');
  const message = withField(guildMessage(guest, 'mine'), 'attachments', [file('a.txt')]);
  const forged = { ...message, signatures: new Map([[guest.home.keyId, 'ab'.repeat(64)]]) };
  assertError(await stranger.post(guest.node.url, forged), refused);
});
