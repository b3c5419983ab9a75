import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { UndiciHttp } from '../../../main/client/undici-http.ts';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { wireEvent } from '../../../shared/protocol/events/envelope.ts';
import { federationPrefix } from '../../../shared/protocol/transport.ts';
import { assertError, besiege, type Siege } from '../../support/attack/node.ts';
import { ask } from '../../support/attack/socket.ts';
import { bodies, pictureOf } from '../../support/browser/picture.ts';
import { LeapingClock } from '../../support/leaping-clock.ts';
import type { LocalNodeOptions } from '../../support/nodes/local-node.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { until } from '../../support/until.ts';

const hour = 3_600_000;
const expired = { status: 403, code: 'FORBIDDEN', reason: 'key_expired' };
const server_name = 'raw.test';

async function withClock(t: TestContext, options: Partial<LocalNodeOptions> = {}) {
  const clock = new LeapingClock();
  const siege = await besiege(t, { ports: { ...systemPorts, clock }, ...options });
  const start = clock.now();
  return { ...siege, clock, leapTo: (ms: number) => clock.leap(start + ms - clock.now()) };
}

/** A message that is signed at the node's time, body and request. */
function writes({ node, room }: Siege, by: RawPeer, clock: LeapingClock, text: string) {
  const target = `${federationPrefix}/event`;
  const body = wireEvent(by.message(room, text, { origin_ts: clock.now() }));
  return ask(node.url, 'POST', target, Object.entries(by.headers('POST', target, body, clock.now())), body);
}

test('a peer that uses its expired key is still accepted after 25 hours, 49 hours and 30 days', async (t) => {
  const siege = await withClock(t);
  const { node, raw, clock, leapTo } = siege;
  for (const at of [25 * hour, 49 * hour, 30 * 24 * hour]) {
    await leapTo(at);
    const text = `after ${at / hour} h`;
    assert.equal((await writes(siege, raw, clock, text)).status, 202, text);
    const { keys, state } = await node.api.peer({ server_name });
    assert.deepEqual([state, keys[0]?.standing], ['ok', 'by_day']);
    assert.ok((keys[0]?.extended_until ?? 0) <= clock.now() + 25 * hour);
  }
  const shown = bodies(await pictureOf(node.api, siege.room));
  assert.deepEqual(shown.toSorted(), ['after 25 h', 'after 49 h', 'after 720 h']);
});

test('someone who has an expired key, but not its server’s endpoint, is refused', async (t) => {
  const siege = await withClock(t);
  const { raw, clock, leapTo } = siege;
  const thief = Object.assign(new RawPeer(server_name), { keyId: raw.keyId, signer: raw.signer });
  // The peer's server has a new key by now.
  const next = new RawPeer(server_name);
  Object.assign(raw, { keyId: 'ed25519:next', signer: next.signer, validUntil: clock.now() + 900 * hour });
  await leapTo(25 * hour);
  assertError(await writes(siege, thief, clock, 'by the thief'), expired);
  assert.equal((await writes(siege, raw, clock, 'by its server')).status, 202);
});

test('an endpoint that moved elsewhere, or answers for another server, extends nothing', async (t) => {
  const siege = await withClock(t);
  const { node, raw, clock, leapTo } = siege;
  const other = new RawPeer('other.test');
  const elsewhere = await new RawPeer(server_name).listen(t);
  Object.assign(elsewhere, { keyId: raw.keyId, signer: raw.signer, validUntil: raw.validUntil });
  await leapTo(25 * hour);
  raw.handlers.set('/keys', () => ({
    status: 307,
    body: raw.keys(),
    headers: { location: `${elsewhere.url}${federationPrefix}/keys` },
  }));
  assertError(await writes(siege, raw, clock, 'redirected'), expired);
  assert.deepEqual(elsewhere.requests, []);
  await leapTo(26 * hour);
  raw.handlers.set('/keys', () => ({ status: 200, body: other.keys() }));
  assertError(await writes(siege, raw, clock, 'another server'), expired);
  assert.match((await node.api.peer({ server_name })).state_text, /couldn’t read the key at its address/);
});

test('over plain http to another computer, keys aren’t extended automatically, and the owner decides', async (t) => {
  // The peer is reached under an address in a network; the answer comes from this process.
  const http = new UndiciHttp();
  let base = '';
  const request: UndiciHttp['request'] = (wanted) =>
    http.request({ ...wanted, url: wanted.url.replace('http://192.168.7.7:8448', base) });
  const parts = {
    http: {
      request,
      seenCertificate: (url: string) => http.seenCertificate(url),
      close: () => http.close(),
    },
  };
  const siege = await withClock(t, { parts });
  const { node, raw, clock, leapTo } = siege;
  base = raw.url;
  await node.api.addPeer({ endpoint: 'http://192.168.7.7:8448' });
  await leapTo(25 * hour);
  assertError(await writes(siege, raw, clock, 'expired'), expired);
  const peer = await node.api.peer({ server_name });
  assert.deepEqual([peer.state, peer.keys[0]?.standing], ['waiting', 'expired']);
  assert.match(
    peer.state_text,
    /plain HTTP.*doesn’t extend the key automatically.*extend it under “Keys” on its page/,
  );
  const found = (await node.api.doctor({})).findings.find(({ subject }) => subject === server_name);
  assert.match(found?.fix ?? '', /peers extend-keys raw\.test/);
  // The owner's decision makes the key accepted permanently.
  await node.api.extendPeerKeys({ server_name });
  assert.equal((await writes(siege, raw, clock, 'by the owner’s word')).status, 202);
  assert.equal((await node.api.peer({ server_name })).keys[0]?.standing, 'for_good');
  await leapTo(900 * hour);
  assert.equal((await writes(siege, raw, clock, 'and for good')).status, 202);
});

test('events refused while the endpoint didn’t answer are read once the key is extended', async (t) => {
  const siege = await withClock(t);
  const { node, raw, room, clock, leapTo } = siege;
  await leapTo(25 * hour);
  raw.handlers.set('/keys', () => ({ status: 503, body: 'down' }));
  const missed = raw.message(room, 'missed', { origin_ts: clock.now() });
  raw.handlers.set('/events', () => ({
    status: 200,
    body: `{"events":[${wireEvent(missed)}],"next":"1","more":false}`,
  }));
  await until([node], 'the reading', async () => {
    await clock.leap(60_000);
    return (await node.api.peer({ server_name })).state_text.includes('couldn’t read the key');
  });
  assert.deepEqual(bodies(await pictureOf(node.api, room)), []);
  raw.handlers.delete('/keys');
  await until([node], 'what was refused', async () => {
    await clock.leap(60_000);
    return bodies(await pictureOf(node.api, room)).includes('missed');
  });
});
