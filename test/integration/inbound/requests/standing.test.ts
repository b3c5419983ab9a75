import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { wireEvent } from '../../../../shared/protocol/events/envelope.ts';
import { writeModerate } from '../../../../shared/protocol/moderating.ts';
import { federationPrefix } from '../../../../shared/protocol/transport.ts';
import {
  assertError,
  besiege,
  HandClock,
  joins,
  memberBody,
  type Refusal,
  refused,
  rowsOf,
  type Siege,
  takes,
  user,
} from '../../../support/attack/node.ts';
import { answerIn, ask, open, written } from '../../../support/attack/socket.ts';
import { type RawAnswer, RawPeer } from '../../../support/parties/raw-peer.ts';
import { until } from '../../../support/until.ts';

const forbidden = { status: 403, code: 'FORBIDDEN' };

async function eachRefused(
  t: TestContext,
  siege: Siege,
  expected: Refusal,
  these: readonly [string, () => Promise<RawAnswer>][],
): Promise<void> {
  for (const [what, call] of these)
    await t.test(what, async () => {
      await refused(siege, expected, call);
    });
}

/** One of each kind of signed call, as `by` makes it. */
function calls({ node, room }: Siege, by: RawPeer): [string, () => Promise<RawAnswer>][] {
  const body = memberBody(by.name, room, `@user:${by.domain}`);
  const invite = JSON.stringify({ origin_server: by.name, room_id: room, sender: `@user:${by.domain}` });
  return [
    ['event', () => by.post(node.url, by.message(room, 'hello'))],
    ['event/{id}', () => by.call(node.url, 'GET', '/event/$1:a.test')],
    ['events', () => by.call(node.url, 'GET', `/events?room_id=${room}`)],
    ['invite', () => by.call(node.url, 'POST', '/invite', invite)],
    ['join', () => by.call(node.url, 'POST', '/join', body)],
    ['leave', () => by.call(node.url, 'POST', '/leave', body)],
    [
      'moderate',
      () =>
        by.call(
          node.url,
          'POST',
          '/moderate',
          writeModerate(`@user:${by.domain}`, { room_id: room, act: 'ban', user_id: '@a:a.test' }),
        ),
    ],
    ['keys of another', () => by.call(node.url, 'GET', '/keys?server_name=third.test')],
  ];
}

