import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Platform } from '../../../main/desktop/host.ts';
import { startDesktop } from '../../../main/desktop/start.ts';
import type { ShellView } from '../../../shared/api/shell.ts';
import type { StatusView } from '../../../shared/api/views/node-views.ts';
import type { TestHost } from '../../support/electron/desktop-host.ts';
import { standInElectron } from '../../support/electron/electron-stand-in.ts';
import type { KeyStore } from '../../support/electron/stand-in/key-store.ts';
import { identity, setUp, start, startAgain, value } from '../../support/electron/started-app.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

test('the identity stays plain until its owner asks to protect it, and a restart opens it then', async (t) => {
  let answer = 1;
  const first = await start(t, { press: () => answer });
  value(await setUp(first));
  assert.match(identity(first.host), /"seed"/);
  assert.equal(statSync(join(first.host.dataDir, 'identity.json')).mode & 0o777, 0o600);
  const kept = value<ShellView>(await first.invoke('shell:sealKeys', [{}]));
  assert.equal(kept.keys_sealed, false);
  assert.match(identity(first.host), /"seed"/, 'a no changes nothing');
  answer = 0;
  assert.equal(value<ShellView>(await first.invoke('shell:sealKeys', [{}])).keys_sealed, true);
  assert.match(first.did.asked.at(-1)?.detail ?? '', /can no longer run this data folder without a window/);
  assert.match(identity(first.host), /^\{"sealed":"/);
  value(await first.invoke('node:rotateKeys', [{ announce_seconds: 0 }]));
  assert.match(identity(first.host), /^\{"sealed":"/, 'also when it is saved again');
  first.host.signal();
  assert.equal(await first.exited, 0);

  const again = await startAgain(first.host);
  const status = value<{ server_name: string }>(await again.invoke('node:status', [{}]));
  assert.equal(status.server_name, 'a.test');
  first.host.signal();
  assert.equal(await again.exited, 0);
});

test('without a key store the identity stays plain, and its owner reads why', async (t) => {
  const plain = await start(t, { keyStore: 'none' });
  value(await setUp(plain));
  const refused = await plain.invoke('shell:sealKeys', [{}]);
  assert.match(refused.ok === false ? refused.error.message : '', /^No key store protected the keys/);
  assert.match(identity(plain.host), /"seed"/);
  assert.equal(value<ShellView>(await plain.invoke('shell:shell', [{}])).keys_sealed, false);
});

test('a start with a plain identity never asks the key store, which could keep it waiting', async (t) => {
  const blocked = await start(t, { keyStore: 'blocked' });
  value(await setUp(blocked));
  assert.equal(blocked.keyStore.asked, 0);
});

test('a key store that refuses to protect the identity leaves it as it was, and says why', async (t) => {
  const denied = await start(t, { keyStore: 'denied' }, { platform: 'windows' });
  value(await setUp(denied));
  const refused = await denied.invoke('shell:sealKeys', [{}]);
  assert.match(
    refused.ok === false ? refused.error.message : '',
    /^The key store didn’t protect the keys: Error/,
  );
  assert.match(identity(denied.host), /"seed"/);
});

/** A data folder whose identity is sealed. */
async function sealed(t: TestContext): Promise<TestHost> {
  const first = await start(t);
  value(await setUp(first));
  assert.equal(value<ShellView>(await first.invoke('shell:sealKeys', [{}])).keys_sealed, true);
  first.host.signal();
  await first.exited;
  return first.host;
}

test('if the key store can’t open the identity, the app asks what to do and leaves the identity unchanged', async (t) => {
  const host = await sealed(t);
  const before = identity(host);
  for (const keyStore of ['locked', 'denied', 'none', 'other'] as const) {
    const quit = await startAgain(host, { keyStore, press: () => 2 });
    assert.deepEqual(quit.did.exitCodes, [1]);
    assert.equal(quit.did.asked[0]?.message, 'The key store didn’t open the identity of your server');
    assert.deepEqual(quit.did.asked[0]?.buttons, ['Try again', 'Use the recovery file', 'Quit']);
    assert.equal(quit.windows.length + quit.trays.length, 0);
    assert.equal(identity(host), before);
  }
  // Electron asks the key store once in the life of a process, so another try is another process.
  const again = await startAgain(host, { keyStore: 'locked', press: () => 0 });
  assert.deepEqual(
    [again.did.exitCodes, host.startedAgain.at(-1)],
    [[0], ['--unlock-attempt=0', ...host.args]],
  );
});

test('while the key store is not there, the app retries by itself, ten times', async (t) => {
  const host = await sealed(t);
  const tries = async (keyStore: KeyStore, added: readonly string[], platform: Platform = 'linux') => {
    const clock = new VirtualClock();
    let asked: AbortSignal | undefined;
    const stand = standInElectron({
      keyStore,
      platform,
      press: ({ signal }) => {
        asked = signal;
        return new Promise(() => {});
      },
    });
    const before = host.startedAgain.length;
    void startDesktop(stand.electron, {
      ...host,
      clock,
      platform,
      args: [...host.args, ...added],
    });
    while (asked === undefined) await turn();
    await clock.advance(30_000);
    return host.startedAgain.slice(before);
  };
  const { args } = host;
  assert.deepEqual(await tries('none', []), [['--unlock-attempt=1', ...args]]);
  assert.deepEqual(await tries('locked', [], 'macos'), [['--unlock-attempt=1', ...args]]);
  assert.deepEqual(
    await tries('none', ['--background', '--unlock-attempt=9']),
    [['--background', '--unlock-attempt=10', ...args]],
    'and still shows no window at login',
  );
  assert.deepEqual(await tries('none', ['--unlock-attempt=10']), []);
  assert.deepEqual(await tries('other', []), [], 'which will not get better by waiting');
});

test('if the key store has lost the key, the recovery file restores the server, with its rooms', async (t) => {
  let path = '';
  const first = await start(t, { saveAs: () => path });
  path = join(first.host.dataDir, 'recovery.json');
  value(await setUp(first));
  const { room_id } = value<{ room_id: string }>(
    await first.invoke('node:createRoom', [{ name: 'Kitchen', join_rule: 'invite' }]),
  );
  const passphrase = 'correct horse battery staple';
  value(await first.invoke('node:exportIdentity', [{ passphrase }]));
  value(await first.invoke('shell:sealKeys', [{}]));
  first.host.signal();
  await first.exited;

  const again = await startAgain(first.host, { keyStore: 'other', press: () => 1 });
  const { set_up } = value<{ set_up: boolean }>(await again.invoke('node:status', [{}]));
  assert.equal(set_up, false, 'the window asks for the file');
  assert.equal(again.windows.length, 1);
  const text = readFileSync(path, 'utf8');
  value(await again.invoke('node:recoverIdentity', [{ text, passphrase }]));
  const { items } = value<{ items: { room_id: string }[] }>(await again.invoke('node:rooms', [{}]));
  assert.deepEqual(
    items.map((room) => room.room_id),
    [room_id],
  );
  assert.ok(existsSync(join(first.host.dataDir, 'identity.sealed.json')), 'nothing is thrown away');
  first.host.signal();
  await again.exited;
});

test('a recovery file that cannot be written is not noted as saved, and the owner reads why', async (t) => {
  let path = '';
  const stand = await start(t, { saveAs: () => path });
  value(await setUp(stand));
  const status = async () => value<StatusView>(await stand.invoke('node:status', [{}]));
  const save = () => stand.invoke('node:exportIdentity', [{ passphrase: 'correct horse battery staple' }]);
  path = join(stand.host.dataDir, 'identity.json', 'recovery.json');
  const refused = await save();
  assert.match(
    refused.ok === false ? refused.error.message : '',
    /^The recovery file couldn’t be saved: .*another folder\.$/,
  );
  assert.equal((await status()).recovery_saved_at, null);
  path = join(stand.host.dataDir, 'recovery.json');
  value(await save());
  assert.notEqual((await status()).recovery_saved_at, null);
});

test('a key store that does not answer shows what the app waits for, and the server starts once it does', async (t) => {
  const host = await sealed(t);
  const startWaiting = async (press: () => number | Promise<number>, platform: Platform = 'linux') => {
    const clock = new VirtualClock();
    const stand = standInElectron({ keyStore: 'blocked', press, platform });
    const started = startDesktop(stand.electron, { ...host, clock, platform });
    while (stand.keyStore.asked === 0) await turn();
    await clock.advance(10_000);
    assert.equal(stand.did.asked[0]?.message, 'Waiting for the key store');
    assert.deepEqual(stand.did.asked[0]?.buttons, ['Use the recovery file', 'Quit']);
    return { stand, started };
  };
  for (const platform of ['linux', 'windows', 'macos'] as const) {
    const patient = await startWaiting(() => new Promise(() => {}), platform);
    assert.deepEqual([patient.stand.windows.length, patient.stand.did.stoodStill], [0, []]);
    patient.stand.keyStore.unlock();
    await patient.started;
    const { server_name } = value<{ server_name: string }>(await patient.stand.invoke('node:status', [{}]));
    assert.equal(server_name, 'a.test');
    assert.ok(patient.stand.small.every((window) => window.isDestroyed()));
    host.signal();
    await patient.stand.exited;
  }

  const quit = await startWaiting(() => 1);
  await quit.started;
  assert.deepEqual(quit.stand.did.exitCodes, [1]);

  const without = await startWaiting(() => 0);
  await without.started;
  const status = value<{ set_up: boolean }>(await without.stand.invoke('node:status', [{}]));
  assert.equal(status.set_up, false, 'the window asks for the file');
  assert.ok(existsSync(join(host.dataDir, 'identity.sealed.json')));
  host.signal();
  await without.stand.exited;
});
