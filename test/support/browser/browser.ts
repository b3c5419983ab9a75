import type { TestContext } from 'node:test';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright';
import type { Api } from '../../../shared/api/contract.ts';
import { browserPath } from './screens.ts';

/** Why a browser test cannot run here, or false: for a test's `skip`. */
export const noBrowser: string | false = browserPath() === undefined ? 'no Chromium' : false;

const browsers = new Map<string, Promise<Browser>>();

/** One browser for a whole test file, and one for each other set of arguments; each test has windows of its own in it. */
export function launchBrowser(more: readonly string[] = []): Promise<Browser> {
  const key = more.join('\n');
  const running = browsers.get(key);
  if (running) return running;
  const browser = chromium.launch({
    executablePath: browserPath() ?? '',
    args: [
      // Chromium refuses its sandbox to root; tests in a container are.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      ...more,
    ],
  });
  browsers.set(key, browser);
  return browser;
}

/** Ends the browsers of this test file: `after(closeBrowser)`. */
export async function closeBrowser(): Promise<void> {
  const open = [...browsers.values()];
  browsers.clear();
  await Promise.all(open.map(async (browser) => (await browser).close()));
}

export interface Console {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors that a test brings about on purpose are looked for here, and taken out. */
  readonly errors: string[];
}

export interface ConsoleOptions extends BrowserContextOptions {
  readonly path?: string;
  readonly expected?: RegExp;
  /** What Chromium is started with besides; a browser started with the same is used again. */
  readonly args?: readonly string[];
}

/**
 * Its own browser window, logged in to a node's console by a login link. What the page writes to its error
 * console fails the test, but for refusals that the screens show (`expected`).
 */
export async function openConsole(
  t: TestContext,
  node: { readonly api: Api; readonly control: string },
  options: ConsoleOptions = {},
): Promise<Console> {
  const { path, expected, args = [], ...contextOptions } = options;
  const context = await (await launchBrowser(args)).newContext({
    viewport: { width: 1280, height: 800 },
    ...contextOptions,
  });
  const errors: string[] = [];
  const page = await openPage(context, errors, expected);
  const { url } = await node.api.makeLoginLink({});
  await page.goto(url);
  // The login has a main part, too.
  await page.locator('main#content').waitFor();
  if (path !== undefined) await page.goto(`${node.control}/${path}`);
  t.after(async () => {
    await context.close();
    if (errors.length > 0) throw new Error(`The page wrote errors:\n${errors.join('\n')}`);
  });
  return { page, context, errors };
}

/** Another window of the same browser profile. */
export async function openPage(
  context: BrowserContext,
  errors: string[],
  expected: RegExp = /^$/,
): Promise<Page> {
  const page = await context.newPage();
  page.on('console', (message) => {
    // A node may end before the window that shows it does.
    const { location, text } = { location: message.location(), text: message.text() };
    const isGone =
      /net::ERR_CONNECTION_(?:REFUSED|RESET)|net::ERR_SOCKET_NOT_CONNECTED|net::ERR_INCOMPLETE/.test(text);
    if (message.type() === 'error' && !isGone && !expected.test(text)) errors.push(`${text} ${location.url}`);
  });
  page.on('pageerror', (error) => errors.push(error.stack ?? String(error)));
  page.setDefaultTimeout(30_000);
  return page;
}

/** The screen is there, and has read what it shows. */
export async function settled(page: Page): Promise<void> {
  const { hash } = new URL(page.url());
  // The wizard continues to one of its steps by itself; all others are drawn under the address they were asked by.
  const match = hash.startsWith('#/welcome') ? '^=' : '=';
  await page.locator(`main#content[data-screen${match}"${hash}"]`).waitFor();
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await page.locator('[data-loading]').first().waitFor({ state: 'detached' });
}
