/** Start at login: a setting of the system on macOS and Windows, a file on Linux. */
import { readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { languages, wordsIn } from '../../shared/words/words.ts';
import { writeFileAtomically } from '../identity/vault.ts';
import { appName, type Electron, type Platform } from './host.ts';
import { backgroundFlag } from './process/restart.ts';

export interface LoginItem {
  isOn(): boolean;
  set(on: boolean): void;
  /** Leads to where this app is now, if it was switched on for this data folder and the app has moved since. */
  refresh(): void;
}

export interface LoginItemHost {
  readonly platform: Platform;
  readonly env: NodeJS.ProcessEnv;
  readonly execPath: string;
  readonly appImage: string | null;
  /** What the app is to be started with. */
  readonly args: readonly string[];
}

/** Which data folder the app is to use when the system starts it. */
export const dataDirArgs = ({ dataDir }: { readonly dataDir: string }, defaultDataDir: string): string[] =>
  resolve(dataDir) === resolve(defaultDataDir) ? [] : [`--data-dir=${resolve(dataDir)}`];

/** At login the app begins as it was started now, only without showing the window. */
export const loginArgs = (flags: { readonly dataDir: string }, defaultDataDir: string): string[] => [
  backgroundFlag,
  ...dataDirArgs(flags, defaultDataDir),
];

/**
 * `null` where the app can't do that: run from its sources, or inside a sandbox that keeps the folder from it. On macOS
 * also with a data folder of its own: macOS passes no arguments, so another, empty server would start at login.
 */
export function loginItem(app: Electron['app'], host: LoginItemHost): LoginItem | null {
  if (!app.isPackaged) return null;
  if (host.platform === 'macos' && host.args.some((one) => one !== backgroundFlag)) return null;
  if (host.platform !== 'linux') return systemLoginItem(app, host);
  return host.env.FLATPAK_ID || host.env.SNAP ? null : autostartFile(host);
}

function systemLoginItem(app: Electron['app'], { platform, args }: LoginItemHost): LoginItem {
  // macOS takes no arguments; there the system says that it was opened at login.
  const how = platform === 'windows' ? { args: [...args] } : {};
  return {
    isOn: () => app.getLoginItemSettings(how).openAtLogin,
    set: (on) => app.setLoginItemSettings({ openAtLogin: on, ...how }),
    // An installer puts a new version where the old one was.
    refresh: () => {},
  };
}

function autostartFile({ env, execPath, appImage, args }: LoginItemHost): LoginItem {
  const config = env.XDG_CONFIG_HOME || join(env.HOME ?? homedir(), '.config');
  const file = join(config, 'autostart', 'paracord-node.desktop');
  // An AppImage runs from another folder each time.
  const command = [appImage ?? execPath, ...args];
  const read = (): string | null => {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return null;
    }
  };
  return {
    isOn() {
      const entry = read();
      // How session settings switch an entry off without removing it.
      return entry !== null && !/^(?:Hidden=true|X-GNOME-Autostart-enabled=false)$/m.test(entry);
    },
    set(on) {
      if (on) writeFileAtomically(file, desktopEntry(command));
      else rmSync(file, { force: true });
    },
    refresh() {
      const entry = read();
      const was = /^Exec=("(?:[^"\\]|\\.)*")(.*)$/m.exec(entry ?? '');
      const wanted = command.map(quoted);
      // With other arguments it belongs to another data folder.
      if (
        entry === null ||
        was === null ||
        was[2] !==
          wanted
            .slice(1)
            .map((one) => ` ${one}`)
            .join('')
      )
        return;
      if (was[1] === wanted[0]) return;
      writeFileAtomically(
        file,
        entry.replace(was[0], () => `Exec=${wanted.join(' ')}`),
      );
    },
  };
}

export function desktopEntry(command: readonly string[]): string {
  const lines = [
    '[Desktop Entry]',
    'Type=Application',
    `Name=${appName}`,
    ...languages.map((language) => {
      const { autostartComment } = wordsIn(language).desktop;
      return `Comment${language === 'en' ? '' : `[${language}]`}=${autostartComment}`;
    }),
    `Exec=${command.map(quoted).join(' ')}`,
    'Icon=paracord-node',
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * One argument as the Desktop Entry Specification wants it: quoted with ` " $ \ escaped, `%` doubled, and then once
 * more, because the value of a key has escapes of its own.
 */
function quoted(argument: string): string {
  if (/[\0-\x1f\x7f]/.test(argument))
    throw new Error('a path with control characters cannot be started at login');
  const inner = argument.replace(/["`$\\]/g, '\\$&').replaceAll('%', '%%');
  return `"${inner}"`.replaceAll('\\', '\\\\');
}
