import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Tray } from 'electron';
import type { Words } from '../../../shared/words/words.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { Electron, HasTray, Platform } from '../host.ts';
import { type TrayActions, type TrayStatus, trayIcon, trayMenu, trayTooltip } from './tray-menu.ts';

interface NodeTray {
  /** `update`: a version that waits for its owner. */
  show(status: TrayStatus, update?: string | null): void;
  remove(): void;
}

/** macOS colors a template image. The other systems get an image with its own background, for panels of any color. */
export const trayIconFile = (platform: Platform, icon: string, isUnread: boolean): string => {
  const name = `${icon}${isUnread ? 'Unread' : ''}`;
  return platform === 'macos' ? `${name}Template.png` : `${name}.${platform === 'windows' ? 'ico' : 'png'}`;
};

export function createTray(
  electron: Pick<Electron, 'Tray' | 'Menu' | 'nativeImage'>,
  platform: Platform,
  iconsDir: string,
  words: () => Words,
  actions: TrayActions,
): NodeTray {
  const iconFile = (status: TrayStatus): string =>
    trayIconFile(platform, trayIcon(status), (status?.unread.unread ?? 0) > 0);
  const image = (status: TrayStatus) => electron.nativeImage.createFromPath(join(iconsDir, iconFile(status)));
  const tray: Tray = new electron.Tray(image(null));
  let shown = '';
  // On macOS a click opens the menu, elsewhere the window.
  if (platform !== 'macos') tray.on('click', actions.toggle);
  return {
    show(status, update = null) {
      // Replacing an open menu closes it, so this only happens if something differs.
      const tooltip = trayTooltip(status, words());
      const menu = trayMenu(status, actions, words(), update);
      const next = JSON.stringify([iconFile(status), tooltip, menu]);
      if (next === shown) return;
      shown = next;
      tray.setImage(image(status));
      tray.setToolTip(tooltip);
      tray.setContextMenu(electron.Menu.buildFromTemplate(menu));
    },
    remove: () => tray.destroy(),
  };
}

/**
 * On Linux, Electron doesn't report that nobody shows tray icons, as on GNOME without an extension. So this asks the session
 * bus whether a program accepts them. If none does, Electron falls back to the older kind of X11 (OnImplInitializationFailed
 * in tray_icon_linux.cc), which panels such as i3bar, tint2 and LXDE's show.
 */
export function hasTray(
  platform: Platform,
  env: NodeJS.ProcessEnv,
  ask: typeof execFile = execFile,
): Promise<HasTray> {
  if (platform !== 'linux') return Promise.resolve(true);
  const otherwise: HasTray = env.DISPLAY && !env.WAYLAND_DISPLAY ? 'unknown' : false;
  const call = [
    'call',
    '--session',
    '--dest',
    'org.freedesktop.DBus',
    '--object-path',
    '/org/freedesktop/DBus',
  ];
  const method = ['--method', 'org.freedesktop.DBus.NameHasOwner', 'org.kde.StatusNotifierWatcher'];
  return new Promise((resolve) => {
    ask('gdbus', [...call, ...method], { timeout: 2_000 }, (error, stdout) =>
      resolve((error === null && String(stdout).includes('true')) || otherwise),
    );
  });
}

/** At login, the panel often starts after the app. If there is none after some minutes, there won't be one. */
const waitsMs = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 60_000, 60_000];

/** Polls for a while until this desktop shows tray icons, then calls `found`. The returned function stops it. */
export function awaitTray(clock: Clock, hasTray: () => Promise<HasTray>, found: () => void): () => void {
  let cancel = (): void => {};
  let ended = false;
  const next = (attempt: number): void => {
    const ms = waitsMs[attempt];
    if (ms === undefined) return;
    cancel = clock.after(ms, async () => {
      const there = await hasTray().catch(() => false);
      if (ended) return;
      if (there === true) found();
      else next(attempt + 1);
    });
  };
  next(0);
  return () => {
    ended = true;
    cancel();
  };
}

interface AppTrayDeps {
  readonly clock: Clock;
  /** Whether this desktop shows tray icons now. */
  readonly hasTray: () => Promise<HasTray>;
  readonly make: () => NodeTray;
  readonly log: { warn(details: object, message: string): void };
}

/** The app's tray icon. Depending on the desktop, it appears at the start, later or never. */
export class AppTray {
  readonly #deps: AppTrayDeps;
  #tray: NodeTray | null = null;
  #isKnown = false;
  #status: TrayStatus = null;
  #update: string | null = null;
  #cancel = (): void => {};

  constructor(deps: AppTrayDeps) {
    this.#deps = deps;
  }

  /** Whether somebody certainly sees the icon. */
  get isThere(): boolean {
    return this.#tray !== null && this.#isKnown;
  }

  async open(): Promise<void> {
    const there = await this.#deps.hasTray();
    if (there !== false) this.#make();
    this.#isKnown = there === true;
  }

  /** If there is no tray yet, waits for one for some minutes; `appeared` is called once it shows the icon. */
  awaitPanel(appeared: () => void): void {
    if (this.isThere) return;
    this.#cancel = awaitTray(this.#deps.clock, this.#deps.hasTray, () => {
      // The older kind of icon stays one.
      this.remove();
      this.#make();
      this.#isKnown = true;
      appeared();
    });
  }

  stopWaiting(): void {
    this.#cancel();
  }

  show(status: TrayStatus): void {
    this.#status = status;
    this.redraw();
  }

  showUpdate(version: string | null): void {
    this.#update = version;
    this.redraw();
  }

  /** Uses the current language. */
  redraw(): void {
    this.#tray?.show(this.#status, this.#update);
  }

  remove(): void {
    this.#tray?.remove();
    this.#tray = null;
  }

  #make(): void {
    try {
      this.#tray = this.#deps.make();
      this.redraw();
    } catch (error) {
      this.#deps.log.warn({ err: error }, 'the system shows no tray icon');
    }
  }
}
