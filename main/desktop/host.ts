import type { Log } from '../kernel/log.ts';
import type { Clock } from '../kernel/ports.ts';
import type { Platform } from './electron.ts';
import type { Updater } from './updates/updates.ts';

/** The process the app runs in, apart from Electron: read once, by main.ts. */
export interface Host {
  /** Without the executable. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly platform: Platform;
  readonly execPath: string;
  /** The folder that holds `dist` and `build/icons`. */
  readonly root: string;
  readonly isFromStore: boolean;
  readonly defaultDataDir: string;
  /** The languages that the system prefers, best first. Asked once Electron is ready. */
  readonly languages: () => readonly string[];
  readonly clock: Clock;
  readonly hasTray: () => Promise<boolean>;
  /** Onto the clipboard; without it nothing offers to. */
  readonly copy?: (text: string) => void;
  readonly loadUpdater: (log: Log) => Promise<Updater>;
  /** The system or a terminal tells the process to end. */
  readonly onSignal: (listener: () => void) => void;
}
