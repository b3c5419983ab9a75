/** The app in Electron itself, where the runtime is installed: the release workflow runs this on each platform. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { _electron, type ElectronApplication, type Page } from 'playwright';
import { text } from '../../../renderer/text/text.ts';
import { tempDir } from '../../support/temp.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const runtime = join(root, 'node_modules', 'electron', 'dist');
const skip = existsSync(runtime) ? false : 'no Electron runtime';

function executable(): string {
  return join(runtime, readFileSync(join(runtime, '..', 'path.txt'), 'utf8').trim());
}

async function launch(t: TestContext, dataDir: string): Promise<{ app: ElectronApplication; page: Page }> {
  const flags = ['--listen=127.0.0.1:0', '--control=127.0.0.1:0', '--tls=off'];
  const app = await _electron.launch({
    executablePath: executable(),
    args: [root, `--data-dir=${dataDir}`, ...flags],
    // Playwright would switch the sandbox off by itself.
    chromiumSandbox: true,
  });
  t.after(() => app.process().kill('SIGKILL'));
  const page = await app.firstWindow();
  await page.waitForLoadState('domcontentloaded');
  return { app, page };
}

/** Ends the app like the system: no question, a drained node. */
async function end(app: ElectronApplication): Promise<number | null> {
  const exited = new Promise<number | null>((resolve) => app.process().once('exit', resolve));
  await app.evaluate(({ powerMonitor }) => {
    powerMonitor.emit('shutdown', { preventDefault() {} });
  });
  return exited;
}

interface InPage {
  readonly paracord: {
    readonly node: Readonly<
      Record<
        string,
        (
          input: unknown,
        ) => Promise<{ ok: boolean; value?: Record<string, unknown>; error?: { code: string } }>
      >
    >;
    readonly shell: Readonly<
      Record<string, (input: unknown) => Promise<{ ok: boolean; value?: Record<string, unknown> }>>
    >;
  };
}

/** Does an owner's first steps, with the mouse and the keyboard. */
async function useScreens(page: Page): Promise<void> {
  const { nav } = text;
  const screen = (name: string) => page.getByRole('navigation').getByRole('link', { name }).first();
  await screen(nav.chats).click();
  await page.getByRole('button', { name: 'Create a room' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Create a room' });
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Garden');
  await dialog.getByRole('button', { name: 'Create room' }).click();
  await page.getByRole('heading', { name: 'Garden' }).waitFor();
  const composer = page.getByRole('textbox', { name: /^Message to / });
  await composer.fill('hello from the window');
  await composer.press('Enter');
  await page.getByRole('article').filter({ hasText: 'hello from the window' }).waitFor();

  await screen(nav.server).click();
  await screen(text.settings.sections.general).click();
  const { desktop, notifications, notificationsHint } = text.settings.general;
  await page.getByRole('heading', { name: desktop }).waitFor();
  await page.getByText(notificationsHint).waitFor();
  await page.getByRole('switch', { name: notifications }).waitFor();
}

test('the window is sandboxed, reaches its node, and shows working screens', {
  skip,
}, async (t) => {
  const dataDir = tempDir(t);
  const { app, page } = await launch(t, dataDir);
  assert.match(page.url(), /^app:\/\/paracord\/index\.html/);
  await page.getByRole('main').waitFor();
  const seen = await page.evaluate(async () => {
    const { paracord, ...world } = globalThis as unknown as InPage & Record<string, unknown>;
    const refused = await paracord.node.room!({ room_id: '!1:a.test', unknown: true });
    const setUp = await paracord.node.setUp!({ server_name: 'a.test', owner: 'ann' });
    const shell = await paracord.shell.shell!({});
    return {
      node: [typeof world.require, typeof world.process],
      refused: refused.error?.code,
      server: setUp.value?.server_name,
      shell: shell.ok,
      outside: await fetch('https://example.com/').then(
        () => 'fetched',
        () => 'cancelled',
      ),
    };
  });
  assert.deepEqual(seen, {
    node: ['undefined', 'undefined'],
    refused: 'BAD_REQUEST',
    server: 'a.test',
    shell: true,
    outside: 'cancelled',
  });
  assert.equal(await end(app), 0);
  assert.equal(existsSync(join(dataDir, 'control.json')), false);
  const again = await launch(t, dataDir);
  const status = await again.page.evaluate(() => (globalThis as unknown as InPage).paracord.node.status!({}));
  assert.equal(status.value?.server_name, 'a.test', 'the identity opened again');
  await useScreens(again.page);
  const rooms = await again.page.evaluate(() => (globalThis as unknown as InPage).paracord.node.rooms!({}));
  const [room] = (rooms.value?.items ?? []) as { room_id: string; name: string }[];
  assert.equal(room?.name, 'Garden');
  const timeline = await again.page.evaluate(
    (room_id) => (globalThis as unknown as InPage).paracord.node.timeline!({ room_id }),
    room.room_id,
  );
  const items = (timeline.value?.items ?? []) as { body: string }[];
  assert.ok(items.some(({ body }) => body === 'hello from the window'));
  assert.equal(await end(again.app), 0);
});
