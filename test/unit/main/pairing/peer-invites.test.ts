import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { verifySignature } from '../../../../main/crypto/ed25519.ts';
import { PeerInvites } from '../../../../main/pairing/peer-invites.ts';
import { newPeer } from '../../../../main/store/tables/peer-store.ts';
import { PeerAdmin } from '../../../../main/trust/peer-admin.ts';
import { PeerDirectory } from '../../../../main/trust/peer-directory.ts';
import type { PeerOffer } from '../../../../shared/protocol/bodies.ts';
import { type ErrorCode, ProtocolError } from '../../../../shared/protocol/errors.ts';
import { readInviteLink, readInviteOffer } from '../../../../shared/protocol/invites/invite-link.ts';
import { pairingGround, type Stranger } from '../../../support/pairing/ground.ts';
import { tokenOf } from '../../../support/pairing/pairing.ts';

async function inviting(t: TestContext) {
  const ground = await pairingGround(t);
  const accepted: string[] = [];
  const invites = new PeerInvites({
    ...ground,
    contacts: { heardFrom: () => {} },
    tell: (fact) => {
      if (fact.fact === 'invite-used') accepted.push(fact.server);
    },
  });
  const admin = new PeerAdmin(ground);
  const { link } = await invites.make();
  const token = tokenOf(link?.web ?? '');
  const take = (who: Stranger, change: Partial<PeerOffer> = {}) =>
    invites.take(
      {
        token,
        server_name: who.name,
        domain: who.name,
        endpoint: who.endpoint,
        keys: who.keys,
        extensions: [],
        ...change,
      },
      who.signer.publicKey,
    );
  const status = () => (invites.list()[0]?.used_at === null ? 'pending' : 'used');
  return { ...ground, invites, admin, accepted, take, status };
}

const is = (code: ErrorCode) => (error: unknown) => error instanceof ProtocolError && error.code === code;

test('a forgotten server does not come back with the invite it used', async (t) => {
  const { take, meet, admin, directory, store, keyring, clock } = await inviting(t);
  const mallory = meet('mallory.test');
  await take(mallory);
  await admin.forget('mallory.test');
  await assert.rejects(take(mallory), /^ProtocolError: This invite can’t be used\. Ask for a new one\.$/);
  assert.equal(directory.get('mallory.test'), undefined);
  assert.equal(new PeerDirectory(store, keyring, clock, () => {}).get('mallory.test'), undefined);
  // Another server may have that name by now.
  await directory.put({ ...newPeer('mallory.test', 'mallory.test'), mode: 'allow' });
  await assert.rejects(take(mallory), /This invite can’t be used/);
});

test('a blocked server can’t come back with the invite it used, and doesn’t learn that it is known', async (t) => {
  const { take, meet, admin, directory } = await inviting(t);
  const mallory = meet('mallory.test');
  await take(mallory);
  for (const mode of ['block', 'quarantine'] as const) {
    await admin.change('mallory.test', { mode });
    await assert.rejects(take(mallory), /This invite can’t be used/);
    assert.equal(directory.get('mallory.test')?.mode, mode);
  }
});

test('a repeated acceptance is answered, and changes nothing, whatever it contains this time', async (t) => {
  const { take, meet, directory, accepted } = await inviting(t);
  const ben = meet('ben.test');
  await take(ben);
  const before = directory.get('ben.test');
  const keys = [...ben.keys, { ...ben.keys[0]!, key_id: 'ed25519:2', public_key: 'cd'.repeat(32) }];
  await take(ben, {
    endpoint: 'https://elsewhere.test/x',
    tls_sha256: 'ab'.repeat(32),
    domain: 'b.test',
    keys,
  });
  assert.deepEqual(directory.get('ben.test'), before);
  assert.equal(directory.keysOf('ben.test').length, 1);
  assert.deepEqual(accepted, ['ben.test']);
});

test('an acceptance can be repeated only while the invite would be valid', async (t) => {
  const { take, meet, clock } = await inviting(t);
  const ben = meet('ben.test');
  await take(ben);
  await clock.advance(7 * 86_400_000 - 1);
  await take(ben);
  await clock.advance(1);
  await assert.rejects(take(ben), is('FORBIDDEN'));
});

