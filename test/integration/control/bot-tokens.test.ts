import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { ApiError, createClient } from '../../../shared/api/client.ts';
import { type Api, contract } from '../../../shared/api/contract.ts';
import { procedureNames } from '../../support/attacks.ts';
import { call, ended } from '../../support/nodes/control-server.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import { joined, openTo, password, resetSecret, Visitor } from '../../support/nodes/people.ts';
import { until } from '../../support/until.ts';

/** A node with an owner and Bob, whose bot has a token; the owner has a private room, Bob a room of his own. */
async function withBot(t: TestContext, ports = systemPorts) {
  const node = await startLocalNode(t, { name: 'a.test', ports, consoleHost: 'console.example' });
  const owner = createClient({ baseUrl: node.control, token: node.node.token, fetch });
  await owner.addUser({ localpart: 'bob' });
  const made = await owner.addToken({ name: 'helper', user_id: '@bob:a.test' });
  const bot = createClient({ baseUrl: node.control, token: made.token, fetch });
  const secret = await owner.createRoom({ name: 'Secret', join_rule: 'invite' });
  const mine = await bot.createRoom({ name: 'Mine', join_rule: 'invite' });
  return { node, owner, bot, made, secret: secret.room_id, mine: mine.room_id };
}

const forbidden = (work: Promise<unknown>, words: RegExp) =>
  assert.rejects(work, (error) => {
    assert.ok(error instanceof ApiError, String(error));
    assert.equal(error.status, 403);
    assert.equal(error.code, 'FORBIDDEN');
    assert.match(error.message, words);
    return true;
  });

test('a bot speaks as its user, in the rooms of its user', async (t) => {
  const { owner, bot, mine } = await withBot(t);
  const { event_id } = await bot.postMessage({ room_id: mine, body: 'beep' });
  await bot.react({ room_id: mine, event_id, emoji: '👍', as: '@bob:a.test' });
  const [item] = (await bot.timeline({ room_id: mine })).items;
  assert.equal(item?.sender, '@bob:a.test');
  assert.deepEqual(item?.reactions, [{ emoji: '👍', users: ['@bob:a.test'] }]);
  assert.equal((await bot.event({ event_id })).room_id, mine);
  assert.equal((await bot.status({})).server_name, 'a.test');
  const members = (await owner.members({ room_id: mine })).items;
  assert.deepEqual(
    members.map((member) => member.user_id),
    ['@bob:a.test'],
    'and the owner was not in it for a moment',
  );
});

test('a bot is invited, accepts, and can then read the room', async (t) => {
  const { owner, bot, secret } = await withBot(t);
  const { event_id } = await owner.postMessage({ room_id: secret, body: 'for members' });
  await forbidden(bot.timeline({ room_id: secret }), /isn’t in the room/);
  await forbidden(bot.event({ event_id }), /There is no event/);
  await forbidden(bot.room({ room_id: secret }), /@bob:a\.test isn’t in this room and may not join it/);
  assert.deepEqual(
    (await bot.rooms({})).items.map((room) => room.name),
    ['Mine'],
  );
  await owner.inviteUser({ room_id: secret, user_id: '@bob:a.test' });
  const [invite] = (await bot.invites({})).items;
  assert.ok(invite);
  assert.equal((await bot.acceptInvite({ id: invite.id })).membership, 'joined');
  assert.equal((await bot.timeline({ room_id: secret })).items[0]?.body, 'for members');
});

test('a bot reads nothing of rooms that its user isn’t in, neither in the list nor in its cursor', async (t) => {
  const { owner, bot, secret } = await withBot(t);
  const open = (await owner.createRoom({ name: 'Open', join_rule: 'peers' })).room_id;
  for (const room_id of [secret, open]) await owner.postMessage({ room_id, body: 'The door code is 4711' });
  await bot.joinRoom({ room_id: open });
  assert.match(JSON.stringify(await bot.rooms({})), /4711/);
  const answers: unknown[] = [await bot.leaveRoom({ room_id: open })];
  answers.push(await bot.room({ room_id: open }), await bot.rooms({}));
  const names: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Awaited<ReturnType<Api['rooms']>> = await bot.rooms({
      limit: 1,
      ...(cursor === '' ? {} : { cursor }),
    });
    answers.push(page, Buffer.from(page.next ?? '', 'base64url').toString());
    names.push(...page.items.map(({ name }) => name));
    cursor = page.next;
  }
  assert.deepEqual(names, ['Mine', 'Open']);
  const all = JSON.stringify(answers);
  assert.ok(!all.includes('4711'));
  assert.ok(!all.includes(secret));
});

