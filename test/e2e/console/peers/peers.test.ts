import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, type TestContext, test } from 'node:test';
import type { Page } from 'playwright';
import { systemPorts } from '../../../../main/kernel/ports.ts';
import { soonMs } from '../../../../main/trust/contact/contact-policy.ts';
import type { AdminRequest } from '../../../../shared/api/views/peer-views.ts';
import { closeBrowser, noBrowser, openConsole } from '../../../support/browser/browser.ts';
import { bodies, pictureOf } from '../../../support/browser/picture.ts';
import { LeapingClock } from '../../../support/leaping-clock.ts';
import { befriend, type LocalNode, shareRoom, startLocalNode } from '../../../support/nodes/local-node.ts';
import { RawPeer } from '../../../support/parties/raw-peer.ts';
import { StandInServer } from '../../../support/stand-in/server.ts';
import { until } from '../../../support/until.ts';

after(closeBrowser);

/** A window whose node may stop before it closes, and may refuse a request of the test. */
async function openWindow(t: TestContext, node: LocalNode, path: string, refusals = false): Promise<Page> {
  const expected = refusals ? /ERR_CONNECTION_REFUSED|status of [45]\d\d/ : /ERR_CONNECTION_REFUSED/;
  return (await openConsole(t, node, { path, expected })).page;
}

async function addThroughScreen(page: Page, address: string): Promise<void> {
  await openAdding(page);
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Name or address' }).fill(address);
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
}

/** Adding by address is the second choice; an invite is the first. */
async function openAdding(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'More about connections' }).click();
  await page.getByRole('menuitem', { name: 'Add a peer by address' }).click();
}

test('two owners make their servers peers on the screens alone, and each window shows it at once', {
  skip: noBrowser,
}, async (t) => {
  const a = await startLocalNode(t, { name: 'anna.test' });
  const b = await startLocalNode(t, { name: 'ben.test' });
  const anna = await openWindow(t, a, '#/server/connections');
  const ben = await openWindow(t, b, '#/server/connections');
  await anna.getByRole('heading', { name: 'No peers yet' }).waitFor();

  await addThroughScreen(anna, b.url);
  const dialog = anna.getByRole('dialog', { name: 'ben.test was added' });
  await dialog.getByText('1 key saved.').waitFor();
  const fingerprint = (await b.api.keys({})).items[0]?.fingerprint ?? '';
  await dialog.getByText(fingerprint).waitFor();
  await dialog.getByText('It doesn’t know your server yet.').waitFor();
  await dialog.getByText(a.url, { exact: true }).waitFor();
  await dialog.getByRole('button', { name: 'Show it' }).click();
  await anna.getByText('You added it, but your server hasn’t heard from it yet.').waitFor();

  await addThroughScreen(ben, a.url);
  await anna.getByText('Connected.', { exact: true }).waitFor();
  const added = ben.getByRole('dialog', { name: /anna\.test/ });
  await added.getByText('It knows your server and accepts its messages.').waitFor();
  await added.getByRole('button', { name: 'Show it' }).click();
  // The other server now learns that Anna knows it too. When Anna added it, it didn't know Anna yet.
  await anna.getByText('Your server isn’t added there yet').waitFor();
  await anna.getByRole('button', { name: 'Check again' }).click();
  await anna.getByText('Everything works.').waitFor();
  await ben.getByText('Connected.', { exact: true }).waitFor();
});

