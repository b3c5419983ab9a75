import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { signerFromSeed } from '../../../../main/crypto/ed25519.ts';
import { canonicalJson } from '../../../../shared/protocol/coding/canonical-json.ts';
import { type JsonObject, parseJson } from '../../../../shared/protocol/coding/json.ts';
import { canonicalEvent, type Envelope, wireEvent } from '../../../../shared/protocol/events/envelope.ts';
import { federationPrefix } from '../../../../shared/protocol/transport.ts';
import { besiege, details, refused, rowsOf, type Siege } from '../../../support/attack/node.ts';
import { RawPeer } from '../../../support/parties/raw-peer.ts';

const forbidden = { status: 403, code: 'FORBIDDEN', proven: true } as const;

/** A second key of the peer, published in addition to the first. */
async function withTwoKeys(siege: Siege): Promise<{ id: string; sign: (event: Envelope) => string }> {
  const { raw, node } = siege;
  const second = signerFromSeed(randomBytes(32));
  const first = raw.keys().keys as object[];
  const id = 'ed25519:second';
  const entry = {
    server_name: raw.name,
    key_id: id,
    public_key: second.publicKey,
    valid_until: raw.validUntil,
  };
  raw.handlers.set('/keys', () => ({
    status: 200,
    body: { server_name: raw.name, keys: [...first, entry] },
  }));
  await node.api.addPeer({ endpoint: raw.url });
  return { id, sign: (event) => second.sign(canonicalEvent(event)) };
}

const bogus = 'ab'.repeat(64);

test('one valid signature by the origin is enough, wherever it is; others are ignored', async (t) => {
  const siege = await besiege(t);
  const { raw, node, room } = siege;
  const second = await withTwoKeys(siege);
  const send = async (signatures: (event: Envelope) => object, more: object = {}) => {
    const event = raw.message(room, 'hello');
    const wire = JSON.parse(wireEvent(event)) as Record<string, unknown>;
    const body = JSON.stringify({ ...wire, signatures: signatures(event), ...more });
    return (await raw.call(node.url, 'POST', '/event', body)).status;
  };
  const own = (event: Envelope) => event.signatures.get(raw.keyId);
  assert.equal(
    await send((e) => ({ 'raw.test': { [raw.keyId]: own(e), 'ed25519:gone': bogus } })),
    202,
    'unknown second',
  );
  assert.equal(
    await send((e) => ({ 'raw.test': { 'ed25519:gone': bogus, [raw.keyId]: own(e) } })),
    202,
    'unknown first',
  );
  assert.equal(await send((e) => ({ 'raw.test': { [second.id]: second.sign(e) } })), 202, 'the other key');
  assert.equal(
    await send((e) => ({ 'raw.test': { [second.id]: bogus, [raw.keyId]: own(e) } })),
    202,
    'known but wrong, first',
  );
  assert.equal(
    await send((e) => ({ 'raw.test': { [raw.keyId]: bogus, [second.id]: second.sign(e) } })),
    202,
    'known but wrong, first of the two',
  );
  assert.equal(
    await send((e) => ({
      'other.test': { x: bogus },
      'raw.test': { [raw.keyId]: own(e), junk: 5 },
      'a.test': null,
    })),
    202,
    'of others',
  );
  assert.equal(await send((e) => ({ [raw.keyId]: own(e) })), 202, 'flat');
  assert.equal(
    await send(() => ({ 'raw.test': { [raw.keyId]: bogus, [second.id]: bogus } })),
    403,
    'all wrong',
  );
  assert.equal(await send((e) => ({ 'other.test': { [raw.keyId]: own(e) } })), 401, 'by others only');
  assert.equal(await send(() => ({})), 401, 'none');
});

test('changing any field that is signed invalidates, and so does null for an empty state key', async (t) => {
  const siege = await besiege(t);
  const { raw, node, room } = siege;
  const changes: ((event: Envelope) => Partial<Envelope>)[] = [
    (e) => ({ event_id: e.event_id.replace('$', '$1') }),
    () => ({ room_id: '!1:a.test' }),
    () => ({ event_type: 'm.room.topic' }),
    () => ({ sender: '@other:raw.test' }),
    (e) => ({ origin_ts: e.origin_ts + 1 }),
    (e) => ({ depth: e.depth + 1 }),
    () => ({ state_key: '' }),
    () => ({ state_key: 'x' }),
    (e) => ({ contentText: e.contentText.replace('hello', 'hellp') }),
    (e) => ({ contentText: e.contentText.replace('}', ',"x":null}') }),
  ];
  for (const change of changes) {
    const event = raw.message(room, 'hello');
    await refused(siege, forbidden, () => raw.post(node.url, { ...event, ...change(event) }));
  }
  const empty = raw.event({ room, type: 'x.any', content: {}, state_key: '' });
  await refused(siege, forbidden, () => raw.post(node.url, { ...empty, state_key: null }));
  assert.equal((await raw.post(node.url, empty)).status, 202);
});

