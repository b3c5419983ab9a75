import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { FederationClient } from '../../../../main/client/federation-client.ts';
import { tuning } from '../../../../main/config.ts';
import { Keyring } from '../../../../main/identity/keyring.ts';
import { KeyVault } from '../../../../main/identity/vault.ts';
import { systemPorts } from '../../../../main/kernel/ports.ts';
import { Store } from '../../../../main/store/store.ts';
import type { KeyRow } from '../../../../main/store/tables/peer-store.ts';
import { KeyPins } from '../../../../main/trust/keys/key-pins.ts';
import { KeyResolver } from '../../../../main/trust/keys/key-resolver.ts';
import { PeerAdmin } from '../../../../main/trust/peer-admin.ts';
import { newPeer, PeerDirectory } from '../../../../main/trust/peer-directory.ts';
import { type ErrorCode, ProtocolError } from '../../../../shared/protocol/errors.ts';
import { extensions } from '../../../../shared/protocol/extensions.ts';
import { limits } from '../../../../shared/protocol/limits.ts';
import { federationPrefix, wellKnownPath } from '../../../../shared/protocol/transport.ts';
import { tempDir } from '../../../support/temp.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { inEnglish } from '../../../support/words.ts';

/** A server as our client would find it, at https://NAME. */
interface Server {
  domain: string;
  keys: { key_id: string; public_key: string; valid_until: number }[];
  /** What it serves instead of `keys`, with more to follow. */
  page?: () => Server['keys'];
  down?: boolean;
  /** Refuses with that status. */
  refuses?: number | undefined;
}

const publicKey = (n: number): string => n.toString(16).padStart(64, '0');
const isCode =
  (code: ErrorCode) =>
  (error: unknown): boolean =>
    error instanceof ProtocolError && error.code === code;

/** Everything about peers with a real store, and other servers that the test controls. */
async function peersFor(t: TestContext) {
  const dir = tempDir(t);
  const clock = new VirtualClock();
  const store = new Store(join(dir, 'node.db'), { clock, defer: (job) => setImmediate(job) });
  t.after(() => store.close());
  const keyring = new Keyring(new KeyVault(dir, null), clock, systemPorts.random);
  keyring.setUp('us.test', 'chat.us.test');
  const servers = new Map<string, Server>();
  const asked: string[] = [];
  const answerTo = async (url: string) => {
    asked.push(url);
    const { hostname, pathname, searchParams } = new URL(url);
    const server = servers.get(hostname);
    if (!server || server.down) return { kind: 'network', error: 'no way' };
    if (server.refuses) return { kind: 'answer', status: server.refuses, headers: {}, body: '{}' };
    const about = searchParams.get('server_name');
    const told = about === null ? server : servers.get(about);
    const body =
      pathname === wellKnownPath
        ? { server_name: hostname, domain: server.domain, federation_endpoint: federationPrefix, extensions }
        : {
            ...{ server_name: about ?? hostname, domain: told?.domain, keys: told?.page?.() ?? told?.keys },
            next: told?.page && 'more',
          };
    return { kind: 'answer', status: 200, headers: {}, body: JSON.stringify(body) };
  };
  const client = {
    read: answerTo,
    call: (callee: { endpoint: string }, call: { path: string }) => answerTo(callee.endpoint + call.path),
    seenCertificate: () => null,
  } as unknown as FederationClient;
  const warnings: string[] = [];
  const tell = () => {};
  const directory = new PeerDirectory(store, keyring, clock, tell);
  const pins = new KeyPins({
    directory,
    client,
    clock,
    warn: () => (news) => warnings.push(inEnglish(news)),
  });
  const keys = new KeyResolver({
    ...{ keyring, directory, pins, clock },
    extensions: { used: async () => {}, noteRefused: () => {} },
  });
  const admin = new PeerAdmin({ store, directory, pins, keyring, client, clock, tell });
  const serve = (name: string, change: Partial<Server> = {}): Server => {
    const server = {
      domain: name,
      keys: [{ key_id: 'k1', public_key: publicKey(1), valid_until: clock.now() + 86_400_000 }],
      ...change,
    };
    servers.set(name, server);
    return server;
  };
  return { clock, store, keyring, directory, keys, pins, admin, warnings, asked, serve };
}

