import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tuning } from '../../../main/config.ts';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { Store } from '../../../main/store/store.ts';
import { ApiError, createClient } from '../../../shared/api/client.ts';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import { befriend, type LocalNode, startLocalNode } from '../../support/nodes/local-node.ts';
import { startCertifiedNode } from '../../support/nodes/tls-node.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { tempDir } from '../../support/temp.ts';
import { until } from '../../support/until.ts';

const passphrase = 'correct horse battery staple';
const fileOf = (node: LocalNode): string => readFileSync(join(node.dataDir, 'identity.json'), 'utf8');
const saved = async (node: LocalNode) => (await node.api.status({})).recovery_saved_at;
const seeds = (node: LocalNode) => (JSON.parse(fileOf(node)) as { keys: { seed: string }[] }).keys;

const refused = (work: Promise<unknown>, code: string, words: RegExp) =>
  assert.rejects(work, (error) => {
    assert.ok(error instanceof ProtocolError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, words);
    return true;
  });

test('after the computer is lost, the recovery file makes a new node the same server, and peers accept it', async (t) => {
  const lost = await startLocalNode(t, { name: 'a.test', domain: 'chat.a.test' });
  const raw = await new RawPeer('raw.test').listen(t);
  await lost.api.rotateKeys({});
  const { text, file_name } = await lost.api.exportIdentity({ passphrase });
  assert.match(file_name, /^a\.test-recovery-\d{4}-\d\d-\d\d\.json$/);
  const keys = await lost.api.keys({});
  await lost.stop();

  const found = await startLocalNode(t, { name: 'a.test', setUp: false });
  const told: string[] = [];
  found.node.changes.subscribe(({ change }) => told.push(change.topic));
  const status = await found.api.recoverIdentity({ text, passphrase });
  assert.equal(status.set_up, true);
  assert.equal(status.server_name, 'a.test');
  assert.equal(status.domain, 'chat.a.test');
  assert.ok(told.includes('keys') && told.includes('settings'));
  assert.deepEqual(
    (await found.api.keys({})).items.map((key) => key.public_key),
    keys.items.map((key) => key.public_key),
  );
  assert.deepEqual((await found.api.users({})).items[0]?.user_id, '@a:chat.a.test');
  await found.api.addPeer({ endpoint: raw.url });
  const check = await found.api.checkPeer({ server_name: 'raw.test' });
  assert.deepEqual(check.steps.find((step) => step.step === 'keys')?.result, 'ok');
});

test('the recovery file alone finds the friends again, under the same certificate, with their messages', async (t) => {
  const tls = { mode: 'self-signed' } as const;
  const ben = await startCertifiedNode(t, { name: 'ben.test', tls });
  const lost = await startCertifiedNode(t, { name: 'anna.test', tls });
  await befriend(lost, ben);
  await lost.api.addPeer({ server_name: 'spam.test', mode: 'block' });
  const { room_id } = await lost.api.createRoom({ name: 'Kitchen', join_rule: 'peers' });
  await ben.api.joinRoom({ room_id });
  await lost.api.postMessage({ room_id, body: 'from anna' });
  await ben.api.postMessage({ room_id, body: 'from ben' });
  const seen = async ({ api }: LocalNode) =>
    (await api.timeline({ room_id })).items.map(({ body }) => body).sort();
  await until([lost, ben], 'both have both', async () =>
    [lost, ben].every(async (node) => (await seen(node)).length === 2),
  );
  const { spki_sha256 } = await lost.certificate();
  const { text } = await lost.api.exportIdentity({ passphrase });
  await lost.stop();

  const found = await startCertifiedNode(t, { name: 'anna.test', tls, port: lost.port, setUp: false });
  await found.api.recoverIdentity({ text, passphrase });
  assert.equal((await found.certificate()).spki_sha256, spki_sha256);
  assert.deepEqual(
    (await found.api.peers({})).items.map(({ server_name, mode }) => [server_name, mode]),
    [
      ['ben.test', 'allow'],
      ['spam.test', 'block'],
    ],
  );
  await until([found, ben], 'the room and its messages', async () => {
    const rooms = (await found.api.rooms({})).items;
    return rooms.length === 1 && (await seen(found)).length === 2;
  });
  assert.deepEqual(await seen(found), ['from anna', 'from ben']);
  const view = await found.api.recovery({});
  assert.deepEqual([view.why, view.answered, view.unanswered], ['recovered', ['ben.test'], []]);
  assert.ok(view.recovered.events > 0);
  assert.deepEqual(
    (await found.api.users({})).items.map(({ user_id }) => user_id),
    ['@owner:anna.test'],
  );
});

