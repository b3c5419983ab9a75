/** The app's own dialogs, which no page can open, read or answer. */
import type { BrowserWindow, MessageBoxOptions, MessageBoxReturnValue } from 'electron';
import type { Words } from '../../../shared/words/words.ts';
import { appName, type Electron, type Platform } from '../host.ts';
import type { Question } from './confirm.ts';

/** Shows a message box, in front of the window if there is one. */
export type ShowBox = (
  options: MessageBoxOptions,
  window?: BrowserWindow | null,
) => Promise<MessageBoxReturnValue>;

/**
 * On macOS, a message box without a visible window in front of it stops the whole app, server included, until somebody
 * answers, and ignores its `signal` (message_box_mac.mm). On Linux, the answer can arrive half a minute late as long as the
 * app has no window at all (issue 51049 of Electron). So there it gets a small window of its own.
 */
export function messageBoxes(
  { dialog, BaseWindow }: Pick<Electron, 'dialog' | 'BaseWindow'>,
  platform: Platform,
): ShowBox {
  return async (options, window) => {
    if (window?.isVisible()) return dialog.showMessageBox(window, options);
    const needsParent =
      platform === 'macos' || (platform === 'linux' && BaseWindow.getAllWindows().length === 0);
    if (!needsParent) return dialog.showMessageBox(options);
    const parent = new BaseWindow({
      width: 480,
      height: 320,
      title: appName,
      closable: false,
      minimizable: false,
      maximizable: false,
      fullscreenable: false,
      resizable: false,
    });
    try {
      return await dialog.showMessageBox(parent, options);
    } finally {
      parent.destroy();
    }
  };
}

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

/** Asks a question, in front of `window` if that is visible. */
export async function ask(
  show: ShowBox,
  window: BrowserWindow | null,
  question: Question,
  words: Words,
): Promise<boolean> {
  return (await show(questionBox(question, words), window)).response === 0;
}

/** A question with a box to tick. `isLast`: the owner says yes and doesn't want to be asked again. */
export async function askUnlessLast(
  show: ShowBox,
  window: BrowserWindow | null,
  question: Question & { readonly dontAsk: string },
  words: Words,
): Promise<{ readonly isYes: boolean; readonly isLast: boolean }> {
  const box = { ...questionBox(question, words), checkboxLabel: question.dontAsk };
  const { response, checkboxChecked } = await show(box, window);
  return { isYes: response === 0, isLast: response === 0 && checkboxChecked };
}

/** Resolves once the owner has closed it. */
export async function showError(show: ShowBox, { button, message, detail }: Question): Promise<void> {
  await show({ type: 'error', title: appName, message, detail, buttons: [button] });
}

/** Resolves with the index of the button. Escape means the last one. */
export const choose = async (
  show: ShowBox,
  type: 'error' | 'warning' | 'info',
  { message, detail }: Pick<Question, 'message' | 'detail'>,
  buttons: readonly string[],
  signal?: AbortSignal,
): Promise<number> => {
  const { response } = await show({
    type,
    title: appName,
    message,
    detail,
    buttons: [...buttons],
    cancelId: buttons.length - 1,
    noLink: true,
    ...(signal ? { signal } : {}),
  });
  // Electron gives no answer if the signal was aborted before (lib/browser/api/dialog).
  return response ?? buttons.length - 1;
};
