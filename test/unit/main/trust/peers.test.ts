import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tuning } from '../../../../main/config.ts';
import { type KeyRow, newPeer } from '../../../../main/store/tables/peer-store.ts';
import { isCode, peersFor, publicKey } from '../../../support/parties/known-servers.ts';

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

/** Blocks for a second, and returns the standing after that. */
async function afterBlock({ admin, directory, clock }: Awaited<ReturnType<typeof peersFor>>, name: string) {
  await admin.change(name, { mode: 'block', until: clock.now() + 1000 });
  assert.equal(directory.standing(name), 'blocked');
  await clock.advance(1000);
  return directory.standing(name);
}

test('a temporary block of a quarantined peer ends in quarantine', async (t) => {
  const peers = await peersFor(t);
  peers.serve('b.test');
  await peers.admin.add({ endpoint: 'b.test' });
  await peers.admin.change('b.test', { mode: 'quarantine' });
  assert.equal(await afterBlock(peers, 'b.test'), 'quarantined');
  assert.equal(await afterBlock(peers, 'b.test'), 'quarantined');
  await peers.admin.change('b.test', { mode: 'allow' });
  assert.equal(await afterBlock(peers, 'b.test'), 'allowed');
});

test('a temporary block that replaces a longer quarantine doesn’t end as trust', async (t) => {
  const peers = await peersFor(t);
  peers.serve('b.test');
  await peers.admin.add({ endpoint: 'b.test' });
  await peers.admin.change('b.test', { mode: 'quarantine', until: peers.clock.now() + 60_000 });
  assert.equal(await afterBlock(peers, 'b.test'), 'quarantined');
});

test('a temporary block that is prolonged ends with the standing before the first', async (t) => {
  const peers = await peersFor(t);
  peers.serve('b.test');
  await peers.admin.add({ endpoint: 'b.test' });
  await peers.admin.change('b.test', { mode: 'block' });
  assert.equal(await afterBlock(peers, 'b.test'), 'allowed');
});

test('a temporary block of a peer without an address ends as trust', async (t) => {
  const peers = await peersFor(t);
  peers.serve('b.test');
  await peers.admin.add({ endpoint: 'b.test' });
  await peers.directory.change('b.test', { endpoint: null });
  assert.equal(await afterBlock(peers, 'b.test'), 'allowed');
});

test('every decision about a peer without an address can be made and taken back', async (t) => {
  const { admin, directory, serve } = await peersFor(t);
  serve('b.test');
  await admin.add({ endpoint: 'b.test' });
  await directory.change('b.test', { endpoint: null });
  for (const [mode, standing] of [
    ['quarantine', 'quarantined'],
    ['allow', 'allowed'],
    ['block', 'blocked'],
    ['quarantine', 'quarantined'],
    ['block', 'blocked'],
    ['allow', 'allowed'],
  ] as const) {
    await admin.change('b.test', { mode });
    assert.equal(directory.standing('b.test'), standing);
  }
});

test('a server that was blocked before any contact is merely known once it is unblocked', async (t) => {
  const { admin, directory } = await peersFor(t);
  await admin.add({ serverName: 'stranger.test', mode: 'block' });
  await admin.change('stranger.test', { mode: 'allow' });
  assert.equal(directory.standing('stranger.test'), 'known');
  await assert.rejects(admin.change('stranger.test', { mode: 'allow' }), isCode('BAD_REQUEST'));
});

test('a server is blocked by name although an earlier block of it has ended', async (t) => {
  const peers = await peersFor(t);
  peers.serve('b.test');
  await peers.admin.add({ endpoint: 'b.test' });
  assert.equal(await afterBlock(peers, 'b.test'), 'allowed');
  await peers.admin.add({ serverName: 'b.test', mode: 'block' });
  assert.equal(peers.directory.standing('b.test'), 'blocked');
});

test('adding a blocked peer again doesn’t lift the block, and adding it after the block trusts it', async (t) => {
  const peers = await peersFor(t);
  peers.serve('b.test');
  await peers.admin.add({ serverName: 'b.test', mode: 'block' });
  await peers.admin.add({ endpoint: 'b.test' });
  assert.equal(peers.directory.standing('b.test'), 'blocked');
  assert.equal(await afterBlock(peers, 'b.test'), 'known');
  await peers.admin.add({ endpoint: 'b.test' });
  assert.equal(peers.directory.standing('b.test'), 'allowed');
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
  assert.equal(newPeer('b.test', 'b.test').mode, 'known');
});

test('a decision about a server takes effect although another write failed', async (t) => {
  const { store, directory } = await peersFor(t);
  await directory.put({ ...newPeer('good.test', 'good.test'), mode: 'allow' });
  await directory.put({ ...newPeer('gone.test', 'gone.test'), mode: 'allow' });
  const failing = store.writer.write(() => {
    throw new Error('the disk is full for this one');
  });
  const key: KeyRow = {
    server_name: 'good.test',
    key_id: 'ed25519:1',
    public_key: publicKey(1),
    valid_until: 1,
    source: 'peer',
    first_seen_at: 0,
    extended_at: null,
    extended_until: null,
    ended_at: null,
    chain: null,
    domain: null,
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
