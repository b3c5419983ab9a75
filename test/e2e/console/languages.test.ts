import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright';
import { closeBrowser, noBrowser, openConsole, settled } from '../../support/browser/browser.ts';
import { everyScreen } from '../../support/browser/screen-list.ts';
import { unmarkedWords } from '../../support/browser/unmarked-words.ts';
import { type LivelyWorld, livelyWorld } from '../../support/ground/lively-world.ts';
import { type LocalNode, startLocalNode } from '../../support/ground/local-node.ts';

/** Shared by the tests of this file; ends with the last. */
const ends: (() => unknown)[] = [];
let world: LivelyWorld;
let fresh: LocalNode;
before(async () => {
  if (noBrowser) return;
  const t = { after: (end: unknown) => ends.push(end as () => unknown) };
  world = await livelyWorld(t);
  fresh = await startLocalNode(t, { name: 'new.example', setUp: false });
});
after(async () => {
  await closeBrowser();
  for (const end of ends.reverse()) await end();
});

/** English with marks around every message of a catalog: what has no marks is not translated. */
const pseudo = 'en-XA';

async function show(page: Page, node: LocalNode, path: string): Promise<void> {
  await page.goto(`${node.control}/${path}`);
  await settled(page);
}

/** What the people of this world typed and how they are called: data, whatever the language. */
async function typedIn({ anna, ben }: LivelyWorld): Promise<string[]> {
  const typed = new Set(['anna', 'ben', 'cleo', 'dora', 'mallory', 'spam', 'example', 'English', 'Deutsch']);
  for (const { api } of [anna, ben]) {
    for (const room of (await api.rooms({})).items) {
      typed.add(room.name);
      for (const { name } of (await api.room({ room_id: room.room_id })).channels) typed.add(name);
      for (const { body } of (await api.timeline({ room_id: room.room_id })).items)
        typed.add((body ?? '').replace(/\s+/g, ' '));
    }
    for (const { display_name, user_id } of (await api.users({})).items) typed.add(display_name).add(user_id);
    typed.add((await api.status({})).version);
    for (const { fingerprint } of (await api.keys({})).items) typed.add(fingerprint);
    for (const { name } of (await api.tokens({})).items) typed.add(name);
  }
  return [...typed].filter((text) => text.length > 1);
}

/** What no catalog says yet, and why: empty when all of it has moved to shared/words. */
const notYet: readonly (readonly [screen: RegExp, text: RegExp])[] = [
  // The screens of rooms, peers and deliveries.
  [/^(?:rooms?|peers?|deliver)/, /./],
  // Sentences of the node.
  [/^overview$/, /reached right now|cannot be reached|Nothing listens|step by step|waits for your|are held|Release or/],
  [/^settings-network$/, /The federation listener takes|Put a reverse proxy/],
];

async function untranslated(page: Page, name: string, typed: readonly string[]): Promise<string[]> {
  const left = await unmarkedWords(page, typed);
  return left
    .filter((text) => !notYet.some(([screen, told]) => screen.test(name) && told.test(text)))
    .map((text) => `${name}: ${text}`);
}

test('every screen speaks the reader’s language only', { skip: noBrowser }, async (t) => {
  const { page } = await openConsole(t, world.anna, { locale: pseudo });
  const typed = await typedIn(world);
  const found: string[] = [];
  for (const [name, path] of everyScreen(world)) {
    await show(page, world.anna, path);
    found.push(...(await untranslated(page, name, typed)));
  }
  assert.deepEqual(found, []);
});
