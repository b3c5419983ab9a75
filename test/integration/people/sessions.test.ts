import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { beGuest } from '../../support/attack/home.ts';
import {
  joined,
  movedClock,
  openEntrance,
  openTo,
  passkeyJoined,
  passkeyLogIn,
  password,
  Visitor,
} from '../../support/nodes/people.ts';

const dayMs = 86_400_000;

const status = async (visitor: Visitor) => (await visitor.send('GET', '/api/v1/account')).status;

test('a login lasts 30 days from its last use', async (t) => {
  const { time, ports } = movedClock();
  const node = await openEntrance(t, { ports });
  const ben = await joined(node, 'ben');
  time.now += 29 * dayMs;
  const answer = await ben.send('GET', '/api/v1/account');
  assert.deepEqual([answer.status, answer.headers['set-cookie']?.length], [200, 1]);
  time.now += 29 * dayMs;
  assert.equal(await status(ben), 200);
  time.now += 30 * dayMs + 1;
  assert.equal(await status(ben), 401);
});

test('devices are listed and ended one by one, or all', async (t) => {
  const node = await openEntrance(t);
  const phone = await joined(node, 'ben');
  const [laptop, tablet] = [
    new Visitor(node, { 'user-agent': 'Mozilla/5.0 (Windows NT 10.0) Chrome/140.0' }),
    new Visitor(node),
  ];
  for (const each of [laptop, tablet]) await each.logIn('Ben');
  const { items } = await phone.api.devices({});
  assert.equal(items.length, 3);
  const windows = items.find(({ device }) => device === 'Chrome, Windows');
  await phone.api.endDevice({ device_id: windows?.id ?? '' });
  assert.deepEqual([await status(phone), await status(laptop), await status(tablet)], [200, 401, 200]);
  await tablet.post('logout', {});
  assert.equal(tablet.cookie, '');
  assert.equal((await phone.api.devices({})).items.length, 1);
  await laptop.logIn('ben');
  await phone.api.endDevices({});
  assert.deepEqual([await status(phone), await status(laptop)], [401, 401]);
});

test('nobody ends a device of somebody else', async (t) => {
  const node = await openEntrance(t);
  const ben = await joined(node, 'ben');
  const mia = await joined(node, 'mia');
  const [device] = (await mia.api.devices({})).items;
  await assert.rejects(ben.api.endDevice({ device_id: device?.id ?? '' }), { status: 404 });
  assert.equal(await status(mia), 200);
});

test('the stream of a device ends when 32 others have logged in since', async (t) => {
  const { time, ports } = movedClock();
  const node = await openEntrance(t, { ports });
  const { visitor, key } = await passkeyJoined(node, 'ben');
  const stream = await visitor.stream();
  for (let devices = 0; devices < 32; devices++) {
    time.now += 60_000;
    assert.equal(await passkeyLogIn(new Visitor(node), key), 200);
  }
  await stream.ended;
  assert.equal(await status(visitor), 401);
});

test('another password ends every login and stream, and so does another role', async (t) => {
  const node = await openEntrance(t);
  const ben = await joined(node, 'ben');
  const tablet = new Visitor(node);
  await tablet.logIn('ben');
  await assert.rejects(ben.api.changePassword({ current: 'wrong', password: 'another long word' }), {
    status: 403,
  });
  const streams = [await ben.stream(), await tablet.stream()];
  await ben.api.changePassword({ current: password, password: 'another long word' });
  await Promise.all(streams.map(({ ended }) => ended));
  assert.deepEqual([await status(ben), await status(tablet)], [401, 401]);
  assert.equal((await ben.logIn('ben')).status, 403);
  assert.equal((await ben.logIn('ben', 'another long word')).status, 200);
  await node.api.changeRole({ user_id: '@ben:a.test', role: 'admin' });
  assert.equal(await status(ben), 401);
  await ben.logIn('ben', 'another long word');
  const stream = await ben.stream();
  await node.api.changeRole({ user_id: '@ben:a.test', role: 'member' });
  await stream.ended;
  await ben.logIn('ben', 'another long word');
  const asMember = await ben.stream();
  await node.api.changeSettings({ outbox_max_age_days: 3 });
  await node.api.changeProfile({ display_name: 'Anna' });
  await ben.api.changeProfile({ display_name: 'Ben' });
  await asMember.heard('event: account');
  assert.equal(/event: (?:settings|people)/.test(asMember.lines.join()), false, 'no news of the node');
});

test('a removed member is logged out at once, with all streams, and loses rooms', async (t) => {
  const node = await openEntrance(t);
  const { room_id } = await node.api.createRoom({ name: 'Family', join_rule: 'invite' });
  const phone = await joined(node, 'ben', { rooms: [room_id] });
  await phone.api.postMessage({ room_id, body: 'I was here' });
  const tablet = new Visitor(node);
  await tablet.logIn('ben');
  const streams = [await phone.stream(), await tablet.stream(), await tablet.stream()];
  await node.api.removeAccount({ user_id: '@ben:a.test' });
  await Promise.all(streams.map(({ ended }) => ended));
  assert.deepEqual([await status(phone), await status(tablet)], [401, 401]);
  assert.equal((await phone.logIn('ben')).status, 403);
  const members = (await node.api.members({ room_id })).items.map(({ user_id }) => user_id);
  assert.deepEqual(members, ['@a:a.test']);
  assert.equal((await node.api.timeline({ room_id })).items[0]?.body, 'I was here');
  await assert.rejects(node.api.createRoom({ name: 'X', join_rule: 'peers', as: '@ben:a.test' }), {
    message: /speaks for themselves/,
  });
});

