import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { federationPrefix } from '../../../shared/protocol/transport.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import { offerOf, reachable, tokenOf } from '../../support/pairing/pairing.ts';
import { type RawAnswer, RawPeer } from '../../support/parties/raw-peer.ts';
import { inEnglish } from '../../support/words.ts';

async function inviter(t: TestContext) {
  const node = await reachable(await startLocalNode(t, { name: 'anna.test' }));
  const { link, id } = await node.api.makePeerInvite({});
  assert.ok(link);
  const invites = async () => (await node.api.peerInvites({})).items;
  const peers = async () => (await node.api.peers({})).items;
  const accept = (peer: RawPeer, change: Record<string, unknown> = {}) =>
    peer.call(node.url, 'POST', '/peers/accept', offerOf(peer, link, change));
  return { node, link, id, invites, peers, accept };
}

test('a server that answers an invite becomes a peer with its key pinned, and the owner is notified', async (t) => {
  const { node, invites, peers, accept } = await inviter(t);
  const notices: string[] = [];
  t.after(
    node.node.changes.subscribe(({ change }) => {
      if (change.topic === 'notice') notices.push(inEnglish(change.said));
    }),
  );
  const ben = await new RawPeer('ben.test').listen(t);
  const answer = await accept(ben);
  assert.equal(answer.status, 200);
  assert.equal(answer.body.accepted, true);
  assert.equal(answer.body.server_name, 'anna.test');
  const [peer] = await peers();
  assert.equal(peer?.mode, 'allow');
  assert.deepEqual(
    peer?.keys.map((key) => key.public_key),
    [ben.signer.publicKey],
  );
  const [invite] = await invites();
  assert.equal(invite?.status, 'used');
  assert.equal(invite?.used_by, 'ben.test');
  assert.equal(invite?.link, null);
  assert.match(notices.join('\n'), /ben\.test accepted your invite/);
});

test('a server that nobody can reach can still become a peer', async (t) => {
  const { peers, accept } = await inviter(t);
  assert.equal((await accept(new RawPeer('hidden.test'), { endpoint: undefined })).status, 200);
  assert.equal((await peers())[0]?.endpoint, null);
});

test('a second server with the same link is refused, also at the same instant', async (t) => {
  const { peers, accept } = await inviter(t);
  const rivals = ['ben.test', 'cleo.test', 'dora.test', 'emil.test'].map((name) => new RawPeer(name));
  const answers = await Promise.all(rivals.map((rival) => accept(rival, { endpoint: undefined })));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 403, 403, 403]);
  assert.equal((await peers()).length, 1);
  assert.equal((await accept(new RawPeer('late.test'), { endpoint: undefined })).status, 403);
});

test('a server whose answer was lost may repeat it, and stays one peer', async (t) => {
  const { peers, accept, invites } = await inviter(t);
  const ben = new RawPeer('ben.test');
  assert.equal((await accept(ben, { endpoint: undefined })).status, 200);
  assert.equal((await accept(ben, { endpoint: undefined })).status, 200);
  assert.equal((await peers()).length, 1);
  assert.equal((await invites()).length, 1);
  const thief = new RawPeer('ben.test');
  assert.equal((await accept(thief, { endpoint: undefined })).status, 403);
});

test('unknown, used, revoked and expired tokens get the same answer', async (t) => {
  const offset = { ms: 0 };
  const ports = {
    ...systemPorts,
    clock: { ...systemPorts.clock, now: () => Date.now() + offset.ms },
  };
  const node = await reachable(await startLocalNode(t, { name: 'anna.test', ports }));
  const links: string[] = [];
  for (let i = 0; i < 3; i++) links.push((await node.api.makePeerInvite({})).link ?? '');
  const [used = '', revoked = '', expired = ''] = links;
  const ben = new RawPeer('ben.test');
  const say = (peer: RawPeer, link: string, change: Record<string, unknown> = {}) => {
    peer.addressing = 'anna.test';
    const body = offerOf(peer, link, { endpoint: undefined, ...change });
    const target = '/_paracord/federation/v1/peers/accept';
    return peer.call(
      node.url,
      'POST',
      '/peers/accept',
      body,
      peer.headers('POST', target, body, Date.now() + offset.ms),
    );
  };
  assert.equal((await say(ben, used)).status, 200);
  const revokedId = (await node.api.peerInvites({})).items.find(({ link }) => link === revoked)?.id;
  assert.ok(revokedId);
  await node.api.revokePeerInvite({ id: revokedId });
  const answers = [
    await say(new RawPeer('one.test'), used),
    await say(new RawPeer('two.test'), revoked),
    await say(new RawPeer('three.test'), used, { token: 'ab'.repeat(16) }),
  ];
  offset.ms = 8 * 86_400_000;
  answers.push(await say(new RawPeer('four.test'), expired));
  assert.equal(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size, 1);
  assert.equal(answers[0]?.status, 403);
  assert.equal((await node.api.peers({})).items.length, 1);
});

