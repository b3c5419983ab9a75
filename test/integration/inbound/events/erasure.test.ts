import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Plain } from '../../../../shared/protocol/coding/json.ts';
import { type Envelope, wireEvent } from '../../../../shared/protocol/events/envelope.ts';
import { addRaw, beGuest } from '../../../support/attack/home.ts';
import { assertError, besiege, joins, refused, rowsOf, type Siege } from '../../../support/attack/node.ts';
import type { RawAnswer, RawPeer } from '../../../support/parties/raw-peer.ts';
import { until } from '../../../support/until.ts';

const marker = 'gone-for-good';

const about = (type: string, message: Envelope, content: { [key: string]: Plain } = {}) => ({
  room: message.room_id,
  type,
  content: {
    channel_id: '1',
    message_id: String(message.content.get('message_id')),
    target_event_id: message.event_id,
    ...content,
  },
});
const deleteOf = (by: RawPeer, message: Envelope, more: object = {}): Envelope =>
  by.event({ ...about('m.message.delete', message), ...more });

const sends = async ({ node }: Siege, by: RawPeer, event: Envelope): Promise<Envelope> => {
  const answer = await by.post(node.url, event);
  assert.equal(answer.status, 202, JSON.stringify(answer.body));
  return event;
};
const inTables = (siege: Siege, text = marker): boolean =>
  JSON.stringify(
    (['federation_events', 'messages', 'reactions', 'federation_held_events'] as const).map((table) =>
      rowsOf(siege.node, table),
    ),
  ).includes(text);
const shown = async ({ node, room }: Siege) =>
  (await node.api.timeline({ room_id: room })).items
    .map(({ body, deleted }) => (deleted ? '(deleted)' : body))
    .reverse();
const page = ({ node, room }: Siege, by: RawPeer, query: string): Promise<RawAnswer> =>
  by.call(node.url, 'GET', `/events?room_id=${room}${query}`);
const ids = (list: unknown) => (list as { event_id: string }[]).map((event) => event.event_id);

test('a message that arrives after its delete is never stored', async (t) => {
  const siege = await besiege(t);
  const { raw, room } = siege;
  const message = raw.message(room, marker);
  const edit = raw.event(about('m.message.edit', message, { body: `edited ${marker}` }));
  await sends(siege, raw, deleteOf(raw, message));
  await sends(siege, raw, edit);
  await sends(siege, raw, message);
  assert.equal(inTables(siege), false);
  assert.deepEqual(await shown(siege), ['(deleted)']);
});

test('a deleted message takes its attachments and everything else with it', async (t) => {
  const siege = await besiege(t);
  const { raw, room } = siege;
  const message = raw.event({
    room,
    type: 'm.message',
    event_id: '$77:raw.test',
    content: {
      body: marker,
      channel_id: '1',
      message_id: '77',
      attachments: [{ filename: `${marker}.pdf` }],
      author_name: `${marker} too`,
    },
  });
  await sends(siege, raw, message);
  assert.equal(inTables(siege), true);
  await sends(siege, raw, deleteOf(raw, message));
  assert.equal(inTables(siege), false);
});

test('a repeat of an erased event is a duplicate, and a changed copy is refused', async (t) => {
  const siege = await besiege(t);
  const { node, raw, room } = siege;
  const message = await sends(siege, raw, raw.message(room, marker));
  await sends(siege, raw, deleteOf(raw, message));
  const again = await raw.post(node.url, message);
  assert.deepEqual([again.status, again.body.inserted], [202, false]);
  const other = raw.message(room, 'other words', { event_id: message.event_id });
  await refused(siege, { status: 409, code: 'CONFLICT', reason: 'event_id_conflict', proven: true }, () =>
    raw.post(node.url, other),
  );
  assert.equal(inTables(siege), false);
});

test('only the author and the home can erase a message', async (t) => {
  const siege = await besiege(t);
  const { node, raw, room } = siege;
  const other = await addRaw(t, node, 'other.test');
  assert.equal((await joins({ ...siege, raw: other }, '@user:other.test')).status, 200);
  const message = await sends(siege, raw, raw.message(room, marker));
  await sends(siege, other, deleteOf(other, message));
  const another = '@another:raw.test';
  assert.equal((await joins(siege, another)).status, 200);
  await sends(siege, raw, deleteOf(raw, message, { sender: another }));
  assert.equal(inTables(siege), true);
  assert.deepEqual(await shown(siege), [marker]);
  // A number alone, as the existing server sends it, would mean a message of the deleter's own server.
  const byNumber = other.event({
    room,
    type: 'm.message.delete',
    content: { channel_id: '1', message_id: String(message.content.get('message_id')) },
  });
  await sends(siege, other, byNumber);
  assert.deepEqual(await shown(siege), [marker]);
});

