/** The app's own dialogs, which no page can open, read or answer. */
import type { BrowserWindow, MessageBoxOptions } from 'electron';
import type { Words } from '../../../shared/words/words.ts';
import { appName, type Electron } from '../host.ts';
import type { Question } from './confirm.ts';

type Dialog = Pick<Electron['dialog'], 'showMessageBox'>;

/** Escape and Enter mean no. Only a deliberate click means yes. */
export const questionBox = ({ button, message, detail }: Question, words: Words): MessageBoxOptions => ({
  type: 'question',
  title: appName,
  message,
  detail,
  buttons: [button, words.desktop.cancel],
  defaultId: 1,
  cancelId: 1,
  noLink: true,
});

/** In front of `window`, if that is visible. */
export async function ask(
  dialog: Dialog,
  window: BrowserWindow | null,
  question: Question,
  words: Words,
): Promise<boolean> {
  const box = questionBox(question, words);
  const shown = window?.isVisible() ? dialog.showMessageBox(window, box) : dialog.showMessageBox(box);
  return (await shown).response === 0;
}

/** Resolves once the owner has closed it. */
export async function showError(dialog: Dialog, { button, message, detail }: Question): Promise<void> {
  await dialog.showMessageBox({ type: 'error', title: appName, message, detail, buttons: [button] });
}

/** Resolves with the index of the button. Escape means the last one. */
export async function choose(
  dialog: Dialog,
  type: 'error' | 'warning' | 'info',
  { message, detail }: Pick<Question, 'message' | 'detail'>,
  buttons: readonly string[],
  signal?: AbortSignal,
): Promise<number> {
  const { response } = await dialog.showMessageBox({
    type,
    title: appName,
    message,
    detail,
    buttons: [...buttons],
    cancelId: buttons.length - 1,
    noLink: true,
    ...(signal ? { signal } : {}),
  });
  return response;
}
