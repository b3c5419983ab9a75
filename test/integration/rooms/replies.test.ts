import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TimelineItem } from '../../../shared/api/views/room-views.ts';
import { besiege, rowsOf, type Siege } from '../../support/attack/node.ts';
import { tablesAsText } from '../../support/database-text.ts';
import { postFile } from '../../support/nodes/files.ts';
import { type LocalNode, roomOfBoth, startLocalNode, twoFriends } from '../../support/nodes/local-node.ts';
import { countStatements } from '../../support/statement-counter.ts';
import { until } from '../../support/until.ts';

const find = async ({ api }: LocalNode, room_id: string, event_id: string) =>
  (await api.timeline({ room_id })).items.find((item) => item.event_id === event_id);

/** The quote above a message, once it is as expected. */
const quoted = (
  node: LocalNode,
  [room_id, event_id]: readonly [room: string, reply: string],
  is: (quote: NonNullable<TimelineItem['reply_to']>['message']) => boolean = (quote) => quote !== null,
) =>
  until([node], 'the quote', async () => {
    const item = await find(node, room_id, event_id);
    const quote = item?.reply_to?.message;
    return quote !== undefined && is(quote) ? { item, quote } : false;
  });

const refusedAs = (code: string) => (error: unknown) => (error as { code: string }).code === code;

async function lobby(t: Parameters<typeof startLocalNode>[0]) {
  const node = await startLocalNode(t, { name: 'a.test' });
  const { room_id } = await node.api.createRoom({ name: 'Lobby', join_rule: 'invite' });
  return { node, api: node.api, room_id };
}

test('a reply quotes the message on both nodes, mentions its author, and shows each edit of it', async (t) => {
  const { a, b } = await twoFriends(t);
  const room_id = await roomOfBoth(a, b);
  const first = await a.api.postMessage({ room_id, body: 'Who is coming?' });
  await until([b], 'the question', () => find(b, room_id, first.event_id));
  const reply = await b.api.postMessage({ room_id, body: 'I am', reply_to: first.event_id });
  const place = [room_id, reply.event_id] as const;
  for (const node of [a, b]) {
    const { item, quote } = await quoted(node, place);
    assert.deepEqual(quote, {
      sender: '@a:a.test',
      text: 'Who is coming?',
      deleted: false,
      unverified: false,
      files: [],
    });
    assert.equal(item?.body, 'I am');
  }
  assert.equal((await find(a, room_id, reply.event_id))?.mentions_me, true);
  assert.deepEqual(await a.api.unread({}), { unread: 1, mentions: 1 });
  await a.api.editMessage({ room_id, event_id: first.event_id, body: 'Who is coming tonight?' });
  await b.api.editMessage({ room_id, event_id: reply.event_id, body: 'I am, with Ben' });
  for (const node of [a, b]) {
    const { item } = await quoted(node, place, (quote) => quote?.text === 'Who is coming tonight?');
    await until([node], 'the edit', async () => (await find(node, ...place))?.body === 'I am, with Ben');
    assert.equal(item?.reply_to?.event_id, first.event_id, 'an edit leaves what it answers');
  }
});

test('a deleted message is gone from every quote, and a deleted reply no longer names its message', async (t) => {
  const { a, b } = await twoFriends(t);
  const room_id = await roomOfBoth(a, b);
  const marker = 'gone-from-quotes';
  const first = await a.api.postMessage({ room_id, body: marker });
  await until([b], 'the message', () => find(b, room_id, first.event_id));
  const reply = await b.api.postMessage({ room_id, body: 'what?', reply_to: first.event_id });
  await quoted(a, [room_id, reply.event_id], (quote) => quote?.text === marker);
  await a.api.deleteMessage({ room_id, event_id: first.event_id });
  for (const node of [a, b]) {
    const { quote } = await quoted(node, [room_id, reply.event_id], (each) => each?.deleted === true);
    assert.equal(quote?.text, null);
    assert.ok(!tablesAsText(`${node.dataDir}/node.db`).includes(marker));
  }
  await b.api.deleteMessage({ room_id, event_id: reply.event_id });
  await until([a], 'the reply is deleted', async () => (await find(a, room_id, reply.event_id))?.deleted);
  assert.equal((await find(a, room_id, reply.event_id))?.reply_to, null, 'a deleted reply answers nothing');
  assert.ok(!tablesAsText(`${a.dataDir}/node.db`).includes('"reply_to"'));
});