test('a peer is added with its own description, and its key is pinned', async (t) => {
  const { admin, directory, serve } = await peersFor(t);
  serve('b.test', { domain: 'chat.b.test' });
  const peer = await admin.add({ endpoint: 'b.test' });
  assert.deepEqual([peer.server_name, peer.domain, peer.mode], ['b.test', 'chat.b.test', 'allow']);
  assert.equal(directory.key('b.test', 'k1')?.public_key, publicKey(1));
  assert.equal(directory.serverOf('chat.b.test'), 'b.test');
});

for (const [whose, domain] of [
  ['our name', 'us.test'],
  ['our domain', 'chat.us.test'],
  ["a peer's name", 'b.test'],
  ["a peer's domain", 'chat.b.test'],
] as const)
  test(`a server that declares ${whose} as its domain is not added: it could speak for those users`, async (t) => {
    const { admin, directory, serve } = await peersFor(t);
    serve('b.test', { domain: 'chat.b.test' });
    await admin.add({ endpoint: 'b.test' });
    serve('evil.test', { domain });
    await assert.rejects(admin.add({ endpoint: 'evil.test' }), isCode('CONFLICT'));
    assert.equal(directory.get('evil.test'), undefined);
    assert.deepEqual(directory.keysOf('evil.test'), []);
  });

test('a peer that later declares the domain of another keeps the one it had', async (t) => {
  const { admin, directory, serve } = await peersFor(t);
  serve('b.test');
  await admin.add({ endpoint: 'b.test' });
  const evil = serve('evil.test');
  await admin.add({ endpoint: 'evil.test' });
  evil.domain = 'b.test';
  await assert.rejects(admin.add({ endpoint: 'evil.test' }), isCode('CONFLICT'));
  assert.equal(directory.get('evil.test')?.domain, 'evil.test');
});

test('a server whose name another declared as its domain is a different server: neither is added silently', async (t) => {
  const { admin, serve } = await peersFor(t);
  serve('evil.test', { domain: 'b.test' });
  await admin.add({ endpoint: 'evil.test' });
  serve('b.test');
  await assert.rejects(admin.add({ endpoint: 'b.test' }), /evil\.test/);
});

test('a peer is blocked under its domain too', async (t) => {
  const { admin, directory, serve } = await peersFor(t);
  serve('b.test', { domain: 'chat.b.test' });
  await admin.add({ endpoint: 'b.test' });
  await admin.add({ serverName: 'chat.b.test', mode: 'block' });
  assert.equal(directory.standing('b.test'), 'blocked');
  assert.equal(directory.serverOf('chat.b.test'), 'b.test');
});

test('when a temporary block ends, the standing before it returns, and a stranger isn’t trusted', async (t) => {
  const { admin, directory, clock, serve } = await peersFor(t);
  serve('b.test');
  await admin.add({ endpoint: 'b.test' });
  await admin.add({ serverName: 'stranger.test', mode: 'block' });
  const until = clock.now() + 1000;
  for (const name of ['b.test', 'stranger.test']) await admin.change(name, { mode: 'block', until });
  assert.deepEqual(
    [directory.standing('b.test'), directory.standing('stranger.test')],
    ['blocked', 'blocked'],
  );
  await clock.advance(1000);
  assert.deepEqual([directory.standing('b.test'), directory.standing('stranger.test')], ['allowed', 'known']);
});

