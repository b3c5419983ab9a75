import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Plain } from '../../../../shared/protocol/coding/json.ts';
import { wireEvent } from '../../../../shared/protocol/events/envelope.ts';
import { addRaw, beGuest, type Guest } from '../../../support/attack/home.ts';
import { besiege, memberBody, refused, rowsOf, takes, user } from '../../../support/attack/node.ts';
import { startLocalNode } from '../../../support/nodes/local-node.ts';
import { RawPeer } from '../../../support/parties/raw-peer.ts';
import { until } from '../../../support/until.ts';

const [us, them] = ['@a:a.test', '@user:home.test'];

const info = ({ home, room }: Guest, direct: Plain | undefined, depth?: number) =>
  home.event({
    room,
    type: 'm.room.info',
    state_key: '',
    content: {
      name: 'Somebody’s name for it',
      join_rule: 'invite',
      channels: [{ channel_id: '1', name: 'general' }],
      ...(direct === undefined ? {} : { direct }),
    },
    ...(depth === undefined ? {} : { depth }),
  });

const joins = ({ home, room }: Guest, who: string) =>
  home.event({ room, type: 'm.member.join', state_key: who, content: { user_id: '7' } });

const sends = async (
  { home, node }: Pick<Guest, 'home' | 'node'>,
  ...events: Parameters<RawPeer['post']>[1][]
): Promise<void> => {
  for (const event of events) assert.equal((await home.post(node.url, event)).status, 202);
};

const picture = async ({ node, room }: Guest) => {
  const view = await node.api.room({ room_id: room });
  const members = (await node.api.members({ room_id: room })).items.map(({ user_id }) => user_id);
  const said = (await node.api.timeline({ room_id: room })).items.map(({ body }) => body);
  return { name: view.name, direct: view.direct?.user_id, members: members.toSorted(), said };
};

test('a home can neither change the two people of a direct chat nor add a third, with any dates in any order', async (t) => {
  const attacks = [
    ['@user:home.test', '@eve:home.test'],
    ['@a:a.test', '@eve:home.test'],
    ['@user:home.test', '@ben:a.test'],
  ];
  for (const pair of attacks) {
    const guest = await beGuest(t);
    const { node, home, room } = guest;
    await node.api.addUser({ localpart: 'ben' });
    await sends(guest, info(guest, [us, them]));
    const before = { name: 'user', direct: them, members: [us, them], said: [] };
    assert.deepEqual(await picture(guest), before);
    const eve = '@eve:home.test';
    await sends(guest, joins(guest, eve), home.message(room, 'Whom do you like?', { sender: eve }));
    // Without a pair, it changes nothing.
    await sends(guest, info(guest, undefined), info(guest, undefined, 1));
    assert.deepEqual(await picture(guest), before);
    // Users whom it leaves out are out, as if removed: then the rest is refused.
    const more = [info(guest, pair), info(guest, pair, 2), joins(guest, eve), joins(guest, '@ben:a.test')];
    for (const event of more) await home.post(node.url, event);
    const { members, said } = await picture(guest);
    assert.deepEqual([members.filter((one) => one !== us && one !== them), said], [[], []]);
  }
});

test('a room that turns out to be a direct chat shows nothing of others', async (t) => {
  const guest = await beGuest(t);
  const eve = '@eve:home.test';
  await sends(guest, joins(guest, eve), guest.home.message(guest.room, 'Hi', { sender: eve }));
  assert.deepEqual((await picture(guest)).said, ['Hi']);
  await sends(guest, info(guest, [us, them]));
  assert.deepEqual(await picture(guest), { name: 'user', direct: them, members: [us, them], said: [] });
});

test('a room is a direct chat only if it names two people, one of them of the home', async (t) => {
  const guest = await beGuest(t);
  const { node, home } = guest;
  for (const direct of [
    [],
    [us],
    [us, us],
    [us, '@c:c.test'],
    [us, them, '@c:c.test'],
    ['a', them],
    'both',
    [us, 1],
  ])
    await refused(
      { node, raw: home, room: guest.room },
      { status: 400, code: 'BAD_REQUEST', proven: true },
      () => home.post(node.url, info(guest, direct)),
    );
  assert.equal(rowsOf<{ direct: string | null }>(node, 'rooms')[0]?.direct, null);
});

