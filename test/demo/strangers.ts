/**
 * `npm run demo -- strangers [FOLDER]`: two people who have never seen the program, with an empty data folder and a
 * browser each, on three networks: in one home, in two homes whose routers open ports, and in two homes of which the
 * inviter's router opens none. One invites, the other opens the link, and both have answered each other's first
 * message. Counts clicks, words and seconds, and fails beyond the most that a person should need. FOLDER keeps a
 * picture of each step.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { type Browser, chromium, type Locator, type Page } from 'playwright';
import { browserPath, buildScreens, seeToBrowser } from '../support/browser/screens.ts';
import { routerMissing, seeToRouter } from '../support/daemons/router.ts';
import { Internet, type Place } from '../support/netns/netns.ts';
import { binPath } from '../support/nodes/child-node.ts';

const clicksMax = 6;
const wordsMax = 250;
const secondsMax = 90;

const folder = process.argv[3] ?? mkdtempSync(join(tmpdir(), 'paracord-strangers-'));
const ends: (() => unknown)[] = [];
const t: Pick<TestContext, 'after'> = { after: (end) => void ends.push(end as () => unknown) };

/** In the page: the lines that can be read there now, and whether one is written in red. */
const lookAround = `(() => {
  const red = getComputedStyle(document.documentElement).getPropertyValue('--bad-ink');
  const probe = document.createElement('i');
  probe.style.color = 'var(--bad-ink)';
  document.body.append(probe);
  const bad = getComputedStyle(probe).color;
  probe.remove();
  const lines = [];
  let isRed = red === '';
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { parentElement: around, data } = walker.currentNode;
    if (data.trim() === '' || !around.checkVisibility({ opacityProperty: true })) continue;
    if (around.closest('.visually-hidden, .skip, script, style')) continue;
    lines.push(data.trim());
    isRed ||= getComputedStyle(around).color === bad;
  }
  return { lines, isRed };
})()`;

/** Acts like one person, the way a person does it. Everything they do and read is counted here. */
class Person {
  readonly name: string;
  readonly page: Page;
  readonly #network: string;
  readonly #read = new Set<string>();
  clicks = 0;
  words = 0;
  isRed = false;

  constructor(name: string, page: Page, network: string) {
    this.name = name;
    this.page = page;
    this.#network = network;
  }

  async click(what: string, target: Locator): Promise<void> {
    await target.waitFor();
    await this.#look(what);
    await target.click();
    this.clicks++;
    this.#say(`clicks ${what}`);
  }

  async type(text: string, field: Locator): Promise<void> {
    await field.fill(text);
    this.#say(`types ${text}`);
  }

  async enter(field: Locator): Promise<void> {
    await this.#look('Enter');
    await field.press('Enter');
  }

  async paste(text: string, field: Locator): Promise<void> {
    await field.waitFor();
    await this.#look('the field for the invite');
    await field.focus();
    await this.page.evaluate(`{
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', ${JSON.stringify(text)});
      const paste = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
      document.activeElement.dispatchEvent(paste);
    }`);
    this.#say('pastes the message');
  }

  async copied(): Promise<string> {
    return String(await this.page.evaluate('navigator.clipboard.readText()'));
  }

  async sees(what: string, target: Locator): Promise<void> {
    await target.first().waitFor();
    await this.#look(what);
    this.#say(`sees ${what}`);
  }

  /** Reads what is new here. */
  async #look(what: string): Promise<void> {
    const { lines, isRed } = (await this.page.evaluate(lookAround)) as { lines: string[]; isRed: boolean };
    const news = lines.filter((line) => !this.#read.has(line));
    for (const line of news) this.#read.add(line);
    this.words += news
      .join(' ')
      .split(/\s+/)
      .filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
    this.isRed ||= isRed;
    const file = `${this.#network}-${String(pictures.length + 1).padStart(2, '0')}-${this.name}.png`;
    await this.page.screenshot({ path: join(folder, file) });
    pictures.push({ who: this.name, what, file });
  }

  #say(what: string): void {
    console.log(`${seconds().padStart(6)} s  ${this.name.padEnd(5)} ${what}`);
  }
}

