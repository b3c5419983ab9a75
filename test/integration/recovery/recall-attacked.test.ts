import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { signerFromSeed } from '../../../main/crypto/ed25519.ts';
import { wireEvent } from '../../../shared/protocol/events/envelope.ts';
import { chainText } from '../../../shared/protocol/key-chain.ts';
import { type LocalNode, startLocalNode } from '../../support/nodes/local-node.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { until } from '../../support/until.ts';

type Room = { room_id: unknown; events: unknown[] };
const page = (rooms: Room[], keys: unknown[] = [], next: string | null = null) => ({
  status: 200,
  body: { rooms, keys, next },
});

/** A node and a hostile peer in one of its rooms. `tell`: what the peer claims to know about the node. */
async function world(t: TestContext) {
  const node = await startLocalNode(t, { name: 'a.test' });
  const raw = await new RawPeer('raw.test').listen(t);
  await node.api.addPeer({ endpoint: raw.url });
  const { room_id } = await node.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  const joining = { origin_server: 'raw.test', room_id, user_id: '@user:raw.test' };
  await raw.call(node.url, 'POST', '/join', JSON.stringify(joining));
  const read = await raw.call(node.url, 'GET', `/events?room_id=${room_id}`);
  const events = read.body.events as { event_type: string }[];
  const info = events.find((event) => event.event_type === 'm.room.info');
  assert.ok(info);
  const tell = async (...pages: ReturnType<typeof page>[]) => {
    let at = 0;
    raw.handlers.set('/recall', () => pages[Math.min(at++, pages.length - 1)] ?? page([]));
    await node.api.startRecovery({});
    return await until([node], 'the peer has answered', async () => {
      const view = await node.api.recovery({});
      return view.answered.includes('raw.test') && view;
    });
  };
  return { node, raw, room_id, info, tell };
}

const roomsOf = async (node: LocalNode) => (await node.api.rooms({})).items.map((room) => room.room_id);

test('nobody can make a node adopt a room of its own name that it never made', async (t) => {
  const { node, raw, room_id, info, tell } = await world(t);
  const forged = (room: string, by = raw) => {
    const content = { name: 'Trap', join_rule: 'peers', channels: [] };
    const event = by.event({
      room,
      type: 'm.room.info',
      content,
      state_key: '',
      origin_server: 'a.test',
      sender: '@a:a.test',
      event_id: `$m_room_info:7:1:a.test`,
    });
    return JSON.parse(wireEvent(event)) as Record<string, unknown>;
  };
  const asOurs = forged('!901:a.test');
  const keyId = (await node.api.status({})).active_key?.key_id ?? '';
  const claims: Room[] = [
    { room_id: '!900:a.test', events: [] },
    // Signed by the peer, under its own key's name and under ours.
    { room_id: '!901:a.test', events: [asOurs] },
    {
      room_id: '!902:a.test',
      events: [{ ...forged('!902:a.test'), signatures: { 'a.test': { [keyId]: '00'.repeat(64) } } }],
    },
    // Our own event, from another room; and that event with the room's id replaced.
    { room_id: '!903:a.test', events: [info] },
    { room_id: '!904:a.test', events: [{ ...info, room_id: '!904:a.test' }] },
    // The peer itself signed this.
    { room_id: '!905:a.test', events: [{ ...forged('!905:a.test'), origin_server: 'raw.test' }] },
    { room_id: 'not a room', events: [info] },
    { room_id: 7, events: [info] },
    { room_id: '!906:a.test', events: ['nonsense', null, 12] },
  ];
  const view = await tell(page(claims));
  assert.deepEqual(await roomsOf(node), [room_id]);
  assert.deepEqual(view.recovered, { events: 0, rooms: 0, users: 0, keys: 0 });
  assert.deepEqual(
    view.items.map(({ kind, id, outcome, told_by }) => [kind, id, outcome, told_by]),
    ['900', '901', '902', '903', '904', '905', '906'].map((id) => [
      'room',
      `!${id}:a.test`,
      'lost',
      'raw.test',
    ]),
  );
});

