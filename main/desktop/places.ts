/** Where the app's files are. */
import { renameSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

export interface Places {
  readonly dataDir: string;
  /** The app's own part of the data folder; what Chromium keeps is there, too. */
  readonly own: string;
  readonly log: string;
  readonly preferences: string;
  readonly preload: string;
  readonly pages: string;
  readonly icon: string;
  readonly trayIcons: string;
  /** Written by the packager next to the archive that `root` is, if a build knows where newer ones are. */
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

/** Nobody sees what a window's program writes to stderr. At a start, a large log becomes the old one. */
export function rotateLog(file: string): void {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > logBytesMax) renameSync(file, `${file}.old`);
}
