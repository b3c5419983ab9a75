import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { ApiError } from '../../../shared/api/client.ts';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import { federationPrefix } from '../../../shared/protocol/transport.ts';
import { certificateFor, serveTls, startTlsNode } from '../../support/attack/tls.ts';
import { filesAsText } from '../../support/database-text.ts';
import { type LocalNode, startLocalNode } from '../../support/nodes/local-node.ts';
import { linkOf, reachable } from '../../support/pairing/pairing.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { tempDir } from '../../support/temp.ts';
import { until } from '../../support/until.ts';
import { inEnglish } from '../../support/words.ts';

const peerNames = async ({ api }: Pick<LocalNode, 'api'>) =>
  (await api.peers({})).items.map(({ server_name, mode }) => `${server_name} ${mode}`);

const accepted = (peer: RawPeer) => () => ({
  status: 200,
  body: { accepted: true, server_name: peer.name, key_id: peer.keyId },
});

async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    assert.ok(error instanceof ProtocolError || error instanceof ApiError);
    return error.message;
  }
  return assert.fail('expected a refusal');
}

async function untouched(node: LocalNode, link: string, says: RegExp): Promise<void> {
  const before = JSON.stringify((await node.api.peers({})).items);
  assert.match(await refusal(node.api.acceptPeerInvite({ link })), says);
  assert.equal(JSON.stringify((await node.api.peers({})).items), before);
  assert.deepEqual((await node.api.waitingAcceptances({})).items, []);
}

test('a used invite names the friend as they call themselves, and the notice isn’t about their server', async (t) => {
  const anna = await reachable(await startLocalNode(t, { name: 'anna.test' }));
  const ben = await startLocalNode(t, { name: 'ben.test' });
  await ben.api.changePersonProfile({ user_id: '@ben:ben.test', display_name: 'Ben Köhler' });
  const notices: string[] = [];
  t.after(
    anna.node.changes.subscribe(({ change }) => {
      if (change.topic === 'notice') notices.push(inEnglish(change.said));
    }),
  );
  const { room_id } = await anna.api.createRoom({ name: 'Friends', join_rule: 'invite' });
  const { link } = await anna.api.makePeerInvite({ room_id });
  await ben.api.acceptPeerInvite({ link: link ?? '' });
  assert.deepEqual(notices, ['ben accepted your invite. You are connected.']);
  await until([anna, ben], 'the name has arrived', async () => {
    const [invite] = (await anna.api.peerInvites({})).items;
    return invite?.used_name === 'Ben Köhler';
  });
});

test('one link, one click on each side, and messages flow both ways', async (t) => {
  const anna = await reachable(await startLocalNode(t, { name: 'anna.test' }));
  const ben = await reachable(await startLocalNode(t, { name: 'ben.test' }));
  const { link } = await anna.api.makePeerInvite({});
  assert.ok(link);
  const preview = await ben.api.previewPeerInvite({ link });
  const { active_key } = await anna.api.status({});
  assert.equal(preview.server_name, 'anna.test');
  assert.equal(preview.fingerprint, active_key?.fingerprint);
  assert.deepEqual(await peerNames(ben), []);
  const answer = await ben.api.acceptPeerInvite({ link });
  assert.equal(answer.state, 'connected');
  const room = await anna.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  await ben.api.joinRoom({ room_id: room.room_id });
  await ben.api.postMessage({ room_id: room.room_id, body: 'that was easy' });
  await anna.api.postMessage({ room_id: room.room_id, body: 'was it not' });
  await until([anna, ben], 'both messages on both', async () => {
    const timelines = await Promise.all(
      [anna, ben].map((node) => node.api.timeline({ room_id: room.room_id })),
    );
    return timelines.every(({ items }) => items.length === 2);
  });
});

test('two nodes behind self-signed certificates pin each other’s by the invite', async (t) => {
  const anna = await startTlsNode(t, 'anna.test', tempDir(t));
  const ben = await startTlsNode(t, 'ben.test', tempDir(t));
  await anna.node.api.changeSettings({ public_url: anna.url });
  await ben.node.api.changeSettings({ public_url: ben.url });
  const { link } = await anna.node.api.makePeerInvite({});
  assert.equal((await ben.node.api.acceptPeerInvite({ link: link ?? '' })).state, 'connected');
  const [atBen] = (await ben.node.api.peers({})).items;
  const [atAnna] = (await anna.node.api.peers({})).items;
  assert.match(atBen?.tls_sha256 ?? '', /^[0-9a-f]{64}$/);
  assert.match(atAnna?.tls_sha256 ?? '', /^[0-9a-f]{64}$/);
  for (const [node, peer] of [
    [anna, 'ben.test'],
    [ben, 'anna.test'],
  ] as const) {
    const check = await node.node.api.checkPeer({ server_name: peer });
    assert.ok(check.ok, JSON.stringify(check.steps));
  }
});