test('any single bit of a signature flipped is refused', async (t) => {
  const siege = await besiege(t, { joined: false });
  const target = `${federationPrefix}/join`;
  const body = memberBody('raw.test', siege.room, user);
  for (let bit = 0; bit < 512; bit += 37) {
    const headers = siege.raw.headers('POST', target, body);
    const signature = Buffer.from(headers['x-paracord-signature'] ?? '', 'hex');
    signature[bit >> 3] = (signature[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    await refused(siege, forbidden, () =>
      ask(
        siege.node.url,
        'POST',
        target,
        Object.entries({ ...headers, 'x-paracord-signature': signature.toString('hex') }),
        body,
      ),
    );
  }
});

test('a part that the signature covers can’t be changed in transit', async (t) => {
  const siege = await besiege(t, { joined: false });
  const { raw, node, room } = siege;
  const target = `${federationPrefix}/join`;
  const body = memberBody('raw.test', room, user);
  const signed = () => raw.headers('POST', target, body);
  const send = (to: string, headers: Record<string, string>, sent: string, method = 'POST') =>
    refused(siege, forbidden, () => ask(node.url, method, to, Object.entries(headers), sent));
  await send(target, signed(), memberBody('raw.test', room, '@other:raw.test'));
  await send(target, signed(), `${body} `);
  await send(`${federationPrefix}/leave`, signed(), body);
  await send(`${target}?a=1`, signed(), body);
  await send(target, { ...signed(), 'x-paracord-timestamp': String(Date.now() - 7) }, body);
  const read = `${federationPrefix}/event/$1:a.test`;
  await send(read.replace('$', '%24'), raw.headers('GET', read, ''), '', 'GET');
  await send(read, raw.headers('get', read, 'x'), '', 'GET');
});

test('a server nobody added is refused for every call, and isn’t called', async (t) => {
  const siege = await besiege(t);
  const stranger = await new RawPeer('stranger.test').listen(t);
  await eachRefused(
    t,
    siege,
    { ...forbidden, reason: 'origin_unknown', asked: [stranger] },
    calls(siege, stranger),
  );
});

test('another server cannot sign in the name of a peer, with its own key id or with the peer’s', async (t) => {
  const siege = await besiege(t);
  const other = await new RawPeer('other.test').listen(t);
  await siege.node.api.addPeer({ endpoint: other.url });
  const forger = new RawPeer('raw.test');
  await eachRefused(t, siege, forbidden, calls(siege, forger));
  const withOwnKey = new RawPeer('raw.test');
  withOwnKey.keyId = 'ed25519:other';
  withOwnKey.signer = other.signer;
  // The peer's keys are read once for an unknown key id, and not again.
  for (const [, call] of calls(siege, withOwnKey))
    assertError(await call(), { ...forbidden, reason: 'key_unknown' });
  assert.equal(siege.raw.requests.filter(({ path }) => path.endsWith('/keys')).length, 2);
  assert.equal(rowsOf(siege.node, 'federation_server_keys', `server_name = 'raw.test'`).length, 1);
});

test('without extension, an expired key is refused, and nothing is fetched for it', async (t) => {
  const clock = new HandClock();
  const siege = await besiege(t, { ports: clock.ports });
  await siege.node.api.changeSettings({ extend_keys: false });
  const { raw, node, room } = siege;
  const target = `${federationPrefix}/events?room_id=${room}`;
  const read = () => ask(node.url, 'GET', target, Object.entries(raw.headers('GET', target, '', clock.time)));
  clock.time = raw.validUntil;
  assert.equal((await read()).status, 200);
  clock.time += 1;
  await refused(siege, { ...forbidden, reason: 'key_expired' }, read);
});

test('a blocked peer is refused for every call, and a quarantined one for all but its events', async (t) => {
  const siege = await besiege(t);
  for (const [mode, reason] of [
    ['block', 'origin_blocked'],
    ['quarantine', 'origin_quarantined'],
  ] as const) {
    await siege.node.api.changePeer({ server_name: 'raw.test', mode });
    const these = calls(siege, siege.raw).filter(([what]) => mode === 'block' || what !== 'event');
    await eachRefused(t, siege, { ...forbidden, reason }, these);
  }
});

test('a server blocked while its request is still arriving is refused', async (t) => {
  const siege = await besiege(t, { joined: false });
  const { raw, node, room } = siege;
  for (const [path, body] of [
    ['/join', memberBody('raw.test', room, user)],
    ['/event', wireEvent(raw.message(room, 'hello'))],
  ] as const) {
    const target = federationPrefix + path;
    const line = await open(node.url);
    const headers = Object.entries(raw.headers('POST', target, body));
    line.socket.write(
      written('POST', target, [...headers, ['Content-Length', String(body.length)]], body.slice(0, 10)),
    );
    // An answer on another connection: the node has seen the first part by then.
    assert.equal((await joins(siege, '@early:raw.test')).status, 200);
    await node.api.changePeer({ server_name: 'raw.test', mode: 'block' });
    await refused(siege, { ...forbidden, reason: 'origin_blocked' }, async () => {
      line.socket.write(body.slice(10));
      return answerIn(await line.end);
    });
    await node.api.changePeer({ server_name: 'raw.test', mode: 'allow' });
  }
});

test('blocking a peer that reads nothing doesn’t stop the node', async (t) => {
  const siege = await besiege(t);
  const { raw, node, room } = siege;
  for (const mode of ['block', 'quarantine'] as const) {
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    raw.handlers.set('/event', () => {
      resolve();
      return { status: 503, body: {} };
    });
    await node.api.postMessage({ room_id: room, body: 'on its way' });
    await asked;
    await node.api.changePeer({ server_name: 'raw.test', mode });
    assertError(await raw.post(node.url, raw.message(room, 'x')), forbidden);
    raw.handlers.set('/event', takes);
    await node.api.changePeer({ server_name: 'raw.test', mode: 'allow' });
    await until([node], 'what waited', async () => (await node.api.outbox({})).items.length === 0);
  }
});
