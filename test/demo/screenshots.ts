/**
 * Pictures of every screen, light and dark, wide and narrow: `npm run screenshots -- FOLDER [SCREEN [LOCALE]]`. For
 * looking at.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
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
    await picture(fresh, [['welcome', '#/welcome']]);
  }
}
await closeBrowser();
for (const end of ends.reverse()) await end();
process.exit();
