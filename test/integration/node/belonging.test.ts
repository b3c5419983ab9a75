import assert from 'node:assert/strict';
import { copyFileSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createLog } from '../../../main/kernel/log.ts';
import { CommandFailure, exitCodes } from '../../../main/start/failure.ts';
import { readStartFlags } from '../../../main/start/flags.ts';
import { runNode } from '../../../main/start/run-node.ts';
import { wordsIn } from '../../../shared/words/words.ts';
import { type LocalNode, shareRoom, startLocalNode } from '../../support/nodes/local-node.ts';
import { tempDir } from '../../support/temp.ts';

const passphrase = 'correct horse battery staple';
const identity = (dir: string) => join(dir, 'identity.json');
const database = (dir: string) => join(dir, 'node.db');

/** Starts in this folder, and returns the failure; `null` if the node runs. */
async function failureOf(t: TestContext, dataDir: string, serverName?: string, newDatabase = false) {
  const local = { listen: '127.0.0.1:0', control: '127.0.0.1:0', tls: 'off' };
  const named = serverName === undefined ? {} : { serverName };
  const flags = readStartFlags({ ...local, ...named, dataDir, newDatabase }, dataDir);
  try {
    const { stop } = await runNode(flags, { log: createLog('silent') });
    t.after(stop);
    return null;
  } catch (error) {
    assert.ok(error instanceof CommandFailure, String(error));
    return { code: error.code, exitCode: error.exitCode, text: error.sentence(wordsIn('en')) };
  }
}

async function stopped(t: TestContext, name: string, onFile = false): Promise<LocalNode> {
  const node = await startLocalNode(t, { name, onFile });
  await node.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  return node;
}

test('a database without its identity gets no new key, neither from a start with a name nor from the API', async (t) => {
  const node = await stopped(t, 'a.test');
  await node.stop();
  rmSync(identity(node.dataDir));
  for (const name of ['a.test', 'b.test']) {
    const failure = await failureOf(t, node.dataDir, name);
    assert.deepEqual([failure?.code, failure?.exitCode], ['IDENTITY_MISSING', exitCodes.identityDiffers]);
    assert.match(
      failure?.text ?? '',
      /belongs to a\.test, but its identity\.json is missing.*keys recover FILE/,
    );
    assert.equal(existsSync(identity(node.dataDir)), false, 'no key was made');
  }
  const again = await startLocalNode(t, { name: 'a.test', dataDir: node.dataDir, setUp: false });
  await assert.rejects(again.api.setUp({ server_name: 'a.test', owner: 'a' }), /identity\.json is missing/);
  assert.deepEqual(
    (await again.api.doctor({})).findings.map(({ code }) => code),
    ['identity-missing'],
  );
});

test('only the server’s own recovery file restores the identity of a database', async (t) => {
  const node = await stopped(t, 'a.test');
  const { text } = await node.api.exportIdentity({ passphrase });
  await node.stop();
  const other = await startLocalNode(t, { name: 'b.test' });
  const foreign = await other.api.exportIdentity({ passphrase });
  rmSync(identity(node.dataDir));
  const again = await startLocalNode(t, { name: 'a.test', dataDir: node.dataDir, setUp: false });
  await assert.rejects(
    again.api.recoverIdentity({ text: foreign.text, passphrase }),
    /belongs to another server: it contains the user @a:a\.test/,
  );
  const status = await again.api.recoverIdentity({ text, passphrase });
  assert.equal(status.server_name, 'a.test');
  assert.equal((await again.api.rooms({})).items.length, 1);
});

test('a copied folder without its identity starts and waits for the recovery file', async (t) => {
  const [node, friend] = [await stopped(t, 'a.test'), await startLocalNode(t, { name: 'b.test' })];
  await shareRoom(node, friend, 'Kitchen');
  const { text } = await node.api.exportIdentity({ passphrase });
  await node.stop();
  const dataDir = join(tempDir(t), 'copy');
  cpSync(node.dataDir, dataDir, { recursive: true });
  rmSync(identity(dataDir));
  const logged: string[] = [];
  const parts = { log: createLog('error', { write: (line) => void logged.push(line) }) };
  const copy = await startLocalNode(t, { name: 'a.test', dataDir, setUp: false, parts });
  assert.deepEqual(
    (await copy.api.doctor({})).findings.map(({ code }) => code),
    ['identity-missing'],
  );
  assert.deepEqual(logged, [], 'nothing fails while it waits');
  const status = await copy.api.recoverIdentity({ text, passphrase });
  assert.equal(status.server_name, 'a.test');
  assert.equal((await copy.api.rooms({})).items.length, 2);
});

test('an identity without its database starts no empty server, unless the owner says that the data is lost', async (t) => {
  // The file is only a copy with PostgreSQL, and an empty database is refused (postgres.test.ts).
  const node = await stopped(t, 'a.test', true);
  await node.stop();
  const text = readFileSync(identity(node.dataDir), 'utf8');
  for (const make of [() => {}, () => writeFileSync(database(node.dataDir), '')]) {
    for (const file of readdirSync(node.dataDir))
      if (file.startsWith('node.db')) rmSync(join(node.dataDir, file));
    make();
    const failure = await failureOf(t, node.dataDir, 'a.test');
    assert.deepEqual([failure?.code, failure?.exitCode], ['DATABASE_MISSING', exitCodes.databaseNewer]);
    assert.match(failure?.text ?? '', /missing or empty.*backup.*--new-database/);
  }
  assert.equal(await failureOf(t, node.dataDir, 'a.test', true), null);
  assert.equal(readFileSync(identity(node.dataDir), 'utf8'), text, 'the name and the keys stay');
});

test('an identity of another server, or another one of the same name, is refused next to a database', async (t) => {
  const node = await stopped(t, 'a.test');
  await node.stop();
  for (const name of ['b.test', 'a.test']) {
    const other = await startLocalNode(t, { name, dataDir: tempDir(t) });
    await other.stop();
    copyFileSync(identity(other.dataDir), identity(node.dataDir));
    const failure = await failureOf(t, node.dataDir);
    assert.deepEqual([failure?.code, failure?.exitCode], ['IDENTITY_FOREIGN', exitCodes.identityDiffers]);
    const told = name === 'b.test' ? [/belongs to b\.test/, /belongs to a\.test/] : [/none of the keys/];
    for (const part of told) assert.match(failure?.text ?? '', part);
  }
});

test('after a rotation, the identity still belongs to its database', async (t) => {
  const node = await stopped(t, 'a.test');
  await node.api.rotateKeys({});
  await node.stop();
  assert.equal(await failureOf(t, node.dataDir, 'a.test'), null);
});
