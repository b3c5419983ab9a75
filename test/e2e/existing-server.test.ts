import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { federationPrefix } from '../../shared/protocol/transport.ts';
import { ExistingServer, skipWithoutServer } from '../support/existing-server.ts';
import { type LocalNode, startLocalNode } from '../support/local-node.ts';
import { bodies, pictureOf } from '../support/picture.ts';
import { RawPeer } from '../support/raw-peer.ts';
import { until } from '../support/until.ts';

/** Against a server that others wrote, in whatever release: what is expected is what all of them do. */
const skip = skipWithoutServer;
const texts = [
  '👩‍👩‍👧‍👦 🇩🇪',
  'quo"te \\ back / <b>&amp;',
  'line\nbreak\ttab\u0001\u007f\u2028\ue000\u{1f600}',
  ' ',
  'x'.repeat(5000),
];

async function together(t: TestContext, options: { repaired?: boolean; eventsPerMinute?: number } = {}) {
  const server = await ExistingServer.start(t, options);
  const a = await startLocalNode(t, { name: 'a.test' });
  await a.api.addPeer({ endpoint: server.url });
  await server.addPeer(a);
  return { server, a, again: () => back(t, a) };
}

/** The node comes back where it was. */
const back = (t: TestContext, { name, dataDir, url }: LocalNode) =>
  startLocalNode(t, { name, dataDir, port: Number(new URL(url).port) });

const shown = async (a: LocalNode, room: string) => (await pictureOf(a.api, room)).timeline.toReversed();
/** Its messages stand at the beginning of their second, and so before a join of the same second. */
async function nextSecond(): Promise<void> {
  const second = () => Math.floor(Date.now() / 1000);
  const now = second();
  await until([], 'the next second', () => second() > now);
}
const allDelivered = (a: LocalNode) =>
  until([a], 'the outbox is empty', async () => (await a.api.outbox({})).items.length === 0);

for (const repaired of [false, true]) {
  const which = repaired ? 'repaired in its data' : 'as shipped';
  test(`in a guild of an existing server, ${which}, each side writes and we show it all`, {
    skip,
  }, async (t) => {
    const { server, a } = await together(t, { repaired });
    const room = server.room;
    await server.post('admin', 'before anybody came');
    const joined = await a.api.joinRoom({ room_id: room });
    assert.equal(joined.membership, 'joined');
    assert.equal(joined.name, 'Guild');

    const edited = await server.post('bob', 'hello');
    await server.edit('bob', edited, 'hello, edited');
    await server.delete('bob', await server.post('bob', 'gone'));
    const liked = await server.post('admin', 'liked');
    await server.react('admin', liked, '👍');
    await server.react('bob', await server.post('bob', 'also liked'), '🎉');
    await server.react('admin', liked, '😀');
    await server.react('admin', liked, '😀', false);
    // Its own user who comes by an invite is told by it: that must not count as a word about ours.
    await server.invite('admin', 'carol');
    await server.post('carol', 'new here');
    const timeline = await until([a], 'what its users did', async () => {
      const items = await shown(a, room);
      const done = items.some((item) => item.body === 'new here') && items.some((item) => item.deleted);
      const reactions = items.flatMap((item) => item.reactions.map((each) => each.emoji));
      return done && reactions.toSorted().join() === '🎉,👍' && items.some((i) => i.edited_at) && items;
    });
    assert.deepEqual(
      timeline.map((item) => item.body).toSorted(),
      ['also liked', 'before anybody came', 'hello, edited', 'liked', 'new here', null].toSorted(),
    );

    const own = await a.api.postMessage({ room_id: room, body: 'from a' });
    const gone = await a.api.postMessage({ room_id: room, body: 'taken back' });
    const events = [own.event_id, gone.event_id];
    for (const body of texts) events.push((await a.api.postMessage({ room_id: room, body })).event_id);
    const of = { room_id: room, event_id: own.event_id };
    events.push((await a.api.editMessage({ ...of, body: 'from a, edited' })).event_id);
    events.push((await a.api.react({ ...of, emoji: '🎉' })).event_id);
    events.push((await a.api.react({ ...of, event_id: `$${liked}:${server.name}`, emoji: '👍🏽' })).event_id);
    events.push((await a.api.deleteMessage({ ...of, event_id: gone.event_id })).event_id);
    await allDelivered(a);
    for (const event_id of events) {
      const { attempts } = await a.api.event({ event_id });
      assert.deepEqual(
        attempts.map((each) => each.status),
        [202],
        event_id,
      );
    }
    const peer = await a.api.peer({ server_name: server.name });
    assert.deepEqual([peer.state, peer.warnings], ['ok', []]);
    if (!repaired) return;
    const theirs = (await server.messages()).filter(
      (message) => !['admin', 'bob', 'carol'].includes(message.author.username),
    );
    assert.deepEqual(
      theirs.map((message) => message.content),
      ['from a, edited', ...texts],
    );
    assert.deepEqual(
      theirs[0]?.reactions?.map((each) => each.emoji),
      ['🎉'],
    );
  });
}

