import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Envelope, wireEvent } from '../../shared/protocol/events/envelope.ts';
import { bodies, pictureOf, sameEverywhere } from '../support/browser/picture.ts';
import { shareRoom, startLocalNode } from '../support/nodes/local-node.ts';
import { RawPeer } from '../support/parties/raw-peer.ts';
import { until } from '../support/until.ts';

const count = 500;

test('a node that was down while 500 events were written gets each one once, in order, with edits and deletes applied', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  let c = await startLocalNode(t, { name: 'c.test' });
  const room = await shareRoom(a, c, 'Busy');
  const { dataDir, url } = c;
  await c.stop();

  const expected: (string | null)[] = [];
  const posted: { event_id: string }[] = [];
  for (let i = 0; i < count - 20; i++) {
    posted.push(await a.api.postMessage({ room_id: room, body: `message ${i}` }));
    expected.push(`message ${i}`);
  }
  for (let i = 0; i < 10; i++) {
    await a.api.editMessage({ room_id: room, event_id: posted[i * 7]?.event_id ?? '', body: `edited ${i}` });
    expected[i * 7] = `edited ${i}`;
    await a.api.deleteMessage({ room_id: room, event_id: posted[i * 7 + 1]?.event_id ?? '' });
    expected[i * 7 + 1] = null;
  }

  c = await startLocalNode(t, { name: 'c.test', dataDir, port: Number(new URL(url).port) });
  await until([a, c], 'all events at C', async () => {
    const shown = await pictureOf(c.api, room);
    return shown.timeline.length === expected.length && (await sameEverywhere([a.api, c.api], room));
  });
  assert.deepEqual(bodies(await pictureOf(c.api, room)), expected);
  await until([a, c], 'A’s outbox empty', async () => (await a.api.outbox({})).items.length === 0);
});

test('a peer that never pushes and only answers GET events is read to the last of its 500 events', async (t) => {
  const raw = await new RawPeer('raw.test').listen(t);
  const a = await startLocalNode(t, { name: 'a.test' });
  await a.api.addPeer({ endpoint: raw.url });
  const room = '!300:raw.test';
  const events: Envelope[] = Array.from({ length: count }, (_, i) =>
    raw.message(room, `message ${i}`, { depth: 1000 + Math.floor(i / 3), origin_ts: Date.now() - count + i }),
  );
  raw.handlers.set('/invite', () => ({
    status: 200,
    body: { accepted: true, room_id: room, guild_id: '300', guild_name: 'Guild', default_channel_id: '1' },
  }));
  raw.handlers.set('/join', () => ({
    status: 200,
    body: { joined: true, room_id: room, guild_id: '300', local_user_id: '42' },
  }));
  raw.handlers.set('/event', () => ({ status: 202, body: { event_id: 'x', inserted: true } }));
  // Like the existing server: by depth, without tokens.
  raw.handlers.set('/events', ({ query }) => {
    const since = Number(query.get('since_depth'));
    const page = events
      .filter((event) => event.depth > since)
      .sort((x, y) => x.depth - y.depth)
      .slice(0, Number(query.get('limit')));
    return { status: 200, body: `{"events":[${page.map(wireEvent).join(',')}]}` };
  });
  await a.api.joinRoom({ room_id: room });
  const shown = await until([a], 'all of them', async () => {
    const picture = await pictureOf(a.api, room);
    return picture.timeline.length === count && picture;
  });
  assert.equal(new Set(shown.timeline.map((item) => item.event_id)).size, count);

  const first = events[0] as Envelope;
  const edit = raw.event({
    room,
    type: 'm.message.edit',
    content: {
      guild_id: '300',
      channel_id: '1',
      message_id: first.event_id.slice(1).split(':')[0] ?? '',
      body: 'edited',
    },
  });
  events.push(edit, raw.message(room, 'one more'));
  await until([a], 'what came later', async () => {
    const { timeline } = await pictureOf(a.api, room);
    return (
      timeline.some((item) => item.body === 'one more') && timeline.some((item) => item.body === 'edited')
    );
  });
  const peer = await a.api.peer({ server_name: 'raw.test' });
  assert.equal(peer.state !== 'unreachable', true);
});
