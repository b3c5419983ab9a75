/** The AppImage this app runs from: a file that belongs to the user, and that an update replaces. */
import {
  accessSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';

/**
 * `null` if this process doesn't run from an AppImage. `APPIMAGE` alone proves nothing: a program that runs from another
 * AppImage, such as a terminal, passes the variable on. Only its own AppImage is mounted where this process lies.
 */
export function ownAppImage(env: NodeJS.ProcessEnv, execPath: string): string | null {
  const { APPIMAGE, APPDIR } = env;
  if (!APPIMAGE || !APPDIR) return null;
  return real(execPath).startsWith(real(APPDIR) + sep) ? APPIMAGE : null;
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** Whether an update may replace the file: it is removed first, and the new one takes its place. */
export function isReplaceable(appImage: string): boolean {
  const probe = join(dirname(appImage), `.${basename(appImage)}.check`);
  try {
    accessSync(appImage, constants.W_OK);
    closeSync(openSync(probe, 'w'));
    rmSync(probe);
    return true;
  } catch {
    return false;
  }
}

export interface KeptAppImage {
  /** Puts the old file back, if it is gone or was replaced. */
  restore(): void;
  forget(): void;
}

/** Keeps the file under another name until it is known that the new one is in its place. */
export function keepAppImage(appImage: string): KeptAppImage {
  const kept = join(dirname(appImage), `.${basename(appImage)}.previous`);
  rmSync(kept, { force: true });
  try {
    linkSync(appImage, kept);
  } catch {
    // Some file systems have no links.
    copyFileSync(appImage, kept);
  }
  return {
    restore: () => {
      if (existsSync(kept)) renameSync(kept, appImage);
      // If both names lead to one file, a rename does nothing.
      rmSync(kept, { force: true });
    },
    forget: () => rmSync(kept, { force: true }),
  };
}
