import { EventEmitter } from 'node:events';
import type { BrowserWindow, BrowserWindowConstructorOptions, Rectangle, WebContents } from 'electron';
import { cancellable, type StandInApp } from './app.ts';

class StandInContents extends EventEmitter implements Pick<WebContents, 'send' | 'setWindowOpenHandler'> {
  readonly sent: { readonly channel: string; readonly values: readonly unknown[] }[] = [];
  url = '';
  openWindow: Parameters<WebContents['setWindowOpenHandler']>[0] = () => ({ action: 'allow' });

  send(channel: string, ...values: unknown[]): void {
    this.sent.push({ channel, values });
    this.emit('stand-in-sent', channel);
  }

  /** The page's address changes, because it was loaded or because its part after `#` did. */
  goTo(url: string, isLoaded = false): void {
    this.url = url;
    if (isLoaded) this.emit('did-navigate', {}, url, -1, '');
    else this.emit('did-navigate-in-page', {}, url, true);
  }

  setWindowOpenHandler(handler: Parameters<WebContents['setWindowOpenHandler']>[0]): void {
    this.openWindow = handler;
  }
}

/** A window without a page: shell/browser/api/electron_api_base_window.cc. */
export class StandInBaseWindow extends EventEmitter {
  readonly is = { visible: false, focused: false, minimized: false, maximized: false, fullScreen: false };
  readonly #app: StandInApp;
  #isDestroyed = false;

  constructor(app: StandInApp) {
    super();
    this.#app = app;
    app.windows.push(this);
  }

  /** NativeWindow::NotifyWindowCloseButtonClicked. */
  close(): void {
    const event = cancellable();
    this.emit('close', event);
    if (event.prevented) this.#app.staysOpen();
    else this.closeNow();
  }

  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.emit('closed');
    this.#app.closed(this);
  }

  isDestroyed = (): boolean => this.#isDestroyed;
  isVisible = (): boolean => this.is.visible;

  protected closeNow(): void {
    this.destroy();
  }
}

type WindowMembers = Pick<
  BrowserWindow,
  | 'loadURL'
  | 'show'
  | 'hide'
  | 'focus'
  | 'minimize'
  | 'restore'
  | 'maximize'
  | 'reload'
  | 'close'
  | 'destroy'
  | 'isDestroyed'
  | 'isFocused'
  | 'isVisible'
  | 'isMinimized'
  | 'isMaximized'
  | 'isFullScreen'
  | 'setFullScreen'
  | 'getNormalBounds'
  | 'setOverlayIcon'
>;

export class StandInWindow extends StandInBaseWindow implements WindowMembers {
  readonly webContents = new StandInContents();
  readonly options: BrowserWindowConstructorOptions;
  readonly loaded: string[] = [];
  readonly #getsReady: boolean;
  bounds: Rectangle;
  reloads = 0;
  overlay: { readonly path: string; readonly description: string } | null = null;

  constructor(app: StandInApp, options: BrowserWindowConstructorOptions, getsReady = true) {
    super(app);
    this.options = options;
    this.#getsReady = getsReady;
    const { x = 10, y = 10, width = 800, height = 600 } = options;
    this.bounds = { x, y, width, height };
  }

  async loadURL(url: string): Promise<void> {
    // `LoadURL` of electron_api_web_contents.cc navigates as if the address were typed, and Chromium makes a reload of that
    // if it is the page's own (ShouldTreatNavigationAsReload in navigation_controller_impl.cc).
    if (url === this.webContents.url) this.reloads++;
    const isFirst = this.webContents.url === '';
    this.loaded.push(url);
    this.webContents.goTo(url, isFirst);
    if (isFirst && this.#getsReady) queueMicrotask(() => this.emit('ready-to-show'));
  }
  show(): void {
    Object.assign(this.is, { visible: true, focused: true, minimized: false });
    this.emit('show');
  }
  /** The button in the taskbar goes, and its overlay with it. */
  hide(): void {
    Object.assign(this.is, { visible: false, focused: false });
    this.overlay = null;
  }
  /** TaskbarHost::SetOverlayIcon. ITaskbarList3 knows only windows with a button in the taskbar. */
  setOverlayIcon(icon: object | null, description: string): void {
    if (!this.is.visible) return;
    this.overlay = icon === null ? null : { path: (icon as { path: string }).path, description };
  }
  /** NativeWindowViews::Focus does nothing for a hidden window. */
  focus(): void {
    this.is.focused = this.is.visible;
  }
  minimize(): void {
    Object.assign(this.is, { minimized: true, focused: false });
  }
  restore(): void {
    this.is.minimized = false;
  }
  /** Shows a window that is hidden: shell/browser/native_window_views.cc, NativeWindowViews::Maximize. */
  maximize(): void {
    Object.assign(this.is, { maximized: true, visible: true });
  }
  setFullScreen(flag: boolean): void {
    this.is.fullScreen = flag;
    queueMicrotask(() => this.emit(flag ? 'enter-full-screen' : 'leave-full-screen'));
  }
  isFullScreen = (): boolean => this.is.fullScreen;
  reload(): void {
    this.reloads++;
  }
  isFocused = (): boolean => this.is.focused;
  isMinimized = (): boolean => this.is.minimized;
  isMaximized = (): boolean => this.is.maximized;
  getNormalBounds = (): Rectangle => this.bounds;

  /** The page is closed first, which takes a while: BrowserWindow::OnCloseButtonClicked. */
  protected override closeNow(): void {
    queueMicrotask(() => this.destroy());
  }
}