test('a home’s claim that our user is in its room is only listed', async (t) => {
  const { node, raw, room_id, info, tell } = await world(t);
  const join = raw.event({
    room: '!5:raw.test',
    type: 'm.member.join',
    state_key: '@a:a.test',
    content: { user_id: '1', role: 'owner' },
  });
  const view = await tell(
    page([
      { room_id: '!5:raw.test', events: [JSON.parse(wireEvent(join))] },
      // An event that we did sign, but shown for another room.
      { room_id: '!6:raw.test', events: [info] },
      { room_id: '!7:third.test', events: [] },
    ]),
  );
  assert.deepEqual(await roomsOf(node), [room_id]);
  assert.equal(view.elsewhere, 3);
  assert.ok(
    view.items.every(({ outcome, text }) => outcome === 'elsewhere' && text.startsWith('raw.test says')),
  );
  assert.deepEqual((await node.api.users({})).items.length, 1);
});

test('a key becomes ours only if our own key vouches for it', async (t) => {
  const { node, raw, tell } = await world(t);
  const status = await node.api.status({});
  const ours = { key_id: status.active_key?.key_id ?? '', public_key: '' };
  const thief = signerFromSeed(randomBytes(32));
  const key = { key_id: 'ed25519:later', public_key: thief.publicKey };
  const signedBy = (signer: { sign(text: string): string }, keyId: string, more: object = {}) => ({
    ...key,
    valid_until: Date.now() + 86_400_000,
    ...more,
    chain: { key_id: keyId, signature: signer.sign(chainText('a.test', keyId, { ...key, ...more })) },
  });
  const view = await tell(
    page(
      [],
      [
        signedBy(thief, ours.key_id),
        signedBy(raw.signer, raw.keyId, {
          key_id: 'ed25519:x',
          public_key: signerFromSeed(randomBytes(32)).publicKey,
        }),
        { key_id: 'ed25519:y', public_key: signerFromSeed(randomBytes(32)).publicKey, chain: 'nonsense' },
        { key_id: ours.key_id, public_key: thief.publicKey, chain: null },
        { key_id: 'no key' },
        null,
      ],
    ),
  );
  assert.equal(view.recovered.keys, 0);
  assert.equal(view.lost, 3);
  const published = await (await fetch(`${node.url}/_paracord/federation/v1/keys`)).json();
  assert.deepEqual(
    (published as { keys: { key_id: string }[] }).keys.map(({ key_id }) => key_id),
    [ours.key_id],
  );
});

test('no matter how much a peer sends, little of it is read, and less is kept', async (t) => {
  const { node, raw, tell } = await world(t);
  let pages = 0;
  const id = (n: number) => `!${1_000_000 + n}:a.test`;
  raw.handlers.set('/recall', () => page([]));
  const flood = Array.from({ length: 60 }, () => {
    const from = 500 * pages++;
    const rooms = Array.from({ length: 500 }, (_, n) => ({ room_id: id(from + n), events: [] }));
    const keys = Array.from({ length: 100 }, (_, n) => ({
      key_id: `k${from + n}`,
      public_key: (from + n).toString(16).padStart(64, '0'),
    }));
    return page(rooms, keys, id(from + 499));
  });
  const view = await tell(...flood);
  assert.equal(view.lost, 200);
  const asked = raw.requests.filter(({ path }) => path.endsWith('/recall')).length;
  assert.ok(asked <= 40, `asked ${asked} times`);
  assert.equal((await node.api.rooms({})).items.length, 1);
});

