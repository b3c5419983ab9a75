/**
 * `npm run demo -- household [FOLDER]`: from the owner's click on “Add someone” to the first message of a member on a
 * phone: a browser of a phone's size, with touch. Counts taps and seconds, and fails beyond the most that it should take.
 * FOLDER keeps a picture of each step, and all of them in one strip.
 */
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Locator, Page } from 'playwright';
import { closeBrowser, launchBrowser } from '../support/browser/browser.ts';
import { buildScreens, seeToBrowser } from '../support/browser/screens.ts';
import { startLocalNode } from '../support/nodes/local-node.ts';
import { password } from '../support/nodes/people.ts';

const tapsMax = 4;
const secondsMax = 60;

const folder = process.argv[3] ?? mkdtempSync(join(tmpdir(), 'paracord-household-'));
const ends: (() => unknown)[] = [];
const t: Pick<TestContext, 'after'> = { after: (end) => void ends.push(end as () => unknown) };
const pictures: { readonly what: string; readonly file: string; readonly isPhone: boolean }[] = [];
let startedAt = 0;
let taps = 0;
let typed = 0;

function report(what: string): void {
  console.log(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${what}`);
}

async function picture(page: Page, what: string, isPhone: boolean): Promise<void> {
  const file = `${String(pictures.length + 1).padStart(2, '0')}.png`;
  await page.screenshot({ path: join(folder, file) });
  pictures.push({ what, file, isPhone });
}

async function tap(page: Page, who: string, what: string, target: Locator): Promise<void> {
  await target.waitFor();
  await picture(page, `${who}: ${what}`, who === 'Ben');
  await (who === 'Ben' ? target.tap() : target.click());
  taps++;
  report(`${who.padEnd(5)} taps ${what}`);
}

async function type(who: string, what: string, field: Locator, text: string): Promise<void> {
  await field.fill(text);
  typed++;
  report(`${who.padEnd(5)} types ${what}`);
}

async function household(): Promise<void> {
  const node = await startLocalNode(t, { name: 'anna.test', bySetting: true });
  const url = `https://anna.test:${new URL(node.url).port}`;
  await node.api.changeSettings({ tls: { mode: 'self-signed' }, public_url: url });
  await node.api.createRoom({ name: 'Family', join_rule: 'invite' });
  const args = ['--host-resolver-rules=MAP anna.test 127.0.0.1', '--ignore-certificate-errors'];
  const browser = await launchBrowser(args, true);
  const anna = await browser.newPage({ viewport: { width: 1100, height: 760 }, locale: 'en-GB' });
  const ben = await browser.newPage({
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
    locale: 'en-GB',
  });
  const { url: login } = await node.api.makeLoginLink({});
  await anna.goto(login);
  await anna.locator('main#content').waitFor();
  await anna.goto(`${node.control}/#/people`);
  const add = anna.getByRole('button', { name: 'Add someone' });
  await add.waitFor();

  startedAt = performance.now();
  await tap(anna, 'Anna', '“Add someone”', add);
  await tap(anna, 'Anna', '“Create link”', anna.getByRole('button', { name: 'Create link' }));
  const dialog = anna.getByRole('dialog');
  await dialog.getByRole('img', { name: 'Add someone' }).waitFor();
  await picture(anna, 'Anna: the link, to scan', false);
  const link = await dialog.locator('code').innerText();
  report('Ben   scans the link');
  await ben.goto(link);
  await type('Ben', 'his name', ben.getByRole('textbox', { name: 'Your name' }), 'Ben');
  await type('Ben', 'a password', ben.getByRole('textbox', { name: 'Password' }), password);
  await tap(ben, 'Ben', '“Join”', ben.getByRole('button', { name: 'Join' }));
  await ben.getByRole('heading', { name: 'Family' }).waitFor();
  await type('Ben', 'a message', ben.getByRole('textbox'), 'Soup tonight?');
  await tap(ben, 'Ben', '“Send”', ben.getByRole('button', { name: 'Send' }));
  await ben.locator('main').getByText('Soup tonight?').first().waitFor();
  await picture(ben, 'Ben: the room', true);
  await dialog.getByText('has joined').waitFor();
  await picture(anna, 'Anna: who joined', false);
  await dialog.getByRole('button', { name: 'Open “Family”' }).click();
  await anna.getByText('Soup tonight?').first().waitFor();
  const seconds = (performance.now() - startedAt) / 1000;
  await picture(anna, 'Anna: the message', false);
  report('Anna  sees the message');

  const cells = pictures.map(({ what, file, isPhone }) => {
    const data = readFileSync(join(folder, file)).toString('base64');
    const look = isPhone ? 'phone' : 'desk';
    return `<figure class="${look}"><img src="data:image/png;base64,${data}"><figcaption>${what}</figcaption></figure>`;
  });
  const strip = await browser.newPage({ viewport: { width: 1340, height: 800 } });
  await strip.setContent(
    `<style>body { display: flex; flex-wrap: wrap; gap: 16px; margin: 16px; background: #eee; font: 14px system-ui; }
    figure { margin: 0; } img { height: 420px; border: 1px solid #bbb; }</style>${cells.join('')}`,
  );
  await strip.screenshot({ path: join(folder, 'film-strip.png'), fullPage: true });
  console.log(
    `\n${taps} taps of both (2 of them Anna’s), a name, a password and a message, ${seconds.toFixed(1)} s\n\nPictures: ${folder}`,
  );
  if (taps > tapsMax || typed > 3 || seconds > secondsMax) process.exitCode = 1;
}

mkdirSync(folder, { recursive: true });
seeToBrowser();
buildScreens();
try {
  await household();
} finally {
  await closeBrowser();
  for (const end of ends.reverse()) await end();
}
