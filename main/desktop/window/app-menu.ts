import type { MenuItemConstructorOptions } from 'electron';
import type { Platform } from '../electron.ts';
import { text } from '../text.ts';

/** The keys that people expect (copy, paste, larger, quit) come from the menu; only macOS always shows it. */
export function appMenu(platform: Platform, devTools: boolean): MenuItemConstructorOptions[] {
  const zoom: MenuItemConstructorOptions[] = [
    { role: 'resetZoom' },
    { role: 'zoomIn' },
    { role: 'zoomOut' },
    { type: 'separator' },
    { role: 'togglefullscreen' },
  ];
  const first: MenuItemConstructorOptions =
    platform === 'macos'
      ? { role: 'appMenu' }
      : { label: text.menu.file, submenu: [{ role: 'close' }, { type: 'separator' }, { role: 'quit' }] };
  return [
    first,
    { role: 'editMenu' },
    {
      label: text.menu.view,
      submenu: devTools ? [...zoom, { type: 'separator' }, { role: 'toggleDevTools' }] : zoom,
    },
    { role: 'windowMenu' },
  ];
}