test('an address that is invalid or doesn’t answer is reported, and stays in the field', {
  skip: noBrowser,
}, async (t) => {
  const a = await startLocalNode(t, { name: 'anna.test' });
  const page = await openWindow(t, a, '#/server/connections', true);
  await openAdding(page);
  const dialog = page.getByRole('dialog');
  const field = dialog.getByRole('textbox', { name: 'Name or address' });
  await field.fill('https://chat.test/path');
  await dialog.getByText('Enter only the host and port, without a path.').waitFor();
  assert.ok(await dialog.getByRole('button', { name: 'Add', exact: true }).isDisabled());
  await field.fill('chat.test');
  await dialog
    .getByText('Your server looks for it at https://chat.test and https://chat.test:8448.')
    .waitFor();

  await field.fill('http://127.0.0.1:1');
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await dialog.getByRole('alert').getByText('can’t be reached').waitFor();
  assert.equal(await field.inputValue(), 'http://127.0.0.1:1');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await openAdding(page);
  assert.equal(await field.inputValue(), 'http://127.0.0.1:1', 'closing loses nothing either');
});

test('a blocked peer neither receives nor delivers anything until it is allowed again', {
  skip: noBrowser,
}, async (t) => {
  const a = await startLocalNode(t, { name: 'anna.test' });
  const b = await startLocalNode(t, { name: 'ben.test' });
  const room = await shareRoom(a, b);
  const page = await openWindow(t, a, '#/server/connections/ben.test');

  await page.getByRole('button', { name: 'Block…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Block ben?' });
  await dialog.getByText('From now on, your server refuses its requests').waitFor();
  await dialog.getByRole('radio', { name: '1 hour' }).click();
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('too loud');
  await dialog.getByRole('button', { name: 'Block', exact: true }).click();
  await page.getByText('You blocked it (too loud)').waitFor();
  await page.getByText(/ Ends in /).waitFor();

  await b.api.postMessage({ room_id: room, body: 'from ben' });
  await a.api.postMessage({ room_id: room, body: 'from anna' });
  await until([a, b], 'ben is refused', async () => (await b.api.outbox({})).items[0]?.parked === 1);
  assert.deepEqual(bodies(await pictureOf(a.api, room)), ['from anna']);
  assert.deepEqual(bodies(await pictureOf(b.api, room)), ['from ben']);

  await page.getByRole('button', { name: 'Unblock…' }).click();
  const unblock = page.getByRole('dialog', { name: 'Unblock ben?' });
  await unblock.getByText('Messages go both ways again right away.').waitFor();
  await unblock.getByRole('button', { name: 'Unblock', exact: true }).click();
  await page.getByText('Connected.', { exact: true }).waitFor();
  await b.api.retryOutbox({ destination: 'anna.test' });
  await until([a, b], 'both have both', async () => {
    const [ours, theirs] = [await pictureOf(a.api, room), await pictureOf(b.api, room)];
    return bodies(ours).length === 2 && bodies(theirs).length === 2;
  });
});

test('events of a quarantined peer are held, and released or discarded as the owner chooses', {
  skip: noBrowser,
}, async (t) => {
  const a = await startLocalNode(t, { name: 'anna.test' });
  const b = await startLocalNode(t, { name: 'ben.test' });
  const room = await shareRoom(a, b);
  const page = await openWindow(t, a, '#/server/connections/ben.test');
  await page.getByRole('button', { name: 'Quarantine…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Quarantine', exact: true }).click();
  await page.getByText('No events are held.').waitFor();

  for (const body of ['one', 'two', 'three']) await b.api.postMessage({ room_id: room, body });
  const held = page.getByRole('list', { name: 'Held events' });
  await held.getByText('three').waitFor();
  assert.deepEqual(bodies(await pictureOf(a.api, room)), []);
  await held.getByRole('checkbox', { name: 'Select: two' }).check();
  await page.getByRole('button', { name: 'Discard 1…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Discard 1 held event?' });
  await dialog.getByText('gone for good').waitFor();
  await dialog.getByRole('button', { name: 'Discard', exact: true }).click();
  await held.getByText('two').waitFor({ state: 'detached' });

  await held.getByRole('checkbox', { name: 'Select: three' }).check();
  await page.getByRole('button', { name: 'Release 1' }).click();
  await held.getByText('three').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Release all' }).click();
  await page.getByText('No events are held.').waitFor();
  assert.deepEqual(bodies(await pictureOf(a.api, room)), ['one', 'three']);
});

