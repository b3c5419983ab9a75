/** The one window: shown, hidden, brought back; closing it never stops the node. */
import type { BrowserWindow, BrowserWindowConstructorOptions, WebContents } from 'electron';
import type { Clock } from '../../kernel/ports.ts';
import { appName, type Electron } from '../host.ts';
import type { Preferences } from '../preferences.ts';
import { indexUrl } from './app-scheme.ts';
import { placeFor, smallestSize } from './window-place.ts';

/** A page that falls again and again is not worth a machine's whole attention. */
const reloadsMax = 3;
const reloadsWithinMs = 60_000;

export interface WindowParts {
  readonly preferences: Preferences;
  readonly preload: string;
  readonly icon: string;
  readonly devTools: boolean;
  readonly clock: Clock;
  /** Where there is a tray, closing hides the window; elsewhere it is minimised, so that it can be found again. */
  readonly hidesOnClose: () => boolean;
  /** True once the app is on its way out: then a window closes. */
  readonly mayClose: () => boolean;
  readonly onGaveUp: (reason: string) => void;
  /** The session ends: Windows waits for nobody. */
  readonly onSessionEnd: () => void;
}

export function windowOptions(
  parts: Pick<WindowParts, 'preload' | 'icon' | 'devTools'>,
  place: ReturnType<typeof placeFor>,
): BrowserWindowConstructorOptions {
  return {
    ...place,
    ...smallestSize,
    show: false,
    title: appName,
    icon: parts.icon,
    autoHideMenuBar: true,
    webPreferences: {
      preload: parts.preload,
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
      // It would fetch dictionaries from someone else's server.
      spellcheck: false,
      devTools: parts.devTools,
    },
  };
}

export class MainWindow {
  readonly #electron: Pick<Electron, 'BrowserWindow' | 'screen'>;
  readonly #parts: WindowParts;
  #window: BrowserWindow | null = null;
  #reloads: number[] = [];
  #hash = '';

  constructor(electron: Pick<Electron, 'BrowserWindow' | 'screen'>, parts: WindowParts) {
    this.#electron = electron;
    this.#parts = parts;
  }

  get contents(): WebContents | null {
    return this.#window && !this.#window.isDestroyed() ? this.#window.webContents : null;
  }

  get native(): BrowserWindow | null {
    return this.#window;
  }

  /** Where the page is in itself (`#/…`) while the window has the focus; `null` while it has not. */
  get lookedAt(): string | null {
    return this.#window?.isFocused() ? this.#hash : null;
  }

  /** Opens the window, or brings it to the front; at `route` (`#/…`) if one is given. */
  show(route?: string): void {
    if (this.#window === null) {
      this.#open(route ?? '', (window) => window.show());
      return;
    }
    if (route !== undefined) this.#load(this.#window, route);
    if (this.#window.isMinimized()) this.#window.restore();
    this.#window.show();
    this.#window.focus();
  }

  /** In the task bar, for a start in the background on a desktop without a tray. */
  showMinimized(): void {
    if (this.#window === null) this.#open('', (window) => window.minimize());
  }

  send(channel: string, ...values: readonly unknown[]): void {
    this.contents?.send(channel, ...values);
  }

  rememberPlace(): void {
    const window = this.#window;
    if (window === null || window.isDestroyed()) return;
    const { x, y, width, height } = window.getNormalBounds();
    const round = Math.round;
    this.#parts.preferences.change({
      window: {
        x: round(x),
        y: round(y),
        width: round(width),
        height: round(height),
        maximized: window.isMaximized(),
      },
    });
  }

  #open(route: string, whenReady: (window: BrowserWindow) => void): void {
    const { preferences } = this.#parts;
    const areas = this.#electron.screen.getAllDisplays().map((display) => display.workArea);
    const saved = preferences.get().window;
    const window = new this.#electron.BrowserWindow(windowOptions(this.#parts, placeFor(saved, areas)));
    this.#window = window;
    if (saved?.maximized) window.maximize();
    window.once('ready-to-show', () => whenReady(window));
    window.on('close', (event) => this.#closing(event, window));
    window.on('closed', () => {
      this.#window = null;
    });
    window.on('session-end', () => this.#parts.onSessionEnd());
    const stands = (address: string): void => {
      this.#hash = URL.parse(address)?.hash ?? '';
    };
    window.webContents.on('did-navigate', (_event, address) => stands(address));
    window.webContents.on('did-navigate-in-page', (_event, address, isMainFrame) => {
      if (isMainFrame) stands(address);
    });
    window.webContents.on('render-process-gone', (_event, { reason }) => this.#gone(window, reason));
    this.#load(window, route);
  }

  /** Within the page that is already there, only what is behind the `#` changes, and nothing is loaded again. */
  #load(window: BrowserWindow, route: string): void {
    // A load that another one overtakes isn't a failure, and one that fails shows as an empty window.
    window.loadURL(indexUrl + route).catch(() => {});
  }

  #closing(event: { preventDefault(): void }, window: BrowserWindow): void {
    this.rememberPlace();
    if (this.#parts.mayClose()) return;
    event.preventDefault();
    if (this.#parts.hidesOnClose()) window.hide();
    else window.minimize();
  }

  #gone(window: BrowserWindow, reason: string): void {
    if (reason === 'clean-exit' || window.isDestroyed()) return;
    const now = this.#parts.clock.now();
    this.#reloads = [...this.#reloads.filter((at) => now - at < reloadsWithinMs), now];
    if (this.#reloads.length > reloadsMax) this.#parts.onGaveUp(reason);
    else window.reload();
  }
}