test('an existing server that does not know us refuses in clear words, and takes everything once it does', {
  skip,
}, async (t) => {
  const server = await ExistingServer.start(t);
  const a = await startLocalNode(t, { name: 'a.test' });
  const peer = async () => a.api.peer({ server_name: server.name });
  const room_id = server.room;
  await a.api.addPeer({ endpoint: server.url });
  assert.match((await peer()).state_text, /Its owner must add this server too/);
  await assert.rejects(a.api.joinRoom({ room_id }), /not added this server as a peer/);
  assert.deepEqual((await a.api.rooms({})).items, []);
  const check = await a.api.checkPeer({ server_name: server.name });
  assert.deepEqual(
    check.steps.filter((step) => step.result === 'failed').map((step) => step.step),
    ['signed-read'],
  );

  await server.addPeer(a);
  await a.api.joinRoom({ room_id });
  await allDelivered(a);
  await server.ask('admin', 'DELETE', `/servers/${a.name}`, undefined, federationPrefix);
  await a.api.postMessage({ room_id, body: 'while out' });
  await until([a], 'a closed door', async () => (await peer()).state === 'closed');
  assert.match((await peer()).state_text, /does not let us in \(403\)/);
  await server.addPeer(a);
  await a.api.retryOutbox({ destination: server.name });
  await allDelivered(a);

  // It learns a new key when its admin adds us anew, and not before.
  await a.api.rotateKeys({ announce_seconds: 0 });
  await a.api.postMessage({ room_id, body: 'with the new key' });
  await until([a], 'a closed door', async () => (await peer()).state === 'closed');
  await server.addPeer(a);
  await a.api.retryOutbox({ destination: server.name });
  await allDelivered(a);
  assert.equal((await peer()).state, 'ok');
});

test('what was written at an existing server while we were down comes once, low depths included', {
  skip,
}, async (t) => {
  const { server, a, again } = await together(t);
  await a.api.joinRoom({ room_id: server.room });
  await allDelivered(a);
  await a.stop();
  const expected: string[] = [];
  const write = async (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      const as = i % 2 === 0 ? 'admin' : 'bob';
      // Its edits have depths in milliseconds, its messages in whole seconds: the next one lies before this edit.
      const id = await server.post(as, `message ${i}`);
      if (i % 5 === 0) await server.edit(as, id, `edited ${i}`);
      expected.push(i % 5 === 0 ? `edited ${i}` : `message ${i}`);
    }
  };
  await write(0, 30);
  const b = await again();
  await write(30, 45);
  const whole = async () => {
    const got = bodies(await pictureOf(b.api, server.room));
    return got.length >= expected.length && got;
  };
  await until([b], 'all of them', async () => {
    const got = await whole();
    return got && expected.every((body) => got.includes(body));
  });
  assert.deepEqual(((await whole()) || []).toSorted(), expected.toSorted());
});

test('the key of an existing server that names an end in the past is extended by itself, and what it signs is read', {
  skip,
}, async (t) => {
  const server = await ExistingServer.start(t);
  await server.down();
  server.change(
    'UPDATE federation_server_keys SET valid_until = ? WHERE server_name = ?',
    Date.now() - 1000,
    server.name,
  );
  await server.up();
  const a = await startLocalNode(t, { name: 'a.test' });
  await a.api.addPeer({ endpoint: server.url });
  await server.addPeer(a);
  await a.api.joinRoom({ room_id: server.room });
  await allDelivered(a);
  await server.post('bob', 'under an old key');
  await until([a], 'what it signed', async () =>
    bodies(await pictureOf(a.api, server.room)).includes('under an old key'),
  );
  const peer = await a.api.peer({ server_name: server.name });
  assert.deepEqual([peer.state, peer.keys[0]?.standing], ['ok', 'by_day']);
});

test('where the owner wants to be asked, the expired key of an existing server is named, extended, and what it signed is read', {
  skip,
}, async (t) => {
  const server = await ExistingServer.start(t);
  await server.down();
  server.change(
    'UPDATE federation_server_keys SET valid_until = ? WHERE server_name = ?',
    Date.now() - 1000,
    server.name,
  );
  await server.up();
  const a = await startLocalNode(t, { name: 'a.test' });
  await a.api.changeSettings({ extend_keys: false });
  await a.api.addPeer({ endpoint: server.url });
  await server.addPeer(a);
  await a.api.joinRoom({ room_id: server.room });
  await allDelivered(a);
  await server.post('bob', 'under an old key');
  const peer = await a.api.peer({ server_name: server.name });
  assert.match(peer.state_text, /Its key expired on .* turned off in your settings/);
  assert.deepEqual(bodies(await pictureOf(a.api, server.room)), []);
  const extended = await a.api.extendPeerKeys({ server_name: server.name });
  assert.equal(extended.state, 'ok');
  await until([a], 'what was refused before', async () =>
    bodies(await pictureOf(a.api, server.room)).includes('under an old key'),
  );
});

