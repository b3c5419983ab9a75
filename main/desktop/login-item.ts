/** Start at login: a setting of the system on macOS and Windows, a file on Linux. */
import { rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { languages, wordsIn } from '../../shared/words/words.ts';
import { writeFileAtomically } from '../identity/vault.ts';
import { textIn } from '../kernel/regular-file.ts';
import { appName, type Electron, type Platform } from './host.ts';
import { backgroundFlag } from './process/restart.ts';

export interface LoginItem {
  isOn(): boolean;
  /** `needsApproval`: macOS starts it once its owner has allowed that in the settings of the system. */
  set(on: boolean): 'done' | 'needsApproval' | 'refused';
  /** Updates the path, if it is on for this data folder and the app has moved since. */
  refresh(): void;
}

interface LoginItemHost {
  readonly platform: Platform;
  readonly env: NodeJS.ProcessEnv;
  readonly execPath: string;
  readonly appImage: string | null;
  /** The arguments to start the app with. */
  readonly args: readonly string[];
}

/** Makes the app use this data folder when the system starts it. */
export const dataDirArgs = ({ dataDir }: { readonly dataDir: string }, defaultDataDir: string): string[] =>
  resolve(dataDir) === resolve(defaultDataDir) ? [] : [`--data-dir=${resolve(dataDir)}`];

/** At login the app starts with the same data folder, but without showing its window. */
export const loginArgs = (flags: { readonly dataDir: string }, defaultDataDir: string): string[] => [
  backgroundFlag,
  ...dataDirArgs(flags, defaultDataDir),
];

/**
 * `null` if the app can't do that: it runs from its sources, or in a sandbox without access to the folder. On macOS,
 * also if it has its own data folder: macOS passes no arguments, so another, empty server would start at login.
 */
export function loginItem(app: Electron['app'], host: LoginItemHost): LoginItem | null {
  if (!app.isPackaged) return null;
  if (host.platform === 'macos' && host.args.some((one) => one !== backgroundFlag)) return null;
  if (host.platform !== 'linux') return systemLoginItem(app, host);
  return host.env.FLATPAK_ID || host.env.SNAP ? null : autostartFile(host);
}

function systemLoginItem(app: Electron['app'], { platform, args }: LoginItemHost): LoginItem {
  // macOS accepts no arguments. It tells the app that it was opened at login.
  const how = platform === 'windows' ? { args: [...args] } : {};
  const isOn = (): boolean => {
    const { openAtLogin, executableWillLaunchAtLogin } = app.getLoginItemSettings(how);
    // Windows keeps the entry if its owner turns the app off in Settings or the Task Manager.
    return openAtLogin && (platform !== 'windows' || executableWillLaunchAtLogin);
  };
  return {
    isOn,
    set(on) {
      // The call throws nothing if the system refuses (SetLoginItemEnabled in platform_util_mac.mm).
      app.setLoginItemSettings({ openAtLogin: on, ...how });
      if (isOn() === on) return 'done';
      return app.getLoginItemSettings(how).status === 'requires-approval' ? 'needsApproval' : 'refused';
    },
    // A new version is installed in the same place.
    refresh: () => {},
  };
}

function autostartFile({ env, execPath, appImage, args }: LoginItemHost): LoginItem {
  const config = env.XDG_CONFIG_HOME || join(env.HOME ?? homedir(), '.config');
  const file = join(config, 'autostart', 'paracord-node.desktop');
  // An AppImage is mounted in another folder each time.
  const command = [appImage ?? execPath, ...args];
  const read = () => textIn(file);
  return {
    isOn() {
      const entry = read();
      // Desktop settings turn an entry off without removing it.
      return entry !== null && !/^(?:Hidden=true|X-GNOME-Autostart-enabled=false)$/m.test(entry);
    },
    set(on) {
      if (on) writeFileAtomically(file, desktopEntry(command));
      else rmSync(file, { force: true });
      return 'done';
    },
    refresh() {
      const entry = read();
      const was = /^Exec=("(?:[^"\\]|\\.)*")(.*)$/m.exec(entry ?? '');
      const wanted = command.map(quoted);
      const wantedArgs = wanted.slice(1).map((one) => ` ${one}`);
      // An entry with other arguments belongs to another data folder.
      if (entry === null || was === null || was[2] !== wantedArgs.join('') || was[1] === wanted[0]) return;
      writeFileAtomically(
        file,
        entry.replace(was[0], () => `Exec=${wanted.join(' ')}`),
      );
    },
  };
}

interface EntryOptions {
  /** The command gets opened links as its last argument. */
  readonly takesLinks: boolean;
  readonly lines: readonly string[];
}

const autostart: EntryOptions = { takesLinks: false, lines: ['X-GNOME-Autostart-enabled=true'] };

export function desktopEntry(
  command: readonly string[],
  { takesLinks, lines: more }: EntryOptions = autostart,
): string {
  const lines = [
    '[Desktop Entry]',
    'Type=Application',
    `Name=${appName}`,
    ...languages.map((language) => {
      const { autostartComment } = wordsIn(language).desktop;
      return `Comment${language === 'en' ? '' : `[${language}]`}=${autostartComment}`;
    }),
    `Exec=${command.map(quoted).join(' ')}${takesLinks ? ' %u' : ''}`,
    'Icon=paracord-node-desktop',
    'Terminal=false',
    ...more,
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * Writes one argument as the Desktop Entry Specification requires: in quotes, with ` " $ \ escaped and `%` doubled.
 * Backslashes are escaped once more, because the value of a key has its own escapes.
 */
function quoted(argument: string): string {
  if (/[\0-\x1f\x7f]/.test(argument))
    throw new Error('a path with control characters cannot be started at login');
  const inner = argument.replace(/["`$\\]/g, '\\$&').replaceAll('%', '%%');
  return `"${inner}"`.replaceAll('\\', '\\\\');
}