test('an invite is used together with the peer it brings, or not at all', async (t) => {
  const { take, meet, store, directory, status, accepted } = await inviting(t);
  const ben = meet('ben.test');
  const full = t.mock.method(store.peers, 'put', () => {
    throw new Error('database or disk is full');
  });
  await assert.rejects(take(ben), /disk is full/);
  assert.equal(status(), 'pending');
  assert.equal(directory.get('ben.test'), undefined);
  assert.deepEqual(directory.keysOf('ben.test'), []);
  full.mock.restore();
  await take(ben);
  assert.equal(status(), 'used');
  assert.deepEqual(accepted, ['ben.test']);
});

test('an acceptance doesn’t undo what the owner decides while it is being written', async (t) => {
  const { take, meet, admin, directory, status } = await inviting(t);
  const ben = meet('ben.test');
  const taking = take(ben);
  await admin.add({ serverName: 'ben.test', mode: 'block' });
  await assert.rejects(taking, is('FORBIDDEN'));
  assert.equal(directory.get('ben.test')?.mode, 'block');
  assert.equal(status(), 'pending');
});

test('keys reported by a room’s home give way to what the server itself shows', async (t) => {
  const { take, meet, directory, pins } = await inviting(t);
  const ben = meet('ben.test');
  await directory.put({ ...newPeer('ben.test', 'ben.test'), known_through: 'home.test' });
  await pins.adopt({
    home: 'home.test',
    serverName: 'ben.test',
    domain: 'ben.test',
    keys: [{ ...ben.keys[0]!, public_key: 'cd'.repeat(32) }],
  });
  await take(ben);
  assert.equal(directory.get('ben.test')?.mode, 'allow');
  assert.equal(directory.key('ben.test', ben.keyId)?.public_key, ben.signer.publicKey);
});

test('a key that a server itself has shown is not replaced by an acceptance', async (t) => {
  const { take, meet, directory, pins, status } = await inviting(t);
  const ben = meet('ben.test');
  await directory.put(newPeer('ben.test', 'ben.test'));
  await pins.pin('ben.test', [{ ...ben.keys[0]!, public_key: 'cd'.repeat(32) }]);
  await assert.rejects(take(ben), is('CONFLICT'));
  assert.equal(status(), 'pending');
});

test('an acceptance cannot send us into a network that our own address is not in', async (t) => {
  const cases: [ours: string | null, offered: string, calledAsTyped: boolean][] = [
    ['https://anna.example', 'https://192.168.1.1', false],
    ['https://anna.example', 'https://ben.example', false],
    ['https://anna.example', 'http://ben.example', false],
    ['https://anna.example', 'http://8.8.8.8', false],
    [null, 'https://192.168.1.1', false],
    // Plain http says nothing about where a server is.
    ['http://9.9.9.9', 'http://192.168.1.1', false],
    ['http://9.9.9.9', 'https://127.0.0.1:8448', false],
    ['http://anna.example', 'http://[fd00::1]', false],
    ['http://9.9.9.9', 'http://localhost:7780', false],
    // The other side may use plain http if we do, but not with a name, which could lead anywhere later.
    ['http://9.9.9.9', 'http://8.8.8.8', true],
    ['http://9.9.9.9', 'http://ben.example', false],
    ['https://192.168.1.2', 'https://192.168.1.1', true],
    ['http://192.168.1.2', 'http://192.168.1.1', true],
    ['https://192.168.1.2', 'http://192.168.1.1', false],
    ['http://192.168.1.2', 'http://127.0.0.1:7780', false],
    ['http://127.0.0.1:1', 'http://127.0.0.1:2', true],
  ];
  const { invites, meet, own, directory, take } = await inviting(t);
  for (const [i, [ours, offered, calledAsTyped]] of cases.entries()) {
    const token = tokenOf((await invites.make()).link?.web ?? '');
    own.address = { endpoint: ours, tlsSha256: null };
    const ben = meet(`ben${i}.test`, i + 1);
    await take(ben, { token, endpoint: offered });
    const peer = directory.get(ben.name);
    assert.equal(peer?.endpoint, offered);
    assert.equal(peer?.endpoint_by_owner === 1, calledAsTyped, `${ours} answered by ${offered}`);
    own.address = { endpoint: 'https://us.test', tlsSha256: null };
  }
});

