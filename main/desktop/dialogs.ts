/** What the app asks its owner in windows of the system's own, which no page can answer. */
import type { MessageBoxOptions } from 'electron';
import type { Words } from '../../shared/words/words.ts';
import { appName, type Electron } from './host.ts';
import type { Question } from './window/confirm.ts';
import type { MainWindow } from './window/window.ts';

type Dialogs = Pick<Electron, 'dialog'>;

/** Escape and Enter mean no: only a deliberate click means yes. */
export async function ask(
  { dialog }: Dialogs,
  window: MainWindow,
  words: Words,
  question: Question,
): Promise<boolean> {
  const { button, message, detail } = question;
  const options: MessageBoxOptions = {
    type: 'question',
    title: appName,
    message,
    detail,
    buttons: [button, words.desktop.cancel],
    defaultId: 1,
    cancelId: 1,
    noLink: true,
  };
  const { native } = window;
  const shown = native?.isVisible() ? dialog.showMessageBox(native, options) : dialog.showMessageBox(options);
  return (await shown).response === 0;
}

/** True if the owner presses the first button. */
export async function tell(
  { dialog }: Dialogs,
  type: 'error' | 'warning',
  { message, detail, buttons }: { message: string; detail: string; buttons: readonly string[] },
): Promise<boolean> {
  const { response } = await dialog.showMessageBox({
    type,
    title: appName,
    message,
    detail,
    buttons: [...buttons],
    cancelId: buttons.length - 1,
    noLink: true,
  });
  return response === 0;
}

/** A sealed identity that can't be opened: what to do about it. */
export async function askLocked(
  { dialog }: Dialogs,
  words: Words,
  reason: string,
  signal: AbortSignal,
): Promise<'again' | 'recover' | 'quit'> {
  const { message, detail, again, recover } = words.desktop.locked;
  const { response } = await dialog.showMessageBox({
    type: 'warning',
    title: appName,
    message,
    detail: detail({ reason }),
    buttons: [again, recover, words.desktop.menu.quit],
    defaultId: 0,
    cancelId: 2,
    noLink: true,
    signal,
  });
  return response === 0 ? 'again' : response === 1 ? 'recover' : 'quit';
}
