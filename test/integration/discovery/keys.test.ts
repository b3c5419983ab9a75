import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { tuning } from '../../../main/config.ts';
import { signerFromSeed } from '../../../main/crypto/ed25519.ts';
import { wireEvent } from '../../../shared/protocol/events/envelope.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import { federationPrefix } from '../../../shared/protocol/transport.ts';
import { addRaw } from '../../support/attack/home.ts';
import { assertError, besiege, HandClock, rowsOf, type Siege } from '../../support/attack/node.ts';
import { ask } from '../../support/attack/socket.ts';
import { befriend, startLocalNode } from '../../support/nodes/local-node.ts';
import { type RawAnswer, RawPeer } from '../../support/parties/raw-peer.ts';
import { until } from '../../support/until.ts';

const unknown = { status: 403, code: 'FORBIDDEN', reason: 'key_unknown' };
const expired = { status: 403, code: 'FORBIDDEN', reason: 'key_expired' };
const server_name = 'raw.test';

const keyRows = ({ node }: Siege, server = server_name) =>
  rowsOf<{ key_id: string; public_key: string; valid_until: number }>(
    node,
    'federation_server_keys',
    `server_name = '${server}'`,
  );
const keyFetches = (peer: RawPeer) => peer.requests.filter(({ path }) => path.endsWith('/keys')).length;

/** A signed read at the node's time, never the same twice. */
function reads({ node, room }: Siege, by: RawPeer, clock: HandClock): () => Promise<RawAnswer> {
  let n = 0;
  return () => {
    const target = `${federationPrefix}/events?room_id=${room}&limit=${(++n % 1000) + 1}`;
    return ask(node.url, 'GET', target, Object.entries(by.headers('GET', target, '', clock.time)));
  };
}

async function withClock(t: Parameters<typeof besiege>[0]) {
  const clock = new HandClock();
  const siege = await besiege(t, { ports: clock.ports });
  return { clock, siege, raw: siege.raw, node: siege.node, read: reads(siege, siege.raw, clock) };
}

test('the same key id with another key is refused, the owner warned and the pinned one kept', async (t) => {
  const { siege, raw, node, read } = await withClock(t);
  const before = keyRows(siege);
  const real = raw.signer;
  raw.signer = signerFromSeed(randomBytes(32));
  assertError(await read(), { status: 403 });
  await assert.rejects(
    node.api.addPeer({ endpoint: raw.url }),
    /presents a different key with the ID ed25519:raw\. The pinned key was kept/,
  );
  assert.deepEqual(keyRows(siege), before);
  assert.match((await node.api.peer({ server_name })).warnings.join(), /The pinned key was kept/);
  assertError(await read(), { status: 403 });
  raw.signer = real;
  assert.equal((await read()).status, 200);
});

test('an unknown key is requested once, no matter how many callers wait, and a refusal is remembered', async (t) => {
  const { clock, siege, raw, read } = await withClock(t);
  const from = keyFetches(raw);
  const forger = new RawPeer('raw.test');
  forger.keyId = 'ed25519:made-up';
  const forged = reads(siege, forger, clock);
  for (const answer of await Promise.all(Array.from({ length: 50 }, forged))) assertError(answer, unknown);
  assert.equal(keyFetches(raw) - from, 1);
  for (let i = 0; i < 20; i++) {
    forger.keyId = `ed25519:made-up-${i}`;
    assertError(await forged(), unknown);
  }
  assert.equal(keyFetches(raw) - from, 1);
  clock.time += tuning.keyReadGapMs;
  assertError(await forged(), unknown);
  assertError(await forged(), unknown);
  assert.equal(keyFetches(raw) - from, 2);
  assert.equal((await read()).status, 200, 'the key that is known was good all along');
});

