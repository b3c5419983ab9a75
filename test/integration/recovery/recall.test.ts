import assert from 'node:assert/strict';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  befriend,
  type LocalNode,
  type LocalNodeOptions,
  startLocalNode,
} from '../../support/nodes/local-node.ts';
import { tempDir } from '../../support/temp.ts';
import { until } from '../../support/until.ts';

/** Copies a backup to an empty folder and starts a node with it, at the previous node's address. */
async function restore(
  t: TestContext,
  folder: string,
  before: LocalNode,
  more: Partial<LocalNodeOptions> = {},
): Promise<LocalNode> {
  const dataDir = join(tempDir(t), 'restored');
  mkdirSync(dataDir);
  cpSync(folder, dataDir, { recursive: true });
  const port = Number(new URL(before.url).port);
  return startLocalNode(t, { name: before.name, dataDir, setUp: false, port, ...more });
}

const bodies = async (node: LocalNode, room_id: string, as?: string) =>
  (await node.api.timeline({ room_id, ...(as === undefined ? {} : { as }) })).items.map((item) => item.body);

/** Waits until no room is on hold any more. */
const healed = (node: LocalNode, others: readonly LocalNode[] = []) =>
  until([node, ...others], 'the node has read everything', async () => {
    const view = await node.api.recovery({});
    return view.state === 'done' && view.answered.length >= others.length && view;
  });

async function three(t: TestContext) {
  const [a, b, c] = [
    await startLocalNode(t, { name: 'a.test' }),
    await startLocalNode(t, { name: 'b.test' }),
    await startLocalNode(t, { name: 'c.test' }),
  ];
  await befriend(a, b);
  await befriend(a, c);
  await befriend(b, c);
  return { a, b, c };
}

test('a restored node gets back rooms, users and messages from since the backup, on its own and other servers', async (t) => {
  const { a, b, c } = await three(t);
  const { room_id: old } = await a.api.createRoom({ name: 'Old', join_rule: 'peers' });
  await b.api.joinRoom({ room_id: old });
  const { folder } = await a.api.backUp({});

  // All of this is lost.
  const zoe = (await a.api.addUser({ localpart: 'zoe' })).user_id;
  const { room_id: made } = await a.api.createRoom({ name: 'Made since', join_rule: 'peers', as: zoe });
  await b.api.joinRoom({ room_id: made });
  await c.api.joinRoom({ room_id: made });
  await a.api.postMessage({ room_id: made, body: 'by zoe', as: zoe });
  await b.api.postMessage({ room_id: made, body: 'by b' });
  const { room_id: joined } = await c.api.createRoom({ name: 'Joined since', join_rule: 'peers' });
  await a.api.joinRoom({ room_id: joined });
  await a.api.postMessage({ room_id: joined, body: 'by a at c' });
  const { room_id: silent } = await c.api.createRoom({ name: 'Silent', join_rule: 'peers' });
  await a.api.joinRoom({ room_id: silent });
  await c.api.joinRoom({ room_id: old });
  await a.api.postMessage({ room_id: old, body: 'in the old room' });
  await until([a, b, c], 'everybody has it all', async () => {
    const all = await Promise.all([
      bodies(b, made),
      bodies(c, made),
      bodies(c, joined),
      bodies(c, old),
      bodies(b, old),
    ]);
    return all.map(({ length }) => length).join() === '2,2,1,1,1';
  });
  await a.stop();

  const restored = await restore(t, folder, a);
  const view = await healed(restored, [b, c]);
  assert.equal(view.why, 'restored');
  assert.deepEqual(view.answered, ['b.test', 'c.test']);
  assert.deepEqual((await bodies(restored, made)).toSorted(), ['by b', 'by zoe']);
  assert.deepEqual(await bodies(restored, old), ['in the old room']);
  await until([restored], 'the room at c is read', async () =>
    (await bodies(restored, joined)).includes('by a at c'),
  );
  const { items: users } = await restored.api.users({});
  assert.deepEqual(users.map(({ user_id }) => user_id).toSorted(), ['@a:a.test', zoe]);
  const { items: members } = await restored.api.members({ room_id: made });
  assert.deepEqual(members.map(({ user_id }) => user_id).toSorted(), ['@b:b.test', '@c:c.test', zoe]);
  assert.equal(members.find(({ user_id }) => user_id === zoe)?.role, 'owner');

  const after = await restored.api.recovery({});
  assert.deepEqual({ ...after.recovered, events: 0 }, { events: 0, rooms: 2, users: 1, keys: 0 });
  assert.ok(after.recovered.events >= 5, `${after.recovered.events} events of ours`);
  assert.deepEqual(
    after.items.filter(({ outcome }) => outcome === 'elsewhere').map(({ id }) => id),
    [silent],
    'where we never wrote, nothing of ours proves that we were in',
  );
  assert.equal(after.lost, 0);
  // One call brings back what is known elsewhere.
  await restored.api.joinRoom({ room_id: silent });
  // The old and the new rooms both work.
  await restored.api.postMessage({ room_id: made, body: 'zoe again', as: zoe });
  await restored.api.postMessage({ room_id: joined, body: 'a again' });
  await until([restored, b, c], 'what is written now arrives', async () => {
    const at = [await bodies(b, made), await bodies(c, joined)];
    return at[0]?.includes('zoe again') && at[1]?.includes('a again');
  });
});

