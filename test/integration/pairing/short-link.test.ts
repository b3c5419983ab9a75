import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { signerFromSeed } from '../../../main/crypto/ed25519.ts';
import { systemPorts } from '../../../main/kernel/ports.ts';
import type { Output } from '../../../shared/api/contract.ts';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import { writeAskLink } from '../../../shared/protocol/invites/ask-link.ts';
import { readInviteLink, writeInviteLink } from '../../../shared/protocol/invites/invite-link.ts';
import { federationPrefix } from '../../../shared/protocol/transport.ts';
import { type LocalNode, startLocalNode } from '../../support/nodes/local-node.ts';
import { offerOf, reachable } from '../../support/pairing/pairing.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { until } from '../../support/until.ts';

type Made = Output<'makePeerInvite'> & { readonly link: string };

async function inviter(t: TestContext, ports = systemPorts) {
  const anna = await reachable(await startLocalNode(t, { name: 'anna.test', ports }));
  const make = async (room_id?: string): Promise<Made> => {
    const made = await anna.api.makePeerInvite(room_id === undefined ? {} : { room_id });
    assert.ok(made.link);
    return { ...made, link: made.link };
  };
  return { anna, make };
}

async function refusal(call: Promise<unknown>): Promise<ProtocolError> {
  const error = await call.then(
    () => null,
    (error) => error,
  );
  assert.ok(error instanceof ProtocolError, String(error));
  return error;
}

const offerAt = (url: string, id: string) => fetch(`${url}${federationPrefix}/peers/invite/${id}`);

/** A clock that a test moves ahead. */
function movable() {
  const offset = { ms: 0 };
  const ports = { ...systemPorts, clock: { ...systemPorts.clock, now: () => Date.now() + offset.ms } };
  return { offset, ports };
}

test('one link makes two servers peers, and lets the one who opened it into the room', async (t) => {
  const { anna, make } = await inviter(t);
  const ben = await startLocalNode(t, { name: 'ben.test' });
  const { room_id } = await anna.api.createRoom({ name: 'Kitchen', join_rule: 'invite' });
  const { link, app_link, room } = await make(room_id);
  assert.ok(link.length <= 180, `${link.length} characters`);
  assert.deepEqual(room, { room_id, name: 'Kitchen' });
  const preview = await ben.api.previewPeerInvite({ link: app_link ?? '' });
  assert.deepEqual(
    [preview.server_name, preview.fingerprint, preview.room?.name],
    ['anna.test', (await anna.api.status({})).active_key?.fingerprint, 'Kitchen'],
  );
  assert.deepEqual((await ben.api.peers({})).items, []);
  const answer = await ben.api.acceptPeerInvite({ link });
  assert.deepEqual([answer.state, answer.room], ['connected', { room_id, name: 'Kitchen', joined: true }]);
  const [joined] = (await ben.api.rooms({})).items;
  assert.deepEqual([joined?.name, joined?.membership], ['Kitchen', 'joined']);
  // The invite to the room was answered by joining.
  await until([anna, ben], 'no invite left', async () => {
    const { items } = await ben.api.invites({});
    return items.every(({ status }) => status !== 'pending');
  });
  await anna.api.postMessage({ room_id, body: 'Soup?' });
  await until([anna, ben], 'the message', async () =>
    (await ben.api.timeline({ room_id })).items.some(({ body }) => body === 'Soup?'),
  );
});

test('a link is opened as it was pasted, and is the same link to the node', async (t) => {
  const { anna, make } = await inviter(t);
  const ben = await startLocalNode(t, { name: 'ben.test' });
  const { link } = await make();
  const pasted = `Come in: https://l.example/?u=${encodeURIComponent(link.replace('#', '?fbclid=x#'))}&h=1.`;
  assert.equal((await ben.api.previewPeerInvite({ link: pasted })).server_name, 'anna.test');
  await anna.stop();
  const answer = await ben.api.acceptPeerInvite({ link: `<${link}>`, wait: true });
  assert.equal(answer.state, 'waiting', 'with the offer that was read before');
  assert.deepEqual(
    (await ben.api.waitingAcceptances({})).items.map(({ server_name }) => server_name),
    ['anna.test'],
  );
});