test('a third server makes no room of another home a direct chat, and gets nobody into one', async (t) => {
  const siege = await besiege(t);
  const { node, raw } = siege;
  const third = await new RawPeer('third.test').listen(t);
  third.handlers.set('/event', takes);
  await node.api.addPeer({ endpoint: third.url });
  const { room_id } = await node.api.startDirect({ person: user });
  const claim = third.event({
    room: room_id,
    type: 'm.room.info',
    state_key: '',
    content: { name: 'Ours', join_rule: 'peers', channels: [], direct: ['@user:third.test', us] },
  });
  const forbidden = { status: 403, code: 'FORBIDDEN', proven: true } as const;
  await refused({ node, raw: third, room: room_id }, forbidden, () => third.post(node.url, claim));
  for (const [peer, who] of [
    [third, '@user:third.test'],
    [raw, '@other:raw.test'],
  ] as const)
    await refused({ node, raw: peer, room: room_id }, forbidden, () =>
      peer.call(node.url, 'POST', '/join', memberBody(peer.name, room_id, who)),
    );
  const joined = await raw.call(node.url, 'POST', '/join', memberBody('raw.test', room_id, user));
  assert.equal(joined.status, 200);
  assert.equal((await node.api.room({ room_id })).direct?.state, 'joined');
});

/** A home that begins rooms, says of each that it is the direct chat of the two, and lets us into all of them. */
async function beInvited(t: TestContext, pairOf: (nr: number) => string[] | undefined) {
  const node = await startLocalNode(t, { name: 'a.test' });
  const home = await addRaw(t, node, 'home.test');
  const idOf = (nr: number) => `!${nr}:home.test`;
  const asked: string[] = [];
  const says = (nr: number, type: string, state_key: string, content: Record<string, Plain>) =>
    wireEvent(home.event({ room: idOf(nr), type, state_key, content }));
  home.handlers.set('/invite', ({ body }) => {
    const { room_id } = JSON.parse(body);
    asked.push(room_id);
    return {
      status: 200,
      body: { accepted: true, room_id, guild_id: '5', guild_name: 'Theirs', default_channel_id: '1' },
    };
  });
  home.handlers.set('/join', ({ body }) => {
    const { room_id } = JSON.parse(body);
    const nr = Number(/\d+/.exec(room_id)?.[0]);
    const direct = pairOf(nr);
    const events = [
      says(nr, 'm.room.info', '', {
        name: 'Theirs',
        join_rule: 'peers',
        channels: [{ channel_id: '1', name: 'general' }],
        ...(direct === undefined ? {} : { direct }),
      }),
      says(nr, 'm.member.join', them, {}),
      says(nr, 'm.member.join', us, {}),
    ];
    const told = JSON.stringify({ joined: true, room_id, guild_id: '5', local_user_id: '9' });
    return { status: 200, body: `${told.slice(0, -1)},"events":[${events.join(',')}]}` };
  });
  const invites = async (nr: number) =>
    sends(
      { node, home },
      home.event({
        room: idOf(nr),
        type: 'm.member.invite',
        state_key: us,
        content: { guild_name: 'Theirs', user_id: '9', direct: true },
      }),
    );
  const isIn = async () =>
    (await node.api.rooms({})).items
      .filter(({ room_id, membership }) => room_id.endsWith(':home.test') && membership === 'joined')
      .map(({ room_id }) => room_id);
  return { node, asked, invites, isIn, idOf };
}

test('nobody is brought into more rooms than one by invites into direct chats, nor kept in one that isn’t such a chat', async (t) => {
  const { node, asked, invites, isIn, idOf } = await beInvited(t, () => undefined);
  await node.api.startDirect({ person: them });
  await invites(101);
  await until([node], 'the first room', () => asked.length === 1);
  await until([node], 'the leave', async () => (await isIn()).length === 0);
  for (const nr of [102, 103, 104]) await invites(nr);
  await until([node], 'the invites', async () => (await node.api.invites({})).items.length === 3);
  await node.api.changeSettings({});
  assert.deepEqual([asked, await isIn()], [[idOf(101)], []]);
});
