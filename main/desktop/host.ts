import type { Log } from '../kernel/log.ts';
import type { Clock } from '../kernel/ports.ts';

/**
 * What this shell uses of Electron. Everything takes it as a parameter: tests stand in for it, and only main.ts and
 * preload.ts import the module itself.
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

export type UpdateEvent =
  | { readonly kind: 'checking' }
  | { readonly kind: 'current' }
  /** There is a newer version, which this updater doesn't download. */
  | { readonly kind: 'available'; readonly version: string }
  | { readonly kind: 'downloading'; readonly version: string }
  | { readonly kind: 'ready'; readonly version: string }
  | { readonly kind: 'failed'; readonly message: string };

/** What fetches and installs; electron-updater in life. */
export interface Updater {
  /** Says what happens from now on. */
  listen(listener: (event: UpdateEvent) => void): void;
  /** Looks for a newer version and fetches it. */
  check(): Promise<void>;
  /** Ends the app and starts the newer one. `failed` hears why if it doesn't; the app still runs then. */
  install(failed: (error: unknown) => void): void;
}

/** The process the app runs in, apart from Electron: read once, by main.ts. */
export interface Host {
  /** Without the executable. */
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
  /** The languages that the system prefers, best first. Asked once Electron is ready. */
  readonly languages: () => readonly string[];
  readonly clock: Clock;
  readonly hasTray: () => Promise<boolean>;
  /** Onto the clipboard; rejects if the system doesn't take it. */
  readonly copy: (text: string) => Promise<void>;
  /** macOS: whether the app is signed with a developer's certificate. */
  readonly isSigned: () => Promise<boolean>;
  /** `downloads`: false for an app that can't replace itself; it only looks for newer versions. */
  readonly loadUpdater: (log: Log, downloads: boolean) => Promise<Updater>;
  /** Starts this app once more, with these arguments; it exits right after. */
  readonly startAgain: (args: readonly string[]) => void;
  /** The system or a terminal tells the process to end. */
  readonly onSignal: (listener: () => void) => void;
  /**
   * An error or a rejection that nothing caught. Without a listener Electron shows its own dialog for the one
   * (lib/browser/init), prints the other where nobody reads it (electron_browser_main_parts.cc), and goes on.
   */
  readonly onUncaught: (listener: (error: unknown) => void) => void;
}
