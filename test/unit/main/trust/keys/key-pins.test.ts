import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tuning } from '../../../../../main/config.ts';
import { PeerDirectory } from '../../../../../main/trust/peer-directory.ts';
import { limits } from '../../../../../shared/protocol/limits.ts';
import { isCode, peersFor, publicKey, type Server } from '../../../../support/parties/known-servers.ts';
import type { VirtualClock } from '../../../../support/virtual-clock.ts';

test('a peer can change how long its key is valid, and no home can', async (t) => {
  const { admin, directory, pins, clock, serve } = await peersFor(t);
  const b = serve('b.test');
  await admin.add({ endpoint: 'b.test' });
  const key = { ...b.keys[0]!, algorithm: 'ed25519' as const };
  await pins.adopt({
    home: 'c.test',
    serverName: 'b.test',
    domain: 'b.test',
    keys: [{ ...key, valid_until: 1 }],
  });
  assert.equal(directory.key('b.test', 'k1')?.valid_until, key.valid_until);
  await pins.pin('b.test', [{ ...key, valid_until: clock.now() + 1 }]);
  assert.equal(directory.key('b.test', 'k1')?.valid_until, clock.now() + 1);
});

test('a home’s word about a server’s keys counts in its own rooms alone, and the owner learns if two differ', async (t) => {
  const { directory, pins, warnings, clock } = await peersFor(t);
  const says = (home: string, n: number, serverName = 'x.test', domain = 'x.test') =>
    pins.adopt({
      home,
      serverName,
      domain,
      keys: [{ key_id: 'k1', public_key: publicKey(n), valid_until: clock.now(), algorithm: 'ed25519' }],
    });
  const told = (home: string) => directory.toldKey(home, 'x.test', 'k1')?.public_key;
  assert.ok(await says('evil.test', 9));
  assert.equal(told('home.test'), undefined);
  assert.ok(await says('home.test', 1));
  assert.deepEqual([told('evil.test'), told('home.test')], [publicKey(9), publicKey(1)]);
  assert.match(warnings.join(), /home\.test and evil\.test vouch for different keys of x\.test/);
  assert.equal(directory.key('x.test', 'k1'), undefined, 'neither is its own word');
  // Once the server says it itself, the home that was wrong is named.
  await pins.pin('x.test', [
    { key_id: 'k1', public_key: publicKey(1), valid_until: clock.now(), algorithm: 'ed25519' },
  ]);
  assert.match(warnings.at(-1) ?? '', /evil\.test vouched for another key .* than x\.test itself has/);
});

test('a home’s word about names counts in its own rooms alone', async (t) => {
  const { directory, pins, clock } = await peersFor(t);
  const says = (home: string, serverName: string, domain: string) =>
    pins.adopt({
      home,
      serverName,
      domain,
      keys: [{ key_id: 'k1', public_key: publicKey(1), valid_until: clock.now(), algorithm: 'ed25519' }],
    });
  assert.ok(await says('evil.test', 'puppet.test', 'chat.x.test'));
  assert.ok(await says('evil.test', 'x.test', 'bogus.test'));
  assert.ok(await says('home.test', 'x.test', 'chat.x.test'));
  assert.equal(directory.serverOf('chat.x.test', 'home.test'), 'x.test');
  assert.equal(directory.serverOf('chat.x.test', 'evil.test'), 'puppet.test');
  assert.equal(directory.serverOf('chat.x.test'), 'chat.x.test');
  assert.deepEqual(
    ['home.test', 'evil.test'].map((home) => directory.toldDomain(home, 'x.test')),
    ['chat.x.test', 'bogus.test'],
  );
});