test('a peer that doesn’t answer with its keys isn’t asked again and again', async (t) => {
  const { clock, siege, raw } = await withClock(t);
  const from = keyFetches(raw);
  raw.handlers.set('/keys', () => ({ status: 500, body: 'down' }));
  const forger = new RawPeer('raw.test');
  forger.keyId = 'ed25519:made-up';
  const forged = reads(siege, forger, clock);
  for (let i = 0; i < 30; i++) assertError(await forged(), { status: 403 });
  assert.equal(keyFetches(raw) - from, 1);
});

test('events with made-up keys cause no storm of questions', async (t) => {
  const { siege, raw, node } = await withClock(t);
  const from = keyFetches(raw);
  const signatures = (i: number) =>
    new Map(
      Array.from({ length: limits.eventSignaturesMax }, (_, n) => [`ed25519:${i}-${n}`, 'ab'.repeat(64)]),
    );
  const events = Array.from({ length: 30 }, (_, i) => ({
    ...raw.message(siege.room, 'x'),
    signatures: signatures(i),
  }));
  for (const answer of await Promise.all(events.map((event) => raw.post(node.url, event))))
    assertError(answer, { ...unknown });
  assert.equal(keyFetches(raw) - from, 1);
});

test('a new key is fetched when it is first used, and the old one still verifies old events', async (t) => {
  const { clock, siege, raw, node, read } = await withClock(t);
  const old = { keyId: raw.keyId, signer: raw.signer, validUntil: raw.validUntil };
  const oldEntry = (raw.keys().keys as object[])[0];
  const early = raw.message(siege.room, 'signed with the old key');
  const earlier = raw.message(siege.room, 'signed with the old key too');
  const from = keyFetches(raw);
  raw.keyId = 'ed25519:new';
  raw.signer = signerFromSeed(randomBytes(32));
  raw.validUntil += 90 * 86_400_000;
  const newKeys = raw.keys();
  raw.handlers.set('/keys', () => ({
    status: 200,
    body: { ...newKeys, keys: [...(newKeys.keys as object[]), oldEntry] },
  }));
  const answers = await Promise.all(Array.from({ length: 20 }, read));
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  assert.equal(keyFetches(raw) - from, 1);
  assert.deepEqual(
    keyRows(siege)
      .map(({ key_id }) => key_id)
      .sort(),
    ['ed25519:new', old.keyId],
  );
  assert.equal(
    (await raw.post(node.url, early)).status,
    202,
    'an event by the old key, brought with the new',
  );
  // The old key expires: it signs no more requests, and no events that were written after its expiry.
  clock.time = old.validUntil + 1;
  const withOld = Object.assign(new RawPeer('raw.test'), old);
  assertError(await reads(siege, withOld, clock)(), expired);
  const send = (event: typeof early) => ownPost(siege, raw, clock, event);
  assert.equal((await send(earlier)).status, 202);
  const late = withOld.message(siege.room, 'too late', { origin_ts: old.validUntil + 1 });
  assertError(await send(late), expired);
});

/** Posts at the node's time. */
async function ownPost(
  { node }: Siege,
  by: RawPeer,
  clock: HandClock,
  event: Parameters<RawPeer['post']>[1],
): Promise<RawAnswer> {
  const target = `${federationPrefix}/event`;
  const body = wireEvent(event);
  return ask(node.url, 'POST', target, Object.entries(by.headers('POST', target, body, clock.time)), body);
}

test('without automatic extension, an expired key is refused until the owner extends it, and only while it is served', async (t) => {
  const { clock, siege, raw, node, read } = await withClock(t);
  await node.api.changeSettings({ extend_keys: false });
  clock.time = raw.validUntil + 1;
  assertError(await read(), expired);
  raw.handlers.set('/keys', () => ({ status: 500, body: 'down' }));
  await assert.rejects(node.api.extendPeerKeys({ server_name }));
  assertError(await read(), expired);
  const another = new RawPeer('raw.test');
  another.keyId = 'ed25519:another';
  another.validUntil = clock.time + 86_400_000;
  raw.handlers.set('/keys', () => ({ status: 200, body: another.keys() }));
  await assert.rejects(node.api.extendPeerKeys({ server_name }), /no longer has the key/);
  assertError(await read(), expired);
  const changed = new RawPeer('raw.test');
  raw.handlers.set('/keys', () => ({ status: 200, body: changed.keys() }));
  await assert.rejects(node.api.extendPeerKeys({ server_name }));
  assertError(await read(), expired);
  raw.handlers.delete('/keys');
  await node.api.extendPeerKeys({ server_name });
  assert.equal((await read()).status, 200);
  assert.equal((await ownPost(siege, raw, clock, raw.message(siege.room, 'extended'))).status, 202);
});