test('an event that is refused when it is released says why, and stays held', {
  skip: noBrowser,
}, async (t) => {
  const a = await startLocalNode(t, { name: 'anna.test' });
  const raw = await new RawPeer('raw.test').listen(t);
  await a.api.addPeer({ endpoint: raw.url });
  const room = (await a.api.createRoom({ name: 'Kitchen', join_rule: 'peers' })).room_id;
  await a.api.changePeer({ server_name: 'raw.test', mode: 'quarantine' });
  const { status } = await raw.post(a.url, raw.message(room, 'odd one'));
  assert.equal(status, 403);
  const page = await openWindow(t, a, '#/server/connections/raw.test');
  await page.getByText('odd one').waitFor();
  // It was blocked in the meantime, so its events are refused from any server.
  await a.api.changePeer({ server_name: 'raw.test', mode: 'block' });
  await page.getByRole('button', { name: 'Release all' }).click();
  const alert = page.getByRole('alert').filter({ hasText: 'couldn’t be released and is still held' });
  await alert.getByText('odd one').waitFor();
});

test('the check of a peer is shown step by step in every window, survives a reload, and says what to do next', {
  skip: noBrowser,
}, async (t) => {
  const a = await startLocalNode(t, { name: 'anna.test' });
  const raw = await new RawPeer('raw.test').listen(t);
  // The last step doesn't end until the test wants it to.
  raw.handlers.set('/event/:id', () => 'hang');
  await a.api.addPeer({ endpoint: raw.url });
  const page = await openWindow(t, a, '#/server/connections/raw.test');
  const other = await openWindow(t, a, '#/server/connections/raw.test');
  await page.getByText('Test the connection to this peer, step by step.').waitFor();
  await page.getByRole('button', { name: 'Check now' }).click();
  const steps = (window: Page) => window.getByRole('list', { name: 'Connection check' });
  const stands = async (window: Page) => {
    await steps(window).getByText('127.0.0.1 (this computer)').waitFor();
    await steps(window).getByText('Its clock is within').waitFor();
    await steps(window).getByText('testing:').waitFor();
    await window.getByRole('button', { name: 'Checking…' }).waitFor();
  };
  for (const window of [page, other]) await stands(window);
  await page.reload();
  await stands(page);

  raw.close();
  for (const window of [page, other]) {
    await steps(window).getByText('It doesn’t let your server read').waitFor();
    await steps(window).getByText('Check again later.').waitFor();
    await window.getByRole('button', { name: 'Check again' }).waitFor();
  }
  await page.reload();
  await steps(page).getByText('It doesn’t let your server read').waitFor();
  await page
    .getByText(/^Tested /)
    .first()
    .waitFor();
});

