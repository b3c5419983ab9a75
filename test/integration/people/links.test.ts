import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import {
  joined,
  joinSecret,
  openEntrance,
  password,
  resetSecret,
  Visitor,
} from '../../support/nodes/people.ts';

const minute = 60_000;

test('somebody sees who invites them, joins by a link, is in the room of the link, and writes there', async (t) => {
  const node = await openEntrance(t);
  await node.api.changeProfile({ display_name: 'Anna Berg' });
  const { room_id } = await node.api.createRoom({ name: 'Family', join_rule: 'invite' });
  const secret = await joinSecret(node, { rooms: [room_id], note: 'For Ben' });
  const ben = new Visitor(node);
  const looked = JSON.parse((await ben.post('link', { secret })).body);
  assert.deepEqual(looked, {
    purpose: 'join',
    made_by: 'Anna Berg',
    role: 'member',
    user_id: null,
    note: 'For Ben',
    server_name: 'a.test',
    rooms: ['Family'],
  });
  const answer = await ben.post('join', { secret, localpart: 'ben', display_name: 'Ben', password });
  assert.deepEqual(JSON.parse(answer.body), { rooms: [room_id] });
  assert.match(
    String(answer.headers['set-cookie']),
    /^__Host-paracord=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict; Max-Age=2592000$/,
  );
  await ben.api.postMessage({ room_id, body: 'Hello' });
  const [message] = (await node.api.timeline({ room_id })).items;
  assert.deepEqual([message?.sender, message?.body], ['@ben:a.test', 'Hello']);
  const account = await ben.api.account({});
  assert.deepEqual([account.user_id, account.role, account.reset], ['@ben:a.test', 'member', null]);
});

test('looking at a link, by whatever request, uses nothing up', async (t) => {
  const node = await openEntrance(t);
  const secret = await joinSecret(node);
  const robot = new Visitor(node, { 'user-agent': 'WhatsApp/2', 'sec-fetch-site': 'none' });
  for (const path of ['/', `/#/join/${secret}`, `/join/${secret}`, `/entrance/link?secret=${secret}`])
    for (const method of ['GET', 'HEAD']) await robot.send(method, path);
  const ben = new Visitor(node);
  for (let n = 0; n < 3; n++) assert.equal((await ben.post('link', { secret })).status, 200);
  assert.equal((await ben.post('join', { secret, localpart: 'ben', password })).status, 200);
});

test('two people who use the last use of a link at once get one account', async (t) => {
  const node = await openEntrance(t);
  const secret = await joinSecret(node);
  const tries = ['ben', 'mia', 'leo'].map((localpart) =>
    new Visitor(node).post('join', { secret, localpart, password }),
  );
  const statuses = (await Promise.all(tries)).map(({ status }) => status);
  assert.deepEqual(statuses.toSorted(), [200, 410, 410]);
  assert.equal((await node.api.accounts({})).items.length, 2);
  assert.equal((await node.api.users({})).items.length, 2);
});

test('a link lets in as many as it says, and a taken name uses nothing up', async (t) => {
  const node = await openEntrance(t);
  const secret = await joinSecret(node, { uses: 2 });
  const status = async (localpart: string) =>
    (await new Visitor(node).post('join', { secret, localpart, password })).status;
  assert.deepEqual([await status('ben'), await status('ben'), await status('mia')], [200, 409, 200]);
  assert.equal(await status('leo'), 410);
});

test('a link that expired, was revoked, was used or never existed is refused in the same words', async (t) => {
  let now = Date.now();
  const clock = { ...systemPorts.clock, now: () => now };
  const node = await openEntrance(t, { ports: { ...systemPorts, clock } });
  const expired = await joinSecret(node, { days: 1 });
  const revoked = await joinSecret(node, { note: 'revoked' });
  const link = (await node.api.peopleLinks({})).items.find(({ note }) => note === 'revoked');
  await node.api.revokePeopleLink({ link_id: link?.id ?? '' });
  const used = await joinSecret(node);
  await new Visitor(node).post('join', { secret: used, localpart: 'ben', password });
  now += 24 * 60 * minute;
  const bodies = await Promise.all(
    [expired, revoked, used, 'A'.repeat(43)].map(async (secret) => {
      const look = await new Visitor(node).post('link', { secret });
      const use = await new Visitor(node).post('join', { secret, localpart: 'eve', password });
      return [look.status, use.status, look.body, use.body].join('\n');
    }),
  );
  assert.equal(new Set(bodies).size, 1, bodies.join('\n'));
  assert.match(bodies[0] ?? '', /^410\n410\n/);
});

test('a reset link chooses a new password, logs out everywhere, and says who made it', async (t) => {
  const node = await openEntrance(t);
  const ben = await joined(node, 'ben');
  const secret = await resetSecret(node, '@ben:a.test');
  const phone = new Visitor(node);
  assert.equal((await phone.post('reset', { secret, password: 'another long word' })).status, 200);
  assert.equal((await ben.send('GET', '/api/v1/account')).status, 401);
  assert.equal((await phone.api.account({})).reset?.by, '@a:a.test');
  assert.equal((await phone.post('reset', { secret, password: 'a third long word' })).status, 410);
  assert.deepEqual(
    [(await ben.logIn('ben')).status, (await ben.logIn('ben', 'another long word')).status],
    [403, 200],
  );
});

test('a user who was added before people could log in gets an account by a reset link, and so does the owner', async (t) => {
  const node = await openEntrance(t);
  await node.api.addUser({ localpart: 'mia' });
  for (const [user, role] of [
    ['@mia:a.test', 'member'],
    ['@a:a.test', 'owner'],
  ] as const) {
    const visitor = new Visitor(node);
    await visitor.post('reset', { secret: await resetSecret(node, user), password });
    assert.equal((await visitor.api.account({})).role, role);
  }
});

