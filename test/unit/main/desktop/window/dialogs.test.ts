import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BrowserWindow, MessageBoxOptions } from 'electron';
import { ask, questionBox, showError } from '../../../../../main/desktop/window/dialogs.ts';
import { wordsIn } from '../../../../../shared/words/words.ts';

const words = wordsIn('en');
const question = { message: 'Delete it?', detail: 'It is gone then.', button: 'Delete' };

/** `response`: the button that is pressed. */
function dialogs(response: number) {
  const shown: unknown[][] = [];
  const showMessageBox = async (...args: unknown[]) => {
    shown.push(args);
    return { response, checkboxChecked: false };
  };
  return { shown, dialog: { showMessageBox } as never };
}

test('Escape and Enter mean no', () => {
  const { buttons, cancelId, defaultId } = questionBox(question, words);
  assert.deepEqual(buttons, ['Delete', 'Cancel']);
  assert.deepEqual([cancelId, defaultId], [1, 1]);
});

test('only a click on the button means yes', async () => {
  assert.equal(await ask(dialogs(0).dialog, null, question, words), true);
  assert.equal(await ask(dialogs(1).dialog, null, question, words), false);
});

test('a question opens in front of the window if the window is visible', async () => {
  const { dialog, shown } = dialogs(1);
  const window = (visible: boolean) => ({ isVisible: () => visible }) as BrowserWindow;
  const seen = window(true);
  await ask(dialog, seen, question, words);
  await ask(dialog, window(false), question, words);
  assert.deepEqual([shown[0]?.length, shown[1]?.length], [2, 1]);
  assert.equal(shown[0]?.[0], seen);
});

test('an error shows what happened and what to do, with one button', async () => {
  const { dialog, shown } = dialogs(0);
  await showError(dialog, question);
  const box = shown[0]?.[0] as MessageBoxOptions;
  assert.deepEqual(
    [box.type, box.message, box.detail, box.buttons],
    ['error', 'Delete it?', 'It is gone then.', ['Delete']],
  );
});
