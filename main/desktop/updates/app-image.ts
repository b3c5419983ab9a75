/** The AppImage that this app runs from. The file belongs to the user, and an update replaces it. */
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
 * `null` if this process doesn't run from an AppImage. `APPIMAGE` alone proves nothing: if a terminal runs from an
 * AppImage, this process inherits the terminal's variables. So its executable has to be inside `APPDIR`.
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

/** Whether an update can replace the file, which needs write access to its folder, too. */
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

interface KeptAppImage {
  /** Puts the old file back, if it is gone or was replaced. */
  restore(): void;
  forget(): void;
}

/** Keeps the file under another name until the new one is in place. */
export function keepAppImage(appImage: string): KeptAppImage {
  const kept = join(dirname(appImage), `.${basename(appImage)}.previous`);
  rmSync(kept, { force: true });
  try {
    linkSync(appImage, kept);
  } catch {
    // Some file systems don't support links.
    copyFileSync(appImage, kept);
  }
  return {
    restore: () => {
      if (existsSync(kept)) renameSync(kept, appImage);
      // If both names are links to one file, the rename does nothing.
      rmSync(kept, { force: true });
    },
    forget: () => rmSync(kept, { force: true }),
  };
}
