import updaterModule, { type AppUpdater } from 'electron-updater';
import type { Updater } from '../host.ts';

/** Downloads automatically, and installs only on request: never because the app or the system ends. */
export function createUpdater(
  log: { info(message: string): void; warn(message: string): void },
  autoUpdater: AppUpdater = updaterModule.autoUpdater,
): Updater {
  const say = (level: 'info' | 'warn') => (message?: unknown) => log[level](`updater: ${String(message)}`);
  autoUpdater.logger = { info: say('info'), warn: say('warn'), error: say('warn') };
  autoUpdater.autoDownload = true;
  autoUpdater.autoInstallOnAppQuit = false;
  autoUpdater.allowDowngrade = false;
  return {
    listen(listener) {
      autoUpdater.on('checking-for-update', () => listener({ kind: 'checking' }));
      autoUpdater.on('update-not-available', () => listener({ kind: 'current' }));
      autoUpdater.on('update-available', ({ version }) => listener({ kind: 'downloading', version }));
      autoUpdater.on('update-downloaded', ({ version }) => listener({ kind: 'ready', version }));
      autoUpdater.on('error', ({ message }) =>
        listener({ kind: 'failed', message: message.split('\n')[0] ?? '' }),
      );
    },
    async check() {
      await autoUpdater.checkForUpdates();
    },
    install() {
      autoUpdater.quitAndInstall();
    },
  };
}
