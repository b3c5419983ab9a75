import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Page } from 'playwright';
import { said } from '../../../../shared/words/said.ts';
import { violations } from '../../../support/browser/axe.ts';
import { closeBrowser, noBrowser } from '../../../support/browser/browser.ts';
import { family, household, isIn, join, toMenu } from '../../../support/browser/household.ts';
import { password } from '../../../support/nodes/people.ts';
import { until } from '../../../support/until.ts';

const skip = noBrowser;
after(closeBrowser);

async function logIn(page: Page, name: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Your name' }).fill(name);
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByRole('button', { name: 'Log in' }).tap();
}

async function places(page: Page): Promise<string[]> {
  await toMenu(page);
  return page.getByRole('navigation', { name: 'Main menu' }).getByRole('link').allInnerTexts();
}

test('an admin runs the server at the entrance, without what only the machine may do', {
  skip,
}, async (t) => {
  const { node, owner, room_id } = await household(t);
  await node.api.changeSettings({ people_log_in: true });
  const { url } = await node.api.makeJoinLink({ role: 'admin', rooms: [room_id] });
  const page = await join(t, node, url, 'Ann');
  const at = async (hash: string) => {
    await page.goto(`${new URL(url).origin}/${hash}`);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await page.locator('[data-loading]').first().waitFor({ state: 'detached' });
    assert.deepEqual(await violations(page), [], hash);
    assert.equal(await page.getByText('Couldn’t load this').count(), 0, hash);
  };
  assert.deepEqual(await places(page), ['Chats', 'People', 'Server', 'Account']);
  const { width = 0 } = page.viewportSize() ?? {};
  for (const link of await page.getByRole('navigation', { name: 'Main menu' }).getByRole('link').all()) {
    const box = await link.boundingBox();
    assert.ok(box && box.x >= 0 && box.x + box.width <= width, 'nothing of the menu is cut off');
  }
  await page.getByRole('link', { name: 'Server' }).tap();
  const sections = page.getByRole('navigation', { name: 'Below Server' }).getByRole('link');
  await sections.first().waitFor();
  assert.deepEqual(await sections.allInnerTexts(), ['Connections', 'Deliveries', 'Network', 'About']);
  for (const hash of [
    '#/server',
    '#/server/connections',
    '#/server/deliveries',
    '#/server/network',
    '#/people',
  ])
    await at(hash);
  assert.equal(await page.getByRole('button', { name: 'Change' }).count(), 0);
  for (const hash of ['#/server/keys', '#/server/settings/tokens']) {
    await at(hash);
    await page.getByText('There’s nothing at this address').waitFor();
  }
  await at('#/people');
  const ben = await join(t, node, (await node.api.makeJoinLink({})).url);
  await page.getByRole('button', { name: 'More about ben' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'More about anna' }).count(), 0);
  await at(`#/people/${encodeURIComponent('@anna:anna.test')}`);
  await page.getByText('owner', { exact: true }).waitFor();
  assert.equal(await page.getByRole('heading', { name: 'Devices' }).count(), 0);
  await at(`#/people/${encodeURIComponent('@ben:anna.test')}`);
  await page.getByRole('button', { name: 'Log out Chrome, Linux' }).tap();
  await ben.getByRole('heading', { name: 'Log in to anna.test' }).waitFor();
  await page.getByText('Nowhere logged in.').waitFor();
  await owner.getByRole('listitem').filter({ hasText: '@ben' }).getByText('logged out').waitFor();
});

