import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Page } from 'playwright';
import { violations } from '../../../support/browser/axe.ts';
import {
  launchBrowser,
  noBrowser,
  openConsole,
  settled,
  wholeFile,
} from '../../../support/browser/browser.ts';
import { fakeCamera } from '../../../support/browser/camera.ts';
import { everyCase } from '../../../support/browser/every-case.ts';
import { overlays } from '../../../support/browser/overlays.ts';
import { everyScreen } from '../../../support/browser/screen-list.ts';
import { type See, type Story, stories } from '../../../support/browser/stories.ts';
import { type LivelyWorld, livelyWorld } from '../../../support/nodes/lively-world.ts';

/** Shared by the tests of this file. */
const file = wholeFile();
let world: LivelyWorld;
before(async () => {
  if (!noBrowser) world = await livelyWorld(file);
});
let telling: Promise<readonly Story[]> | undefined;
const tellStories = () => (telling ??= stories(file));

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });

/** A menu or a popover opens over all landmarks and belongs to none. */
const overAll = ['region'];

/**
 * Half of the screens light and wide, the others dark and narrow, and every second story; `npm run test:looks` takes
 * every screen and story in every look, every dialog and every tab stop.
 */
const looks = [
  { look: 'light and wide', colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  { look: 'dark and narrow', colorScheme: 'dark', viewport: { width: 390, height: 800 } },
  { look: 'dark and wide', colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
  { look: 'light and narrow', colorScheme: 'light', viewport: { width: 390, height: 800 } },
] as const;

/** Controls that are hard to hit with a finger: less than 36 pixels, except links in a sentence. */
const tooSmall = `[...document.querySelectorAll('a[href], button, summary, input, select, textarea')]
  .filter((one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: false }))
  .filter((one) => !one.closest('.skip') && getComputedStyle(one).display !== 'inline')
  .filter((one) => {
    // A small control may have a larger touch target, and the label of a checkbox is part of it.
    const target = one.closest('label') ?? one;
    const { width, height } = target.getBoundingClientRect();
    const [wider, higher] = ['width', 'height'].map((side) => parseFloat(getComputedStyle(target, '::after')[side]) || 0);
    return width > 1 && (Math.max(width, wider) < 36 || Math.max(height, higher) < 36);
  })
  .map((one) => one.outerHTML.slice(0, 120))`;

/** Whether the focus can be seen: on the element, on the row it fills, or on the field around it. */
const focusOf = `(() => {
  const one = document.activeElement;
  const styles = [getComputedStyle(one), getComputedStyle(one, '::after'), getComputedStyle(one.parentElement ?? one)];
  return {
    name: one === document.body ? 'body' : one.outerHTML.slice(0, 120),
    seen: styles.some(({ outlineStyle }) => outlineStyle !== 'none'),
  };
})()`;

/** Goes through the page by Tab until it is back at its beginning, and returns the stops without a visible focus. */
async function unseenStops(page: Page): Promise<string[]> {
  const unseen: string[] = [];
  const stopsMax = 120;
  for (let stop = 0; stop < stopsMax; stop++) {
    await page.keyboard.press('Tab');
    const { name, seen } = await page.evaluate<{ name: string; seen: boolean }>(focusOf);
    if (name === 'body') return unseen;
    if (!seen && !name.startsWith('<main')) unseen.push(name);
  }
  return [...unseen, `more than ${stopsMax} stops: Tab is caught`];
}

/** The rest is behind a disclosure. */
async function isOneSentence(page: Page, name: string): Promise<void> {
  const explained = page.locator('[data-dialog-description]');
  if ((await explained.count()) === 0) return;
  const sentences = [...segmenter.segment((await explained.innerText()).trim())];
  assert.equal(sentences.length, 1, `${name} says what it does in one sentence`);
}

async function lookOver(page: Page, name: string, isNarrow: boolean): Promise<void> {
  const isOpen = (await page.getByRole('dialog').count()) > 0;
  assert.deepEqual(await violations(page), [], name);
  const sideways = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  assert.equal(sideways, 0, `${name} is wider than its window`);
  await isOneSentence(page, name);
  if (isNarrow) assert.deepEqual(await page.evaluate(tooSmall), [], `small on ${name}`);
  // In a dialog, Tab goes round.
  if (everyCase && !isOpen) assert.deepEqual(await unseenStops(page), [], `focus on ${name}`);
}

for (const [at, { look, ...window }] of looks.entries()) {
  if (!everyCase && at > 1) continue;
  const hasTurn = (_: unknown, index: number) => everyCase || index % 2 === at;
  const inLook = { ...window, reducedMotion: 'reduce' } as const;
  const isNarrow = window.viewport.width < 720;
  test(`screens are accessible, ${look}`, { skip: noBrowser }, async (t) => {
    const { page } = await openConsole(t, world.anna, inLook);
    for (const [name, path] of everyScreen(world).filter(hasTurn)) {
      await page.goto(`${world.anna.control}/${path}`);
      await settled(page);
      await lookOver(page, name, isNarrow);
    }
  });

  test(`menus and dialogs over a screen are accessible, ${look}`, { skip: noBrowser }, async (t) => {
    const { page: plain } = await openConsole(t, world.anna, inLook);
    const camera = async () => {
      const { args } = fakeCamera('no invite');
      const { page } = await openConsole(t, world.anna, { ...inLook, args, permissions: ['camera'] });
      return page;
    };
    const all = overlays(world);
    for (const overlay of everyCase ? all : all.slice(2 * at, 2 * at + 2)) {
      const { name, path, open, isFloating } = overlay;
      const page = overlay.hasCamera ? await camera() : plain;
      await page.goto('about:blank');
      await page.goto(`${world.anna.control}/${path}`);
      await settled(page);
      await open(page);
      assert.deepEqual(await violations(page, isFloating ? overAll : []), [], name);
      await isOneSentence(page, name);
    }
  });

  test(`the screens of newcomers, members and owners in trouble are accessible, ${look}`, {
    skip: noBrowser,
  }, async (t) => {
    const see: See = (name, page) => lookOver(page, name, isNarrow);
    const told = await tellStories();
    // They take longer than everything else here.
    const played = everyCase ? told : told.filter((_, index) => index % 4 === at);
    for (const story of played) await story.play(t, inLook, see);
  });
}

test('an emoji is drawn in color, even on a system without emoji', { skip: noBrowser }, async () => {
  // Without a login: the fonts are the same, and the style of the page may not be changed from outside.
  const page = await (await launchBrowser()).newPage();
  await page.goto(`${world.anna.control}/#/login`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  const colored = await page.evaluate<number>(`(async () => {
    const context = document.createElement('canvas').getContext('2d');
    context.font = '40px ' + getComputedStyle(document.body).fontFamily;
    await document.fonts.load(context.font, '🎉');
    context.fillText('🎉', 10, 60);
    const { data } = context.getImageData(0, 0, 100, 100);
    return data.filter((_, at) => at % 4 === 0 && Math.abs(data[at] - data[at + 2]) > 60).length;
  })()`);
  assert.ok(colored > 50, `${colored} colored pixels`);
  await page.close();
});
