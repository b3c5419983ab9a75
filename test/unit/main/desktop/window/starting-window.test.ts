import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { StartingWindow, startingUrl } from '../../../../../main/desktop/window/starting-window.ts';
import { wordsIn } from '../../../../../shared/words/words.ts';
import { standInElectron } from '../../../../support/electron/electron-stand-in.ts';
import { unmarkedWords } from '../../../../support/unmarked.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

function starting(locale = 'en') {
  const { electron, windows } = standInElectron();
  electron.app.on('window-all-closed', () => {});
  const clock = new VirtualClock();
  const window = new StartingWindow(electron, { icon: '/icon.png', clock, words: () => wordsIn(locale) });
  return { window, windows, clock };
}

test('the page of a start says that the server starts, and how many rooms are done once that is known', async () => {
  const { window } = starting();
  assert.match(await window.page().text(), /Your server is starting.*<progress aria-label=[^>]*>/s);
  window.advance({ done: 3, total: 40 });
  assert.match(await window.page().text(), /<progress value="3" max="40".*3 of 40 rooms brought up to date/s);
});

test('the page of a start allows nothing but its own style', async () => {
  const { window } = starting();
  const page = window.page();
  const html = await page.text();
  const [, style = ''] = /<style>([^<]*)<\/style>/.exec(html) ?? [];
  const hash = createHash('sha256').update(style).digest('base64');
  assert.equal(page.headers.get('content-security-policy'), `default-src 'none'; style-src 'sha256-${hash}'`);
  assert.doesNotMatch(html, /script|style=|src=|href=/);
});

test('every word of the start’s page comes from the catalogs', async () => {
  const { window } = starting('en-XA');
  window.advance({ done: 1, total: 2 });
  const html = await window.page().text();
  const text = html
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
  assert.deepEqual(unmarkedWords(text, ['Paracord Node']), []);
});

test('the window of a start is loaded again when there is progress, at most twice a second', async () => {
  const { window, windows, clock } = starting();
  window.advance({ done: 1, total: 9 });
  assert.equal(windows.length, 0, 'nobody wants it');
  window.show();
  assert.deepEqual(windows[0]?.loaded, [startingUrl]);
  window.advance({ done: 2, total: 9 });
  await clock.advance(500);
  window.advance({ done: 3, total: 9 });
  window.advance({ done: 4, total: 9 });
  assert.equal(windows[0]?.loaded.length, 2);
});

test('the window of a start can be closed and opened again, until the start is over', async () => {
  const { window, windows, clock } = starting();
  window.show();
  window.show();
  assert.equal(windows.length, 1);
  windows[0]?.close();
  await clock.settle();
  window.show();
  assert.deepEqual(
    windows.map((one) => one.isDestroyed()),
    [true, false],
  );
  window.end();
  window.show();
  assert.deepEqual(
    windows.map((one) => one.isDestroyed()),
    [true, true],
  );
});