test('a home that invents servers without end leaves some hundreds of them', async (t) => {
  const { directory, pins, store, keyring, clock } = await peersFor(t);
  const says = (home: string, serverName: string) =>
    pins.adopt({
      home,
      serverName,
      domain: serverName,
      keys: [{ key_id: 'k1', public_key: publicKey(1), valid_until: clock.now(), algorithm: 'ed25519' }],
    });
  await says('home.test', 'honest.test');
  await says('evil.test', 'honest.test');
  for (let n = 0; n < limits.toldServersMax + 50; n++) await says('evil.test', `x${n}.test`);
  const again = new PeerDirectory(store, keyring, clock, () => {});
  for (const { all } of [directory, again].map((one) => ({ all: one.all() })))
    assert.equal(all.length, limits.toldServersMax + 1);
  assert.equal(directory.toldDomain('evil.test', 'honest.test'), undefined);
  assert.equal(directory.get('honest.test')?.known_through, 'home.test', 'another home still knows it');
  assert.ok(directory.toldKey('evil.test', 'x249.test', 'k1'));
  assert.equal(again.toldKey('evil.test', 'x0.test', 'k1'), undefined);
});

/** A peer with a key for every ID that someone makes up, page after page. */
function keysWithoutEnd(b: Server, clock: VirtualClock): void {
  let served = 0;
  b.page = () =>
    Array.from({ length: 32 }, () => ({
      key_id: `k${++served + 1}`,
      public_key: publicKey(served + 1),
      valid_until: clock.now() + 365 * 86_400_000,
    }));
}

test('a peer that serves new keys without end, page after page, has some dozens of them kept', async (t) => {
  const { admin, keys, asked, clock, store, serve } = await peersFor(t);
  const b = serve('b.test');
  await admin.add({ endpoint: 'b.test' });
  keysWithoutEnd(b, clock);
  for (let minute = 0; minute < 20; minute++) {
    asked.length = 0;
    await assert.rejects(keys.transportKey('b.test', 'made-up'), isCode('FORBIDDEN'));
    assert.ok(asked.length <= limits.keyPagesMax, `${asked.length} pages in one reading`);
    await clock.advance(tuning.keyReadGapMs);
  }
  assert.equal(store.peers.keysOf('b.test').length, limits.serverKeysMax);
});

test('a peer’s keys are read once a minute, even if it has a new key for every request', async (t) => {
  const { admin, keys, asked, clock, serve } = await peersFor(t);
  const b = serve('b.test');
  await admin.add({ endpoint: 'b.test' });
  keysWithoutEnd(b, clock);
  asked.length = 0;
  assert.equal(await keys.transportKey('b.test', 'k2'), publicKey(2));
  const { length } = asked;
  for (let n = 0; n < 10; n++)
    await assert.rejects(keys.transportKey('b.test', `k${1000 + n}`), isCode('FORBIDDEN'));
  assert.equal(asked.length, length);
});

test('a peer that has had too many keys can still change to a new one', async (t) => {
  const { admin, keys, clock, serve } = await peersFor(t);
  const b = serve('b.test');
  await admin.add({ endpoint: 'b.test' });
  keysWithoutEnd(b, clock);
  await assert.rejects(keys.transportKey('b.test', 'made-up'), isCode('FORBIDDEN'));
  delete b.page;
  b.keys = [{ key_id: 'new', public_key: publicKey(7), valid_until: clock.now() + 3_600_000 }];
  await clock.advance(tuning.keyReadGapMs);
  assert.equal(await keys.transportKey('b.test', 'new'), publicKey(7));
});

test('a start reads no keys, and looks them up at a server’s first contact', async (t) => {
  const { admin, store, keyring, clock, serve } = await peersFor(t);
  for (const name of ['b.test', 'c.test']) {
    serve(name);
    await admin.add({ endpoint: name });
  }
  const lookUps = t.mock.method(store.peers, 'keysOf').mock;
  const directory = new PeerDirectory(store, keyring, clock, () => {});
  assert.equal(lookUps.callCount(), 0);
  for (let n = 0; n < 3; n++) assert.equal(directory.key('c.test', 'k1')?.public_key, publicKey(1));
  assert.equal(lookUps.callCount(), 1);
});
