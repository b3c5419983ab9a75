import updaterModule, { type AppUpdater } from 'electron-updater';
import type { Updater } from '../host.ts';
import { keepAppImage } from './app-image.ts';

export interface UpdaterDeps {
  readonly log: { info(message: string): void; warn(message: string): void };
  /** If false, it only looks for newer versions. */
  readonly downloads: boolean;
  /** The AppImage that an update replaces; `null` on other systems. */
  readonly appImage: string | null;
  /** Starts the AppImage at this path with this app's flags. */
  readonly startAppImage: (path: string) => void;
}

/**
 * Chooses the engine on Linux by what this process is. electron-updater believes a file in the resources, and the
 * packager writes that of the deb where the other packages are made from, too. For packages it only looks for newer
 * versions, which is the same for all.
 */
export const engineFor = (appImage: string | null): AppUpdater => {
  const { autoUpdater, AppImageUpdater, DebUpdater } = updaterModule;
  if (process.platform !== 'linux') return autoUpdater;
  return appImage === null ? new DebUpdater() : new AppImageUpdater();
};

/** Downloads in the background. Installs only on request, and never because the app or the system ends. */
export function createUpdater(
  { log, downloads, appImage, startAppImage }: UpdaterDeps,
  autoUpdater: AppUpdater = engineFor(appImage),
): Updater {
  const say = (level: 'info' | 'warn') => (message?: unknown) => log[level](`updater: ${String(message)}`);
  autoUpdater.logger = { info: say('info'), warn: say('warn'), error: say('warn') };
  autoUpdater.autoDownload = downloads;
  autoUpdater.autoInstallOnAppQuit = false;
  autoUpdater.allowDowngrade = false;
  // The updater would start the new AppImage without this app's flags. `install` starts it instead.
  if (appImage !== null) autoUpdater.autoRunAppAfterInstall = false;
  return {
    listen(listener) {
      autoUpdater.on('checking-for-update', () => listener({ kind: 'checking' }));
      autoUpdater.on('update-not-available', () => listener({ kind: 'current' }));
      autoUpdater.on('update-available', ({ version }) =>
        listener({ kind: downloads ? 'downloading' : 'available', version }),
      );
      autoUpdater.on('update-downloaded', ({ version }) => listener({ kind: 'ready', version }));
      autoUpdater.on('error', ({ message }) =>
        listener({ kind: 'failed', message: message.split('\n')[0] ?? '' }),
      );
    },
    async check() {
      const found = await autoUpdater.checkForUpdates();
      // A failed download is reported as an event, too.
      found?.downloadPromise?.catch(() => {});
    },
    install(failed) {
      // `quitAndInstall` never throws. It reports an error as an event and leaves the app running.
      let error: unknown = null;
      autoUpdater.once('error', (reason) => {
        error = reason;
        if (appImage === null) failed(reason);
      });
      if (appImage === null) {
        // Silently, because on Windows the server would stay off until somebody closes the installer's last page.
        autoUpdater.quitAndInstall(true, true);
        return;
      }
      let destination = appImage;
      autoUpdater.once('appimage-filename-updated' as 'error', (path: unknown) => {
        destination = String(path);
      });
      const kept = keepAppImage(appImage);
      autoUpdater.quitAndInstall();
      if (error === null) {
        kept.forget();
        startAppImage(destination);
      } else {
        kept.restore();
        failed(error);
      }
    },
  };
}
