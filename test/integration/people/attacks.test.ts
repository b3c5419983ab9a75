import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathParams, readsQuery, restFields } from '../../../shared/api/contract/procedure.ts';
import { contract, type ProcedureName } from '../../../shared/api/contract.ts';
import { roles } from '../../../shared/api/roles.ts';
import { besiege } from '../../support/attack/node.ts';
import { attacksOn, mayUse, procedureNames } from '../../support/attacks.ts';
import { joined, openEntrance, openTo, password, resetSecret, Visitor } from '../../support/nodes/people.ts';

/** Plausible values for the fields that an attack doesn't name, so that it is not refused for its form. */
const plausible: Readonly<Record<string, unknown>> = {
  body: 'x',
  name: 'X',
  display_name: 'X',
  join_rule: 'peers',
  emoji: '👍',
  muted: true,
  moderator: true,
  hidden: true,
  pinned: true,
  archived: true,
  writers: 'moderators',
  slow_seconds: 10,
  listed: true,
  role: 'guest',
  channel_id: '1',
  days: 1,
  megabytes: 1,
  allow: true,
  current: password,
  password: 'new password',
  localpart: 'eve',
  link: 'paracord://join/x',
  span: 'hour',
  id: 'x',
  server_name: 'b.test',
  host: 'a.test',
  passkey: '{}',
  device: 'Phone',
  passkey_id: 'x',
  person: '@x:b.test',
  destination: 'b.test',
  device_id: 'x',
  link_id: 'x',
  event_id: '$x:a.test',
  domain: 'a.test',
  room_id: '!0:a.test',
  user_id: '@a:a.test',
  endpoint: 'https://b.test/',
  owner: 'eve',
  text: 'x',
  passphrase: 'five words that nobody guesses',
  folder: '/',
  server_names: ['b.test'],
  why: 'off',
  test: 'x',
  p256dh: 'A'.repeat(87),
  auth: 'A'.repeat(22),
  language: 'en',
  time_zone: 'UTC',
  upload_id: '1',
  number: 0,
  size: 1,
  hash: 'a'.repeat(64),
};
const optional = new Set(['as', 'limit', 'cursor', 'via', 'client_key', 'channel_id', 'room_id', 'rooms']);

/** The request of a procedure, with these fields and plausible others. */
function requestOf(name: ProcedureName, input: Readonly<Record<string, unknown>>) {
  const procedure = contract[name];
  const value = (field: string) => input[field] ?? plausible[field];
  let path = `/api/v1${procedure.path}`;
  for (const field of pathParams(procedure.path))
    path = path.replace(`{${field}}`, encodeURIComponent(String(value(field))));
  const fields = restFields(procedure).filter(
    (field) => input[field] !== undefined || (!optional.has(field) && value(field) !== undefined),
  );
  if (!readsQuery(procedure))
    return { path, body: Object.fromEntries(fields.map((field) => [field, value(field)])) };
  const query = new URLSearchParams(fields.map((field): [string, string] => [field, String(value(field))]));
  return { path: `${path}?${query}`, body: undefined };
}

/** The call beside the contract that carries the bytes of a file, if the procedure has one. */
function bytesOf(name: ProcedureName, path: string) {
  const [base = '', query = ''] = path.split('?');
  if (name === 'upload') return { method: 'PUT', path: `${base}/bytes?offset=0&${query}`, body: 'x' };
  if (name === 'fetchPicture' || name === 'fetchRoomPicture')
    return { method: 'GET', path: `${base}/bytes?${query}`, body: undefined };
  if (name !== 'fetchFile') return null;
  return { method: 'GET', path: base.replace(/fetch$/, 'bytes'), body: undefined };
}