test('a node knows when its recovery file was created and reports that, and a key rotation makes it outdated', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const told: string[] = [];
  node.node.changes.subscribe(({ change }) => told.push(change.topic));
  assert.equal(await saved(node), null);
  const before = Date.now();
  await node.api.exportIdentity({ passphrase });
  const at = await saved(node);
  assert.ok(at !== null && at >= before && at <= Date.now());
  assert.deepEqual(told, ['keys']);
  // An announced key is enough, because it is in use before anyone thinks of the file again.
  await node.api.rotateKeys({ announce_seconds: 3600 });
  assert.equal(await saved(node), null);
  await node.api.exportIdentity({ passphrase });
  assert.ok((await saved(node)) !== null);
});

test('a recovery file counts as saved once it has been written, and not if that fails', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const full = new Error('no space left on device');
  await assert.rejects(
    node.node.saveRecoveryFile(passphrase, async () => {
      throw full;
    }),
    full,
  );
  assert.equal(await saved(node), null);
  let written = '';
  await node.node.saveRecoveryFile(passphrase, async (text) => {
    assert.equal(await saved(node), null, 'not before');
    written = text;
  });
  assert.match(written, /"sealed"/);
  assert.ok((await saved(node)) !== null);
});

test('a key rotation while the file is being created makes it outdated', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  await Promise.all([node.api.exportIdentity({ passphrase }), node.api.rotateKeys({})]);
  assert.equal(await saved(node), null);
});

test('a node answers requests while it creates or opens a recovery file', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const empty = await startLocalNode(t, { name: 'a.test', setUp: false });
  const finished: string[] = [];
  const made = node.api.exportIdentity({ passphrase }).finally(() => finished.push('made'));
  await node.api.status({}).then(() => finished.push('answered'));
  const { text } = await made;
  const opened = empty.api.recoverIdentity({ text, passphrase }).finally(() => finished.push('opened'));
  await empty.api.status({}).then(() => finished.push('answered'));
  await opened;
  assert.deepEqual(finished, ['answered', 'made', 'answered', 'opened']);
});

test('recovering again changes nothing', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const { text } = await node.api.exportIdentity({ passphrase });
  const before = fileOf(node);
  const status = await node.api.recoverIdentity({ text, passphrase });
  assert.equal(status.server_name, 'a.test');
  assert.equal(fileOf(node), before);
  assert.equal((await node.api.users({})).items.length, 1, 'the owner stays who they are');
});

test('recovering again finishes what a crash left half done', async (t) => {
  const lost = await startLocalNode(t, { name: 'a.test' });
  const { text } = await lost.api.exportIdentity({ passphrase });
  const dataDir = tempDir(t);
  // The power failed right after the identity was written; the database already existed.
  await new Store(join(dataDir, 'node.db'), systemPorts).close();
  copyFileSync(join(lost.dataDir, 'identity.json'), join(dataDir, 'identity.json'));
  await lost.stop();
  const node = await startLocalNode(t, { name: 'a.test', setUp: false, dataDir });
  assert.deepEqual((await node.api.users({})).items, []);
  const status = await node.api.recoverIdentity({ text, passphrase });
  assert.ok(status.recovery_saved_at !== null);
  assert.equal((await node.api.users({})).items[0]?.user_id, '@a:a.test');
});

