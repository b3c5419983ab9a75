/**
 * Stands in for Electron where its runtime isn't available. Each part `satisfies` what Electron's types say of it,
 * so that it cannot promise what Electron does not have; what the app asks beyond it fails the test that asks.
 */
import { EventEmitter } from 'node:events';
import type {
  App,
  BrowserWindow,
  BrowserWindowConstructorOptions,
  Dialog,
  IpcMain,
  IpcMainInvokeEvent,
  MenuItemConstructorOptions,
  MessageBoxOptions,
  NotificationConstructorOptions,
  Protocol,
  Rectangle,
  Screen,
  Shell,
  SystemPreferences,
  WebContents,
} from 'electron';
import type { Electron } from '../../../main/desktop/host.ts';
import type { BridgeAnswer } from '../../../shared/api/shell.ts';
import {
  StandInNotification,
  StandInSession,
  StandInTray,
  standInKeyStore,
} from './electron-stand-in-parts.ts';

export interface StandInOptions {
  readonly isPackaged?: boolean;
  /** False: another instance has the lock. */
  readonly firstInstance?: boolean;
  readonly keyStore?: KeyStore;
  /** macOS: the session began the app. */
  readonly openedAtLogin?: boolean;
  /** macOS: what its user answers when asked for the camera. */
  readonly allowsCamera?: boolean;
  readonly workAreas?: readonly Rectangle[];
  /** The index of the button pressed; Electron's own default is the first. */
  readonly press?: (options: MessageBoxOptions) => number | Promise<number>;
  /** Where the owner saves a file; by default nowhere. */
  readonly saveAs?: (name: string) => string;
  /** False: the page is loaded, and `ready-to-show` never comes. */
  readonly getsReady?: boolean;
  /** As an app that nobody signed on macOS: notifications only fail. */
  readonly notificationsFail?: boolean;
}

/**
 * `locked`: there for others, and for now not for us. `other`: it opens nothing that another one sealed, as after a move
 * from GNOME to KDE.
 */
export type KeyStore = 'keyring' | 'basic_text' | 'none' | 'locked' | 'other';

export const pageFrame = {
  parent: null,
  origin: 'app://paracord',
  url: 'app://paracord/index.html#/overview',
};

class StandInContents extends EventEmitter implements Pick<WebContents, 'send' | 'setWindowOpenHandler'> {
  readonly sent: { readonly channel: string; readonly values: readonly unknown[] }[] = [];
  openWindow: Parameters<WebContents['setWindowOpenHandler']>[0] = () => ({ action: 'allow' });

  send(channel: string, ...values: unknown[]): void {
    this.sent.push({ channel, values });
    this.emit('stand-in-sent', channel);
  }

