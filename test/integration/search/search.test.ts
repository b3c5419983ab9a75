import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Api, Input } from '../../../shared/api/contract.ts';
import { searchIndexOf } from '../../support/database-text.ts';
import { pictureBytes, postFile } from '../../support/nodes/files.ts';
import { type LocalNode, roomOfBoth, startLocalNode, twoFriends } from '../../support/nodes/local-node.ts';
import { joined, openEntrance, openTo } from '../../support/nodes/people.ts';
import { until } from '../../support/until.ts';

const texts = async (api: Pick<Api, 'search'>, input: Input<'search'>) =>
  (await api.search(input)).items.map(({ text }) => text);

test('a search finds messages by parts of their words, the newest first, and says what is beside them', async (t) => {
  const { api } = await startLocalNode(t, { name: 'a.test' });
  const { room_id } = await api.createRoom({ name: 'Kitchen', join_rule: 'invite' });
  for (const body of ['Hello', 'The **birthday cake** is ready', 'Thanks', 'More cakes?'])
    await api.postMessage({ room_id, body });
  const { items, next, complete } = await api.search({ words: 'CAKE' });
  assert.deepEqual(
    items.map(({ room_name, sender, sender_name, text, before, after }) => ({
      room_name,
      sender,
      sender_name,
      text,
      before: before?.text,
      after: after?.text,
    })),
    [
      { text: 'More cakes?', before: 'Thanks', after: undefined },
      { text: 'The birthday cake is ready', before: 'Hello', after: 'Thanks' },
    ].map((each) => ({ room_name: 'Kitchen', sender: '@a:a.test', sender_name: 'a', ...each })),
  );
  assert.deepEqual([next, complete], [null, true]);
  assert.deepEqual(await texts(api, { words: 'cake ready' }), ['The birthday cake is ready']);
  assert.deepEqual(await texts(api, { words: 'birth' }), ['The birthday cake is ready']);
  assert.deepEqual(await texts(api, { words: '!' }), []);
});

test('a search reads page after page, and finds each message once', async (t) => {
  const { api } = await startLocalNode(t, { name: 'a.test' });
  const { room_id } = await api.createRoom({ name: 'Room', join_rule: 'invite' });
  for (let n = 0; n < 12; n++) await api.postMessage({ room_id, body: `message ${n}` });
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await api.search({
      words: 'message',
      limit: 5,
      ...(cursor === undefined ? {} : { cursor }),
    });
    found.push(...page.items.map(({ text }) => text ?? ''));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  assert.deepEqual(
    found,
    Array.from({ length: 12 }, (_, n) => `message ${11 - n}`),
  );
  await assert.rejects(api.search({ words: 'x', cursor: 'x' }), { status: 400 });
});

test('a search is limited to a room, a sender, a time, and messages with files', async (t) => {
  const node = await openEntrance(t);
  const { api } = node;
  const one = await api.createRoom({ name: 'One', join_rule: 'invite' });
  const two = await api.createRoom({ name: 'Two', join_rule: 'invite' });
  const anna = await joined(node, 'anna', { role: 'member', rooms: [one.room_id] });
  await api.postMessage({ room_id: one.room_id, body: 'tea in one' });
  await api.postMessage({ room_id: two.room_id, body: 'tea in two' });
  await anna.api.postMessage({ room_id: one.room_id, body: 'tea of Anna' });
  await postFile(node, two.room_id, pictureBytes('tea'), { name: 'Tea time.png' });
  assert.deepEqual(await texts(api, { words: 'tea', room_id: one.room_id }), ['tea of Anna', 'tea in one']);
  assert.deepEqual(await texts(api, { words: 'tea', from: 'ann' }), ['tea of Anna']);
  assert.deepEqual(await texts(api, { from: '@anna:a.test' }), ['tea of Anna']);
  assert.deepEqual(await texts(api, { words: 'tea', from: 'nobody' }), []);
  const [file] = (await api.search({ words: 'tea', has_file: true })).items;
  assert.deepEqual([file?.text, file?.files], ['', [{ name: 'Tea time.png', content_type: null }]]);
  const items = (await api.search({ words: 'tea of' })).items;
  const at = items[0]?.origin_ts ?? 0;
  assert.deepEqual(await texts(api, { words: 'tea', before: at, room_id: two.room_id }), ['tea in two']);
  assert.equal((await texts(api, { words: 'tea', after: at })).includes('tea in one'), false);
});

test('nobody finds anything in a room that they are not in', async (t) => {
  const node = await openEntrance(t);
  const { api } = node;
  const secret = await api.createRoom({ name: 'Secret', join_rule: 'invite' });
  const open = await api.createRoom({ name: 'Open', join_rule: 'invite' });
  await api.postMessage({ room_id: secret.room_id, body: 'the door code is 4711' });
  await api.postMessage({ room_id: open.room_id, body: 'which door' });
  await api.addUser({ localpart: 'bot' });
  // A guest closes the room to the child.
  for (const role of ['admin', 'member', 'child', 'guest'] as const) {
    const { api: caller } = await joined(node, role, { role, rooms: [open.room_id] });
    assert.deepEqual(await texts(caller, { words: 'door' }), ['which door']);
    assert.deepEqual(await texts(caller, { words: '4711' }), []);
    await assert.rejects(caller.search({ words: 'door', room_id: secret.room_id }), { status: 403 });
    await assert.rejects(caller.search({ words: 'door', as: '@a:a.test' }), { status: 403 });
  }
  assert.deepEqual(await texts(api, { words: 'door', as: '@bot:a.test' }), []);
  await assert.rejects(api.search({ words: 'door', room_id: secret.room_id, as: '@bot:a.test' }), {
    status: 403,
  });
  assert.equal((await texts(api, { words: 'door' })).length, 2);
});

