import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signerFromSeed } from '../../../../../main/crypto/ed25519.ts';
import { directVerifier } from '../../../../../main/crypto/verifier.ts';
import { VerifyAhead, type VerifyAheadParts } from '../../../../../main/http/between/verify-ahead.ts';
import type { FederationRequest } from '../../../../../main/http/federation/request.ts';
import { signedText } from '../../../../../shared/protocol/events/attachments.ts';
import { type Envelope, wireEvent } from '../../../../../shared/protocol/events/envelope.ts';
import { writeBatch } from '../../../../../shared/protocol/events/event-batch.ts';
import { federationPrefix } from '../../../../../shared/protocol/transport.ts';
import { RawPeer } from '../../../../support/parties/raw-peer.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

const room = '!1:us.test';

function standby() {
  const clock = new VirtualClock();
  const raw = new RawPeer('raw.test');
  const ours = new RawPeer('us.test');
  const standings = new Map([[raw.name, 'allowed']]);
  const keys = new Map([[`${raw.name} ${raw.keyId}`, raw.signer.publicKey]]);
  const settings = { paused: false };
  let validUntil = clock.now() + 1000;
  const ahead = new VerifyAhead({
    directory: {
      standing: (server: string) => standings.get(server) ?? 'unknown',
      key: (server: string, id: string) => {
        const public_key = keys.get(`${server} ${id}`);
        return public_key && { public_key, valid_until: validUntil, extended_at: null, extended_until: null };
      },
    },
    keyring: {
      ...{ isSetUp: true, serverName: ours.name },
      publicKeyOf: (id: string) =>
        id === ours.keyId ? { publicKey: ours.signer.publicKey, validUntil: 0 } : undefined,
    },
    ...{ verifier: directVerifier, settings: { get: () => settings }, clock },
  } as unknown as VerifyAheadParts);
  const request = (
    path: string,
    text: string,
    { signed = text, timestamp = clock.now() } = {},
  ): FederationRequest => {
    const target = federationPrefix + path;
    const headers = raw.headers('POST', target, signed, timestamp);
    return {
      ...{ method: 'POST', target, from: '', params: {}, query: new URLSearchParams() },
      header: (name) => (headers[name] === undefined ? [] : [headers[name]]),
      body: async () => Buffer.from(text),
    };
  };
  const look = async (path: string, text: string, more: Parameters<typeof request>[2] = {}) =>
    await ahead.verify(request(path, text, more), Buffer.from(text));
  const knows = (timestamp?: number): boolean =>
    ahead.isKnown(request('/event', '', timestamp === undefined ? {} : { timestamp }).header);
  const expire = () => {
    validUntil = clock.now() - 1;
  };
  return { clock, raw, ours, standings, keys, settings, look, knows, expire };
}

const batchOf = (events: readonly Envelope[]): string =>
  writeBatch(events.map((event) => ({ event: wireEvent(event), sentTo: [] })));
const stolen = (event: Envelope, from: Envelope): Envelope => ({ ...event, signatures: from.signatures });

test('a standby says with which key it verified the request, and each event in it', async () => {
  const { raw, look } = standby();
  const { publicKey } = raw.signer;
  const one = { keyId: raw.keyId, publicKey, filesUnsigned: false };
  const [a, b] = [raw.message(room, 'a'), raw.message(room, 'b')];
  assert.deepEqual(await look('/event', wireEvent(a)), { transport: publicKey, events: [one] });
  assert.deepEqual(await look('/events', batchOf([a, b])), { transport: publicKey, events: [one, one] });
});

test('an event with the valid signature of another event beside it is not verified', async () => {
  const { raw, look } = standby();
  const [a, b] = [raw.message(room, 'a'), raw.message(room, 'b')];
  const verified = await look('/events', batchOf([a, stolen(b, a), stolen(a, b)]));
  assert.deepEqual(
    verified?.events.map((each) => each !== null),
    [true, false, false],
  );
});

test('a request that its peer did not sign as it is here is not verified, nor is anything in it', async () => {
  const { raw, look } = standby();
  const text = wireEvent(raw.message(room, 'a'));
  assert.equal(await look('/event', text, { signed: wireEvent(raw.message(room, 'b')) }), null);
  raw.signer = signerFromSeed(Buffer.alloc(32, 7));
  assert.equal(await look('/event', text), null, 'signed with a key that is not in the copy');
});

test('what a standby has no key for, and what has no form, is left to the leader', async () => {
  const { raw, look } = standby();
  const third = new RawPeer('third.test');
  const { events } = (await look('/events', batchOf([third.message(room, 'x'), raw.message(room, 'a')])))!;
  assert.deepEqual(
    events.map((each) => each?.keyId ?? null),
    [null, raw.keyId],
  );
  for (const text of ['', '{', '{"events":[]}', '[]'])
    assert.deepEqual((await look('/events', text))?.events, [], text);
  assert.deepEqual((await look('/events', '{"events":[{"event":{}},{"event":1}]}'))?.events, [null, null]);
  assert.deepEqual((await look('/event', '{"a":1}'))?.events, []);
});

test('events of our own that come back are verified with our keys', async () => {
  const { ours, look } = standby();
  assert.equal(
    (await look('/event', wireEvent(ours.message(room, 'a'))))?.events[0]?.publicKey,
    ours.signer.publicKey,
  );
});

test('a signature that doesn’t cover the files of a message is marked as such', async () => {
  const { raw, look } = standby();
  const content = { body: 'a', msgtype: 'm.text', channel_id: '1', message_id: '1', attachments: [] };
  const event = raw.event({ room, type: 'm.message', content });
  const signature = raw.signer.sign(signedText(event, true));
  const late = { ...event, signatures: new Map([[raw.keyId, signature]]) };
  assert.equal((await look('/event', wireEvent(event)))?.events[0]?.filesUnsigned, false);
  assert.equal((await look('/event', wireEvent(late)))?.events[0]?.filesUnsigned, true);
});

test('a standby reads no body of anyone whom its copy doesn’t know, and of nobody while paused', () => {
  const { clock, raw, standings, keys, settings, knows, expire } = standby();
  assert.equal(knows(), true);
  for (const [standing, expected] of [
    ['quarantined', true],
    ['blocked', false],
    ['known', false],
    ['allowed', true],
  ] as const) {
    standings.set(raw.name, standing);
    assert.equal(knows(), expected, standing);
  }
  assert.equal(knows(clock.now() - 60_001), false, 'an old request');
  settings.paused = true;
  assert.equal(knows(), false, 'paused');
  settings.paused = false;
  expire();
  assert.equal(knows(), false, 'the key has expired');
  keys.clear();
  assert.equal(knows(), false, 'an unknown key');
});