test('an existing server that asks us to send more slowly loses nothing', { skip }, async (t) => {
  const { server, a } = await together(t, { repaired: true, eventsPerMinute: 10 });
  await a.api.joinRoom({ room_id: server.room });
  const sent = Array.from({ length: 30 }, (_, i) => `message ${i}`);
  for (const body of sent) await a.api.postMessage({ room_id: server.room, body });
  const limited = await until([a], 'a 429', async () => {
    const { items } = await a.api.outboxEntries({ destination: server.name });
    return items.length === 0 ? 'never' : items.some((entry) => entry.last_status === 429) && 'once';
  });
  if (limited === 'never') t.diagnostic('This release knows no limit.');
  else assert.match((await a.api.outbox({})).items[0]?.last_error ?? '', /more slowly \(429\)/);
  await server.down();
  server.limitEvents(0);
  await server.up();
  await a.api.retryOutbox({ destination: server.name });
  await allDelivered(a);
  assert.deepEqual(
    (await server.messages()).map((message) => message.content),
    sent,
  );
});

test('in a room of ours a user of an existing server, that is let in, reads and writes', {
  skip,
}, async (t) => {
  const { server, a } = await together(t, { repaired: true });
  const room_id = (await a.api.createRoom({ name: 'Ours', join_rule: 'peers' })).room_id;
  const user_id = server.user('dave');
  // It asks for its users only in rooms that it has heard of, so the first one is let in by hand, with its key.
  const hand = new RawPeer(server.name, server.name, Buffer.from(server.seed, 'hex'));
  hand.keyId = 'ed25519:auto';
  const asked = await hand.call(
    a.url,
    'POST',
    '/join',
    JSON.stringify({ origin_server: server.name, room_id, user_id }),
  );
  assert.equal(asked.status, 200);
  const first = await a.api.postMessage({ room_id, body: 'welcome' });
  await a.api.editMessage({ room_id, event_id: first.event_id, body: 'welcome, dave' });
  await allDelivered(a);
  await server.register('dave');
  const mirror = await until([a], 'its mirror of the room', async () =>
    (await server.guilds('dave')).find((guild) => guild.name === 'Ours'),
  );
  const [channel] = await server.ask<{ id: string }[]>('dave', 'GET', `/guilds/${mirror.id}/channels`);
  assert.ok(channel);
  const seen = await server.messages('dave', channel.id);
  assert.deepEqual(
    seen.map((message) => message.content),
    ['welcome, dave'],
  );

  await nextSecond();
  const id = await server.post('dave', 'thanks', {}, channel.id);
  await server.edit('dave', id, 'thanks a lot', channel.id);
  await server.react('dave', id, '🎉', true, channel.id);
  await server.delete('dave', await server.post('dave', 'gone', {}, channel.id), channel.id);
  const item = await until([a], 'what dave wrote', async () => {
    const items = await shown(a, room_id);
    return (
      items.some((each) => each.deleted) &&
      items.find((each) => each.body === 'thanks a lot' && each.reactions.length > 0)
    );
  });
  assert.equal(item.sender, user_id);
  assert.deepEqual(item.reactions, [{ emoji: '🎉', users: [user_id] }]);

  // What never reached it, it asks for; and whoever owns its mirror lets others in, for whom it asks us.
  await allDelivered(a);
  await server.down();
  const missed = await a.api.postMessage({ room_id, body: 'missed' });
  await a.api.giveUpOutbox({ destination: server.name, event_id: missed.event_id });
  server.change(
    "UPDATE spaces SET owner_id = (SELECT id FROM users WHERE username = 'dave') WHERE name = 'Ours'",
  );
  await server.up();
  await until([a], 'what it missed', async () =>
    (await server.messages('dave', channel.id)).some((message) => message.content === 'missed'),
  );
  await server.invite('dave', 'bob', channel.id);
  const bob = async () =>
    (await a.api.members({ room_id })).items.some((each) => each.user_id === server.user('bob'));
  await until([a], 'bob is in', bob);
  await nextSecond();
  await server.post('bob', 'hi from bob', {}, channel.id);
  await until([a], 'what bob wrote', async () =>
    (await shown(a, room_id)).some((each) => each.body === 'hi from bob'),
  );
  await server.ask('bob', 'DELETE', `/guilds/${mirror.id}/members/@me`);
  await until([a], 'bob is gone', async () => !(await bob()));
});
