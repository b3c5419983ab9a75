import { after, test } from 'node:test';
import type { Locator, Page } from 'playwright';
import { closeBrowser, noBrowser, openConsole } from '../../../support/browser/browser.ts';
import { again, threeServers } from '../../../support/nodes/three-servers.ts';

const skip = noBrowser;
after(closeBrowser);

const said = (page: Page, body: string): Locator => page.getByRole('article').filter({ hasText: body });
const tick = (page: Page, body: string, name: string): Locator =>
  said(page, body).getByRole('button', { name, exact: true });

async function say(page: Page, body: string): Promise<void> {
  const composer = page.getByRole('textbox', { name: /^Message to / });
  await composer.fill(body);
  await composer.press('Enter');
  await said(page, body).waitFor();
}

/** To look at it: `PICTURES_DIR=… npm test -- console-receipts`. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.PICTURES_DIR;
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png` });
}

test('a message in a room homed elsewhere shows that the home has it, then which servers have it, and why one doesn’t', {
  skip,
}, async (t) => {
  const { a, c, room, reports } = await threeServers(t, ['anna.test', 'ben.test', 'carla.test']);
  const path = `#/chats/${encodeURIComponent(room)}`;
  for (const colorScheme of ['light', 'dark'] as const) {
    const member = colorScheme === 'light' ? c : await again(t, c);
    const { page } = await openConsole(t, a, { path, colorScheme });
    await say(page, `${colorScheme}: is everybody here?`);
    await tick(page, `${colorScheme}: is everybody here?`, 'Delivered to both other servers').waitFor();

    await member.stop();
    const body = `${colorScheme}: who is away?`;
    // Or the report might come before the screen has shown that the home has it.
    reports.hold();
    await say(page, body);
    await tick(page, body, 'Delivered to ben’s server').click();
    const popover = page.getByRole('dialog', { name: 'Delivery' });
    await popover.getByText('Delivered to ben’s server.', { exact: true }).waitFor();
    await popover.getByText('Not known yet whether carla’s server has it.').waitFor();
    await picture(page, `handed-${colorScheme}`);
    reports.release();
    // The popover changes while it is open.
    await popover.getByText('Delivered to 1 of 2 other servers.').waitFor();
    await popover.getByText(/Not delivered yet\. The room’s server can’t reach it\. Next try/).waitFor();
    await popover.getByText('Delivered.', { exact: true }).waitFor();
    await picture(page, `away-${colorScheme}`);
    await page.keyboard.press('Escape');
    await tick(page, body, 'Waiting for another server').waitFor();

    await page.goto(`${a.control}/#/server/deliveries`);
    await page.getByText(/^ben still has to deliver 1 event to carla\./).waitFor();
    if (await page.getByText('Everything is delivered').isVisible())
      throw new Error('says that everything is delivered while carla.test lacks a message');
    await picture(page, `lacking-${colorScheme}`);

    const back = await again(t, member);
    await page.getByRole('heading', { name: 'Nothing to send' }).waitFor();
    await page.goto(`${a.control}/${path}`);
    await tick(page, body, 'Delivered to both other servers').waitFor();
    if (colorScheme === 'light') await back.stop();
  }
});
