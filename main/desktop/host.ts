import type { Log } from '../kernel/log.ts';
import type { Clock } from '../kernel/ports.ts';

/**
 * The parts of Electron that the app uses. They are passed as a parameter, so that tests can replace them. Only main.ts
 * and preload.ts import Electron itself.
 */
export type Electron = Pick<
  typeof import('electron'),
  | 'app'
  | 'BaseWindow'
  | 'BrowserWindow'
  | 'dialog'
  | 'ipcMain'
  | 'Menu'
  | 'nativeImage'
  | 'Notification'
  | 'powerMonitor'
  | 'powerSaveBlocker'
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

/** Whether the desktop shows tray icons. `unknown`: an icon may be shown, and does no harm if it isn't. */
export type HasTray = boolean | 'unknown';

export const appName = 'Paracord Node';
/** Identifies the app to Windows, macOS and Linux desktops. electron-builder.yml has the same one. */
export const appId = 'chat.paracord.node';

/** Windows starts the app by this id when somebody clicks an old notification. build/installer.nsh has the same one. */
export const activatorId = '{8E2A3B6C-6F0B-4C52-9E0B-6A1D8F6C3B57}';

export type UpdateEvent =
  | { readonly kind: 'checking' }
  | { readonly kind: 'current' }
  /** There is a newer version, which this updater doesn't download. */
  | { readonly kind: 'available'; readonly version: string }
  | { readonly kind: 'downloading'; readonly version: string }
  | { readonly kind: 'ready'; readonly version: string }
  | { readonly kind: 'failed'; readonly message: string };

/** Downloads and installs updates; in the real app, electron-updater. */
export interface Updater {
  /** Reports every event from now on. */
  listen(listener: (event: UpdateEvent) => void): void;
  /** Looks for a newer version and downloads it. */
  check(): Promise<void>;
  /** Ends the app and starts the newer one. If that fails, `failed` gets the reason and the app keeps running. */
  install(failed: (error: unknown) => void): void;
}

export interface CommandResult {
  readonly isOk: boolean;
  readonly output: string;
}

/** Everything about the process that isn't Electron's. main.ts creates it once. */
export interface Host {
  /** The arguments without the executable. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly platform: Platform;
  readonly execPath: string;
  /** The AppImage that this process runs from; see ownAppImage. */
  readonly appImage: string | null;
  /** The folder that holds `dist` and `build/icons`. */
  readonly root: string;
  readonly isFromStore: boolean;
  readonly defaultDataDir: string;
  /** The languages that the system prefers, best first. Call it once Electron is ready. */
  readonly languages: () => readonly string[];
  readonly clock: Clock;
  readonly hasTray: () => Promise<HasTray>;
  /** Copies to the clipboard; rejects if the system refuses. */
  readonly copy: (text: string) => Promise<void>;
  /** macOS: whether the app is signed with a developer's certificate. */
  readonly isSigned: () => Promise<boolean>;
  /** `downloads`: false if the app can't replace itself. Then it only looks for newer versions. */
  readonly loadUpdater: (log: Log, downloads: boolean) => Promise<Updater>;
  /** Runs a program of the system to its end. `output`: without the newline at its end. */
  readonly run: (command: string, args: readonly string[]) => Promise<CommandResult>;
  /** Starts this app again with these arguments. The caller exits right after. */
  readonly startAgain: (args: readonly string[]) => void;
  /** Calls the listener when a signal asks the process to end. */
  readonly onSignal: (listener: () => void) => void;
  /**
   * Errors and rejections that nothing caught. Without a listener, Electron shows its own dialog for an error
   * (lib/browser/init), prints a rejection where nobody reads it (electron_browser_main_parts.cc), and continues.
   */
  readonly onUncaught: (listener: (error: unknown) => void) => void;
}
