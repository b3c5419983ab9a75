/** The app while the system sleeps, shuts down, ends the session, or keeps links from it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createClient } from '../../../shared/api/client.ts';
import { start } from '../../support/electron/started-app.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import { tempDir } from '../../support/temp.ts';
import { until } from '../../support/until.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

/** An app whose server shares a room with a peer. */
async function appWithPeer(t: TestContext, given: Parameters<typeof start>[2] = {}) {
  const stand = await start(t, {}, given);
  const { url, token } = JSON.parse(readFileSync(join(stand.host.dataDir, 'control.json'), 'utf8'));
  const api = createClient({ baseUrl: url, token, fetch });
  await api.setUp({ server_name: 'a.test', owner: 'ann' });
  const peer = await startLocalNode(t, { name: 'b.test' });
  await api.addPeer({ endpoint: peer.url });
  await peer.api.addPeer({ endpoint: (await api.status({})).listener.url });
  const { room_id } = await api.createRoom({ name: 'Kitchen', join_rule: 'peers' });
  await peer.api.joinRoom({ room_id });
  const heard = async (body: string) =>
    (await peer.api.timeline({ room_id })).items.some((item) => item.body === body);
  const say = async (body: string) => void (await api.postMessage({ room_id, body }));
  await say('before');
  await until([peer], 'the first message', () => heard('before'));
  /** A message of the peer has arrived here: messages sent before it was asked have gone out by then. */
  const roundTrip = async (body: string) => {
    await peer.api.postMessage({ room_id, body });
    await until([peer], 'the answer', async () => (await peer.api.outbox({})).items.length === 0);
  };
  return { ...stand, api, peer, heard, say, roundTrip };
}

test('a machine that is about to sleep stops sending, and sends what is waiting when it wakes', async (t) => {
  const { system, api, peer, heard, say, roundTrip } = await appWithPeer(t);
  system.suspend();
  await say('while it falls asleep');
  await roundTrip('are you there?');
  assert.equal(await heard('while it falls asleep'), false);
  assert.equal((await api.settings({})).paused, false, 'that is the owner’s to change');
  system.resume();
  await until([peer], 'what waited', () => heard('while it falls asleep'));
});

test('unread messages are counted in the tray and on the app’s icon', async (t) => {
  const { trays, windows, roundTrip } = await appWithPeer(t, { platform: 'windows' });
  const tray = trays[0]!;
  await roundTrip('dinner is ready');
  while (!tray.menu.some(({ label }) => label === '1 unread message')) await once(tray, 'stand-in-menu');
  assert.equal(windows[0]?.overlay?.description, '1 unread message');
});

test('a server that its owner paused stays paused when the machine wakes', async (t) => {
  const { system, api, heard, say, roundTrip } = await appWithPeer(t);
  system.suspend();
  await say('paused');
  await api.changeSettings({ paused: true });
  system.resume();
  await api.changeSettings({ paused: true });
  assert.equal((await api.status({})).health.cause, 'federation-paused');
  assert.equal(await heard('paused'), false);
  await api.changeSettings({ paused: false });
  await roundTrip('and now?');
});

test('a signal or a system shutdown quits the app without asking', async (t) => {
  const signalled = await start(t);
  signalled.host.signal();
  assert.equal(await signalled.exited, 0);
  assert.deepEqual(signalled.did.asked, []);
  for (const platform of ['linux', 'macos'] as const) {
    const shut = await start(t, {}, { platform });
    assert.equal(shut.system.shutDown(), true, 'the system waits');
    assert.equal(await shut.exited, 0);
    assert.deepEqual(shut.did.asked, []);
    assert.equal(existsSync(join(shut.host.dataDir, 'control.json')), false);
  }
});

test('on Windows the server pauses when a session may end, and continues if it doesn’t', async (t) => {
  const clock = new VirtualClock();
  const { system, windows, peer, heard, say, roundTrip, did } = await appWithPeer(t, {
    platform: 'windows',
    args: ['--background'],
    clock,
  });
  assert.equal(windows.length, 0, 'in the background, too');
  assert.equal(system.askToEndSession(), true, 'nobody is kept from leaving');
  await say('while another program asks what to save');
  await roundTrip('still there?');
  assert.equal(await heard('while another program asks what to save'), false);
  await clock.advance(60_000);
  await until([peer], 'what waited', () => heard('while another program asks what to save'));
  assert.deepEqual(did.exitCodes, []);
});

test('on Windows the first step of stopping is done before the session ends the process', async (t) => {
  for (const args of [[], ['--background']]) {
    const { system, exited, host, did } = await start(t, {}, { platform: 'windows', args });
    system.askToEndSession();
    assert.equal(system.endSession(), true, 'Electron ends it at once');
    assert.equal(existsSync(join(host.dataDir, 'control.json')), false);
    assert.deepEqual(did.asked, []);
    assert.equal(await exited, 0);
  }
});

test('quitting sends events and closes in Electron’s order, and keeps the windows until the owner has answered', async (t) => {
  let answer = 1;
  const { electron, app, windows, exited, did } = await start(t, { press: () => answer });
  const order: string[] = [];
  for (const name of ['before-quit', 'will-quit', 'window-all-closed', 'quit'])
    app.on(name, () => order.push(name));
  windows[0]?.on('close', () => order.push('close'));
  windows[0]?.on('closed', () => order.push('closed'));
  electron.app.quit();
  assert.deepEqual(order, ['before-quit']);
  await turn();
  answer = 0;
  electron.app.quit();
  assert.equal(await exited, 0);
  // A window is destroyed, and not asked: the app exits by itself.
  assert.deepEqual(order, ['before-quit', 'before-quit', 'closed', 'quit']);
  assert.deepEqual(did.exitCodes, [0]);
});

test('an app that isn’t allowed to open links still runs, and logs that', async (t) => {
  const { did, host, invoke } = await start(t, { refusesLinks: true });
  assert.deepEqual(did.protocolClients, []);
  assert.equal((await invoke('node:status', [{}])).ok, true);
  assert.match(
    readFileSync(join(host.dataDir, 'desktop', 'node.log'), 'utf8'),
    /the system does not let this app open paracord links/,
  );
});

test('a link opens the app with its own data folder, but a second server doesn’t take links from the usual one', async (t) => {
  const usual = await start(t, {}, { platform: 'windows' });
  assert.deepEqual(usual.did.linkArgs, []);
  const dataDir = tempDir(t);
  const elsewhere = await start(t, {}, { platform: 'windows', args: [`--data-dir=${dataDir}`] });
  assert.deepEqual(elsewhere.did.linkArgs, [`--data-dir=${dataDir}`]);
  const trial = await start(
    t,
    { linksTaken: true },
    { platform: 'windows', args: [`--data-dir=${tempDir(t)}`] },
  );
  assert.deepEqual(trial.did.protocolClients, []);
});