test('a removed user can still delete their own messages, and a stranger can’t fill the disk with deletes', async (t) => {
  const siege = await besiege(t);
  const { node, raw, room } = siege;
  const message = await sends(siege, raw, raw.message(room, marker));
  await node.api.removeMember({ room_id: room, user_id: '@user:raw.test' });
  await sends(siege, raw, deleteOf(raw, message));
  assert.equal(inTables(siege), false);
  await refused(siege, { status: 403, code: 'FORBIDDEN', reason: 'not_a_member', proven: true }, () =>
    raw.post(node.url, deleteOf(raw, message, { sender: '@stranger:raw.test' })),
  );
});

test('a request for an erased event gets the reason; lists skip it', async (t) => {
  const siege = await besiege(t);
  const { node, raw, room } = siege;
  const before = await sends(siege, raw, raw.message(room, 'before'));
  const messages: Envelope[] = [];
  for (let n = 0; n < 7; n++) {
    const message = await sends(siege, raw, raw.message(room, marker));
    messages.push(message);
    await sends(siege, raw, raw.event(about('m.reaction.add', message, { emoji: '🫏' })));
  }
  const deletes: Envelope[] = [];
  for (const message of messages) deletes.push(await sends(siege, raw, deleteOf(raw, message)));
  const after = await sends(siege, raw, raw.message(room, 'after'));

  const [first] = messages as [Envelope];
  const answer = await raw.call(node.url, 'GET', `/event/${encodeURIComponent(first.event_id)}`);
  assertError(answer, { status: 410, code: 'GONE', reason: 'deleted' });
  assert.ok(!JSON.stringify(answer.body).includes(marker));

  const byDepth: string[] = [];
  for (let depth = 0, pages = 0; ; ) {
    const { body } = await page(siege, raw, `&since_depth=${depth}&limit=2`);
    const events = body.events as { event_id: string; depth: number }[];
    byDepth.push(...ids(events));
    if (events.length === 0) break;
    assert.ok(++pages < 30, 'it comes to an end');
    depth = Math.max(...events.map((event) => event.depth));
  }
  const own = [before, ...deletes, after].map((event) => event.event_id);
  assert.deepEqual(
    byDepth.filter((id) => id.endsWith(':raw.test')),
    own,
  );

  const byArrival: string[] = [];
  const erased: Record<string, unknown>[] = [];
  for (let since = '0', pages = 0; ; ) {
    const { body } = await page(siege, raw, `&since=${since}&limit=2`);
    byArrival.push(...ids(body.events));
    erased.push(...(body.erased as Record<string, unknown>[]));
    assert.ok(++pages < 30, 'it comes to an end');
    if (body.more !== true) break;
    assert.notEqual(body.next, since);
    since = String(body.next);
  }
  assert.deepEqual(
    byArrival.filter((id) => id.endsWith(':raw.test')),
    own,
  );
  assert.deepEqual(
    ids(erased.filter((event) => event.event_type === 'm.message')),
    messages.map((message) => message.event_id),
  );
  assert.deepEqual(erased[0], {
    event_id: first.event_id,
    room_id: room,
    event_type: 'm.message',
    sender: '@user:raw.test',
    origin_server: 'raw.test',
    origin_ts: first.origin_ts,
    content: {
      channel_id: '1',
      guild_id: first.content.get('guild_id'),
      message_id: first.content.get('message_id'),
    },
    depth: first.depth,
    erased: 'deleted',
  });
});

/** The remains of its own or another server's message, as a server reports them. */
const left = (message: Envelope, more: object = {}) => ({
  event_id: message.event_id,
  room_id: message.room_id,
  event_type: 'm.message',
  sender: message.sender,
  origin_server: message.origin_server,
  origin_ts: message.origin_ts,
  content: { channel_id: '1', message_id: String(message.content.get('message_id')) },
  depth: message.depth,
  erased: 'deleted',
  ...more,
});