test('a bot can’t act as the owner: not by name, not without a name, not in another user’s room', async (t) => {
  const { owner, bot, secret } = await withBot(t);
  const { event_id } = await owner.postMessage({ room_id: secret, body: 'hands off' });
  const as = '@a:a.test';
  await forbidden(bot.postMessage({ room_id: secret, body: 'I am the owner', as }), /writes as .*, not as/);
  await forbidden(bot.postMessage({ room_id: secret, body: 'I am the owner' }), /@bob:a\.test isn’t in/);
  await forbidden(bot.rooms({ as }), /writes as .*, not as/);
  for (const work of [
    bot.deleteMessage({ room_id: secret, event_id }),
    bot.editMessage({ room_id: secret, event_id, body: 'changed' }),
    bot.changeRoom({ room_id: secret, name: 'Mine now' }),
    bot.inviteUser({ room_id: secret, user_id: '@bob:a.test' }),
    bot.removeMember({ room_id: secret, user_id: as }),
    bot.addChannel({ room_id: secret, name: 'x' }),
  ])
    await assert.rejects(work, (error) => error instanceof ApiError && error.status === 403);
  const [item] = (await owner.timeline({ room_id: secret })).items;
  assert.equal(item?.body, 'hands off');
  assert.equal((await owner.room({ room_id: secret })).name, 'Secret');
});

test('a bot is refused everything about the node, before its body is even read', async (t) => {
  const { node, owner, made } = await withBot(t);
  const headers = { authorization: `Bearer ${made.token}` };
  const before = JSON.stringify([await owner.keys({}), await owner.tokens({}), await owner.settings({})]);
  const names = procedureNames.filter((name) => !contract[name].access.bots);
  for (const name of names) {
    const { method, path } = contract[name];
    const text = 'this is no JSON';
    const brings =
      method === 'GET'
        ? { headers }
        : { headers: { ...headers, 'content-length': String(text.length) }, body: text };
    const answer = await call(node.control, method, `/api/v1${path.replaceAll(/\{\w+\}/g, 'x')}`, brings);
    assert.equal(answer.status, 403, `${name}: ${answer.body}`);
    assert.match(answer.body, /A bot token may not use/);
  }
  assert.equal(
    JSON.stringify([await owner.keys({}), await owner.tokens({}), await owner.settings({})]),
    before,
  );
});

test('only a hash of a token is stored, and only the first answer shows the token', async (t) => {
  const { node, owner, made } = await withBot(t);
  assert.match(made.token, /^paracord_[\w-]{43}$/);
  const { items } = await owner.tokens({});
  assert.deepEqual(Object.keys(items[0] ?? {}).sort(), [
    'created_at',
    'id',
    'last_used_at',
    'name',
    'user_id',
  ]);
  await node.stop();
  const secret = made.token.slice('paracord_'.length);
  for (const file of ['node.db', 'identity.json', 'life.json'])
    assert.equal(readFileSync(join(node.dataDir, file)).includes(secret), false, file);
});

test('tokens that never existed, are cut short, altered or lack their prefix get 401', async (t) => {
  const { node, made } = await withBot(t);
  const secret = made.token.slice('paracord_'.length);
  const wrong = [
    made.token.slice(0, -1),
    `${made.token}x`,
    made.token.toUpperCase(),
    secret,
    `paracord_${'A'.repeat(43)}`,
    'paracord_',
    made.id,
    '%',
  ];
  for (const token of wrong) {
    const headers = { authorization: `Bearer ${token}` };
    assert.equal((await call(node.control, 'GET', '/api/v1/rooms', { headers })).status, 401, token);
    assert.equal((await call(node.control, 'GET', '/api/v1/stream', { headers })).status, 401, token);
  }
});

test('a revoked token stops working at once: for new requests, open streams, and bodies still arriving', async (t) => {
  const { node, owner, bot, made, mine } = await withBot(t);
  const headers = { authorization: `Bearer ${made.token}` };
  const stream = await fetch(`${node.control}/api/v1/stream`, { headers });
  const reader = stream.body?.getReader();
  await reader?.read();
  const { hostname, port, host } = new URL(node.control);
  const slow = connect(Number(port), hostname);
  const answered = new Promise<string>((resolve) => slow.once('data', (chunk) => resolve(chunk.toString())));
  const body = JSON.stringify({ body: 'too late' });
  slow.write(
    `POST /api/v1/rooms/${encodeURIComponent(mine)}/messages HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${made.token}\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`,
  );
  // The request's head is read by then: a later one on another connection was answered.
  await bot.status({});
  assert.deepEqual(await owner.revokeToken({ id: made.id }), { done: true });
  await assert.rejects(async () => {
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read());
    throw new Error('the stream ended');
  });
  slow.write(body.slice(5));
  assert.match(await answered, /^HTTP\/1\.1 401 /);
  slow.destroy();
  await ended(slow);
  await assert.rejects(bot.status({}), (error) => error instanceof ApiError && error.status === 401);
  assert.deepEqual((await owner.timeline({ room_id: mine })).items, []);
  await assert.rejects(owner.revokeToken({ id: made.id }), /There is no token/);
  assert.deepEqual((await owner.tokens({})).items, []);
});

