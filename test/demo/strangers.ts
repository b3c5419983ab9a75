/**
 * `npm run demo -- strangers [FOLDER]`: two people who have never seen the program, with an empty data folder and a browser
 * each. One invites, the other opens the link, and both have answered each other's first message. Counts clicks,
 * keystrokes and seconds, and fails if a person needs more than six clicks. FOLDER keeps a trace of each browser
 * (`npx playwright show-trace FILE`) and a film strip.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { BrowserContext, Locator, Page } from 'playwright';
import { closeBrowser, launchBrowser } from '../support/browser/browser.ts';
import { buildScreens, seeToBrowser } from '../support/browser/screens.ts';
import { binPath } from '../support/nodes/child-node.ts';
import { freePorts } from '../support/nodes/free-ports.ts';

const clicksMax = 6;
const secondsMax = 180;

interface Picture {
  readonly who: string;
  readonly what: string;
  readonly file: string;
}

/** What one person does, the way a person does it. Everything they do is counted here. */
class Person {
  readonly name: string;
  readonly page: Page;
  readonly #pictures: Picture[];
  readonly #folder: string;
  clicks = 0;
  keys = 0;

  constructor(name: string, page: Page, folder: string, pictures: Picture[]) {
    this.name = name;
    this.page = page;
    this.#folder = folder;
    this.#pictures = pictures;
  }

  async click(what: string, target: Locator): Promise<void> {
    await target.waitFor();
    await this.#picture(what);
    await target.click();
    this.clicks++;
    this.#say(`clicks ${what}`);
  }

  /** Types into the field with the focus, or the only one there is: a form's only field, the message box of a room. */
  async type(text: string, field: Locator): Promise<void> {
    await field.fill(text);
    this.keys += text.length;
    this.#say(`types ${text}`);
  }

  async enter(field: Locator): Promise<void> {
    await this.#picture('Enter');
    await field.press('Enter');
    this.keys++;
  }

  async paste(text: string, field: Locator): Promise<void> {
    await field.focus();
    await this.page.evaluate(`{
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', ${JSON.stringify(text)});
      const paste = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
      document.activeElement.dispatchEvent(paste);
    }`);
    this.keys += 2;
    this.#say('pastes the link');
  }

  async sees(what: string, target: Locator): Promise<void> {
    await target.first().waitFor();
    await this.#picture(what);
    this.#say(`sees ${what}`);
  }

  async #picture(what: string): Promise<void> {
    const file = join(this.#folder, `${String(this.#pictures.length + 1).padStart(2, '0')}-${this.name}.png`);
    await this.page.screenshot({ path: file });
    this.#pictures.push({ who: this.name, what, file });
  }

  #say(what: string): void {
    console.log(`${seconds().padStart(6)} s  ${this.name.padEnd(5)} ${what}`);
  }
}

let startedAt = performance.now();
const seconds = (): string => ((performance.now() - startedAt) / 1000).toFixed(1);
const children: ChildProcess[] = [];

/** A node in an empty folder, as `npm start` starts it, with the address that its home router would give it. */
async function emptyNode(dataDir: string): Promise<string> {
  const [port = 0, control = 0] = await freePorts(2);
  const flags = [
    ...['--headless', '--data-dir', dataDir, '--listen', `127.0.0.1:${port}`],
    ...['--log-level', 'warn'],
    ...['--control', `127.0.0.1:${control}`, '--public-url', `https://127.0.0.1:${port}`],
  ];
  const child = spawn(process.execPath, [binPath, ...flags], { stdio: ['ignore', 'ignore', 'pipe'] });
  children.push(child);
  for await (const line of createInterface({ input: child.stderr })) {
    const link = /http:\/\/\S+\/login\/\S+/.exec(line)?.[0];
    if (link === undefined) continue;
    // Reads and ignores later output, so that it doesn't fill the pipe.
    child.stderr.resume();
    return link;
  }
  throw new Error('the node printed no link to its console');
}