test('an acceptance cannot replace the key of a known server, and the link remains valid', async (t) => {
  const { node, peers, accept, invites } = await inviter(t);
  const ben = await new RawPeer('ben.test').listen(t);
  await node.api.addPeer({ endpoint: ben.url });
  const thief = new RawPeer('ben.test');
  assert.equal((await accept(thief, { endpoint: undefined })).status, 409);
  thief.keyId = 'ed25519:another';
  assert.equal((await accept(thief, { endpoint: undefined })).status, 409);
  const [peer] = await peers();
  assert.deepEqual(
    peer?.keys.map((key) => key.public_key),
    [ben.signer.publicKey],
  );
  assert.equal((await invites())[0]?.status, 'pending');
  assert.equal((await accept(ben)).status, 200);
});

test('an acceptance in our own name, or in another server’s name, is refused', async (t) => {
  const { node, peers, accept } = await inviter(t);
  const ben = await new RawPeer('ben.test').listen(t);
  await node.api.addPeer({ endpoint: ben.url });
  assert.equal((await accept(new RawPeer('anna.test'), { endpoint: undefined })).status, 400);
  const posing = new RawPeer('mallory.test', 'anna.test');
  assert.equal((await accept(posing, { endpoint: undefined })).status, 400);
  const claiming = new RawPeer('mallory.test', 'ben.test');
  assert.equal((await accept(claiming, { endpoint: undefined })).status, 409);
  assert.equal((await peers()).length, 1);
});

test('a blocked server can’t become a peer again by an invite', async (t) => {
  const { node, peers, accept, invites } = await inviter(t);
  const ben = await new RawPeer('ben.test').listen(t);
  await node.api.addPeer({ endpoint: ben.url });
  for (const mode of ['block', 'quarantine'] as const) {
    await node.api.changePeer({ server_name: 'ben.test', mode });
    assert.equal((await accept(ben)).status, 403);
    assert.equal((await peers())[0]?.mode, mode);
  }
  assert.equal((await invites())[0]?.status, 'pending');
});

test('a server that used an invite does not come back with it after the owner blocked or forgot it', async (t) => {
  const { node, peers, accept } = await inviter(t);
  const mallory = new RawPeer('mallory.test');
  const again = () => accept(mallory, { endpoint: undefined });
  assert.equal((await again()).status, 200);
  await node.api.changePeer({ server_name: 'mallory.test', mode: 'block' });
  const unknown = await accept(new RawPeer('x.test'), { token: 'ab'.repeat(16), endpoint: undefined });
  assert.deepEqual((await again()).body, unknown.body);
  assert.equal((await peers())[0]?.mode, 'block');
  await node.api.forgetPeer({ server_name: 'mallory.test' });
  assert.deepEqual((await again()).body, unknown.body);
  assert.deepEqual(await peers(), []);
});

test('nothing is fetched from the address in an acceptance before its token is verified', async (t) => {
  const { accept } = await inviter(t);
  const ben = await new RawPeer('ben.test').listen(t);
  assert.equal((await accept(ben, { token: 'cd'.repeat(16) })).status, 403);
  assert.deepEqual(ben.requests, []);
});

test('an acceptance has to be signed with the key that it offers', async (t) => {
  const { node, link, peers } = await inviter(t);
  const ben = new RawPeer('ben.test');
  const other = new RawPeer('ben.test');
  const body = offerOf(ben, link, { endpoint: undefined });
  assert.equal((await other.call(node.url, 'POST', '/peers/accept', body)).status, 403);
  const named = new RawPeer('cleo.test', 'cleo.test');
  assert.equal((await named.call(node.url, 'POST', '/peers/accept', body)).status, 403);
  ben.keyId = 'ed25519:elsewhere';
  assert.equal((await ben.call(node.url, 'POST', '/peers/accept', body)).status, 403);
  assert.equal((await peers()).length, 0);
});