  setWindowOpenHandler(handler: Parameters<WebContents['setWindowOpenHandler']>[0]): void {
    this.openWindow = handler;
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
  | 'isDestroyed'
  | 'isFocused'
  | 'isVisible'
  | 'isMinimized'
  | 'isMaximized'
  | 'isFullScreen'
  | 'setFullScreen'
  | 'getNormalBounds'
>;

export class StandInWindow extends EventEmitter implements WindowMembers {
  readonly webContents = new StandInContents();
  readonly options: BrowserWindowConstructorOptions;
  readonly loaded: string[] = [];
  readonly is = {
    visible: false,
    focused: false,
    minimized: false,
    maximized: false,
    fullScreen: false,
    destroyed: false,
  };
  readonly #getsReady: boolean;
  bounds: Rectangle;
  reloads = 0;

  constructor(options: BrowserWindowConstructorOptions, getsReady = true) {
    super();
    this.options = options;
    this.#getsReady = getsReady;
    const { x = 10, y = 10, width = 800, height = 600 } = options;
    this.bounds = { x, y, width, height };
  }

  async loadURL(url: string): Promise<void> {
    this.loaded.push(url);
    if (this.loaded.length === 1 && this.#getsReady) queueMicrotask(() => this.emit('ready-to-show'));
  }
  show(): void {
    Object.assign(this.is, { visible: true, focused: true, minimized: false });
  }
  hide(): void {
    Object.assign(this.is, { visible: false, focused: false });
  }
  focus(): void {
    this.is.focused = true;
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
  close(): void {
    const event = cancellable();
    this.emit('close', event);
    if (event.prevented) return;
    this.is.destroyed = true;
    this.emit('closed');
  }
  isDestroyed = (): boolean => this.is.destroyed;
  isFocused = (): boolean => this.is.focused;
  isVisible = (): boolean => this.is.visible;
  isMinimized = (): boolean => this.is.minimized;
  isMaximized = (): boolean => this.is.maximized;
  getNormalBounds = (): Rectangle => this.bounds;
}

export interface Cancellable {
  prevented: boolean;
  preventDefault(): void;
}

export function cancellable(): Cancellable {
  const event = {
    prevented: false,
    preventDefault(): void {
      event.prevented = true;
    },
  };
  return event;
}

type Handler = (event: IpcMainInvokeEvent, ...args: unknown[]) => unknown;

export type StandIn = ReturnType<typeof standInElectron>;

export function standInElectron(options: StandInOptions = {}) {
  const did = {
    exitCodes: [] as number[],
    paths: {} as Record<string, string>,
    names: [] as string[],
    badge: 0,
    schemes: [] as unknown[],
    protocolClients: [] as string[],
    asked: [] as MessageBoxOptions[],
    opened: [] as string[],
    mediaAsked: [] as string[],
    sandboxed: false,
    shutdownIsHeld: false,
    saved: [] as string[],
    menus: [] as (readonly MenuItemConstructorOptions[])[],
    readyAsked: false,
    loginItem: { openAtLogin: false } as { openAtLogin: boolean; args?: readonly string[] },
    applicationMenu: [] as readonly MenuItemConstructorOptions[],
  };
  const exited = Promise.withResolvers<number>();
  const windowLoaded = Promise.withResolvers<void>();
  const handlers = new Map<string, Handler>();
  const pages = new Map<string, Parameters<Protocol['handle']>[1]>();
  const windows: StandInWindow[] = [];
  const hidden: EventEmitter[] = [];
  const trays: StandInTray[] = [];
  const notifications: StandInNotification[] = [];
  const appEvents = new EventEmitter();

  const app = Object.assign(appEvents, {
    isPackaged: options.isPackaged ?? true,
    getPreferredSystemLanguages: () => ['en-US'],
    setName: (name) => void did.names.push(name),
    setAppUserModelId: () => {},
    setBadgeCount(count = 0) {
      did.badge = count;
      return true;
    },
    setPath(name, path) {
      did.paths[name] = path;
    },
    enableSandbox() {
      if (did.readyAsked) throw new Error('the sandbox has to be on before the app is ready');
      did.sandboxed = true;
    },
    requestSingleInstanceLock: () => options.firstInstance ?? true,
    async whenReady() {
      did.readyAsked = true;
    },
    exit(code = 0) {
      did.exitCodes.push(code);
      exited.resolve(code);
    },
    quit() {
      const event = cancellable();
      appEvents.emit('before-quit', event);
      if (!event.prevented) app.exit(0);
    },
    isDefaultProtocolClient: (scheme) => did.protocolClients.includes(scheme),
    setAsDefaultProtocolClient: (scheme) => did.protocolClients.push(scheme) > 0,
    setLoginItemSettings(settings) {
      did.loginItem = { openAtLogin: settings.openAtLogin ?? false, args: settings.args ?? [] };
    },
    getLoginItemSettings: () =>
      ({ ...did.loginItem, wasOpenedAtLogin: options.openedAtLogin ?? false }) as ReturnType<
        App['getLoginItemSettings']
      >,
  } satisfies Partial<App>);

  const dialog = {
    showMessageBox: (async (...args: [unknown, MessageBoxOptions] | [MessageBoxOptions]) => {
      const asked = (args.length === 2 ? args[1] : args[0]) as MessageBoxOptions;
      did.asked.push(asked);
      return { response: (await options.press?.(asked)) ?? 0, checkboxChecked: false };
    }) as Dialog['showMessageBox'],
    showSaveDialog: (async (...args: [unknown, { defaultPath: string }] | [{ defaultPath: string }]) => {
      const { defaultPath } = (args.length === 2 ? args[1] : args[0]) as { defaultPath: string };
      did.saved.push(defaultPath);
      const filePath = options.saveAs?.(defaultPath) ?? '';
      return { canceled: filePath === '', filePath };
    }) as Dialog['showSaveDialog'],
  } satisfies Partial<Dialog>;

  const powerMonitor = new EventEmitter();
  // Electron's lib/browser/api/power-monitor: the first listener, of whatever event, only begins the watching.
  powerMonitor.once('newListener', () =>
    powerMonitor.on('newListener', (event) => {
      if (event === 'shutdown') did.shutdownIsHeld = true;
    }),
  );

  const ipcMain = {
    handle(channel, handler) {
      if (handlers.has(channel)) throw new Error(`a second handler for ${channel}`);
      handlers.set(channel, handler as Handler);
    },
  } satisfies Partial<IpcMain>;

  const protocol = {
    registerSchemesAsPrivileged(schemes) {
      if (did.readyAsked) throw new Error('schemes have to be told before the app is ready');
      did.schemes.push(...schemes);
    },
    handle: (scheme, handler) => void pages.set(scheme, handler),
  } satisfies Partial<Protocol>;

  const screen = {
    getAllDisplays: () =>
      (options.workAreas ?? [{ x: 0, y: 0, width: 1920, height: 1040 }]).map((workArea) => ({
        workArea,
      })) as ReturnType<Screen['getAllDisplays']>,
  } satisfies Partial<Screen>;

  const shell = {
    openExternal: async (url) => void did.opened.push(url),
  } satisfies Partial<Shell>;

  const systemPreferences = {
    askForMediaAccess: async (mediaType) => {
      did.mediaAsked.push(mediaType);
      return options.allowsCamera ?? true;
    },
  } satisfies Partial<SystemPreferences>;

  const safeStorage = standInKeyStore(options.keyStore ?? 'keyring', () => did.readyAsked);

  const session = new StandInSession();
  const electron = {
    app,
    dialog,
    ipcMain,
    protocol,
    screen,
    shell,
    safeStorage,
    systemPreferences,
    powerMonitor,
    session: { defaultSession: session },
    nativeImage: { createFromPath: (path: string) => ({ path }) },
    Menu: {
      buildFromTemplate: (items: MenuItemConstructorOptions[]) => ({
        items,
        popup: () => void did.menus.push(items),
      }),
      setApplicationMenu: (menu: { items: MenuItemConstructorOptions[] }) => {
        did.applicationMenu = menu.items;
      },
    },
    BaseWindow: class extends EventEmitter {
      constructor(given: BrowserWindowConstructorOptions) {
        super();
        if (given.show !== false) throw new Error('only the hidden one is a BaseWindow');
        hidden.push(this);
      }
      destroy(): void {}
    },
    BrowserWindow: class extends StandInWindow {
      constructor(given: BrowserWindowConstructorOptions) {
        super(given, options.getsReady);
        windows.push(this);
        this.once('ready-to-show', () => windowLoaded.resolve());
        appEvents.emit('web-contents-created', {}, this.webContents);
      }
    },
    Tray: class extends StandInTray {
      constructor(image: { path: string }) {
        super(image);
        trays.push(this);
      }
    },
    Notification: class extends StandInNotification {
      constructor(given: NotificationConstructorOptions) {
        super(given, options.notificationsFail ?? false);
        notifications.push(this);
      }
    },
  } satisfies Record<keyof Electron, unknown>;

  return {
    electron: electron as unknown as Electron,
    did,
    app: appEvents,
    powerMonitor: electron.powerMonitor,
    session,
    windows,
    /** The windows that are there for the sake of events. */
    hidden,
    trays,
    notifications,
    channels: () => [...handlers.keys()],
    /** The code the app ended with. */
    exited: exited.promise,
    /** The first window has its page. */
    windowLoaded: windowLoaded.promise,
    /** What the page's `invoke` does; the frame is the page's own unless another is given. */
    async invoke(channel: string, args: readonly unknown[], frame?: object | null): Promise<BridgeAnswer> {
      const handler = handlers.get(channel);
      if (!handler) throw new Error(`No handler registered for '${channel}'`);
      const event = {
        sender: windows.at(-1)?.webContents,
        senderFrame: frame === undefined ? pageFrame : frame,
      };
      // As it travels: a structured clone.
      return (await handler(
        event as unknown as IpcMainInvokeEvent,
        ...structuredClone(args),
      )) as BridgeAnswer;
    },
    async fetch(url: string, init?: RequestInit): Promise<Response> {
      const handler = pages.get('app');
      if (!handler) throw new Error('nobody answers app://');
      // A Request of Node's refuses some of the addresses that have to be tried.
      return (await handler({ url, method: init?.method ?? 'GET' } as Request)) as Response;
    },
  };
}
