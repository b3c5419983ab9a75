import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { violations } from '../../../support/browser/axe.ts';
import { closeBrowser, noBrowser, openConsole, openPage } from '../../../support/browser/browser.ts';
import { type LocalNode, startLocalNode } from '../../../support/nodes/local-node.ts';
import { reachable } from '../../../support/pairing/pairing.ts';
import { until } from '../../../support/until.ts';

after(closeBrowser);

test('a friend is invited to a new room, opens the link, and both are in the room', {
  skip: noBrowser,
}, async (t) => {
  const anna = await reachable(await startLocalNode(t, { name: 'anna.example' }));
  const ben = await reachable(await startLocalNode(t, { name: 'ben.example' }));
  const { page: annas } = await openConsole(t, anna, { path: '#/people' });
  await annas.getByRole('button', { name: 'Invite a friend' }).click();
  await annas.getByText('Options', { exact: true }).click();
  await annas.getByRole('radio', { name: '1 day' }).click();
  await annas.getByRole('button', { name: 'Create link' }).click();
  const link = await annas.getByLabel('Invite link').inputValue();
  assert.ok(link.length <= 180);
  const waiting = annas.getByRole('dialog');
  await waiting.getByText('Waiting for your friend').waitFor();
  await waiting.getByText('More', { exact: true }).click();
  const picture = await annas.getByRole('img', { name: 'The link as a QR code' }).screenshot();

  const { page: bens } = await openConsole(t, ben, { path: '#/people', expected: /Failed to load/ });
  await bens.getByRole('button', { name: 'Open an invite' }).click();
  const field = bens.getByRole('textbox', { name: 'Invite link' });
  await field.fill(link.slice(0, -30));
  await bens.getByText('Part of this link is missing').waitFor();
  assert.ok(await bens.getByRole('button', { name: 'Continue' }).isDisabled());

  await bens.getByText('I have a QR code').click();
  await bens.locator('input[type=file]').setInputFiles({
    name: 'photo.png',
    mimeType: 'image/png',
    buffer: picture,
  });
  await bens.getByRole('heading', { name: 'Join “Friends”?' }).waitFor();
  for (const said of ['anna', 'anna.example']) await bens.getByText(said, { exact: true }).waitFor();
  await bens.getByText('Details', { exact: true }).click();
  const { active_key } = await anna.api.status({});
  await bens.getByText(active_key?.fingerprint ?? 'none').waitFor();
  assert.deepEqual((await ben.api.peers({})).items, []);
  await bens.getByRole('dialog').getByRole('button', { name: 'Join' }).click();
  await bens.waitForURL(/#\/chats\//);
  await bens.getByRole('heading', { name: 'Friends' }).first().waitFor();

  await waiting.getByText('ben is here').waitFor();
  await waiting.getByRole('button', { name: 'Open “Friends”' }).click();
  await annas.waitForURL(/#\/chats\//);
  await bens.getByRole('textbox', { name: /message/i }).fill('Here I am');
  await bens.keyboard.press('Enter');
  await annas.getByText('Here I am').first().waitFor();
});

test('once a friend came, the dialog of an invite to a room says only that, with one button to the chat', {
  skip: noBrowser,
}, async (t) => {
  const anna = await reachable(await startLocalNode(t, { name: 'anna.example' }));
  const ben = await reachable(await startLocalNode(t, { name: 'ben.example' }));
  const { room_id } = await anna.api.createRoom({ name: 'Kitchen', join_rule: 'invite' });
  const { page } = await openConsole(t, anna, { path: `#/chats/${encodeURIComponent(room_id)}` });
  await page.getByRole('button', { name: 'More about this room' }).click();
  await page.getByRole('menuitem', { name: 'Invite a friend' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Where is your friend?').waitFor();
  await dialog.getByText('Waiting for your friend').waitFor();
  await ben.api.acceptPeerInvite({ link: await dialog.getByLabel('Invite link').inputValue() });
  await dialog.getByText('ben is here').waitFor();
  assert.equal(
    (await dialog.innerText()).replace(/\s+/g, ' ').trim(),
    'Invite a friend to “Kitchen” ben is here Open “Kitchen”',
  );
  await dialog.getByRole('button', { name: 'Open “Kitchen”' }).click();
  await dialog.waitFor({ state: 'detached' });
});

test('without a room, a link connects two servers, and each sees the other', {
  skip: noBrowser,
}, async (t) => {
  const anna = await reachable(await startLocalNode(t, { name: 'anna.example' }));
  const ben = await reachable(await startLocalNode(t, { name: 'ben.example' }));
  const { page: annas } = await openConsole(t, anna, { path: '#/people' });
  await annas.getByRole('button', { name: 'Invite a friend' }).first().click();
  await annas.getByRole('combobox', { name: 'Your friend joins' }).selectOption('No room yet');
  await annas.getByRole('button', { name: 'Create link' }).click();
  const link = await annas.getByLabel('Invite link').inputValue();
  const { page: bens } = await openConsole(t, ben, { path: '#/people' });
  await bens.getByRole('button', { name: 'Open an invite' }).click();
  await bens.getByRole('textbox', { name: 'Invite link' }).fill(link);
  await bens.getByRole('button', { name: 'Continue' }).click();
  await bens.getByRole('button', { name: 'Trust anna.example' }).click();
  await bens.getByText('anna.example and your server trust each other').waitFor();
  await bens.getByRole('button', { name: 'Done' }).click();
  await annas.getByRole('dialog').getByText('ben.example is here').waitFor();
  await annas.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await annas.getByRole('list', { name: 'Invites you sent' }).getByText('by ben.example').waitFor();
  for (const [page, name] of [
    [annas, 'ben.example'],
    [bens, 'anna.example'],
  ] as const)
    await page.getByRole('list', { name: 'Your friends' }).getByText(name).waitFor();
  await until([anna, ben], 'each connected', async () => {
    const states = await Promise.all(
      [anna, ben].map(async ({ api }) => (await api.peers({})).items[0]?.state),
    );
    return states.every((state) => state === 'ok');
  });
});

test('an invite from a room has its link at once; two windows accept it once', {
  skip: noBrowser,
}, async (t) => {
  const anna = await reachable(await startLocalNode(t, { name: 'anna.example' }));
  const ben = await startLocalNode(t, { name: 'ben.example' });
  const { room_id } = await anna.api.createRoom({ name: 'Kitchen', join_rule: 'invite' });
  const { page: annas } = await openConsole(t, anna, {
    path: `#/chats/${encodeURIComponent(room_id)}`,
    viewport: { width: 390, height: 844 },
  });
  await annas.getByRole('button', { name: 'More about this room' }).click();
  await annas.getByRole('menuitem', { name: 'Invite a friend' }).click();
  const link = await annas.getByLabel('Invite link').inputValue();
  assert.equal((await anna.api.peerInvites({})).items.length, 1);
  const {
    page: one,
    context,
    errors,
  } = await openConsole(t, ben, {
    path: '#/people',
    expected: /Failed to load/,
  });
  const other = await openPage(context, errors, /Failed to load/);
  await other.goto(`${ben.control}/#/people`);
  for (const page of [one, other]) {
    await page.getByRole('button', { name: 'Open an invite' }).click();
    await page.getByRole('textbox', { name: 'Invite link' }).fill(link);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('heading', { name: 'Join “Kitchen”?' }).waitFor();
  }
  await one.getByRole('dialog').getByRole('button', { name: 'Join' }).click();
  await one.waitForURL(/#\/chats\//);
  await other.getByRole('dialog').getByRole('button', { name: 'Join' }).click();
  await other
    .getByRole('alert')
    .getByText('This invite has already been used, and you are connected to anna.example.')
    .waitFor();
  assert.equal((await anna.api.peers({})).items.length, 1);
});

test('an invite can be shown again, and revoked after a confirmation', { skip: noBrowser }, async (t) => {
  const anna = await reachable(await startLocalNode(t, { name: 'anna.example' }));
  await anna.api.makePeerInvite({});
  const { page } = await openConsole(t, anna, { path: '#/people' });
  const menu = page.getByRole('button', { name: 'Invite actions' });
  await menu.click();
  await page.getByRole('menuitem', { name: 'Show' }).click();
  await page.getByRole('dialog').getByText('More', { exact: true }).click();
  await page.getByRole('img', { name: 'The link as a QR code' }).waitFor();
  await page.keyboard.press('Escape');
  await menu.click();
  await page.getByRole('menuitem', { name: 'Revoke' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await page.getByText('Revoked', { exact: true }).waitFor();
  assert.equal((await anna.api.peerInvites({})).items[0]?.status, 'revoked');
});

test('every usable invite is listed, no matter how many were made since', {
  skip: noBrowser,
}, async (t) => {
  const anna = await reachable(await startLocalNode(t, { name: 'anna.example' }));
  for (let made = 0; made < 7; made++) await anna.api.makePeerInvite({});
  const { page } = await openConsole(t, anna, { path: '#/people' });
  const list = page.getByRole('list', { name: 'Invites you sent' });
  await list.waitFor();
  assert.equal(await list.getByText('Not used yet').count(), 7);
});

test('an invite list that cannot be read says so', { skip: noBrowser }, async (t) => {
  const anna = await startLocalNode(t, { name: 'anna.example' });
  const { page } = await openConsole(t, anna, { expected: /ERR_/ });
  await page.route('**/api/v1/peer-invites*', (route) => route.abort());
  await page.goto(`${anna.control}/#/people`);
  await page.getByText('Couldn’t load this').waitFor();
  await page.unroute('**/api/v1/peer-invites*');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('Couldn’t load this').waitFor({ state: 'detached' });
});

test('a clipboard that refuses is reported', { skip: noBrowser }, async (t) => {
  const anna = await reachable(await startLocalNode(t, { name: 'anna.example' }));
  const { page } = await openConsole(t, anna, { path: '#/people' });
  await page.evaluate(`navigator.clipboard.writeText = () => Promise.reject(new Error('refused'))`);
  await page.getByRole('button', { name: 'Invite a friend' }).first().click();
  await page.getByRole('button', { name: 'Create link' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Copy for a messenger' }).click();
  await page.getByText('Couldn’t copy. Select the text and copy it yourself.').waitFor();
});

test('a friend who can be called answers the link of one who can’t, and both are in the room', {
  skip: noBrowser,
}, async (t) => {
  const permissions = ['clipboard-read', 'clipboard-write'];
  const anna = await startLocalNode(t, { name: 'anna.example' });
  const ben = await reachable(await startLocalNode(t, { name: 'ben.example' }));
  const { page: annas } = await openConsole(t, anna, { path: '#/people', permissions });
  await annas.getByRole('button', { name: 'Invite a friend' }).first().click();
  await annas.getByText('This computer can’t be reached from outside.').waitFor();
  assert.deepEqual(await violations(annas), []);
  await annas.getByRole('button', { name: 'Copy for a messenger' }).click();
  const asking = await annas.evaluate<string>('navigator.clipboard.readText()');

  const { page: bens } = await openConsole(t, ben, { path: '#/people', permissions });
  await bens.getByRole('button', { name: 'Open an invite' }).click();
  await bens.getByRole('textbox', { name: 'Invite link' }).fill(asking);
  await bens.getByRole('button', { name: 'Continue' }).click();
  await bens.getByRole('heading', { name: 'anna wants to chat in “Friends”' }).waitFor();
  assert.deepEqual((await ben.api.rooms({})).items, []);
  await bens.getByRole('button', { name: 'Create the answer' }).click();
  await bens.getByRole('heading', { name: 'Answer anna' }).waitFor();
  await bens.getByRole('button', { name: 'Copy for a messenger' }).click();
  const answer = await bens.evaluate<string>('navigator.clipboard.readText()');

  await annas.getByRole('textbox', { name: 'Your friend’s answer' }).fill(answer);
  await annas.getByRole('button', { name: 'Continue' }).click();
  await annas.getByRole('heading', { name: 'Join “Friends”?' }).waitFor();
  await annas.getByRole('button', { name: 'Join', exact: true }).click();
  await annas.waitForURL(/#\/chats\//);
  await bens.getByRole('button', { name: 'Open “Friends”' }).click();
  await annas.getByRole('textbox', { name: /message/i }).fill('Here I am');
  await annas.keyboard.press('Enter');
  await bens.getByText('Here I am').first().waitFor();
});

test('a link of the wrong kind is named, and nothing is called', { skip: noBrowser }, async (t) => {
  const anna = await startLocalNode(t, { name: 'anna.example' });
  const { page } = await openConsole(t, anna, { path: '#/people' });
  await page.getByRole('button', { name: 'Open an invite' }).click();
  const field = page.getByRole('textbox', { name: 'Invite link' });
  for (const [typed, said] of [
    ['hello', 'That isn’t an invite link'],
    ['paracord://room/!1%3Aben.example', 'That link leads to a room'],
    ['http://127.0.0.1:8449/#/login/abc', 'That link logs a browser in'],
    ['See https://ben.example/', 'That is the address of a page'],
    ['paracord://ask/abcd', 'Part of this link is missing'],
  ] as const) {
    await field.fill(typed);
    await page.getByText(said).waitFor();
    assert.ok(await page.getByRole('button', { name: 'Continue' }).isDisabled(), typed);
  }
});

test('an unanswered invite is shown, and can be canceled', {
  skip: noBrowser,
}, async (t) => {
  const anna = await reachable(await startLocalNode(t, { name: 'anna.example' }));
  const { link } = await anna.api.makePeerInvite({});
  const ben = await startLocalNode(t, { name: 'ben.example' });
  const { page } = await openConsole(t, ben, { path: '#/people' });
  await page.getByRole('button', { name: 'Open an invite' }).click();
  await page.getByRole('textbox', { name: 'Invite link' }).fill(link ?? '');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'Trust anna.example?' }).waitFor();
  await anna.stop();
  await page.getByRole('button', { name: 'Trust anna.example' }).click();
  await page.getByText('Waiting for anna.example').waitFor();
  await page.getByRole('button', { name: 'Done' }).click();
  const waiting = page.getByRole('list', { name: 'Invites you accepted' });
  await waiting.getByText('anna.example', { exact: true }).waitFor();
  await waiting.getByRole('button', { name: 'Invite actions' }).click();
  await page.getByRole('menuitem', { name: 'Cancel' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel invite' }).click();
  await waiting.waitFor({ state: 'detached' });
});

test('an invite is kept while either server is offline, and accepted once both are online', {
  skip: noBrowser,
}, async (t) => {
  const anna = await reachable(await startLocalNode(t, { name: 'anna.example' }));
  const { room_id } = await anna.api.createRoom({ name: 'Kitchen', join_rule: 'invite' });
  const { link } = await anna.api.makePeerInvite({ room_id });
  const { active_key } = await anna.api.status({});
  await anna.stop();

  const ben = await startLocalNode(t, { name: 'ben.example' });
  const host = new URL(anna.url).host;
  const { page, context, errors } = await openConsole(t, ben, {
    path: '#/people',
    expected: /Failed to load/,
  });
  await page.getByRole('button', { name: 'Open an invite' }).click();
  await page.getByRole('textbox', { name: 'Invite link' }).fill(link ?? '');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('alert').getByText(`at ${host}, can’t be reached right now`).waitFor();
  assert.deepEqual(await violations(page), []);
  await page.getByRole('button', { name: 'Keep trying' }).click();
  await page.getByRole('status').getByText('Your server keeps trying for 30 days').waitFor();
  await page
    .getByRole('status')
    .getByText(active_key?.fingerprint ?? 'none')
    .waitFor();
  await page.getByRole('button', { name: 'Done' }).click();
  const waiting = page.getByRole('list', { name: 'Invites you accepted' });
  await waiting.getByText(host, { exact: true }).waitFor();
  assert.deepEqual((await ben.api.peers({})).items, []);
  await page.goto('about:blank');
  await ben.stop();

  const portOf = (url: string) => Number(new URL(url).port);
  const again = (node: LocalNode) =>
    startLocalNode(t, {
      name: node.name,
      dataDir: node.dataDir,
      setUp: false,
      port: portOf(node.url),
      controlPort: portOf(node.control),
    });
  const annaAgain = await again(anna);
  const benAgain = await again(ben);
  const later = await openPage(context, errors, /Failed to load/);
  await later.goto((await benAgain.api.makeLoginLink({})).url);
  await later.locator('main#content').waitFor();
  await later.goto(`${benAgain.control}/#/chats`);
  await later.getByRole('link', { name: /^Kitchen/ }).waitFor();
  await later.goto(`${benAgain.control}/#/people`);
  await later
    .getByRole('list', { name: 'Your friends' })
    .getByRole('link', { name: 'anna', exact: true })
    .waitFor();
  await until([annaAgain, benAgain], 'nothing waits, and each is a peer', async () => {
    const { items } = await benAgain.api.waitingAcceptances({});
    const peers = (await annaAgain.api.peers({})).items.map(({ server_name }) => server_name);
    return items.length === 0 && peers.join() === 'ben.example';
  });
});

test('an address that is set after an invite was opened is sent to the other server automatically', {
  skip: noBrowser,
}, async (t) => {
  const anna = await reachable(await startLocalNode(t, { name: 'anna.example' }));
  const ben = await startLocalNode(t, { name: 'ben.example' });
  const { link } = await anna.api.makePeerInvite({});
  await ben.api.acceptPeerInvite({ link: link ?? '' });
  const { page: annas } = await openConsole(t, anna, { path: '#/server/connections/ben.example' });
  await annas.locator('code', { hasText: 'unknown' }).waitFor();
  await ben.api.changeSettings({ public_url: ben.url });
  await annas.locator('code', { hasText: ben.url }).waitFor();
  await annas.getByText('Connected.', { exact: true }).waitFor();
});