test('a reply that arrives before its message quotes it once the message is here', async (t) => {
  const { node, raw, room } = await besiege(t);
  const late = raw.message(room, 'late');
  const reply = answerTo(raw, room, late.event_id);
  assert.equal((await raw.post(node.url, reply)).status, 202);
  assert.deepEqual((await find(node, room, reply.event_id))?.reply_to, {
    event_id: late.event_id,
    message: null,
  });
  const onReply = answerTo(raw, room, reply.event_id);
  assert.equal((await raw.post(node.url, onReply)).status, 202);
  assert.equal((await find(node, room, onReply.event_id))?.reply_to?.message?.text, 'answer');
  assert.equal((await raw.post(node.url, late)).status, 202);
  assert.equal((await find(node, room, reply.event_id))?.reply_to?.message?.text, 'late');
});

const answerTo = (raw: Siege['raw'], room: string, reply_to: unknown, channel = '1') => {
  const message = raw.message(room, 'answer', { channel });
  const { event_id, content } = message;
  const plain = { body: 'answer', message_id: String(content.get('message_id')), channel_id: channel };
  return raw.event({
    room,
    type: 'm.message',
    event_id,
    content: { ...plain, reply_to: reply_to as string },
  });
};

test('a peer gets no quote from another room or channel, and a broken reply is shown as a message', async (t) => {
  const { node, raw, room } = await besiege(t);
  const other = await node.api.createRoom({ name: 'Secret', join_rule: 'invite' });
  const secret = await node.api.postMessage({ room_id: other.room_id, body: 'secret' });
  const [elsewhere, here] = [raw.message(room, 'x', { channel: '2' }), raw.message(room, 'y')];
  for (const event of [elsewhere, here]) assert.equal((await raw.post(node.url, event)).status, 202);
  const join = rowsOf<{ event_id: string }>(node, 'federation_events', "event_type = 'm.member.join'")[0];
  for (const id of [secret.event_id, elsewhere.event_id, join?.event_id, '$1:nowhere.test']) {
    const reply = answerTo(raw, room, id);
    assert.equal((await raw.post(node.url, reply)).status, 202);
    assert.deepEqual((await find(node, room, reply.event_id))?.reply_to, { event_id: id, message: null });
  }
  for (const id of ['', 7, null, [], {}, 'no event', { event_id: here.event_id }]) {
    const broken = answerTo(raw, room, id);
    assert.equal((await raw.post(node.url, broken)).status, 202);
    const item = await find(node, room, broken.event_id);
    assert.deepEqual([item?.body, item?.reply_to], ['answer', null]);
  }
});

test('a reply is refused unless its message is there, in its channel, and its writer may write there', async (t) => {
  const { api, room_id } = await lobby(t);
  const { channel_id } = await api.addChannel({ room_id, name: 'second' });
  const { event_id } = await api.postMessage({ room_id, body: 'there', channel_id });
  const reply = await api.postMessage({ room_id, body: 'answer', reply_to: event_id, client_key: 'k' });
  const { items } = await api.timeline({ room_id });
  assert.equal(items[0]?.channel_id, channel_id, 'without a channel, it is where the message is');
  const ask = { room_id, body: 'answer', reply_to: event_id };
  const first = (await api.channels({ room_id })).items[0]!;
  await assert.rejects(api.postMessage({ ...ask, channel_id: first.channel_id }), refusedAs('BAD_REQUEST'));
  await assert.rejects(api.postMessage({ ...ask, reply_to: '$1:a.test' }), refusedAs('NOT_FOUND'));
  assert.deepEqual(await api.postMessage({ ...ask, client_key: 'k' }), reply, 'a repeat is the same reply');
  await assert.rejects(api.postMessage({ room_id, body: 'answer', client_key: 'k' }), refusedAs('CONFLICT'));
  const other = await api.createRoom({ name: 'Other', join_rule: 'invite' });
  await assert.rejects(api.postMessage({ ...ask, room_id: other.room_id }), refusedAs('NOT_FOUND'));
  const { user_id } = await api.addUser({ localpart: 'carla' });
  await assert.rejects(api.postMessage({ ...ask, as: user_id }), refusedAs('FORBIDDEN'));
  await api.deleteMessage({ room_id, event_id });
  await assert.rejects(api.postMessage(ask), refusedAs('CONFLICT'));
});