let pictures: { readonly who: string; readonly what: string; readonly file: string }[] = [];
let startedAt = performance.now();
const seconds = (): string => ((performance.now() - startedAt) / 1000).toFixed(1);

/** A node in an empty folder, with no other flag than that. Returns the link to its console. */
async function emptyNode(place: Place, dataDir: string): Promise<string> {
  const child = place.spawn(t, process.execPath, [binPath, '--data-dir', dataDir]);
  child.stdout.resume();
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line);
    const link = /http:\/\/\S+\/login\/\S+/.exec(line)?.[0];
    if (link === undefined) continue;
    // Reads and ignores later output, so that it doesn't fill the pipe.
    child.stderr.resume();
    return link;
  }
  throw new Error(`the node printed no link to its console: ${said.join('\n') || 'nothing'}`);
}

/** A browser on the machine of its person. */
async function browserAt(place: Place, dir: string): Promise<Browser> {
  const path = join(dir, `browser-${place.name}`);
  const found = browserPath(false);
  if (found === undefined) throw new Error('no Chromium');
  writeFileSync(path, `#!/bin/sh\nexec ip netns exec ${place.name} ${found} "$@"\n`, { mode: 0o700 });
  const browser = await chromium.launch({ executablePath: path, chromiumSandbox: false });
  t.after(() => browser.close());
  return browser;
}

async function begins(who: Person): Promise<void> {
  await who.type(who.name, who.page.getByRole('textbox', { name: 'Your name' }));
}

async function anna(who: Person, where: 'At home' | 'Elsewhere'): Promise<string> {
  const { page } = who;
  await begins(who);
  await who.click('“Start a chat”', page.getByRole('button', { name: 'Start a chat' }));
  await who.click(`“${where}”`, page.getByRole('button', { name: where }));
  await who.click('“Copy for a messenger”', page.getByRole('button', { name: 'Copy for a messenger' }));
  const message = await who.copied();
  console.log(`\n          ${message}\n`);
  return message;
}

async function ben(who: Person, message: string): Promise<void> {
  const { page } = who;
  await begins(who);
  await who.click('“I was invited”', page.getByRole('button', { name: 'I was invited' }));
  await who.paste(message, page.getByRole('textbox', { name: 'Invite link' }));
}

async function talk(inviter: Person, guest: Person): Promise<void> {
  const box = ({ page }: Person) => page.getByRole('textbox', { name: /message/i });
  const chat = ({ page }: Person, text: string) => page.locator('main').getByText(text);
  await box(inviter).waitFor();
  await box(guest).waitFor();
  await inviter.type('Hello! Soup tonight?', box(inviter));
  await inviter.enter(box(inviter));
  await guest.sees('the first message', chat(guest, 'Soup tonight?'));
  await guest.type('Yes!', box(guest));
  await guest.enter(box(guest));
  await inviter.sees('the answer', chat(inviter, 'Yes!'));
}

async function joins(who: Person, inviter: string): Promise<void> {
  await who.sees('where the invite leads', who.page.getByText(inviter, { exact: true }));
  await who.click('“Join”', who.page.getByRole('button', { name: 'Join', exact: true }));
}

const opensRoom = (who: Person) => who.click('“Open”', who.page.getByRole('button', { name: /^Open “/ }));

interface Network {
  readonly key: string;
  readonly title: string;
  readonly make: (internet: Internet) => Promise<readonly [Place, Place]>;
  readonly play: (annas: Person, bens: Person) => Promise<void>;
}

