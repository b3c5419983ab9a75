import assert from 'node:assert/strict';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { sharedKeys, takeInKeys } from '../../../../main/identity/belonging.ts';
import { Keyring } from '../../../../main/identity/keyring.ts';
import { OwnIdentity } from '../../../../main/identity/own-identity.ts';
import { KeyVault } from '../../../../main/identity/vault.ts';
import { systemPorts } from '../../../../main/kernel/ports.ts';
import { Settings } from '../../../../main/settings.ts';
import { Store } from '../../../../main/store/store.ts';
import { tempDir } from '../../../support/temp.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const started = { listen: { host: '127.0.0.1', port: 0 }, tls: { mode: 'off' }, publicUrl: null } as const;
const keyringIn = (dir: string, clock = new VirtualClock()) =>
  new Keyring(new KeyVault(dir, null), clock, systemPorts.random);

/** A leader, and a standby whose file is a copy of the leader's first one. The data is in one store. */
async function twins(t: TestContext, clock = new VirtualClock()) {
  const [here, there] = [tempDir(t), tempDir(t)];
  const store = new Store(join(here, 'node.db'), { clock, defer: queueMicrotask });
  t.after(() => store.close());
  const keyring = keyringIn(here, clock);
  const own = new OwnIdentity({ store, keyring, settings: new Settings(store, started), clock, tell() {} });
  await own.setUp({ serverName: 'a.test', domain: 'a.test', owner: 'ann', publicUrl: undefined });
  copyFileSync(join(here, 'identity.json'), join(there, 'identity.json'));
  return { store, own, leader: keyring, standby: keyringIn(there, clock), folder: there };
}

const idsOf = (keyring: Keyring) => keyring.keys().map(({ keyId }) => keyId);

test('a standby signs with the key that a rotation made, although nobody copied the file again', async (t) => {
  const { store, own, leader, standby, folder } = await twins(t);
  await own.rotate(0);
  await own.rotate(0);
  assert.equal(takeInKeys(store, standby), true);
  assert.deepEqual(idsOf(standby), idsOf(leader));
  assert.equal(standby.active().keyId, leader.active().keyId);
  assert.equal(standby.active().signer.sign('text'), leader.active().signer.sign('text'));
  assert.deepEqual(standby.published(), leader.published(), 'with the chain that proves it to peers');
  assert.deepEqual(idsOf(keyringIn(folder)), idsOf(leader), 'and it is in the file of the standby');
  assert.equal(takeInKeys(store, standby), false);
});

test('a new key is stored for the standby before it is published, and is not made if that fails', async (t) => {
  const { store, own, leader, standby } = await twins(t);
  const { put } = store.meta;
  const counted: typeof put = (key, value) => {
    put(key, value);
    if (key === sharedKeys) whenStored.push(idsOf(leader).length);
  };
  Object.assign(store.meta, { put: counted });
  const whenStored: number[] = [];
  await own.rotate(0);
  const rotated = idsOf(leader);
  assert.deepEqual([whenStored[0], rotated.length], [1, 2]);
  const fail = () => {
    throw new Error('the database is gone');
  };
  Object.assign(store.meta, { put: fail });
  await assert.rejects(own.rotate(0), /the database is gone/);
  assert.deepEqual(idsOf(leader), rotated);
  assert.equal(takeInKeys(store, standby), true);
  assert.deepEqual(idsOf(standby), rotated);
});

test('a leader that died before it saved its new key finds it at its next start', async (t) => {
  const { store, own, leader } = await twins(t);
  leader.use = () => {
    throw new Error('kill -9');
  };
  await assert.rejects(own.rotate(0), /kill -9/);
  assert.equal(takeInKeys(store, leader), true);
  assert.equal(leader.keys().length, 2);
});

test('someone who reads the database finds no key there', async (t) => {
  const { store, own, leader } = await twins(t);
  await own.rotate(0);
  const sealed = store.meta.get(sharedKeys) ?? '';
  const plain = Buffer.from(sealed, 'base64').toString('latin1');
  for (const { seed } of leader.secrets().keys)
    for (const text of [
      seed,
      Buffer.from(seed, 'hex').toString('latin1'),
      Buffer.from(seed).toString('base64'),
    ])
      assert.ok(!sealed.includes(text) && !plain.includes(text));
  assert.ok(!plain.includes('key_id'));
  const before = leader.sealed();
  assert.notEqual(leader.sealed(), before, 'each text has its own nonce');
});

test('someone who writes to the database can neither give the standby a key nor take one from it', async (t) => {
  const { store, own, leader, standby } = await twins(t);
  const old = store.meta.get(sharedKeys) ?? '';
  await own.rotate(0);
  const sealed = store.meta.get(sharedKeys) ?? '';
  const foreign = keyringIn(tempDir(t));
  foreign.setUp('a.test', 'a.test');
  foreign.rotate(0);
  const torn = Buffer.from(sealed, 'base64');
  torn[torn.length - 1]! ^= 1;
  const before = idsOf(standby);
  for (const forged of ['', 'x', foreign.sealed(), torn.toString('base64'), sealed.slice(0, 30)])
    assert.equal(standby.takeIn(forged), 'unreadable');
  assert.deepEqual(idsOf(standby), before);
  // An older text of ours, put back.
  assert.equal(leader.takeIn(old), 'known');
  assert.equal(leader.keys().length, 2);
});

test('the text of another server with the same oldest key is not taken', async (t) => {
  const { leader, folder } = await twins(t);
  const renamed = { ...leader.secrets(), server_name: 'b.test' };
  const vault = new KeyVault(folder, null);
  vault.save(renamed);
  const other = keyringIn(folder);
  other.rotate(0);
  assert.equal(leader.takeIn(other.sealed()), 'unreadable');
});

test('two nodes that each made a key without the other keep both', async (t) => {
  const { leader, standby } = await twins(t);
  leader.rotate(0);
  standby.rotate(0);
  const both = new Set([...idsOf(leader), ...idsOf(standby)]);
  assert.equal(standby.takeIn(leader.sealed()), 'added');
  assert.deepEqual(new Set(idsOf(standby)), both);
  assert.equal(both.size, 3);
});

test('a standby publishes the expiry to which the leader renewed a key', async (t) => {
  const clock = new VirtualClock();
  const { store, own, leader, standby } = await twins(t, clock);
  const old = store.meta.get(sharedKeys) ?? '';
  const before = leader.active().validUntil;
  await clock.advance(before - clock.now() - 86_400_000);
  await own.renew();
  assert.ok(leader.active().validUntil > before);
  assert.equal(takeInKeys(store, standby), true);
  assert.deepEqual(standby.published(), leader.published());
  assert.equal(takeInKeys(store, standby), false);
  assert.equal(standby.takeIn(old), 'known', 'an older text of ours, put back');
  assert.deepEqual(standby.published(), leader.published());
});

test('a node that was rotated by an older version shares its keys when it starts', async (t) => {
  const { store, own, leader, standby, folder } = await twins(t);
  leader.rotate(0);
  assert.equal(takeInKeys(store, standby), false);
  await own.share();
  assert.equal(takeInKeys(store, standby), true);
  assert.ok(readFileSync(join(folder, 'identity.json'), 'utf8').includes(leader.active().keyId));
  const written = store.meta.get(sharedKeys);
  await own.share();
  assert.equal(store.meta.get(sharedKeys), written, 'and writes nothing if they are there');
});