test('an event signed by one server in the name of another is refused', async (t) => {
  const siege = await besiege(t);
  const { raw, node, room } = siege;
  const other = await new RawPeer('other.test').listen(t);
  await node.api.addPeer({ endpoint: other.url });
  const inTheirName = raw.event({
    room,
    type: 'x.any',
    content: {},
    origin_server: 'other.test',
    sender: '@user:other.test',
    event_id: '$1:other.test',
  });
  await refused(siege, { ...forbidden, asked: [] }, () => raw.post(node.url, inTheirName));
  const inOurs = raw.event({
    room,
    type: 'x.any',
    content: {},
    origin_server: 'a.test',
    sender: '@a:a.test',
    event_id: '$1:a.test',
  });
  await refused(siege, forbidden, () => raw.post(node.url, inOurs));
});

test('the same event 200 times at once is one row and inserted once', async (t) => {
  const siege = await besiege(t);
  const { raw, node, room } = siege;
  const event = raw.message(room, 'once');
  const answers = await Promise.all(Array.from({ length: 200 }, () => raw.post(node.url, event)));
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([202]));
  assert.equal(answers.filter(({ body }) => body.inserted === true).length, 1);
  assert.equal(rowsOf(node, 'federation_events', `event_id = '${event.event_id}'`).length, 1);
  assert.equal((await node.api.timeline({ room_id: room })).items.length, 1);
});

test('the same id with other bytes is a conflict and the first is kept, also when both come at once', async (t) => {
  const siege = await besiege(t);
  const { raw, node, room } = siege;
  const first = raw.message(room, 'first');
  assert.equal((await raw.post(node.url, first)).status, 202);
  const second = raw.message(room, 'second', { event_id: first.event_id });
  const conflict = { status: 409, code: 'CONFLICT', reason: 'event_id_conflict', proven: true } as const;
  const answer = await refused(siege, conflict, () => raw.post(node.url, second));
  assert.equal(details(answer).scope, 'event');
  assert.match(
    (await node.api.peer({ server_name: 'raw.test' })).warnings.join(),
    /Your server kept the first one/,
  );
  const pair = Array.from({ length: 8 }, (_, i) =>
    raw.message(room, `either ${i}`, { event_id: '$900:raw.test' }),
  );
  const answers = await Promise.all(pair.map((event) => raw.post(node.url, event)));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [202, ...Array<number>(7).fill(409)]);
});

test('an unknown type is stored, served to the byte and not shown; numbers keep their digits', async (t) => {
  const siege = await besiege(t);
  const { raw, node, room } = siege;
  const text =
    '{"a":1.0,"b":1e21,"c":0.00001,"d":18446744073709551615,"e":-0,"f":1E+2,"g":0.1e-7,"h":123456789012345678901234567890,"z\u2028":"\u007f/😀"}';
  const content = parseJson(text) as JsonObject;
  const plain = raw.event({ room, type: 'org.example.poll', content: {} });
  const unsigned = { ...plain, content };
  const signature = raw.signer.sign(canonicalEvent(unsigned));
  const event = {
    ...unsigned,
    contentText: canonicalJson(content),
    signatures: new Map([[raw.keyId, signature]]),
  };
  assert.ok(wireEvent(event).includes(text));
  assert.equal((await raw.post(node.url, event)).body.inserted, true);
  const target = `${federationPrefix}/event/${event.event_id}`;
  const served = await fetch(node.url + target, { headers: raw.headers('GET', target, '') });
  assert.equal(await served.text(), wireEvent(event));
  const list = `${federationPrefix}/events?room_id=${room}`;
  const page = await (await fetch(node.url + list, { headers: raw.headers('GET', list, '') })).text();
  assert.ok(page.includes(wireEvent(event)));
  assert.equal((await node.api.timeline({ room_id: room })).items.length, 0);
});