test('at the entrance, every procedure refuses every role to which the contract doesn’t give it', async (t) => {
  const node = await openEntrance(t);
  const secret = await node.api.createRoom({ name: 'Secret', join_rule: 'invite' });
  const { room_id } = secret;
  const { event_id } = await node.api.postMessage({ room_id, body: 'The door code is 4711' });
  const own = await node.api.createRoom({ name: 'Own', join_rule: 'invite' });
  const owner = new Visitor(node);
  await joined(node, 'top', { role: 'admin' });
  await node.api.addUser({ localpart: 'bot' });
  await node.api.inviteUser({ room_id, user_id: '@bot:a.test' });
  const [invite] = (await node.api.invites({})).items;
  const visitors = { owner, admin: owner, member: owner, child: owner, guest: owner };
  for (const role of ['admin', 'member', 'child', 'guest'] as const)
    visitors[role] = await joined(node, role, { role, rooms: [own.room_id] });
  await owner.post('reset', { secret: await resetSecret(node, '@a:a.test'), password });
  const foreign = { room: room_id, event: event_id, invite: invite?.id ?? '', user: '@a:a.test' };
  let count = 0;
  for (const role of roles) {
    const visitor = visitors[role];
    for (const name of procedureNames) {
      const { method, access } = contract[name];
      // The owner is a member of the room, and nobody is above the owner.
      if (role === 'owner' && mayUse(role, access)) continue;
      const attacks = mayUse(role, access)
        ? attacksOn(name, { room: own.room_id }, foreign)
        : [{ name, what: 'at all', input: {} }];
      for (const { what, input } of attacks) {
        const { path, body } = requestOf(name, input);
        const answer = await visitor.send(method, path, body);
        assert.equal(answer.status, 403, `${name} by ${role} ${what}: ${answer.body}`);
        assert.equal(answer.body.includes('4711'), false);
        count++;
        const bytes = bytesOf(name, path);
        if (bytes === null) continue;
        const { status } = await visitor.send(bytes.method, bytes.path, bytes.body);
        assert.equal(status, 403, `the bytes of ${name} by ${role} ${what}`);
        count++;
      }
    }
    assert.equal((await visitor.send('GET', '/api/v1/account')).status, 200, role);
  }
  assert.ok(count > 300, String(count));
  assert.equal((await node.api.timeline({ room_id })).items.length, 1);
  assert.deepEqual(
    (await node.api.members({ room_id })).items.map(({ user_id }) => user_id),
    ['@a:a.test'],
  );
});

test('no role reads anything of rooms that the person is not in', async (t) => {
  const node = await openEntrance(t);
  const { room_id } = await node.api.createRoom({ name: 'Secret', join_rule: 'invite' });
  await node.api.postMessage({ room_id, body: 'The door code is 4711' });
  for (const role of ['admin', 'member', 'child', 'guest'] as const) {
    const visitor = await joined(node, role, { role });
    for (const name of procedureNames) {
      const { method, access } = contract[name];
      if (method !== 'GET' || !mayUse(role, access)) continue;
      const { path } = requestOf(name, {});
      const { body } = await visitor.send(method, path);
      assert.equal(/4711|Secret/.test(body), false, `${name} by ${role}: ${body}`);
    }
  }
});

test('an admin who reviews held events reads only those in their own rooms', async (t) => {
  const { node, raw, room } = await besiege(t);
  await openTo(node);
  const admin = await joined(node, 'ann', { role: 'admin' });
  const about = { server_name: raw.name };
  await node.api.changePeer({ ...about, mode: 'quarantine' });
  await raw.post(node.url, raw.message(room, 'The door code is 4711'));
  const bodies = async () => (await admin.api.heldEvents(about)).items.map(({ body }) => body);
  assert.deepEqual(await bodies(), [null]);
  assert.equal((await node.api.heldEvents(about)).items[0]?.body, 'The door code is 4711');
  await admin.api.joinRoom({ room_id: room });
  assert.deepEqual(await bodies(), ['The door code is 4711']);
});

test('the stream sends a person the changes of their own rooms only', async (t) => {
  const node = await openEntrance(t);
  const secret = (await node.api.createRoom({ name: 'Secret', join_rule: 'invite' })).room_id;
  const own = (await node.api.createRoom({ name: 'Own', join_rule: 'invite' })).room_id;
  const ben = await joined(node, 'ben', { rooms: [own] });
  const stream = await ben.stream();
  await node.api.postMessage({ room_id: secret, body: 'x' });
  await node.api.changeSettings({ outbox_max_age_days: 3 });
  await node.api.postMessage({ room_id: own, body: 'y' });
  await stream.heard('event: timeline');
  await node.api.removeMember({ room_id: own, user_id: '@ben:a.test' });
  await node.api.postMessage({ room_id: own, body: 'z' });
  await ben.api.unread({});
  const text = stream.lines.join('\n');
  assert.equal(text.includes(secret), false);
  assert.equal(text.includes('settings'), false);
  assert.equal(text.split('event: timeline').length, 2, text);
});