test('a link with the room of another server, or of a stranger, is not made', async (t) => {
  const { anna, make } = await inviter(t);
  const ben = await startLocalNode(t, { name: 'ben.test' });
  const { room_id } = await anna.api.createRoom({ name: 'Kitchen', join_rule: 'invite' });
  await ben.api.acceptPeerInvite({ link: (await make(room_id)).link });
  await reachable(ben);
  assert.equal((await refusal(ben.api.makePeerInvite({ room_id }))).code, 'FORBIDDEN');
  assert.equal((await refusal(ben.api.makePeerInvite({ room_id: '!9:ben.test' }))).code, 'NOT_FOUND');
});

test('a link says whether it was used, revoked, has expired or is not known', async (t) => {
  const { offset, ports } = movable();
  const { anna, make } = await inviter(t, ports);
  const ben = await startLocalNode(t, { name: 'ben.test', ports });
  const cleo = await startLocalNode(t, { name: 'cleo.test', ports });
  const [used, revoked, expired] = [await make(), await make(), await make()];
  await ben.api.acceptPeerInvite({ link: used.link });
  await anna.api.revokePeerInvite({ id: revoked.id });
  const why = async (node: LocalNode, link: string) => {
    const error = await refusal(node.api.previewPeerInvite({ link }));
    assert.equal((await refusal(node.api.acceptPeerInvite({ link }))).message, error.message);
    return `${error.details?.reason}: ${error.message}`;
  };
  assert.match(await why(cleo, used.link), /^used: This invite from anna\.test has already been used/);
  assert.match(await why(ben, used.link), /^used: .* you are connected to anna\.test/);
  assert.match(await why(cleo, revoked.link), /^revoked: anna\.test revoked this invite/);
  const link = readInviteLink(expired.link);
  assert.ok(link);
  const unknown = writeInviteLink({ ...link, id: '00'.repeat(8) }).web;
  assert.match(await why(cleo, unknown), /^unknown_invite: The server at .* doesn’t know this invite/);
  offset.ms = 8 * 86_400_000;
  assert.match(await why(cleo, expired.link), /^expired: This invite from anna\.test has expired/);
  assert.deepEqual((await cleo.api.peers({})).items, []);
});

test('someone who knows only the id of an invite learns what its page shows, and accepts nothing', async (t) => {
  const { anna, make } = await inviter(t);
  const { room_id } = await anna.api.createRoom({ name: 'Kitchen', join_rule: 'invite' });
  const { id, link } = await make(room_id);
  const offer = await (await offerAt(anna.url, id)).text();
  const token = readInviteLink(link)?.token ?? '';
  assert.doesNotMatch(offer, new RegExp(token));
  const mallory = new RawPeer('mallory.test');
  for (const guess of ['00'.repeat(16), `${id}${id}`, token.slice(0, 30), `${token.slice(0, 31)}g`])
    assert.notEqual(
      (await mallory.call(anna.url, 'POST', '/peers/accept', offerOf(mallory, link, { token: guess })))
        .status,
      200,
    );
  assert.deepEqual((await anna.api.peers({})).items, []);
});

test('guessed invites get one answer, and soon no answer; a real one is still answered', async (t) => {
  const { anna, make } = await inviter(t);
  const { id } = await make();
  const answers = new Set<string>();
  const statuses: number[] = [];
  for (let guess = 0; guess < 40; guess++) {
    const answer = await offerAt(anna.url, guess.toString(16).padStart(16, '0'));
    statuses.push(answer.status);
    if (answer.status === 404) answers.add(await answer.text());
  }
  assert.equal(answers.size, 1);
  assert.equal(statuses.at(-1), 429);
  assert.equal((await offerAt(anna.url, id)).status, 200);
  for (const id of ['x', '00'.repeat(40), '%2e%2e', "' OR 1=1"])
    assert.ok((await offerAt(anna.url, encodeURIComponent(id))).status >= 400);
});

test('one invite cannot be read so often that signing it costs much', async (t) => {
  const { anna, make } = await inviter(t);
  const [one, other] = [await make(), await make()];
  const statuses: number[] = [];
  for (let i = 0; i < 40; i++) statuses.push((await offerAt(anna.url, one.id)).status);
  assert.equal(statuses.at(-1), 429);
  assert.equal((await offerAt(anna.url, other.id)).status, 200);
});

