import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from 'playwright';
import { closeBrowser, noBrowser, openConsole, settled } from '../../../support/browser/browser.ts';
import { fakeCamera } from '../../../support/browser/camera.ts';
import { everyScreen } from '../../../support/browser/screen-list.ts';
import { type LivelyWorld, livelyWorld } from '../../../support/nodes/lively-world.ts';
import { startLocalNode } from '../../../support/nodes/local-node.ts';

/** Shared by the tests of this file; ends with the last. */
const ends: (() => unknown)[] = [];
let world: LivelyWorld;
before(async () => {
  if (!noBrowser) world = await livelyWorld({ after: (end) => ends.push(end as () => unknown) });
});
after(async () => {
  await closeBrowser();
  for (const end of ends.reverse()) await end();
});

/** A menu or a popover opens over all landmarks and belongs to none. */
const overAll = ['region'];

/**
 * What axe finds, one line each, with the element it is about. In the page itself: by default axe opens another page
 * for its report, to include frames of other origins, and the console has no frames.
 */
async function violations(page: Page, without: string[] = []): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode()
    .options({ resultTypes: ['violations'] })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .disableRules(without)
    .analyze();
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 160)}`),
  );
}

/** Each color scheme and each width once; `npm run test:looks` runs every combination. */
const everyLook = process.env.EVERY_CASE === '1';

for (const colorScheme of ['light', 'dark'] as const) {
  for (const [size, viewport, pairedWith] of [
    ['wide', { width: 1280, height: 800 }, 'light'],
    ['narrow', { width: 390, height: 800 }, 'dark'],
  ] as const) {
    if (!everyLook && colorScheme !== pairedWith) continue;
    test(`every screen is accessible, ${colorScheme} and ${size}`, { skip: noBrowser }, async (t) => {
      const { page } = await openConsole(t, world.anna, { colorScheme, viewport, reducedMotion: 'reduce' });
      for (const [name, path] of everyScreen(world)) {
        await page.goto(`${world.anna.control}/${path}`);
        await settled(page);
        assert.deepEqual(await violations(page), [], name);
        const sideways = await page.evaluate<number>(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        assert.equal(sideways, 0, `${name} is wider than its window`);
      }
    });
  }

  test(`what opens over a screen is accessible, ${colorScheme}`, { skip: noBrowser }, async (t) => {
    const { page } = await openConsole(t, world.anna, {
      colorScheme,
      reducedMotion: 'reduce',
      args: fakeCamera(t, 'no invite').args,
      permissions: ['camera'],
    });
    const go = async (path: string) => {
      await page.goto(`${world.anna.control}/${path}`);
      await settled(page);
    };
    await go('#/peers');
    await page.getByRole('button', { name: 'Open an invite' }).click();
    await page.getByRole('dialog').waitFor();
    assert.deepEqual(await violations(page), [], 'invite dialog');
    await page.getByRole('button', { name: 'Use the camera' }).click();
    await page.getByText('This QR code isn’t an invite').waitFor();
    assert.deepEqual(await violations(page), [], 'invite dialog with the camera');
    await page.keyboard.press('Escape');
    await go(`#/rooms/${encodeURIComponent(world.roomId)}`);
    await page.getByRole('button', { name: 'More about this room' }).click();
    await page.getByRole('menu').waitFor();
    assert.deepEqual(await violations(page, overAll), [], 'room menu');
    await page.keyboard.press('Escape');
    await page.getByRole('article').last().hover();
    await page.getByRole('button', { name: 'React' }).first().click();
    await page.getByRole('dialog').waitFor();
    assert.deepEqual(await violations(page, overAll), [], 'emoji popover');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /^Members/ }).click();
    await page.getByRole('complementary', { name: 'Members' }).waitFor();
    assert.deepEqual(await violations(page), [], 'members');
  });

  test(`the wizard and the login are accessible, ${colorScheme}`, { skip: noBrowser }, async (t) => {
    const fresh = await startLocalNode(t, { name: 'new.example', setUp: false });
    const { page, context } = await openConsole(t, fresh, {
      colorScheme,
      reducedMotion: 'reduce',
      expected: /status of 401/,
    });
    await page.getByRole('heading', { level: 1 }).waitFor();
    for (const place of ['start', 'invited', 'restore', 'name']) {
      await page.goto(`${fresh.control}/#/welcome/${place}`);
      await settled(page);
      assert.deepEqual(await violations(page), [], place);
    }
    await page.getByRole('textbox', { name: 'Server name' }).fill('new.example');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('heading', { name: 'Is this name right?' }).waitFor();
    assert.deepEqual(await violations(page), [], 'confirm');
    await context.clearCookies();
    await page.goto(`${fresh.control}/#/login`);
    await page.reload();
    await page.getByRole('heading', { name: 'Log in to the console' }).waitFor();
    assert.deepEqual(await violations(page), [], 'login');
  });
}