test('a trust list is exported on one node, then previewed on another, which imports what it can', {
  skip: noBrowser,
}, async (t) => {
  const a = await startLocalNode(t, { name: 'anna.test' });
  const b = await startLocalNode(t, { name: 'ben.test' });
  const c = await startLocalNode(t, { name: 'carla.test' });
  const d = await startLocalNode(t, { name: 'dora.test' });
  const gone = await new RawPeer('gone.test').listen(t);
  for (const { url } of [b, c, gone]) await a.api.addPeer({ endpoint: url });
  gone.close();
  const limits = { requests_per_minute: 7, burst: 3 };
  await a.api.changePeer({ server_name: 'ben.test', limits });
  await a.api.changePeer({ server_name: 'carla.test', mode: 'quarantine', reason: 'new here' });
  await a.api.addPeer({ server_name: 'evil.test', mode: 'block' });
  await d.api.addPeer({ endpoint: b.url });

  const anna = await openWindow(t, a, '#/server/connections');
  await anna.getByRole('button', { name: 'More about connections' }).click();
  const download = anna.waitForEvent('download');
  await anna.getByRole('menuitem', { name: 'Export trust list' }).click();
  const file = await download;
  assert.equal(file.suggestedFilename(), 'trust-list-anna.test.json');
  const list = JSON.parse(await readFile(await file.path(), 'utf8'));
  list.peers.push({ server_name: 'no name' });

  const dora = await openWindow(t, d, '#/server/connections', true);
  await dora.getByRole('button', { name: 'More about connections' }).click();
  await dora.getByRole('menuitem', { name: 'Import trust list…' }).click();
  const dialog = dora.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Or paste its contents' }).fill('{ no list');
  await dialog.getByText('This isn’t a trust list.').waitFor();
  await dialog.getByLabel('File', { exact: true }).setInputFiles({
    name: 'list.json',
    mimeType: 'application/json',
    buffer: Buffer.from(JSON.stringify(list)),
  });
  await dialog.getByRole('list', { name: 'Changes' }).getByText('7 per minute, 3 at once').waitFor();
  const added = dialog.getByRole('list', { name: 'New' });
  await added.getByText('trust: Quarantined').waitFor();
  await dialog
    .getByRole('list', { name: 'Invalid' })
    .getByText('the server name is missing or invalid')
    .waitFor();
  assert.equal((await d.api.peers({})).items.length, 1, 'looking changes nothing');
  await added.getByRole('checkbox', { name: 'Import evil.test' }).uncheck();
  await dialog.getByRole('button', { name: 'Apply 3 changes' }).click();

  await dialog.getByText('2 imported, 1 failed.').waitFor();
  const steps = dialog.getByRole('list', { name: 'Progress' });
  await steps.getByRole('listitem').filter({ hasText: 'gone.test' }).getByText('can’t be reached').waitFor();
  const peers = new Map((await d.api.peers({})).items.map((peer) => [peer.server_name, peer]));
  assert.deepEqual([...peers.keys()], ['ben.test', 'carla.test']);
  assert.deepEqual(peers.get('ben.test')?.limits, limits);
  assert.equal(peers.get('carla.test')?.mode, 'quarantine');
  assert.equal(peers.get('carla.test')?.reason, 'new here');
});

test('a check shows each step and says what to do next', { skip: noBrowser }, async (t) => {
  const a = await startLocalNode(t, { name: 'anna.test' });
  const b = await startLocalNode(t, { name: 'ben.test' });
  await a.api.addPeer({ endpoint: b.url });
  const page = await openWindow(t, a, '#/server/connections/ben.test');
  await page.getByRole('button', { name: 'Check now' }).click();
  const steps = page.getByRole('list', { name: 'Connection check' }).getByRole('listitem');
  await page.getByText('Your server isn’t added there yet').waitFor();
  const told = await steps.allTextContents();
  assert.equal(told.length, 8);
  assert.match(told[0] ?? '', /passed:.*Host name/s);
  assert.match(told[7] ?? '', /failed:.*Trusts you/s);
  await b.api.addPeer({ endpoint: a.url });
  await page.getByRole('button', { name: 'Check again' }).click();
  await page.getByText('Everything works.').waitFor();
});

test('the limits of a peer can be set, must be numbers, and can be reset to the default', {
  skip: noBrowser,
}, async (t) => {
  const a = await startLocalNode(t, { name: 'anna.test' });
  const raw = await new RawPeer('raw.test').listen(t);
  const { limits } = await a.api.addPeer({ endpoint: raw.url });
  const page = await openWindow(t, a, '#/server/connections/raw.test');
  await page.getByRole('button', { name: 'Change limits' }).click();
  const dialog = page.getByRole('dialog', { name: 'Limits for this peer' });
  await dialog.getByRole('textbox', { name: 'Requests per minute' }).fill('many');
  await dialog.getByText('Enter a whole number').waitFor();
  assert.ok(await dialog.getByRole('button', { name: 'Save' }).isDisabled());
  await dialog.getByRole('textbox', { name: 'Requests per minute' }).fill('12');
  await dialog.getByRole('textbox', { name: 'Short peaks' }).fill('4');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Limits for this peer only').waitFor();
  assert.deepEqual((await a.api.peer({ server_name: 'raw.test' })).limits, {
    requests_per_minute: 12,
    burst: 4,
  });
  await page.getByRole('button', { name: 'Change limits' }).click();
  await dialog.getByRole('button', { name: 'Use default' }).click();
  await page.getByText('Your default limits').waitFor();
  assert.deepEqual((await a.api.peer({ server_name: 'raw.test' })).limits, limits);
});

test('without automatic extension, an expired key is named, and extended only after a warning about the risk', {
  skip: noBrowser,
}, async (t) => {
  const a = await startLocalNode(t, { name: 'anna.test' });
  await a.api.changeSettings({ extend_keys: false });
  const raw = await new RawPeer('raw.test').listen(t);
  await a.api.addPeer({ endpoint: raw.url });
  assert.equal((await raw.call(a.url, 'GET', '/event/$1:anna.test')).status, 404, 'it was heard of');
  raw.validUntil = Date.now() - 3 * 86_400_000;
  await a.api.addPeer({ endpoint: raw.url });
  const page = await openWindow(t, a, '#/server/connections/raw.test');
  await page.getByText('Expired 3 days ago').waitFor();
  await page.getByText('so your server accepts nothing from it. Extending keys is turned off').waitFor();
  await page.getByRole('button', { name: 'Keep trusting…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('can pose as raw.test').waitFor();
  await dialog.getByRole('button', { name: 'Keep trusting it' }).click();
  await page.getByText('Expired 3 days ago; you keep trusting it').waitFor();
  await page.getByText('Connected.', { exact: true }).waitFor();
});

test('an expired key that is still in use is extended by a day at a time, as the peer’s page says, unless the settings turn that off', {
  skip: noBrowser,
}, async (t) => {
  const a = await startLocalNode(t, { name: 'anna.test' });
  const raw = await new RawPeer('raw.test').listen(t);
  raw.validUntil = Date.now() - 3 * 86_400_000;
  await a.api.addPeer({ endpoint: raw.url });
  assert.equal((await raw.call(a.url, 'GET', '/event/$1:anna.test')).status, 404, 'it is accepted');
  const page = await openWindow(t, a, '#/server/connections/raw.test');
  await page
    .getByText('Expired 3 days ago, but the peer still uses it. Your server extends it one day at a time')
    .waitFor();
  await page.getByText('Connected.', { exact: true }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Keep trusting…' }).count(), 0);
  await page.goto(page.url().replace(/#.*/, '#/server/settings/delivery'));
  await page.getByRole('switch', { name: 'Keep trusting expired keys that are still in use' }).click();
  await until([a], 'the setting', async () => !(await a.api.settings({})).extend_keys);
});

test('a new address for a peer is checked before it is saved, and a refusal says why and what to do next', {
  skip: noBrowser,
}, async (t) => {
  const a = await startLocalNode(t, { name: 'anna.test' });
  const raw = await new RawPeer('raw.test').listen(t);
  const other = await new RawPeer('other.test').listen(t);
  const moved = await new RawPeer('raw.test').listen(t);
  moved.signer = raw.signer;
  await a.api.addPeer({ endpoint: raw.url });
  const page = await openWindow(t, a, '#/server/connections/raw.test', true);
  await page.getByRole('button', { name: 'Change address' }).click();
  const dialog = page.getByRole('dialog');
  const save = async (address: string) => {
    await dialog.getByRole('textbox', { name: 'Address' }).fill(address);
    await dialog.getByRole('button', { name: 'Save' }).click();
  };
  await save(other.url);
  await dialog.getByText('is other.test, not raw.test. Nothing was changed. Check the address').waitFor();
  await save('http://127.0.0.1:1');
  await dialog.getByText('Nothing was changed. Ask its owner whether the address is right').waitFor();
  assert.ok((await a.api.peer({ server_name: 'raw.test' })).endpoint?.startsWith(raw.url));
  await save(moved.url);
  await dialog.waitFor({ state: 'detached' });
  await page.locator('code', { hasText: moved.url }).waitFor();
});

test('forgetting a peer first says what is lost, and a window that shows the peer reports it', {
  skip: noBrowser,
}, async (t) => {
  const a = await startLocalNode(t, { name: 'anna.test' });
  const b = await startLocalNode(t, { name: 'ben.test' });
  await befriend(a, b);
  // The change may arrive before the answer, so this window may also read the peer again and get a 404.
  const page = await openWindow(t, a, '#/server/connections/ben.test', true);
  const other = await openWindow(t, a, '#/server/connections/ben.test', true);
  await other.getByRole('heading', { name: 'Trust' }).waitFor();
  await page.getByRole('button', { name: 'More about ben.test' }).click();
  await page.getByRole('menuitem', { name: 'Forget…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Forget ben.test?' });
  await dialog.getByText('No messages are exchanged until one of you adds the other again.').waitFor();
  await dialog.getByText('What exactly happens').click();
  await dialog.getByText('Your server deletes its keys, its limits and your decisions about it.').waitFor();
  await dialog.getByRole('button', { name: 'Forget' }).click();
  await page.getByRole('heading', { name: 'No peers yet' }).waitFor();
  await other.getByRole('heading', { name: 'Not a peer' }).waitFor();
});

test('the page of an existing server shows its admin’s request until that server knows us', {
  skip: noBrowser,
}, async (t) => {
  const clock = new LeapingClock();
  const a = await startLocalNode(t, { name: 'anna.test', ports: { ...systemPorts, clock } });
  const server = await StandInServer.start(t, { era: '3.x', clock });
  const { server_name } = await a.api.addPeer({ endpoint: server.url });
  const anna = await openWindow(t, a, `#/server/connections/${server_name}`);
  await anna.getByText('"public_key_hex":').waitFor();
  await anna.getByText('older than 3.0.1').waitFor();
  const { admin_request } = await a.api.peer({ server_name });
  await server.register(admin_request as AdminRequest);
  await clock.leap(soonMs);
  await anna.getByText('Connected.', { exact: true }).waitFor();
  await anna.getByText('"public_key_hex":').waitFor({ state: 'detached' });
});

test('a server that hides its page is added with its name, and with a key only if it has that key', {
  skip: noBrowser,
}, async (t) => {
  const clock = new LeapingClock();
  const a = await startLocalNode(t, { name: 'anna.test', ports: { ...systemPorts, clock } });
  const server = await StandInServer.start(t, { era: '3.x', allowsDiscovery: false, clock });
  const page = await openWindow(t, a, '#/server/connections', true);
  await addThroughScreen(page, server.url);
  const dialog = page.getByRole('dialog');
  const field = (name: string) => dialog.getByRole('textbox', { name });
  const add = () => dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await dialog.getByRole('alert').getByText('hides its page').waitFor();
  await dialog.getByText('It hides its page', { exact: true }).click();
  await field('Its name').fill('not a name');
  await add();
  await dialog.getByText('Enter a server name such as').waitFor();
  await field('Its name').fill(server.name);
  await field('Key ID').fill('ed25519:1');
  await field('Public key').fill('ab');
  await add();
  await dialog.getByText('64 lower-case hex digits').waitFor();
  await field('Key ID').fill(server.keyId);
  await field('Public key').fill(server.signer.publicKey.toUpperCase());
  await add();
  await page
    .getByRole('dialog', { name: `${server.name} was added` })
    .getByText('1 key saved.')
    .waitFor();
});
