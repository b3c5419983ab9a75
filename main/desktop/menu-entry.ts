/** An entry for an AppImage in the applications menu. The packages for Linux bring one. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { writeFileAtomically } from '../identity/vault.ts';
import { textIn } from '../kernel/regular-file.ts';
import { desktopEntry } from './login-item.ts';
import { linkScheme } from './window/deep-link.ts';

export interface MenuEntry {
  isThere(): boolean;
  set(on: boolean): void;
  /** Updates the path, if the AppImage has moved since. */
  refresh(): void;
}

interface MenuEntryHost {
  readonly env: NodeJS.ProcessEnv;
  readonly appImage: string | null;
}

/** `icon`: a file of 256 by 256 pixels. `null` if the app isn't an AppImage. */
export function menuEntry({ env, appImage }: MenuEntryHost, icon: string): MenuEntry | null {
  if (appImage === null) return null;
  const data = env.XDG_DATA_HOME || join(env.HOME ?? homedir(), '.local', 'share');
  // The window has the same name (`desktopName` in package.json), and Electron looks for it when it opens links.
  const file = join(data, 'applications', 'paracord-node.desktop');
  const iconFile = join(data, 'icons', 'hicolor', '256x256', 'apps', 'paracord-node-desktop.png');
  const wanted = (): string =>
    desktopEntry([appImage], {
      takesLinks: true,
      lines: [
        // Desktops hide the entry once the file is gone.
        `TryExec=${appImage.replaceAll('\\', '\\\\')}`,
        'Categories=Network;',
        `MimeType=x-scheme-handler/${linkScheme};`,
        'StartupWMClass=paracord-node',
      ],
    });
  const read = () => textIn(file);
  const write = (): void => {
    const entry = wanted();
    mkdirSync(dirname(iconFile), { recursive: true });
    writeFileSync(iconFile, readFileSync(icon));
    writeFileAtomically(file, entry);
  };
  return {
    isThere: () => read() !== null,
    set(on) {
      if (on) write();
      else for (const one of [file, iconFile]) rmSync(one, { force: true });
    },
    refresh() {
      const entry = read();
      if (entry !== null && entry !== wanted()) write();
    },
  };
}