test('the same key id with another key is refused, the owner warned, the pinned key kept', async (t) => {
  const { admin, directory, pins, warnings, serve } = await peersFor(t);
  const b = serve('b.test');
  await admin.add({ endpoint: 'b.test' });
  b.keys = [{ ...b.keys[0]!, public_key: publicKey(2) }];
  assert.equal(await pins.find('b.test', 'k2'), undefined);
  assert.equal(directory.key('b.test', 'k1')?.public_key, publicKey(1));
  assert.match(warnings.join(), /b\.test now presents a different key/);
});

test('a peer can change how long its key is valid, and no home can', async (t) => {
  const { admin, directory, pins, clock, serve } = await peersFor(t);
  const b = serve('b.test');
  await admin.add({ endpoint: 'b.test' });
  const key = { ...b.keys[0]!, algorithm: 'ed25519' as const };
  await pins.adopt({ home: 'c.test', serverName: 'b.test', domain: 'b.test', keys: [{ ...key, valid_until: 1 }] });
  assert.equal(directory.key('b.test', 'k1')?.valid_until, key.valid_until);
  await pins.pin('b.test', [{ ...key, valid_until: clock.now() + 1 }]);
  assert.equal(directory.key('b.test', 'k1')?.valid_until, clock.now() + 1);
});