test('a peer’s answer sets keys of that peer alone', async (t) => {
  const { siege, raw, node } = await withClock(t);
  const other = await addRaw(t, node, 'other.test');
  const before = keyRows(siege, 'other.test');
  const puppet = new RawPeer('other.test');
  puppet.keyId = 'ed25519:puppet';
  const entries = [...(raw.keys().keys as object[]), ...(puppet.keys().keys as object[])];
  raw.handlers.set('/keys', () => ({ status: 200, body: { server_name, keys: entries } }));
  await node.api.addPeer({ endpoint: raw.url });
  assert.deepEqual(keyRows(siege, 'other.test'), before);
  assertError(await puppet.call(node.url, 'GET', `/events?room_id=${siege.room}`), unknown);
  // Nor can it rename itself into another.
  raw.handlers.set('/keys', () => ({ status: 200, body: other.keys() }));
  await assert.rejects(
    node.api.addPeer({ endpoint: raw.url }),
    /presents the keys of other\.test, not those of raw\.test/,
  );
  assert.deepEqual(keyRows(siege, 'other.test'), before);
});

test('our new key is shown next to the old one, which stays valid for the overlap', async (t) => {
  const { clock, node } = await withClock(t);
  const told = async () =>
    (
      (await (await fetch(`${node.url}${federationPrefix}/keys`)).json()) as {
        keys: { key_id: string; valid_until: number }[];
      }
    ).keys;
  const [first] = await told();
  await node.api.rotateKeys({ announce_seconds: 600 });
  const announced = await told();
  assert.equal(announced[0]?.key_id, first?.key_id, 'still signing');
  assert.equal(announced.length, 2);
  clock.time += 600_000;
  const rotated = await told();
  assert.equal(rotated[0]?.key_id, announced[1]?.key_id);
  const old = rotated.find(({ key_id }) => key_id === first?.key_id);
  assert.ok((old?.valid_until ?? 0) >= clock.time + tuning.keyOverlapMs - 600_000);
});

test('a newcomer reads dozens of a server’s keys page by page, and can verify events of the oldest', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const { room_id } = await a.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  await a.api.postMessage({ room_id, body: 'signed by the first key' });
  const rotations = limits.serverKeysMax - 1;
  for (let turn = 0; turn < rotations; turn++) await a.api.rotateKeys({ announce_seconds: 0 });
  const first = (await (await fetch(`${a.url}${federationPrefix}/keys`)).json()) as {
    keys: object[];
    next: string;
  };
  assert.equal(first.keys.length, 32, 'what every reader takes');
  assert.equal(typeof first.next, 'string');

  const b = await startLocalNode(t, { name: 'b.test' });
  await befriend(a, b);
  assert.equal((await b.api.peer({ server_name: 'a.test' })).keys.length, rotations + 1);
  await b.api.joinRoom({ room_id });
  await until([a, b], 'the oldest message', async () =>
    (await b.api.timeline({ room_id })).items.some(({ body }) => body === 'signed by the first key'),
  );
});

test('pages of keys that never end, or repeat themselves, end the reading', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const raw = await new RawPeer('raw.test').listen(t);
  const own = await (await fetch(`${raw.url}${federationPrefix}/keys`)).text();
  let pages = 0;
  raw.handlers.set('/keys', () => {
    pages++;
    return { status: 200, body: { ...(JSON.parse(own) as object), next: 'again' } };
  });
  await a.api.addPeer({ endpoint: raw.url });
  assert.ok(pages > 0 && pages < 10, String(pages));
});
