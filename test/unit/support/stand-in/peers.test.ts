import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adminToken } from '../../../support/stand-in/api.ts';
import type { EraName } from '../../../support/stand-in/era.ts';
import { Neighborhood } from '../../../support/stand-in/neighborhood.ts';

const day = 86_400_000;

function ground(era: EraName = '3.x') {
  const around = new Neighborhood();
  const peer = around.add('peer.test');
  const server = around.add('server.test', { era });
  const body = {
    server_name: 'Peer.Test',
    domain: 'peer.test',
    trusted: true,
    federation_endpoint: `${peer.url}/_paracord/federation/v1`,
  };
  const pin = { public_key_hex: peer.signer.publicKey, key_id: peer.keyId };
  const post = async (more: object, authorization = `Bearer ${adminToken}`) => {
    const target = '/_paracord/federation/v1/servers';
    const text = JSON.stringify({ ...body, ...more });
    const answer = await server.api.answer({
      method: 'POST',
      target,
      headers: { authorization },
      body: text,
    });
    return [answer.status, JSON.parse(String(answer.body)).message];
  };
  const knows = async () => {
    const destination = era === '0.8' ? null : server.name;
    return (await around.ask(peer, server, { path: '/event/$0:check.invalid', destination })).status === 404;
  };
  return { around, peer, server, pin, post, knows };
}

test('only an admin adds a server', async () => {
  const { post } = ground();
  assert.deepEqual(await post({ discover: true }, 'Bearer somebody'), [401, 'unauthorized']);
});

test('a discovered key is kept until it expires', async () => {
  const { around, post, knows } = ground();
  assert.equal((await post({ discover: true }))[0], 201);
  await around.clock.advance(day);
  assert.equal(await knows(), true);
  await around.clock.advance(1);
  assert.equal(await knows(), false);
});

test('a discovered key that is valid for longer is kept for 30 days', async () => {
  const { around, peer, post, knows } = ground();
  const { keys, ...rest } = peer.keys();
  peer.keys = () => ({
    ...rest,
    keys: keys.map((key) => ({ ...key, valid_until: Number.MAX_SAFE_INTEGER })),
  });
  await post({ discover: true });
  await around.clock.advance(30 * day);
  assert.equal(await knows(), true);
  await around.clock.advance(1);
  assert.equal(await knows(), false);
});

test('a pinned key is kept for ever, and replaces the one before at once', async () => {
  const { around, peer, pin, post, knows } = ground();
  assert.equal((await post(pin))[0], 201);
  await around.clock.advance(400 * day);
  assert.equal(await knows(), true);
  peer.replaceKey();
  assert.equal(await knows(), false);
  await post({ ...pin, public_key_hex: peer.signer.publicKey });
  assert.equal(await knows(), true);
});

test('before 3.0, a pin alone is used for nothing', async () => {
  const { pin, post, knows } = ground('2.x');
  assert.equal((await post(pin))[0], 201);
  assert.equal(await knows(), false);
  await post({ ...pin, discover: true });
  assert.equal(await knows(), true);
});

test('a pin that isn’t a key, is weak or has no ID is refused', async () => {
  const { pin, post } = ground();
  const refusals = await Promise.all([
    post({ ...pin, public_key_hex: 'ab' }),
    post({ ...pin, public_key_hex: '00'.repeat(32) }),
    post({ public_key_hex: pin.public_key_hex }),
    post({ ...pin, key_id: 'k'.repeat(256) }),
  ]);
  assert.deepEqual(
    refusals.map(([status]) => status),
    [400, 400, 400, 400],
  );
  assert.deepEqual(
    refusals.slice(0, 2).map(([, message]) => message),
    ['bad request: Invalid Ed25519 public key', 'bad request: Weak Ed25519 public key'],
  );
});

test('discovery refuses an expired key, another server’s and one that isn’t the pinned one', async () => {
  const { around, peer, pin, post } = ground();
  const other = ground().peer.signer.publicKey;
  assert.equal((await post({ ...pin, public_key_hex: other, discover: true }))[0], 400);
  assert.equal((await post({ server_name: 'else.test', discover: true }))[0], 400);
  peer.keys();
  await around.clock.advance(day + 1);
  assert.deepEqual(await post({ discover: true }), [400, 'bad request: discovered key is already expired']);
});

test('a server that is deleted isn’t known any more', async () => {
  const { server, post, knows } = ground();
  await post({ discover: true });
  const target = '/_paracord/federation/v1/servers/peer.test';
  const headers = { authorization: `Bearer ${adminToken}` };
  assert.equal((await server.api.answer({ method: 'DELETE', target, headers, body: '' })).status, 204);
  assert.equal(await knows(), false);
});