test('what a home says about a server’s keys counts in its own rooms alone, and the owner learns if two differ', async (t) => {
  const { directory, pins, warnings, clock } = await peersFor(t);
  const says = (home: string, n: number, serverName = 'x.test', domain = 'x.test') =>
    pins.adopt({
      ...{ home, serverName, domain },
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
      ...{ home, serverName, domain },
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
      ...{ home, serverName, domain: serverName },
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

test('a home can’t introduce a server under another server’s name', async (t) => {
  const { admin, clock, directory, pins, serve } = await peersFor(t);
  serve('b.test');
  await admin.add({ endpoint: 'b.test' });
  serve('home.test');
  const home = await admin.add({ endpoint: 'home.test' });
  for (const domain of ['b.test', 'us.test', 'chat.us.test']) {
    serve('third.test', { domain });
    assert.equal(await pins.askHome(home, 'third.test'), null, domain);
    assert.equal(directory.get('third.test'), undefined);
    // A refusal is remembered for a while.
    await clock.advance(10_000);
  }
  serve('third.test', { domain: 'chat.third.test' });
  const told = await pins.askHome(home, 'third.test');
  assert.ok(told);
  assert.equal(directory.get('third.test'), undefined, 'nothing is kept of what was only said');
  assert.ok(await pins.adopt(told));
  assert.equal(directory.get('third.test')?.known_through, 'home.test');
});

for (const status of [401, 409, 429, 503])
  test(`a home that answers ${status} has not said whether it knows a third server: its events are sent again`, async (t) => {
    const { admin, directory, pins, serve } = await peersFor(t);
    const home = serve('home.test');
    await admin.add({ endpoint: 'home.test' });
    serve('third.test');
    home.refuses = status;
    const ask = () => pins.askHome(directory.get('home.test')!, 'third.test');
    await assert.rejects(ask(), isCode('SERVICE_UNAVAILABLE'));
    home.refuses = undefined;
    assert.ok(await ask());
  });

test('an unknown key is fetched once, however many wait for it', async (t) => {
  const { admin, keys, asked, serve } = await peersFor(t);
  const b = serve('b.test');
  await admin.add({ endpoint: 'b.test' });
  b.keys.push({ key_id: 'k2', public_key: publicKey(2), valid_until: b.keys[0]!.valid_until });
  asked.length = 0;
  const found = await Promise.all(Array.from({ length: 20 }, () => keys.transportKey('b.test', 'k2')));
  assert.deepEqual(new Set(found), new Set([publicKey(2)]));
  assert.equal(asked.length, 1);
});

test('made-up key ids cause one fetch a minute, and cannot put off a real new key for longer', async (t) => {
  const { admin, keys, asked, clock, serve } = await peersFor(t);
  const b = serve('b.test');
  await admin.add({ endpoint: 'b.test' });
  asked.length = 0;
  const madeUp = () => assert.rejects(keys.transportKey('b.test', 'made-up'), isCode('FORBIDDEN'));
  for (let count = 0; count < 10; count++) await madeUp();
  assert.equal(asked.length, 1);
  b.keys.push({ key_id: 'k2', public_key: publicKey(2), valid_until: b.keys[0]!.valid_until });
  for (let passed = 0; passed < tuning.keyReadGapMs; passed += 10_000) {
    await clock.advance(10_000);
    await madeUp();
  }
  assert.equal(await keys.transportKey('b.test', 'k2'), publicKey(2));
  assert.equal(asked.length, 2);
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

test('a start reads no keys: they are looked up when a server is heard from', async (t) => {
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

test('an expired key is refused for requests, and good for events written before', async (t) => {
  const { admin, keys, clock, serve } = await peersFor(t);
  const b = serve('b.test');
  await admin.add({ endpoint: 'b.test' });
  const end = b.keys[0]!.valid_until;
  clock.setWallClock(end + 1);
  await assert.rejects(keys.transportKey('b.test', 'k1'), /has expired/);
  assert.equal((await keys.eventKey('b.test', ['k1'], end)).publicKey, publicKey(1));
  await assert.rejects(keys.eventKey('b.test', ['k1'], end + 1), /had expired/);
});

test('the owner extends an expired key only while the peer still publishes it', async (t) => {
  const { admin, keys, clock, serve } = await peersFor(t);
  const b = serve('b.test');
  await admin.add({ endpoint: 'b.test' });
  clock.setWallClock(b.keys[0]!.valid_until + 1);
  const [published] = b.keys;
  b.keys = [];
  await admin.extendKeys('b.test').catch(() => {});
  await assert.rejects(keys.transportKey('b.test', 'k1'), /has expired/);
  b.down = true;
  await admin.extendKeys('b.test').catch(() => {});
  await assert.rejects(keys.transportKey('b.test', 'k1'), /has expired/);
  Object.assign(b, { down: false, keys: [published] });
  await clock.advance(tuning.keyReadGapMs);
  await admin.extendKeys('b.test');
  assert.equal(await keys.transportKey('b.test', 'k1'), publicKey(1));
});

test('a server that is forgotten leaves no key, no name and no trust behind', async (t) => {
  const { admin, directory, serve, store } = await peersFor(t);
  serve('b.test', { domain: 'chat.b.test' });
  await admin.add({ endpoint: 'b.test' });
  await admin.forget('b.test');
  assert.equal(directory.standing('b.test'), 'unknown');
  assert.equal(directory.serverOf('chat.b.test'), 'chat.b.test');
  assert.deepEqual([store.peers.peers(), store.peers.keysOf('b.test')], [[], []]);
});

test('a server that we only know from others isn’t a peer', () => {
  assert.equal(newPeer('b.test', 'b.test', 1).mode, 'known');
});

test('a decision about a server takes effect although another write failed', async (t) => {
  const { store, directory, clock } = await peersFor(t);
  await directory.put({ ...newPeer('good.test', 'good.test', clock.now()), mode: 'allow' });
  await directory.put({ ...newPeer('gone.test', 'gone.test', clock.now()), mode: 'allow' });
  const failing = store.writer.write(() => {
    throw new Error('the disk is full for this one');
  });
  const key: KeyRow = {
    ...{ server_name: 'good.test', key_id: 'ed25519:1', public_key: publicKey(1), valid_until: 1 },
    ...{ source: 'peer', first_seen_at: 0, extended_at: null, extended_until: null, chain: null, domain: null },
  };
  const decisions = [
    directory.change('good.test', { mode: 'block' }),
    directory.putKeys([key]),
    directory.forget('gone.test'),
  ];
  await assert.rejects(failing);
  await Promise.all(decisions);
  assert.equal(directory.standing('good.test'), 'blocked');
  assert.equal(directory.key('good.test', 'ed25519:1')?.public_key, publicKey(1));
  assert.equal(directory.get('gone.test'), undefined);
});