test('a server that answers in the inviter’s place is recognized, and never sees the token', async (t) => {
  const { anna, make } = await inviter(t);
  const ben = await startLocalNode(t, { name: 'ben.test' });
  const mallory = await new RawPeer('mallory.test').listen(t);
  const { link, id } = await make();
  const read = readInviteLink(link);
  assert.ok(read);
  // The link as Mallory passed it on: her address, Anna's key.
  const bent = writeInviteLink({ ...read, base: mallory.url }).web;
  const signer = signerFromSeed(Buffer.alloc(32, 9));
  const own = (await (await offerAt(anna.url, id)).text())
    .replaceAll('anna.test', 'mallory.test')
    .replaceAll(anna.url, mallory.url);
  for (const body of [own, own.replace(read.public_key, signer.publicKey), '{}', '<html>']) {
    mallory.handlers.set(`/peers/invite/${id}`, () => ({ status: 200, body }));
    const error = await refusal(ben.api.acceptPeerInvite({ link: bent }));
    assert.match(error.message, /isn’t the one that made this invite/);
  }
  assert.deepEqual((await ben.api.peers({})).items, []);
  for (const request of mallory.requests)
    assert.doesNotMatch(JSON.stringify(request), new RegExp(read.token), request.path);
  // Anna's real offer leads to Anna, even if Mallory passes it on.
  const real = await (await offerAt(anna.url, id)).text();
  mallory.handlers.set(`/peers/invite/${id}`, () => ({ status: 200, body: real }));
  assert.equal((await ben.api.acceptPeerInvite({ link: bent })).server_name, 'anna.test');
  for (const request of mallory.requests)
    assert.doesNotMatch(JSON.stringify(request), new RegExp(read.token), request.path);
});

test('an offer for another invite, or an earlier one, doesn’t let anyone reuse a used link', async (t) => {
  const { anna, make } = await inviter(t);
  const ben = await startLocalNode(t, { name: 'ben.test' });
  const cleo = await startLocalNode(t, { name: 'cleo.test' });
  const mallory = await new RawPeer('mallory.test').listen(t);
  const [one, other] = [await make(), await make()];
  const early = await (await offerAt(anna.url, one.id)).text();
  const another = await (await offerAt(anna.url, other.id)).text();
  await ben.api.acceptPeerInvite({ link: one.link });
  const read = readInviteLink(one.link);
  assert.ok(read);
  const bent = writeInviteLink({ ...read, base: mallory.url }).web;
  mallory.handlers.set(`/peers/invite/${one.id}`, () => ({ status: 200, body: another }));
  assert.match((await refusal(cleo.api.acceptPeerInvite({ link: bent }))).message, /isn’t the one that made/);
  // A replayed “not used yet” gets as far as the inviter, which refuses it; nothing stays trusted.
  mallory.handlers.set(`/peers/invite/${one.id}`, () => ({ status: 200, body: early }));
  assert.match((await refusal(cleo.api.acceptPeerInvite({ link: bent }))).message, /refuses the invite/);
  assert.deepEqual((await cleo.api.peers({})).items, []);
});

test('an acceptance cannot bring a user of another server into the room', async (t) => {
  const { anna, make } = await inviter(t);
  const { room_id } = await anna.api.createRoom({ name: 'Kitchen', join_rule: 'invite' });
  const { link } = await make(room_id);
  const mallory = new RawPeer('mallory.test');
  const accept = (user_id: unknown) =>
    mallory.call(anna.url, 'POST', '/peers/accept', offerOf(mallory, link, { endpoint: undefined, user_id }));
  for (const user of ['@owner:anna.test', '@ben:ben.test', 'mallory', '', 7])
    assert.equal((await accept(user)).status, 400, String(user));
  assert.deepEqual((await anna.api.peers({})).items, []);
  assert.equal((await accept('@mallory:mallory.test')).status, 200);
});

test('a link that asks for an invite isn’t opened, and the refusal says what it is', async (t) => {
  const node = await startLocalNode(t, { name: 'ben.test' });
  const link = writeAskLink({
    from: 'Anna',
    server: 'anna.test',
    room: 'Friends',
    expires: Date.now() + 60_000,
  });
  for (const call of [node.api.previewPeerInvite({ link }), node.api.acceptPeerInvite({ link, wait: true })])
    await assert.rejects(call, /This link asks you for an invite/);
  assert.deepEqual((await node.api.waitingAcceptances({})).items, []);
});
