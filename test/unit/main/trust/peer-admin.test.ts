import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { PeerAdmin } from '../../../../main/trust/peer-admin.ts';
import { PeerDirectory } from '../../../../main/trust/peer-directory.ts';
import { pairingGround } from '../../../support/pairing/ground.ts';

async function withPeer(t: TestContext) {
  const ground = await pairingGround(t);
  const { store, keyring, clock, told, meet } = ground;
  const admin = new PeerAdmin(ground);
  const ben = meet('ben.test');
  await admin.add({ endpoint: 'https://ben.test' });
  const onDisk = () => new PeerDirectory(store, keyring, clock, () => {});
  /** The facts since the last call. */
  const news = () =>
    told.splice(0).flatMap((fact) => ('server' in fact ? [`${fact.fact} ${fact.server}`] : []));
  return { ...ground, admin, ben, onDisk, news };
}

test('adding a peer stores it with its keys, then announces the decision and its standing', async (t) => {
  const { onDisk, news, ben } = await withPeer(t);
  assert.deepEqual(
    [onDisk().get('ben.test')?.mode, onDisk().key('ben.test', ben.keyId)?.public_key],
    ['allow', ben.signer.publicKey],
  );
  assert.deepEqual(news(), ['owner-decided ben.test', 'standing-changed ben.test']);
});

test('forgetting a peer and clearing its outbox is one commit: if either fails, both stay', async (t) => {
  const { admin, store, directory, onDisk, news } = await withPeer(t);
  news();
  const { clear } = store.outbox;
  store.outbox.clear = () => {
    throw new Error('the disk is full');
  };
  await assert.rejects(admin.forget('ben.test'), /the disk is full/);
  assert.deepEqual([directory.get('ben.test')?.mode, onDisk().get('ben.test')?.mode], ['allow', 'allow']);
  assert.equal(directory.keysOf('ben.test').length, 1);
  assert.ok(!news().includes('standing-changed ben.test'), 'what was not committed is not told');

  let cleared = 0;
  store.outbox.clear = (server) => {
    cleared++;
    return clear.call(store.outbox, server);
  };
  await admin.forget('ben.test');
  assert.deepEqual([directory.get('ben.test'), onDisk().get('ben.test'), cleared], [undefined, undefined, 1]);
  assert.deepEqual(news(), ['owner-decided ben.test', 'standing-changed ben.test']);
});

test('a block is in force, and announced, before it is on disk', async (t) => {
  const { admin, directory, onDisk, news } = await withPeer(t);
  news();
  const saved = admin.change('ben.test', { mode: 'block' });
  assert.equal(directory.standing('ben.test'), 'blocked');
  assert.deepEqual(news(), ['owner-decided ben.test', 'standing-changed ben.test']);
  assert.equal(onDisk().standing('ben.test'), 'allowed');
  await saved;
  assert.equal(onDisk().standing('ben.test'), 'blocked');
});

test('a start announces only peers to whom nothing is sent', async (t) => {
  const { admin, news, meet } = await withPeer(t);
  meet('anna.test');
  await admin.add({ endpoint: 'https://anna.test' });
  await admin.change('ben.test', { mode: 'block' });
  news();
  admin.start();
  t.after(() => admin.stop());
  assert.deepEqual(news(), ['standing-changed ben.test']);
});