const opens = { natPmp: true, upnp: true };
const networks: readonly Network[] = [
  {
    key: 'home',
    title: 'in one home',
    make: async (internet) => {
      const home = internet.home();
      return [home.machine, home.another()];
    },
    play: async (annas, bens) => {
      const message = await anna(annas, 'At home');
      await ben(bens, message);
      await joins(bens, 'Anna');
      await annas.sees('who came', annas.page.getByText('ben is here'));
      await opensRoom(annas);
      await talk(annas, bens);
    },
  },
  {
    key: 'open',
    title: 'in two homes, with routers that open ports',
    make: async (internet) => {
      const homes = [internet.home(), internet.home()] as const;
      for (const home of homes) await home.startDaemon(opens);
      return [homes[0].machine, homes[1].machine];
    },
    play: async (annas, bens) => {
      const message = await anna(annas, 'Elsewhere');
      await ben(bens, message);
      await joins(bens, 'Anna');
      await annas.sees('who came', annas.page.getByText('ben is here'));
      await opensRoom(annas);
      await talk(annas, bens);
    },
  },
  {
    key: 'closed',
    title: 'in two homes, of which the inviter’s router opens no port',
    make: async (internet) => {
      const homes = [internet.home(), internet.home()] as const;
      await homes[1].startDaemon(opens);
      return [homes[0].machine, homes[1].machine];
    },
    play: async (annas, bens) => {
      const message = await anna(annas, 'Elsewhere');
      await ben(bens, message);
      await bens.click('“Create the answer”', bens.page.getByRole('button', { name: 'Create the answer' }));
      await bens.click(
        '“Copy for a messenger”',
        bens.page.getByRole('button', { name: 'Copy for a messenger' }),
      );
      await annas.paste(
        await bens.copied(),
        annas.page.getByRole('textbox', { name: 'Your friend’s answer' }),
      );
      await joins(annas, 'Ben');
      await bens.sees('who came', bens.page.getByText('anna is here'));
      await opensRoom(bens);
      await talk(annas, bens);
    },
  },
];

/** All pictures of a network side by side in one file. */
async function filmStrip(browser: Browser, name: string): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1340, height: 800 } });
  const cells = pictures.map(({ who, what, file }) => {
    const data = readFileSync(join(folder, file)).toString('base64');
    return `<figure><img src="data:image/png;base64,${data}"><figcaption>${who}: ${what}</figcaption></figure>`;
  });
  await page.setContent(
    `<style>body { display: grid; grid-template-columns: repeat(4, 1fr); gap: 16px; margin: 16px; background: #eee;
    font: 14px system-ui; } figure { margin: 0; } img { width: 100%; border: 1px solid #bbb; }</style>${cells.join('')}`,
  );
  await page.screenshot({ path: join(folder, `film-strip-${name}.png`), fullPage: true });
}

/** Plays a run, and returns its counts, one line for each person. */
async function playOn(network: Network, data: string): Promise<string[]> {
  const { key, title, make, play } = network;
  console.log(`\nTwo people ${title}\n`);
  pictures = [];
  const places = await make(new Internet(t));
  const people = (await Promise.all(
    places.map(async (place, at) => {
      const name = at === 0 ? 'Anna' : 'Ben';
      const login = await emptyNode(place, join(data, key, name));
      const browser = await browserAt(place, data);
      const context = await browser.newContext({
        viewport: { width: 1100, height: 760 },
        locale: 'en-GB',
        permissions: ['clipboard-read', 'clipboard-write'],
      });
      const page = await context.newPage();
      await page.goto(login);
      return { browser, person: new Person(name, page, key) };
    }),
  )) as [{ browser: Browser; person: Person }, { browser: Browser; person: Person }];
  const [annas, bens] = people;
  startedAt = performance.now();
  let took: number;
  try {
    await play(annas.person, bens.person);
  } finally {
    took = Number(seconds());
    await filmStrip(annas.browser, key);
  }
  return people.map(({ person: { name, clicks, words, isRed } }) => {
    if (clicks > clicksMax || words > wordsMax || took > secondsMax || isRed) process.exitCode = 1;
    const red = isRed ? ', something red' : '';
    return `${key.padEnd(7)} ${name.padEnd(5)} ${clicks} clicks, 1 name, ${words} words, ${took} s${red}`;
  });
}

mkdirSync(folder, { recursive: true });
const data = mkdtempSync(join(tmpdir(), 'paracord-strangers-data-'));
seeToBrowser();
seeToRouter();
const missing = routerMissing();
if (missing !== null) {
  console.error(`The networks can’t be made here: ${missing}.`);
  process.exit(1);
}
buildScreens();
const counted: string[] = [];
const only = process.argv[4];
try {
  for (const network of networks)
    if (only === undefined || only === network.key) counted.push(...(await playOn(network, data)));
} finally {
  for (const end of ends.reverse()) await end();
  rmSync(data, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
console.log(`\n${counted.join('\n')}\n\nPictures: ${folder}`);
