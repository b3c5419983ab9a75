import { spawnSync } from 'node:child_process';
import { after, type TestContext } from 'node:test';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright';
import type { Api } from '../../../shared/api/contract.ts';
import { atEnd } from '../at-end.ts';
import { browserPath } from './screens.ts';

/** Why a browser test cannot run here, or false: for a test's `skip`. */
export const noBrowser: string | false =
  browserPath(true) === undefined && 'no Chromium (Debian: apt-get install chromium chromium-headless-shell)';

const browsers = new Map<string, Promise<Browser>>();

const isCamera = (arg: string): boolean => arg.includes('media-stream');

/**
 * One browser for a whole test file, for each set of arguments. Each test has its own windows in it. With a camera, or on
 * request, it is a complete Chromium; otherwise the headless shell, if it is there.
 */
export function launchBrowser(
  more: readonly string[] = [],
  complete = more.some(isCamera),
): Promise<Browser> {
  const key = [complete, ...more].join('\n');
  const running = browsers.get(key);
  if (running) return running;
  if (noBrowser) throw new Error(noBrowser);
  const browser = chromium.launch({
    executablePath: browserPath(complete) ?? '',
    chromiumSandbox: canSandbox(),
    args: [
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

/** Chromium refuses its sandbox to root, and needs user namespaces for it, which many containers forbid. */
function canSandbox(): boolean {
  if (process.platform !== 'linux') return true;
  return process.getuid?.() !== 0 && spawnSync('unshare', ['--user', '--map-root-user', 'true']).status === 0;
}

/** Closes the browsers of this test file: `after(closeBrowser)`. */
export async function closeBrowser(): Promise<void> {
  const open = [...browsers.values()];
  browsers.clear();
  idle.clear();
  await Promise.all(open.map(async (browser) => (await browser).close()));
}

/** A `t` for what all tests of a file use together: it ends after the last of them, and the browsers with it. */
export function wholeFile(): Pick<TestContext, 'after'> {
  const ends: (() => unknown)[] = [];
  after(async () => {
    await closeBrowser();
    for (const end of ends.reverse()) await end();
  });
  return { after: (end) => void ends.push(end as () => unknown) };
}

export interface Console {
  readonly page: Page;
  readonly context: BrowserContext;
  /** A test that causes errors on purpose looks for them here and removes them. */
  readonly errors: string[];
}

export interface ConsoleOptions extends BrowserContextOptions {
  readonly path?: string;
  readonly expected?: RegExp;
  /** Additional arguments for Chromium; a browser that was started with the same ones is reused. */
  readonly args?: readonly string[];
  /** A complete Chromium, for tests of notifications; with a camera it always is one. */
  readonly complete?: boolean;
  /** Not reused: for tests that leave something behind in the window (another clock, another color scheme). */
  readonly ownWindow?: boolean;
  /** An empty page, for tests that need only the profile. */
  readonly login?: boolean;
}

/** Windows that no test uses right now, by their options. Opening a new one takes longer than most tests. */
const idle = new Map<string, Page[]>();

/**
 * A browser window that is logged in to a node's console. Whatever the page writes to its error console fails the test,
 * except refusals that the screens show (`expected`). After the test, the next test with the same options gets the
 * window, without cookies, storage and other pages.
 */
export async function openConsole(
  t: TestContext,
  node: { readonly api: Api; readonly control: string },
  options: ConsoleOptions = {},
): Promise<Console> {
  const { path, expected, args = [], complete, ownWindow = false, login = true, ...more } = options;
  const contextOptions = { viewport: { width: 1280, height: 800 }, ...more };
  const key = JSON.stringify([args, complete, contextOptions]);
  const page =
    (ownWindow ? undefined : idle.get(key)?.pop()) ??
    (await (await (await launchBrowser(args, complete)).newContext(contextOptions)).newPage());
  const context = page.context();
  // The previous test's end took them from a window that is used again.
  if (more.permissions) await context.grantPermissions(more.permissions);
  const errors: string[] = [];
  watch(page, errors, expected);
  if (login) {
    const { url } = await node.api.makeLoginLink({});
    await page.goto(url);
    // The login has a main part, too.
    await page.locator('main#content').waitFor();
  }
  if (path !== undefined) await page.goto(`${node.control}/${path}`);
  atEnd(t, async () => {
    // Missing in the types: `error` is set once a test has failed.
    if ((t as { error?: unknown }).error)
      t.diagnostic(`The page showed, at ${page.url()}:\n${await textOf(page)}`);
    if (!ownWindow && (await emptied(page, contextOptions.viewport))) {
      const others = idle.get(key) ?? [];
      idle.set(key, [...others, page]);
    } else await context.close();
    if (errors.length > 0) throw new Error(`The page wrote errors:\n${errors.join('\n')}`);
  });
  return { page, context, errors };
}

/** Returns the text with the names of buttons that show only a picture, such as the tick of a message. */
const textOf = (page: Page): Promise<string> =>
  page
    .locator('body')
    .ariaSnapshot({ timeout: 2000 })
    .catch(() => 'nothing that could be read');

/** Whether the window can be reused. */
async function emptied(page: Page, viewport: ConsoleOptions['viewport']): Promise<boolean> {
  const context = page.context();
  if (page.isClosed()) return false;
  try {
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    if (page.url() !== 'about:blank') await page.evaluate('localStorage.clear(); sessionStorage.clear()');
    for (const other of context.pages()) if (other !== page) await other.close();
    await page.goto('about:blank');
    await context.clearCookies();
    await context.clearPermissions();
    if (viewport) await page.setViewportSize(viewport);
  } catch {
    return false;
  }
  for (const event of ['console', 'pageerror', 'request', 'response', 'download', 'dialog'] as const)
    page.removeAllListeners(event);
  return true;
}

/** Another window of the same browser profile. */
export async function openPage(context: BrowserContext, errors: string[], expected?: RegExp): Promise<Page> {
  const page = await context.newPage();
  watch(page, errors, expected);
  return page;
}

function watch(page: Page, errors: string[], expected = /^$/): void {
  page.on('console', (message) => {
    // A node may stop before the window that shows it closes.
    const { location, text } = { location: message.location(), text: message.text() };
    const isGone =
      /net::ERR_CONNECTION_(?:REFUSED|RESET)|net::ERR_SOCKET_NOT_CONNECTED|net::ERR_INCOMPLETE/.test(text);
    if (message.type() === 'error' && !isGone && !expected.test(text)) errors.push(`${text} ${location.url}`);
  });
  page.on('pageerror', (error) => errors.push(error.stack ?? String(error)));
  page.setDefaultTimeout(30_000);
}

export const roomPath = (roomId: string): string => `#/chats/${encodeURIComponent(roomId)}`;

/** Resolves when the screen is there and has loaded its data. */
export async function settled(page: Page): Promise<void> {
  const { hash } = new URL(page.url());
  // The wizard goes to one of its steps by itself, and in a wide window, the chats open the last room. All other
  // screens keep the address that was opened.
  const match = /^#\/(?:welcome|chats$)/.test(hash) ? '^=' : '=';
  await page.locator(`main#content[data-screen${match}"${hash}"]`).waitFor();
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await page.locator('[data-loading]').first().waitFor({ state: 'detached' });
}
