/**
 * Stands in for Electron if its runtime isn't available. Each part `satisfies` Electron's types, so it can't offer
 * anything that Electron doesn't have. If the app uses more than it offers, the test fails.
 */
import type { EventEmitter } from 'node:events';
import type {
  BrowserWindowConstructorOptions,
  Dialog,
  IpcMain,
  IpcMainInvokeEvent,
  MenuItemConstructorOptions,
  MessageBoxOptions,
  MessageBoxReturnValue,
  NotificationConstructorOptions,
  PowerSaveBlocker,
  Protocol,
  Rectangle,
  Screen,
  Shell,
  SystemPreferences,
} from 'electron';
import type { Electron } from '../../../main/desktop/host.ts';
import type { BridgeAnswer } from '../../../shared/api/shell.ts';
import { type AppOptions, standInApp } from './stand-in/app.ts';
import { type KeyStore, StandInKeyStore } from './stand-in/key-store.ts';
import { StandInNotification, StandInSession, StandInTray } from './stand-in/parts.ts';
import { StandInPowerMonitor } from './stand-in/power-monitor.ts';
import { StandInBaseWindow, StandInWindow } from './stand-in/windows.ts';

export interface StandInOptions extends AppOptions {
  readonly keyStore?: KeyStore;
  /** macOS: the user's answer to the question about the camera. */
  readonly allowsCamera?: boolean;
  readonly workAreas?: readonly Rectangle[];
  /** The index of the pressed button; Electron's own default is the first. */
  readonly press?: (options: MessageBoxOptions) => number | Promise<number>;
  /** The box in a message box is ticked, if there is one. */
  readonly ticks?: boolean;
  /** Picks the place where the owner saves a file; by default they cancel. */
  readonly saveAs?: (name: string) => string;
  /** False: the page is loaded, but `ready-to-show` never comes. */
  readonly getsReady?: boolean;
  /** Like an unsigned app on macOS: notifications always fail. */
  readonly notificationsFail?: boolean;
}

export const pageFrame = {
  parent: null,
  origin: 'app://paracord',
  url: 'app://paracord/index.html#/server',
};

type Handler = (event: IpcMainInvokeEvent, ...args: unknown[]) => unknown;

export type StandIn = ReturnType<typeof standInElectron>;