test('if the room is gone, the servers still become peers; a wrong clock only delays the room’s invite', async (t) => {
  const { invites, home, meet, clock, directory, accepted } = await inviting(t);
  const take = (who: Stranger, link: string | undefined) =>
    invites.take(
      {
        token: tokenOf(link ?? ''),
        server_name: who.name,
        domain: who.name,
        endpoint: who.endpoint,
        keys: who.keys,
        extensions: [],
        user_id: `@ben:${who.name}`,
      },
      who.signer.publicKey,
    );
  const make = async () => (await invites.make(undefined, { id: '!1:us.test', as: undefined })).link?.web;
  const welcome = t.mock.method(home, 'welcome', async () => {
    throw new ProtocolError('NOT_FOUND', 'gone');
  });
  await take(meet('ben.test'), await make());
  assert.deepEqual(welcome.mock.calls[0]?.arguments, ['!1:us.test', '@ben:ben.test', '@owner:us.test']);
  welcome.mock.mockImplementation(async () => {
    throw new ProtocolError('SERVICE_UNAVAILABLE', 'the clock is wrong');
  });
  const link = await make();
  const cleo = meet('cleo.test', 2);
  await assert.rejects(take(cleo, link), is('SERVICE_UNAVAILABLE'));
  assert.ok(directory.isAllowed('cleo.test'));
  welcome.mock.mockImplementation(async () => {});
  await clock.advance(60_000);
  await take(cleo, link);
  assert.equal(welcome.mock.callCount(), 3);
  assert.deepEqual(accepted, ['ben.test', 'cleo.test']);
});

test('an offer is signed by the key in its link, also after the key was replaced', async (t) => {
  const { invites, keyring, clock } = await inviting(t);
  const link = readInviteLink((await invites.make()).link?.web ?? '');
  assert.ok(link);
  keyring.rotate(0);
  await clock.advance(1000);
  assert.notEqual(keyring.active().signer.publicKey, link.public_key);
  const offer = readInviteOffer(invites.offer(link.id, '::1'), link, verifySignature, clock.now());
  assert.equal(offer.public_key, link.public_key);
});

test('an invite for the network at home leads to our address there, and takes one there', async (t) => {
  const { invites, own, meet, directory, clock } = await inviting(t);
  await assert.rejects(invites.make(undefined, undefined, 'home'), is('CONFLICT'));
  own.home = { endpoint: 'https://192.168.1.2:8448/x', tlsSha256: 'ab'.repeat(32) };
  const { link, at_home } = await invites.make(undefined, undefined, 'home');
  assert.equal(at_home, 1);
  const read = readInviteLink(link?.web ?? '');
  assert.ok(read);
  assert.equal(read.base, 'https://192.168.1.2:8448');
  const offer = readInviteOffer(invites.offer(read.id, 'x'), read, verifySignature, clock.now());
  assert.deepEqual([offer.endpoint, offer.tls_sha256], [own.home.endpoint, own.home.tlsSha256]);
  const ben = meet('ben.test');
  const endpoint = 'https://192.168.1.3:8448/x';
  const acceptance = { server_name: ben.name, domain: ben.name, keys: ben.keys, extensions: [] };
  await invites.take({ ...acceptance, token: read.token, endpoint }, ben.signer.publicKey);
  const peer = directory.get('ben.test');
  assert.deepEqual([peer?.endpoint, peer?.endpoint_by_owner], [endpoint, 1]);
});

test('an invite is for everybody if they can call us, otherwise for those at home', async (t) => {
  const { invites, own } = await inviting(t);
  own.home = { endpoint: 'https://192.168.1.2:8448/x', tlsSha256: null };
  assert.equal((await invites.make()).at_home, 0);
  own.address = { endpoint: null, tlsSha256: null };
  assert.equal((await invites.make()).at_home, 1);
  await assert.rejects(invites.make(undefined, undefined, 'elsewhere'), is('CONFLICT'));
});