test('`keys recover` on an empty folder gets back from peers the rooms, and the users added after the file was saved', async (t) => {
  const { a, b, c } = await three(t);
  const passphrase = 'correct horse battery staple';
  const { text } = await a.api.exportIdentity({ passphrase });
  const { room_id } = await a.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  await b.api.joinRoom({ room_id });
  const { user_id: zoe } = await a.api.addUser({ localpart: 'zoe' });
  await a.api.joinRoom({ room_id, as: zoe });
  await a.api.postMessage({ room_id, body: 'kept by b', as: zoe });
  await until([a, b], 'b has it', async () => (await bodies(b, room_id)).length === 1);
  await a.stop();
  await c.stop();
  const port = Number(new URL(a.url).port);
  const again = await startLocalNode(t, { name: 'a.test', setUp: false, port });
  await again.api.recoverIdentity({ text, passphrase });
  await until([again, b], 'the room is back', async () => {
    const { items } = await again.api.rooms({});
    return items.some((room) => room.room_id === room_id && room.name === 'Lobby');
  });
  await until([again, b], 'and what was written in it', async () =>
    (await bodies(again, room_id)).includes('kept by b'),
  );
  const view = await until([again, b], 'its user is back', async () => {
    const now = await again.api.recovery({});
    return now.recovered.users > 0 && now;
  });
  assert.equal(view.why, 'recovered');
  assert.deepEqual(
    view.items.map(({ kind, id, outcome }) => [kind, id, outcome]),
    [
      ['room', room_id, 'recovered'],
      ['user', zoe, 'recovered'],
    ],
  );
});

test('a later key is restored for verifying: its events are ours again, and it signs nothing', async (t) => {
  const { a, b, c } = await three(t);
  await c.stop();
  const { room_id } = await a.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  await b.api.joinRoom({ room_id });
  const { folder } = await a.api.backUp({});
  const [before] = (await a.api.keys({})).items;
  await a.api.rotateKeys({});
  await a.api.rotateKeys({});
  const [latest] = (await a.api.keys({})).items;
  await a.api.postMessage({ room_id, body: 'signed with the latest key' });
  await until([a, b], 'b has it', async () => (await bodies(b, room_id)).length === 1);
  await a.stop();
  const restored = await restore(t, folder, a);
  await until([restored, b], 'the message is back', async () =>
    (await bodies(restored, room_id)).includes('signed with the latest key'),
  );
  const view = await healed(restored, [b]);
  assert.equal(view.recovered.keys, 2);
  assert.equal(view.lost, 0);
  const { items: keys } = await restored.api.keys({});
  assert.equal(keys[0]?.key_id, before?.key_id, 'what signs is what is held');
  const published = (await (await fetch(`${restored.url}/_paracord/federation/v1/keys`)).json()) as {
    keys: { key_id: string; valid_until: number }[];
  };
  const shown = published.keys.find((key) => key.key_id === latest?.key_id);
  assert.ok(shown && shown.valid_until <= Date.now(), 'newcomers can verify it; nothing new counts under it');
  await restored.api.postMessage({ room_id, body: 'after' });
  await until([restored, b], 'b takes what the older key signs', async () =>
    (await bodies(b, room_id)).includes('after'),
  );
});