test('placeholders are believed from the room’s home, never carry words, and are replaced by the event itself', async (t) => {
  const guest = await beGuest(t);
  const { node, home, room } = guest;
  const siege: Siege = { node, raw: home, room };
  const real = home.message(room, 'it was there all along');
  const placeholders = [
    left(real),
    left(home.message(room, '-'), { content: { channel_id: '1', message_id: '5', body: marker } }),
    left(home.message(room, '-'), { room_id: '!6:home.test' }),
    left(home.message(room, '-'), { event_type: 'm.member.leave', content: {} }),
    left(home.message(room, '-'), { depth: -1 }),
    left(home.message(room, '-'), { sender: '@x:other.test' }),
    'nonsense',
  ];
  let next = 0;
  home.handlers.set('/events', () => ({
    status: 200,
    body: {
      events: guest.shelf.map((text) => JSON.parse(text)),
      erased: placeholders,
      next: `x.${++next}`,
      more: false,
    },
  }));
  await node.api.checkPeer({ server_name: 'home.test' });
  await until([node], 'two placeholders', async () => (await shown(siege)).length > 0);
  assert.deepEqual(await shown(siege), ['(deleted)', '(deleted)']);
  assert.equal(inTables(siege), false);

  await sends(siege, home, real);
  assert.deepEqual(await shown(siege), ['it was there all along', '(deleted)']);
  const again = await home.post(node.url, real);
  assert.equal(again.body.inserted, false);
  await sends(siege, home, deleteOf(home, real));
  assert.deepEqual(await shown(siege), ['(deleted)', '(deleted)']);
  assert.equal(inTables(siege, 'all along'), false);
});

test('a member’s placeholders are believed for its own messages only', async (t) => {
  const guest = await beGuest(t);
  const { node, home, room } = guest;
  const other = await addRaw(t, node, 'other.test');
  guest.shelf.push(
    wireEvent(home.event({ room, type: 'm.member.join', state_key: '@user:other.test', content: {} })),
  );
  const own = other.message(room, '-');
  const placeholders = [left(home.message(room, '-')), left(own), left(own, { event_id: '$1:home.test' })];
  other.handlers.set('/events', () => ({
    status: 200,
    body: { events: [], erased: placeholders, next: 'x.1', more: false },
  }));
  await until([node], 'its placeholder', async () => {
    await node.api.checkPeer({ server_name: 'home.test' });
    await node.api.checkPeer({ server_name: 'other.test' });
    return (await shown({ node, raw: home, room })).length > 0;
  });
  const { items } = await node.api.timeline({ room_id: room });
  assert.deepEqual(
    items.map((item) => [item.event_id, item.sender, item.deleted]),
    [[own.event_id, '@user:other.test', true]],
  );
});

test('a member is believed about another server’s message if a signed delete names it, and only then', async (t) => {
  const guest = await beGuest(t);
  const { node, home, room } = guest;
  const other = await addRaw(t, node, 'other.test');
  guest.shelf.push(
    wireEvent(home.event({ room, type: 'm.member.join', state_key: '@user:other.test', content: {} })),
  );
  const [gone, invented, disputed] = [
    home.message(room, '-'),
    home.message(room, '-'),
    home.message(room, '-'),
  ];
  const deletes = [deleteOf(home, gone), deleteOf(other, disputed)];
  other.handlers.set('/events', () => {
    const events = deletes.map((event) => JSON.parse(wireEvent(event)));
    return {
      status: 200,
      body: { events, erased: [gone, invented, disputed].map((one) => left(one)), next: 'x.1', more: false },
    };
  });
  await until([node], 'the placeholder', async () => {
    await node.api.checkPeer({ server_name: 'home.test' });
    await node.api.checkPeer({ server_name: 'other.test' });
    return (await shown({ node, raw: home, room })).length > 0;
  });
  const { items } = await node.api.timeline({ room_id: room });
  assert.deepEqual(
    items.map((item) => [item.event_id, item.deleted]),
    [[gone.event_id, true]],
  );
});

test('without a history, a message that arrives after its edit is relayed whole before its first text is erased', async (t) => {
  const siege = await besiege(t);
  const { node, raw, room } = siege;
  const other = await addRaw(t, node, 'other.test');
  assert.equal((await joins({ ...siege, raw: other }, '@user:other.test')).status, 200);
  await node.api.changeSettings({ keep_edit_history: false });
  const message = raw.message(room, marker);
  const edit = (body: string) => raw.event(about('m.message.edit', message, { body }));
  const [older, newer] = [edit('older'), edit('newer')];
  for (const event of [newer, message, older]) await sends(siege, raw, event);
  const got = () =>
    other.requests
      .filter(({ path }) => path.endsWith('/event'))
      .map(({ body }) => (JSON.parse(body) as { event_id: string }).event_id);
  await until(
    [node],
    'both passed on',
    () => got().includes(message.event_id) && got().includes(newer.event_id),
  );
  assert.ok(!got().includes(older.event_id), 'nobody is owed what was replaced already');
  assert.equal(inTables(siege, 'older'), false);
  assert.deepEqual(await shown(siege), ['newer']);
  assert.ok(other.requests.every(({ body }) => !body.includes('"left"')));
});