test('a node with an identity accepts neither another identity nor older keys of its own', async (t) => {
  const other = await startLocalNode(t, { name: 'b.test' });
  const node = await startLocalNode(t, { name: 'a.test' });
  const before = fileOf(node);
  const foreign = (await other.api.exportIdentity({ passphrase })).text;
  const recover = (text: string) => node.api.recoverIdentity({ text, passphrase });
  await refused(
    recover(foreign),
    'CONFLICT',
    /data here belongs to another server|already a\.test\. Recover b\.test in an empty data folder/,
  );
  assert.equal(fileOf(node), before);
  const { text } = await node.api.exportIdentity({ passphrase });
  await node.api.rotateKeys({});
  const rotated = fileOf(node);
  await refused(recover(text), 'CONFLICT', /with other signing keys/);
  assert.equal(fileOf(node), rotated);
  assert.equal((await node.api.users({})).items.length, 1);
});

test('a wrong passphrase or a damaged file leaves a new node unchanged', async (t) => {
  const other = await startLocalNode(t, { name: 'b.test' });
  const { text } = await other.api.exportIdentity({ passphrase });
  const node = await startLocalNode(t, { name: 'a.test', setUp: false });
  const recover = (file: string, word: string) => node.api.recoverIdentity({ text: file, passphrase: word });
  await refused(recover(text, 'not the passphrase'), 'FORBIDDEN', /passphrase/);
  await refused(recover(text.slice(0, 300), passphrase), 'BAD_REQUEST', /damaged/);
  await refused(recover('{"hello":1}', passphrase), 'BAD_REQUEST', /isn’t a recovery file/);
  assert.equal(existsSync(join(node.dataDir, 'identity.json')), false);
  assert.equal((await node.api.status({})).set_up, false);
  assert.deepEqual((await node.api.users({})).items, []);
  assert.equal((await recover(text, passphrase)).server_name, 'b.test');
});

test('two recoveries at once, of two identities: one wins, the other changes nothing', async (t) => {
  const [a, b] = [await startLocalNode(t, { name: 'a.test' }), await startLocalNode(t, { name: 'b.test' })];
  const files = [await a.api.exportIdentity({ passphrase }), await b.api.exportIdentity({ passphrase })];
  const node = await startLocalNode(t, { name: 'c.test', setUp: false });
  const outcomes = await Promise.allSettled(
    files.map(({ text }) => node.api.recoverIdentity({ text, passphrase })),
  );
  assert.deepEqual(outcomes.map((one) => one.status).sort(), ['fulfilled', 'rejected']);
  const winner = outcomes[0]?.status === 'fulfilled' ? a : b;
  assert.deepEqual(seeds(node), seeds(winner));
  assert.equal((await node.api.users({})).items[0]?.user_id, `@${winner.name.split('.')[0]}:${winner.name}`);
});

test('keys that expired after the recovery file was saved are valid again', async (t) => {
  let now = Date.now();
  const ports = { ...systemPorts, clock: { ...systemPorts.clock, now: () => now } };
  const lost = await startLocalNode(t, { name: 'a.test', ports });
  const { text } = await lost.api.exportIdentity({ passphrase });
  await lost.stop();
  now += 2 * tuning.keyValidityMs;
  const found = await startLocalNode(t, { name: 'a.test', setUp: false, ports });
  const status = await found.api.recoverIdentity({ text, passphrase });
  assert.ok((status.active_key?.valid_until ?? 0) > now);
});

test('over HTTP a short passphrase is refused with what is expected, and echoed nowhere', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const client = createClient({ baseUrl: node.control, token: node.node.token, fetch });
  await assert.rejects(client.exportIdentity({ passphrase: 'hunter2cana' }), (error) => {
    assert.ok(error instanceof ApiError);
    assert.equal(error.status, 400);
    assert.match(error.message, /at least 12 characters/);
    assert.equal(JSON.stringify([error.message, error.details]).includes('hunter2'), false);
    return true;
  });
  assert.equal(await saved(node), null);
  const { text } = await client.exportIdentity({ passphrase });
  for (const { seed } of seeds(node)) assert.equal(text.includes(seed), false);
});

test('a node without an identity has nothing to export', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test', setUp: false });
  await refused(node.api.exportIdentity({ passphrase }), 'SERVICE_UNAVAILABLE', /has no name yet/);
});