test('a quote has the beginning of a long text, and the names of files', async (t) => {
  const { node, api, room_id } = await lobby(t);
  const long = await api.postMessage({ room_id, body: '😀'.repeat(300) });
  const picture = await postFile(node, room_id, Buffer.from('png'), { content_type: 'image/png' });
  const quoteOf = async (reply_to: string) => {
    const { event_id } = await api.postMessage({ room_id, body: 'answer', reply_to });
    const item = await find(node, room_id, event_id);
    return item?.reply_to?.message;
  };
  assert.equal((await quoteOf(long.event_id))?.text, '😀'.repeat(200));
  const { text, files } = (await quoteOf(picture))!;
  assert.deepEqual([text, files], ['', [{ name: 'cat.png', content_type: 'image/png' }]]);
});

test('a quote and the list of rooms have no mark of a text that is cut', async (t) => {
  const { api, room_id } = await lobby(t);
  const { event_id } = await api.postMessage({ room_id, body: `**${'word '.repeat(60)}end**` });
  const text = 'word '.repeat(40);
  assert.equal((await api.room({ room_id })).last_message?.text, text);
  await api.postMessage({ room_id, body: 'answer', reply_to: event_id });
  assert.equal((await api.timeline({ room_id })).items[0]?.reply_to?.message?.text, text);
});

test('the list of rooms tells a reply from other messages, until it is deleted', async (t) => {
  const { api, room_id } = await lobby(t);
  const isReply = async () => (await api.room({ room_id })).last_message?.is_reply;
  const { event_id } = await api.postMessage({ room_id, body: 'Who is coming?' });
  assert.equal(await isReply(), false);
  const reply = await api.postMessage({ room_id, body: 'I am', reply_to: event_id });
  assert.equal(await isReply(), true);
  await api.deleteMessage({ room_id, event_id: reply.event_id });
  assert.equal(await isReply(), false);
});

test('a message that a whole page answers is read once', async (t) => {
  const count = countStatements(t);
  const { api, room_id } = await lobby(t);
  const { event_id } = await api.postMessage({ room_id, body: 'dinner, <@1>?' });
  for (let nr = 0; nr < 20; nr++)
    await api.postMessage({ room_id, body: `answer ${nr}`, reply_to: event_id });
  const cost = async (limit: number): Promise<number> => {
    count();
    await api.timeline({ room_id, limit });
    return count().statements;
  };
  assert.equal(await cost(19), await cost(4));
});

test('a page of replies takes one statement more than a page of other messages', async (t) => {
  const count = countStatements(t);
  const { api, room_id } = await lobby(t);
  const cost = async (isReply: boolean): Promise<number> => {
    let { event_id } = await api.postMessage({ room_id, body: 'first' });
    for (let nr = 0; nr < 20; nr++) {
      const reply = isReply ? { reply_to: event_id } : {};
      ({ event_id } = await api.postMessage({ room_id, body: `message ${nr}`, ...reply }));
    }
    count();
    const { items } = await api.timeline({ room_id, limit: 19 });
    assert.ok(items.every(({ reply_to }) => Boolean(reply_to?.message) === isReply));
    return count().statements;
  };
  const plain = await cost(false);
  assert.equal(await cost(true), plain + 1);
});
