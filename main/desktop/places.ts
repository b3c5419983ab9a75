/** The places of the app's files. */
import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';
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

/** The log. Once it is large it is renamed, in place of the one before. Never throws: a full disk has a finding of its own. */
export class LogFile {
  readonly #path: string;
  #fd: number | null = null;
  #bytes = 0;

  constructor(path: string) {
    this.#path = path;
  }

  write(line: string): void {
    try {
      if (this.#fd === null) this.#open();
      if (this.#bytes > logBytesMax) this.#rotate();
      this.#bytes += writeSync(this.#fd ?? this.#open(), line);
    } catch {}
  }

  #open(): number {
    this.#fd = openSync(this.#path, 'a', 0o600);
    this.#bytes = fstatSync(this.#fd).size;
    return this.#fd;
  }

  /** Moves the log aside. A log that can't be renamed grows as much again before the next try. */
  #rotate(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
    try {
      renameSync(this.#path, `${this.#path}.old`);
    } catch {}
    this.#open();
    this.#bytes = 0;
  }
}
