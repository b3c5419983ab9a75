/** The app's only window. Closing it hides it, unless its owner wants that to quit the app. */
import type {
  BrowserWindow,
  BrowserWindowConstructorOptions,
  NativeImage,
  Rectangle,
  WebContents,
} from 'electron';
import type { Clock } from '../../kernel/ports.ts';
import { appName, type Electron, type Platform } from '../host.ts';
import type { Preferences, WindowPlace } from '../preferences.ts';
import { indexUrl } from './app-scheme.ts';

export const usualSize = { width: 1180, height: 780 };
/** The screens also have a narrow layout. */
export const smallestSize = { minWidth: 360, minHeight: 480 };

/** A window can be moved if at least this much of its title bar is on a display. */
const grip = { width: 120, height: 48 };

/** A page that crashes again and again would keep the machine busy. */
const reloadsMax = 3;
const reloadsWithinMs = 60_000;

const showsAnywayMs = 10_000;
/** A click on the tray's icon takes the focus before the app gets it. */
const clickMsMax = 500;

/** The function runs only the first time it is called. */
const once = (run: () => void): (() => void) => {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    run();
  };
};

export interface WindowDeps {
  readonly preferences: Preferences;
  readonly preload: string;
  readonly icon: string;
  readonly devTools: boolean;
  readonly platform: Platform;
  readonly clock: Clock;
  /** Called once the window was closed, and so is hidden. */
  readonly onHidden: () => void;
  /** Linux and Windows: the menu bar is only shown while Alt is pressed. */
  readonly hidesMenuBar: () => boolean;
  /** True once the app quits. Until then, closing only hides. */
  readonly mayClose: () => boolean;
  /** Asks its owner, if they want to be asked. */
  readonly quit: () => void;
  readonly onGaveUp: (reason: string) => void;
  readonly log: { error(details: object, message: string): void };
}

/** On Windows and Linux, Chromium downloads a dictionary from Google, so there its owner has to ask for it. */
export const checksSpelling = (preferences: Preferences, platform: Platform): boolean =>
  preferences.get().checksSpelling ?? platform === 'macos';

export function windowOptions(
  deps: Pick<WindowDeps, 'preload' | 'icon' | 'devTools' | 'hidesMenuBar' | 'preferences' | 'platform'>,
  place: ReturnType<typeof placeFor>,
): BrowserWindowConstructorOptions {
  return {
    ...place,
    ...smallestSize,
    show: false,
    title: appName,
    icon: deps.icon,
    autoHideMenuBar: deps.hidesMenuBar(),
    webPreferences: {
      preload: deps.preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webviewTag: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      navigateOnDragDrop: false,
      spellcheck: checksSpelling(deps.preferences, deps.platform),
      devTools: deps.devTools,
    },
  };
}

export class MainWindow {
  readonly #electron: Pick<Electron, 'BrowserWindow' | 'screen'>;
  readonly #deps: WindowDeps;
  #window: BrowserWindow | null = null;
  #reloads: number[] = [];
  #hash = '';
  #blurredAt = Number.NEGATIVE_INFINITY;
  #overlay: [icon: NativeImage | null, description: string] = [null, ''];

  constructor(electron: Pick<Electron, 'BrowserWindow' | 'screen'>, deps: WindowDeps) {
    this.#electron = electron;
    this.#deps = deps;
  }

  get contents(): WebContents | null {
    return this.#window && !this.#window.isDestroyed() ? this.#window.webContents : null;
  }

  get native(): BrowserWindow | null {
    return this.#window;
  }

  /** The page's route (`#/…`) while the window has the focus, otherwise `null`. */
  get lookedAt(): string | null {
    return this.#window?.isFocused() ? this.#hash : null;
  }