test('a device link lets a device in once the first one confirms its name', async (t) => {
  const node = await openEntrance(t);
  const ben = await joined(node, 'ben');
  const stream = await ben.stream();
  const { url } = await ben.api.makeDeviceLink({});
  const tablet = new Visitor(node, { 'user-agent': 'Mozilla/5.0 (iPad) Safari/605.1' });
  const asked = tablet.post('device', { secret: url.slice(url.lastIndexOf('/') + 1) });
  await stream.heard('"topic":"account"');
  const asking = async () => (await ben.api.account({})).asking;
  let [one] = await asking();
  while (one === undefined) [one] = await asking();
  assert.equal(one.device, 'Safari, iPad');
  await ben.api.answerDevice({ link_id: one.link_id, allow: true });
  assert.equal((await asked).status, 200);
  assert.equal((await tablet.api.account({})).user_id, '@ben:a.test');
  const devices = (await ben.api.devices({})).items.map(({ device }) => device);
  assert.deepEqual(devices.toSorted(), ['Firefox, Android', 'Safari, iPad']);
});

test('a device that is refused, or whose link has expired, stays outside', async (t) => {
  const node = await openEntrance(t);
  const ben = await joined(node, 'ben');
  const mia = await joined(node, 'mia');
  const { url, id } = await ben.api.makeDeviceLink({});
  const secret = url.slice(url.lastIndexOf('/') + 1);
  const tablet = new Visitor(node);
  const asked = tablet.post('device', { secret });
  while ((await ben.api.account({})).asking.length === 0);
  await assert.rejects(mia.api.answerDevice({ link_id: id, allow: true }), { status: 404 });
  await ben.api.answerDevice({ link_id: id, allow: false });
  assert.equal((await asked).status, 403);
  assert.equal((await tablet.post('device', { secret })).status, 410);
  assert.equal((await tablet.send('GET', '/api/v1/account')).status, 401);
});

test('an admin invites, resets and logs out anyone but the owner and other admins, and gives no role like their own', async (t) => {
  const node = await openEntrance(t);
  const ann = await joined(node, 'ann', { role: 'admin' });
  await joined(node, 'max', { role: 'admin' });
  const mia = await joined(node, 'mia');
  assert.match((await ann.api.makeJoinLink({ role: 'guest' })).url, /^https:\/\/a\.test\/#\/join\//);
  assert.match(
    (await ann.api.makeResetLink({ user_id: '@mia:a.test' })).url,
    /^https:\/\/a\.test\/#\/link\//,
  );
  const [phone] = (await ann.api.accountDevices({ user_id: '@mia:a.test' })).items;
  await ann.api.endAccountDevice({ user_id: '@mia:a.test', device_id: phone?.id ?? '' });
  assert.equal((await mia.send('GET', '/api/v1/account')).status, 401);
  await mia.logIn('mia');
  const [other] = (await node.api.accountDevices({ user_id: '@max:a.test' })).items;
  for (const work of [
    ann.api.accountDevices({ user_id: '@a:a.test' }),
    ann.api.endAccountDevices({ user_id: '@a:a.test' }),
    ann.api.endAccountDevice({ user_id: '@max:a.test', device_id: other?.id ?? '' }),
    ann.api.makeJoinLink({ role: 'admin' }),
    ann.api.makeResetLink({ user_id: '@max:a.test' }),
    ann.api.makeResetLink({ user_id: '@a:a.test' }),
    ann.api.makeResetLink({ user_id: '@ann:a.test' }),
    ann.api.changeRole({ user_id: '@mia:a.test', role: 'admin' }),
    ann.api.changeRole({ user_id: '@max:a.test', role: 'member' }),
    ann.api.removeAccount({ user_id: '@a:a.test' }),
    mia.api.makeJoinLink({}),
  ])
    await assert.rejects(work, { status: 403 });
});

test('nobody invites into a room that they are not in', async (t) => {
  const node = await openEntrance(t);
  const { room_id } = await node.api.createRoom({ name: 'Secret', join_rule: 'invite' });
  const ann = await joined(node, 'ann', { role: 'admin' });
  await assert.rejects(ann.api.makeJoinLink({ rooms: [room_id] }), { status: 403 });
});

test('links are made only while somebody could open them, and a refusal says what is missing', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test', bySetting: true });
  const refused = (message: RegExp) => assert.rejects(node.api.makeJoinLink({}), { status: 409, message });
  await refused(/Turn on “People can log in”/);
  await node.api.changeSettings({ people_log_in: true });
  await refused(/no encrypted address/);
  await node.api.changeSettings({ public_url: 'http://a.test' });
  await refused(/no encrypted address/);
  // The node listens on loopback only.
  await node.api.changeSettings({ tls: { mode: 'self-signed' }, public_url: null });
  await refused(/no address that other computers reach/);
  await node.api.changeSettings({ public_url: 'https://a.test' });
  await node.api.makeJoinLink({});
});

test('the disk holds neither passwords, nor the secrets of links, nor cookies', async (t) => {
  const node = await openEntrance(t, { onFile: true });
  const ben = await joined(node, 'ben');
  const secret = await joinSecret(node);
  await node.stop();
  const database = readFileSync(join(node.dataDir, 'node.db'));
  for (const text of [password, secret, ben.cookie.slice('__Host-paracord='.length)])
    assert.equal(database.includes(text), false);
  assert.ok(database.includes('$argon2id$v=19$m=65536,t=2,p=1$'));
});
