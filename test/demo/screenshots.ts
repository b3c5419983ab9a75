/**
 * Pictures of every screen, light and dark, wide and narrow: `npm run screenshots -- FOLDER [SCREEN [LOCALE]]`. For
 * looking at.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { writeAskLink } from '../../shared/protocol/invites/ask-link.ts';
import { wordsIn } from '../../shared/words/words.ts';
import { closeBrowser, openConsole, settled } from '../support/browser/browser.ts';
import { everyScreen } from '../support/browser/screen-list.ts';
import { buildScreens, seeToBrowser } from '../support/browser/screens.ts';
import { livelyWorld } from '../support/nodes/lively-world.ts';
import { startLocalNode } from '../support/nodes/local-node.ts';

const [folder = 'screenshots', only = '', locale = 'en-US'] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
seeToBrowser();
buildScreens();

const ends: (() => unknown)[] = [];
const t = { after: (end: unknown) => void ends.push(end as () => unknown) } as Parameters<
  typeof openConsole
>[0];
const world = await livelyWorld(t);
const fresh = await startLocalNode(t, { name: 'new.example', setUp: false });

const [called, hidden] = await Promise.all(
  ['anna.example', 'dora.example'].map((name) => startLocalNode(t, { name })),
);
if (!called || !hidden) throw new Error('no nodes');
await called.api.changeSettings({ public_url: called.url });

/** The screens that only a newcomer sees. */
async function firstRun(
  look: Parameters<typeof openConsole>[2],
  keep: (name: string, page: Page) => unknown,
): Promise<void> {
  if (!called || !hidden) return;
  const { page } = await openConsole(t, fresh, { ...look, ownWindow: true, path: '#/welcome/start' });
  const words = wordsIn(locale).welcome;
  const button = (name: string) => page.getByRole('button', { name }).click();
  await settled(page);
  await keep('welcome', page);
  await page.getByRole('textbox').fill('Änne Groß');
  await keep('welcome-named', page);
  await button(words.start.start);
  await settled(page);
  await keep('welcome-where', page);
  await page.goto(`${fresh.control}/#/welcome/name`);
  await settled(page);
  await keep('welcome-name', page);
  await page.goto(`${fresh.control}/#/welcome/invited`);
  await settled(page);
  await keep('welcome-invited', page);
  const room =
    (await called.api.rooms({})).items[0] ??
    (await called.api.createRoom({ name: 'Kitchen', join_rule: 'invite' }));
  const { link } = await called.api.makePeerInvite({ room_id: room.room_id });
  const asking = writeAskLink({
    from: 'Dora',
    server: 'dora.example',
    room: 'Friends',
    expires: Date.now() + 6e8,
  });
  for (const [name, typed] of [
    ['welcome-join', link ?? ''],
    ['welcome-asked', asking],
  ] as const) {
    await page.getByRole('textbox').fill(typed);
    await page.locator('button[type=submit]').click();
    await page.getByRole('textbox').waitFor({ state: 'detached' });
    await keep(name, page);
    await button(wordsIn(locale).common.back);
  }
  for (const [name, node] of [
    ['welcome-send', called],
    ['welcome-ask', hidden],
  ] as const) {
    const { page } = await openConsole(t, node, { ...look, ownWindow: true, path: '#/welcome/send' });
    await page.getByRole('textbox').first().waitFor();
    await settled(page);
    await keep(name, page);
    await page.goto(`${node.control}/#/people`);
    await page
      .getByRole('button', { name: wordsIn(locale).invites.make.open })
      .first()
      .click();
    await page.getByRole('dialog').getByRole('heading').waitFor();
    await keep(name.replace('welcome', 'dialog'), page);
  }
}

for (const colorScheme of ['light', 'dark'] as const) {
  for (const [size, viewport] of [
    ['wide', { width: 1280, height: 800 }],
    ['narrow', { width: 390, height: 800 }],
  ] as const) {
    const look = { colorScheme, viewport, locale, reducedMotion: 'reduce' } as const;
    const wanted = ([name]: readonly [string, string]) => name.startsWith(only);
    const picture = async (node: typeof fresh, screens: readonly (readonly [string, string])[]) => {
      const { page } = await openConsole(t, node, look);
      for (const [name, path] of screens.filter(wanted)) {
        await page.goto(`${node.control}/${path}`);
        await settled(page);
        await page.screenshot({ path: join(folder, `${name}-${size}-${colorScheme}.png`) });
      }
    };
    await picture(world.anna, everyScreen(world));
    await firstRun(look, (name, page) =>
      wanted([name, ''])
        ? page.screenshot({ path: join(folder, `${name}-${size}-${colorScheme}.png`) })
        : null,
    );
  }
}
await closeBrowser();
for (const end of ends.reverse()) await end();
process.exit();