test('a peer whose pages go in circles isn’t asked further, and one that answers nonsense is skipped', async (t) => {
  const { node, raw, tell } = await world(t);
  await tell(page([], [], '!9:a.test'), page([], [], '!9:a.test'));
  const asked = () => raw.requests.filter(({ path }) => path.endsWith('/recall')).length;
  assert.equal(asked(), 2);
  raw.requests.length = 0;
  raw.handlers.set('/recall', () => ({ status: 200, body: '<html>' }));
  await node.api.startRecovery({});
  await until([node], 'it was asked', () => asked() === 1);
  const { unanswered } = await node.api.recovery({});
  assert.deepEqual(unanswered, ['raw.test']);
});

test('only a peer learns what is known about it, only about itself, and not too often', async (t) => {
  const { node, raw, room_id } = await world(t);
  const other = await new RawPeer('other.test').listen(t);
  const stranger = await new RawPeer('stranger.test').listen(t);
  await node.api.addPeer({ endpoint: other.url });
  await raw.post(node.url, raw.message(room_id, 'mine'));
  const told = (await raw.call(node.url, 'GET', '/recall')).body as unknown as {
    rooms: { room_id: string; events: { origin_server: string; content: { body: string } }[] }[];
    keys: { public_key: string }[];
    next: string | null;
  };
  assert.deepEqual(
    told.rooms.map((room) => room.room_id),
    [room_id],
  );
  assert.deepEqual(
    told.rooms[0]?.events.map((event) => [event.origin_server, event.content.body]),
    [['raw.test', 'mine']],
  );
  assert.deepEqual(
    told.keys.map(({ public_key }) => public_key),
    [raw.signer.publicKey],
  );
  assert.equal(told.next, null);
  assert.deepEqual((await other.call(node.url, 'GET', '/recall')).body.rooms, []);
  assert.equal((await stranger.call(node.url, 'GET', '/recall')).status, 403);
  assert.equal((await raw.call(node.url, 'GET', '/recall?after=nonsense')).status, 400);
  const statuses: number[] = [];
  for (let n = 0; n < 70; n++) statuses.push((await raw.call(node.url, 'GET', '/recall')).status);
  assert.equal(statuses.at(-1), 429);
  assert.equal((await other.call(node.url, 'GET', '/recall')).status, 200, 'nobody else pays for it');
});

test('the only invites accepted from a peer are ours to our rooms and its own to its rooms', async (t) => {
  const { node, raw, room_id, tell } = await world(t);
  // Someone who has our key, or a peer that shows what we signed in rooms that are lost.
  const [key] = (
    JSON.parse(readFileSync(join(node.dataDir, 'identity.json'), 'utf8')) as {
      keys: { key_id: string; seed: string }[];
    }
  ).keys;
  assert.ok(key);
  const ours = new RawPeer('a.test', 'a.test', Buffer.from(key.seed, 'hex'));
  ours.keyId = key.key_id;
  let count = 0;
  const signed = (by: RawPeer, type: string, room: string, more: object) => {
    const depth = Date.now() - 1_000_000 + count++;
    const content = { user_id: '1', guild_name: 'Trap', body: 'x', channel_id: '1' };
    const event = by.event({
      room,
      type,
      content,
      depth,
      origin_ts: depth,
      sender: '@a:a.test',
      origin_server: 'a.test',
      event_id: `$${type.replaceAll('.', '_')}:1:${depth}:a.test`,
      ...more,
    });
    return JSON.parse(wireEvent(event)) as Record<string, unknown>;
  };
  const invite = 'm.member.invite';
  const lost = signed(ours, invite, room_id, { state_key: '@guest:raw.test' });
  const theirInvite = (room: string, state_key: string, n: number) =>
    signed(raw, invite, room, {
      state_key,
      sender: '@user:raw.test',
      origin_server: 'raw.test',
      event_id: `$i:1:${n}:raw.test`,
    });
  const returned = [
    signed(raw, invite, room_id, { state_key: '@other:raw.test' }),
    signed(ours, invite, '!900:a.test', { state_key: '@a:a.test' }),
    signed(ours, invite, '!901:raw.test', { state_key: '@a:a.test' }),
    // The event looks as if it were pushed now.
    theirInvite('!902:raw.test', '@a:a.test', 2),
    theirInvite('!903:raw.test', '@nobody:a.test', 3),
    theirInvite('!904:raw.test', '@user:raw.test', 4),
    theirInvite('!905:other.test', '@a:a.test', 5),
    theirInvite(room_id, '@other:raw.test', 6),
    signed(ours, 'm.message', room_id, { state_key: null }),
    ...['nonsense', null, 12, {}],
    lost,
  ];
  const isAsked = Promise.withResolvers<void>();
  raw.handlers.set('/recall/invites', () => {
    isAsked.resolve();
    return { status: 200, body: { events: returned } };
  });
  await tell(page([]));
  await isAsked.promise;
  await until([node], 'the lost invite is back', async () => {
    const { items } = await node.api.sentInvites({ room_id });
    return items.map(({ user_id }) => user_id).join() === '@guest:raw.test';
  });
  const { items: invites } = await node.api.invites({});
  assert.deepEqual(
    invites.map((each) => [each.room_id, each.user_id]),
    [['!902:raw.test', '@a:a.test']],
  );
  assert.deepEqual((await node.api.timeline({ room_id })).items, []);
  assert.deepEqual(await roomsOf(node), [room_id]);
});