test('the same acceptance sent twice by an eavesdropper is a replay', async (t) => {
  const { node, link } = await inviter(t);
  const ben = new RawPeer('ben.test');
  ben.addressing = 'anna.test';
  const body = offerOf(ben, link, { endpoint: undefined });
  const headers = ben.headers('POST', '/_paracord/federation/v1/peers/accept', body);
  assert.equal((await ben.call(node.url, 'POST', '/peers/accept', body, headers)).status, 200);
  assert.equal((await ben.call(node.url, 'POST', '/peers/accept', body, headers)).status, 409);
});

/** Tries until the sender's address has used up its failed attempts. */
async function tryInVain(say: () => Promise<RawAnswer>): Promise<void> {
  const answers: RawAnswer[] = [];
  for (let i = 0; i < 35; i++) answers.push(await say());
  assert.equal(answers[0]?.status, 403);
  const { status, headers, body } = answers.at(-1)!;
  assert.equal(status, 429);
  assert.match(String(body.message), /Too many invalid invites/);
  assert.ok(Number(headers.get('retry-after')) > 0);
}

test('a server that guesses tokens is slowed down, under any name, and doesn’t lock out a valid one', async (t) => {
  const { accept, peers } = await inviter(t);
  let count = 0;
  await tryInVain(() => {
    const stranger = new RawPeer(`s${count++}.test`);
    return accept(stranger, { token: 'ab'.repeat(16), endpoint: undefined });
  });
  const ben = new RawPeer('ben.test');
  assert.equal((await accept(ben, { endpoint: undefined })).status, 200);
  assert.equal((await accept(ben, { endpoint: undefined })).status, 200);
  assert.deepEqual(
    (await peers()).map(({ server_name }) => server_name),
    ['ben.test'],
  );
});

test('a valid token under an invalid signature fails as well', async (t) => {
  const { node, link, accept } = await inviter(t);
  const [ben, thief] = [new RawPeer('ben.test'), new RawPeer('ben.test')];
  const body = offerOf(ben, link, { endpoint: undefined });
  await tryInVain(() => thief.call(node.url, 'POST', '/peers/accept', body));
  assert.equal((await accept(ben, { endpoint: undefined })).status, 200);
});