export function standInElectron(options: StandInOptions = {}) {
  const { core, app, did: appDid } = standInApp(options);
  const did = Object.assign(appDid, {
    schemes: [] as unknown[],
    asked: [] as MessageBoxOptions[],
    /** macOS: the message boxes that would have stopped the whole app. */
    stoodStill: [] as string[],
    opened: [] as string[],
    /** The files that were shown in the file manager. */
    shownFiles: [] as string[],
    /** Reasons that keep the computer awake. */
    awake: new Map<number, string>(),
    mediaAsked: [] as string[],
    saved: [] as string[],
    menus: [] as (readonly MenuItemConstructorOptions[])[],
    applicationMenu: [] as readonly MenuItemConstructorOptions[],
  });
  const windowLoaded = Promise.withResolvers<void>();
  const handlers = new Map<string, Handler>();
  const pages = new Map<string, Parameters<Protocol['handle']>[1]>();
  const windows: StandInWindow[] = [];
  const hidden: EventEmitter[] = [];
  const small: StandInBaseWindow[] = [];
  const trays: StandInTray[] = [];
  const notifications: StandInNotification[] = [];

  const dialog = {
    showMessageBox: (async (...args: [StandInBaseWindow, MessageBoxOptions] | [MessageBoxOptions]) => {
      const [asked, parent] = args.length === 2 ? [args[1], args[0]] : [args[0], null];
      // lib/browser/api/dialog: resolves with nothing, although its types say otherwise.
      if (asked.signal?.aborted) return {} as MessageBoxReturnValue;
      did.asked.push(asked);
      // shell/browser/ui/message_box_mac.mm: without a parent it is `runModal`, which stops the whole app and ignores
      // `signal`; on a window that nobody sees, nobody can answer it.
      if (options.platform === 'macos' && !parent?.isVisible()) {
        did.stoodStill.push(asked.message);
        throw new Error(`the app stands still until somebody answers: ${asked.message}`);
      }
      // lib/browser/api/dialog: an aborted box closes as if the owner had cancelled it.
      const aborted = new Promise<number>((resolve) =>
        asked.signal?.addEventListener('abort', () => resolve(asked.cancelId ?? 0)),
      );
      const pressed = options.press?.(asked) ?? 0;
      // Issue 51049 of Electron: nothing fetches GTK's events before there is a window.
      if ((options.platform ?? 'linux') === 'linux' && core.windows.length === 0)
        throw new Error(`the answer may come half a minute late: ${asked.message}`);
      const response = await Promise.race([aborted, pressed]);
      return { response, checkboxChecked: asked.checkboxLabel !== undefined && options.ticks === true };
    }) as Dialog['showMessageBox'],
    showSaveDialog: (async (...args: [unknown, { defaultPath: string }] | [{ defaultPath: string }]) => {
      const { defaultPath } = (args.length === 2 ? args[1] : args[0]) as { defaultPath: string };
      did.saved.push(defaultPath);
      const filePath = options.saveAs?.(defaultPath) ?? '';
      return { canceled: filePath === '', filePath };
    }) as Dialog['showSaveDialog'],
  } satisfies Partial<Dialog>;

  const powerMonitor = new StandInPowerMonitor(options.platform ?? 'linux');
  const keyStore = new StandInKeyStore(options.keyStore ?? 'keyring', () => did.readyAsked);

  const powerSaveBlocker = {
    start(type) {
      const id = did.awake.size + 1;
      did.awake.set(id, type);
      return id;
    },
    stop: (id) => did.awake.delete(id),
  } satisfies Partial<PowerSaveBlocker>;

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
    showItemInFolder: (path) => void did.shownFiles.push(path),
  } satisfies Partial<Shell>;

  const systemPreferences = {
    askForMediaAccess: async (mediaType) => {
      did.mediaAsked.push(mediaType);
      return options.allowsCamera ?? true;
    },
  } satisfies Partial<SystemPreferences>;

  const session = new StandInSession();
  const electron = {
    app,
    dialog,
    ipcMain,
    protocol,
    screen,
    shell,
    safeStorage: keyStore.safeStorage(options.platform ?? 'linux'),
    systemPreferences,
    powerMonitor,
    powerSaveBlocker,
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
    BaseWindow: class extends StandInBaseWindow {
      static getAllWindows = () => core.windows;
      constructor(given: BrowserWindowConstructorOptions) {
        super(core);
        this.is.visible = given.show !== false;
        (this.is.visible ? small : hidden).push(this);
      }
    },
    BrowserWindow: class extends StandInWindow {
      constructor(given: BrowserWindowConstructorOptions) {
        super(core, given, options.getsReady);
        windows.push(this);
        this.once('ready-to-show', () => windowLoaded.resolve());
        app.emit('web-contents-created', {}, this.webContents);
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
    app: core.events,
    /** Events that the system sends to the app. */
    system: {
      suspend: () => powerMonitor.suspend(),
      resume: () => powerMonitor.resume(),
      /**
       * The machine shuts down, or its user logs out; true if the system waits for the app. On macOS, `terminate` of
       * electron_application.mm makes the app quit, unless it has prevented that.
       */
      shutDown: () => {
        const isPrevented = powerMonitor.shutDown();
        if (options.platform !== 'macos') return isPrevented;
        if (!isPrevented) core.quit();
        return true;
      },
      /** macOS: another app cancels the log-out before this one is told to quit. */
      announceShutdown: () => powerMonitor.shutDown(),
      askToEndSession: () => core.askToEndSession(),
      endSession: () => core.endSession(),
    },
    keyStore,
    session,
    windows,
    /** Windows that exist only for their events. */
    hidden,
    /** Windows without a page that can be seen. */
    small,
    trays,
    notifications,
    channels: () => [...handlers.keys()],
    /** The app's exit code. */
    exited: core.exited.promise,
    /** Resolves when the first window has its page. */
    windowLoaded: windowLoaded.promise,
    /** Calls the app like the page's `invoke`, from the page's own frame unless another is given. */
    async invoke(channel: string, args: readonly unknown[], frame?: object | null): Promise<BridgeAnswer> {
      const handler = handlers.get(channel);
      if (!handler) throw new Error(`No handler registered for '${channel}'`);
      const event = {
        sender: windows.at(-1)?.webContents,
        senderFrame: frame === undefined ? pageFrame : frame,
      };
      // A structured clone, as in Electron.
      return (await handler(
        event as unknown as IpcMainInvokeEvent,
        ...structuredClone(args),
      )) as BridgeAnswer;
    },
    async fetch(url: string, init?: RequestInit): Promise<Response> {
      const handler = pages.get('app');
      if (!handler) throw new Error('nobody answers app://');
      // Node's `Request` refuses some of the addresses that have to be tested.
      return (await handler({ url, method: init?.method ?? 'GET' } as Request)) as Response;
    },
  };
}