test('the owner is neither removed nor given another role', async (t) => {
  const node = await openEntrance(t);
  const user_id = '@a:a.test';
  await assert.rejects(node.api.removeAccount({ user_id }), { code: 'BAD_REQUEST' });
  await assert.rejects(node.api.changeRole({ user_id, role: 'guest' }), { code: 'BAD_REQUEST' });
});

test('a guest is in the rooms of the link until it expires', async (t) => {
  const { time, ports } = movedClock();
  const node = await openEntrance(t, { ports });
  const { room_id } = await node.api.createRoom({ name: 'Party', join_rule: 'invite' });
  const open = await node.api.createRoom({ name: 'Open', join_rule: 'peers' });
  const guest = await joined(node, 'gus', { role: 'guest', guest_days: 1, rooms: [room_id] });
  await guest.api.postMessage({ room_id, body: 'Nice party' });
  for (const work of [
    guest.api.createRoom({ name: 'X', join_rule: 'peers' }),
    guest.api.joinRoom({ room_id: open.room_id }),
    guest.api.inviteUser({ room_id, user_id: '@a:a.test' }),
    guest.api.people({}),
  ])
    await assert.rejects(work, { status: 403 });
  time.now += dayMs;
  assert.equal(await status(guest), 401);
  assert.equal((await guest.logIn('gus')).status, 403);
});

test('the stream of a guest ends at the same moment as the login', async (t) => {
  const { clock } = systemPorts;
  const later: { ms: number; run: () => void }[] = [];
  const after = (ms: number, run: () => void) => {
    if (ms < dayMs - 60_000 || ms > dayMs) return clock.after(ms, run);
    later.push({ ms, run });
    return () => {};
  };
  const node = await openEntrance(t, { ports: { ...systemPorts, clock: { ...clock, after } } });
  const guest = await joined(node, 'gus', { role: 'guest', guest_days: 1 });
  const stream = await guest.stream();
  const [timer] = later;
  assert.ok(timer !== undefined && later.length === 1);
  timer.run();
  await stream.ended;
});

test('a guest who becomes a member keeps what they wrote, and may go on', async (t) => {
  const node = await openEntrance(t);
  const { room_id } = await node.api.createRoom({ name: 'Party', join_rule: 'invite' });
  const guest = await joined(node, 'gus', { role: 'guest', rooms: [room_id] });
  const { event_id } = await guest.api.postMessage({ room_id, body: 'Nice party' });
  await node.api.changeRole({ user_id: '@gus:a.test', role: 'member' });
  assert.equal(await status(guest), 401);
  await guest.logIn('gus');
  await guest.api.editMessage({ room_id, event_id, body: 'Great party' });
  assert.equal((await guest.api.account({})).expires_at, null);
  assert.equal((await guest.api.createRoom({ name: 'Mine', join_rule: 'invite' })).waits, null);
});

test('a member who becomes a guest stays in their rooms, and comes into no other', async (t) => {
  const node = await openEntrance(t);
  const { room_id } = await node.api.createRoom({ name: 'Party', join_rule: 'invite' });
  const open = await node.api.createRoom({ name: 'Open', join_rule: 'peers' });
  const ben = await joined(node, 'ben', { rooms: [room_id] });
  await node.api.changeRole({ user_id: '@ben:a.test', role: 'guest' });
  await ben.logIn('ben');
  await ben.api.postMessage({ room_id, body: 'Still here' });
  await assert.rejects(ben.api.joinRoom({ room_id: open.room_id }), { status: 403 });
  assert.deepEqual(
    (await ben.api.rooms({})).items.map(({ name }) => name),
    ['Party'],
  );
});

test('a home that makes a guest a member of another room shows it nothing', async (t) => {
  const { node, home, room } = await beGuest(t);
  await openTo(node);
  const guest = await joined(node, 'gus', { role: 'guest' });
  const content = {};
  await home.post(node.url, home.event({ room, type: 'm.member.join', state_key: '@gus:a.test', content }));
  assert.ok(
    (await node.api.members({ room_id: room })).items.some(({ user_id }) => user_id === '@gus:a.test'),
  );
  assert.deepEqual((await guest.api.rooms({})).items, []);
  await assert.rejects(guest.api.timeline({ room_id: room }), { status: 403 });
  await assert.rejects(guest.api.postMessage({ room_id: room, body: 'x' }), { status: 403 });
});

test('the owner sees invites of users who can’t log in, but not those of members', async (t) => {
  const node = await openEntrance(t);
  const ben = await joined(node, 'ben');
  await node.api.addUser({ localpart: 'bot' });
  const { room_id } = await node.api.createRoom({ name: 'Kitchen', join_rule: 'invite' });
  for (const user_id of ['@ben:a.test', '@bot:a.test']) await node.api.inviteUser({ room_id, user_id });
  assert.deepEqual(
    (await node.api.invites({})).items.map(({ user_id }) => user_id),
    ['@bot:a.test'],
  );
  const [invite] = (await ben.api.invites({})).items;
  assert.equal(invite?.user_id, '@ben:a.test');
  await assert.rejects(node.api.acceptInvite({ id: invite.id }), /speaks for themselves/);
});
