import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EraName, eras } from '../../../support/stand-in/era.ts';
import { Neighborhood } from '../../../support/stand-in/neighborhood.ts';

const names = Object.keys(eras) as EraName[];
const unknownEvent = '/event/$0:check.invalid';

/** A receiver of each era whose admin has added the caller. Its name, its domain and its host differ. */
async function receiver(era: EraName, publicUrl?: string) {
  const around = new Neighborhood();
  const caller = around.add('caller.test');
  const server = around.add('server.test', {
    era,
    domain: 'domain.test',
    ...(publicUrl === undefined ? {} : { publicUrl }),
  });
  await around.acquaint(caller, server);
  const probe = async (destination: string | null, headers: Record<string, string | undefined> = {}) =>
    (await around.ask(caller, server, { path: unknownEvent, destination, headers })).status;
  return { around, caller, server, probe };
}

/** docs/protocol/existing-server.md, "Who takes which form": 404 proves that the request was accepted. */
const probes: readonly (readonly [
  string,
  Readonly<Record<EraName, number>>,
  string | null,
  Record<string, string | undefined>?,
])[] = [
  ['four lines', { '0.8': 404, '1.0': 404, '2.x': 401, '3.x': 401 }, null],
  ['five with its name', { '0.8': 403, '1.0': 404, '2.x': 404, '3.x': 404 }, 'server.test'],
  ['five with its domain', { '0.8': 403, '1.0': 404, '2.x': 404, '3.x': 404 }, 'domain.test'],
  ['five with the host of its URL', { '0.8': 403, '1.0': 403, '2.x': 403, '3.x': 403 }, '192.0.2.1'],
  ['five with another name', { '0.8': 403, '1.0': 403, '2.x': 403, '3.x': 403 }, 'other.test'],
  [
    'five without the header',
    { '0.8': 403, '1.0': 403, '2.x': 401, '3.x': 401 },
    'server.test',
    { 'x-paracord-destination': undefined },
  ],
  [
    'an unknown version',
    { '0.8': 403, '1.0': 426, '2.x': 426, '3.x': 426 },
    'server.test',
    { 'x-paracord-fed-version': 'federation-v3' },
  ],
  [
    'five as version 1',
    { '0.8': 403, '1.0': 404, '2.x': 404, '3.x': 404 },
    'server.test',
    { 'x-paracord-fed-version': 'federation-v1' },
  ],
];

for (const era of names)
  test(`a server of era ${era} answers each kind of probe as measured`, async () => {
    const { probe } = await receiver(era);
    for (const [what, statuses, destination, headers] of probes)
      assert.equal(await probe(destination, headers), statuses[era], what);
  });

test('a server of era 3.x accepts the host of its own public URL, but no server before does', async () => {
  for (const era of names) {
    const { probe } = await receiver(era, 'https://Chat.Test:8443/');
    assert.equal(await probe('chat.test'), era === '3.x' ? 404 : 403, era);
  }
});

test('each era names its destination in its own way', async () => {
  const seen = await Promise.all(
    names.map(async (era) => {
      const around = new Neighborhood();
      const server = around.add('server.test', { era });
      return server.caller.destination('http://192.0.2.1:8448/x', 'Peer.Test ');
    }),
  );
  assert.deepEqual(seen, [null, '192.0.2.1', '192.0.2.1', 'peer.test']);
});

test('checks come in this order: headers, version, time, destination, trust, key, signature', async () => {
  const { around, caller, server } = await receiver('3.x');
  const wrong = {
    origin: { 'x-paracord-origin': 'stranger.test' },
    version: { 'x-paracord-fed-version': 'x' },
    signature: { 'x-paracord-signature': 'ab' },
    key: { 'x-paracord-key-id': 'other' },
  };
  const ask = async (headers: Record<string, string | undefined>, destination: string | null, late = 0) => {
    const timestamp = around.clock.now() - late;
    return (await around.ask(caller, server, { path: unknownEvent, destination, timestamp, headers })).status;
  };
  const missing = { ...wrong.version, 'x-paracord-key-id': ' ' };
  assert.equal(await ask(missing, 'other.test', 60_001), 401);
  assert.equal(await ask({ 'x-paracord-timestamp': '12 ms' }, 'server.test'), 401);
  assert.equal(await ask(wrong.version, 'other.test', 60_001), 426);
  assert.equal(await ask(wrong.origin, 'other.test', 60_001), 401);
  assert.equal(await ask(wrong.origin, null), 401);
  assert.equal(await ask({}, 'server.test', 60_000), 404);
  for (const headers of [wrong.origin, wrong.key, wrong.signature])
    assert.equal(await ask(headers, 'server.test'), 403);
});

