/**
 * Pictures of every screen, light and dark, in four sizes: `npm run screenshots -- FOLDER [SCREEN [LOCALE]]`. For
 * looking at.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { wordsIn } from '../../shared/words/words.ts';
import { type ConsoleOptions, closeBrowser, openConsole, settled } from '../support/browser/browser.ts';
import { fakeCamera } from '../support/browser/camera.ts';
import { overlays } from '../support/browser/overlays.ts';
import { everyScreen } from '../support/browser/screen-list.ts';
import { buildScreens, seeToBrowser } from '../support/browser/screens.ts';
import { type See, stories } from '../support/browser/stories.ts';
import { livelyWorld } from '../support/nodes/lively-world.ts';

const [folder = 'screenshots', only = '', locale = 'en-US'] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
seeToBrowser();
buildScreens();

const ends: (() => unknown)[] = [];
const t = { after: (end: unknown) => void ends.push(end as () => unknown) } as Parameters<
  typeof openConsole
>[0];
const world = await livelyWorld(t);
const others = await stories(t);

const wide = { viewport: { width: 1280, height: 800 } } as const;
const narrow = { viewport: { width: 390, height: 800 } } as const;
const looks = [
  ['wide-light', { ...wide, colorScheme: 'light' }],
  ['wide-dark', { ...wide, colorScheme: 'dark' }],
  ['narrow-light', { ...narrow, colorScheme: 'light' }],
  ['narrow-dark', { ...narrow, colorScheme: 'dark' }],
  ['huge', { viewport: { width: 1920, height: 1080 } }],
  // 200 % in a window of 1280 × 800.
  ['zoomed', { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }],
] as const;
const withCamera = async (window: ConsoleOptions) => {
  const { args } = fakeCamera('no invite');
  return (await openConsole(t, world.anna, { ...window, args, permissions: ['camera'] })).page;
};
for (const [look, options] of looks) {
  const see: See = async (name, page) => {
    if (name.startsWith(only)) await page.screenshot({ path: join(folder, `${name}-${look}.png`) });
  };
  const window = { ...options, locale, reducedMotion: 'reduce' } as const;
  const { page } = await openConsole(t, world.anna, window);
  for (const [name, path] of everyScreen(world)) {
    if (!name.startsWith(only)) continue;
    await page.goto(`${world.anna.control}/${path}`);
    await settled(page);
    await see(name, page);
  }
  // A dialog looks the same in a larger window.
  for (const overlay of 'colorScheme' in options ? overlays(world, wordsIn(locale)) : []) {
    const picture = `over-${overlay.name.replaceAll(' ', '-')}`;
    if (!picture.startsWith(only)) continue;
    const over = overlay.hasCamera ? await withCamera(window) : page;
    await over.goto('about:blank');
    await over.goto(`${world.anna.control}/${overlay.path}`);
    await settled(over);
    await overlay.open(over);
    await see(picture, over);
  }
  for (const story of others) await story.play(t, window, see);
}
await closeBrowser();
for (const end of ends.reverse()) await end();
process.exit();
