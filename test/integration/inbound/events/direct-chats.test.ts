import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Plain } from '../../../../shared/protocol/coding/json.ts';
import { beGuest, type Guest } from '../../../support/attack/home.ts';
import { besiege, memberBody, refused, rowsOf, takes, user } from '../../../support/attack/node.ts';
import { RawPeer } from '../../../support/parties/raw-peer.ts';

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

const sends = async ({ home, node }: Guest, ...events: Parameters<RawPeer['post']>[1][]): Promise<void> => {
  for (const event of events) assert.equal((await home.post(node.url, event)).status, 202);
};

const picture = async ({ node, room }: Guest) => {
  const view = await node.api.room({ room_id: room });
  const members = (await node.api.members({ room_id: room })).items.map(({ user_id }) => user_id);
  const said = (await node.api.timeline({ room_id: room })).items.map(({ body }) => body);
  return { name: view.name, direct: view.direct?.user_id, members: members.toSorted(), said };
};

test('a home can neither change the two of a direct chat nor add a third, whatever it dates and in whatever order', async (t) => {
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

test('what names no two people, one of them of the home, makes no direct chat', async (t) => {
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