test('a peer gets back its own invites that are open or revoked, ours to its users, and nobody else’s', async (t) => {
  const { node, raw } = await world(t);
  const other = await new RawPeer('other.test').listen(t);
  await node.api.addPeer({ endpoint: other.url });
  await node.api.addUser({ localpart: 'zoe' });
  let depth = Date.now() - 1_000_000;
  const say = async (by: RawPeer, type: string, room: string, state_key: string) => {
    const content = {
      user_id: '1',
      ...(type === 'm.member.invite' ? { guild_name: 'In' } : {}),
    };
    const event = by.event({ room, type, state_key, content, depth: depth++ });
    assert.equal((await by.post(node.url, event)).status, 202);
    return event.event_id;
  };
  await say(raw, 'm.member.invite', '!9:raw.test', '@a:a.test');
  const revoked = await say(raw, 'm.member.uninvite', '!9:raw.test', '@a:a.test');
  const open = await say(raw, 'm.member.invite', '!9:raw.test', '@zoe:a.test');
  await say(raw, 'm.member.invite', '!10:raw.test', '@a:a.test');
  const again = await say(raw, 'm.member.invite', '!10:raw.test', '@a:a.test');
  const declined = await say(raw, 'm.member.invite', '!11:raw.test', '@a:a.test');
  await node.api.declineInvite({ id: declined });
  const theirs = await say(other, 'm.member.invite', '!9:other.test', '@a:a.test');
  const { room_id } = await node.api.createRoom({ name: 'Ours', join_rule: 'invite' });
  const [forRaw, forOther] = await Promise.all(
    ['@user:raw.test', '@user:other.test'].map(async (user_id) => {
      const { event_id } = await node.api.inviteUser({ room_id, user_id });
      return event_id;
    }),
  );
  const told = async (by: RawPeer) => {
    const { body } = await by.call(node.url, 'GET', '/recall/invites');
    return (body.events as { event_id: string }[]).map(({ event_id }) => event_id);
  };
  assert.deepEqual((await told(raw)).slice(-2), [revoked, forRaw], 'open ones first, and ours last');
  assert.deepEqual((await told(raw)).toSorted(), [again, open, revoked, forRaw].toSorted());
  assert.deepEqual(await told(other), [theirs, forOther]);
  const stranger = await new RawPeer('stranger.test').listen(t);
  assert.equal((await stranger.call(node.url, 'GET', '/recall/invites')).status, 403);
  const statuses: number[] = [];
  for (let n = 0; n < 70; n++) statuses.push((await raw.call(node.url, 'GET', '/recall/invites')).status);
  assert.equal(statuses.at(-1), 429);
});