test('every refusal has words, but no reason', async () => {
  const { around, caller, server } = await receiver('3.x');
  const bodyOf = async (headers: Record<string, string>) =>
    (await around.ask(caller, server, { path: unknownEvent, headers })).body;
  const message = 'forbidden';
  assert.deepEqual(await bodyOf({ 'x-paracord-key-id': 'other' }), {
    code: 'FORBIDDEN',
    details: null,
    error: message,
    message,
  });
  const { message: words } = await bodyOf({ 'x-paracord-fed-version': 'x' });
  assert.match(
    String(words),
    /^upgrade required: Unsupported federation protocol version 'x'\. Supported versions: federation-v2/,
  );
});

test('a repeated POST gets 409 for 24 hours, also with its signature in upper case, and a repeated GET doesn’t', async () => {
  const { around, caller, server } = await receiver('3.x');
  const timestamp = around.clock.now();
  const leave = JSON.stringify({
    origin_server: caller.name,
    room_id: server.room,
    user_id: caller.user('ann'),
  });
  const request = { method: 'POST', path: '/leave', body: leave, timestamp } as const;
  assert.equal((await around.ask(caller, server, request)).status, 200);
  const url = `http://server.test/_paracord/federation/v1/leave`;
  const { 'x-paracord-signature': signature = '' } = caller.caller.headers(
    { method: 'POST', url, body: leave },
    server.name,
    { timestamp },
  );
  for (const again of [signature, signature.toUpperCase()]) {
    const headers = { 'x-paracord-signature': again };
    const answer = await around.ask(caller, server, { ...request, headers });
    assert.deepEqual(
      [answer.status, answer.body.message],
      [409, 'conflict: replayed federation transport signature'],
    );
  }
  for (let times = 0; times < 2; times++)
    assert.equal((await around.ask(caller, server, { path: unknownEvent, timestamp })).status, 404);
});

test('the signature is checked before the body is read', async () => {
  const { around, caller, server } = await receiver('3.x');
  const post = (headers: Record<string, string>) =>
    around.ask(caller, server, { method: 'POST', path: '/event', body: 'no json', headers });
  assert.equal((await post({ 'x-paracord-signature': '00' })).status, 403);
  const answer = await post({});
  assert.equal(answer.status, 400);
  assert.match(String(answer.body.message), /^bad request: invalid federation envelope: /);
});

test('a peer is found by its name in any case or by its domain, and is refused unless it is trusted', async () => {
  const { around, caller, server } = await receiver('3.x');
  const peer = {
    server_name: 'caller.test',
    domain: 'ids.test',
    federation_endpoint: `${caller.url}/_paracord/federation/v1`,
  };
  await server.register({ ...peer, trusted: true, discover: true });
  const as = async (origin: string) =>
    (await around.ask(caller, server, { path: unknownEvent, headers: { 'x-paracord-origin': origin } }))
      .status;
  for (const origin of ['caller.test', 'CALLER.test', 'ids.test'])
    assert.equal(await as(origin), 404, origin);
  assert.equal(await as('a'.repeat(256)), 403);
  await server.register({ ...peer, trusted: false });
  assert.equal(await as('caller.test'), 403);
});

test('the page of a server that hides it is 404 since 1.0, and its keys are not', async () => {
  for (const era of names) {
    const around = new Neighborhood();
    const server = around.add('server.test', { era, allowsDiscovery: false });
    const read = async (target: string) =>
      (await server.api.answer({ method: 'GET', target, headers: {}, body: '' })).status;
    assert.equal(await read('/.well-known/paracord/server'), era === '0.8' ? 200 : 404, era);
    assert.equal(await read('/_paracord/federation/v1/keys'), 200, era);
  }
});