test('trust decisions are as in the backup, listed until the owner confirms them; a block stays a block', async (t) => {
  const { a, b, c } = await three(t);
  const d = await startLocalNode(t, { name: 'd.test' });
  await a.api.addPeer({ endpoint: d.url });
  await a.api.changePeer({ server_name: 'c.test', mode: 'block', until: Date.now() + 60_000 });
  await a.api.changePeer({ server_name: 'd.test', mode: 'quarantine' });
  const { folder } = await a.api.backUp({});
  await a.api.changePeer({ server_name: 'b.test', mode: 'block' });
  await a.stop();
  const restored = await restore(t, folder, a);
  const listed = async () =>
    (await restored.api.recovery({})).unconfirmed.map(({ server_name, mode }) => `${server_name} ${mode}`);
  const isFound = async () =>
    (await restored.api.doctor({})).findings.some(({ code }) => code === 'trust-unconfirmed');
  assert.deepEqual(await listed(), ['b.test allow', 'c.test block', 'd.test quarantine']);
  assert.ok(await isFound());
  const { items } = await restored.api.peers({});
  assert.equal(
    items.find((peer) => peer.server_name === 'c.test')?.until,
    null,
    'it might have been extended',
  );

  await restored.api.changePeer({ server_name: 'b.test', mode: 'block' });
  await until([restored, b, c], 'what the owner decides needs no confirmation', async () => {
    return (await listed()).join() === 'c.test block,d.test quarantine';
  });
  await restored.api.confirmTrust({ server_names: ['c.test', 'nobody.test'] });
  assert.deepEqual(await listed(), ['d.test quarantine']);
  await restored.api.confirmTrust({});
  assert.deepEqual(await listed(), []);
  assert.equal(await isFound(), false);
});

test('a restart resumes a recovery, and a peer that was away is asked when it is back', async (t) => {
  const { a, b, c } = await three(t);
  const { folder } = await a.api.backUp({});
  const { room_id } = await a.api.createRoom({ name: 'Lost', join_rule: 'peers' });
  await c.api.joinRoom({ room_id });
  await a.api.postMessage({ room_id, body: 'c has it' });
  await until([a, c], 'c has it', async () => (await bodies(c, room_id)).length === 1);
  await a.stop();
  await c.stop();
  const restored = await restore(t, folder, a);
  await until([restored, b], 'b was asked', async () => {
    const view = await restored.api.recovery({});
    return view.answered.join() === 'b.test' && view.unanswered.join() === 'c.test';
  });
  await restored.stop();
  const again = await startLocalNode(t, {
    name: 'a.test',
    dataDir: restored.dataDir,
    setUp: false,
    port: Number(new URL(a.url).port),
  });
  assert.equal((await again.api.recovery({})).why, 'restored');
  const back = await startLocalNode(t, {
    name: 'c.test',
    dataDir: c.dataDir,
    setUp: false,
    port: Number(new URL(c.url).port),
  });
  await until(
    [again, back],
    'the room is back',
    async () => (await bodies(again, room_id).catch(() => [])).length === 1,
  );
});

test('an invite that only the invited server holds comes back, and lets its user in', async (t) => {
  const { a, b, c } = await three(t);
  const { room_id } = await a.api.createRoom({ name: 'Closed', join_rule: 'invite' });
  await a.api.inviteUser({ room_id, user_id: '@c:c.test' });
  const { folder } = await a.api.backUp({});
  await a.api.inviteUser({ room_id, user_id: '@b:b.test' });
  await a.api.revokeInvite({ room_id, user_id: '@c:c.test' });
  const invite = await until([a, b, c], 'both invited users know', async () => {
    const [atB, atC] = [await b.api.invites({}), await c.api.invites({})];
    return atC.items.length === 0 && atB.items[0];
  });
  await a.stop();
  const restored = await restore(t, folder, a);
  await until([restored, b, c], 'who is invited is known again', async () => {
    const { items } = await restored.api.sentInvites({ room_id });
    return items.map(({ user_id }) => user_id).join() === '@b:b.test';
  });
  await b.api.acceptInvite({ id: invite.id });
  const { items } = await restored.api.members({ room_id });
  assert.deepEqual(items.map(({ user_id }) => user_id).toSorted(), ['@a:a.test', '@b:b.test']);
  await assert.rejects(c.api.joinRoom({ room_id }));
});