async function tell(anna: Person, ben: Person): Promise<void> {
  const { page: annas } = anna;
  const { page: bens } = ben;
  await anna.click('“Set up a new server”', annas.getByRole('link', { name: /new server/i }));
  const name = annas.getByRole('textbox', { name: 'Server name' });
  await anna.type('anna.example', name);
  await anna.enter(name);
  await anna.click('the confirmation of the name', annas.getByRole('button', { name: /anna\.example/ }));
  await anna.click('“Invite a friend”', annas.getByRole('button', { name: 'Invite a friend' }).first());
  await anna.click('“Create link”', annas.getByRole('button', { name: 'Create link' }));
  await anna.click('“Copy link”', annas.getByRole('button', { name: 'Copy link' }));
  const link = String(await annas.evaluate('navigator.clipboard.readText()'));
  console.log(`\n          ${link}\n          ${link.length} characters\n`);

  await ben.click('“I was invited”', bens.getByRole('link', { name: /invited/i }));
  await ben.paste(link, bens.getByRole('textbox', { name: /link/i }));
  const bensName = bens.getByRole('textbox', { name: 'Server name' });
  await ben.type('ben.example', bensName);
  await ben.enter(bensName);
  await ben.click('the confirmation of the name', bens.getByRole('button', { name: /ben\.example/ }));
  await ben.sees('where the invite leads', bens.getByRole('heading', { name: /^Join “Friends”/ }));
  await ben.click('“Join”', bens.getByRole('dialog').getByRole('button', { name: 'Join' }));
  const bensBox = bens.getByRole('textbox', { name: /message/i });
  await bensBox.waitFor();

  await anna.sees('who came', annas.getByText('ben.example is connected'));
  await anna.click('“Open “Friends””', annas.getByRole('button', { name: 'Open “Friends”' }));
  const annasBox = annas.getByRole('textbox', { name: /message/i });
  await anna.type('Hello Ben! Soup tonight?', annasBox);
  await anna.enter(annasBox);
  await ben.sees('Anna’s message', bens.getByRole('log').or(bens.locator('main')).getByText('Soup tonight?'));
  await ben.type('Yes!', bensBox);
  await ben.enter(bensBox);
  await anna.sees('the answer', annas.locator('main').getByText('Yes!'));
}

/** All pictures side by side in one file. */
async function filmStrip(folder: string, pictures: readonly Picture[]): Promise<void> {
  const page = await (await launchBrowser()).newPage({ viewport: { width: 1340, height: 800 } });
  const cells = pictures.map(({ who, what, file }) => {
    const data = readFileSync(file).toString('base64');
    return `<figure><img src="data:image/png;base64,${data}"><figcaption>${who}: ${what}</figcaption></figure>`;
  });
  await page.setContent(
    `<style>body { display: grid; grid-template-columns: repeat(4, 1fr); gap: 16px; margin: 16px; background: #eee;
    font: 14px system-ui; } figure { margin: 0; } img { width: 100%; border: 1px solid #bbb; }</style>${cells.join('')}`,
  );
  await page.screenshot({ path: join(folder, 'film-strip.png'), fullPage: true });
}

const folder = process.argv[3] ?? mkdtempSync(join(tmpdir(), 'paracord-strangers-'));
mkdirSync(folder, { recursive: true });
const data = mkdtempSync(join(tmpdir(), 'paracord-strangers-data-'));
seeToBrowser();
buildScreens();
const contexts: BrowserContext[] = [];
try {
  const pictures: Picture[] = [];
  const [anna, ben] = (await Promise.all(
    ['Anna', 'Ben'].map(async (name) => {
      const login = await emptyNode(join(data, name));
      const context = await (await launchBrowser()).newContext({
        viewport: { width: 1100, height: 760 },
        locale: 'en-GB',
        permissions: ['clipboard-read', 'clipboard-write'],
      });
      contexts.push(context);
      await context.tracing.start({ screenshots: true, snapshots: true });
      const page = await context.newPage();
      await page.goto(login);
      return new Person(name, page, folder, pictures);
    }),
  )) as [Person, Person];
  startedAt = performance.now();
  await tell(anna, ben);
  const took = Number(seconds());
  for (const [i, context] of contexts.entries())
    await context.tracing.stop({ path: join(folder, `trace-${['anna', 'ben'][i]}.zip`) });
  await filmStrip(folder, pictures);
  console.log('');
  for (const { name, clicks, keys } of [anna, ben])
    console.log(`${name.padEnd(5)} ${clicks} clicks, ${keys} keystrokes`);
  console.log(
    `${took} s from the first screen to the first answered message. Pictures and traces: ${folder}`,
  );
  if (anna.clicks > clicksMax || ben.clicks > clicksMax || took > secondsMax) process.exitCode = 1;
} finally {
  await closeBrowser();
  for (const child of children) child.kill('SIGTERM');
  rmSync(data, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
