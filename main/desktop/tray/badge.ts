import { join } from 'node:path';
import type { Words } from '../../../shared/words/words.ts';
import type { Electron, Platform } from '../host.ts';
import type { MainWindow } from '../window/window.ts';
import { unreadSentence } from './tray-menu.ts';

export interface BadgeDeps {
  readonly electron: Pick<Electron, 'app' | 'nativeImage'>;
  readonly platform: Platform;
  readonly iconsDir: string;
  readonly window: Pick<MainWindow, 'overlay'>;
  readonly words: () => Words;
}

/**
 * Shows on the app's icon that messages are unread: their number on macOS and on Linux desktops that support it. On
 * Windows it is a dot over the icon in the taskbar, with a description for screen readers.
 */
export function showBadge({ electron, platform, iconsDir, window, words }: BadgeDeps, unread: number): void {
  if (platform !== 'windows') {
    electron.app.setBadgeCount(unread);
    return;
  }
  const description = unreadSentence(unread, words().desktop.tray);
  if (description === null) window.overlay(null, '');
  else window.overlay(electron.nativeImage.createFromPath(join(iconsDir, 'unread.png')), description);
}