test('a server that took over the inviter’s address is only asked about the invite, and trusted with nothing', async (t) => {
  const ben = await startLocalNode(t, { name: 'ben.test' });
  const anna = await startTlsNode(t, 'anna.test', tempDir(t));
  await anna.node.api.changeSettings({ public_url: anna.url });
  const { link, id } = await anna.node.api.makePeerInvite({});
  await anna.node.stop();
  const thief = await serveTls(t, await certificateFor('anna.test'), { port: anna.port });
  await untouched(ben, link ?? '', /isn’t the one that made this invite.* Nothing was sent to it/);
  assert.deepEqual(
    thief.requests.map(({ url }) => url),
    [`${federationPrefix}/peers/invite/${id}`],
  );
});

test('if the certificate isn’t the one the inviter named, nothing is sent and nothing trusted', async (t) => {
  const ben = await startLocalNode(t, { name: 'ben.test' });
  const anna = await startTlsNode(t, 'anna.test', tempDir(t));
  await anna.node.api.changeSettings({ public_url: anna.url });
  const { link } = await anna.node.api.makePeerInvite({});
  assert.equal((await ben.api.previewPeerInvite({ link: link ?? '' })).server_name, 'anna.test');
  await anna.node.stop();
  // Relaying the inviter’s answers doesn’t help without the certificate that they name.
  const thief = await serveTls(t, await certificateFor('anna.test'), { port: anna.port, status: 503 });
  await untouched(ben, link ?? '', /certificate .* isn’t the one in the invite/);
  assert.deepEqual(
    thief.requests.filter(({ url }) => !url.includes('/peers/invite/')),
    [],
  );
});

test('an answer to an unreachable inviter is kept, also over a restart, and sent when it is back', async (t) => {
  const first = await reachable(await startLocalNode(t, { name: 'anna.test' }));
  const { link } = await first.api.makePeerInvite({});
  const early = await startLocalNode(t, { name: 'ben.test' });
  await early.api.previewPeerInvite({ link: link ?? '' });
  await first.stop();
  const answer = await early.api.acceptPeerInvite({ link: link ?? '' });
  assert.equal(answer.state, 'waiting');
  assert.deepEqual(await peerNames(early), []);
  const [waiting] = (await early.api.waitingAcceptances({})).items;
  assert.equal(waiting?.server_name, 'anna.test');
  assert.match(waiting?.last_error ?? '', /can’t be reached/);
  const token = link?.split('#')[1]?.slice(12, 32) ?? '';
  assert.equal(filesAsText(join(early.dataDir, 'node.db')).includes(token), false);
  await early.stop();

  await startLocalNode(t, {
    name: 'anna.test',
    dataDir: first.dataDir,
    port: Number(new URL(first.url).port),
  });
  // The wait between attempts is on the virtual clock, and passes at once.
  const hasty = {
    ...systemPorts,
    clock: {
      ...systemPorts.clock,
      after: (ms: number, callback: () => void) => systemPorts.clock.after(Math.min(ms, 20), callback),
    },
  };
  const ben = await startLocalNode(t, { name: 'ben.test', dataDir: early.dataDir, ports: hasty });
  await until([ben], 'anna to be a peer', async () => (await peerNames(ben)).includes('anna.test allow'));
  await until(
    [ben],
    'nothing to wait for',
    async () => (await ben.api.waitingAcceptances({})).items.length === 0,
  );
});

test('an invite that fails because of a clock says how far apart the clocks are, and is tried again', async (t) => {
  const a = await reachable(await startLocalNode(t, { name: 'a.test' }));
  const late = { ...systemPorts.clock, now: () => Date.now() - 3 * 3_600_000 };
  const b = await startLocalNode(t, { name: 'b.test', ports: { ...systemPorts, clock: late } });
  const { link } = await a.api.makePeerInvite({});
  assert.equal((await b.api.acceptPeerInvite({ link: link ?? '' })).state, 'waiting');
  const [waiting] = (await b.api.waitingAcceptances({})).items;
  assert.match(
    waiting?.last_error ?? '',
    /^a\.test refuses the invite\. Its clock is 3 hours ahead of the clock of this computer/,
  );
});

test('an unanswered invite can be canceled', async (t) => {
  const gone = await new RawPeer('gone.test').listen(t);
  const link = linkOf(gone);
  const ben = await startLocalNode(t, { name: 'ben.test' });
  await ben.api.previewPeerInvite({ link });
  gone.close();
  assert.equal((await ben.api.acceptPeerInvite({ link })).state, 'waiting');
  await ben.api.giveUpAcceptance({ server_name: 'gone.test' });
  assert.deepEqual((await ben.api.waitingAcceptances({})).items, []);
  await assert.rejects(ben.api.giveUpAcceptance({ server_name: 'gone.test' }), /is waiting/);
});

test('blocking or forgetting a server ends its unanswered invite', async (t) => {
  const ben = await startLocalNode(t, { name: 'ben.test' });
  const anna = await new RawPeer('anna.test').listen(t);
  anna.handlers.set('/peers/accept', () => ({ status: 503, body: {} }));
  const waits = async () => (await ben.api.waitingAcceptances({})).items.length;
  const refuse = [
    () => ben.api.changePeer({ server_name: 'anna.test', mode: 'block' }),
    () => ben.api.forgetPeer({ server_name: 'anna.test' }),
  ];
  for (const decide of refuse) {
    await ben.api.forgetPeer({ server_name: 'anna.test' }).catch(() => {});
    assert.equal((await ben.api.acceptPeerInvite({ link: linkOf(anna) })).state, 'waiting');
    assert.equal(await waits(), 1);
    await decide();
    assert.equal(await waits(), 0);
  }
  assert.deepEqual(await peerNames(ben), []);
});