test('news of the server is shown to an admin, and to no member', { skip }, async (t) => {
  const { node, room_id, linkFor } = await family(t);
  const admin = await join(t, node, await linkFor('admin'), 'Ann');
  const member = await join(t, node, await linkFor(), 'Ben');
  const news = said('peer.event_conflict', { server: 'otto.test', event: '$1:otto.test' });
  node.node.changes.publish({ topic: 'notice', level: 'warning', said: news });
  const toast = (page: Page) => page.getByRole('status').filter({ hasText: 'otto.test' });
  await toast(admin).waitFor();
  assert.deepEqual(await violations(admin), []);
  // The news would have come to the member before what was published after it.
  await node.api.postMessage({ room_id, body: 'Soup at eight' });
  await member.getByText('Soup at eight').first().waitFor();
  assert.equal(await toast(member).count(), 0);
  await toast(admin).getByRole('button', { name: 'Open' }).tap();
  await admin.waitForURL(/#\/server$/);
});

test('the quiet hours of the owner don’t silence an admin', { skip }, async (t) => {
  const { node, room_id, linkFor } = await family(t);
  await node.api.changeSettings({ quiet_hours: { from: '00:00', to: '00:00' } });
  const page = await join(t, node, await linkFor('admin'), 'Ann');
  // Headless Chromium shows no notifications, so this records what the page asks for.
  await page.addInitScript(`
    window.shown = [];
    localStorage.setItem('notifications', 'on');
    window.Notification = class {
      static permission = 'granted';
      constructor(title) { window.shown.push(title); }
    };`);
  await toMenu(page);
  await page.reload();
  await isIn(page);
  await node.api.postMessage({ room_id, body: 'Soup at eight' });
  const shown = () => page.evaluate<string[]>('window.shown');
  await until([node], 'a notification', async () => (await shown()).length > 0);
  assert.deepEqual(await shown(), ['Family']);
});

test('a member finds somebody, sees the rooms they share, and writes to them in a direct chat', {
  skip,
}, async (t) => {
  const { node, linkFor } = await family(t);
  const url = await linkFor();
  const mia = await join(t, node, await linkFor(), 'mia');
  const page = await join(t, node, url);
  assert.deepEqual(await places(page), ['Chats', 'People', 'Account']);
  await page.getByRole('link', { name: 'People' }).tap();
  await page.getByRole('searchbox', { name: 'Find somebody' }).fill('mi');
  assert.deepEqual(await violations(page), []);
  await page.getByRole('link', { name: 'mia', exact: true }).tap();
  await page.getByRole('heading', { name: 'mia' }).waitFor();
  await page.getByRole('list', { name: 'Chats you share' }).getByRole('link', { name: 'Family' }).waitFor();
  assert.equal(await page.getByText('last seen').count(), 0, 'only owner and admins see that');
  assert.deepEqual(await violations(page), []);
  await page.getByRole('button', { name: 'Message' }).tap();
  await page.getByRole('textbox', { name: 'Message to mia' }).waitFor();
  await toMenu(mia);
  await mia.getByRole('link', { name: 'Chats', exact: true }).tap();
  await mia.getByText('wants to write with you').waitFor();
  assert.deepEqual(await violations(mia), []);
  await mia.getByRole('button', { name: 'Accept the chat with ben' }).tap();
  await mia.getByRole('textbox', { name: 'Message to ben' }).waitFor();
  // The same chat, from the page that the header leads to.
  await page.getByRole('link', { name: 'mia', exact: true }).tap();
  await page.getByRole('button', { name: 'Message' }).tap();
  await page.getByRole('textbox', { name: 'Message to mia' }).fill('Only for you');
  await page.getByRole('button', { name: 'Send' }).tap();
  await mia.getByRole('log').getByText('Only for you').waitFor();
  assert.deepEqual(await violations(mia), []);
  const menu = mia.getByRole('button', { name: 'More about this chat' });
  await menu.tap();
  assert.deepEqual(await mia.getByRole('menuitem').allTextContents(), [
    'Mute chat',
    'Hide chat',
    'Leave chat',
  ]);
  await mia.getByRole('menuitem', { name: 'Hide chat' }).tap();
  const row = mia.getByRole('list', { name: 'Direct' }).getByRole('link', { name: /^ben/ });
  await mia
    .getByRole('list', { name: 'Rooms' })
    .getByRole('link', { name: /^Family/ })
    .waitFor();
  await row.waitFor({ state: 'detached' });
  await page.getByRole('textbox').fill('Are you there?');
  await page.getByRole('button', { name: 'Send' }).tap();
  await row.waitFor();
  assert.deepEqual(await violations(mia), []);
});

test('somebody whose role changes is asked to log in at once, and then sees what the new one may', {
  skip,
}, async (t) => {
  const { node, owner, room_id } = await household(t);
  await node.api.changeSettings({ people_log_in: true });
  const page = await join(t, node, (await node.api.makeJoinLink({ rooms: [room_id] })).url);
  const become = async (role: string) => {
    await owner.getByRole('button', { name: 'More about ben' }).click();
    await owner.getByRole('menuitem', { name: 'Change role…' }).click();
    const dialog = owner.getByRole('dialog', { name: 'Role of ben' });
    await dialog.getByRole('combobox', { name: 'Role' }).selectOption(role);
    assert.deepEqual(await violations(owner), []);
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'Log in to anna.test' }).waitFor({ timeout: 5000 });
    await logIn(page, 'ben');
    await isIn(page);
    await toMenu(page);
    await owner.getByRole('listitem').filter({ hasText: '@ben' }).getByText(role).waitFor();
  };
  assert.deepEqual(await places(page), ['Chats', 'People', 'Account']);
  await become('admin');
  await page.getByRole('link', { name: 'Server' }).waitFor();
  await become('child');
  await page.getByRole('link', { name: 'Server' }).waitFor({ state: 'detached' });
  assert.deepEqual(await places(page), ['Chats', 'People', 'Account']);
  await page.getByRole('link', { name: 'Chats' }).tap();
  await page.getByRole('button', { name: 'Create a room' }).first().waitFor();
  // The node decides what a child may do; see test/integration/people/child.test.ts.
  assert.equal(
    (await node.api.accounts({})).items.find(({ user_id }) => user_id === '@ben:anna.test')?.role,
    'child',
  );
});

test('the owner reads about somebody on their page, and logs a device of theirs out', { skip }, async (t) => {
  const { node, owner, room_id } = await household(t);
  await node.api.changeSettings({ people_log_in: true });
  const page = await join(t, node, (await node.api.makeJoinLink({ rooms: [room_id] })).url, 'Ben');
  await owner.getByRole('link', { name: 'Ben', exact: true }).click();
  await owner.getByRole('heading', { name: 'Ben', level: 1 }).waitFor();
  await owner.getByText('member', { exact: true }).waitFor();
  assert.match(
    await owner.getByText('here since').innerText(),
    /^here since .+ · 1 device · last seen just now$/,
  );
  await owner.getByRole('list', { name: 'Chats you share' }).getByText('Family').waitFor();
  assert.deepEqual(await violations(owner), []);
  await owner.getByRole('button', { name: /^Log out Chrome/ }).click();
  await page.getByRole('heading', { name: 'Log in to anna.test' }).waitFor();
});
