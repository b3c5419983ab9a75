import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BrowserWindow } from 'electron';
import {
  ask,
  askUnlessLast,
  choose,
  messageBoxes,
  questionBox,
  showError,
} from '../../../../../main/desktop/window/dialogs.ts';
import { wordsIn } from '../../../../../shared/words/words.ts';
import { standInElectron } from '../../../../support/electron/electron-stand-in.ts';

const words = wordsIn('en');
const question = { message: 'Delete it?', detail: 'It is gone then.', button: 'Delete' };

function boxes(response: number, ticks = false) {
  const stand = standInElectron({ press: () => response, ticks });
  return { ...stand, show: messageBoxes(stand.electron, 'linux') };
}

test('Escape and Enter mean no', () => {
  const { buttons, cancelId, defaultId } = questionBox(question, words);
  assert.deepEqual(buttons, ['Delete', 'Cancel']);
  assert.deepEqual([cancelId, defaultId], [1, 1]);
});

test('only a click on the button means yes', async () => {
  assert.equal(await ask(boxes(0).show, null, question, words), true);
  assert.equal(await ask(boxes(1).show, null, question, words), false);
});

test('only a yes with a ticked box is the last question', async () => {
  const asked = { ...question, dontAsk: 'Don’t ask again' };
  for (const [response, ticks, isLast] of [
    [0, true, true],
    [0, false, false],
    [1, true, false],
  ] as const) {
    const { show, did } = boxes(response, ticks);
    const answer = await askUnlessLast(show, null, asked, words);
    assert.deepEqual(answer, { isYes: response === 0, isLast });
    assert.equal(did.asked[0]?.checkboxLabel, 'Don’t ask again');
  }
});

test('a choice whose signal was aborted before is the last one', async () => {
  const { show, did } = boxes(0);
  assert.equal(await choose(show, 'info', question, ['Use it', 'Quit'], AbortSignal.abort()), 1);
  assert.deepEqual(did.asked, []);
});

test('a question opens in front of the window if the window is visible', async () => {
  const { show, electron } = boxes(1);
  new electron.BrowserWindow({ show: false });
  const shown: unknown[][] = [];
  electron.dialog.showMessageBox = async (...args: unknown[]) => {
    shown.push(args);
    return { response: 1, checkboxChecked: false };
  };
  const window = (visible: boolean) => ({ isVisible: () => visible }) as BrowserWindow;
  const seen = window(true);
  await ask(show, seen, question, words);
  await ask(show, window(false), question, words);
  assert.deepEqual([shown[0]?.length, shown[1]?.length], [2, 1]);
  assert.equal(shown[0]?.[0], seen);
});

test('on macOS a message box never stops the app: without a visible window it gets one of its own', async () => {
  const open = Promise.withResolvers<number>();
  const { electron, did, small } = standInElectron({ platform: 'macos', press: () => open.promise });
  electron.app.on('window-all-closed', () => {});
  const show = messageBoxes(electron, 'macos');
  const over = new AbortController();
  const hidden = { isVisible: () => false } as BrowserWindow;
  const asked = [
    choose(show, 'info', question, ['Use it', 'Quit'], over.signal),
    ask(show, hidden, question, words),
    showError(show, question),
  ];
  assert.deepEqual([small.length, did.stoodStill], [3, []]);
  over.abort();
  assert.equal(await asked[0], 1, 'what it waited for has come');
  open.resolve(0);
  assert.deepEqual(await Promise.all(asked), [1, true, undefined]);
  assert.ok(small.every((window) => window.isDestroyed()));
});

test('on Linux a message box gets a window of its own as long as the app has none, or its answer comes late', async () => {
  const { show, electron, small } = boxes(0);
  electron.app.on('window-all-closed', () => {});
  assert.equal(await ask(show, null, question, words), true);
  assert.deepEqual([small.length, small[0]?.isDestroyed()], [1, true]);
  new electron.BrowserWindow({ show: false });
  assert.equal(await ask(show, null, question, words), true);
  assert.equal(small.length, 1);
});

test('an error shows what happened and what to do, with one button', async () => {
  const { show, did } = boxes(0);
  await showError(show, question);
  const [box] = did.asked;
  assert.deepEqual(
    [box?.type, box?.message, box?.detail, box?.buttons],
    ['error', 'Delete it?', 'It is gone then.', ['Delete']],
  );
});
