/**
 * What this shell uses of Electron. Everything takes it as a parameter: tests stand in for it, and only main.ts and
 * preload.ts import the module itself.
 */
export type Electron = Pick<
  typeof import('electron'),
  | 'app'
  | 'BrowserWindow'
  | 'dialog'
  | 'ipcMain'
  | 'Menu'
  | 'nativeImage'
  | 'Notification'
  | 'powerMonitor'
  | 'protocol'
  | 'safeStorage'
  | 'screen'
  | 'session'
  | 'shell'
  | 'systemPreferences'
  | 'Tray'
>;

export type Platform = 'linux' | 'windows' | 'macos';

export function platformOf(name: NodeJS.Platform): Platform {
  if (name === 'win32') return 'windows';
  return name === 'darwin' ? 'macos' : 'linux';
}

export const appName = 'Paracord Node';
/** Who the app is to Windows, macOS and the freedesktop: electron-builder.yml says the same. */
export const appId = 'chat.paracord.node';