test('a lost answer is requested again, and opening a link twice at once sends one acceptance', async (t) => {
  const anna = await new RawPeer('anna.test').listen(t);
  let said = 0;
  anna.handlers.set('/peers/accept', () => {
    said++;
    return said === 1 ? { status: 502, body: {} } : accepted(anna)();
  });
  const ben = await startLocalNode(t, { name: 'ben.test' });
  assert.equal((await ben.api.acceptPeerInvite({ link: linkOf(anna) })).state, 'waiting');
  const both = await Promise.all([1, 2].map(() => ben.api.acceptPeerInvite({ link: linkOf(anna) })));
  assert.deepEqual(
    both.map(({ state }) => state),
    ['connected', 'connected'],
  );
  assert.equal(said, 2);
});

test('an existing Paracord server, which doesn’t support invites, is trusted here, and its admin has to act next', async (t) => {
  const old = await new RawPeer('old.test').listen(t);
  const ben = await startLocalNode(t, { name: 'ben.test' });
  const answer = await ben.api.acceptPeerInvite({ link: linkOf(old) });
  assert.equal(answer.state, 'their_turn');
  assert.match(answer.text, /admin must add your server/);
  assert.deepEqual(await peerNames(ben), ['old.test allow']);
});

test('a link whose server shows another key, or is another server, changes nothing', async (t) => {
  const ben = await startLocalNode(t, { name: 'ben.test' });
  const anna = await new RawPeer('anna.test').listen(t);
  const signer = new RawPeer('anna.test');
  await untouched(ben, linkOf(signer, {}, anna), /doesn’t present the key/);
  const posing = new RawPeer('posing.test');
  await untouched(ben, linkOf(posing, {}, anna), /is anna\.test, not posing\.test/);
  await untouched(
    ben,
    linkOf(anna, { endpoint: `${anna.url}/elsewhere` }),
    /declares a different address than this invite/,
  );
});

test('an invite with an invalid address is refused before anything else is requested or stored', async (t) => {
  const ben = await startLocalNode(t, { name: 'ben.test' });
  const anna = await new RawPeer('anna.test').listen(t);
  for (const endpoint of [`https://anna.test:99999${federationPrefix}`, 'https://[bad', `${anna.url}?x`])
    await untouched(
      ben,
      linkOf(anna, { endpoint }),
      /The address in this invite from .* can’t be used.*new invite/,
    );
  assert.ok(anna.requests.every(({ path }) => path.includes('/peers/invite/')));
});

test('an invite may write its address differently than the server does', async (t) => {
  const ben = await startLocalNode(t, { name: 'ben.test' });
  const anna = await new RawPeer('anna.test').listen(t);
  anna.handlers.set('/peers/accept', accepted(anna));
  const endpoint = `${anna.url.replace(/:(\d+)$/, ':0$1')}${federationPrefix}/`;
  assert.equal((await ben.api.acceptPeerInvite({ link: linkOf(anna, { endpoint }) })).state, 'connected');
  assert.equal((await ben.api.peers({})).items[0]?.endpoint, anna.url + federationPrefix);
});

test('a server that refuses the token is not trusted for it', async (t) => {
  const ben = await startLocalNode(t, { name: 'ben.test' });
  const anna = await new RawPeer('anna.test').listen(t);
  anna.handlers.set('/peers/accept', () => ({
    status: 403,
    body: { code: 'FORBIDDEN', message: 'This invite can’t be used.' },
  }));
  await untouched(ben, linkOf(anna), /anna\.test refuses the invite\. .*This invite can’t be used/);
});

test('our own link, an expired link, and a link of a peer with another key are refused', async (t) => {
  const ben = await reachable(await startLocalNode(t, { name: 'ben.test' }));
  const own = await ben.api.makePeerInvite({});
  await untouched(ben, own.link ?? '', /invite is from your server/);
  const anna = await new RawPeer('anna.test').listen(t);
  await untouched(ben, linkOf(anna, { expires_at: Date.now() - 1 }), /has expired/);
  await ben.api.addPeer({ endpoint: anna.url });
  const other = new RawPeer('anna.test');
  await untouched(ben, linkOf(other, {}, anna), /known here with a different key/);
});

test('an invite does not undo a block', async (t) => {
  const ben = await startLocalNode(t, { name: 'ben.test' });
  const anna = await new RawPeer('anna.test').listen(t);
  anna.handlers.set('/peers/accept', accepted(anna));
  await ben.api.addPeer({ endpoint: anna.url });
  await ben.api.changePeer({ server_name: 'anna.test', mode: 'block' });
  await untouched(ben, linkOf(anna), /You have blocked or quarantined anna\.test/);
});