test('failed attempts from one address don’t affect another', async (t) => {
  const { node, link, accept } = await inviter(t);
  await tryInVain(() => accept(new RawPeer('s.test'), { token: 'ab'.repeat(16), endpoint: undefined }));
  const late = new RawPeer('late.test');
  const body = offerOf(late, link, { token: 'cd'.repeat(16), endpoint: undefined });
  const target = `${federationPrefix}/peers/accept`;
  const headers = { ...late.headers('POST', target, body), 'content-length': Buffer.byteLength(body) };
  const status = await new Promise((resolve, reject) => {
    request(node.url + target, { method: 'POST', localAddress: '127.0.0.2', headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on('error', reject)
      .end(body);
  });
  assert.equal(status, 403);
});

test('bad acceptances say what was expected', async (t) => {
  const { node, link, accept, peers, invites } = await inviter(t);
  const ben = new RawPeer('ben.test');
  const bad: [change: Record<string, unknown>, says: RegExp][] = [
    [{ token: 'short' }, /^Field token: expected 32 lower-case hex digits\.$/],
    [{ keys: [] }, /^Field keys: expected at least 1 entry\.$/],
    [{ endpoint: 'file:///etc/passwd' }, /^Field endpoint: .* isn’t an address: it doesn’t begin with https/],
    [{ endpoint: 'https://a:99999/x' }, /^Field endpoint: .* isn’t an address: its port/],
    [{ endpoint: 'https://[bad' }, /^Field endpoint: .* isn’t an address: its host/],
    [{ tls_sha256: 'x' }, /^Field tls_sha256: expected 64 lower-case hex digits\.$/],
    [
      { domain: 'not a name' },
      /"not a name" isn’t a server name: .*Expected something like chat\.example\.$/,
    ],
  ];
  for (const [change, says] of bad) {
    const { status, body } = await accept(ben, { endpoint: undefined, ...change });
    assert.equal(status, 400, JSON.stringify(change));
    assert.match(String(body.message), says);
  }
  const unnamed = new RawPeer('not a name', 'ben.test');
  const { status, body } = await accept(unnamed, { endpoint: undefined });
  assert.equal(status, 401);
  assert.match(String(body.message), /server name/);
  const large = await ben.call(
    node.url,
    'POST',
    '/peers/accept',
    offerOf(ben, link, { pad: 'x'.repeat(20_000) }),
  );
  assert.equal(large.status, 400);
  assert.match(String(large.body.message), /at most 16,384 bytes/);
  assert.deepEqual(await peers(), []);
  assert.equal((await invites())[0]?.status, 'pending');
});

test('only a hash of a link’s token is stored', async (t) => {
  const { node, link } = await inviter(t);
  const token = tokenOf(link);
  await node.stop();
  const database = readFileSync(join(node.dataDir, 'node.db'), 'latin1');
  assert.equal(database.includes(token), false);
});

test('an invite without a public address would lead nowhere, and says so', async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test' });
  await assert.rejects(node.api.makePeerInvite({}), /Friends elsewhere can’t reach this computer yet/);
});

test('a revoked invite doesn’t work, and an invite that is gone can’t be revoked', async (t) => {
  const { node, id, accept } = await inviter(t);
  assert.equal((await node.api.revokePeerInvite({ id })).status, 'revoked');
  assert.equal((await accept(new RawPeer('ben.test'), { endpoint: undefined })).status, 403);
  await assert.rejects(node.api.revokePeerInvite({ id }), /already been revoked/);
  await assert.rejects(node.api.revokePeerInvite({ id: 'nothing' }), /no invite/);
});

test('an answer to an invite that offers a key of small order is refused', async (t) => {
  const { node, peers, link } = await inviter(t);
  const ben = await new RawPeer('ben.test').listen(t);
  const keys = [
    { key_id: ben.keyId, public_key: ben.signer.publicKey, valid_until: ben.validUntil },
    { key_id: 'ed25519:weak', public_key: `01${'00'.repeat(31)}`, valid_until: ben.validUntil },
  ];
  const answer = await ben.call(node.url, 'POST', '/peers/accept', offerOf(ben, link, { keys }));
  assert.equal(answer.status, 400);
  assert.deepEqual(await peers(), []);
});

test('a used link brings in nobody but its first user, and not even that one after a removal', async (t) => {
  const { node } = await inviter(t);
  const { room_id } = await node.api.createRoom({ name: 'Kitchen', join_rule: 'invite' });
  const { link } = await node.api.makePeerInvite({ room_id });
  const ben = new RawPeer('ben.test');
  const accept = (user_id: string) =>
    ben.call(node.url, 'POST', '/peers/accept', offerOf(ben, link ?? '', { endpoint: undefined, user_id }));
  const join = (user_id: string) =>
    ben.call(node.url, 'POST', '/join', JSON.stringify({ origin_server: 'ben.test', room_id, user_id }));
  const members = async () => (await node.api.members({ room_id })).items.map(({ user_id }) => user_id);
  assert.equal((await accept('@ben:ben.test')).status, 200);
  for (let i = 0; i < 5; i++) {
    assert.equal((await accept(`@more${i}:ben.test`)).status, 200);
    assert.equal((await join(`@more${i}:ben.test`)).status, 403);
  }
  assert.equal((await join('@ben:ben.test')).status, 200);
  assert.deepEqual(await members(), ['@anna:anna.test', '@ben:ben.test']);
  await node.api.removeMember({ room_id, user_id: '@ben:ben.test' });
  assert.equal((await accept('@ben:ben.test')).status, 200);
  assert.equal((await join('@ben:ben.test')).status, 403);
  assert.deepEqual(await members(), ['@anna:anna.test']);
});

test('a used link can be revoked, and then not even its server can repeat the acceptance', async (t) => {
  const { node, id, invites, accept } = await inviter(t);
  const ben = new RawPeer('ben.test');
  assert.equal((await accept(ben, { endpoint: undefined })).status, 200);
  await node.api.revokePeerInvite({ id });
  const [invite] = await invites();
  assert.deepEqual([invite?.status, invite?.used_by], ['revoked', 'ben.test']);
  assert.equal((await accept(ben, { endpoint: undefined })).status, 403);
  const [peer] = (await node.api.peers({})).items;
  assert.deepEqual([peer?.server_name, peer?.mode], ['ben.test', 'allow']);
});