test('the stream gives a bot changes of its own rooms only, including those it missed', async (t) => {
  const { node, owner, made, mine, secret } = await withBot(t);
  const { epoch, lastId } = node.node.changes;
  const listen = async (extra: Record<string, string>) => {
    const headers = { authorization: `Bearer ${made.token}`, ...extra };
    const stream = await fetch(`${node.control}/api/v1/stream`, { headers });
    return { reader: stream.body!.pipeThrough(new TextDecoderStream()).getReader() };
  };
  const { reader } = await listen({});
  await reader.read();
  await owner.postMessage({ room_id: secret, body: 'x' });
  await owner.changeSettings({ outbox_max_age_days: 3 });
  await owner.postMessage({ room_id: mine, body: 'y', as: '@bob:a.test' });
  const missed = (await listen({ 'last-event-id': `${epoch}-${lastId}` })).reader;
  for (const one of [reader, missed]) {
    let text = '';
    while (!text.includes('event: timeline')) text += (await one.read()).value ?? '';
    assert.ok(text.includes(mine));
    assert.equal(text.includes(secret), false);
    assert.equal(text.includes('settings'), false);
    await one.cancel();
  }
});

test('a token needs a user of this server and a name, and says so', async (t) => {
  const { owner } = await withBot(t);
  const wrong: [Parameters<Api['addToken']>[0], RegExp][] = [
    [{ name: 'x', user_id: '@nobody:a.test' }, /@nobody:a\.test isn’t a user of this server/],
    [{ name: 'x', user_id: '@bob:b.test' }, /isn’t a user of this server/],
    [{ name: '', user_id: '@bob:a.test' }, /name/],
    [{ name: 'x'.repeat(101), user_id: '@bob:a.test' }, /at most 100/],
  ];
  for (const [input, words] of wrong) await assert.rejects(owner.addToken(input), words);
  assert.equal((await owner.tokens({})).items.length, 1);
});

test('when a token was last used is written down, at most once a minute', async (t) => {
  let now = Date.now();
  const clock = { ...systemPorts.clock, now: () => now };
  const { owner, bot } = await withBot(t, { ...systemPorts, clock });
  const usedAt = async () => (await owner.tokens({})).items[0]?.last_used_at;
  const first = await usedAt();
  assert.equal(first, now);
  now += 59_000;
  await bot.status({});
  assert.equal(await usedAt(), first);
  now += 1_000;
  await bot.status({});
  await owner.changeSettings({});
  assert.equal(await usedAt(), now);
});

test('through the proxy, the numbers of `/metrics` are for the owner, and a bot is refused', async (t) => {
  const { node, made } = await withBot(t);
  const ask = (token: string) =>
    call(node.control, 'GET', '/metrics', {
      headers: { host: 'console.example', authorization: `Bearer ${token}` },
    });
  assert.deepEqual([(await ask(made.token)).status, (await ask(node.node.token)).status], [403, 200]);
});

test('a token outlives a restart', async (t) => {
  const { node, made } = await withBot(t);
  await node.stop();
  const again = await startLocalNode(t, { name: 'a.test', dataDir: node.dataDir, setUp: false });
  const bot = createClient({ baseUrl: again.control, token: made.token, fetch });
  assert.equal((await bot.status({})).server_name, 'a.test');
});

test('a bot speaks for nobody who logs in: they get no token, and one from before ends with their first login', async (t) => {
  const { node, owner, bot, mine } = await withBot(t);
  await openTo(node);
  await joined(node, 'ben');
  await forbidden(owner.addToken({ name: 'helper', user_id: '@ben:a.test' }), /speaks for themselves/);
  await owner.addToken({ name: 'own', user_id: '@a:a.test' });
  const bob = new Visitor(node);
  const secret = await resetSecret(node, '@bob:a.test');
  assert.equal((await bot.status({})).server_name, 'a.test', 'a link alone changes nothing');
  assert.equal((await bob.post('reset', { secret, password })).status, 200);
  await assert.rejects(bot.postMessage({ room_id: mine, body: 'not Bob' }), { status: 401 });
  await until([node], 'the list', async () => (await owner.tokens({})).items.length === 1);
  assert.equal((await bob.api.timeline({ room_id: mine })).items.length, 0);
});

test('a removed user’s tokens end, and nobody gets a new one for them', async (t) => {
  const { owner, bot } = await withBot(t);
  await owner.removeAccount({ user_id: '@bob:a.test' });
  assert.deepEqual((await owner.tokens({})).items, []);
  await assert.rejects(bot.status({}), { status: 401 });
  await forbidden(owner.addToken({ name: 'helper', user_id: '@bob:a.test' }), /speaks for themselves/);
});
