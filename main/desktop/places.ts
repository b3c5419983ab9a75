/** Where the app's files are. */
import { renameSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

export interface Places {
  readonly dataDir: string;
  /** The app's own part of the data folder, which includes Chromium's files. */
  readonly own: string;
  readonly log: string;
  readonly preferences: string;
  readonly preload: string;
  readonly pages: string;
  readonly icon: string;
  readonly trayIcons: string;
  /** The packager writes it next to the archive if it knows where newer versions are published. */
  readonly updateSource: string;
}

/** `dataDir` as the flags name it; `root` is the folder that holds `dist` and `build/icons`. */
export function placesOf(dataDir: string, root: string): Places {
  const data = resolve(dataDir);
  const own = join(data, 'desktop');
  return {
    dataDir: data,
    own,
    log: join(own, 'node.log'),
    preferences: join(own, 'preferences.json'),
    preload: join(root, 'dist/desktop/preload.cjs'),
    pages: join(root, 'dist/renderer'),
    icon: join(root, 'build/icons/256x256.png'),
    trayIcons: join(root, 'build/icons/tray'),
    updateSource: join(root, '..', 'app-update.yml'),
  };
}

const logBytesMax = 10 * 1024 * 1024;

/** Call it at the start: renames a log that has grown too large. If that fails, the log keeps growing. */
export function rotateLog(file: string): void {
  try {
    if (statSync(file).size > logBytesMax) renameSync(file, `${file}.old`);
  } catch {}
}