test('somebody who left a room, or a child to whom it is closed, finds nothing in it any more', async (t) => {
  const { a, b } = await twoFriends(t);
  await openTo(a);
  const { room_id } = await a.api.createRoom({ name: 'Room', join_rule: 'peers' });
  await a.api.postMessage({ room_id, body: 'plans' });
  const member = await joined(a, 'anna', { role: 'member', rooms: [room_id] });
  const child = await joined(a, 'mia', { role: 'child', rooms: [room_id] });
  for (const { api } of [member, child]) assert.deepEqual(await texts(api, { words: 'plans' }), ['plans']);
  await member.api.leaveRoom({ room_id });
  assert.deepEqual(await texts(member.api, { words: 'plans' }), []);
  await b.api.joinRoom({ room_id });
  await until(
    [a, b],
    'a stranger closes the room',
    async () => (await texts(child.api, { words: 'plans' })).length === 0,
  );
  await assert.rejects(child.api.search({ words: 'plans', room_id }), { status: 403 });
});

test('a search finds the edited text, and no deleted one, here and at the peer', async (t) => {
  const { a, b } = await twoFriends(t);
  const room_id = await roomOfBoth(a, b);
  const first = await a.api.postMessage({ room_id, body: 'rhubarb' });
  const second = await a.api.postMessage({ room_id, body: 'strawberry' });
  const found = async (words: string) => [
    (await texts(a.api, { words })).length,
    (await texts(b.api, { words })).length,
  ];
  const becomes = (words: string, count: number) =>
    until([a, b], words, async () => (await found(words)).every((each) => each === count));
  await becomes('rhubarb', 1);
  await becomes('strawberry', 1);
  await a.api.editMessage({ room_id, event_id: first.event_id, body: 'gooseberry' });
  await a.api.deleteMessage({ room_id, event_id: second.event_id });
  await becomes('gooseberry', 1);
  await becomes('rhubarb', 0);
  await becomes('strawberry', 0);
});

/** Every file below the data folder, as one text. */
const everyFile = ({ dataDir }: Pick<LocalNode, 'dataDir'>): string =>
  readdirSync(dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');

test('words of deleted and replaced messages are in no file of the data folder, nor in a backup', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const { api } = node;
  await api.changeSettings({ keep_edit_history: false });
  const { room_id } = await api.createRoom({ name: 'Room', join_rule: 'invite' });
  const gone: string[] = [];
  for (let n = 0; n < 40; n++) {
    const word = `quux${n}zylophone`;
    const { event_id } = await api.postMessage({ room_id, body: `say ${word} loudly` });
    assert.equal((await texts(api, { words: word })).length, 1);
    if (n % 4 === 3) continue;
    gone.push(word);
    if (n % 4 === 0) await api.editMessage({ room_id, event_id, body: 'something else' });
    else await api.deleteMessage({ room_id, event_id });
    assert.deepEqual(await texts(api, { words: word }), []);
  }
  const { folder } = await api.backUp({});
  await node.node.stop();
  const all = `${everyFile(node)}${everyFile({ dataDir: folder })}`;
  assert.deepEqual(
    gone.filter((word) => all.includes(word)),
    [],
  );
  assert.ok(all.includes('quux3zylophone'), 'the search looks at the right files');
  // The index has only the pieces of messages that are left.
  const pieces = searchIndexOf(join(node.dataDir, 'node.db')).filter(({ term }) => term.endsWith('zyl'));
  assert.equal(pieces.length, 10);
});

test('text that looks like a query of SQLite is only searched for', async (t) => {
  const { api } = await startLocalNode(t, { name: 'a.test' });
  const { room_id } = await api.createRoom({ name: 'Room', join_rule: 'invite' });
  await api.postMessage({ room_id, body: 'alpha AND beta' });
  for (const words of [
    '"',
    '*',
    'alpha*',
    'words:alpha',
    'alpha NOT beta',
    '^alpha',
    'NEAR(alpha beta)',
    "alpha'); --",
    '(',
    '\0',
  ])
    await api.search({ words });
  assert.deepEqual(await texts(api, { words: 'alpha OR beta' }), []);
  assert.deepEqual(await texts(api, { words: 'alpha NOT beta' }), []);
  assert.deepEqual(await texts(api, { words: 'alpha and beta' }), ['alpha AND beta']);
  assert.deepEqual(await texts(api, { words: '"and beta"' }), ['alpha AND beta']);
});
