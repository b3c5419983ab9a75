import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Fact } from '../../../../main/facts.ts';
import { Keyring } from '../../../../main/identity/keyring.ts';
import { OwnIdentity } from '../../../../main/identity/own-identity.ts';
import {
  type Kept,
  noteRecovery,
  recoveryLacks,
  recoverySavedAt,
} from '../../../../main/identity/recovery-file.ts';
import { KeyVault } from '../../../../main/identity/vault.ts';
import { systemPorts } from '../../../../main/kernel/ports.ts';
import { Settings } from '../../../../main/settings.ts';
import { Store } from '../../../../main/store/store.ts';
import { tempDir } from '../../../support/temp.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const started = { listen: { host: '127.0.0.1', port: 0 }, tls: { mode: 'off' }, publicUrl: null } as const;
const nothingElse = { tls_key: null, peers: [] };
const passphrase = 'correct horse battery staple';

function fresh(t: TestContext) {
  const dir = tempDir(t);
  const clock = new VirtualClock();
  const store = new Store(join(dir, 'node.db'), { clock, defer: queueMicrotask });
  t.after(() => store.close());
  const keyring = new Keyring(new KeyVault(dir, null), clock, systemPorts.random);
  const settings = new Settings(store, started);
  const told: Fact['fact'][] = [];
  const tell = ({ fact }: Fact) => void told.push(fact);
  const own = new OwnIdentity({ store, keyring, settings, clock, tell });
  const setUp = (serverName = 'a.test') =>
    own.setUp({ serverName, domain: serverName, owner: 'ann', publicUrl: 'https://a.test' });
  return { store, keyring, settings, own, told, setUp };
}

test('setting up names the server, records its key, adds the owner and keeps the public address', async (t) => {
  const { store, settings, told, setUp } = fresh(t);
  await setUp();
  assert.deepEqual(
    store.users.users().map(({ user_id }) => user_id),
    ['@ann:a.test'],
  );
  assert.deepEqual(
    store.peers.ownKeys().map(({ server_name, source }) => [server_name, source]),
    [['a.test', 'own']],
  );
  assert.equal(settings.get().public_url, 'https://a.test');
  assert.deepEqual(told, ['settings-changed']);
});

test('the key and the owner commit together: if one cannot be stored, neither is', async (t) => {
  const { store, told, setUp } = fresh(t);
  const fail = () => {
    throw new Error('the disk is full');
  };
  Object.assign(store.users, { add: fail });
  await assert.rejects(setUp(), /the disk is full/);
  assert.deepEqual([store.peers.ownKeys(), told], [[], []]);
});

test('a user who exists is refused; a new one is announced after the commit', async (t) => {
  const { own, told, setUp } = fresh(t);
  await setUp();
  await assert.rejects(own.addUser('ann', 'Ann'), /@ann:a\.test already exists/);
  assert.equal((await own.addUser('ben', 'Ben')).user_id, '@ben:a.test');
  assert.deepEqual(told, ['settings-changed', 'node-changed']);
});

test('a recovery file counts as saved until the keys are rotated', async (t) => {
  const { store, keyring, own, told, setUp } = fresh(t);
  await setUp();
  await own.export(passphrase, nothingElse, async () => {});
  assert.notEqual(recoverySavedAt(store, keyring), null);
  await own.rotate(0);
  assert.equal(recoverySavedAt(store, keyring), null);
  assert.equal(store.peers.ownKeys().length, 2);
  assert.deepEqual(told, ['settings-changed', 'keys-changed', 'keys-changed']);
});

test('a recovery file lacks the peers that came after it', async (t) => {
  const { store, keyring, setUp } = fresh(t);
  await setUp();
  assert.deepEqual(recoveryLacks(store, ['b.test']), [], 'there is none yet');
  const peers = [{ server_name: 'b.test' }] as Kept['peers'];
  await store.writer.write(() => noteRecovery(store, keyring.newestKeyId, { savedAt: 1, peers }));
  assert.deepEqual(recoveryLacks(store, ['b.test', 'c.test']), ['c.test']);
});

test('a recovery file is refused over another server’s data, and accepted in an empty folder', async (t) => {
  const first = fresh(t);
  await first.setUp();
  const { text } = await first.own.export(passphrase, nothingElse, async () => {});
  const other = fresh(t);
  await other.setUp('b.test');
  await assert.rejects(
    other.own.recover(text, passphrase),
    /belongs to another server: it contains the user @ann:b\.test/,
  );
  assert.equal(other.keyring.serverName, 'b.test');
  const empty = fresh(t);
  await empty.own.recover(text, passphrase);
  assert.equal(empty.keyring.serverName, 'a.test');
  assert.notEqual(recoverySavedAt(empty.store, empty.keyring), null);
  assert.deepEqual(empty.told, ['keys-changed', 'settings-changed']);

  const unnamed = fresh(t);
  await unnamed.own.recover(text, passphrase);
  const users = unnamed.store.users.users().map(({ user_id }) => user_id);
  assert.deepEqual(users, ['@ann:a.test'], 'the file names the users');
});

test('whichever file a crash leaves behind, a change of the name ends with the name that the identity has', async (t) => {
  const { store, keyring, own, setUp } = fresh(t);
  await setUp('old.test');
  const names = () => [
    keyring.serverName,
    ...store.peers.ownKeys().map(({ server_name }) => server_name),
    ...store.users.users().map(({ user_id }) => user_id),
  ];
  const { use } = Keyring.prototype;
  keyring.use = () => {
    throw new Error('the identity could not be written');
  };
  await assert.rejects(own.rename({ serverName: 'new.test', domain: 'new.test' }), /could not be written/);
  assert.ok(store.peers.ownKeys().some(({ server_name }) => server_name === 'new.test'));
  await own.share();
  assert.deepEqual(names(), ['old.test', 'old.test', '@ann:old.test']);

  keyring.use = use;
  const { rename } = store.users;
  store.users.rename = () => {
    throw new Error('the database could not be written');
  };
  await assert.rejects(own.rename({ serverName: 'new.test', domain: 'new.test' }), /could not be written/);
  assert.equal(keyring.serverName, 'new.test');
  store.users.rename = rename;
  await own.share();
  assert.deepEqual(names(), ['new.test', 'new.test', '@ann:new.test']);
});