  /** Opens the window or brings it to the front, at `route` (`#/…`) if there is one. */
  show(route?: string): void {
    if (this.#window === null) {
      this.#open(route ?? '');
      return;
    }
    if (route !== undefined) this.#load(this.#window, route);
    if (this.#window.isMinimized()) this.#window.restore();
    this.#window.show();
    this.#window.focus();
  }

  /** Opens the window or brings it to the front; hides it if it is there already. */
  toggle(): void {
    const window = this.#window;
    const isInFront =
      window?.isVisible() === true &&
      !window.isMinimized() &&
      (window.isFocused() || this.#deps.clock.now() - this.#blurredAt < clickMsMax);
    if (window === null || !isInFront) {
      this.show();
      return;
    }
    this.rememberPlace();
    this.#hide(window, () => {});
  }

  /** Windows: an icon over the app's icon in the taskbar, or none. */
  overlay(icon: NativeImage | null, description: string): void {
    this.#overlay = [icon, description];
    this.#window?.setOverlayIcon(icon, description);
  }

  send(channel: string, ...values: readonly unknown[]): void {
    this.contents?.send(channel, ...values);
  }

  /** Saves the window's place. Never throws, because nothing may keep the app from quitting. */
  rememberPlace(): void {
    try {
      this.#keepPlace();
    } catch (error) {
      this.#deps.log.error({ err: error }, 'the position of the window was not saved');
    }
  }

  #keepPlace(): void {
    const window = this.#window;
    if (window === null || window.isDestroyed()) return;
    const { x, y, width, height } = window.getNormalBounds();
    const round = Math.round;
    this.#deps.preferences.change({
      window: {
        x: round(x),
        y: round(y),
        width: round(width),
        height: round(height),
        maximized: window.isMaximized(),
      },
    });
  }

  #open(route: string): void {
    const { preferences } = this.#deps;
    const areas = this.#electron.screen.getAllDisplays().map((display) => display.workArea);
    const saved = preferences.get().window;
    const window = new this.#electron.BrowserWindow(windowOptions(this.#deps, placeFor(saved, areas)));
    this.#window = window;
    // `ready-to-show` may never come. The window appears all the same.
    const showOnce = once(() => {
      cancel();
      if (window.isDestroyed()) return;
      // The call shows the window, too, so it comes last.
      if (saved?.maximized) window.maximize();
      window.show();
    });
    const cancel = this.#deps.clock.after(showsAnywayMs, showOnce);
    window.once('ready-to-show', showOnce);
    // A hidden window has no button in the taskbar, and a new button has no overlay.
    if (this.#deps.platform === 'windows') window.on('show', () => window.setOverlayIcon(...this.#overlay));
    window.on('blur', () => {
      this.#blurredAt = this.#deps.clock.now();
    });
    window.on('close', (event) => this.#closing(event, window));
    window.on('closed', () => {
      this.#window = null;
      this.#hash = '';
    });
    const remember = (address: string): void => {
      this.#hash = URL.parse(address)?.hash ?? '';
    };
    window.webContents.on('did-navigate', (_event, address) => remember(address));
    window.webContents.on('did-navigate-in-page', (_event, address, isMainFrame) => {
      if (isMainFrame) remember(address);
    });
    window.webContents.on('render-process-gone', (_event, { reason }) => this.#gone(window, reason));
    window.webContents.on('did-fail-load', (_event, code, description, _address, isMainFrame) => {
      // -3 means that another load replaced this one.
      if (isMainFrame && code !== -3) this.#gone(window, description);
    });
    this.#load(window, route);
  }

  /**
   * If the page is loaded already, only the part after `#` changes. The address that it has already would load it again,
   * with everything typed there lost.
   */
  #load(window: BrowserWindow, route: string): void {
    if (this.#hash !== '' && this.#hash === URL.parse(indexUrl + route)?.hash) return;
    // A failure is reported by `did-fail-load`. A load that another one replaces rejects, too, and isn't one.
    window.loadURL(indexUrl + route).catch(() => {});
  }

  #closing(event: { preventDefault(): void }, window: BrowserWindow): void {
    const closes = this.#deps.mayClose();
    if (!closes) event.preventDefault();
    this.rememberPlace();
    if (closes) return;
    if (!this.#deps.preferences.get().keepsRunning) {
      this.#deps.quit();
      return;
    }
    this.#hide(window, this.#deps.onHidden);
  }

  #hide(window: BrowserWindow, then: () => void): void {
    const hide = (): void => {
      window.hide();
      then();
    };
    if (!window.isFullScreen()) {
      hide();
      return;
    }
    // Otherwise macOS keeps an empty space for it.
    window.once('leave-full-screen', hide);
    window.setFullScreen(false);
  }

  #gone(window: BrowserWindow, reason: string): void {
    if (reason === 'clean-exit' || window.isDestroyed()) return;
    const now = this.#deps.clock.now();
    this.#reloads = [...this.#reloads.filter((at) => now - at < reloadsWithinMs), now];
    if (this.#reloads.length > reloadsMax) this.#deps.onGaveUp(reason);
    else window.reload();
  }
}

/** The saved position, if a display still shows enough of the title bar there. Otherwise the system chooses. */
export function placeFor(
  saved: WindowPlace | null,
  workAreas: readonly Rectangle[],
): { width: number; height: number; x?: number; y?: number } {
  if (saved === null) return usualSize;
  const width = Math.max(saved.width, smallestSize.minWidth);
  const height = Math.max(saved.height, smallestSize.minHeight);
  const titleBar = { x: saved.x, y: saved.y, width, height: grip.height };
  const reachable = workAreas.some((area) => {
    const seen = overlap(titleBar, area);
    return seen.width >= grip.width && seen.height >= grip.height / 2;
  });
  return reachable ? { width, height, x: saved.x, y: saved.y } : { width, height };
}

function overlap(a: Rectangle, b: Rectangle): { width: number; height: number } {
  return {
    width: Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x),
    height: Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y),
  };
}
